/** Copies columns of batches, as texts, into an unlogged table: what "into staging" costs beyond reading. */
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import type { RecordBatch } from "../core/record.ts";
import { CopyWriter } from "../core/store/copy-writer.ts";
import { ident } from "../core/store/quote.ts";

const TABLE = "bench_crm.staged";
const PIECE = 1 << 18;

export interface Stager {
  /** Resolves when the batch's buffers are free again; the rows may still be on their way. */
  add(batch: RecordBatch): Promise<void>;
  /** Waits for the last rows and returns how many the table holds. */
  end(): Promise<number>;
}

/** An empty table of texts in schema bench_crm of the database, for these of the batches' columns. */
export async function stager(url: string, columns: readonly string[]): Promise<Stager> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`create schema if not exists bench_crm; drop table if exists ${TABLE}`);
  await client.query(`create unlogged table ${TABLE} (${columns.map((name) => `${ident(name)} text`).join(", ")})`);
  const names = columns.map(ident).join(", ");
  let [current, other] = [new CopyWriter(), new CopyWriter()];
  let sending = Promise.resolve();
  const send = (rows: Buffer) =>
    pipeline(
      Readable.from(pieces(rows), { objectMode: true }),
      client.query(copyFrom(`copy ${TABLE} (${names}) from stdin (format binary)`)),
    );
  return {
    async add(batch) {
      encode(batch, columns, current);
      await sending;
      sending = send(current.finish());
      sending.catch(() => undefined);
      [current, other] = [other, current];
    },
    async end() {
      await sending;
      const { rows } = await client.query<{ n: number }>(`select count(*)::int4 as n from ${TABLE}`);
      await client.query(`drop table ${TABLE}`);
      await client.end();
      return rows[0]!.n;
    },
  };
}

function encode({ columns, size, data, starts, ends }: RecordBatch, wanted: readonly string[], out: CopyWriter): void {
  const places = Int32Array.from(wanted, (name) => columns.indexOf(name));
  out.reset();
  for (let record = 0, first = 0; record < size; record++, first += columns.length) {
    out.row(places.length);
    for (const place of places) {
      const start = starts[first + place]!;
      if (start < 0) out.null();
      else out.bytes(data, start, ends[first + place]!);
    }
  }
}

function* pieces(buffer: Buffer): Iterable<Buffer> {
  for (let at = 0; at < buffer.length; at += PIECE) yield buffer.subarray(at, Math.min(at + PIECE, buffer.length));
}
