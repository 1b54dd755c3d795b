/** What of a mapping is proven: its numbers, its groups and its references, each with its place in the staged row and in the target. */
import type { CompiledMapping, StageColumn } from "../mapping/compiled.ts";
import type { FieldMapping } from "../mapping/types.ts";
import type { ModelObject } from "../schema.ts";
import { ident, literal } from "../store/quote.ts";

/** Fields of a staged row before the mapping's own: line, key, hash. */
export const LEADING = 3;

export interface NumberField {
  readonly field: string;
  readonly mapping: FieldMapping;
  /** Field of the staged row. */
  readonly at: number;
  readonly type: StageColumn["type"];
  /** Key in the custom jsonb; null: a column of its own. */
  readonly custom: string | null;
  /** SQL of the target's value, alias `t`, cast to numeric. */
  readonly sql: string;
  /** Money is grouped by currency; quantities are not. */
  readonly currency: GroupField | null;
}

export interface GroupField {
  readonly field: string;
  readonly at: number;
  /** SQL of the target's value as text, alias `t`. */
  readonly sql: string;
}

export interface ReferenceField {
  readonly field: string;
  readonly mapping: FieldMapping;
  readonly at: number;
  /** SQL of the target's foreign key, alias `t`. */
  readonly sql: string;
}

/** The keys and labels of one `associations:` entry in the staged row. */
export interface LinkField {
  /** Index into `mapping.associations`. */
  readonly index: number;
  readonly keys: number;
  /** null: no labels. */
  readonly labels: number | null;
}

export interface ProofShape {
  readonly numbers: readonly NumberField[];
  readonly stage: GroupField | null;
  readonly references: readonly ReferenceField[];
  readonly links: readonly LinkField[];
}

/** Derives the shape; `object` is the mapping's target. */
export function proofShape(compiled: CompiledMapping, object: ModelObject): ProofShape {
  const { mapping, columns } = compiled;
  const columnSql = (field: FieldMapping): string => `t.${ident(field.model?.column ?? field.target)}`;
  const group = (target: string): GroupField | null => {
    const index = columns.findIndex((column) => column.role === "value" && column.target === target);
    const field = columns[index]?.field;
    if (field === null || field === undefined) return null;
    return { field: target, at: index + LEADING, sql: `${columnSql(field)}::text` };
  };
  const currencyOf = (field: FieldMapping): GroupField | null => {
    if (field.type !== "currency") return null;
    const named = field.model?.currencyField;
    if (named !== null && named !== undefined) return group(named);
    const fallback = mapping.fields.find((other) => !other.custom && /^currency(_iso)?(_code)?$/.test(other.target));
    return fallback === undefined ? null : group(fallback.target);
  };
  const numbers: NumberField[] = [];
  const customAt = columns.findIndex((column) => column.role === "custom");
  for (const field of mapping.fields) {
    if (field.type !== "currency" && field.type !== "decimal") continue;
    const index = field.custom
      ? customAt
      : columns.findIndex((column) => column.role === "value" && column.target === field.target);
    if (index < 0 || (field.custom && !object.hasCustom)) continue;
    const custom = field.custom ? field.target : null;
    numbers.push({
      field: field.target,
      mapping: field,
      at: index + LEADING,
      type: columns[index]!.type,
      custom,
      sql: custom === null ? `${columnSql(field)}::numeric` : `(t.custom ->> ${literal(custom)})::numeric`,
      currency: currencyOf(field),
    });
  }
  const references = columns.flatMap((column, index): ReferenceField[] =>
    column.role === "lookup" && column.field !== null && !column.field.custom
      ? [{ field: column.target, mapping: column.field, at: index + LEADING, sql: columnSql(column.field) }]
      : [],
  );
  const links = columns.flatMap((column, index): LinkField[] => {
    if (column.role !== "association") return [];
    const labels = columns.findIndex((other) => other.role === "label" && other.index === column.index);
    return [{ index: column.index, keys: index + LEADING, labels: labels < 0 ? null : labels + LEADING }];
  });
  const stageField = mapping.fields.find(
    (field) =>
      !field.custom &&
      (field.target === "stage" || field.target === "status") &&
      (field.picklist !== null || field.type === "picklist"),
  );
  return { numbers, stage: stageField === undefined ? null : group(stageField.target), references, links };
}
