/** `migrate run`: new or resumed, real or dry. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type pg from "pg";
import type { TableChanges } from "../connector.ts";
import { ConfigError, InterruptedError, MigrateError, StoppedError } from "../errors.ts";
import type { Stage } from "../mapping/types.ts";
import { assertWritable, dbError } from "../store/database.ts";
import { lockTarget } from "../store/lock.ts";
import { migrateState } from "../store/state-migrations.ts";
import { compileStage } from "./compile-stage.ts";
import { type Counts, emptyCounts } from "./counts.ts";
import { resolveDeferred } from "./deferred.ts";
import { prepareDirect } from "./direct.ts";
import { assertSnapshotHolds, recordRun } from "./keep-snapshot.ts";
import { knownHashes } from "./known-hashes.ts";
import { inTransaction, type Lane, makeLane, setUpLane } from "./lane.ts";
import { lastLines } from "./last-lines.ts";
import { diffLock, makeLock } from "./lock.ts";
import { externalSourceOf, type MergePlan, planMerge, sourcesOf } from "./merge/plan.ts";
import { Owner } from "./owner-directory.ts";
import { makePlan, stillHolds } from "./plan.ts";
import { makeReport, objectReport } from "./report.ts";
import {
  dropEmptyRunFolder,
  listRuns,
  makeRunFolder,
  runName,
  writeRejectFiles,
  writeRunPlan,
  writeRunReport,
  writeWarningFile,
} from "./run-files.ts";
import { samplePlans } from "./sample.ts";
import type { Session } from "./session.ts";
import { assertAccounted, runStage } from "./stage-run.ts";
import {
  assertOneSchema,
  createRun,
  dropAbandoned,
  findRun,
  forgetRows,
  laterRun,
  originOf,
  type Progress,
  readProgress,
  saveProgress,
  setRunStatus,
} from "./state.ts";
import { analyze, dropForeignKeys, ensureForeignKeys, ensureTables, isEmpty } from "./tables.ts";
import type { EngineEvent, Plan, RunReport, RunStatus } from "./types.ts";

export interface RunOptions {
  readonly dryRun?: boolean;
  /** Target objects to load; null: all. */
  readonly only?: readonly string[] | null;
  /** Number of account trees. */
  readonly sample?: number | null;
  /** Run to go on with. */
  readonly resume?: string | null;
  /** A plan that must still hold; its lock is compared. null: none was made. */
  readonly plan?: Plan | null;
  /** Records per chunk, where the usual size is not wanted. */
  readonly chunkSize?: number;
}

/** What the parts of one run share. */
interface Running {
  readonly session: Session;
  readonly stages: readonly Stage[];
  readonly onEvent: (event: EngineEvent) => void;
  readonly dryRun: boolean;
  readonly sample: number | null;
  readonly only: readonly string[] | null;
  readonly plan: Plan | null;
  readonly owners: Owner;
  readonly counts: Map<string, Counts>;
  readonly folder: string;
  readonly startedAt: Date;
  readonly chunkSize: number | undefined;
  runId: string;
  resumed: boolean;
}

/** Stages that the options leave; unknown objects are an error that names those there are. */
export function chosenStages(session: Session, only: readonly string[] | null): readonly Stage[] {
  if (only === null) return session.stages;
  const known = [...new Set(session.stages.map((stage) => stage.mapping.object))];
  const unknown = only.filter((object) => !known.includes(object));
  if (unknown.length > 0) {
    throw new ConfigError("ONLY_UNKNOWN", `--only: no stage loads ${unknown.join(", ")}`, {
      hint: `Objects: ${known.join(", ")}.`,
    });
  }
  return session.stages.filter((stage) => only.includes(stage.mapping.object));
}

function assertNoDrift(plan: Plan, session: Session): void {
  const differences = diffLock(plan.lock, makeLock(session));
  if (differences.length === 0) return;
  throw new StoppedError(
    "PLAN_DRIFT",
    `what was planned is no longer so:\n${differences.map((line) => `  - ${line}`).join("\n")}`,
    {
      hint: "Look at the differences, then run `migrate plan` again and start the run.",
    },
  );
}

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
  if (options.plan) assertNoDrift(options.plan, session);
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
      return dryRun ? await dry(running, lanes[0]!) : await real(running, lanes);
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

async function begin(
  session: Session,
  options: RunOptions,
  lane: Lane,
  onEvent: (event: EngineEvent) => void,
): Promise<Running> {
  const { context, config, runsDir } = session;
  const owners = new Owner(session.mappings.owners, session.model, config.source.name);
  const common = {
    session,
    onEvent,
    owners,
    counts: new Map<string, Counts>(),
    dryRun: options.dryRun ?? false,
    chunkSize: options.chunkSize,
  };
  if (options.resume) {
    await migrateState(lane.client);
    const row = await findRun(lane.client, options.resume);
    if (row === null) {
      throw new ConfigError("RUN_UNKNOWN", `the target's database knows no run ${options.resume}`, {
        hint: "See `migrate runs list`.",
      });
    }
    if (row.status === "completed" && (await reportedStatus(runsDir, row.name)) === "completed") {
      throw new ConfigError("RUN_COMPLETED", `run ${row.name} is completed: there is nothing to resume`, {
        hint: "Start a new run with `migrate run`; what did not change is skipped.",
      });
    }
    const later = await laterRun(lane.client, row);
    if (later !== null) {
      throw new ConfigError(
        "RESUME_SUPERSEDED",
        `run ${later} was begun after ${row.name}, which can no longer be resumed`,
        { hint: `Resume ${later}, or start a new run: what was loaded already is recognised.` },
      );
    }
    const differences = diffLock(row.lock, makeLock(session));
    if (differences.length > 0) {
      throw new StoppedError(
        "RESUME_DRIFT",
        `run ${row.name} began with something else:\n${differences.map((line) => `  - ${line}`).join("\n")}`,
        {
          hint: "Undo the change to resume, or start a new run: what was loaded already is recognised.",
        },
      );
    }
    const plan = await readFile(join(runsDir, row.name, "plan.json"), "utf8").then(JSON.parse, () => null);
    await assertSnapshotHolds(session, chosenStages(session, row.options.only));
    return {
      ...common,
      session: recordRun(session, row.name),
      stages: chosenStages(session, row.options.only),
      sample: row.options.sample,
      only: row.options.only,
      plan: plan as Plan | null,
      folder: row.name,
      startedAt: new Date(row.startedAt),
      runId: row.id,
      resumed: true,
    };
  }
  const stages = chosenStages(session, options.only ?? null);
  await assertSnapshotHolds(session, stages);
  const startedAt = context.now();
  const folder = await makeRunFolder(runsDir, runName(startedAt, "full"));
  // what the plan reads is kept already: the run need not read it again
  const recorded = recordRun(session, folder);
  const plan = await planToFollow({ ...recorded, stages }, options.plan ?? null, onEvent).catch(async (error) => {
    await dropEmptyRunFolder(runsDir, folder);
    throw error;
  });
  await writeRunPlan(runsDir, folder, plan);
  return {
    ...common,
    session: recorded,
    stages,
    sample: options.sample ?? null,
    only: options.only ?? null,
    plan,
    folder,
    startedAt,
    runId: "",
    resumed: false,
  };
}

/** What run.json says; a run may have been killed after its last commit and before it said so. */
async function reportedStatus(runsDir: string, run: string): Promise<RunStatus | null> {
  const text = await readFile(join(runsDir, run, "run.json"), "utf8").catch(() => "null");
  return (JSON.parse(text) as RunReport | null)?.status ?? null;
}

/** The plan given, or that of the latest run, where it was made of this very content; else a new one. */
async function planToFollow(
  session: Session,
  given: Plan | null,
  onEvent: (event: EngineEvent) => void,
): Promise<Plan> {
  if (given !== null && (await stillHolds(session, given))) return given;
  const latest = given === null ? (await listRuns(session.runsDir))[0] : undefined;
  const text =
    latest === undefined
      ? null
      : await readFile(join(session.runsDir, latest.run, "plan.json"), "utf8").catch(() => null);
  if (text !== null) {
    const earlier = JSON.parse(text) as Plan;
    if (await stillHolds(session, earlier)) return { ...earlier, createdAt: session.context.now().toISOString() };
  }
  return makePlan(session, onEvent);
}

function report(running: Running, status: RunStatus, error: unknown): RunReport {
  const { session } = running;
  const ended = status !== "running";
  return makeReport({
    run: running.folder,
    kind: "full",
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
    invited: running.owners.invited,
    sample: running.sample,
    only: running.only,
    snapshot: session.snapshot?.about.run ?? null,
    error,
  });
}

function statusOf(error: unknown): RunStatus {
  if (error instanceof InterruptedError) return "interrupted";
  return error instanceof StoppedError ? "stopped" : "failed";
}

async function finishFiles(running: Running, client: pg.ClientBase): Promise<void> {
  const folder = join(running.session.runsDir, running.folder);
  await writeRejectFiles(client, running.runId, folder);
  await writeWarningFile(client, running.runId, folder);
}

async function register(running: Running, client: pg.ClientBase): Promise<void> {
  const { session } = running;
  running.runId = await createRun(client, {
    name: running.folder,
    kind: "full",
    migration: session.config.name,
    source: session.config.source.name,
    options: { only: running.only, sample: running.sample, schema: session.config.target.schema },
    lock: makeLock(session),
    startedAt: running.startedAt,
  });
  await dropAbandoned(client, running.runId);
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
    await stagesInOrder(running, [lane], changes);
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

function wrap(running: Running, error: unknown): unknown {
  if (error instanceof MigrateError) return error;
  return running.session.context.signal.aborted ? new InterruptedError() : dbError(error);
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
    await writeRunReport(session.runsDir, report(running, "running", null));
    await stagesInOrder(running, lanes, changes);
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
    if (running.runId !== "") {
      running.onEvent({ type: "note", message: `Go on later with: migrate run --resume ${running.folder}` });
    }
    throw error;
  }
}

/** Best effort: the database may be gone, and then run.json alone says how the run ended. */
async function recordFailure(running: Running, error: unknown): Promise<void> {
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

async function stagesInOrder(running: Running, lanes: readonly Lane[], changes: TableChanges): Promise<void> {
  const { session, stages } = running;
  const first = lanes[0]!;
  const { client } = first;
  const staged = new Set(stages.map((stage) => stage.mapping.object));
  const unstaged = new Set([...session.model.objects.keys()].filter((object) => !staged.has(object)));
  await inTransaction(first, () => ensureForeignKeys(client, session, changes.foreignKeys, unstaged));
  const samples = samplePlans(stages, session.model, running.sample);
  const plans: MergePlan[] = [];
  for (const [index, stage] of stages.entries()) {
    const { plan, counts } = await oneStage(running, lanes, stage, samples[index]!, changes);
    plans.push(plan);
    running.counts.set(stage.mapping.id, counts);
    const last = stages.slice(index + 1).every((later) => later.mapping.object !== stage.mapping.object);
    if (last)
      await inTransaction(first, () =>
        ensureForeignKeys(client, session, changes.foreignKeys, new Set([stage.mapping.object])),
      );
    if (counts.inserted > 0) await analyze(client, session, stage.mapping.object);
    running.onEvent({ type: "stage-end", report: objectReport(stage.mapping, counts) });
    await writeRunReport(session.runsDir, report(running, "running", null));
  }
  const sourceName = session.config.source.name;
  const sourcesFor = (object: string) => sourcesOf(session.mappings.mappings, object, sourceName);
  // without statistics the planner takes all references of an object for a handful, and joins them one by one
  await client.query("analyze migrate.ledger, migrate.deferred");
  for (const plan of plans) {
    if (session.context.signal.aborted) throw new InterruptedError();
    if (
      !plan.lookups.some((lookup) => lookup.kind === "deferred" || lookup.kind === "self") &&
      plan.associations.length === 0
    )
      continue;
    const counts = running.counts.get(plan.mapping.id)!;
    await inTransaction(first, async () => {
      const before = await readProgress(client, running.runId, plan.originId);
      await resolveDeferred(client, plan, sourceName, sourcesFor, counts);
      await saveProgress(client, running.runId, plan.originId, { ...before!, counts });
    });
    running.onEvent({ type: "stage-end", report: objectReport(plan.mapping, counts) });
  }
}

/** Objects that the id map knows under further ids, of this migration's source. */
async function aliasedObjects(client: pg.ClientBase, sourceName: string): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ object: string }>(
    "select distinct object from migrate.id_map where external_source = $1 or external_source like $2",
    [sourceName, `${sourceName.replace(/[\\%_]/g, "\\$&")}/%`],
  );
  return new Set(rows.map((row) => row.object));
}

async function oneStage(
  running: Running,
  lanes: readonly Lane[],
  stage: Stage,
  sample: MergePlan["sample"],
  changes: TableChanges,
): Promise<{ plan: MergePlan; counts: Counts }> {
  const { session, owners } = running;
  const { config, model, context } = session;
  const first = lanes[0]!;
  const { client } = first;
  const began = performance.now();
  const { mapping } = stage;
  const sourceName = config.source.name;
  if (mapping.fields.some((field) => field.owner)) await owners.load(client, session.mappings.mappings);
  const compiled = compileStage(session, mapping, owners);
  const originId = await originOf(client, externalSourceOf(sourceName, mapping.keyspace), mapping.id, mapping.object);
  const plan = planMerge({
    runId: running.runId,
    originId,
    sourceName,
    stage,
    compiled,
    model,
    mappings: session.mappings.mappings,
    sample,
    aliased: await aliasedObjects(client, sourceName),
  });
  const planned = running.plan?.stages.find((candidate) => candidate.mapping === mapping.id)?.count ?? null;
  running.onEvent({
    type: "stage-start",
    mapping: mapping.id,
    object: mapping.object,
    source: mapping.sources.join(", "),
    total: planned,
  });
  const progress = await readProgress(client, running.runId, originId);
  if (progress?.phase === "done") return { plan, counts: progress.counts };
  const fingerprint = await fingerprintOf(running, stage, progress);
  let fresh = progress?.fresh ?? false;
  if (progress === null && (await isEmpty(client, session, mapping.object))) {
    fresh = true;
    await inTransaction(first, () =>
      forgetRows(client, plan, sourcesOf(session.mappings.mappings, mapping.object, sourceName)),
    );
    if (model.managed)
      await inTransaction(first, () => dropForeignKeys(client, session, changes.foreignKeys, mapping.object));
  }
  let unchanged = null;
  if (!fresh && running.sample === null) unchanged = await knownHashes(client, plan);
  const direct = fresh ? await prepareDirect(client, plan) : null;
  const lines = mapping.duplicates === "last" ? await lastLines(session, compiled) : null;
  const counts = await runStage({
    stage,
    plan,
    compiled,
    source: session.source,
    lanes,
    owners,
    mappings: session.mappings.mappings,
    context,
    progress,
    fresh,
    direct,
    unchanged,
    fingerprint,
    lastLines: lines,
    total: planned,
    onRead: (read) => running.onEvent({ type: "progress", mapping: mapping.id, read, total: planned }),
    ...(running.chunkSize === undefined ? {} : { chunkSize: running.chunkSize }),
  });
  counts.seconds += (performance.now() - began) / 1000;
  assertAccounted(counts, mapping.id);
  await inTransaction(first, () =>
    saveProgress(client, running.runId, originId, {
      phase: "done",
      chunk: 0,
      position: null,
      fingerprint,
      counts,
      fresh,
    }),
  );
  return { plan, counts };
}

/** The content that positions refer to; a resumed stage must find the same. */
async function fingerprintOf(running: Running, stage: Stage, progress: Progress | null): Promise<string> {
  const parts: string[] = [];
  for (const source of stage.mapping.sources) parts.push(await running.session.source.fingerprint(source));
  const now = parts.join("\n");
  if (progress !== null && progress.fingerprint !== null && progress.fingerprint !== now) {
    throw new StoppedError(
      "RESUME_SOURCE_CHANGED",
      `${stage.mapping.sources.join(", ")} changed since the run began: its position no longer holds`,
      { hint: "Put the same file back to resume, or start a new run: what was loaded already is recognised." },
    );
  }
  return now;
}

export { emptyCounts };
