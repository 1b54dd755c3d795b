/** A chunk: one batch mapped into binary COPY rows, with everything about it that needs no database. */
import type { BoundMapping, MapOutcome, MapWarning, RecordProblem } from "../mapping/compiled.ts";
import type { Duplicates } from "../mapping/types.ts";
import { cellText, type Position, type RecordBatch } from "../record.ts";
import { CopyWriter } from "../store/copy-writer.ts";
import type { AliasNote } from "./alias-notes.ts";
import type { KeyFilter } from "./bloom.ts";
import { type Counts, emptyCounts } from "./counts.ts";
import type { HashSet } from "./hash-set.ts";
import { sourceLine } from "./last-lines.ts";
import type { RowReferences } from "./row-references.ts";
import type { Bucket } from "./types.ts";

/** A reject with its original row. */
export interface RejectRow {
  readonly line: number;
  readonly key: string | null;
  readonly problems: readonly RecordProblem[];
  readonly columns: readonly string[];
  readonly cells: readonly (string | null)[];
}

/** Buffers of a lane, reused from chunk to chunk. */
export interface ChunkBuffers {
  readonly out: CopyWriter;
  data: Buffer;
  starts: Int32Array;
  ends: Int32Array;
  lines: Float64Array;
}

export function chunkBuffers(): ChunkBuffers {
  return {
    out: new CopyWriter(),
    data: Buffer.alloc(0),
    starts: new Int32Array(0),
    ends: new Int32Array(0),
    lines: new Float64Array(0),
  };
}

/** Copies a batch into the lane's buffers: connectors reuse theirs, and rejects found by the database need the original cells. */
export function keepBatch(buffers: ChunkBuffers, batch: RecordBatch): RecordBatch {
  const cells = batch.size * batch.columns.length;
  let used = 0;
  for (let at = 0; at < cells; at++) if (batch.ends[at]! > used) used = batch.ends[at]!;
  if (buffers.data.length < used) buffers.data = Buffer.allocUnsafeSlow(Math.ceil(used * 1.2));
  if (buffers.starts.length < cells) {
    buffers.starts = new Int32Array(Math.ceil(cells * 1.2));
    buffers.ends = new Int32Array(Math.ceil(cells * 1.2));
  }
  if (buffers.lines.length < batch.size) buffers.lines = new Float64Array(Math.ceil(batch.size * 1.2));
  batch.data.copy(buffers.data, 0, 0, used);
  buffers.starts.set(batch.starts.subarray(0, cells));
  buffers.ends.set(batch.ends.subarray(0, cells));
  buffers.lines.set(batch.lines.subarray(0, batch.size));
  return { ...batch, data: buffers.data, starts: buffers.starts, ends: buffers.ends, lines: buffers.lines };
}

export interface Chunk {
  readonly index: number;
  readonly source: string;
  readonly batch: RecordBatch;
  readonly next: Position;
  readonly counts: Counts;
  /** Keys of the buckets decided here. */
  readonly keys: Map<Bucket, string[]>;
  readonly rejects: RejectRow[];
  readonly warnings: MapWarning[];
  /** Merged records, and other ids of records that are sent. */
  readonly aliases: AliasNote[];
  /** Rows in the COPY buffer. */
  staged: number;
  /** Lines of those of them that are further rows of a record (`duplicates: combine`). */
  readonly further: number[];
}

export interface ChunkRules {
  readonly bound: BoundMapping;
  readonly duplicates: Duplicates;
  readonly seen: KeyFilter;
  readonly unchanged: HashSet | null;
  /** Counts the references of rows that are unchanged; null: there are none. */
  readonly references: RowReferences | null;
  /** `duplicates: last`: keys that occur several times, with the `sourceLine` that counts. */
  readonly lastLines: ReadonlyMap<string, number> | null;
  /** Which of the mapping's sources the batch is of. */
  readonly sourceIndex: number;
  /** Which of these keys were really read before this chunk. */
  readonly verify: (keys: readonly string[]) => Promise<ReadonlySet<string>>;
}

function bucketKey(chunk: Chunk, bucket: Bucket, key: string): void {
  chunk.counts[bucket]++;
  const keys = chunk.keys.get(bucket);
  if (keys === undefined) chunk.keys.set(bucket, [key]);
  else keys.push(key);
}

function rejectRecord(chunk: Chunk, record: number, key: string | null, problems: readonly RecordProblem[]): void {
  const { batch } = chunk;
  bucketKey(chunk, "rejected", key ?? `line ${batch.lines[record]}`);
  chunk.rejects.push({
    line: batch.lines[record]!,
    key,
    problems,
    columns: batch.columns,
    cells: batch.columns.map((_, column) => cellText(batch, record, column)),
  });
}

/** The position of the record that starts at a line, or -1. */
export function recordAtLine(batch: RecordBatch, line: number): number {
  let low = 0;
  let high = batch.size - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const found = batch.lines[middle]!;
    if (found === line) return middle;
    if (found < line) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** Maps a batch. The rows are in `out` afterwards; everything else is in the chunk. */
export async function mapBatch(
  index: number,
  source: string,
  batch: RecordBatch,
  out: CopyWriter,
  rules: ChunkRules,
): Promise<Chunk> {
  const chunk: Chunk = {
    index,
    source,
    batch,
    next: batch.next,
    counts: emptyCounts(),
    keys: new Map(),
    rejects: [],
    warnings: [],
    aliases: [],
    staged: 0,
    further: [],
  };
  out.reset();
  for (const bad of batch.bad) {
    bucketKey(chunk, "rejected", `line ${bad.line}`);
    chunk.rejects.push({
      line: bad.line,
      key: null,
      problems: [{ code: bad.code, field: bad.field, value: null, reason: bad.reason }],
      columns: batch.columns,
      cells: bad.cells,
    });
  }
  chunk.counts.read = batch.size + batch.bad.length;
  const accepted = new Uint8Array(batch.size);
  const candidates = mapRecords(chunk, out, rules, accepted);
  if (candidates.length > 0) await settleCandidates(chunk, out, rules, candidates, accepted);
  chunk.counts.warnings += chunk.warnings.length;
  rules.references?.addTo(chunk.counts);
  chunk.staged = out.rows;
  return chunk;
}

/** First pass; returns records whose key may have been read before, and marks those that were taken. */
function mapRecords(chunk: Chunk, out: CopyWriter, rules: ChunkRules, accepted: Uint8Array): number[] {
  const { batch, warnings } = chunk;
  const { bound, seen, lastLines } = rules;
  const candidates: number[] = [];
  for (let record = 0; record < batch.size; record++) {
    const key = bound.key(batch, record);
    const told = warnings.length;
    const outcome = bound.map(batch, record, key, out, warnings);
    if (key !== null && (outcome.kind === "staged" || outcome.kind === "merged")) {
      const staged = outcome.kind === "staged";
      if (lastLines?.has(key) === true && lastLines.get(key) !== sourceLine(rules.sourceIndex, batch.lines[record]!)) {
        if (staged) undo(out, bound.rowStart, warnings, told);
        bucketKey(chunk, "merged", key);
      } else if (lastLines?.has(key) !== true && seen.add(key)) {
        if (staged) undo(out, bound.rowStart, warnings, told);
        candidates.push(record);
      } else {
        accepted[record] = 1;
        accept(chunk, record, key, outcome, out, rules);
      }
    } else settleUnstaged(chunk, record, key, outcome);
  }
  return candidates;
}

function settleUnstaged(chunk: Chunk, record: number, key: string | null, outcome: MapOutcome): void {
  if (outcome.kind === "filtered") bucketKey(chunk, "filtered", key ?? `line ${chunk.batch.lines[record]}`);
  else if (outcome.kind === "rejected") {
    rejectRecord(chunk, record, key, outcome.problems);
  }
}

/** A record that stands for its key. */
function accept(
  chunk: Chunk,
  record: number,
  key: string,
  outcome: MapOutcome,
  out: CopyWriter,
  rules: ChunkRules,
): void {
  const line = chunk.batch.lines[record]!;
  if (outcome.kind === "merged") {
    chunk.aliases.push({ id: key, winner: outcome.into, line, loser: true, inScope: outcome.inScope });
    return;
  }
  // what is unchanged has its other ids already
  if (dropUnchanged(chunk, out, rules, key)) return;
  for (const id of rules.bound.aliases(chunk.batch, record, key)) {
    chunk.aliases.push({ id, winner: key, line, loser: false, inScope: true });
  }
}

/** The ledger holds this very row: it need not be sent. Its warnings stay, since it was loaded with them. */
function dropUnchanged(chunk: Chunk, out: CopyWriter, rules: ChunkRules, key: string): boolean {
  if (rules.unchanged === null || !rules.unchanged.has(out.buffer, rules.bound.hashStart)) return false;
  rules.references?.note(out.buffer, rules.bound.rowStart);
  undo(out, rules.bound.rowStart, chunk.warnings, chunk.warnings.length);
  bucketKey(chunk, "unchanged", key);
  return true;
}

function undo(out: CopyWriter, rowStart: number, warnings: MapWarning[], told: number): void {
  out.length = rowStart;
  out.rows--;
  warnings.length = told;
}

/** A further row of a record: it stays staged, and is set aside before the chunk is merged. */
function addFurther(chunk: Chunk, record: number, key: string, out: CopyWriter, { bound }: ChunkRules): void {
  const outcome = bound.map(chunk.batch, record, key, out, chunk.warnings);
  if (outcome.kind === "staged") chunk.further.push(chunk.batch.lines[record]!);
  else if (outcome.kind === "merged") bucketKey(chunk, "merged", key);
  else settleUnstaged(chunk, record, key, outcome);
}

async function settleCandidates(
  chunk: Chunk,
  out: CopyWriter,
  rules: ChunkRules,
  candidates: readonly number[],
  accepted: Uint8Array,
): Promise<void> {
  const { batch, warnings } = chunk;
  const { bound, duplicates } = rules;
  const wanted = new Set(candidates.map((record) => bound.key(batch, record)!));
  const before = new Set(await rules.verify([...wanted]));
  for (let record = 0; record < batch.size; record++) {
    if (accepted[record] === 0) continue;
    const key = bound.key(batch, record);
    if (key !== null && wanted.has(key)) before.add(key);
  }
  for (const record of candidates) {
    const key = bound.key(batch, record)!;
    if (before.has(key)) {
      if (duplicates === "reject") {
        const reason = "a record with this key was read before in the same source";
        rejectRecord(chunk, record, key, [{ code: "DUPLICATE_KEY", field: null, value: key, reason }]);
      } else if (duplicates === "combine") addFurther(chunk, record, key, out, rules);
      else bucketKey(chunk, "merged", key);
      continue;
    }
    before.add(key);
    const outcome = bound.map(batch, record, key, out, warnings);
    if (outcome.kind === "staged" || outcome.kind === "merged") accept(chunk, record, key, outcome, out, rules);
    else settleUnstaged(chunk, record, key, outcome);
  }
}
