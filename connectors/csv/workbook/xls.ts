/** Old binary workbooks (.xls): parsed in memory, by a package, in a worker with limits on memory and time. */
import { stat } from "node:fs/promises";
import { Worker } from "node:worker_threads";
import { beyondLimit, corrupt, encrypted } from "../fail.ts";
import { isWhole } from "./compound-file.ts";
import type { Sheet, SheetRow, Tally } from "./rows.ts";
import type { PackedSheet, XlsReply } from "./xls-messages.ts";

/** A full sheet of 65,536 rows with 40 columns is some 50 MB. */
const MOST_BYTES = 128 << 20;
const MOST_CELLS = 5_000_000;
const HEAP_MB = 1024;
const MOST_MS = 120_000;
const SAVE = "Save it as .xlsx, which is read piece by piece, or as CSV.";

/** The sheets with cells, in their order. Throws ConfigError FILE_LIMIT, FILE_ENCRYPTED, FILE_CORRUPT. */
export async function xlsSheets(path: string, decimal: string, signal: AbortSignal): Promise<Sheet[]> {
  const { size } = await stat(path);
  if (size > MOST_BYTES)
    throw beyondLimit(path, `expected at most ${MOST_BYTES} bytes in an .xls file, got ${size}`, SAVE);
  if (!(await isWhole(path))) throw corrupt(path, "it ends too early");
  const reply = await ask(path, decimal, signal);
  if (reply.ok) return reply.sheets.map(unpack);
  if (reply.kind === "encrypted") throw encrypted(path);
  if (reply.kind === "limit") throw beyondLimit(path, reply.message, SAVE);
  throw corrupt(path, `it cannot be read as an Excel workbook (${reply.message})`);
}

function ask(path: string, decimal: string, signal: AbortSignal): Promise<XlsReply> {
  signal.throwIfAborted();
  const file = import.meta.url.endsWith(".ts") ? "./xls-worker.ts" : "./xls-worker.js";
  const worker = new Worker(new URL(file, import.meta.url), {
    workerData: { path, decimal, mostCells: MOST_CELLS },
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: 64 },
    // The package may print; nobody shall see it.
    stdout: true,
    stderr: true,
    env: {},
    execArgv: [],
  });
  return new Promise<XlsReply>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(beyondLimit(path, `reading took longer than ${MOST_MS / 1000} s`, SAVE)),
      MOST_MS,
    );
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    };
    worker.once("message", (reply: XlsReply) => {
      done();
      resolve(reply);
    });
    worker.once("error", (error: NodeJS.ErrnoException) => {
      done();
      const full = error.code === "ERR_WORKER_OUT_OF_MEMORY";
      reject(full ? beyondLimit(path, `reading needs more than ${HEAP_MB} MB of memory`, SAVE) : error);
    });
    worker.once("exit", () => {
      done();
      reject(corrupt(path, "reading it ended without a result"));
    });
  }).finally(() => void worker.terminate());
}

function unpack({ name, hidden, tally, rows }: PackedSheet): Sheet {
  return {
    name,
    hidden,
    async *rows(into: Tally, signal: AbortSignal): AsyncGenerator<readonly SheetRow[]> {
      for (const chunk of rows) {
        signal.throwIfAborted();
        yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
          .toString()
          .split("\n")
          .map((line) => {
            const [number, cells] = JSON.parse(line) as [number, (string | null | 0)[]];
            return { number, cells: cells.map((cell) => (cell === 0 ? undefined : cell)) };
          });
      }
      for (const [error, count] of tally.errors) into.errors.set(error, (into.errors.get(error) ?? 0) + count);
      into.firstError ??= tally.firstError;
      into.merged += tally.merged;
      into.firstMerged ??= tally.firstMerged;
    },
  };
}
