/** Rows of temporary tables, from one connection to another. */
import { buffer } from "node:stream/consumers";
import { finished, pipeline } from "node:stream/promises";
import type pg from "pg";
import { from as copyFrom, to as copyTo } from "pg-copy-streams";

const into = (target: string) => copyFrom(`copy ${target} from stdin (format binary)`);

/** Streams what `select` gives into `target`, a table with its columns in parentheses, of the same types. */
export async function moveRows(from: pg.ClientBase, select: string, to: pg.ClientBase, target: string): Promise<void> {
  await pipeline(from.query(copyTo(`copy (${select}) to stdout (format binary)`)), to.query(into(target)));
}

/** All rows of a table, as `putRows` takes them: so many that they fit in memory. */
export async function takeRows(from: pg.ClientBase, table: string): Promise<Buffer> {
  return buffer(from.query(copyTo(`copy ${table} to stdout (format binary)`)));
}

export async function putRows(to: pg.ClientBase, table: string, rows: Buffer): Promise<void> {
  const stream = to.query(into(table));
  stream.end(rows);
  await finished(stream);
}
