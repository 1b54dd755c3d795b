/** Links that runs wrote are remembered with the record that named them, and go away when it no longer does. */
import type pg from "pg";
import { associationTable } from "./association-rows.ts";
import type { Counts } from "./counts.ts";
import { moveToUpdated } from "./deferred-lookup.ts";
import { SAID_LINKS } from "./merge/ledger.ts";
import type { MergePlan } from "./merge/plan.ts";

type Client = pg.ClientBase;

/** Temporary tables: links that records name now (see write-links.ts), those of them that had a row already, and all of a run. */
const NAMED = "migrate_links";
const THERE = "migrate_links_there";
const SAID = "migrate_links_said";

const ENDS = "from_object, from_id, to_object, to_id";
const same = (a: string, b: string): string =>
  `(${ENDS.split(", ")
    .map((c) => `${a}.${c}`)
    .join(", ")}) = (${ENDS.split(", ")
    .map((c) => `${b}.${c}`)
    .join(", ")})`;

/** Whether runs wrote links of the origin's records before. */
export async function anyLinks(client: Client, originId: number): Promise<boolean> {
  const { rowCount } = await client.query("select 1 from migrate.link where origin_id = $1 limit 1", [originId]);
  return (rowCount ?? 0) > 0;
}

/** Before links are written: which of those named have a row that no run wrote. Those are not ours to take away. */
export async function linksThere(client: Client, plan: MergePlan): Promise<void> {
  await client.query(`drop table if exists pg_temp.${THERE}`);
  await client.query(
    `create temp table ${THERE} as select distinct k.${ENDS.replaceAll(", ", ", k.")}, coalesce(k.label, '') as label
     from ${NAMED} k join ${associationTable(plan)} a on ${same("a", "k")} and a.label is not distinct from k.label
     where not exists (select from migrate.link l where ${same("l", "k")} and l.label = coalesce(k.label, ''))`,
  );
}

/** After they were written: notes them, once per record that names them. */
export async function noteLinks(client: Client, plan: MergePlan): Promise<void> {
  await client.query(
    `insert into migrate.link (origin_id, record_id, ${ENDS}, label, run_id)
     select distinct $1::int4, k.record_id, k.${ENDS.replaceAll(", ", ", k.")}, coalesce(k.label, ''), $2::int8 from ${NAMED} k
     where not exists (select from ${THERE} t where ${same("t", "k")} and t.label = coalesce(k.label, ''))
       and not exists (select from migrate.link l where l.origin_id = $1 and l.record_id = k.record_id and ${same("l", "k")} and l.label = coalesce(k.label, ''))`,
    [plan.originId, plan.runId],
  );
  if (!plan.dropsLinks) return;
  await client.query(
    `create temp table if not exists ${SAID} (record_id int8, ${ENDS.split(", ")
      .map((c) => `${c} ${c.endsWith("id") ? "int8" : "text"}`)
      .join(", ")}, label text)`,
  );
  await client.query(`insert into ${SAID} select record_id, ${ENDS}, coalesce(label, '') from ${NAMED}`);
}

/**
 * Takes away the links of the records that said what they are linked to in this run, where they no longer name them; with
 * before-images. Their records count as updated. Once the last association of the stage is written, in the same transaction.
 */
export async function dropLinks(client: Client, plan: MergePlan, counts: Counts): Promise<number> {
  if (!plan.dropsLinks || plan.associations.length === 0) return 0;
  const said = await client.query<{ there: string | null }>(`select to_regclass('pg_temp.${SAID}')::text as there`);
  const named =
    said.rows[0]!.there === null
      ? "false"
      : `exists (select from ${SAID} s where s.record_id = l.record_id and ${same("s", "l")} and s.label = l.label)`;
  await client.query("drop table if exists pg_temp.migrate_links_gone, pg_temp.migrate_links_rows");
  await client.query(
    `create temp table migrate_links_gone as
     select l.ctid as place, d.key, l.${ENDS.replaceAll(", ", ", l.")}, l.label from migrate.link l
     join (select distinct target_id::int8 as id, key from migrate.deferred where run_id = ${Number(plan.runId)}
       and origin_id = ${Number(plan.originId)} and field = '${SAID_LINKS}') d on d.id = l.record_id
     where l.origin_id = ${Number(plan.originId)} and not ${named}`,
  );
  await client.query(`drop table if exists pg_temp.${SAID}`);
  const any = await client.query("select 1 from migrate_links_gone limit 1");
  if ((any.rowCount ?? 0) === 0) return 0;
  await client.query("delete from migrate.link l using migrate_links_gone g where l.ctid = g.place");
  await client.query(
    `create temp table migrate_links_rows as select distinct a.id from ${associationTable(plan)} a
     join migrate_links_gone g on ${same("a", "g")} and coalesce(a.label, '') = g.label
     where a.external_id is null and not exists (select from migrate.link l where ${same("l", "g")} and l.label = g.label)`,
  );
  await client.query(
    `insert into migrate.before_image (run_id, origin_id, object, target_id, row, what, was)
     select $1, $2, 'association', a.id::text, to_jsonb(a), 'deleted', a.xmin
     from ${associationTable(plan)} a join migrate_links_rows r on r.id = a.id`,
    [plan.runId, plan.originId],
  );
  const { rowCount } = await client.query(
    `delete from ${associationTable(plan)} a using migrate_links_rows r where r.id = a.id`,
  );
  await moveToUpdated(client, plan, counts, "select key from migrate_links_gone");
  return rowCount ?? 0;
}
