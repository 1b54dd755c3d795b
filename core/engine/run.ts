/** `migrate run`: new or resumed, real or dry. */
import type pg from "pg";
import { ConfigError, InterruptedError, MigrateError, StoppedError } from "../errors.ts";
import { assertWritable, dbError } from "../store/database.ts";
import { lockTarget } from "../store/lock.ts";
import { migrateState } from "../store/state-migrations.ts";
import { assertNoDrift, begin, register } from "./begin-run.ts";
import { inTransaction, type Lane, makeLane, setUpLane } from "./lane.ts";
import { followDecisions } from "./retry-decisions.ts";
import { writeRunReport } from "./run-files.ts";
import { logged } from "./run-log.ts";
import { assertOneSchema, noteRun, setRunStatus } from "./run-rows.ts";
import { finishFiles, type Running, type RunOptions, recordFailure, report, statusOf, wrap } from "./running.ts";
import type { Session } from "./session.ts";
import { stagesInOrder } from "./stages.ts";
import { ensureTables } from "./tables.ts";
import type { EngineEvent, RunReport } from "./types.ts";

export type { RunOptions } from "./running.ts";

/**
 * Does it. Throws ConfigError before anything is written; StoppedError, InterruptedError and others leave a run that
 * can be resumed. The report is returned (and written to run.json) also when rejects are above the limit: see `clean`.
 */
export async function runMigration(
  session: Session,
  options: RunOptions,
  onEvent: (event: EngineEvent) => void,
): Promise<RunReport> {
  const { database, context, config } = session;
  const dryRun = options.dryRun ?? false;
  if (dryRun && options.resume) {
    throw new ConfigError("RESUME_DRY_RUN", "a dry run cannot be resumed: nothing of it was kept", {
      hint: "Start it again with --dry-run.",
    });
  }
  if (options.plan) assertNoDrift(options.plan, session, options.only ?? null);
  await assertWritable(database, config.target.schema);
  const guard = await database.connect();
  const clients: pg.PoolClient[] = [guard];
  try {
    const lock = await lockTarget(guard, config.target.schema);
    try {
      const lanes: Lane[] = [];
      for (let index = 0; index < (dryRun ? 1 : 2); index++) {
        const client = await database.connect();
        clients.push(client);
        await setUpLane(client, config.target.schema);
        lanes.push(makeLane(client, !dryRun));
      }
      const running = await begin(session, options, lanes[0]!, onEvent);
      try {
        return await logged(running, (run) => (dryRun ? dry(run, lanes[0]!) : real(run, lanes)));
      } finally {
        await running.retry?.close();
      }
    } finally {
      await lock.release();
    }
  } catch (error) {
    throw context.signal.aborted && !(error instanceof MigrateError) ? new InterruptedError() : dbError(error);
  } finally {
    // connections with temporary tables and settings are not given back to the pool
    for (const client of clients) client.release(true);
  }
}

/** Everything in one transaction on one connection, rolled back at the end. */
async function dry(running: Running, lane: Lane): Promise<RunReport> {
  const { session } = running;
  const { client } = lane;
  let done: RunReport;
  await client.query("begin");
  try {
    await migrateState(client, { inTransaction: true });
    await assertOneSchema(client, session.config.source.name, session.config.target.schema);
    const changes = await ensureTables(client, session);
    await register(running, client);
    await noteRun(client, running.runId);
    if (running.retry?.decisions) await followDecisions(running, lane);
    else await stagesInOrder(running, [lane], changes);
    await finishFiles(running, client);
    done = report(running, "completed", null);
  } catch (error) {
    await writeRunReport(session.runsDir, report(running, statusOf(wrap(running, error)), wrap(running, error)));
    throw wrap(running, error);
  } finally {
    await client.query("rollback").catch(() => undefined);
  }
  await writeRunReport(session.runsDir, done);
  return done;
}

async function real(running: Running, lanes: readonly Lane[]): Promise<RunReport> {
  const { session } = running;
  const first = lanes[0]!;
  const { client } = first;
  try {
    await migrateState(client);
    await assertOneSchema(client, session.config.source.name, session.config.target.schema);
    const changes = await inTransaction(first, () => ensureTables(client, session));
    if (running.resumed) await setRunStatus(client, running.runId, "running", null);
    else await inTransaction(first, () => register(running, client));
    for (const lane of lanes) await noteRun(lane.client, running.runId);
    await writeRunReport(session.runsDir, report(running, "running", null));
    if (running.retry?.decisions) await followDecisions(running, first);
    else await stagesInOrder(running, lanes, changes);
    await finishFiles(running, client);
    // the last commit is synchronous: with it, everything before is on disk
    await client.query("set synchronous_commit = on");
    await setRunStatus(client, running.runId, "completed", session.context.now());
    const done = report(running, "completed", null);
    await writeRunReport(session.runsDir, done);
    return done;
  } catch (caught) {
    const error = wrap(running, caught);
    await recordFailure(running, error);
    if (running.runId !== "" && !(error instanceof StoppedError && !error.resumable)) {
      running.onEvent({ type: "note", message: `Go on later with: migrate run --resume ${running.folder}` });
    }
    throw error;
  }
}
