/** Files of a run's folder, for the command line. */
import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import type { Plan, RunReport } from "../core/engine/types.ts";
import { ConfigError } from "../core/errors.ts";
import type { RejectGroup } from "./views/run.ts";

/** The rejects of a run by object, code and field, most frequent first. */
export async function rejectGroups(runDir: string, cwd: string, now: Date): Promise<readonly RejectGroup[]> {
  const { readReportData } = await import("../core/proof/report-data.ts");
  const { rejects } = await readReportData(runDir, now);
  return [...rejects]
    .sort((a, b) => b.count - a.count)
    .map((group) => ({ ...group, file: relative(cwd, join(runDir, "rejects", `${group.object}.csv`)) }));
}

/** Reads a plan. null: there is none and none was asked for by name. */
export async function readPlanFile(file: string, asked: boolean): Promise<Plan | null> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT" && !asked) return null;
    throw new ConfigError("PLAN_UNREADABLE", `cannot read the plan ${file}: ${(cause as Error).message}`, {
      place: { file },
      hint: "Write one with `migrate plan`.",
      cause,
    });
  }
  try {
    const plan = JSON.parse(text) as Plan;
    if (plan.version === 1 && typeof plan.lock === "object" && plan.lock !== null) return plan;
  } catch {
    // told below
  }
  throw new ConfigError("PLAN_INVALID", `expected a plan written by \`migrate plan\`, got something else in ${file}`, {
    place: { file },
    hint: "Write it again with `migrate plan`.",
  });
}

/** Exit code of a run that has ended. */
export function runExitCode(report: RunReport): number {
  switch (report.status) {
    case "completed":
      return report.clean ? 0 : 3;
    case "interrupted":
      return 130;
    case "stopped":
      return 4;
    default:
      return 1;
  }
}
