/** `migrate rollback`: undoes a run, and is a run itself. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type pg from "pg";
import type { ConnectorRegistry } from "../../connector.ts";
import type { Context } from "../../context.ts";
import { InterruptedError, MigrateError } from "../../errors.ts";
import { loadModel } from "../../model/load.ts";
import type { TargetModel } from "../../schema.ts";
import { assertWritable, dbError } from "../../store/database.ts";
import { lockTarget } from "../../store/lock.ts";
import { migrateState } from "../../store/state-migrations.ts";
import { setUpLane } from "../lane.ts";
import type { TargetSession } from "../open-target.ts";
import { makeRunFolder, runName, writeRunReport } from "../run-files.ts";
import { createRun, isRunKnown, type RunRow, setRunStatus } from "../run-rows.ts";
import { BUCKETS, type ObjectReport, type RunReport, type RunStatus } from "../types.ts";
import { begunRollback, laterReaders, runToUndo } from "./begin.ts";
import { childrenFirst, edgesOf } from "./edges.ts";
import { listRows, type Rollback, touchedObjects } from "./list.ts";
import { refuseReferred, removeObject, tidy } from "./remove.ts";
import { rollbackCounts, saveOutcomes, writeRefused } from "./report.ts";
import { restoreDeleted, restoreUpdated } from "./restore.ts";
import { restoreState } from "./state.ts";

export interface RollbackOptions {
  readonly dryRun?: boolean;
}

export interface RollbackInput {
  readonly target: TargetSession;
  readonly registry: ConnectorRegistry;
  readonly context: Context;
}

/** What the parts of a rollback share. */
interface Work extends RollbackInput {
  readonly client: pg.ClientBase;
  readonly dryRun: boolean;
  readonly undone: RunRow;
  readonly folder: string;
  readonly startedAt: Date;
  readonly tell: (message: string) => void;
}

/**
 * Undoes the run `name`: rows that it inserted are deleted, rows that it updated or deleted are as they were, and so is what is
 * known of them. Rows that were edited since, and what others refer to, stay and are listed in `refused.csv`: `clean` is false
 * then. A rollback that was cut off goes on when it is asked for again. Throws ConfigError before anything is written (see
 * `runToUndo`), InterruptedError between two steps.
 */
export async function rollbackRun(
  input: RollbackInput,
  name: string,
  options: RollbackOptions,
  tell: (message: string) => void,
): Promise<RunReport> {
  const { target, context } = input;
  const { config, database, runsDir } = target;
  const dryRun = options.dryRun ?? false;
  await assertWritable(database, config.target.schema);
  const guard = await database.connect();
  const client = await database.connect();
  try {
    const lock = await lockTarget(guard, config.target.schema);
    try {
      await setUpLane(client, config.target.schema);
      if (!dryRun) await migrateState(client);
      if (dryRun) await client.query("begin");
      if (dryRun) await migrateState(client, { inTransaction: true });
      const undone = await runToUndo(client, config.name, runsDir, name);
      const begun = dryRun ? null : await begunRollback(client, name);
      const startedAt = begun === null ? context.now() : new Date(begun.startedAt);
      const folder =
        begun?.name ??
        (await makeRunFolder(runsDir, runName(startedAt, "rollback"), (each) => isRunKnown(client, each)));
      const work: Work = { ...input, client, dryRun, undone, folder, startedAt, tell };
      return await (dryRun ? rehearse(work) : undo(work, begun));
    } finally {
      await client.query("rollback").catch(() => undefined);
      await lock.release();
    }
  } catch (error) {
    throw context.signal.aborted && !(error instanceof MigrateError) ? new InterruptedError() : dbError(error);
  } finally {
    guard.release(true);
    client.release(true);
  }
}

async function modelOf({ target, registry }: RollbackInput): Promise<TargetModel> {
  const { config, database } = target;
  if (config.target.model !== "introspect") return loadModel(config.target.model, config.target.schema);
  return (await registry.loadTarget(config.target.connector)).introspect(database.query, config.target.schema);
}

/** A transaction of its own, or a part of the dry run's. */
async function step<Result>({ client, dryRun, context }: Work, work: () => Promise<Result>): Promise<Result> {
  if (context.signal.aborted) throw new InterruptedError(true);
  if (dryRun) return work();
  await client.query("begin");
  try {
    const result = await work();
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    throw error;
  }
}

async function undo(work: Work, begun: RunRow | null): Promise<RunReport> {
  const { client, context, target, folder } = work;
  let runId = begun?.id ?? "";
  try {
    const rollback = await open(work, begun);
    runId = rollback.runId;
    await writeRunReport(target.runsDir, report(work, "running", [], null));
    await steps(work, rollback);
    await client.query("set synchronous_commit = on");
    await step(work, async () => {
      await restoreState(client, rollback);
      await saveOutcomes(client, rollback.runId);
      await setRunStatus(client, rollback.runId, "completed", context.now());
    });
    await writeRefused(client, rollback.runId, join(target.runsDir, folder));
    const done = report(work, "completed", await rollbackCounts(client, rollback.runId), null);
    await writeRunReport(target.runsDir, done);
    await sayUndone(work, rollback.along);
    return done;
  } catch (caught) {
    const error =
      context.signal.aborted && !(caught instanceof MigrateError) ? new InterruptedError(true) : dbError(caught);
    const status = error instanceof InterruptedError ? "interrupted" : "failed";
    if (runId !== "") await setRunStatus(client, runId, status, context.now()).catch(() => undefined);
    await writeRunReport(target.runsDir, report(work, status, [], error)).catch(() => undefined);
    if (runId !== "") work.tell(`Go on later with: migrate rollback ${work.undone.name}`);
    throw error;
  }
}

async function rehearse(work: Work): Promise<RunReport> {
  const { client, target, folder } = work;
  const rollback = await open(work, null);
  await steps(work, rollback);
  await restoreState(client, rollback);
  await writeRefused(client, rollback.runId, join(target.runsDir, folder));
  const done = report(work, "completed", await rollbackCounts(client, rollback.runId), null);
  await client.query("rollback");
  await writeRunReport(target.runsDir, done);
  return done;
}

/** The run's row and its list, in one transaction: where there is the one, there is the other. */
async function open(work: Work, begun: RunRow | null): Promise<Rollback & { readonly along: readonly string[] }> {
  const { client, undone, target, folder, startedAt } = work;
  const model = await modelOf(work);
  if (begun !== null) {
    await setRunStatus(client, begun.id, "running", null);
    return { runId: begun.id, undone: undone.id, model, along: begun.options.along ?? [] };
  }
  return step(work, async () => {
    const readers = await laterReaders(client, undone.id);
    const along = readers.map(({ name }) => name);
    const runId = await createRun(client, {
      name: folder,
      kind: "rollback",
      migration: target.config.name,
      source: target.config.source.name,
      options: { only: null, sample: null, schema: target.config.target.schema, undoes: undone.name, along },
      lock: undone.lock,
      startedAt,
    });
    const rollback = { runId, undone: undone.id, model, along };
    // what they noted of rows goes first: the rows are told apart by what the run itself knew
    for (const { id, name } of readers) {
      work.tell(`${name} wrote nothing: what it noted is undone along with it`);
      await restoreState(client, { ...rollback, undone: id });
    }
    await listRows(client, rollback);
    return rollback;
  });
}

/** Everything but the end. Each step is a transaction that knows from the list what is done. */
async function steps(work: Work, rollback: Rollback): Promise<void> {
  const { client, tell } = work;
  const edges = await edgesOf(client, rollback.model);
  const touched = childrenFirst(await touchedObjects(client, rollback), edges);
  const parentsFirst = [...touched].reverse();
  for (const [index, object] of parentsFirst.entries()) {
    const there = new Set(parentsFirst.slice(0, index + 1));
    const later = edges.filter(
      ({ child, parent, nullable }) =>
        child === object && nullable && parentsFirst.includes(parent) && !there.has(parent),
    );
    await step(work, () => restoreDeleted(client, rollback, object, new Set(later.map(({ column }) => column))));
  }
  for (const object of parentsFirst) {
    tell(`${object.name}: restoring`);
    await step(work, () => restoreUpdated(client, rollback, object));
  }
  await step(work, () => refuseReferred(client, rollback, edges));
  for (const object of touched) {
    tell(`${object.name}: deleting`);
    await step(work, () => removeObject(client, rollback, object, edges));
    if (!work.dryRun) await tidy(client, rollback, object);
  }
}

function report(work: Work, status: RunStatus, objects: readonly ObjectReport[], error: unknown): RunReport {
  const { target, folder, undone, startedAt, dryRun, context } = work;
  const totals: Record<string, number> = { read: 0, warnings: 0 };
  for (const bucket of BUCKETS) totals[bucket] = 0;
  for (const object of objects) {
    totals.read! += object.read;
    for (const bucket of BUCKETS) totals[bucket]! += object[bucket];
  }
  const known = error instanceof MigrateError ? error : null;
  return {
    run: folder,
    kind: "rollback",
    dryRun,
    status,
    name: target.config.name,
    source: target.config.source.connector,
    target: target.config.target.connector,
    startedAt: startedAt.toISOString(),
    finishedAt: status === "running" ? null : context.now().toISOString(),
    objects,
    totals: totals as unknown as RunReport["totals"],
    rejectRate: totals.read === 0 ? 0 : totals.rejected! / totals.read!,
    clean: status === "completed" && totals.rejected === 0,
    invited: [],
    sample: null,
    only: null,
    undoes: undone.name,
    error:
      error === null
        ? null
        : {
            code: known?.code ?? "UNEXPECTED",
            message: known?.message ?? String((error as Error).message ?? error),
            hint: known?.hint ?? null,
          },
  };
}

/** Says in run.json of the undone run, and of those undone along with it, what became of them. */
async function sayUndone({ target, undone, folder }: Work, along: readonly string[]): Promise<void> {
  for (const name of [undone.name, ...along]) {
    const text = await readFile(join(target.runsDir, name, "run.json"), "utf8").catch(() => null);
    if (text === null) continue;
    const before = JSON.parse(text) as RunReport;
    await writeRunReport(target.runsDir, { ...before, status: "rolled back", clean: false, rolledBackBy: folder });
  }
}
