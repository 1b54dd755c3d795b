/** The engine, as the command line and the proof use it. */

export { isLoad } from "../run-kind.ts";
export { snapshotUsedBy } from "../snapshot/index.ts";
export { noteInterrupted } from "./beginning.ts";
export { type Checked, checkSession, checkWhole } from "./check-session.ts";
export { compilerFor } from "./compiler.ts";
export { dateOrdersOf, dateOrdersOfRun } from "./date-orders.ts";
export { type ConflictDecision, type Decided, decideConflicts } from "./decide-conflicts.ts";
export { planDelta } from "./delta-plan.ts";
export { diffLock, makeLock } from "./lock.ts";
export { type OpenOptions, openSession } from "./open-session.ts";
export { openTarget, type TargetSession } from "./open-target.ts";
export { type MakePlanOptions, makePlan } from "./plan.ts";
export { profileSession, type SourceProfile } from "./profile-session.ts";
export { recordsOf } from "./records.ts";
export { LINKS_FILE, type RewriteOptions, rewriteLinks } from "./rewrite-links.ts";
export type { RewriteReport, RewrittenField } from "./rewrite-report.ts";
export { type RollbackInput, type RollbackOptions, rollbackRun } from "./rollback/rollback.ts";
export { type RunOptions, runMigration } from "./run.ts";
export { filesUsedBy } from "./run-about.ts";
export { listRuns, readRun, writeWhole } from "./run-files.ts";
export type { Session } from "./session.ts";
export { resolveSourceName } from "./source-name.ts";
