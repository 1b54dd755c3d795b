/** Which staging columns a mapping needs, and which source columns it reads. */
import { agreeColumns } from "./agree.ts";
import type { CompileOptions, StageColumn, StageType } from "./compiled.ts";
import { inputColumns, mergeColumns } from "./inputs.ts";
import type { FieldMapping, ObjectMapping } from "./types.ts";
import { stageType } from "./values.ts";

/** `f0`, `f1`...: the model's fields in order, one column for all custom fields, then refs and labels of each association. */
export function stageColumns(mapping: ObjectMapping, options: CompileOptions): StageColumn[] {
  const columns: Omit<StageColumn, "name">[] = mapping.fields
    .filter((field) => !field.custom)
    .map((field) => ({
      type: fieldStageType(field, options.ownerIdType),
      role: field.lookup === null ? "value" : "lookup",
      target: field.target,
      field,
      index: -1,
      keepOnNull: keepsOnNull(field, options),
    }));
  const shared = { target: "", field: null, index: -1, keepOnNull: true } as const;
  if (mapping.fields.some((field) => field.custom)) columns.push({ ...shared, type: "jsonb", role: "custom" });
  for (const index of mapping.associations.keys()) {
    const keepOnNull = options.blankMeansNothing;
    columns.push({ ...shared, type: "text[]", role: "association", index, keepOnNull });
    columns.push({ ...shared, type: "text[]", role: "label", index, keepOnNull });
  }
  return columns.map((column, at) => ({ name: `f${at}`, ...column }));
}

export function keepsOnNull(field: FieldMapping, options: CompileOptions): boolean {
  return field.keepsNull === true || (options.blankMeansNothing && field.blank !== "clear");
}

function fieldStageType(field: FieldMapping, ownerIdType: string): StageType {
  if (field.lookup !== null) return "text";
  if (field.owner) return stageType(ownerIdType);
  return stageType(field.model?.columnType ?? "text");
}

const typeColumn = ({ lookup }: FieldMapping): string[] =>
  lookup?.typeFrom === undefined || lookup.typeFrom === null ? [] : [lookup.typeFrom];

/** Source columns without repetition: key, filter, merges, fields, associations. */
export function readColumns(mapping: ObjectMapping): string[] {
  const names = new Set(mapping.key);
  for (const name of [...(mapping.filter?.columns ?? []), ...mergeColumns(mapping)]) names.add(name);
  for (const field of mapping.fields)
    for (const name of [...inputColumns(field.input), ...agreeColumns(field), ...typeColumn(field)]) names.add(name);
  for (const association of mapping.associations) {
    names.add(association.from);
    if (association.label !== null && "column" in association.label) names.add(association.label.column);
  }
  return [...names];
}
