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

export class Background {
  #last: Promise<void> = Promise.resolve();
  readonly #waiting: { readonly bytes: number; readonly done: Promise<void> }[] = [];
  readonly #spare: CopyWriter[] = [];
  #bytes = 0;

  /** Does `work` after all that was added before; `bytes`: what it keeps in memory until then. Errors come out of `room` and `drain`. */
  add(bytes: number, work: () => Promise<void>): void {
    const done = this.#last.then(work);
    const entry = { bytes, done };
    this.#last = done;
    this.#bytes += bytes;
    this.#waiting.push(entry);
    const leave = (): void => {
      this.#bytes -= bytes;
      this.#waiting.shift();
    };
    // an error stays in #last, where `room` and `drain` find it
    done.then(leave, () => undefined);
  }

  /** Lets the connection's answers in, and waits until there is room for more. Throws what work has thrown. */
  async room(): Promise<void> {
    if (this.#waiting.length > 0) await turn();
    while (this.#bytes > MOST_WAITING) await this.#waiting[0]!.done;
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
