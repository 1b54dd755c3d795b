/** The beginning of a run: a new one with its plan, or one that is resumed. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type pg from "pg";
import { ConfigError, StoppedError } from "../errors.ts";
import type { Stage } from "../mapping/types.ts";
import { migrateState } from "../store/state-migrations.ts";
import { type Beginning, beginningOf, noteBeginning, noteEnd } from "./beginning.ts";
import type { Counts } from "./counts.ts";
import { dateOrdersOf } from "./date-orders.ts";
import { assertBase, assertDeltaOptions, type StageBase } from "./delta-base.ts";
import { makeDeltaPlan } from "./delta-plan.ts";
import { assertSnapshotHolds, recordRun } from "./keep-snapshot.ts";
import type { Lane } from "./lane.ts";
import { diffLock, makeLock, partOf } from "./lock.ts";
import { Owner } from "./owner-directory.ts";
import { makePlan, stillHolds } from "./plan.ts";
import { planDrift } from "./plan-drift.ts";
import { openRetry, type Retry, type RetryOptions, retryPlan, stagesToRetry } from "./retry.ts";
import { assertNotHalfUndone } from "./rollback/begin.ts";
import { aboutOf } from "./run-about.ts";
import { dropEmptyRunFolder, listRuns, makeRunFolder, runName, writeRunPlan } from "./run-files.ts";
import { createRun, dropAbandoned, findRun, isRunKnown, laterRun } from "./run-rows.ts";
import type { Running, RunOptions } from "./running.ts";
import type { Session } from "./session.ts";
import type { EngineEvent, Plan, RunReport, RunStatus } from "./types.ts";

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

/** Throws StoppedError PLAN_DRIFT with every difference that concerns the stages which `only` leaves. */
export function assertNoDrift(plan: Plan, session: Session, only: readonly string[] | null): void {
  const chosen = { ...session, stages: chosenStages(session, only) };
  const now = makeLock(chosen);
  const differences = diffLock(only === null ? plan.lock : partOf(plan.lock, chosen), now);
  if (differences.length > 0) throw planDrift(differences, plan.delta !== undefined);
}

type Common = Pick<Running, "kind" | "acceptDeletes" | "onEvent" | "owners" | "counts" | "dryRun" | "chunkSize">;

/** Starts or resumes. Throws before anything is written to the target. */
export async function begin(
  session: Session,
  options: RunOptions,
  lane: Lane,
  onEvent: (event: EngineEvent) => void,
): Promise<Running> {
  await assertNotHalfUndone(lane.client, session.config.name);
  const common: Common = {
    onEvent,
    owners: new Owner(session.mappings.owners, session.model, session.config.source.name),
    counts: new Map<string, Counts>(),
    dryRun: options.dryRun ?? false,
    kind: options.retry ? "retry" : options.delta === true ? "delta" : "full",
    chunkSize: options.chunkSize,
    acceptDeletes: options.acceptDeletes ?? false,
  };
  return options.resume ? resumeRun(session, options.resume, lane, common) : newRun(session, options, lane, common);
}

async function resumeRun(session: Session, name: string, lane: Lane, common: Common): Promise<Running> {
  const { runsDir } = session;
  await migrateState(lane.client);
  const row = await findRun(lane.client, name);
  if (row === null) {
    const begun = await beginningOf(runsDir, name);
    if (begun !== null)
      return newRun(session, { only: begun.only, sample: begun.sample, about: aboutOf(begun) }, lane, common, begun);
    throw new ConfigError("RUN_UNKNOWN", `the target's database knows no run ${name}`, {
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
  const chosen = { ...session, stages: chosenStages(session, row.options.only) };
  const retry = row.options.retry === undefined ? null : await openRetry(lane.client, session, row.options.retry);
  const differences = diffLock(row.options.only === null ? row.lock : partOf(row.lock, chosen), makeLock(chosen));
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
    session: {
      ...(row.kind === "full" ? recordRun(session, row.name) : session),
      dateOrders: dateOrdersOf(plan as Plan | null),
    },
    stages: retry === null ? chosenStages(session, row.options.only) : await stagesToRetry(lane.client, session, retry),
    retry,
    sample: row.options.sample,
    only: row.options.only,
    kind: row.kind,
    about: row.options.about ?? {},
    plan: plan as Plan | null,
    folder: row.name,
    startedAt: new Date(row.startedAt),
    runId: row.id,
    resumed: true,
  };
}

/** `begun`: the run ended while its plan was being made, and goes on with what it has read. */
async function newRun(
  session: Session,
  options: RunOptions,
  lane: Lane,
  common: Common,
  begun: Beginning | null = null,
): Promise<Running> {
  const { context, runsDir } = session;
  const retry = options.retry ? await openRetryOf(lane, session, options.retry, options.dryRun === true) : null;
  const stages =
    retry === null ? chosenStages(session, options.only ?? null) : await stagesToRetry(lane.client, session, retry);
  await assertSnapshotHolds(session, stages);
  let bases: readonly StageBase[] = [];
  if (common.kind === "delta") {
    assertDeltaOptions(session, options);
    bases = await assertBase(lane.client, session, stages, options.plan ?? null);
  }
  // another migration into this database may have begun in the same second, with a folder elsewhere
  const known = (name: string): Promise<boolean> => isRunKnown(lane.client, name);
  const startedAt = begun === null ? context.now() : new Date(begun.startedAt);
  const folder = begun?.run ?? (await makeRunFolder(runsDir, runName(startedAt, common.kind), known));
  // what the plan reads is kept already: the run need not read it again
  // a snapshot is of everything: what changed is none
  const recorded = common.kind === "full" ? recordRun(session, folder) : session;
  const running: Running = {
    ...common,
    session: recorded,
    stages,
    retry,
    sample: options.sample ?? null,
    only: options.only ?? null,
    about: options.about ?? {},
    plan: null,
    folder,
    startedAt,
    runId: "",
    resumed: false,
  };
  const kept = recorded !== session;
  if (kept) await noteBeginning(running);
  try {
    const chosen = { ...recorded, stages };
    const plan =
      retry !== null
        ? await retryPlan(chosen, retry)
        : common.kind === "delta" && session.source.changes !== undefined
          ? await makeDeltaPlan(chosen, lane.client, bases, false)
          : await planToFollow(chosen, folder, options.plan ?? null, common.onEvent);
    await writeRunPlan(runsDir, folder, plan);
    return { ...running, session: { ...recorded, dateOrders: dateOrdersOf(plan) }, plan };
  } catch (error) {
    if (kept) await noteEnd(running, error);
    else await dropEmptyRunFolder(runsDir, folder);
    throw error;
  }
}

/** The state may be that of an earlier version: a retry is begun like any run. */
async function openRetryOf(lane: Lane, session: Session, options: RetryOptions, dryRun: boolean): Promise<Retry> {
  if (!dryRun) await migrateState(lane.client);
  return openRetry(lane.client, session, options);
}

/** What run.json says; a run may have been killed after its last commit and before it said so. */
async function reportedStatus(runsDir: string, run: string): Promise<RunStatus | null> {
  const text = await readFile(join(runsDir, run, "run.json"), "utf8").catch(() => "null");
  return (JSON.parse(text) as RunReport | null)?.status ?? null;
}

/**
 * The plan given, or that of the latest run but this, where it was made of this very content; else a new one. Of a source whose
 * fingerprint tells no content, values and owners are looked at anew; what is read for that is kept, and not read again.
 */
async function planToFollow(
  session: Session,
  run: string,
  given: Plan | null,
  onEvent: (event: EngineEvent) => void,
): Promise<Plan> {
  if (session.source.capabilities.snapshot === true) return makePlan(session, onEvent);
  if (given !== null && (await stillHolds(session, given))) return given;
  const latest = given === null ? (await listRuns(session.runsDir)).find((each) => each.run !== run) : undefined;
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

/** Makes the run known to the database. The caller owns the transaction. */
export async function register(running: Running, client: pg.ClientBase): Promise<void> {
  const { session } = running;
  running.runId = await createRun(client, {
    name: running.folder,
    kind: running.kind,
    migration: session.config.name,
    source: session.config.source.name,
    options: {
      only: running.only,
      sample: running.sample,
      schema: session.config.target.schema,
      ...(running.retry === null ? {} : { retry: { run: running.retry.run, from: running.retry.from } }),
      ...(Object.keys(running.about).length === 0 ? {} : { about: running.about }),
    },
    lock: makeLock(session),
    startedAt: running.startedAt,
  });
  await dropAbandoned(client, running.runId);
}
