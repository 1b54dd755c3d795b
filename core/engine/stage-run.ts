/** Runs one stage: reads its sources, maps, stages and merges chunk by chunk, then settles what was held. */

import type pg from "pg";
import type { SourceConnector } from "../connector.ts";
import type { Context } from "../context.ts";
import { InterruptedError, StoppedError } from "../errors.ts";
import type { BoundMapping, CompiledMapping } from "../mapping/compiled.ts";
import type { ObjectMapping, Stage } from "../mapping/types.ts";
import { type RecordBatch, recordTexts } from "../record.ts";
import { CopyWriter } from "../store/copy-writer.ts";
import { forgetLosers, saveAliases, tellsMerges } from "./alias-notes.ts";
import { KeyFilter } from "./bloom.ts";
import { type Chunk, type ChunkRules, keepBatch, mapBatch, type RejectRow, recordAtLine } from "./chunk.ts";
import { accounted, addCounts, type Counts, emptyCounts, type StageReject } from "./counts.ts";
import { type DirectFill, fillDirectly } from "./direct.ts";
import type { HashSet } from "./hash-set.ts";
import { createHold, settling } from "./hold.ts";
import { copyRows, inTransaction, type Lane, openLane } from "./lane.ts";
import { settleAliases } from "./merge/aliases.ts";
import { mergeStaged } from "./merge/merge.ts";
import type { MergePlan } from "./merge/plan.ts";
import { holdTable } from "./merge/resolve.ts";
import { followHeld } from "./merge/winners.ts";
import type { Owner } from "./owner-directory.ts";
import { rowReferences } from "./row-references.ts";
import {
  type Progress,
  type StagePosition,
  saveOutcomes,
  saveProgress,
  saveRejects,
  saveWarnings,
  seenKeys,
  takenKeys,
} from "./state.ts";

/** Records per chunk. */
export const CHUNK = 50_000;

/** Another size of chunks, for tests that want many of them: MIGRATE_CHUNK_RECORDS in the environment. */
function chunkSize({ env }: Context): number {
  const wanted = Number(env.MIGRATE_CHUNK_RECORDS);
  return Number.isSafeInteger(wanted) && wanted > 0 ? wanted : CHUNK;
}

export interface StageRunInput {
  readonly stage: Stage;
  readonly plan: MergePlan;
  readonly compiled: CompiledMapping;
  readonly source: SourceConnector;
  /** One in a dry run, two otherwise. */
  readonly lanes: readonly Lane[];
  readonly owners: Owner;
  readonly mappings: readonly ObjectMapping[];
  readonly context: Context;
  /** Where the stage stands; null when it begins. */
  readonly progress: Progress | null;
  readonly fresh: boolean;
  /** The short way, where it can be taken. */
  readonly direct: DirectFill | null;
  readonly unchanged: HashSet | null;
  readonly fingerprint: string;
  readonly lastLines: ReadonlyMap<string, number> | null;
  readonly total: number | null;
  readonly onRead: (read: number) => void;
  /** Records per chunk; CHUNK when absent. */
  readonly chunkSize?: number;
}

interface StageState {
  readonly counts: Counts;
  chunk: number;
  position: StagePosition | null;
  /** The target has statistics; see `measure`. */
  measured: boolean;
}

/** Runs the stage up to phase `done` (deferred references excepted) and returns its counts. Resumes where `progress` says. */
export async function runStage(input: StageRunInput): Promise<Counts> {
  const { plan, lanes, progress } = input;
  const state: StageState = {
    counts: progress?.counts ?? emptyCounts(),
    chunk: progress?.chunk ?? 0,
    position: progress?.position ?? null,
    measured: false,
  };
  const hold = plan.lookups.some((lookup) => lookup.kind === "self") ? holdTable(plan.originId) : null;
  const first = lanes[0]!;
  if (hold !== null) {
    await inTransaction(first, async () => {
      if (progress === null) await first.client.query(`drop table if exists ${hold}`);
      await createHold(first.client, plan, hold);
    });
  }
  const merges = tellsMerges(plan.mapping);
  if (merges && progress === null) await inTransaction(first, () => forgetLosers(first.client, plan.originId));
  for (const lane of lanes) await openLane(lane, plan);
  if (progress === null || progress.phase === "reading") {
    await readAll(input, state, hold);
    await inTransaction(first, () => save(input, state, "holding"));
  }
  if (hold !== null) {
    if (merges) await inTransaction(first, () => followHeld(first.client, plan, hold));
    await settleHeld(input, state, hold);
  }
  if (merges) await settleMerged(input, state);
  return state.counts;
}

async function save(input: StageRunInput, state: StageState, phase: Progress["phase"]): Promise<void> {
  const { plan, lanes, fingerprint, fresh } = input;
  await saveProgress(lanes[0]!.client, plan.runId, plan.originId, {
    phase,
    chunk: state.chunk,
    position: state.position,
    fingerprint,
    counts: state.counts,
    fresh,
  });
}

async function readAll(input: StageRunInput, state: StageState, hold: string | null): Promise<void> {
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

interface Work {
  /** Ends when every chunk so far is merged; fails with the first failure. */
  turn: Promise<void>;
  failure: unknown;
}

async function readSources(input: StageRunInput, state: StageState, hold: string | null, work: Work): Promise<void> {
  const { plan, compiled, source, lanes, context, owners } = input;
  const seen = new KeyFilter(input.total ?? 4_000_000);
  const losers = plan.mapping.mergedInto !== undefined;
  if (input.progress !== null) {
    for await (const keys of takenKeys(lanes[0]!.client, plan.runId, plan.originId, hold, losers))
      for (const key of keys) seen.add(key);
  }
  const scratch = owners.invites && plan.mapping.fields.some((field) => field.owner) ? new CopyWriter() : null;
  const references = input.unchanged === null ? null : rowReferences(compiled);
  const free = [...lanes];
  let waiting: ((lane: Lane) => void) | null = null;
  const release = (lane: Lane) => {
    if (waiting === null) free.push(lane);
    else {
      waiting(lane);
      waiting = null;
    }
  };
  const take = () => {
    const lane = free.shift();
    return lane !== undefined ? Promise.resolve(lane) : new Promise<Lane>((resolve) => (waiting = resolve));
  };
  const sources = plan.mapping.sources;
  const begin = state.position?.source ?? 0;
  let read = state.counts.read;
  let mapped = state.chunk;
  for (let index = begin; index < sources.length; index++) {
    const from = index === begin ? (state.position?.position ?? null) : null;
    const request = {
      object: sources[index]!,
      fields: compiled.reads,
      from,
      batchSize: input.chunkSize ?? chunkSize(context),
    };
    let layout: readonly string[] | null = null;
    let bound = null as ReturnType<CompiledMapping["bind"]> | null;
    for await (const incoming of source.read(request)) {
      if (context.signal.aborted) throw new InterruptedError();
      if (work.failure !== null) throw work.failure;
      if (bound === null || layout !== incoming.columns) {
        layout = incoming.columns;
        bound = compiled.bind(layout);
      }
      const lane = await take();
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
      const chunk = await mapBatch(++mapped, sources[index]!, batch, lane.buffers.out, rules);
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
        await mergeChunk(input, state, lane, chunk, hold, { source: index, position: chunk.next }, counts);
      }).then(
        () => release(lane),
        (error: unknown) => {
          work.failure ??= error;
          release(lane);
          throw error;
        },
      );
      // seen by whoever waits for it; this keeps Node from calling it unhandled in between
      work.turn.catch(() => undefined);
    }
    await work.turn;
    state.position = { source: index + 1, position: null };
  }
}

/** Maps a batch for its owners alone: the resolver notes who is unknown. */
function scoutOwners(bound: BoundMapping, batch: RecordBatch, scratch: CopyWriter): void {
  for (let record = 0; record < batch.size; record++) {
    scratch.reset();
    bound.map(batch, record, "", scratch, []);
  }
}

async function mergeChunk(
  input: StageRunInput,
  state: StageState,
  lane: Lane,
  chunk: Chunk,
  hold: string | null,
  position: StagePosition,
  counts: Counts,
): Promise<void> {
  const { plan } = input;
  const { client } = lane;
  addCounts(counts, chunk.counts);
  const rejects: RejectRow[] = [...chunk.rejects];
  if (chunk.staged > 0) {
    const result = await mergeStaged(client, plan, {
      chunk: chunk.index,
      staged: chunk.staged,
      fresh: input.fresh,
      policy: "hold",
      together: true,
      hold,
    });
    addCounts(counts, result.counts);
    rejects.push(...result.rejects.map((reject) => originalRow(chunk.batch, reject)));
  }
  if (input.fresh && !state.measured && counts.inserted > 0) {
    state.measured = true;
    await measure(client, plan);
  }
  await saveOutcomes(client, plan.runId, plan.originId, chunk);
  await saveRejects(client, plan.runId, plan.originId, rejects);
  await saveWarnings(client, plan.runId, plan.originId, chunk.warnings);
  await saveAliases(client, plan.runId, plan.originId, chunk.aliases);
  const total = emptyCounts();
  addCounts(total, state.counts);
  addCounts(total, counts);
  await saveProgress(client, plan.runId, plan.originId, {
    phase: "reading",
    chunk: chunk.index,
    position,
    fingerprint: input.fingerprint,
    counts: total,
    fresh: input.fresh,
  });
  // a failed commit throws after this; the run then ends and what it says is read from the database
  addCounts(state.counts, counts);
  state.chunk = Math.max(state.chunk, chunk.index);
  state.position = position;
}

/**
 * Statistics of what a first fill grows, once there is something to see: without them the planner takes
 * `external_source = ...` for a rare value, and searches the whole table once per staged row.
 */
async function measure(client: pg.ClientBase, plan: MergePlan): Promise<void> {
  if (plan.object.hasExternalId) await client.query(`analyze ${plan.table} (external_source, external_id)`);
  await client.query("analyze migrate.ledger (origin_id, target_id, run_id)");
}

function originalRow(batch: RecordBatch, reject: StageReject): RejectRow {
  const record = recordAtLine(batch, reject.line);
  const problem = { code: reject.code, field: reject.field, value: reject.value, reason: reject.reason };
  return {
    line: reject.line,
    key: reject.key,
    problems: [problem],
    columns: batch.columns,
    cells: record < 0 ? [] : recordTexts(batch, record),
  };
}

async function settleHeld(input: StageRunInput, state: StageState, hold: string): Promise<void> {
  const { plan, lanes, context } = input;
  const lane = lanes[0]!;
  await inTransaction(lane, () => lane.client.query(`analyze ${hold}`));
  const held = settling(lane.client, plan, hold, input.chunkSize ?? chunkSize(context));
  for (;;) {
    if (context.signal.aborted) throw new InterruptedError();
    const more = await inTransaction(lane, async () => {
      state.chunk++;
      const step = await held.step(state.chunk);
      if (step === null) return false;
      addCounts(state.counts, step.counts);
      if (step.rejects.length > 0) {
        await saveRejects(lane.client, plan.runId, plan.originId, await refetch(input, step.rejects));
      }
      await save(input, state, "holding");
      return true;
    });
    if (!more) break;
  }
  await inTransaction(lane, () => lane.client.query(`drop table if exists ${hold}`));
}

/** Merged records: their winners are in the target by now, or not at all. */
async function settleMerged(input: StageRunInput, state: StageState): Promise<void> {
  const { plan, lanes } = input;
  const lane = lanes[0]!;
  await inTransaction(lane, async () => {
    state.chunk++;
    const { merged, filtered, rejects, warnings } = await settleAliases(lane.client, plan, state.chunk);
    state.counts.merged += merged;
    state.counts.filtered += filtered;
    state.counts.rejected += rejects.length;
    state.counts.warnings += warnings;
    if (rejects.length > 0) {
      await saveRejects(lane.client, plan.runId, plan.originId, await refetch(input, rejects));
    }
    await save(input, state, "holding");
  });
}

/** Original rows of rejects that are no longer in memory, read from the source again by their key. */
async function refetch(input: StageRunInput, rejects: readonly StageReject[]): Promise<RejectRow[]> {
  const { plan, source, compiled } = input;
  const byKey = new Map(rejects.map((reject) => [reject.key, reject]));
  const rows: RejectRow[] = [];
  for (const object of plan.mapping.sources) {
    const keys = [...byKey.keys()].filter((key) => key !== null).map(splitKey);
    for await (const batch of source.fetch({ object, fields: compiled.reads, key: plan.mapping.key, keys })) {
      const bound = compiled.bind(batch.columns);
      for (let record = 0; record < batch.size; record++) {
        const key = bound.key(batch, record);
        const reject = key === null ? undefined : byKey.get(key);
        if (reject === undefined) continue;
        // records that are fetched by key have lines of their own
        if (!source.capabilities.fetchByKey && batch.lines[record] !== reject.line) continue;
        rows.push(originalRow(batch, reject));
        byKey.delete(key);
      }
    }
  }
  for (const reject of byKey.values()) {
    const problem = { code: reject.code, field: reject.field, value: reject.value, reason: reject.reason };
    rows.push({ line: reject.line, key: reject.key, problems: [problem], columns: [], cells: [] });
  }
  return rows;
}

/** The parts of a compound key; see BoundMapping.key. */
export function splitKey(key: string): string[] {
  const parts: string[] = [""];
  for (let i = 0; i < key.length; i++) {
    const letter = key[i]!;
    if (letter === "\\" && i + 1 < key.length) parts[parts.length - 1] += key[++i]!;
    else if (letter === "|") parts.push("");
    else parts[parts.length - 1] += letter;
  }
  return parts;
}

/** Throws when the buckets do not add up to what was read: a defect of this program, never of the data. */
export function assertAccounted(counts: Counts, mapping: string): void {
  const sum = accounted(counts);
  if (sum === counts.read) return;
  throw new StoppedError(
    "BUCKETS_DO_NOT_ADD_UP",
    `${mapping}: ${counts.read} records read, but ${sum} are accounted for`,
    {
      hint: "Please report this with the run folder; nothing of it should be trusted until it is explained.",
    },
  );
}
