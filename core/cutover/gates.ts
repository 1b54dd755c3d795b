/** The gates of a stage: what must hold before it begins, and what lets it pass. */
import type { RunReport } from "../engine/types.ts";
import type { Problem } from "../errors.ts";
import type { Reconciliation } from "../proof/types.ts";
import type { Board, BoardStage, Gate } from "./types.ts";

const percent = (share: number): string => `${Math.round(share * 100_000) / 1000} %`;
const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

/** Every stage before this one is passed. */
export function beforeGate(board: Board, stage: BoardStage): Gate {
  const earlier = board.stages.slice(0, board.stages.indexOf(stage));
  const open = earlier.filter(({ state }) => state !== "passed").map(({ name }) => name);
  const found =
    open.length > 0
      ? `not passed yet: ${open.join(", ")}`
      : earlier.length === 0
        ? "it is the first stage"
        : `passed: ${earlier.map(({ name }) => name).join(", ")}`;
  return { gate: "before", ok: open.length === 0, found };
}

/** `migrate check` finds no error. */
export function checkGate(problems: readonly Problem[]): Gate {
  const errors = problems.filter(({ severity }) => severity === "error");
  const warnings = problems.length - errors.length;
  const first = errors[0];
  const found =
    first === undefined
      ? warnings === 0
        ? "no problem"
        : plural(warnings, "warning")
      : `${plural(errors.length, "error")}, the first: ${first.message}`;
  return { gate: "check", ok: first === undefined, found };
}

/** The gates after the run, in order. `proof` is null when the run was not completed. */
export function runGates(
  report: RunReport,
  proof: Reconciliation | null,
  limit: number,
  openConflicts: number,
  freezes: boolean,
): readonly Gate[] {
  const { totals, status } = report;
  const gates: Gate[] = [
    { gate: "run", ok: status === "completed", found: `${status}, ${plural(totals.read, "record")} read` },
    {
      gate: "rejects",
      ok: report.rejectRate <= limit,
      found: `${plural(totals.rejected, "record")} rejected, ${percent(report.rejectRate)}; at most ${percent(limit)} may be`,
    },
  ];
  if (proof !== null) {
    const failed = proof.objects.filter(({ ok }) => !ok).map(({ object }) => object);
    const spots = proof.spotChecks.filter(({ ok }) => !ok).length;
    const wrong = [
      ...(failed.length === 0 ? [] : [`does not agree: ${[...new Set(failed)].join(", ")}`]),
      ...(spots === 0 ? [] : [`${plural(spots, "spot check")} failed`]),
      ...(proof.ok || failed.length > 0 || spots > 0 ? [] : ["source and target do not agree"]),
    ];
    const gaps = proof.objects.map(({ gap }) => gap);
    gates.push({
      gate: "reconcile",
      ok: proof.ok,
      found: proof.ok
        ? `everything is accounted for; the largest gap is ${percent(Math.max(0, ...gaps))}, at most ${percent(proof.tolerance)} may be`
        : wrong.join("; "),
    });
  }
  // conflicts may wait for a decision until the last stage
  gates.push({
    gate: "conflicts",
    ok: openConflicts === 0 || !freezes,
    found:
      openConflicts === 0
        ? "none is open"
        : `${plural(openConflicts, "conflict")} ${openConflicts === 1 ? "waits" : "wait"} for a decision: in conflicts.csv of the ` +
          "run that listed it, then migrate retry RUN --from that file",
  });
  return gates;
}
