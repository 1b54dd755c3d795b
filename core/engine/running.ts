/** What the parts of one run share, and what it tells about itself. */
import { join } from "node:path";
import type pg from "pg";
import { InterruptedError, MigrateError, StoppedError } from "../errors.ts";
import type { Stage } from "../mapping/types.ts";
import { dbError } from "../store/database.ts";
import { writeConflictFile } from "./conflict-file.ts";
import type { Counts } from "./counts.ts";
import type { Owner } from "./owner-directory.ts";
import { makeReport } from "./report.ts";
import type { Retry, RetryOptions } from "./retry.ts";
import { writeRejectFiles, writeRunReport, writeWarningFile } from "./run-files.ts";
import { setRunStatus } from "./run-rows.ts";
import type { Session } from "./session.ts";
import type { EngineEvent, Plan, RunAbout, RunKind, RunReport, RunStatus } from "./types.ts";

export interface RunOptions {
  readonly dryRun?: boolean;
  /** Only what changed since. */
  readonly delta?: boolean;
  /** Load what a run rejected again. */
  readonly retry?: RetryOptions | null;
  /** A delta may mark or delete more than `limits.deletes`. */
  readonly acceptDeletes?: boolean;
  /** Target objects to load; null: all. */
  readonly only?: readonly string[] | null;
  /** Number of account trees. */
  readonly sample?: number | null;
  /** Run to go on with. */
  readonly resume?: string | null;
  /** A plan that must still hold; its lock is compared. null: none was made. */
  readonly plan?: Plan | null;
  /** What is said of the run; a resumed one keeps what was said of it. */
  readonly about?: RunAbout;
  /** Records per chunk, where the usual size is not wanted. */
  readonly chunkSize?: number;
}

/** What the parts of one run share. */
export interface Running {
  readonly session: Session;
  readonly stages: readonly Stage[];
  readonly onEvent: (event: EngineEvent) => void;
  readonly dryRun: boolean;
  readonly kind: RunKind;
  readonly acceptDeletes: boolean;
  /** Of kind `retry`: what is tried again. */
  readonly retry: Retry | null;
  readonly sample: number | null;
  readonly only: readonly string[] | null;
  readonly plan: Plan | null;
  readonly about: RunAbout;
  readonly owners: Owner;
  readonly counts: Map<string, Counts>;
  readonly folder: string;
  readonly startedAt: Date;
  readonly chunkSize: number | undefined;
  runId: string;
  resumed: boolean;
}

/** The run as it stands. */
export function report(running: Running, status: RunStatus, error: unknown): RunReport {
  const { session } = running;
  const ended = status !== "running";
  return makeReport({
    run: running.folder,
    kind: running.kind,
    dryRun: running.dryRun,
    status,
    name: session.config.name,
    source: session.config.source.connector,
    target: session.config.target.connector,
    startedAt: running.startedAt,
    finishedAt: ended ? session.context.now() : null,
    stages: running.stages.map((stage) => ({
      mapping: stage.mapping,
      counts: running.counts.get(stage.mapping.id) ?? null,
    })),
    limit: session.config.limits.rejects,
    ...(running.retry === null ? {} : { of: running.retry.read }),
    invited: running.owners.invited,
    sample: running.sample,
    only: running.only,
    about: running.about,
    snapshot: session.snapshot?.about.run ?? null,
    error,
  });
}

export function statusOf(error: unknown): RunStatus {
  if (error instanceof InterruptedError) return "interrupted";
  return error instanceof StoppedError ? "stopped" : "failed";
}

/** Anything thrown, as an error of the project's classes. */
export function wrap(running: Running, error: unknown): unknown {
  const kept = running.runId !== "" && !running.dryRun;
  if (error instanceof InterruptedError) return new InterruptedError(kept);
  if (error instanceof MigrateError) return error;
  return running.session.context.signal.aborted ? new InterruptedError(kept) : dbError(error);
}

/** Writes what people look at: rejects and warnings. */
export async function finishFiles(running: Running, client: pg.ClientBase): Promise<void> {
  const folder = join(running.session.runsDir, running.folder);
  await writeRejectFiles(client, running.runId, folder);
  await writeWarningFile(client, running.runId, folder);
  await writeConflictFile(client, running.runId, folder);
}

/** Best effort: the database may be gone, and then run.json alone says how the run ended. */
export async function recordFailure(running: Running, error: unknown): Promise<void> {
  const { session } = running;
  const status = statusOf(error);
  try {
    const client = await session.database.connect();
    try {
      if (running.runId !== "") {
        await setRunStatus(client, running.runId, status, session.context.now());
        await finishFiles(running, client);
      }
    } finally {
      client.release();
    }
  } catch (lost) {
    session.context.log.warn("the end of the run could not be recorded in the database", {
      error: (lost as Error).message,
    });
  }
  await writeRunReport(session.runsDir, report(running, status, error)).catch((full: Error) => {
    // what ended the run is told, not that its end could not be written
    session.context.log.warn("the end of the run could not be recorded in run.json", { error: full.message });
  });
}
