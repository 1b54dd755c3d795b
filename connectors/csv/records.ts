/** Reads a file's records as batches. */
import { isAscii } from "node:buffer";
import { stat } from "node:fs/promises";
import { BlockReader } from "../../core/csv/blocks.ts";
import { scanRecords } from "../../core/csv/scan.ts";
import { type Fault, newScan, type Scan } from "../../core/csv/scan-types.ts";
import { ConfigError } from "../../core/errors.ts";
import type { BadRecord, Position, RecordBatch } from "../../core/record.ts";
import { openBytes } from "./bytes.ts";
import { decoderFor } from "./decode.ts";
import { type FaultText, faultText } from "./faults.ts";
import type { CsvFile } from "./inspect.ts";

/** Cells per batch at most: bounds the index of very wide files. */
const MAX_CELLS = 1 << 21;
/** Bytes read at a time, and so the size of a batch, if no record is longer. */
const BLOCK_BYTES = 8 << 20;
const BLOCK_STEP = 1 << 16;
/** Broken records of which only a line is taken out; each may cost a scan over `maxRecordBytes`. */
const MAX_BROKEN = 20;

export interface ReadOptions {
  readonly from: Position | null;
  readonly batchSize: number;
  readonly pad: boolean;
  readonly maxRecordBytes: number;
  readonly signal: AbortSignal;
  /** Told once, at the end of the read, how many NUL bytes were cut out of cells; not told when there were none. */
  readonly onNuls?: (count: number) => void;
  /** For tests: bytes read at a time. */
  readonly blockBytes?: number;
}

/** Bytes of the file's text in UTF-8 at most; infinite where only reading tells. */
async function atMostBytes({ path, entry, encoding }: CsvFile): Promise<number> {
  if ((entry ?? null) !== null) return Number.POSITIVE_INFINITY;
  const { size } = await stat(path);
  // no encoding has a byte that becomes more than three
  return decoderFor(encoding) === null ? size : size * 3;
}

/** A block that holds a small file whole, with room to see its end: most files of a migration are small. */
const blockFor = (bytes: number): number =>
  Math.min(BLOCK_BYTES, (Math.ceil((bytes + 1) / BLOCK_STEP) || 1) * BLOCK_STEP);

/** Yields batches in file order; every record of the file is in exactly one of them, good or bad. */
export async function* readRecords(file: CsvFile, options: ReadOptions): AsyncGenerator<RecordBatch> {
  const { signal } = options;
  signal.throwIfAborted();
  const width = file.columns.length;
  const bytes = await atMostBytes(file);
  // a record takes two bytes at least
  const maxRecords = Math.max(1, Math.min(options.batchSize, Math.floor(MAX_CELLS / width), Math.ceil(bytes / 2) + 1));
  const scan = newScan(file.dialect, width, maxRecords, options.pad);
  let offset = numberAt(options.from, "offset", file.dataOffset);
  scan.line = numberAt(options.from, "line", file.dataLine);
  let broken = numberAt(options.from, "broken", 0);

  const blocks = new BlockReader(await openBytes(file, file, offset), options.blockBytes ?? blockFor(bytes));
  const consume = (bytes: number) => {
    blocks.consume(bytes);
    offset += bytes;
  };
  const countBroken = () => {
    if (++broken > MAX_BROKEN) throw tooBroken(file, scan.line);
  };
  const emit = (view: Buffer, bad: readonly BadRecord[]): RecordBatch => ({
    columns: file.columns,
    size: scan.rows,
    data: view,
    starts: scan.starts,
    ends: scan.ends,
    lines: scan.lines,
    bad,
    ascii: blocks.ascii || isAscii(view),
    next: { offset, line: scan.line, broken },
  });

  try {
    await blocks.advance();
    for (;;) {
      signal.throwIfAborted();
      const view = blocks.view();
      scan.at = 0;
      scanRecords(view, scan, {
        maxRecords,
        maxBytes: options.maxRecordBytes,
        final: blocks.ended,
        checkUtf8: !blocks.valid,
        hasNul: blocks.hasNul,
      });
      const texts = faultTexts(file, options);
      const bad = scan.faults.map((fault) => badRecord(view, fault, texts));
      consume(scan.at);
      if (scan.faults.some((fault) => fault.kind === "unterminated")) countBroken();
      if (scan.rows > 0 || bad.length > 0) {
        yield emit(view.subarray(0, scan.at), bad);
        signal.throwIfAborted();
      }
      if (!scan.exhausted) continue;
      const rest = blocks.view();
      // One more byte: the record may just be waiting for what follows its CR.
      if (scan.oversize || rest.length > options.maxRecordBytes + 1) {
        countBroken();
        const fault = tooLarge(rest, scan, options.maxRecordBytes);
        const found = badRecord(rest, fault, texts);
        consume(fault.end);
        while (blocks.view().length === 0 && !blocks.ended) {
          // The record goes on beyond what is in memory: skip to the end of its line.
          await blocks.advance();
          signal.throwIfAborted();
          const more = blocks.view();
          consume(newlineAfter(more, 0));
        }
        yield emit(rest.subarray(0, 0), [found]);
        continue;
      }
      if (blocks.ended) return;
      const enough = Math.min(2 * rest.length, options.maxRecordBytes);
      await blocks.advance();
      // A long record is looked at again only when there is twice as much of it.
      while (!blocks.ended && blocks.view().length < enough) await blocks.advance();
    }
  } finally {
    if (scan.nuls > 0) options.onNuls?.(scan.nuls);
    await blocks.close();
  }
}

function numberAt(position: Position | null, name: string, otherwise: number): number {
  const value = position?.[name];
  return typeof value === "number" ? value : otherwise;
}

/**
 * The record at the start of `rest` is beyond the limit. Inside a quoted cell the quote was probably never closed: only
 * the line on which it opens is taken out; else the rest of the line is. Decided by the first `maxBytes` + 1 bytes alone,
 * so that it does not depend on where reading began. Leaves `scan` at the line on which reading goes on.
 */
function tooLarge(rest: Buffer, scan: Scan, maxBytes: number): Fault {
  const line = scan.line;
  scan.at = 0;
  scanRecords(rest.subarray(0, maxBytes + 1), scan, {
    maxRecords: 1,
    maxBytes: Number.MAX_SAFE_INTEGER,
    final: false,
    checkUtf8: false,
    hasNul: false,
  });
  const quoted = scan.openQuote >= 0;
  scan.line = quoted ? scan.openQuoteLine : scan.stopLine;
  scan.rows = 0;
  const end = newlineAfter(rest, quoted ? scan.openQuote : maxBytes);
  return { kind: "too-large", line, start: 0, end, cells: 0, column: -1, quoteLine: scan.line, lastLine: scan.line };
}

function newlineAfter(b: Buffer, from: number): number {
  const lf = b.indexOf(10, from);
  const cr = b.subarray(0, lf < 0 ? b.length : lf).indexOf(13, from);
  return cr >= 0 ? cr : lf >= 0 ? lf : b.length;
}

function faultTexts(file: CsvFile, options: ReadOptions): FaultText {
  return { columns: file.columns, dialect: file.dialect, maxRecordBytes: options.maxRecordBytes };
}

function badRecord(view: Buffer, fault: Fault, texts: FaultText): BadRecord {
  return faultText(view.subarray(fault.start, fault.end), fault, texts);
}

function tooBroken(file: CsvFile, line: number): ConfigError {
  return new ConfigError(
    "CSV_BROKEN_QUOTES",
    `${file.name}: more than ${MAX_BROKEN} records with a quote that is never closed; this is probably not the right quote character or delimiter`,
    {
      place: { file: file.path, line },
      hint: "Set `quote` (an empty text for files without quoting) and `delimiter`, or repair the file.",
    },
  );
}
