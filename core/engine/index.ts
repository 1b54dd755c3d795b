/** The engine, as the command line and the proof use it. */

export { snapshotUsedBy } from "../snapshot/index.ts";
export { checkSession } from "./check-session.ts";
export { compilerFor } from "./compiler.ts";
export { diffLock, makeLock } from "./lock.ts";
export { type OpenOptions, openSession, resolveSourceName } from "./open-session.ts";
export { type MakePlanOptions, makePlan } from "./plan.ts";
export { recordsOf } from "./records.ts";
export { type RunOptions, runMigration } from "./run.ts";
export { listRuns, readRun, writeWhole } from "./run-files.ts";
export type { Session } from "./session.ts";
