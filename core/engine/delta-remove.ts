/** Rows of records that are gone are deleted, with what refers and links to them settled. */
import { ident, table } from "../store/quote.ts";
import { noteEmptied, noteUnlinked } from "./delta-emptied.ts";
import { type Client, image, OPEN, warn } from "./delta-open.ts";
import { LINKS } from "./delta-policy.ts";
import { CHANGING, changeReferences, type Referrer, refersTo } from "./delta-refs.ts";
import type { MergePlan } from "./merge/plan.ts";
import { refusalReason, writeApart } from "./merge/refused.ts";

/** Deletes what nothing hinders; references to it become empty and are told (GONE_REFERENCE_EMPTIED), links go with it. */
export async function remove(client: Client, plan: MergePlan, refs: readonly Referrer[]): Promise<number> {
  await client.query(
    `update ${OPEN} set n = x.n from (select key, row_number() over (order by key)::int4 as n from ${OPEN} where policy = 'delete' and why is null) x
     where ${OPEN}.key = x.key`,
  );
  const { rows } = await client.query<{ n: number }>(
    `select count(*)::int4 as n from ${OPEN} where policy = 'delete' and why is null`,
  );
  const size = rows[0]!.n;
  let told = 0;
  const refused: { n: number; reason: string }[] = [];
  await writeApart(
    client,
    size,
    async (from, to) => {
      const part = `select key, id from ${OPEN} where policy = 'delete' and why is null and n between ${from + 1} and ${to + 1}`;
      told += await removePart(client, plan, refs, part);
    },
    (at, error) => refused.push({ n: at + 1, reason: refusalReason(error) }),
  );
  if (refused.length > 0) {
    await client.query(
      `update ${OPEN} o set why = x.reason from jsonb_to_recordset($1::jsonb) as x(n int4, reason text)
       where o.n = x.n and o.policy = 'delete' and o.why is null`,
      [JSON.stringify(refused)],
    );
  }
  return told;
}

/** Temporary table of the rows that go now: `key`, `id` (text). */
const GOING = "migrate_going";

async function removePart(client: Client, plan: MergePlan, refs: readonly Referrer[], part: string): Promise<number> {
  const { object, originId } = plan;
  const id = ident(object.idColumn);
  let told = 0;
  await client.query(`drop table if exists pg_temp.${GOING}`);
  await client.query(`create temp table ${GOING} as ${part}`);
  for (const ref of refs) {
    if (ref.object === null || ref.required) continue;
    const other = ident(ref.object.idColumn);
    const spared =
      ref.object.name === object.name ? ` and not exists (select from ${GOING} x where x.id = t.${other}::text)` : "";
    await client.query(`drop table if exists pg_temp.${CHANGING}`);
    await client.query(
      `create temp table ${CHANGING} as select distinct on (t.${other}) t.${other} as id, null::text as new, t.xmin as was, g.key as gone
       from ${GOING} g join ${ref.table} t on ${refersTo(ref, object, "t", `g.id::${object.idType}`)}${spared} order by t.${other}`,
    );
    const key = ref.object.hasExternalId ? `coalesce(t.external_id, t.${other}::text)` : `t.${other}::text`;
    const column = ref.column.replaceAll("'", "''");
    const name = ref.name.replaceAll("'", "''");
    told += await warn(
      client,
      plan,
      "GONE_REFERENCE_EMPTIED",
      `select c.gone, '${name}.${column}', ${key}, 'the record that ${name} ' || ${key} || ' refers to is gone at the source; the reference was emptied'
       from ${CHANGING} c join ${ref.table} t on t.${other} = c.id order by 3`,
    );
    await noteEmptied(client, plan, ref, CHANGING);
    await changeReferences(client, plan, ref);
  }
  await removeLinks(client, plan);
  await image(client, plan, GOING, "deleted");
  await client.query(`delete from ${plan.table} t using ${GOING} g where t.${id} = g.id::${object.idType}`);
  const left = await client.query(
    `select 1 from ${GOING} g join ${plan.table} t on t.${id} = g.id::${object.idType} limit 1`,
  );
  if ((left.rowCount ?? 0) > 0) throw Object.assign(new Error("a trigger kept the row"), { code: "P0001" });
  if (plan.ledger) {
    await client.query(
      `delete from migrate.ledger l using ${GOING} g where l.origin_id = $1 and l.target_id = g.id::bigint`,
      [originId],
    );
  }
  // ids that lead to winners stay; everything that led to these rows goes
  await client.query(`delete from migrate.id_map m using ${GOING} g where m.object = $1 and m.target_id = g.id`, [
    object.name,
  ]);
  await client.query(`delete from migrate.kept_edit k using ${GOING} g where k.origin_id = $1 and k.target_id = g.id`, [
    originId,
  ]);
  await client.query(`delete from migrate.waiting w using ${GOING} g where w.origin_id = $1 and w.key = g.key`, [
    originId,
  ]);
  return told;
}

async function removeLinks(client: Client, plan: MergePlan): Promise<void> {
  const links = plan.model.objects.get(LINKS);
  if (links === undefined || links.idColumn !== "id" || plan.object.name === LINKS || !plan.ledger) return;
  const name = table(plan.model.schema, links.table);
  const there = await client.query<{ there: string | null }>("select to_regclass($1)::text as there", [name]);
  if (there.rows[0]!.there === null) return;
  await client.query("drop table if exists pg_temp.migrate_going_links");
  await client.query(
    `create temp table migrate_going_links as select distinct a.id from ${name} a join ${GOING} g on
       (a.from_object = '${plan.object.name.replaceAll("'", "''")}' and a.from_id = g.id::bigint) or (a.to_object = '${plan.object.name.replaceAll("'", "''")}' and a.to_id = g.id::bigint)`,
  );
  await client.query(
    `insert into migrate.before_image (run_id, origin_id, object, target_id, row, what, was)
     select $1, $2, '${LINKS}', a.id::text, to_jsonb(a), 'deleted', a.xmin from ${name} a join migrate_going_links l on l.id = a.id`,
    [plan.runId, plan.originId],
  );
  await client.query(`delete from ${name} a using migrate_going_links l where a.id = l.id`);
  await client.query(
    `delete from migrate.ledger l using migrate_going_links x, migrate.origin o
     where o.object = '${LINKS}' and l.origin_id = o.id and l.target_id = x.id`,
  );
  await noteUnlinked(client, plan, GOING);
  await client.query(
    `delete from migrate.link k using ${GOING} g, migrate.origin o where o.id = k.origin_id and
       ((o.object = $1 and k.from_id = g.id::bigint) or (k.to_object = $1 and k.to_id = g.id::bigint))`,
    [plan.object.name],
  );
}
