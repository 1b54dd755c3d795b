/** `migrate plan --delta`: what a delta would read, what sweeps cost, and what stays unseen where they are switched off. */
import type pg from "pg";
import type { ChangesCost } from "../changes.ts";
import type { Stage } from "../mapping/types.ts";
import { compileStage } from "./compile-stage.ts";
import { assertBase, type StageBase } from "./delta-base.ts";
import { type NarrowColumns, narrowColumns, unseen } from "./delta-stage.ts";
import { lastMark, readingOf, type SourceReading } from "./delta-watermarks.ts";
import { diffBase, makeLock } from "./lock.ts";
import { contentOf, makePlan, planStage } from "./plan.ts";
import type { Session } from "./session.ts";
import type { DeltaPlan, DeltaSourcePlan, EngineEvent, Plan } from "./types.ts";

/** Records and calls per second, roughly, for the estimate alone. */
const RECORDS_PER_SECOND = 5_000;
const CALLS_PER_SECOND = 5;

interface StageFindings {
  readonly stage: Stage;
  readonly sources: readonly DeltaSourcePlan[];
  readonly unseen: readonly string[];
}

/**
 * The plan of a delta over a source that tells what changed: no record is read for it. `costs` false: the source is not asked
 * what that costs, nor how much has changed.
 */
export async function makeDeltaPlan(
  session: Session,
  client: Pick<pg.ClientBase, "query">,
  bases: readonly StageBase[],
  costs: boolean,
): Promise<Plan> {
  const { config, stages } = session;
  const found: StageFindings[] = [];
  const { rows } = await client.query<{ marks: string | null }>(
    "select to_regclass('migrate.watermark')::text as marks",
  );
  for (const stage of stages) {
    // runs of earlier versions kept no marks
    const base = rows[0]!.marks === null ? null : (bases.find(({ mapping }) => mapping === stage.mapping.id) ?? null);
    found.push(await stageFindings(session, client as pg.ClientBase, stage, base, costs));
  }
  const sources = found.flatMap((each) => each.sources);
  // one narrow read serves all sweeps of an object
  const calls = sources.reduce(
    (sum, source) => sum + (source.calls ?? 0) + Math.max(...Object.values(source.sweeps).map((n) => n ?? 0)),
    0,
  );
  const records = sources.reduce((sum, { records: n }) => sum + (n ?? 0), 0);
  const delta: DeltaPlan = {
    bases: [...new Set(bases.map(({ run }) => run))].sort(),
    sources,
    unseen: found.flatMap((each) => each.unseen),
  };
  return {
    version: 1,
    name: config.name,
    createdAt: session.context.now().toISOString(),
    source: config.source.connector,
    target: config.target.connector,
    scope: `what changed since ${delta.bases.join(", ")}`,
    stages: found.map(({ stage, sources: read }) =>
      planStage(session, stage, { count: read.reduce((sum, { records: n }) => sum + (n ?? 0), 0), filtered: 0 }),
    ),
    picklists: [],
    owners: [],
    tables: { create: [], extend: [] },
    apiCalls: costs ? calls : null,
    etaSeconds: costs ? Math.ceil(records / RECORDS_PER_SECOND + calls / CALLS_PER_SECOND) : null,
    content: await contentOf(session),
    delta,
    lock: makeLock(session),
  };
}

async function stageFindings(
  session: Session,
  client: pg.ClientBase,
  stage: Stage,
  base: StageBase | null,
  costs: boolean,
): Promise<StageFindings> {
  const { mapping } = stage;
  const { changes } = session.source;
  const { reads } = compileStage(session, mapping, { resolve: () => null });
  const narrow = await narrowColumns(session, mapping, reads);
  const sources: DeltaSourcePlan[] = [];
  for (const source of mapping.sources) {
    const mark = base === null ? null : await lastMark(client, base.originId, source, null);
    const now = (await changes?.watermark(source)) ?? null;
    const reading = readingOf(session, source, mark, now);
    const [cost = null] =
      costs && changes !== undefined && reading.mode === "changed"
        ? await changes.cost([{ object: source, fields: reads, since: reading.since! }])
        : [];
    sources.push({
      mapping: mapping.id,
      object: mapping.object,
      source,
      mode: reading.mode,
      since: reading.since?.at ?? null,
      records: await recordsOf(session, reading, cost, costs),
      calls: await callsOf(session, reading, cost, reads, costs),
      sweeps: sweepCosts(session, reading, cost, narrow),
      why: reading.why,
    });
  }
  return { stage, sources, unseen: changes === undefined ? [] : unseen(session, mapping, narrow) };
}

async function recordsOf(
  session: Session,
  { source, mode }: SourceReading,
  cost: ChangesCost | null,
  costs: boolean,
): Promise<number | null> {
  if (mode === "skip") return 0;
  if (mode === "changed") return cost?.changed ?? null;
  return costs ? session.source.count(source) : null;
}

async function callsOf(
  session: Session,
  { source, mode }: SourceReading,
  cost: ChangesCost | null,
  fields: readonly string[],
  costs: boolean,
): Promise<number | null> {
  if (mode === "skip") return 0;
  if (mode === "changed") return cost?.calls ?? null;
  return costs ? ((await session.source.estimate?.([{ object: source, fields }]))?.calls ?? null) : null;
}

/** One narrow read serves all sweeps of an object: it costs what the dearest of them does, and is told once. */
function sweepCosts(
  { config }: Session,
  { mode }: SourceReading,
  cost: ChangesCost | null,
  narrow: NarrowColumns,
): DeltaSourcePlan["sweeps"] {
  const { sweeps } = config.delta;
  if (mode !== "changed") return { deleted: null, derived: null, associations: null };
  return {
    deleted: sweeps.deleted ? (cost?.sweeps.deleted ?? null) : null,
    derived: sweeps.derived && narrow.derived.length > 0 ? (cost?.sweeps.derived ?? null) : null,
    associations: sweeps.associations && narrow.associations.length > 0 ? (cost?.sweeps.associations ?? null) : null,
  };
}

/**
 * `migrate plan --delta`. Throws ConfigError DELTA_NO_BASE, and StoppedError DELTA_DRIFT where the mappings changed; what changed
 * in the source's schema is told as a note: who looks at this plan has seen it. Sources that cannot tell what changed are
 * planned as for a full run.
 */
export async function planDelta(session: Session, onEvent: (event: EngineEvent) => void): Promise<Plan> {
  const client = await session.database.connect();
  try {
    const now = session.context.now().toISOString();
    const bases = await assertBase(client, session, session.stages, { createdAt: now });
    const lock = makeLock(session);
    const lines = new Set(
      bases.flatMap((base) =>
        diffBase(base.lock, lock, session.stages.find(({ mapping }) => mapping.id === base.mapping)!, false),
      ),
    );
    for (const line of lines) onEvent({ type: "note", message: `changed since it was loaded: ${line}` });
    if (session.source.changes !== undefined) return await makeDeltaPlan(session, client, bases, true);
    const plan = await makePlan(session, onEvent, { costs: true, permissions: true });
    const { delta } = await makeDeltaPlan(session, client, bases, false);
    return delta === undefined ? plan : { ...plan, delta };
  } finally {
    client.release();
  }
}
