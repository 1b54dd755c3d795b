/** Puts rows back as a run found them, with what the state knew of them. */
import type pg from "pg";
import type { ModelObject } from "../../schema.ts";
import { ident, literal, table } from "../../store/quote.ts";
import { hasLedger } from "../merge/plan.ts";
import { refusalReason, writeApart } from "../merge/refused.ts";
import { EDITED, type Rollback, versionKnown } from "./list.ts";

type Client = pg.ClientBase;

/** Temporary table of the rows at hand: n, target_id, row (as it was), was (its version before the run), written. */
const DONE = "migrate_restored";

/** Columns of the table that a before-image can fill. */
async function columnsOf(client: Client, name: string, undone: string, object: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select a.attname::text as name from pg_attribute a where a.attrelid = $1::text::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
       and exists (select from migrate.before_image b where b.run_id = $2 and b.object = $3 and b.row ? a.attname::text) order by a.attnum`,
    [name, undone, object],
  );
  return rows.map((row) => row.name);
}

/** Numbers the rows that `where` leaves (over `r`), so that those which the target refuses can be told apart. */
async function place(client: Client, { runId, undone }: Rollback, object: ModelObject, where: string): Promise<number> {
  await client.query(`drop table if exists pg_temp.${DONE}`);
  const { rowCount } = await client.query(
    `create temp table ${DONE} as select row_number() over (order by r.target_id) as n, r.target_id, b.row, b.was, false as written
     from migrate.rollback r join ${images(undone, object)} b on b.target_id = r.target_id
     where r.run_id = ${Number(runId)} and r.object = ${literal(object.name)} and ${where}`,
  );
  await client.query(`analyze ${DONE}`);
  return rowCount ?? 0;
}

const images = (undone: string, object: ModelObject): string =>
  `(select distinct on (b.target_id) b.target_id, b.row, b.was from migrate.before_image b
    where b.run_id = ${Number(undone)} and b.object = ${literal(object.name)} order by b.target_id, b.id)`;

async function refuse(client: Client, { runId }: Rollback, object: ModelObject, at: number, reason: string) {
  await client.query(
    `update migrate.rollback r set state = 'refused', reason = $3 from ${DONE} d
     where r.run_id = $1 and r.object = $2 and r.target_id = d.target_id and d.n = $4`,
    [runId, object.name, reason, at + 1],
  );
}

/** Sets the state of the rows that were written; of all others that are not refused, with a reason. */
async function settle(client: Client, { runId }: Rollback, object: ModelObject, state: string, otherwise: string) {
  await client.query(
    `update migrate.rollback r set state = case when d.written then $3 else 'refused' end, reason = case when d.written then null else $4 end
     from ${DONE} d where r.run_id = $1 and r.object = $2 and r.target_id = d.target_id and r.state <> 'refused'`,
    [runId, object.name, state, otherwise],
  );
}

/**
 * Inserts again what the run deleted, apart from the columns of `later`, whose rows are not there yet. In the caller's
 * transaction, like `restoreUpdated`, which comes after it for all objects.
 */
export async function restoreDeleted(
  client: Client,
  rollback: Rollback,
  object: ModelObject,
  later: ReadonlySet<string>,
): Promise<void> {
  const name = table(rollback.model.schema, object.table);
  const size = await place(client, rollback, object, "r.state = 'open' and r.what = 'deleted'");
  if (size === 0) return;
  const columns = (await columnsOf(client, name, rollback.undone, object.name)).filter((c) => !later.has(ident(c)));
  const id = ident(object.idColumn);
  await writeApart(
    client,
    size,
    async (from, to) => {
      await client.query(
        `with back as (
           insert into ${name} (${columns.map(ident).join(", ")}) overriding system value
           select ${columns.map((column) => `x.${ident(column)}`).join(", ")} from ${DONE} d cross join lateral jsonb_populate_record(null::${name}, d.row) x
           where d.n between $1 and $2 on conflict do nothing returning ${id}::text as target_id)
         update ${DONE} d set written = true from back where back.target_id = d.target_id`,
        [from + 1, to + 1],
      );
    },
    (at, error) => refuse(client, rollback, object, at, refusalReason(error)),
  );
  await settle(client, rollback, object, "back", "a row with its id or another unique value is there again");
}

/** Gives what the run updated, and what was inserted again, its old values and its old state. */
export async function restoreUpdated(client: Client, rollback: Rollback, object: ModelObject): Promise<void> {
  const name = table(rollback.model.schema, object.table);
  const size = await place(
    client,
    rollback,
    object,
    "((r.state = 'open' and r.what = 'updated') or (r.state = 'back' and r.what = 'deleted'))",
  );
  if (size === 0) return;
  const columns = await columnsOf(client, name, rollback.undone, object.name);
  const id = ident(object.idColumn);
  const sets = columns
    .filter((column) => column !== object.idColumn)
    .map((column) => `${ident(column)} = x.${ident(column)}`);
  await writeApart(
    client,
    size,
    async (from, to) => {
      await client.query(
        `with back as (
           update ${name} t set ${sets.join(", ")} from ${DONE} d cross join lateral jsonb_populate_record(null::${name}, d.row) x,
             migrate.rollback r
           where d.n between $1 and $2 and t.${id} = d.target_id::${object.idType} and r.run_id = $3 and r.object = $4 and r.target_id = d.target_id
             and (r.what = 'deleted' or ${versionKnown(object, rollback.undone)}) returning d.target_id)
         update ${DONE} d set written = true from back where back.target_id = d.target_id`,
        [from + 1, to + 1, rollback.runId, object.name],
      );
    },
    (at, error) => refuse(client, rollback, object, at, refusalReason(error)),
  );
  await settle(client, rollback, object, "done", EDITED);
  await client.query(`delete from ${DONE} where not written`);
  await restoreKnown(client, rollback, object, name);
}

/**
 * What the state knew of these rows before the run: a version that was the row's then is the one that it has now. What the run
 * has added to the state about them goes.
 */
async function restoreKnown(client: Client, { undone }: Rollback, object: ModelObject, name: string): Promise<void> {
  const id = ident(object.idColumn);
  const now = `case when (o.row ->> 'version')::xid = d.was then t.xmin else (o.row ->> 'version')::xid end`;
  const rows = `${DONE} d join ${name} t on t.${id} = d.target_id::${object.idType}`;
  if (hasLedger(object)) {
    const old = `(select distinct on (u.row ->> 'origin_id', u.row ->> 'target_id') u.row, u.row ->> 'target_id' as target_id from migrate.undo u
      join migrate.origin g on g.id = (u.row ->> 'origin_id')::int4 where u.run_id = $1 and u.name = 'ledger' and g.object = $2
      order by u.row ->> 'origin_id', u.row ->> 'target_id', u.id)`;
    await client.query(
      `delete from migrate.ledger l using ${DONE} d, migrate.origin g where g.id = l.origin_id and g.object = $2 and l.target_id = d.target_id::int8 and l.run_id = $1`,
      [undone, object.name],
    );
    await client.query(
      `delete from migrate.ledger l using ${old} o, ${DONE} d where d.target_id = o.target_id and l.target_id = o.target_id::int8 and l.origin_id = (o.row ->> 'origin_id')::int4`,
      [undone, object.name],
    );
    await client.query(
      `insert into migrate.ledger (origin_id, target_id, hash, version, run_id, written)
       select x.origin_id, x.target_id, x.hash, ${now}, x.run_id, x.written from ${old} o join ${rows} on d.target_id = o.target_id
         cross join lateral jsonb_populate_record(null::migrate.ledger, o.row) x`,
      [undone, object.name],
    );
    return;
  }
  const old = `(select distinct on (u.row ->> 'external_source', u.row ->> 'external_id') u.row, u.row ->> 'target_id' as target_id from migrate.undo u
    where u.run_id = $1 and u.name = 'id_map' and u.row ->> 'object' = $2 order by u.row ->> 'external_source', u.row ->> 'external_id', u.id)`;
  await client.query(
    `update migrate.id_map m set version = ${now}, hash = (o.row ->> 'hash')::uuid, origin_id = (o.row ->> 'origin_id')::int4
     from ${old} o join ${rows} on d.target_id = o.target_id
     where m.object = $2 and m.external_source = o.row ->> 'external_source' and m.external_id = o.row ->> 'external_id' and m.target_id = d.target_id`,
    [undone, object.name],
  );
  // the images of these rows are what they are now: the end of the rollback must not put an older version back
  await client.query(
    `update migrate.undo u set row = jsonb_set(u.row, '{version}', to_jsonb(t.xmin::text)) from ${rows}
     where u.run_id = $1 and u.name = 'id_map' and u.row ->> 'object' = $2 and u.row ->> 'target_id' = d.target_id and (u.row ->> 'version')::xid = d.was`,
    [undone, object.name],
  );
}
