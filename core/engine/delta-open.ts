/** The rows at hand when records are gone, and what is kept and told about them. */
import type pg from "pg";
import { ident } from "../store/quote.ts";
import type { MergePlan } from "./merge/plan.ts";

/** Temporary table of the rows at hand: `key`, `id` (text), `n` (1, 2, ...), `why` (kept all the same; null: goes on). */
export const OPEN = "migrate_gone_open";

export type Client = pg.ClientBase;

/** Tells what `from` selects: key, field, value, reason. Returns how many. */
export async function warn(
  client: Client,
  plan: MergePlan,
  code: string,
  from: string,
  values: readonly unknown[] = [],
): Promise<number> {
  const { rowCount } = await client.query(
    `insert into migrate.warning (run_id, origin_id, key, code, field, value, reason)
     select ${Number(plan.runId)}, ${Number(plan.originId)}, x.key, '${code}', x.field, x.value, x.reason from (${from}) x(key, field, value, reason)`,
    [...values],
  );
  return rowCount ?? 0;
}

/** Keeps the rows of a temporary table (`id`) as they are now. */
export async function image(client: Client, plan: MergePlan, rows: string, what: "updated" | "deleted"): Promise<void> {
  const id = ident(plan.object.idColumn);
  await client.query(
    `insert into migrate.before_image (run_id, origin_id, object, target_id, row, what, was)
     select $1, $2, $3, t.${id}::text, to_jsonb(t), $4, t.xmin from ${rows} c join ${plan.table} t on t.${id} = c.id::${plan.object.idType}`,
    [plan.runId, plan.originId, plan.object.name, what],
  );
}
