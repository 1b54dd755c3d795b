/** What goes into the byte scanner and what comes out. */
import type { Dialect } from "./dialect.ts";

export type FaultKind = "ragged" | "text-after-quote" | "stray-quote" | "unterminated" | "encoding" | "too-large";

/** A record that cannot be told apart into cells reliably. Its bytes are left as they were found. */
export interface Fault {
  readonly kind: FaultKind;
  /** Physical line on which the record starts. */
  readonly line: number;
  /** Byte range in the scanned buffer, newline excluded. */
  readonly start: number;
  readonly end: number;
  /** Cells found. */
  readonly cells: number;
  /** 0-based column where quoting went wrong; -1 where it does not apply. */
  readonly column: number;
  /** Physical line of the quote that went wrong. */
  readonly quoteLine: number;
  /** Physical line on which the record ends. */
  readonly lastLine: number;
}

/** Input and output of `scanRecords`; one object is used again for every call. */
export interface Scan {
  readonly dialect: Dialect;
  /** Cells that a record must have. */
  readonly columns: number;
  /** Short records get blanks, blank cells beyond the last column are dropped. */
  readonly pad: boolean;
  /** Cell bounds and record lines, as in RecordBatch. Long enough for `maxRecords`. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly lines: Float64Array;
  /** In and out: where the next record starts, and its physical line. */
  at: number;
  line: number;
  /** Out. */
  rows: number;
  faults: Fault[];
  /** Where the open quote of the incomplete record lies and its line; -1: it is not inside a quoted cell. */
  openQuote: number;
  openQuoteLine: number;
  /** Physical line that was reached within the incomplete record. */
  stopLine: number;
  /** True when scanning stopped before a record of more than `maxBytes` bytes. */
  oversize: boolean;
  /** True when scanning stopped before an incomplete or oversize record or at the end, false after `maxRecords` or a broken record. */
  exhausted: boolean;
  /** Counted up: NUL bytes that were cut out of cells. */
  nuls: number;
}

export interface ScanLimits {
  /** Records and faults together. */
  readonly maxRecords: number;
  /** Bytes of a record at most. */
  readonly maxBytes: number;
  /** The buffer ends where the file ends. */
  readonly final: boolean;
  /** Each record's bytes must be looked at: the block is not valid UTF-8 as a whole. */
  readonly checkUtf8: boolean;
  /** The block holds NUL bytes. */
  readonly hasNul: boolean;
}

/** A scan over `columns` columns with room for `maxRecords` records. */
export function newScan(dialect: Dialect, columns: number, maxRecords: number, pad = false): Scan {
  return {
    dialect,
    columns,
    pad,
    starts: new Int32Array(columns * maxRecords),
    ends: new Int32Array(columns * maxRecords),
    lines: new Float64Array(maxRecords),
    at: 0,
    line: 1,
    rows: 0,
    faults: [],
    openQuote: -1,
    openQuoteLine: 0,
    stopLine: 1,
    exhausted: true,
    oversize: false,
    nuls: 0,
  };
}
