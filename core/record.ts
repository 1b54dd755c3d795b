/**
 * The record contract between connectors and the engine. Records travel in batches whose
 * cells are slices of one UTF-8 buffer, so that a field that is only copied never becomes
 * a JavaScript string.
 */

/**
 * Where reading may go on. Opaque to everyone but the connector that made it,
 * JSON-serialisable, small. Saved in the transaction that writes the rows it covers.
 */
export type Position = Readonly<Record<string, string | number | boolean | null>>;

/** A record that could not be read at all (ragged row, bad encoding): it becomes a reject, never a shift of cells. */
export interface BadRecord {
  /** 1-based line (files) or sequence number (APIs) where the record starts. */
  readonly line: number;
  readonly code: string;
  readonly reason: string;
  readonly field: string | null;
  /** The cells as they were found, as text, in column order; may be shorter or longer than `columns`. */
  readonly cells: readonly string[];
}

/**
 * A bounded array of records of one source object, stored by cell.
 * Cell `c` of record `r` is `data[starts[r*columns.length+c] .. ends[...])`, UTF-8, already
 * unquoted and without NUL. `starts < 0` means that the source said null; an empty slice is a blank.
 * The consumer may keep the batch only until it asks for the next one: buffers are reused.
 */
export interface RecordBatch {
  readonly columns: readonly string[];
  readonly size: number;
  readonly data: Buffer;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** Line (files, 1-based, header included) or sequence number (APIs) of each record; strictly increasing over a read. */
  readonly lines: Float64Array;
  readonly bad: readonly BadRecord[];
  /** True when every byte of `data` is ASCII: decoding may use latin1. */
  readonly ascii: boolean;
  /** Where to go on after this batch. */
  readonly next: Position;
}

/** The text of a cell, or null where the source said null. */
export function cellText(batch: RecordBatch, record: number, column: number): string | null {
  const at = record * batch.columns.length + column;
  const start = batch.starts[at]!;
  if (start < 0) return null;
  const end = batch.ends[at]!;
  if (end === start) return "";
  return batch.ascii ? batch.data.latin1Slice(start, end) : batch.data.utf8Slice(start, end);
}

/** All cells of a record as text, in column order (null where the source said null). */
export function recordTexts(batch: RecordBatch, record: number): (string | null)[] {
  return batch.columns.map((_, column) => cellText(batch, record, column));
}

/** Builds batches from texts: for connectors that do not have bytes, and for tests. */
export class BatchBuilder {
  readonly columns: readonly string[];
  #data: Buffer = Buffer.allocUnsafe(1 << 16);
  #used = 0;
  #ascii = true;
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #lines: number[] = [];
  readonly #bad: BadRecord[] = [];

  constructor(columns: readonly string[]) {
    this.columns = columns;
  }

  get size(): number {
    return this.#lines.length;
  }

  /** Bytes held so far; connectors cut a batch by it. */
  get bytes(): number {
    return this.#used;
  }

  /** Adds a record; `cells` in column order. */
  add(line: number, cells: readonly (string | null)[]): void {
    if (cells.length !== this.columns.length) {
      throw new RangeError(`expected ${this.columns.length} cells, got ${cells.length}`);
    }
    for (const cell of cells) {
      if (cell === null) {
        this.#starts.push(-1);
        this.#ends.push(-1);
        continue;
      }
      const size = Buffer.byteLength(cell);
      if (size !== cell.length) this.#ascii = false;
      if (this.#used + size > this.#data.length) {
        const grown = Buffer.allocUnsafe(Math.max(this.#data.length * 2, this.#used + size));
        this.#data.copy(grown, 0, 0, this.#used);
        this.#data = grown;
      }
      this.#data.write(cell, this.#used, "utf8");
      this.#starts.push(this.#used);
      this.#used += size;
      this.#ends.push(this.#used);
    }
    this.#lines.push(line);
  }

  addBad(bad: BadRecord): void {
    this.#bad.push(bad);
  }

  build(next: Position): RecordBatch {
    return {
      columns: this.columns,
      size: this.#lines.length,
      data: this.#data.subarray(0, this.#used),
      starts: Int32Array.from(this.#starts),
      ends: Int32Array.from(this.#ends),
      lines: Float64Array.from(this.#lines),
      bad: this.#bad,
      ascii: this.#ascii,
      next,
    };
  }
}
