/** Parquet files: decoded by a package, in a worker with limits on its memory, row group by row group. */
import { isAscii } from "node:buffer";
import type { RecordBatch } from "../../../core/record.ts";
import { beyondLimit, corrupt, fileError, unsupported } from "../fail.ts";
import { surveyFile } from "../survey.ts";
import type { Table, TableRead } from "../table.ts";
import { ParquetDecoder, SMALLER } from "./decoder.ts";
import type { ParquetAbout } from "./messages.ts";

/** Unpacked bytes of a row group at most: it is decoded as a whole. */
const MOST_GROUP_BYTES = 1 << 30;
const KNOWN = new Set(["UNCOMPRESSED", "SNAPPY", "GZIP", "BROTLI", "ZSTD"]);

export interface ParquetOptions {
  readonly maxColumns: number;
  readonly decimal: string;
  readonly signal: AbortSignal;
}

/** Throws ConfigError FILE_CORRUPT, FILE_ENCRYPTED, FILE_LIMIT, FILE_UNSUPPORTED, CSV_TOO_MANY_COLUMNS. */
export async function parquetTable(path: string, name: string, options: ParquetOptions): Promise<Table> {
  const { signal, decimal } = options;
  const survey = await surveyFile({ path }, signal);
  const decoder = new ParquetDecoder(path, decimal, signal);
  let about: ParquetAbout;
  try {
    about = await decoder.open();
    checkLimits(path, name, about, options.maxColumns);
  } catch (error) {
    await decoder.close();
    throw error;
  }
  const columns = about.columns.map((column) => column.name);

  async function* read({ from, batchSize }: TableRead): AsyncGenerator<RecordBatch> {
    let row = typeof from?.row === "number" ? from.row : 0;
    while (row < about.rows) {
      signal.throwIfAborted();
      const to = Math.min(row + batchSize, groupEnd(about, row));
      const { rows, data, starts, ends } = await decoder.read({ from: row, to });
      if (rows !== to - row) throw corrupt(path, `expected ${to - row} rows from row ${row + 1} on, got ${rows}`);
      const first = row;
      row = to;
      const view = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
      yield {
        columns,
        size: rows,
        data: view,
        starts,
        ends,
        lines: Float64Array.from({ length: rows }, (_, index) => first + index + 1),
        bad: [],
        ascii: isAscii(view),
        next: { row },
      };
    }
    signal.throwIfAborted();
  }

  return {
    path,
    name,
    columns,
    fields: about.columns.map(({ name: field, type }) => ({ name: field, label: field, type })),
    note: `Parquet, ${columns.length} ${columns.length === 1 ? "column" : "columns"}`,
    fingerprint: `${survey.size}:${survey.sha256}`,
    read,
    problems: async () => [],
    close: () => decoder.close(),
  };
}

function checkLimits(path: string, name: string, about: ParquetAbout, maxColumns: number): void {
  if (about.columns.length > maxColumns) {
    throw fileError(
      "CSV_TOO_MANY_COLUMNS",
      path,
      `${name}: expected at most ${maxColumns} columns, got ${about.columns.length}`,
      "Raise `maxColumns` if they are meant.",
    );
  }
  if (about.columns.length === 0) {
    throw fileError("CSV_EMPTY", path, `${name} has no columns`, "Export it again, or leave it out of `files`.");
  }
  for (const { bytes, codecs } of about.groups) {
    const unknown = codecs.find((codec) => !KNOWN.has(codec));
    if (unknown !== undefined) {
      throw unsupported(path, `compression ${unknown} is not read`, `Write it with one of ${[...KNOWN].join(", ")}.`);
    }
    if (bytes > MOST_GROUP_BYTES) {
      throw beyondLimit(path, `expected at most ${MOST_GROUP_BYTES} bytes in a row group, got ${bytes}`, SMALLER);
    }
  }
  const rows = about.groups.reduce((sum, group) => sum + group.rows, 0);
  if (rows !== about.rows) throw corrupt(path, `expected ${about.rows} rows, its row groups have ${rows}`);
}

/** The row behind the row group that holds `row`. */
function groupEnd({ groups }: ParquetAbout, row: number): number {
  let end = 0;
  for (const group of groups) {
    end += group.rows;
    if (row < end) break;
  }
  return end;
}
