/**
 * What the values of a source object look like: one bounded scan over its batches. Used for suggestions,
 * drafts and `migrate map values` only; nothing here decides how a value is loaded.
 */
import { cellText, type RecordBatch } from "../record.ts";
import { type Look, looksOf } from "./profile-looks.ts";
import { hash53, Sketch } from "./profile-sketch.ts";

export type { Look } from "./profile-looks.ts";

/** One column of a source object, over the records scanned. */
export interface ColumnProfile {
  readonly column: string;
  /** Cells with and without a value; they add up to the records scanned. */
  readonly filled: number;
  readonly blank: number;
  /** Distinct values; an estimate when `sketch.exact` is false. */
  readonly distinct: number;
  /** Value -> count, in order of first appearance, up to the cap. */
  readonly values: ReadonlyMap<string, number>;
  /** False when there were more distinct values than the cap. */
  readonly valuesComplete: boolean;
  /** Up to three different values. */
  readonly examples: readonly string[];
  readonly minLength: number;
  readonly maxLength: number;
  /** How many filled cells look like each type; a cell counts for every look it has. */
  readonly looks: Readonly<Record<Look, number>>;
  /** Every record has a value and no two are equal (as far as the sketch tells). */
  readonly unique: boolean;
  readonly sketch: Sketch;
}

export interface ObjectProfile {
  readonly object: string;
  /** Readable records scanned. */
  readonly records: number;
  /** Records that could not be read (ragged rows...). */
  readonly bad: number;
  /** False when the scan stopped at `maxRecords`. */
  readonly complete: boolean;
  readonly columns: ReadonlyMap<string, ColumnProfile>;
  /** Pairs of the first columns, for compound keys; `filled`: neither is ever blank. */
  readonly pairs: readonly {
    readonly columns: readonly string[];
    readonly distinct: number;
    readonly filled: boolean;
  }[];
}

export interface ProfileOptions {
  /** Stop after so many records; default 200,000. */
  readonly maxRecords?: number;
  /** Distinct values kept per column; default 500. */
  readonly maxValues?: number;
  /** Texts that mean null, besides the blank; default none. */
  readonly nulls?: readonly string[];
  /** Records that count, by the text (trimmed; "" for none) of one column; default all. */
  readonly keep?: { readonly column: string; readonly takes: (text: string) => boolean };
}

const EMPTY_LOOKS: Readonly<Record<Look, number>> = {
  boolean: 0,
  integer: 0,
  decimal: 0,
  comma: 0,
  point: 0,
  leadingZero: 0,
  ymd: 0,
  dmy: 0,
  mdy: 0,
  slashed: 0,
  datetime: 0,
  email: 0,
  url: 0,
  phone: 0,
  json: 0,
};

/** One column's profile in the making; `sketch` is how many distinct values it counts exactly, at most. */
export class ColumnScan {
  readonly column: string;
  readonly #maxValues: number;
  readonly #values = new Map<string, number>();
  readonly #known = new Map<string, readonly Look[]>();
  readonly #looks: Record<Look, number> = { ...EMPTY_LOOKS };
  readonly #sketch: Sketch;
  #complete = true;
  #filled = 0;
  #blank = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = 0;

  constructor(column: string, maxValues: number, sketch = 50_000) {
    this.column = column;
    this.#sketch = new Sketch(sketch);
    this.#maxValues = maxValues;
  }

  add(text: string | null, nulls: ReadonlySet<string>): void {
    const value = text === null ? "" : text.trim();
    if (value === "" || nulls.has(value)) {
      this.#blank++;
      return;
    }
    this.#filled++;
    if (value.length < this.#min) this.#min = value.length;
    if (value.length > this.#max) this.#max = value.length;
    this.#sketch.add(hash53(value));
    const count = this.#values.get(value);
    if (count !== undefined) this.#values.set(value, count + 1);
    else if (this.#values.size < this.#maxValues && value.length <= 1000) this.#values.set(value, 1);
    else this.#complete = false;
    let looks = this.#known.get(value);
    if (looks === undefined) {
      looks = looksOf(value);
      if (this.#known.size < this.#maxValues) this.#known.set(value, looks);
    }
    for (const look of looks) this.#looks[look]++;
  }

  result(): ColumnProfile {
    return {
      column: this.column,
      filled: this.#filled,
      blank: this.#blank,
      distinct: this.#sketch.size,
      values: this.#values,
      valuesComplete: this.#complete,
      examples: [...this.#values.keys()].slice(0, 3),
      minLength: this.#filled === 0 ? 0 : this.#min,
      maxLength: this.#max,
      looks: this.#looks,
      unique: this.#filled > 0 && this.#blank === 0 && !this.#sketch.repeated,
      sketch: this.#sketch,
    };
  }
}

/** Pairs of these first columns are tried as compound keys. */
const PAIRS: readonly (readonly [number, number])[] = [
  [0, 1],
  [0, 2],
  [1, 2],
];

class PairScan {
  readonly #at: readonly [number, number];
  readonly #sketch = new Sketch();
  readonly #columns: readonly string[];
  #blank = false;

  constructor(at: readonly [number, number], columns: readonly string[]) {
    this.#at = at;
    this.#columns = at.map((index) => columns[index]!);
  }

  add(batch: RecordBatch, record: number): void {
    const [first, second] = this.#at.map((column) => cellText(batch, record, column)?.trim() ?? "");
    if (first === "" || second === "") this.#blank = true;
    this.#sketch.add(hash53(`${first}\u0000${second}`));
  }

  result(): ObjectProfile["pairs"][number] {
    return { columns: this.#columns, distinct: this.#sketch.size, filled: !this.#blank };
  }
}

/** Scans the batches of one object, at most `maxRecords` records, in memory bounded by the caps. */
export async function profileObject(
  object: string,
  batches: AsyncIterable<RecordBatch>,
  options: ProfileOptions = {},
): Promise<ObjectProfile> {
  const maxRecords = options.maxRecords ?? 200_000;
  const maxValues = options.maxValues ?? 500;
  const nulls = new Set(options.nulls ?? []);
  const scans = new Map<string, ColumnScan>();
  let records = 0;
  let read = 0;
  let bad = 0;
  let complete = true;
  let pairs: readonly PairScan[] | null = null;
  for await (const batch of batches) {
    bad += batch.bad.length;
    const columns = batch.columns.map((column) => {
      let scan = scans.get(column);
      if (scan === undefined) {
        scan = new ColumnScan(column, maxValues);
        scans.set(column, scan);
      }
      return scan;
    });
    pairs ??= PAIRS.filter(([, last]) => last < columns.length).map((at) => new PairScan(at, batch.columns));
    const take = Math.min(batch.size, maxRecords - read);
    const { keep } = options;
    const by = keep === undefined ? -1 : batch.columns.indexOf(keep.column);
    for (let record = 0; record < take; record++) {
      if (keep !== undefined && !keep.takes(cellText(batch, record, by)?.trim() ?? "")) continue;
      records++;
      for (let column = 0; column < columns.length; column++) {
        columns[column]!.add(cellText(batch, record, column), nulls);
      }
      for (const pair of pairs) pair.add(batch, record);
    }
    read += take;
    if (take < batch.size) {
      complete = false;
      break;
    }
  }
  const columns = new Map([...scans].map(([name, scan]) => [name, scan.result()]));
  return { object, records, bad, complete, columns, pairs: (pairs ?? []).map((pair) => pair.result()) };
}

/** Share (0..1) of the filled cells that have the look; 0 for an empty column. */
export function share(profile: ColumnProfile, ...looks: readonly Look[]): number {
  if (profile.filled === 0) return 0;
  let most = 0;
  for (const look of looks) most = Math.max(most, profile.looks[look]);
  return most / profile.filled;
}
