/** Owners that stop the plan, told by cause. */
import { counted } from "../counted.ts";
import type { Problem } from "../errors.ts";
import type { OwnerCoverage } from "./types.ts";

/** Owners listed in a message. */
const SHOWN = 12;

type Stop = OwnerCoverage & { readonly problem: NonNullable<OwnerCoverage["problem"]> };

/**
 * One problem per cause: OWNER_UNMATCHED, OWNER_AMBIGUOUS, and OWNER_TARGET_UNKNOWN or OWNER_AMBIGUOUS for each user that the
 * owners file names. `file` is the file that was read, as messages show it; null: none was.
 */
export function ownerProblems(owners: readonly OwnerCoverage[], file: string | null): Problem[] {
  const stops = owners.filter((owner): owner is Stop => owner.how === "stop" && owner.problem !== undefined);
  const groups = new Map<string, Stop[]>();
  for (const stop of stops) {
    const { code, given } = stop.problem;
    const cause = JSON.stringify([code, given?.key ?? "", given?.owner ?? ""]);
    groups.set(cause, [...(groups.get(cause) ?? []), stop]);
  }
  const place = file === null ? {} : { file };
  const none = file === null ? "; no owners.yaml was read" : "";
  return [...groups.values()].map((group) => {
    const { message, hint } = describe(group, file ?? "owners.yaml");
    return { code: group[0]!.problem.code, message: `${message}${none}`, place, hint, severity: "error" as const };
  });
}

function describe(group: readonly Stop[], file: string): { readonly message: string; readonly hint: string } {
  const { code, given, users } = group[0]!.problem;
  const owners = `${group.length} ${group.length === 1 ? "owner" : "owners"}`;
  if (given !== undefined) {
    const wrong =
      code === "OWNER_AMBIGUOUS"
        ? `${users?.length ?? "several"} target users share it (${users?.join(", ")})`
        : "no target user has this e-mail, name or external id";
    return {
      message: `${given.key}: ${given.owner}: ${wrong}; it is given for ${owners}: ${listed(group)}`,
      hint: `Correct \`${given.key}\` in ${file}, or create the user.`,
    };
  }
  if (code === "OWNER_AMBIGUOUS") {
    return {
      message: `${owners} matched by several target users: ${listed(group, true)}`,
      hint: `Say which one under \`map:\` in ${file} (see \`migrate map owners\`), or use \`match: email\`.`,
    };
  }
  return {
    message: `${owners} without a target user: ${listed(group)}`,
    hint: `Map them in ${file} (see \`migrate map owners\`), or set \`unmatched: invite | null | reject | <an e-mail>\`.`,
  };
}

function listed(group: readonly Stop[], withUsers = false): string {
  const shown = group.slice(0, SHOWN).map(({ owner, count, problem }) => {
    const users = withUsers && problem.users !== undefined ? `: ${problem.users.join(", ")}` : "";
    return `${owner} (${counted(count, "record")}${users})`;
  });
  return `${shown.join(", ")}${group.length > SHOWN ? `, and ${group.length - SHOWN} more` : ""}`;
}
