/** Statements that insert. */

import type { StageColumn } from "../../mapping/compiled.ts";
import { ident } from "../../store/quote.ts";
import type { Sql } from "../sql.ts";
import { customOfNew } from "./custom.ts";
import { resolution } from "./lookups.ts";
import { type LineRange, type MergePlan, RESOLVED, STAGE, stagedValue, within } from "./plan.ts";
import { writeColumns } from "./write-lists.ts";
import { targetHash, writtenArray } from "./written.ts";

interface InsertLists {
  readonly columns: string[];
  readonly values: string[];
}

/**
 * Explicit value lists; external identity first. A timestamp that the mapping leaves blank takes the column's default,
 * since an explicit null would not.
 */
function insertLists(
  plan: MergePlan,
  sql: Sql,
  lookup: (column: string, part: "id" | "object") => string,
  withId = true,
): InsertLists {
  const columns: string[] = [];
  const values: string[] = [];
  if (plan.object.hasExternalId) {
    columns.push("external_source", "external_id");
    values.push(sql.param(plan.externalSource, "text"), "s.key");
  }
  const key = mappedId(plan);
  if (plan.ledger && withId && key !== null) {
    columns.push(ident(plan.object.idColumn));
    values.push(stagedValue(key));
  }
  for (const write of writeColumns(plan, lookup)) {
    columns.push(write.column);
    const stamped = plan.object.hasTimestamps && /^"(created|updated)_at"$/.test(write.column);
    const value = write.fresh ?? write.value;
    values.push(stamped ? `coalesce(${value}, now())` : value);
  }
  if (plan.custom !== null) {
    columns.push("custom");
    values.push(customOfNew(plan));
  }
  return { columns, values };
}

/**
 * First fill: inserts every staged row whose references are all found, with its ledger row, in one statement.
 * Returns the number of rows written as `n`; rows that are left over take the long way.
 */
export function insertFresh(plan: MergePlan, sql: Sql): string {
  const resolved = plan.lookups.map((lookup, index) => resolution(plan, lookup, index, sql));
  const byColumn = new Map(resolved.map((item) => [item.lookup.column.name, item]));
  const { columns, values } = insertLists(plan, sql, (name, part) => byColumn.get(name)![part]);
  const complete = resolved
    .filter((item) => item.lookup.kind !== "deferred")
    .map((item) => `not ${item.missing} and not ${item.ambiguous}`);
  const id = ident(plan.object.idColumn);
  const hash = waits(plan, "s") === null ? "s.hash" : `case when ${waits(plan, "s")} then null else s.hash end`;
  return `with ins as (
    insert into ${plan.table} (${columns.join(", ")})
    select ${values.join(", ")}
    from ${STAGE} s ${resolved.map((item) => item.join).join("\n    ")}
    ${complete.length === 0 ? "" : `where ${complete.join(" and ")}`}
    on conflict (external_source, external_id) do nothing
    returning ${id} as id, external_id, xmin as version, ${writtenArray(plan.written, (field) => targetHash(field, ""))} as written),
  led as (
    insert into migrate.ledger (origin_id, target_id, hash, version, run_id, written)
    select ${sql.param(plan.originId, "int4")}, ins.id, ${hash}, ins.version, ${sql.param(plan.runId, "int8")}, ins.written
    from ins join ${STAGE} s on s.key = ins.external_id
    returning 1)
  select count(*)::int4 as n from led`;
}

/** SQL that is true for rows with something to be filled in later; null when the mapping has no such field. */
export function waits(plan: MergePlan, alias: string): string | null {
  const columns = [
    ...plan.lookups.filter((lookup) => lookup.kind === "deferred").map((lookup) => lookup.column.name),
    ...plan.associations.map((association) => association.refs.name),
  ];
  if (columns.length === 0) return null;
  return `(${columns.map((name) => `${alias}.${ident(name)} is not null`).join(" or ")})`;
}

/**
 * Inserts the rows resolved as new (`verdict = 'i'`), and notes their ids. Rows that the target did not take have none afterwards.
 * `assigned`: they have their ids already, since rows of this very statement refer to them.
 */
export function insertResolved(plan: MergePlan, sql: Sql, range: LineRange | null = null, assigned = false): string {
  const resolved = (name: string, part: "id" | "object") => `r.${ident(`${part === "id" ? "r" : "o"}_${name}`)}`;
  const { columns, values } = insertLists(plan, sql, resolved, !assigned);
  const id = ident(plan.object.idColumn);
  const here = within("r", range, sql);
  const rows = `from ${STAGE} s join ${RESOLVED} r on r.line = s.line
      where r.verdict = 'i'${here}${within("s", range, sql)} order by s.line`;
  const conflict = plan.ledger ? "on conflict (external_source, external_id) do nothing" : "";
  if (plan.ledger && !assigned) {
    return `with ins as (
      insert into ${plan.table} (${columns.join(", ")})
      select ${values.join(", ")} ${rows}
      ${conflict} returning ${id} as id, external_id)
    update ${RESOLVED} r set tid = ins.id from ins where r.key = ins.external_id and r.verdict = 'i'${here}`;
  }
  return `with ins as (
      insert into ${plan.table} (${[id, ...columns].join(", ")}) ${plan.object.idAlways ? "overriding system value" : ""}
      select ${["r.tid", ...values].join(", ")} ${rows}
      ${conflict} returning ${id} as id)
    update ${RESOLVED} r set tid = null where r.verdict = 'i'${here} and r.tid not in (select id from ins)`;
}

/** The staging column that fills the primary key; null where the target makes ids, and where it only recognises records. */
function mappedId(plan: MergePlan): StageColumn | null {
  if (plan.object.idDefault !== null && plan.mapping.match.includes(plan.object.idColumn)) return null;
  return plan.values.find((column) => column.field!.model!.column === plan.object.idColumn) ?? null;
}

/** Ids before the insert, from the default or from the mapped key column: for tables whose ids the ledger cannot hold, and for families. */
export function assignIds(plan: MergePlan, sql: Sql, range: LineRange | null = null): string {
  const mapped = mappedId(plan);
  const which = `r.verdict = 'i'${within("r", range, sql)}`;
  if (mapped !== null) {
    return `update ${RESOLVED} r set tid = s.${ident(mapped.name)}::${plan.object.idType}
      from ${STAGE} s where s.line = r.line${within("s", range, sql)} and ${which}`;
  }
  return `update ${RESOLVED} r set tid = (${plan.object.idDefault ?? "null"})::${plan.object.idType} where ${which}`;
}
