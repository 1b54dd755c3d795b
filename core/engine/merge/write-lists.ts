/** Column lists of the target: what an insert fills and what an update compares and sets. */
import { appendedTo, appendedToNothing } from "../../mapping/appended.ts";
import type { StageColumn } from "../../mapping/compiled.ts";
import { ident } from "../../store/quote.ts";
import { customOfExisting } from "./custom.ts";
import type { MergePlan } from "./plan.ts";
import { stagedValue } from "./plan.ts";

export interface WriteColumn {
  /** Quoted target column. */
  readonly column: string;
  /** SQL for the new value. */
  readonly value: string;
  /** The same for a new row, where that differs. */
  readonly fresh?: string;
  /** SQL that is true when nothing was said, so that an update keeps what the target has; null: something always is. */
  readonly kept: string | null;
  readonly overwrite: "always" | "if-empty" | "never";
  /** Target type, for comparisons; json has no equality. */
  readonly type: string;
}

function valueColumn(plan: MergePlan, column: StageColumn): WriteColumn {
  const model = column.field!.model!;
  const staged = stagedValue(column);
  const appends = column.field!.appends === true && column.type === "text[]";
  return {
    column: ident(model.column),
    value: appends ? appendedTo(`t.${ident(model.column)}`, staged) : staged,
    ...(appends ? { fresh: appendedToNothing(staged) } : {}),
    kept: column.keepOnNull || stampedByTarget(plan, model.column) ? `${staged} is null` : null,
    overwrite: column.field!.overwrite,
    type: model.columnType,
  };
}

/** Columns that the target fills in where the source says nothing: blanks do not clear them. */
export const stampedByTarget = (plan: MergePlan, column: string): boolean =>
  plan.object.hasTimestamps && (column === "created_at" || column === "updated_at");

/** All mapped columns except external id and custom; `lookup(name, part)` gives the SQL of a resolved reference. */
export function writeColumns(
  plan: MergePlan,
  lookup: (columnName: string, part: "id" | "object") => string,
): WriteColumn[] {
  const list = plan.values
    .filter((column) => column.field!.model!.column !== plan.object.idColumn)
    .map((column) => valueColumn(plan, column));
  for (const planned of plan.lookups) {
    if (planned.kind === "deferred") continue;
    // a reference that is there but not found is something said: the field becomes empty
    const kept = planned.column.keepOnNull ? `s.${ident(planned.column.name)} is null` : null;
    const common = { kept, overwrite: planned.field.overwrite };
    const id = lookup(planned.column.name, "id");
    list.push({ ...common, column: ident(planned.target), value: id, type: planned.targetType });
    if (planned.typeTarget !== null) {
      const object = lookup(planned.column.name, "object");
      const value = `case when ${id} is not null then ${object} end`;
      list.push({ ...common, column: ident(planned.typeTarget), value, type: "text" });
    }
  }
  return list;
}

function comparable(expression: string, type: string): string {
  return type === "json" ? `(${expression})::text` : expression;
}

/** True when an update would change the row. */
export function changedCondition(columns: readonly WriteColumn[], plan: MergePlan): string {
  const parts: string[] = [];
  for (const { column, value, kept, overwrite, type } of columns) {
    if (overwrite === "never") continue;
    const target = `t.${column}`;
    if (overwrite === "if-empty") parts.push(`(${target} is null and ${value} is not null)`);
    else {
      const differs = `${comparable(target, type)} is distinct from ${comparable(value, type)}`;
      parts.push(kept === null ? `(${differs})` : `(not (${kept}) and ${differs})`);
    }
  }
  if (plan.custom !== null) {
    const staged = `s.${ident(plan.custom.name)}`;
    parts.push(`(${staged} is not null and coalesce(t.custom, '{}') is distinct from ${customOfExisting(plan)})`);
  }
  return parts.length === 0 ? "false" : parts.join("\n   or ");
}

/** SET list of an update, over alias `t` for the old row. */
export function setList(columns: readonly WriteColumn[], plan: MergePlan): string[] {
  const list: string[] = [];
  for (const { column, value, kept, overwrite } of columns) {
    if (overwrite === "never") continue;
    const target = `t.${column}`;
    const typed = overwrite === "if-empty" ? `coalesce(${target}, ${value})` : value;
    list.push(
      `${column} = ${kept !== null && overwrite === "always" ? `case when ${kept} then ${target} else ${value} end` : typed}`,
    );
  }
  if (plan.custom !== null) {
    const staged = `s.${ident(plan.custom.name)}`;
    list.push(`custom = case when ${staged} is null then t.custom else nullif(${customOfExisting(plan)}, '{}') end`);
  }
  return list;
}
