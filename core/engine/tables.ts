/** Tables and foreign keys of a managed model around a run. */
import type pg from "pg";
import type { ForeignKey, Query, TableChanges } from "../connector.ts";
import { ident, table } from "../store/quote.ts";
import type { Session } from "./session.ts";

/** `Query` on one connection. */
export function queryOn(client: pg.ClientBase): Query {
  return async <Row extends object>(sql: string, values?: readonly unknown[]) => {
    const result = await client.query<Row>(sql, values === undefined ? undefined : [...values]);
    return { rows: result.rows, rowCount: result.rowCount };
  };
}

/** Creates and extends what is missing, foreign keys aside. The caller owns the transaction. */
export async function ensureTables(client: pg.ClientBase, session: Session): Promise<TableChanges> {
  const changes = await session.target.planTables(queryOn(client), session.model);
  for (const text of changes.statements) await client.query(text);
  return changes;
}

/** Foreign keys as the database has them, by name. */
async function presentKeys(client: pg.ClientBase, schema: string): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ name: string }>(
    `select c.conname as name from pg_constraint c join pg_namespace n on n.oid = c.connamespace where c.contype = 'f' and n.nspname = $1`,
    [schema],
  );
  return new Set(rows.map((row) => row.name));
}

/** Adds, validated, the foreign keys of `objects` (null: all) that are not there. */
export async function ensureForeignKeys(
  client: pg.ClientBase,
  session: Session,
  keys: readonly ForeignKey[],
  objects: ReadonlySet<string> | null,
): Promise<void> {
  const present = await presentKeys(client, session.model.schema);
  for (const key of keys) {
    if (present.has(key.name) || (objects !== null && !objects.has(key.object))) continue;
    await client.query(key.add);
  }
}

/** Takes the foreign keys of an object away for a first fill; `ensureForeignKeys` brings them back. */
export async function dropForeignKeys(
  client: pg.ClientBase,
  session: Session,
  keys: readonly ForeignKey[],
  object: string,
): Promise<void> {
  const present = await presentKeys(client, session.model.schema);
  for (const key of keys) if (key.object === object && present.has(key.name)) await client.query(key.drop);
}

export async function isEmpty(client: pg.ClientBase, session: Session, object: string): Promise<boolean> {
  const found = session.model.objects.get(object)!;
  const { rows } = await client.query(`select 1 from ${table(session.model.schema, found.table)} limit 1`);
  return rows.length === 0;
}

/** Fresh statistics of the keys after many rows: the joins of later stages are planned by them. */
export async function analyze(client: pg.ClientBase, session: Session, object: string): Promise<void> {
  const found = session.model.objects.get(object)!;
  const columns = [found.idColumn, ...(found.hasExternalId ? ["external_id", "external_source"] : [])];
  await client.query(`analyze ${table(session.model.schema, found.table)} (${columns.map(ident).join(", ")})`);
}
