/** Reads the sources of a stage and hands chunk after chunk to the lanes; merges are strictly in the order of reading. */
import { InterruptedError } from "../errors.ts";
import type { BoundMapping, CompiledMapping } from "../mapping/compiled.ts";
import type { RecordBatch } from "../record.ts";
import { CopyWriter } from "../store/copy-writer.ts";
import { KeyFilter } from "./bloom.ts";
import { type ChunkRules, keepBatch, mapBatch } from "./chunk.ts";
import { emptyCounts } from "./counts.ts";
import { fillDirectly } from "./direct.ts";
import { copyRows, inTransaction, type Lane } from "./lane.ts";
import { narrowRows } from "./narrow.ts";
import { splitKey } from "./refetch.ts";
import { rowReferences } from "./row-references.ts";
import { mergeChunk } from "./stage-merge.ts";
import { chunkSizeOf, type StageRunInput, type StageState } from "./stage-types.ts";
import { type StagePosition, seenKeys, takenKeys } from "./state.ts";

interface Work {
  /** Ends when every chunk so far is merged; fails with the first failure. */
  turn: Promise<void>;
  failure: unknown;
}

/** Reads and merges everything from where the state stands; on a failure the chunks under way end first. */
export async function readAll(input: StageRunInput, state: StageState, hold: string | null): Promise<void> {
  const work: Work = { turn: Promise.resolve(), failure: null };
  try {
    await readSources(input, state, hold, work);
    await work.turn;
  } catch (error) {
    // let the chunks under way end, so that nothing is cut off
    await work.turn.catch(() => undefined);
    throw work.failure ?? error;
  }
}

/** Lanes that are not at work; one waiter at most. */
function idleLanes(lanes: readonly Lane[]) {
  const free = [...lanes];
  let waiting: ((lane: Lane) => void) | null = null;
  return {
    release(lane: Lane): void {
      if (waiting === null) free.push(lane);
      else {
        waiting(lane);
        waiting = null;
      }
    },
    take(): Promise<Lane> {
      const lane = free.shift();
      return lane !== undefined ? Promise.resolve(lane) : new Promise<Lane>((resolve) => (waiting = resolve));
    },
  };
}

async function readSources(input: StageRunInput, state: StageState, hold: string | null, work: Work): Promise<void> {
  const { plan, compiled, source, lanes, context, parts, due } = input;
  const seen = new KeyFilter(input.total ?? 4_000_000);
  const losers = plan.mapping.mergedInto !== undefined;
  if (input.progress !== null) {
    for await (const keys of takenKeys(lanes[0]!.client, plan.runId, plan.originId, hold, losers))
      for (const key of keys) seen.add(key);
  }
  const take = taker(input, state, hold, work, seen);
  const begin = state.position?.source ?? 0;
  for (let index = begin; index < parts.length; index++) {
    const { object, read, alone = false } = parts[index]!;
    const from = index === begin ? (state.position?.position ?? null) : null;
    const request = { object, fields: compiled.reads, from, batchSize: chunkSizeOf(input) };
    if (read !== null) {
      for await (const batch of read(request)) {
        await take(batch, object, index, { source: index, position: batch.next });
        if (alone) await work.turn;
      }
    }
    await work.turn;
    state.position = { source: index + 1, position: null };
  }
  if (due === null) return;
  // records that are fetched have lines of their own: here they go on behind everything that was read
  let line = state.counts.read;
  const end: StagePosition = { source: parts.length, position: null };
  for (;;) {
    const keys = await due.next(lanes[0]!);
    if (keys.length === 0) return;
    for (const [index, { object }] of parts.entries()) {
      const fetched = source.fetch({ object, fields: compiled.reads, key: plan.mapping.key, keys: keys.map(splitKey) });
      for await (const batch of fetched) {
        if (context.signal.aborted) throw new InterruptedError();
        const lines = Float64Array.from(batch.lines, () => ++line);
        await take({ ...batch, lines }, object, index, end);
      }
    }
    await work.turn;
  }
}

/** Gives a function that maps a batch and has it merged when its turn comes. */
function taker(input: StageRunInput, state: StageState, hold: string | null, work: Work, seen: KeyFilter) {
  const { plan, compiled, lanes, context, owners } = input;
  const losers = plan.mapping.mergedInto !== undefined;
  const scratch = owners.invites && plan.mapping.fields.some((field) => field.owner) ? new CopyWriter() : null;
  const references = input.unchanged === null ? null : rowReferences(compiled);
  const idle = idleLanes(lanes);
  let read = state.counts.read;
  let mapped = state.chunk;
  let layout: readonly string[] | null = null;
  let bound = null as ReturnType<CompiledMapping["bind"]> | null;
  return async (incoming: RecordBatch, object: string, index: number, position: StagePosition): Promise<void> => {
    if (context.signal.aborted) throw new InterruptedError();
    if (work.failure !== null) throw work.failure;
    if (bound === null || layout !== incoming.columns) {
      layout = incoming.columns;
      bound = compiled.bind(layout);
    }
    const lane = await idle.take();
    if (work.failure !== null) throw work.failure;
    const batch = keepBatch(lane.buffers, incoming);
    const before = work.turn;
    if (scratch !== null) {
      scoutOwners(bound, batch, scratch);
      await before;
      await inTransaction(lane, () => owners.invite(lane.client, input.mappings));
    }
    const rules: ChunkRules = {
      bound,
      duplicates: plan.mapping.duplicates,
      seen,
      unchanged: input.unchanged,
      references,
      lastLines: input.lastLines,
      sourceIndex: index,
      verify: async (keys) => {
        // what earlier chunks took must be there to be seen
        await before;
        return seenKeys(lane.client, plan.runId, plan.originId, keys, hold, losers);
      },
    };
    const chunk = await mapBatch(++mapped, object, batch, lane.buffers.out, rules);
    const narrow = input.narrow.length === 0 ? null : narrowRows(bound, batch, input.narrow);
    read += chunk.counts.read;
    input.onRead(read);
    const direct = lane.direct;
    work.turn = inTransaction(lane, async () => {
      const counts = emptyCounts();
      let rows = lane.buffers.out;
      if (input.direct !== null && chunk.staged > 0) {
        const filled = await fillDirectly(lane, plan, input.direct, rows, direct, counts);
        if (filled !== null) {
          if (filled.keys.length > 0) chunk.keys.set("inserted", filled.keys);
          rows = filled.rest;
          chunk.staged = rows.rows;
        }
      }
      if (chunk.staged > 0) await copyRows(lane, plan, rows.finish());
      await before;
      await mergeChunk(input, state, lane, chunk, hold, position, counts, narrow);
    }).then(
      () => idle.release(lane),
      (error: unknown) => {
        work.failure ??= error;
        idle.release(lane);
        throw error;
      },
    );
    // seen by whoever waits for it; this keeps Node from calling it unhandled in between
    work.turn.catch(() => undefined);
  };
}

/** Maps a batch for its owners alone: the resolver notes who is unknown. */
function scoutOwners(bound: BoundMapping, batch: RecordBatch, scratch: CopyWriter): void {
  for (let record = 0; record < batch.size; record++) {
    scratch.reset();
    bound.map(batch, record, "", scratch, []);
  }
}
