/** Records whose references or links went with a record that is gone: they follow when it comes back. */
import type pg from "pg";
import type { ModelObject } from "../schema.ts";
import { ident, literal, table } from "../store/quote.ts";
import type { Referrer } from "./delta-refs.ts";
import { hasLedger, type MergePlan } from "./merge/plan.ts";

type Client = pg.ClientBase;

/** `field` of waiting records, followed by the origin of the record that is gone; `reference` is its key. */
export const EMPTIED = "emptied ";

/** Key by which origin `o` knows the row of `object` in `t`; null: it does not. */
const ownKey = (object: { readonly name: string; readonly hasExternalId: boolean }, id: string): string => {
  const other = `(select m.external_id from migrate.id_map m where m.external_source = o.external_source and m.object = o.object
    and m.target_id = ${id}::text and not m.alias limit 1)`;
  return object.hasExternalId
    ? `case when t.external_source = o.external_source then t.external_id else ${other} end`
    : other;
};

/**
 * Notes that the rows of `rows` (`id`: a row of the referrer; `gone`: key of the plan's record) lost a reference. In the
 * caller's transaction, before or after the reference is emptied.
 */
export async function noteEmptied(client: Client, plan: MergePlan, ref: Referrer, rows: string): Promise<void> {
  const { object } = ref;
  if (object === null) return;
  const id = ident(object.idColumn);
  const knows = hasLedger(object)
    ? `exists (select from migrate.ledger l where l.origin_id = o.id and l.target_id = t.${id})`
    : `exists (select from migrate.id_map m where m.origin_id = o.id and m.target_id = t.${id}::text)`;
  await note(
    client,
    plan,
    `select o.id as origin, ${ownKey(object, `t.${id}`)} as key, c.gone from ${rows} c join ${ref.table} t on t.${id} = c.id
     join migrate.origin o on o.object = ${literal(object.name)} and ${knows}`,
  );
  await forgetWhole(client, object, `select c.id from ${rows} c`);
}

/** The same for records that name a link to the rows of `going` (`key`, `id`: text), before `migrate.link` forgets it. */
export async function noteUnlinked(client: Client, plan: MergePlan, going: string): Promise<void> {
  const { rows } = await client.query<{ object: string }>(
    `select distinct o.object from ${going} g join migrate.link k on k.to_object = $1 and k.to_id = g.id::bigint
       join migrate.origin o on o.id = k.origin_id`,
    [plan.object.name],
  );
  for (const { object: name } of rows) {
    const object = plan.model.objects.get(name);
    if (object === undefined) continue;
    await note(
      client,
      plan,
      `select o.id as origin, ${ownKey(object, "k.record_id")} as key, g.key as gone from ${going} g
       join migrate.link k on k.to_object = ${literal(plan.object.name)} and k.to_id = g.id::bigint
       join migrate.origin o on o.id = k.origin_id and o.object = ${literal(name)}
       join ${table(plan.model.schema, object.table)} t on t.${ident(object.idColumn)} = k.record_id`,
    );
    await forgetWhole(
      client,
      object,
      `select k.record_id from ${going} g join migrate.link k on k.to_object = ${literal(plan.object.name)} and k.to_id = g.id::bigint
         join migrate.origin o on o.id = k.origin_id and o.object = ${literal(name)}`,
    );
  }
}

/**
 * These rows of the object, by id, are not known to be whole any more: where everything is read again (files), their records are
 * looked at when they are met, although they have not changed; the record that is gone may have come back with them.
 */
async function forgetWhole(client: Client, object: ModelObject, ids: string): Promise<void> {
  await client.query(
    hasLedger(object)
      ? `update migrate.ledger l set hash = null from migrate.origin o where o.id = l.origin_id and o.object = $1
           and l.hash is not null and l.target_id in (${ids})`
      : `update migrate.id_map m set hash = null where m.object = $1 and m.hash is not null and m.target_id in (select x.id::text from (${ids}) x(id))`,
    [object.name],
  );
}

async function note(client: Client, plan: MergePlan, from: string): Promise<void> {
  await client.query(
    `insert into migrate.waiting (origin_id, key, field, reference, run_id)
     select distinct x.origin, x.key, ${literal(`${EMPTIED}${plan.originId}`)}, x.gone, $1::int8 from (${from}) x
     where x.key is not null and not exists (select from migrate.waiting w where w.origin_id = x.origin and w.key = x.key
       and w.field = ${literal(`${EMPTIED}${plan.originId}`)} and w.reference = x.gone)`,
    [plan.runId],
  );
}

/**
 * Inserts into `into` (column `key`) the plan's records that lost a reference to a record that is there again, and forgets
 * that they were known to be whole, so that they are written anew.
 */
export async function followEmptied(
  client: Client,
  plan: MergePlan,
  fields: Iterable<string>,
  into: string,
): Promise<void> {
  for (const field of fields) {
    if (!field.startsWith(EMPTIED)) continue;
    const { rows } = await client.query<{ object: string; source: string }>(
      "select object, external_source as source from migrate.origin where id = $1",
      [Number(field.slice(EMPTIED.length))],
    );
    const gone = rows[0] === undefined ? undefined : plan.model.objects.get(rows[0].object);
    if (gone === undefined) continue;
    const source = literal(rows[0]!.source);
    const held = gone.hasExternalId
      ? `exists (select from ${table(plan.model.schema, gone.table)} g where g.external_source = ${source} and g.external_id = w.reference) or `
      : "";
    await client.query("drop table if exists pg_temp.migrate_emptied");
    await client.query(
      `create temp table migrate_emptied as select distinct w.key from migrate.waiting w
       where w.origin_id = ${Number(plan.originId)} and w.field = ${literal(field)} and (${held}exists (select from migrate.id_map m
         where m.external_source = ${source} and m.object = ${literal(gone.name)} and m.external_id = w.reference))`,
    );
    await client.query(`insert into ${into} select key from migrate_emptied`);
    await unsettle(client, plan);
  }
}

/** The rows of `migrate_emptied` are not known to be whole. */
async function unsettle(client: Client, plan: MergePlan): Promise<void> {
  const { object, originId, externalSource } = plan;
  const mapped = `select m.target_id from migrate.id_map m join migrate_emptied e on e.key = m.external_id
    where m.external_source = $2 and m.object = $3`;
  if (!plan.ledger) {
    await client.query(
      `update migrate.id_map m set hash = null from migrate_emptied e
       where m.origin_id = $1 and m.external_source = $2 and m.object = $3 and m.external_id = e.key and m.hash is not null`,
      [originId, externalSource, object.name],
    );
    return;
  }
  const own = object.hasExternalId
    ? `select t.${ident(object.idColumn)} from ${plan.table} t join migrate_emptied e on e.key = t.external_id
       where t.external_source = $2 union `
    : "";
  await client.query(
    `update migrate.ledger l set hash = null where l.origin_id = $1 and l.hash is not null
     and l.target_id in (${own}select x.target_id::bigint from (${mapped}) x)`,
    [originId, externalSource, object.name],
  );
}
