/** Writes the rows of associations: one per pair of records and label, and the way back where labels are paired. */
import type pg from "pg";
import { isPrimary, labelText } from "../mapping/link-labels.ts";
import { ident } from "../store/quote.ts";
import { associationTable } from "./association-rows.ts";
import { linksThere, noteLinks } from "./delta-links.ts";
import { lookupKey } from "./merge/lookups.ts";
import { type AssociationPlan, lookupTable, type MergePlan } from "./merge/plan.ts";
import { type Sql, type Statement, statement } from "./sql.ts";

/** Temporary table of the links that records name, both ends found. */
export const LINKS = "migrate_links";
/** Temporary table (column `key`) of the records that something was written for. */
export const LINKED = "migrate_linked";

const run = (client: pg.ClientBase, { text, values }: Statement) => client.query(text, values);

/**
 * Writes the rows that are not there, marks those that are the primary ones now, and fills LINKED. `which`: the rows of
 * `migrate.deferred` (alias `d`). Returns how many rows were written or changed.
 */
export async function writeLinks(
  client: pg.ClientBase,
  plan: MergePlan,
  association: AssociationPlan,
  which: (sql: Sql) => string,
): Promise<number> {
  await client.query(`drop table if exists pg_temp.${LINKED}, pg_temp.${LINKS}`);
  await client.query(`create temp table ${LINKED} (key text)`);
  await client.query(
    `create temp table ${LINKS} (key text, from_object text, from_id int8, to_object text, to_id int8, label text, is_primary bool, record_id int8)`,
  );
  await run(client, namedLinks(plan, association, which));
  const back = wayBack(plan, association);
  if (back !== null) await run(client, back);
  await linksThere(client, plan);
  const written = await run(client, insertLinks(plan));
  await noteLinks(client, plan);
  const marked = await run(client, markPrimary(plan));
  return (written.rows[0] as { n: number }).n + (marked.rows[0] as { n: number }).n;
}

/** One row per pair and label, of one record that names it. */
function namedLinks(plan: MergePlan, { index, lookup }: AssociationPlan, which: (sql: Sql) => string): Statement {
  const { label, primary } = plan.mapping.associations[index]!;
  const fixed = label !== null && "text" in label ? label.text : null;
  return statement(
    (sql) => `insert into ${LINKS}
      select min(d.key), ${sql.param(plan.object.name, "text")}, d.target_id::int8, l.object, l.id::int8,
        coalesce(${labelText("d.label")}, ${sql.param(fixed, "text")}), bool_or(${primary === true ? "true" : isPrimary("d.label")}), d.target_id::int8
      from migrate.deferred d join ${ident(lookupTable(lookup))} l on l.k = ${lookupKey(lookup, "d.reference")} and l.n = 1
      where ${which(sql)} group by 2, 3, 4, 5, 6`,
  );
}

/** The links back, with the labels that are paired with theirs; null: none are. */
function wayBack(plan: MergePlan, { index }: AssociationPlan): Statement | null {
  const { pairs } = plan.mapping.associations[index]!;
  if (pairs === undefined) return null;
  return statement(
    (sql) => `insert into ${LINKS}
      select k.key, k.to_object, k.to_id, k.from_object, k.from_id, p.back, false, k.record_id
      from ${LINKS} k join unnest(${sql.param([...pairs.keys()], "text[]")}, ${sql.param([...pairs.values()], "text[]")}) as p(label, back)
        on p.label = k.label
      where (k.to_object, k.to_id) <> (k.from_object, k.from_id)
        and not exists (select from ${LINKS} x where (x.from_object, x.from_id, x.to_object, x.to_id, x.label) = (k.to_object, k.to_id, k.from_object, k.from_id, p.back))`,
  );
}

const SAME = "(a.from_object, a.from_id, a.to_object, a.to_id) = (k.from_object, k.from_id, k.to_object, k.to_id)";

function insertLinks(plan: MergePlan): Statement {
  return statement(
    () => `with written as (
        insert into ${associationTable(plan)} as a (from_object, from_id, to_object, to_id, label, is_primary)
        select from_object, from_id, to_object, to_id, label, is_primary from ${LINKS} order by from_id, to_id, label
        on conflict (from_object, from_id, to_object, to_id, coalesce(label, '')) where external_id is null do nothing
        returning a.*),
      linked as (
        insert into ${LINKED} select distinct k.key from ${LINKS} k join written a on ${SAME}
          and a.label is not distinct from k.label)
      select count(*)::int4 as n from written`,
  );
}

/** Links that were there and are the primary ones now. */
function markPrimary(plan: MergePlan): Statement {
  const links = associationTable(plan);
  const id = ident(plan.model.objects.get("association")?.idColumn ?? "id");
  return statement(
    (sql) => `with hit as (
        select distinct a.${id} as id, k.key from ${links} a join ${LINKS} k on ${SAME} and a.label is not distinct from k.label
        where k.is_primary and a.is_primary is not true and a.external_id is null),
      img as (
        insert into migrate.before_image (run_id, origin_id, object, target_id, row, was)
        select ${sql.param(plan.runId, "int8")}, ${sql.param(plan.originId, "int4")}, 'association', a.${id}::text, to_jsonb(a), a.xmin
        from ${links} a where a.${id} in (select id from hit)),
      linked as (insert into ${LINKED} select key from hit),
      marked as (update ${links} a set is_primary = true where a.${id} in (select id from hit) returning 1)
      select count(*)::int4 as n from marked`,
  );
}
