/**
 * Owners: source owner text -> target user. The ladder, first step that answers wins:
 * the map (by the text itself) · the user that came from this source id · the field that `match` names ·
 * the map again (by that user's e-mail or name) · inactive users by `inactive` · everything else by `unmatched`.
 */
import type { Owners } from "./types.ts";

/** What applies without owners.yaml. */
export const DEFAULT_OWNERS: Owners = { match: "email", map: new Map(), unmatched: "stop", inactive: "keep" };

export interface TargetUser {
  readonly id: string;
  readonly email: string | null;
  readonly name: string | null;
  /** Source id it was loaded from, of this migration's source. */
  readonly externalId: string | null;
  /** Further source ids that lead to the user; absent: none. */
  readonly otherIds?: readonly string[];
  readonly active: boolean;
}

/** What else is known of an owner that cannot be resolved. */
export interface OwnerTrouble {
  /** The user that owners.yaml names, and under which key. */
  readonly given?: { readonly owner: string; readonly key: "map" | "unmatched" | "inactive" };
  /** The users that it may be. */
  readonly users?: readonly string[];
}

export type OwnerResolution =
  | {
      readonly kind: "user";
      readonly user: TargetUser;
      readonly how: "map" | "email" | "name" | "external_id" | "fallback" | "inactive";
    }
  | { readonly kind: "null" }
  /** The user is to be created, inactive, from this text (an e-mail, or a name). */
  | { readonly kind: "invite"; readonly text: string }
  /** `reject` concerns the record, `stop` the run. */
  | ({
      readonly kind: "problem";
      readonly policy: "stop" | "reject";
      readonly code: string;
      readonly reason: string;
    } & OwnerTrouble);

export interface OwnerDirectory {
  readonly byExternalId: ReadonlyMap<string, readonly TargetUser[]>;
  readonly byEmail: ReadonlyMap<string, readonly TargetUser[]>;
  readonly byName: ReadonlyMap<string, readonly TargetUser[]>;
}

/** Indexes users; e-mails and names ignore case and surrounding blanks, external ids do not. */
export function ownerDirectory(users: Iterable<TargetUser>): OwnerDirectory {
  const byExternalId = new Map<string, TargetUser[]>();
  const byEmail = new Map<string, TargetUser[]>();
  const byName = new Map<string, TargetUser[]>();
  const add = (map: Map<string, TargetUser[]>, key: string | null, user: TargetUser): void => {
    if (key === null || key === "") return;
    const known = map.get(key);
    if (known === undefined) map.set(key, [user]);
    else known.push(user);
  };
  for (const user of users) {
    add(byExternalId, user.externalId, user);
    for (const id of user.otherIds ?? []) if (id !== user.externalId) add(byExternalId, id, user);
    add(byEmail, user.email === null ? null : fold(user.email), user);
    add(byName, user.name === null ? null : fold(user.name), user);
  }
  return { byExternalId, byEmail, byName };
}

/** Resolves one non-blank owner text. Never throws: what cannot be resolved is a `problem`. */
export function resolveOwner(owners: Owners, directory: OwnerDirectory, text: string): OwnerResolution {
  const source = text.trim();
  const direct = owners.map.get(fold(source));
  if (direct !== undefined) return named(directory, direct, "map", source);

  const bySourceId = directory.byExternalId.get(source) ?? [];
  const matches = bySourceId.length > 0 ? bySourceId : candidates(owners.match, directory, source);
  if (matches.length > 1) {
    const users = matches.map(shown);
    const reason = `several users match owner ${source}: ${users.join(", ")}; map it in owners.yaml`;
    return problem("OWNER_AMBIGUOUS", reason, { users });
  }
  const user = matches[0];
  if (user === undefined) return unmatched(owners, directory, source);
  for (const alias of [user.email, user.name]) {
    const target = alias === null ? undefined : owners.map.get(fold(alias));
    if (target !== undefined && fold(target) !== fold(alias!)) return named(directory, target, "map", source);
  }
  if (!user.active && owners.inactive !== "keep") return named(directory, owners.inactive.owner, "inactive", source);
  return { kind: "user", user, how: bySourceId.length > 0 ? "external_id" : owners.match };
}

function candidates(match: Owners["match"], directory: OwnerDirectory, text: string): readonly TargetUser[] {
  if (match === "external_id") return [];
  return (match === "email" ? directory.byEmail : directory.byName).get(fold(text)) ?? [];
}

function unmatched(owners: Owners, directory: OwnerDirectory, source: string): OwnerResolution {
  const policy = owners.unmatched;
  if (policy === "null") return { kind: "null" };
  // who is invited is inactive: where those give their records away, nobody needs to be created
  if (policy === "invite" && owners.inactive !== "keep") {
    return named(directory, owners.inactive.owner, "inactive", source);
  }
  if (policy === "invite") return { kind: "invite", text: source };
  if (typeof policy === "object") return named(directory, policy.owner, "fallback", source);
  return problem("OWNER_UNMATCHED", `no target user has ${wording(owners.match)} ${source}`, {}, policy);
}

/** A user named in owners.yaml: by e-mail, else name, else external id. */
function named(
  directory: OwnerDirectory,
  owner: string,
  how: "map" | "fallback" | "inactive",
  source: string,
): OwnerResolution {
  const key = fold(owner);
  const found = [directory.byEmail.get(key), directory.byName.get(key), directory.byExternalId.get(owner.trim())].find(
    (users) => users !== undefined,
  );
  const given = { owner, key: how === "fallback" ? ("unmatched" as const) : how };
  if (found === undefined) {
    return problem(
      "OWNER_TARGET_UNKNOWN",
      `owners.yaml gives ${owner} for owner ${source}, but no target user has this e-mail, name or external id`,
      { given },
    );
  }
  if (found.length > 1)
    return problem(
      "OWNER_AMBIGUOUS",
      `owners.yaml gives ${owner} for owner ${source}, which ${found.length} target users share`,
      { given, users: found.map(shown) },
    );
  return { kind: "user", user: found[0]!, how };
}

function problem(
  code: string,
  reason: string,
  trouble: OwnerTrouble,
  policy: "stop" | "reject" = "stop",
): OwnerResolution {
  return { kind: "problem", policy, code, reason, ...trouble };
}

const shown = (user: TargetUser): string => user.email ?? user.name ?? user.id;

const wording = (match: Owners["match"]): string =>
  ({ email: "the e-mail", name: "the name", external_id: "the external id" })[match];

const fold = (text: string): string => text.trim().toLowerCase();
