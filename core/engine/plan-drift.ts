/** A source that is no longer what the plan saw. */
import { StoppedError } from "../errors.ts";
import type { SourceSchema } from "../schema.ts";
import { diffSource } from "./lock.ts";
import type { PlanLock } from "./types.ts";

/** PLAN_DRIFT with every difference. `delta`: the plan is that of a delta. */
export function planDrift(differences: readonly string[], delta = false): StoppedError {
  return new StoppedError(
    "PLAN_DRIFT",
    `what was planned is no longer so:\n${differences.map((line) => `  - ${line}`).join("\n")}`,
    {
      hint: `Look at the differences, then run \`migrate plan${delta ? " --delta" : ""}\` again and start the run.`,
    },
  );
}

/** Throws PLAN_DRIFT where objects that are read lack what the plan saw. `sources`: those of the mappings that are run. */
export function assertSourceAsPlanned(lock: PlanLock, schema: SourceSchema, sources: ReadonlySet<string>): void {
  const differences = diffSource(lock, schema, sources);
  if (differences.length > 0) throw planDrift(differences);
}
