/**
 * Runs that ended while their plan was being made. The database does not know them yet, but what they read of a source that
 * costs calls is in their folder, and `--resume` goes on from there.
 */
import { access, rm } from "node:fs/promises";
import { join } from "node:path";
import { ConfigError, InterruptedError } from "../errors.ts";
import { snapshotDir } from "../snapshot/index.ts";
import { dropEmptyRunFolder, listRuns, writeRunReport } from "./run-files.ts";
import { type Running, report, statusOf, wrap } from "./running.ts";
import type { RunAbout, RunReport } from "./types.ts";

export type Beginning = Pick<RunReport, "run" | "startedAt" | "only" | "sample" | keyof RunAbout>;

/** What `--resume` takes up; null where there is nothing. Throws ConfigError RESUME_DRY_RUN. */
export async function beginningOf(runsDir: string, run: string): Promise<Beginning | null> {
  const found = (await listRuns(runsDir)).find((each) => each.run === run);
  if (found === undefined || found.status === "completed" || !(await hasRead(runsDir, run))) return null;
  if (!found.dryRun) return found;
  throw new ConfigError("RESUME_DRY_RUN", `run ${run} is a dry run, and those cannot be resumed`, {
    hint: "Start it again with --dry-run.",
  });
}

/** Says in run.json that the run is under way. */
export async function noteBeginning(running: Running): Promise<void> {
  await writeRunReport(running.session.runsDir, report(running, "running", null));
}

/** Says in run.json, and to who watches, how the planning ended; a run that has read nothing leaves nothing. */
export async function noteEnd(running: Running, cause: unknown): Promise<void> {
  const { folder, session, dryRun, onEvent } = running;
  const { runsDir, context } = session;
  if (!(await hasRead(runsDir, folder))) {
    await rm(join(runsDir, folder, "run.json"), { force: true });
    await dropEmptyRunFolder(runsDir, folder);
    return;
  }
  const error = wrap(running, cause);
  await writeRunReport(runsDir, report(running, statusOf(error), error)).catch((full: Error) => {
    context.log.warn("the end of the run could not be recorded in run.json", { error: full.message });
  });
  if (!dryRun) onEvent({ type: "note", message: `What was read is kept. Go on with: migrate run --resume ${folder}` });
}

/**
 * Says in run.json of a run without an end that it was interrupted, when that happened before it could go on. False: there is no
 * such run, or it has ended.
 */
export async function noteInterrupted(runsDir: string, run: string): Promise<boolean> {
  const found = (await listRuns(runsDir)).find((each) => each.run === run);
  if (found === undefined || found.dryRun || found.status === "completed") return false;
  if (found.status !== "running") return true;
  const { code, message, hint } = new InterruptedError(true);
  await writeRunReport(runsDir, { ...found, status: "interrupted", error: { code, message, hint } });
  return true;
}

const hasRead = (runsDir: string, run: string): Promise<boolean> =>
  access(snapshotDir(runsDir, run)).then(
    () => true,
    () => false,
  );
