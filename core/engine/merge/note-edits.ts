/**
 * Edits of rows whose records did not come: nobody reads them, but a proof wants to know that a run has seen them. One join of
 * ledger and target, which grows with the table and costs the source nothing.
 */
import type pg from "pg";
import { ident } from "../../store/quote.ts";
import { type Statement, statement } from "../sql.ts";
import { hasOrphans, loadedBefore } from "./deleted-in-target.ts";
import { WHOLE_RECORD } from "./kept-edits.ts";
import type { MergePlan } from "./plan.ts";
import { isAtStake } from "./three-way.ts";
import { targetHash } from "./written.ts";

const run = (client: pg.ClientBase, { text, values }: Statement) => client.query(text, values);

/**
 * Keeps, as `edited`, the fields of this origin's rows that differ from what was written, where the row's version is not ours;
 * forgets those that no longer do; keeps records whose rows were deleted in the target. For stages with `threeWay`, once all is
 * merged, in a transaction of the caller. Fields of which it is not known what was written are left to the proof.
 */
export async function noteEdits(client: pg.ClientBase, plan: MergePlan): Promise<void> {
  if (plan.threeWay === null) return;
  const fields = plan.written.filter((field) => isAtStake(plan, field));
  if (fields.length > 0) await run(client, noteFields(plan));
  if (!plan.threeWay.resurrect) await noteDeleted(client, plan);
}

function noteFields(plan: MergePlan): Statement {
  const fields = plan.written.filter((field) => isAtStake(plan, field));
  const id = ident(plan.object.idColumn);
  return statement((sql) => {
    const origin = sql.param(plan.originId, "int4");
    const runId = sql.param(plan.runId, "int8");
    const rows = plan.ledger
      ? `migrate.ledger l join ${plan.table} t on t.${id} = l.target_id where l.origin_id = ${origin} and l.version <> t.xmin`
      : `migrate.id_map l join ${plan.table} t on t.${id} = l.target_id::${plan.object.idType}
         where l.origin_id = ${origin} and l.object = ${sql.param(plan.object.name, "text")} and l.kind in ('row', 'match') and l.version <> t.xmin`;
    const list = fields.map(
      (field) =>
        `(${field.position}, ${sql.param(field.name, "text")}, l.written[${field.position}], ${targetHash(field, "t")})`,
    );
    return `with edited as materialized (
        select t.${id}::text as id, f.name, f.base, f.now
        from ${rows.replace(" where ", ` cross join lateral (values ${list.join(", ")}) f(position, name, base, now) where `)}),
      noted as (
        insert into migrate.kept_edit (origin_id, target_id, field, run_id, reason, source, target)
        select distinct on (id, name) ${origin}, id, name, ${runId}, 'edited', base, now from edited where base <> now
        on conflict (origin_id, target_id, field) do update set run_id = excluded.run_id, target = excluded.target
          where kept_edit.target <> excluded.target or kept_edit.run_id <> excluded.run_id)
      delete from migrate.kept_edit e using edited d
        where e.origin_id = ${origin} and e.target_id = d.id and e.field = d.name and d.base = d.now and e.reason = 'edited'`;
  });
}

/** Records that are said to be in the target, and whose row is gone. */
async function noteDeleted(client: pg.ClientBase, plan: MergePlan): Promise<void> {
  const note = (keys: Statement) =>
    client.query(
      `insert into migrate.kept_edit (origin_id, target_id, field, run_id, reason, source, target)
       select distinct $${keys.values.length + 1}::int4, key, '${WHOLE_RECORD}', $${keys.values.length + 2}::int8, 'deleted', 0, 0 from (${keys.text}) g
       on conflict (origin_id, target_id, field) do update set run_id = excluded.run_id`,
      [...keys.values, plan.originId, plan.runId],
    );
  const id = ident(plan.object.idColumn);
  if (!plan.ledger) {
    await note(
      statement(
        (sql) => `select m.external_id as key from migrate.id_map m
          where m.origin_id = ${sql.param(plan.originId, "int4")} and m.object = ${sql.param(plan.object.name, "text")} and m.kind in ('row', 'match')
            and not exists (select from ${plan.table} t where t.${id} = m.target_id::${plan.object.idType})`,
      ),
    );
    return;
  }
  if (!(await hasOrphans(client, plan))) return;
  const loaded = loadedBefore(plan, "select k.key");
  const source = loaded.values.length + 1;
  await note({
    text: `select b.key from (${loaded.text}) b
      where not exists (select from ${plan.table} t where t.external_source = $${source}::text and t.external_id = b.key)
        and not exists (select from migrate.id_map m join ${plan.table} t on t.${id} = m.target_id::${plan.object.idType}
          where m.external_source = $${source}::text and m.object = $${source + 1}::text and m.external_id = b.key)`,
    values: [...loaded.values, plan.externalSource, plan.object.name],
  });
}
