/** Database work that goes on while the next records are mapped: in order, on one connection, with a bound on what waits for it. */
import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { setImmediate as turn } from "node:timers/promises";
import type pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { CopyWriter } from "../store/copy-writer.ts";

/** Bytes per COPY. */
export const COPY_BYTES = 4 << 20;
/** Bytes of mapped records that wait for the database, at most. */
const MOST_WAITING = 64 << 20;

/** What waits for the connections of one proof, together. */
export class Waiting {
  #bytes = 0;
  #works = 0;
  #next = Promise.withResolvers<void>();
  #failure: { readonly error: unknown } | null = null;

  enter(bytes: number): void {
    this.#bytes += bytes;
    this.#works++;
  }

  leave(bytes: number): void {
    this.#bytes -= bytes;
    this.#works--;
    this.#next.resolve();
    this.#next = Promise.withResolvers<void>();
  }

  /** `room` throws the error from now on. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#next.resolve();
  }

  /** Lets the connections' answers in, and waits until there is room for more. Throws what work has thrown. */
  async room(): Promise<void> {
    if (this.#works > 0) await turn();
    while (this.#bytes > MOST_WAITING && this.#failure === null) await this.#next.promise;
    if (this.#failure !== null) throw this.#failure.error;
  }
}

export class Background {
  readonly #waiting: Waiting;
  #last: Promise<void> = Promise.resolve();
  readonly #spare: CopyWriter[] = [];
  #bytes = 0;

  constructor(waiting = new Waiting()) {
    this.#waiting = waiting;
  }

  /** Bytes of what waits for this connection. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Does `work` after all that was added before; `bytes`: what it keeps in memory until then. Errors come out of `room` and `drain`. */
  add(bytes: number, work: () => Promise<void>): void {
    this.#bytes += bytes;
    this.#waiting.enter(bytes);
    this.#last = this.#last.then(work).then(() => {
      this.#bytes -= bytes;
      this.#waiting.leave(bytes);
    });
    // it stays in #last, where `drain` finds it
    this.#last.catch((error: unknown) => this.#waiting.fail(error));
  }

  /** Lets the connections' answers in, and waits until there is room for more. Throws what work has thrown. */
  async room(): Promise<void> {
    await this.#waiting.room();
  }

  /** Waits for all of it. Throws what work has thrown. */
  async drain(): Promise<void> {
    await this.#last;
  }

  /** An empty writer, a used one if there is one. */
  writer(): CopyWriter {
    const writer = this.#spare.pop() ?? new CopyWriter(COPY_BYTES + (1 << 20));
    writer.reset();
    return writer;
  }

  /** Sends the rows to a table; the writer is then free for others. */
  async send(client: pg.ClientBase, table: string, writer: CopyWriter): Promise<void> {
    const stream: Writable = client.query(copyFrom(`copy ${table} from stdin (format binary)`));
    stream.end(writer.finish());
    await finished(stream);
    this.#spare.push(writer);
  }
}
