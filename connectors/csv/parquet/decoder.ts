/** The worker that decodes a Parquet file, seen from outside. */
import { Worker } from "node:worker_threads";
import { beyondLimit, corrupt, encrypted } from "../fail.ts";
import type { ParquetAbout, ParquetReply, ParquetRequest } from "./messages.ts";

const HEAP_MB = 2048;
export const SMALLER = "Write it with smaller row groups, or export it as CSV.";

/** Starts the worker when it is first asked, and again after `close`; requests wait for each other. */
export class ParquetDecoder {
  readonly #path: string;
  readonly #decimal: string;
  readonly #signal: AbortSignal;
  #worker: Worker | null = null;
  #last: Promise<unknown> = Promise.resolve();

  constructor(path: string, decimal: string, signal: AbortSignal) {
    this.#path = path;
    this.#decimal = decimal;
    this.#signal = signal;
  }

  /** Throws ConfigError FILE_CORRUPT, FILE_ENCRYPTED, FILE_LIMIT, or the signal's reason; so do all. */
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
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
  }

  #failure(reply: ParquetReply): Error {
    const message = "message" in reply ? reply.message : "an unexpected answer";
    return /encrypt/i.test(message) ? encrypted(this.#path) : corrupt(this.#path, message);
  }

  #start(): Worker {
    const file = import.meta.url.endsWith(".ts") ? "./parquet-worker.ts" : "./parquet-worker.js";
    return new Worker(new URL(file, import.meta.url), {
      workerData: { path: this.#path, decimal: this.#decimal },
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
      stdout: true,
      stderr: true,
      env: {},
      execArgv: [],
    });
  }

  async #ask(request: ParquetRequest | "open"): Promise<ParquetReply> {
    const asking = this.#last.then(() => this.#send(request));
    this.#last = asking.catch(() => undefined);
    return await asking;
  }

  #send(request: ParquetRequest | "open"): Promise<ParquetReply> {
    this.#signal.throwIfAborted();
    this.#worker ??= this.#start();
    const worker = this.#worker;
    // An idle worker must not keep the process alive.
    worker.ref();
    return new Promise<ParquetReply>((resolve, reject) => {
      const settle = (then: () => void) => {
        this.#signal.removeEventListener("abort", onAbort);
        worker.off("message", onMessage).off("error", onError);
        worker.unref();
        then();
      };
      const onMessage = (reply: ParquetReply) => settle(() => resolve(reply));
      const give = (error: unknown) =>
        settle(() => {
          // Its answer would come late: the next request gets another worker.
          void this.close();
          reject(error);
        });
      const onAbort = () => give(this.#signal.reason);
      const onError = (error: NodeJS.ErrnoException) =>
        give(
          error.code === "ERR_WORKER_OUT_OF_MEMORY"
            ? beyondLimit(this.#path, `reading needs more than ${HEAP_MB} MB of memory`, SMALLER)
            : error,
        );
      this.#signal.addEventListener("abort", onAbort, { once: true });
      worker.on("message", onMessage).on("error", onError);
      worker.postMessage(request);
    });
  }
}
