/** What a run has seen of edits in the target: kept ones, which the proof explains by it, and conflicts. */
import { type Statement, statement } from "../sql.ts";
import { type MergePlan, RESOLVED } from "./plan.ts";
import { DIFFERING, isConflict } from "./three-way.ts";

/** Field of a kept edit that is a whole record: `target_id` is its key then. */
export const WHOLE_RECORD = "";

/** Why a text differs whose links were rewritten. */
export const REWRITTEN = "rewritten";

/** What is told of a reference to what is not there, where the target's own stays. */
export const KEPT = "what the target has stays";

/** Notes what DIFFERING holds; `which` limits its rows `d`. */
export function noteKept(plan: MergePlan, which: string): Statement {
  return statement(
    (sql) => `insert into migrate.kept_edit (origin_id, target_id, field, run_id, reason, source, target)
      select distinct on (d.target_id, d.name) ${sql.param(plan.originId, "int4")}, d.target_id, d.name, ${sql.param(plan.runId, "int8")},
        case when d.decision is null then 'review' when d.reason = 'stamp' then 'newest' else d.reason end, d.src, d.tgt
      from ${DIFFERING} d where d.kept and ${which}
      on conflict (origin_id, target_id, field) do update
        set run_id = excluded.run_id, source = excluded.source, target = excluded.target,
          reason = case when kept_edit.reason = '${REWRITTEN}' and kept_edit.target = excluded.target then kept_edit.reason else excluded.reason end`,
  );
}

/** Lists the conflicts that DIFFERING holds; the number of rows is that of conflicts. */
export function noteConflicts(plan: MergePlan, which: string): Statement {
  return statement(
    (
      sql,
    ) => `insert into migrate.conflict (run_id, origin_id, target_id, key, field, policy, decision, written, source, target, reference)
      select ${sql.param(plan.runId, "int8")}, ${sql.param(plan.originId, "int4")}, d.target_id, d.key, d.name, d.reason, d.decision, d.base, d.source, d.target, d.reference
      from ${DIFFERING} d where ${isConflict} and ${which} order by d.line, d.key, d.position`,
  );
}

const DONE = `exists (select from ${RESOLVED} r where r.line = d.line and r.verdict in ('u', 'n'))`;

/** Kept edits of rows that were written, or found equal, are no longer. */
export function forgetEdits(plan: MergePlan): Statement {
  const still =
    plan.threeWay === null
      ? ""
      : ` and not exists (select from ${DIFFERING} d where d.line = r.line and d.kept and d.name = e.field)`;
  return statement(
    (sql) => `delete from migrate.kept_edit e using ${RESOLVED} r
      where e.origin_id = ${sql.param(plan.originId, "int4")} and (r.verdict in ('i', 'u') or (r.verdict = 'n' and e.reason <> '${REWRITTEN}'))
        and ((e.target_id = r.tid::text and e.field <> '${WHOLE_RECORD}') or (e.target_id = r.key and e.field = '${WHOLE_RECORD}'))${still}`,
  );
}

/** After the rows of a chunk were written: what is kept of their edits; the last one lists conflicts. */
export function editsOfChunk(plan: MergePlan): Statement[] {
  return [noteKept(plan, DONE), noteConflicts(plan, DONE)];
}
