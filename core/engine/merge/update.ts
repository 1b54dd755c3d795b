/** Statements that change existing rows, with their before-images. */
import { ident } from "../../store/quote.ts";
import type { Sql } from "../sql.ts";
import { type LineRange, type MergePlan, RESOLVED, STAGE, within } from "./plan.ts";
import { KEEP, keptSql } from "./three-way.ts";
import { changedCondition, setList, type WriteColumn, writeColumns } from "./write-lists.ts";

/** Updates rows that differ (`x` becomes `u`); the rest stays untouched, without a lock or a new row version. */
export function updateChanged(plan: MergePlan, sql: Sql, range: LineRange | null = null): string {
  const id = ident(plan.object.idColumn);
  const columns = [
    ...clearedLookups(plan),
    ...writeColumns(plan, (name, part) => `r.${ident(`${part === "id" ? "r" : "o"}_${name}`)}`),
  ].map((column) => leaveKept(plan, column));
  const changed = [changedCondition(columns, plan)];
  const sets = setList(columns, plan);
  if (plan.object.hasExternalId) {
    // a record that was there before, without an external id, is adopted
    changed.push("(t.external_id is null)");
    sets.push(
      `external_source = case when t.external_id is null then ${sql.param(plan.externalSource, "text")} else t.external_source end`,
      "external_id = coalesce(t.external_id, s.key)",
    );
  }
  if (plan.object.hasTimestamps && !sets.some((set) => set.startsWith('"updated_at"'))) sets.push("updated_at = now()");
  if (sets.length === 0) return "select 1 where false";
  const kept = plan.threeWay === null ? "" : ` left join ${KEEP} k on k.line = r.line`;
  const joined = `join ${STAGE} s on s.line = r.line${kept}`;
  return `with ch as (
    select r.line, t.${id} as id, t.xmin as was from ${RESOLVED} r ${joined} join ${plan.table} t on t.${id} = r.tid
    where r.verdict = 'x'${within("r", range, sql)}${within("s", range, sql)} and (${changed.join("\n   or ")})),
  img as (
    insert into migrate.before_image (run_id, origin_id, object, target_id, row, was)
    select ${sql.param(plan.runId, "int8")}, ${sql.param(plan.originId, "int4")}, ${sql.param(plan.object.name, "text")}, t.${id}::text, to_jsonb(t), ch.was
    from ch join ${plan.table} t on t.${id} = ch.id),
  upd as (
    update ${plan.table} t set ${sets.join(", ")}
    from ch join ${STAGE} s on s.line = ch.line join ${RESOLVED} r on r.line = ch.line${kept}
    where t.${id} = ch.id
    returning ch.line, ch.was)
  update ${RESOLVED} r set verdict = 'u', was = upd.was from upd where upd.line = r.line`;
}

/** What was edited in the target and is not to be overwritten counts as if nothing was said. */
function leaveKept(plan: MergePlan, column: WriteColumn): WriteColumn {
  if (plan.threeWay === null || column.overwrite !== "always") return column;
  const field = plan.written.find(
    ({ custom, columns }) => custom === null && columns.some((c) => ident(c.column) === column.column),
  );
  if (field === undefined) return column;
  return { ...column, kept: column.kept === null ? keptSql(field) : `(${column.kept} or ${keptSql(field)})` };
}

/** Deferred lookups are set later, but a source that says "none" clears them now. */
function clearedLookups(plan: MergePlan): WriteColumn[] {
  return plan.lookups.flatMap((lookup) => {
    if (lookup.kind !== "deferred" || lookup.column.keepOnNull || lookup.field.overwrite !== "always") return [];
    const kept = `s.${ident(lookup.column.name)} is not null`;
    const cleared = (column: string, type: string): WriteColumn => ({
      column: ident(column),
      value: `null::${type}`,
      kept,
      overwrite: "always",
      type,
    });
    const columns = [cleared(lookup.target, lookup.targetType)];
    if (lookup.typeTarget !== null) columns.push(cleared(lookup.typeTarget, "text"));
    return columns;
  });
}

/** What was not changed is unchanged. */
export const settleUnchanged = `update ${RESOLVED} set verdict = 'n' where verdict = 'x'`;
