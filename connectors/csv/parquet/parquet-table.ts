/** Parquet files: decoded by a package, in a worker with limits on its memory, row group by row group. */
import { isAscii } from "node:buffer";
import { Worker } from "node:worker_threads";
import type { RecordBatch } from "../../../core/record.ts";
import { beyondLimit, corrupt, encrypted, fileError, unsupported } from "../fail.ts";
import { surveyFile } from "../survey.ts";
import type { Table, TableRead } from "../table.ts";
import type { ParquetAbout, ParquetReply, ParquetRequest } from "./messages.ts";

/** Unpacked bytes of a row group at most: it is decoded as a whole. */
const MOST_GROUP_BYTES = 1 << 30;
const HEAP_MB = 2048;
const KNOWN = new Set(["UNCOMPRESSED", "SNAPPY", "GZIP", "BROTLI", "ZSTD"]);
const SMALLER = "Write it with smaller row groups, or export it as CSV.";

export interface ParquetOptions {
  readonly maxColumns: number;
  readonly decimal: string;
  readonly signal: AbortSignal;
}

/** Throws ConfigError FILE_CORRUPT, FILE_ENCRYPTED, FILE_LIMIT, FILE_UNSUPPORTED, CSV_TOO_MANY_COLUMNS. */
export async function parquetTable(path: string, name: string, options: ParquetOptions): Promise<Table> {
  const { signal, decimal } = options;
  const survey = await surveyFile({ path }, signal);
  const about = await withDecoder(path, decimal, signal, (decoder) => decoder.open());
  const columns = about.columns.map((column) => column.name);
  checkLimits(path, name, about, options.maxColumns);

  async function* read({ from, batchSize }: TableRead): AsyncGenerator<RecordBatch> {
    signal.throwIfAborted();
    const decoder = new Decoder(path, decimal, signal);
    try {
      await decoder.open();
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
    } finally {
      await decoder.close();
    }
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

async function withDecoder<T>(
  path: string,
  decimal: string,
  signal: AbortSignal,
  work: (decoder: Decoder) => Promise<T>,
): Promise<T> {
  const decoder = new Decoder(path, decimal, signal);
  try {
    return await work(decoder);
  } finally {
    await decoder.close();
  }
}

/** The worker; one request at a time. */
class Decoder {
  readonly #worker: Worker;
  readonly #path: string;
  readonly #signal: AbortSignal;

  constructor(path: string, decimal: string, signal: AbortSignal) {
    this.#path = path;
    this.#signal = signal;
    const file = import.meta.url.endsWith(".ts") ? "./parquet-worker.ts" : "./parquet-worker.js";
    this.#worker = new Worker(new URL(file, import.meta.url), {
      workerData: { path, decimal },
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
      stdout: true,
      stderr: true,
      env: {},
      execArgv: [],
    });
  }

  async open(): Promise<ParquetAbout> {
    const reply = await this.#ask("open");
    if (!reply.ok || !("about" in reply)) throw this.#failure(reply);
    return reply.about;
  }

  async read(request: ParquetRequest) {
    const reply = await this.#ask(request);
    if (!reply.ok || !("data" in reply)) throw this.#failure(reply);
    return reply;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #failure(reply: ParquetReply): Error {
    const message = "message" in reply ? reply.message : "an unexpected answer";
    return /encrypt/i.test(message) ? encrypted(this.#path) : corrupt(this.#path, message);
  }

  #ask(request: ParquetRequest | "open"): Promise<ParquetReply> {
    this.#signal.throwIfAborted();
    return new Promise<ParquetReply>((resolve, reject) => {
      const onAbort = () => settle(() => reject(this.#signal.reason));
      const onMessage = (reply: ParquetReply) => settle(() => resolve(reply));
      const onError = (error: NodeJS.ErrnoException) =>
        settle(() =>
          reject(
            error.code === "ERR_WORKER_OUT_OF_MEMORY"
              ? beyondLimit(this.#path, `reading needs more than ${HEAP_MB} MB of memory`, SMALLER)
              : error,
          ),
        );
      const settle = (then: () => void) => {
        this.#signal.removeEventListener("abort", onAbort);
        this.#worker.off("message", onMessage);
        this.#worker.off("error", onError);
        then();
      };
      this.#signal.addEventListener("abort", onAbort, { once: true });
      this.#worker.on("message", onMessage);
      this.#worker.on("error", onError);
      this.#worker.postMessage(request);
    });
  }
}
