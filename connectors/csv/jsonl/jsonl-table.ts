/** JSON Lines: one JSON object per line; the columns are all names that any line has. */
import { isUtf8 } from "node:buffer";
import { BlockReader } from "../../../core/csv/blocks.ts";
import { type BadRecord, BatchBuilder, type RecordBatch } from "../../../core/record.ts";
import { openBytes } from "../bytes.ts";
import { fileError } from "../fail.ts";
import { surveyFile } from "../survey.ts";
import { plainFields, type Table, type TableRead } from "../table.ts";
import { cellOf, isObject, numbersAsWritten } from "./values.ts";

const BLOCK = 4 << 20;
const BATCH_BYTES = 8 << 20;
const MAX_CELLS = 1 << 21;
const GLIMPSE = 1000;

export interface JsonlOptions {
  readonly maxColumns: number;
  readonly maxRecordBytes: number;
  readonly decimal: string;
  readonly signal: AbortSignal;
}

/** Reads the whole file once for its columns. Throws ConfigError CSV_EMPTY, FILE_UNSUPPORTED, CSV_TOO_MANY_COLUMNS. */
export async function jsonlTable(path: string, name: string, options: JsonlOptions): Promise<Table> {
  const survey = await surveyFile({ path }, options.signal);
  const names = new Set<string>();
  let lines = 0;
  let good = 0;
  for await (const { value } of objects(path, 0, 1, options)) {
    lines++;
    if (value === null) continue;
    good++;
    for (const key of Object.keys(value)) names.add(key);
    if (names.size > options.maxColumns) {
      throw fileError(
        "CSV_TOO_MANY_COLUMNS",
        path,
        `${name}: expected at most ${options.maxColumns} names of fields, got more`,
        "Raise `maxColumns` if they are meant.",
      );
    }
  }
  if (lines === 0) {
    throw fileError(
      "CSV_EMPTY",
      path,
      `${name} is empty: expected a JSON object on each line`,
      "Export it again, or leave it out of `files`.",
    );
  }
  if (good === 0) {
    throw fileError(
      "FILE_UNSUPPORTED",
      path,
      `${name}: expected a JSON object on each line, got none`,
      "Write each record on a line of its own: JSON Lines, no list around them.",
    );
  }
  if (names.size === 0) {
    throw fileError(
      "FILE_UNSUPPORTED",
      path,
      `${name}: expected JSON objects with fields, got empty ones alone`,
      "Export it again, or leave it out of `files`.",
    );
  }
  const columns = [...names];

  async function* read({ from, batchSize }: TableRead): AsyncGenerator<RecordBatch> {
    const most = Math.max(1, Math.min(batchSize, Math.floor(MAX_CELLS / Math.max(1, columns.length))));
    const offset = typeof from?.offset === "number" ? from.offset : 0;
    const line = typeof from?.line === "number" ? from.line : 1;
    let builder = new BatchBuilder(columns);
    let bad = 0;
    let next = { offset, line };
    for await (const found of objects(path, offset, line, options)) {
      next = found.next;
      if (found.value === null) {
        builder.addBad(found.bad);
        bad++;
      } else {
        const { value } = found;
        builder.add(
          found.line,
          columns.map((column) => cellOf(value, column, options.decimal)),
        );
      }
      if (builder.size + bad >= most || builder.bytes >= BATCH_BYTES) {
        yield builder.build(next);
        options.signal.throwIfAborted();
        builder = new BatchBuilder(columns);
        bad = 0;
      }
    }
    if (builder.size + bad > 0) yield builder.build(next);
  }

  return {
    path,
    name,
    columns,
    fields: plainFields(columns),
    note: `JSON Lines, ${columns.length} ${columns.length === 1 ? "field" : "fields"}`,
    fingerprint: `${survey.size}:${survey.sha256}`,
    read,
    problems: async () => [],
  };
}

type Line = { readonly line: number; readonly next: { readonly offset: number; readonly line: number } } & (
  | { readonly value: Readonly<Record<string, unknown>>; readonly bad?: undefined }
  | { readonly value: null; readonly bad: BadRecord }
);

/** The lines that are not blank. `offset` counts bytes behind a byte order mark. */
async function* objects(path: string, from: number, fromLine: number, options: JsonlOptions): AsyncGenerator<Line> {
  const { signal, maxRecordBytes } = options;
  signal.throwIfAborted();
  const bom = await startsWithMark(path);
  const blocks = new BlockReader(await openBytes({ path }, { encoding: "utf-8", bom }, from), BLOCK);
  let offset = from;
  let line = fromLine;
  try {
    await blocks.advance();
    for (;;) {
      signal.throwIfAborted();
      const view = blocks.view();
      let at = 0;
      for (;;) {
        const lf = view.indexOf(10, at);
        const end = lf >= 0 ? lf : blocks.ended ? view.length : -1;
        if (end < 0 || at >= view.length) break;
        const bytes = view.subarray(at, end);
        at = lf >= 0 ? lf + 1 : end;
        const here = line++;
        const found = parseLine(bytes, here, maxRecordBytes);
        if (found !== null) yield { ...found, line: here, next: { offset: offset + at, line } };
      }
      blocks.consume(at);
      offset += at;
      if (blocks.ended) return;
      if (blocks.view().length > maxRecordBytes) {
        yield* tooLong();
        continue;
      }
      await blocks.advance();
    }
  } finally {
    await blocks.close();
  }

  /** The line does not end within the limit: it is skipped. */
  async function* tooLong(): AsyncGenerator<Line> {
    const here = line++;
    const glimpse = blocks.view().toString("utf8", 0, GLIMPSE);
    for (;;) {
      const lf = blocks.view().indexOf(10);
      const step = lf >= 0 ? lf + 1 : blocks.view().length;
      blocks.consume(step);
      offset += step;
      if (lf >= 0 || blocks.ended) break;
      await blocks.advance();
      signal.throwIfAborted();
    }
    const bad = {
      line: here,
      code: "CSV_RECORD_TOO_LARGE",
      reason: `expected at most ${maxRecordBytes} bytes in a record, got more`,
      field: null,
      cells: [glimpse],
    };
    yield { value: null, bad, line: here, next: { offset, line } };
  }
}

function parseLine(
  bytes: Buffer,
  line: number,
  most: number,
): { readonly value: Readonly<Record<string, unknown>> } | { readonly value: null; readonly bad: BadRecord } | null {
  const text = bytes.toString().trim();
  if (text === "") return null;
  const fail = (code: string, reason: string) => ({
    value: null,
    bad: { line, code, reason, field: null, cells: [text.slice(0, GLIMPSE)] },
  });
  if (bytes.length > most)
    return fail("CSV_RECORD_TOO_LARGE", `expected at most ${most} bytes in a record, got ${bytes.length}`);
  if (!isUtf8(bytes)) return fail("CSV_INVALID_ENCODING", "the line is not UTF-8, as JSON must be");
  try {
    const value = numbersAsWritten(text);
    if (isObject(value)) return { value };
    return fail("JSONL_INVALID_LINE", "expected a JSON object, got another value");
  } catch (error) {
    return fail("JSONL_INVALID_LINE", `expected a JSON object (${(error as Error).message})`);
  }
}

async function startsWithMark(path: string): Promise<number> {
  const source = await openBytes({ path }, { encoding: "utf-8", bom: 0 }, 0);
  try {
    const head = Buffer.alloc(3);
    await source.read(head, 0, 3);
    return head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0;
  } finally {
    await source.close();
  }
}
