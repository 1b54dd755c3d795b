/** Records whose row users deleted in the target: they are not resurrected unless the configuration says so. */
import type pg from "pg";
import { ident } from "../../store/quote.ts";
import { type Statement, statement } from "../sql.ts";
import { WHOLE_RECORD } from "./kept-edits.ts";
import { type MergePlan, RESOLVED } from "./plan.ts";

const run = (client: pg.ClientBase, { text, values }: Statement) => client.query(text, values);

/** Verdict of a record whose row is gone. */
export const GONE = "g";

/**
 * SQL of the keys `k` in `candidates` whose latest outcome says that they are in the target. Runs that were rolled back do not
 * count, nor does what this run has found.
 */
export function loadedBefore(plan: MergePlan, candidates: string): Statement {
  return statement(
    (sql) => `select key from (
      select distinct on (k.key) k.key, o.bucket from migrate.outcome o join migrate.run u on u.id = o.run_id
        cross join lateral unnest(o.keys) k(key)
      where o.origin_id = ${sql.param(plan.originId, "int4")} and o.run_id <> ${sql.param(plan.runId, "int8")}
        and u.status <> 'rolled back' and u.kind <> 'rollback' and k.key in (${candidates})
      order by k.key, o.run_id desc) l
    where bucket in ('inserted', 'updated', 'unchanged')`,
  );
}

const orphaned = new WeakMap<MergePlan, boolean>();

/** True where the ledger knows rows that are no longer there. Asked once per stage. */
export async function hasOrphans(client: pg.ClientBase, plan: MergePlan): Promise<boolean> {
  const known = orphaned.get(plan);
  if (known !== undefined) return known;
  const { rows } = await client.query<{ found: boolean }>(
    `select exists (select from migrate.ledger l where l.origin_id = $1
       and not exists (select from ${plan.table} t where t.${ident(plan.object.idColumn)} = l.target_id)) as found`,
    [plan.originId],
  );
  orphaned.set(plan, rows[0]!.found);
  return rows[0]!.found;
}

/** Gives the verdict `g` to records about to be inserted that were loaded before; right after they were resolved. */
export async function findDeleted(client: pg.ClientBase, plan: MergePlan): Promise<void> {
  if (plan.threeWay === null || plan.threeWay.resurrect) return;
  const { rows } = await client.query(`select 1 from ${RESOLVED} where verdict = 'i' limit 1`);
  if (rows.length === 0) return;
  if (!plan.ledger) {
    await run(
      client,
      statement(
        (sql) => `update ${RESOLVED} r set verdict = '${GONE}' from migrate.id_map m
          where r.verdict = 'i' and m.external_source = ${sql.param(plan.externalSource, "text")} and m.object = ${sql.param(plan.object.name, "text")}
            and m.external_id = r.key and m.kind in ('row', 'match') and m.origin_id = ${sql.param(plan.originId, "int4")}`,
      ),
    );
    return;
  }
  if (!(await hasOrphans(client, plan))) return;
  const loaded = loadedBefore(plan, `select r.key from ${RESOLVED} r where r.verdict = 'i'`);
  await client.query(
    `update ${RESOLVED} r set verdict = '${GONE}' from (${loaded.text}) b where b.key = r.key and r.verdict = 'i'`,
    loaded.values,
  );
}

/** Tells what was left deleted: a warning each, and a kept edit of the whole record. The first one's rows are the warnings. */
export function tellDeleted(plan: MergePlan): Statement[] {
  if (plan.threeWay === null) return [];
  return [
    statement(
      (sql) => `insert into migrate.warning (run_id, origin_id, line, key, code, field, value, reason)
        select ${sql.param(plan.runId, "int8")}, ${sql.param(plan.originId, "int4")}, r.line, r.key, 'TARGET_DELETED', null, null,
          'its row was deleted in the target; it was not inserted again'
        from ${RESOLVED} r where r.verdict = '${GONE}'`,
    ),
  ];
}

/** Notes the records with verdict `g` for the proof. */
export function keepDeleted(plan: MergePlan): Statement[] {
  if (plan.threeWay === null) return [];
  return [
    statement(
      (sql) => `insert into migrate.kept_edit (origin_id, target_id, field, run_id, reason, source, target)
        select distinct ${sql.param(plan.originId, "int4")}, r.key, '${WHOLE_RECORD}', ${sql.param(plan.runId, "int8")}, 'deleted', 0, 0
        from ${RESOLVED} r where r.verdict = '${GONE}'
        on conflict (origin_id, target_id, field) do update set run_id = excluded.run_id`,
    ),
  ];
}
