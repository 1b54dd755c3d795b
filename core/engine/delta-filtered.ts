/** Rows of records that the filter leaves out now: they stay, since nothing was deleted at the source, and are told. */
import type pg from "pg";
import { loadedRows } from "./delta-gone.ts";
import type { MergePlan } from "./merge/plan.ts";

/** Warns of them once per run (FILTERED_ROW_LEFT). In the caller's transaction; returns how many warnings were new. */
export async function tellFilteredRows(client: pg.ClientBase, plan: MergePlan): Promise<number> {
  const some = await client.query(
    "select 1 from migrate.outcome where run_id = $1 and origin_id = $2 and bucket = 'filtered' limit 1",
    [plan.runId, plan.originId],
  );
  if ((some.rowCount ?? 0) === 0) return 0;
  const { rowCount } = await client.query(
    `insert into migrate.warning (run_id, origin_id, key, code, field, value, reason)
     select $4, $1, x.key, 'FILTERED_ROW_LEFT', null, x.target_id,
       'the filter leaves this record out now; the row that was loaded for it stays in the target'
     from (${loadedRows(plan)}) x
     where x.key in (select k from migrate.outcome o, unnest(o.keys) k where o.run_id = $4 and o.origin_id = $1 and o.bucket = 'filtered')
       and not exists (select from migrate.warning w where w.run_id = $4 and w.origin_id = $1 and w.key = x.key and w.code = 'FILTERED_ROW_LEFT')
     order by x.key`,
    [plan.originId, plan.externalSource, plan.object.name, plan.runId],
  );
  return rowCount ?? 0;
}
