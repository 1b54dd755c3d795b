/** The mapped records of the second reading, as the load stages them, in a temporary table per mapping: what is compared value by value. */
import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import type pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import type { CompiledMapping } from "../mapping/compiled.ts";
import { CopyWriter } from "../store/copy-writer.ts";
import { ident } from "../store/quote.ts";

const COPY_BYTES = 4 << 20;

/** Rows are written to `out` and sent while the next ones are mapped; the connection may be used for other things in between. */
export class StagedRows {
  /** Name of the temporary table: line, key, hash, then the mapping's staging columns. */
  readonly table: string;
  out = new CopyWriter(COPY_BYTES + (1 << 20));
  #spare = new CopyWriter(COPY_BYTES + (1 << 20));
  #sending: Promise<unknown> = Promise.resolve();
  readonly #client: pg.ClientBase;

  private constructor(client: pg.ClientBase, table: string) {
    this.#client = client;
    this.table = table;
  }

  static async create(client: pg.ClientBase, origin: number, compiled: CompiledMapping): Promise<StagedRows> {
    const table = `proof_stage_${origin}`;
    const columns = compiled.columns.map(({ name, type }) => `, ${ident(name)} ${type}`).join("");
    await client.query(`drop table if exists pg_temp.${table}`);
    await client.query(`create temp table ${table} (line int8, key text collate "C", hash uuid${columns})`);
    return new StagedRows(client, table);
  }

  /** Sends what is there, when there is enough of it or `all` is asked for. */
  async flush(all: boolean): Promise<void> {
    const { out } = this;
    if (out.rows > 0 && (all || out.length >= COPY_BYTES)) {
      await this.#sending;
      const stream: Writable = this.#client.query(copyFrom(`copy ${this.table} from stdin (format binary)`));
      stream.end(out.finish());
      this.#sending = finished(stream);
      // seen by the next flush; this keeps Node from calling it unhandled in between
      this.#sending.catch(() => undefined);
      this.out = this.#spare;
      this.#spare = out;
      this.out.reset();
    }
    if (!all) return;
    await this.#sending;
    await this.#client.query(`analyze ${this.table} (key)`);
  }

  async drop(): Promise<void> {
    await this.#client.query(`drop table if exists pg_temp.${this.table}`);
  }
}
