/** Records that were merged: what refers to the loser's row refers to the winner's, and the loser's id leads there. */
import type pg from "pg";
import { ident, table } from "../store/quote.ts";
import { LINKS } from "./delta-policy.ts";
import { CHANGING, changeReferences, type Referrer, refersTo } from "./delta-refs.ts";
import type { MergePlan } from "./merge/plan.ts";

/** Temporary table: ids of the losers' and the winners' rows, as text. */
export const MERGED = "migrate_merged";

/** Changes every reference and link to rows of `old` in MERGED into one to the row in `winner`. Returns how many changed. */
export async function repoint(client: pg.ClientBase, plan: MergePlan, refs: readonly Referrer[]): Promise<number> {
  let changed = 0;
  for (const ref of refs) {
    if (ref.object === null) continue;
    await client.query(`drop table if exists pg_temp.${CHANGING}`);
    await client.query(
      `create temp table ${CHANGING} as select t.${ident(ref.object.idColumn)} as id, m.winner as new, t.xmin as was
       from ${MERGED} m join ${ref.table} t on ${refersTo(ref, plan.object, "t", `m.old::${plan.object.idType}`)}`,
    );
    changed += await changeReferences(client, plan, ref);
  }
  return changed + (await repointLinks(client, plan));
}

/** Links are theirs by number: a link that the winner has already goes away. */
async function repointLinks(client: pg.ClientBase, plan: MergePlan): Promise<number> {
  const links = plan.model.objects.get(LINKS);
  if (
    links === undefined ||
    links.idColumn !== "id" ||
    plan.object.name === LINKS ||
    !/^(bigint|integer|smallint)$/.test(plan.object.idType)
  )
    return 0;
  const name = table(plan.model.schema, links.table);
  const there = await client.query<{ there: string | null }>("select to_regclass($1)::text as there", [name]);
  if (there.rows[0]!.there === null) return 0;
  let changed = 0;
  for (const [column, type, other, otherType] of [
    ["from_id", "from_object", "to_id", "to_object"],
    ["to_id", "to_object", "from_id", "from_object"],
  ] as const) {
    const mine = `a.${type} = $3 and a.${column} = m.old::bigint`;
    const twin = `exists (select from ${name} b where b.${type} = $3 and b.${column} = m.winner::bigint and b.${other} = a.${other}
      and b.${otherType} = a.${otherType} and coalesce(b.label, '') = coalesce(a.label, '')${links.hasExternalId ? " and b.external_id is null" : ""})${links.hasExternalId ? " and a.external_id is null" : ""}`;
    const again = `exists (select from ${name} b join ${MERGED} n on b.${type} = $3 and b.${column} = n.old::bigint where n.winner = m.winner
      and b.id < a.id and b.${other} = a.${other} and b.${otherType} = a.${otherType} and coalesce(b.label, '') = coalesce(a.label, '')${links.hasExternalId ? " and b.external_id is null and a.external_id is null" : ""})`;
    const loop = `(a.${otherType} = $3 and a.${other} = m.winner::bigint)`;
    await client.query(
      `with gone as (select a.id from ${name} a join ${MERGED} m on ${mine} where ${twin} or ${again} or ${loop}),
         img as (insert into migrate.before_image (run_id, origin_id, object, target_id, row, what, was)
           select $1, $2, '${LINKS}', a.id::text, to_jsonb(a), 'deleted', a.xmin from ${name} a join gone g on g.id = a.id)
       delete from ${name} a using gone g where a.id = g.id`,
      [plan.runId, plan.originId, plan.object.name],
    );
    await client.query(`drop table if exists pg_temp.${CHANGING}`);
    await client.query(
      `create temp table ${CHANGING} as select a.id, m.winner as new, a.xmin as was from ${name} a join ${MERGED} m
         on a.${type} = '${plan.object.name.replaceAll("'", "''")}' and a.${column} = m.old::bigint`,
    );
    await client.query(
      `insert into migrate.before_image (run_id, origin_id, object, target_id, row, what, was)
       select $1, $2, '${LINKS}', a.id::text, to_jsonb(a), 'updated', a.xmin from ${CHANGING} c join ${name} a on a.id = c.id`,
      [plan.runId, plan.originId],
    );
    const { rowCount } = await client.query(
      `update ${name} a set ${column} = c.new::bigint from ${CHANGING} c where a.id = c.id`,
    );
    changed += rowCount ?? 0;
    await client.query(
      `update migrate.ledger l set version = a.xmin from ${CHANGING} c join ${name} a on a.id = c.id, migrate.origin o
       where o.object = '${LINKS}' and l.origin_id = o.id and l.target_id = c.id and l.version = c.was`,
    );
  }
  await client.query(
    `update migrate.link k set from_id = m.winner::bigint, run_id = $1 from ${MERGED} m, migrate.origin o
     where o.id = k.origin_id and o.object = $2 and k.from_id = m.old::bigint`,
    [plan.runId, plan.object.name],
  );
  await client.query(
    `update migrate.link k set to_id = m.winner::bigint, run_id = $1 from ${MERGED} m where k.to_object = $2 and k.to_id = m.old::bigint`,
    [plan.runId, plan.object.name],
  );
  return changed;
}
