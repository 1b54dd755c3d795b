/** Association rows of a mapping's records, as a fingerprint: tells a later run whether some of them are gone. */
import type pg from "pg";
import { ident, table } from "../store/quote.ts";
import type { MergePlan } from "./merge/plan.ts";
import { type Sql, statement } from "./sql.ts";

/** Quoted name of the table that holds associations. */
export function associationTable(plan: MergePlan): string {
  return table(plan.model.schema, plan.model.objects.get("association")?.table ?? "association");
}

/** SQL that is true where the column (`from_id`, `to_id`) is a record of this mapping. */
function recordsOf(plan: MergePlan, column: string, sql: Sql): string {
  const origin = sql.param(plan.originId, "int4");
  return plan.ledger
    ? `exists (select from migrate.ledger g where g.origin_id = ${origin} and g.target_id = a.${column})`
    : `exists (select from migrate.id_map m where m.origin_id = ${origin} and m.object = ${sql.param(plan.object.name, "text")}
        and m.target_id = a.${column}::text)`;
}

/**
 * `rows:sum` of the rows that lead from records of this mapping to records that exist, and of their ways back; rows of junction objects, which have
 * ids of their own, aside. Equal fingerprints: nothing was taken away (or added) since.
 */
export async function associationRows(client: pg.ClientBase, plan: MergePlan): Promise<string> {
  const { text, values } = statement((sql) => {
    const ends = new Map(plan.associations.map(({ to }) => [to.name, to]));
    const there = [...ends.values()].map(
      (to) => `(a.to_object = ${sql.param(to.name, "text")} and exists (
        select from ${table(plan.model.schema, to.table)} x where x.${ident(to.idColumn)} = a.to_id))`,
    );
    const own = sql.param(plan.object.name, "text");
    const paired = new Set(
      plan.associations
        .filter(({ index }) => plan.mapping.associations[index]!.pairs !== undefined)
        .map(({ to }) => to.name),
    );
    const back =
      paired.size === 0
        ? ""
        : ` or (a.to_object = ${own} and a.from_object = any(${sql.param([...paired], "text[]")}) and ${recordsOf(plan, "to_id", sql)})`;
    const linked = plan.model.objects.get("association")?.hasExternalId === true ? "a.external_id is null and " : "";
    return `select count(*) || ':' || coalesce(sum(hashtextextended(concat_ws(chr(31), a.from_id, a.to_object, a.to_id, a.label, nullif(a.is_primary, false)), 0)::numeric), 0) as rows
      from ${associationTable(plan)} a
      where ${linked}((a.from_object = ${own} and (${there.join(" or ")}) and ${recordsOf(plan, "from_id", sql)})${back})`;
  });
  const { rows } = await client.query<{ rows: string }>(text, values);
  return rows[0]!.rows;
}

/** True when the rows are as the last completed run of the source left them; false when none is known. */
export async function associationsStand(client: pg.ClientBase, plan: MergePlan): Promise<boolean> {
  const { rows } = await client.query<{ rows: string | null }>(
    `select p.counts -> 'associations' ->> 'rows' as rows from migrate.progress p join migrate.run r on r.id = p.run_id
     where p.origin_id = $1 and r.status = 'completed' and p.phase = 'done' order by r.id desc limit 1`,
    [plan.originId],
  );
  const before = rows[0]?.rows ?? null;
  return before !== null && before === (await associationRows(client, plan));
}
