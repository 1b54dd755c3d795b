/** What a stage reads, and how: everything in a full run, what changed and what sweeps find in a delta. */

import type { CompiledMapping } from "../mapping/compiled.ts";
import type { ObjectMapping, Stage } from "../mapping/types.ts";
import { literal } from "../store/quote.ts";
import { compileOptions } from "./compile-stage.ts";
import { moveToUpdated } from "./deferred-lookup.ts";
import { applyMerges, unmark } from "./delta-apply.ts";
import { dueKeys, type Found } from "./delta-due.ts";
import { tellFilteredRows } from "./delta-filtered.ts";
import { findGone, forgetReturned, saveCounts } from "./delta-gone.ts";
import { deletedPolicy } from "./delta-policy.ts";
import { sweep } from "./delta-sweep.ts";
import { lastMark, markWhole, readingOf, type SourceReading, takeWatermarks } from "./delta-watermarks.ts";
import { inTransaction, type Lane } from "./lane.ts";
import type { MergePlan } from "./merge/plan.ts";
import { holdTable } from "./merge/resolve.ts";
import type { Running } from "./running.ts";
import type { Session } from "./session.ts";
import { chunkSizeOf, type ReadPart, type StageRunInput, type StageState } from "./stage-types.ts";

/** Of a stage: how its sources are read, and what comes besides. */
export interface StageReading extends Pick<StageRunInput, "parts" | "due" | "narrow"> {
  readonly settled: NonNullable<StageRunInput["settled"]>;
  /** Every source is read whole: what is unchanged is known by its hash. */
  readonly whole: boolean;
  /** No run has loaded any of it before. */
  readonly first: boolean;
}

/** Columns of a mapping whose values change without the record's timestamp, by how they are used. */
export interface NarrowColumns {
  readonly derived: readonly string[];
  readonly associations: readonly string[];
}

/** Columns of lookups and associations, as against those of values. */
function linkColumns(mapping: ObjectMapping): ReadonlySet<string> {
  const found = new Set(mapping.associations.map(({ from }) => from));
  for (const { label } of mapping.associations) if (label !== null && "column" in label) found.add(label.column);
  for (const { lookup, input } of mapping.fields)
    if (lookup !== null && input.kind === "from") for (const column of input.columns) found.add(column);
  return found;
}

/** Asks the source; empty where it cannot tell, or where the object is read whole anyway. */
export async function narrowColumns(
  session: Pick<Session, "source">,
  mapping: ObjectMapping,
  reads: readonly string[],
): Promise<NarrowColumns> {
  const { changes } = session.source;
  if (changes === undefined) return { derived: [], associations: [] };
  const derived = new Set<string>();
  for (const source of mapping.sources) for (const name of await changes.derived(source, reads)) derived.add(name);
  const links = linkColumns(mapping);
  const list = [...derived].filter((name) => !mapping.key.includes(name)).sort();
  return {
    derived: list.filter((name) => !links.has(name)),
    associations: list.filter((name) => links.has(name)),
  };
}

/** What sweeps that are switched off leave unseen, one sentence each. */
export function unseen(
  session: Pick<Session, "config" | "source">,
  mapping: ObjectMapping,
  narrow: NarrowColumns,
): string[] {
  const { sweeps } = session.config.delta;
  const name = mapping.sources.join(", ");
  return [
    ...(sweeps.deleted
      ? []
      : [`records of ${name} that were deleted or merged stay in the target (delta.sweeps.deleted is off)`]),
    ...(sweeps.derived || narrow.derived.length === 0
      ? []
      : [`${name}: changes of ${narrow.derived.join(", ")} alone stay unseen (delta.sweeps.derived is off)`]),
    ...(sweeps.associations || narrow.associations.length === 0
      ? []
      : [`${name}: changes of ${narrow.associations.join(", ")} alone stay unseen (delta.sweeps.associations is off)`]),
  ];
}

export interface StageReadingInput {
  readonly running: Running;
  readonly stage: Stage;
  readonly plan: MergePlan;
  readonly compiled: CompiledMapping;
  readonly lane: Lane;
}

/** Takes the watermarks and works out the reading. Costs a call or two per object. */
export async function stageReading(input: StageReadingInput): Promise<StageReading> {
  const { running, stage, plan, compiled, lane } = input;
  const { session } = running;
  const { mapping } = stage;
  const { client } = lane;
  const marks =
    running.sample === null
      ? await inTransaction(lane, () =>
          takeWatermarks(client, session, running.runId, plan.originId, mapping.sources, running.kind === "full"),
        )
      : new Map<string, null>();
  const columns = session.snapshot
    ? { derived: [], associations: [] }
    : await narrowColumns(session, mapping, compiled.reads);
  const timed = mapping.sources.some((source) => (marks.get(source) ?? null) !== null);
  const { sweeps } = session.config.delta;
  const narrow = timed
    ? [...(sweeps.derived ? columns.derived : []), ...(sweeps.associations ? columns.associations : [])].sort()
    : [];
  const wholePart = (object: string): ReadPart => ({ object, read: (request) => session.source.read(request) });
  if (running.kind === "full") {
    return {
      parts: mapping.sources.map(wholePart),
      due: null,
      narrow,
      whole: true,
      first: true,
      settled: (at, state) => inTransaction(at, () => takeBack(at, plan, state)),
    };
  }
  const bases = new Map<string, Awaited<ReturnType<typeof lastMark>>>();
  for (const source of mapping.sources) bases.set(source, await lastMark(client, plan.originId, source, running.runId));
  const readings = mapping.sources.map((source) =>
    readingOf(session, source, bases.get(source) ?? null, marks.get(source) ?? null),
  );
  for (const { source, mode } of readings)
    if (mode === "whole") await inTransaction(lane, () => markWhole(client, running.runId, plan.originId, source));
  for (const { why } of readings) if (why !== null) running.onEvent({ type: "note", message: why });
  for (const line of unseen(session, mapping, columns)) running.onEvent({ type: "note", message: line });
  const hold = plan.lookups.some((lookup) => lookup.kind === "self") ? holdTable(plan.originId) : null;
  const sweeping = sweepOf(input, readings, narrow);
  const { changes } = session.source;
  return {
    parts: readings.map(({ source, mode, since }): ReadPart => {
      if (mode === "skip") return { object: source, read: null };
      if (mode === "whole") return wholePart(source);
      return { object: source, read: (request) => changes!.changed({ ...request, since: since! }) };
    }),
    due: dueKeys({
      plan,
      hold,
      sweep: sweeping.run,
      narrow: sweeping.narrow,
      onFound: (found) => tellFound(running, mapping, found),
    }),
    narrow,
    whole: readings.every(({ mode }) => mode === "whole"),
    first: [...bases.values()].every((base) => base === null),
    settled: async (at, state) => {
      await inTransaction(at, () => takeBack(at, plan, state));
      state.counts.warnings += await inTransaction(at, () => tellFilteredRows(at.client, plan));
      const policy = deletedPolicy(mapping, plan.object, session.config);
      if (!sweeping.gone) return;
      if (sweeping.run !== null && !sweeping.done()) await sweeping.run(at);
      await findGone(
        at,
        {
          session,
          plan,
          policy,
          swept: sweeping.run !== null,
          accept: running.acceptDeletes,
          sources: mapping.sources,
        },
        state,
      );
      await inTransaction(at, () => applyMerges(at.client, plan, policy, state));
    },
  };
}

/** Records that came back are no longer gone; rows that lose their mark by it are updated. */
async function takeBack({ client }: Lane, plan: MergePlan, state: StageState): Promise<void> {
  const back = (await forgetReturned(client, plan)).filter(({ done }) => done === "marked");
  const ids = new Set(
    await unmark(
      client,
      plan,
      back.map(({ targetId }) => targetId),
    ),
  );
  if (ids.size === 0) return;
  const keys = back.flatMap(({ key, targetId }) => (ids.has(targetId) ? [literal(key)] : []));
  await moveToUpdated(client, plan, state.counts, `select unnest(array[${keys.join(", ")}]::text[])`);
  await saveCounts(client, plan, state);
}

interface Sweeping {
  /** null: nothing has to be read for it. */
  readonly run: ((lane: Lane) => Promise<void>) | null;
  /** Whether it has run on this connection. */
  readonly done: () => boolean;
  readonly narrow: boolean;
  /** Keys of every source are known after it: what is missing is gone. */
  readonly gone: boolean;
}

function sweepOf(
  { running, stage }: StageReadingInput,
  readings: readonly SourceReading[],
  narrow: readonly string[],
): Sweeping {
  const { session } = running;
  const { sweeps, files } = session.config.delta;
  const { mapping } = stage;
  // stages may read a part of their mapping's sources: what the others hold is not known then
  const all = session.mappings.mappings.find(({ id }) => id === mapping.id)?.sources ?? mapping.sources;
  const partial = mapping.sources.length < all.length || (session.source.changes === undefined && files === "changes");
  const skipped = readings.some(({ mode }) => mode === "skip");
  const gone = sweeps.deleted && !partial && !skipped;
  const compare = narrow.length > 0;
  const sources = readings.filter(({ mode }) => mode === "changed").map(({ source }) => source);
  if (sources.length === 0 || (!gone && !compare)) return { run: null, done: () => true, narrow: false, gone };
  let swept = false;
  return {
    done: () => swept,
    narrow: compare,
    gone,
    run: async (lane) => {
      running.onEvent({
        type: "note",
        message: `reading the keys${compare ? ` and ${narrow.join(", ")}` : ""} of all records of ${sources.join(", ")}`,
      });
      await sweep(lane.client, session, {
        mapping,
        options: compileOptions(session, mapping, running.owners),
        sources,
        narrow,
        batchSize: chunkSizeOf({
          context: session.context,
          ...(running.chunkSize === undefined ? {} : { chunkSize: running.chunkSize }),
        }),
      });
      swept = true;
    },
  };
}

function tellFound(running: Running, mapping: ObjectMapping, found: Found): void {
  const parts = [
    found.derived > 0 ? `${found.derived} changed without a timestamp` : "",
    found.late > 0 ? `${found.late} that no run had met` : "",
    found.back > 0 ? `${found.back} came back` : "",
    found.waited > 0 ? `${found.waited} waited for others that are there now` : "",
  ].filter((part) => part !== "");
  if (parts.length > 0) running.onEvent({ type: "note", message: `${mapping.id}: ${parts.join(", ")}` });
}
