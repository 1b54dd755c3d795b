/** Which types a target field takes. */
import type { FieldType } from "../schema.ts";
import type { ProblemList } from "../yaml-read.ts";
import type { Target } from "./check-target.ts";
import type { RawField } from "./raw.ts";

const TEXTS: readonly FieldType[] = ["text", "email", "phone", "url", "picklist", "file", "json"];
const NUMBERS: readonly FieldType[] = ["integer", "decimal", "currency", "percent", "duration"];
const REFERENCES: readonly FieldType[] = ["reference", "owner"];
const DATES: readonly FieldType[] = ["date", "datetime"];
const PICKLISTS: readonly FieldType[] = ["picklist", "multipicklist"];

export const isReference = (type: FieldType): boolean => REFERENCES.includes(type);
export const isDate = (type: FieldType): boolean => DATES.includes(type);
export const isPicklistType = (type: FieldType): boolean => PICKLISTS.includes(type);

/** Notes MAPPING_TYPE_CLASH at a key of the field. */
export function clash(field: RawField, key: string, problems: ProblemList, message: string, hint?: string): void {
  problems.error("MAPPING_TYPE_CLASH", message, field.at(key), hint ?? null);
}

/** Whether the target can hold the type that the mapping gives. */
export function checkType(
  field: RawField,
  target: Target,
  type: FieldType,
  owner: boolean,
  what: string,
  problems: ProblemList,
): void {
  const { model } = target;
  if (model === null) {
    if (owner || field.lookup !== null || REFERENCES.includes(type)) {
      const key = owner ? "owner" : field.lookup === null ? "type" : "lookup";
      clash(
        field,
        key,
        problems,
        `${what}: a custom field cannot refer to records`,
        "Take a reference field of the model, or keep the id as type: text.",
      );
    }
    return;
  }
  const key = field.type === null ? "picklist" : "type";
  if (field.type !== null && !accepts(model.type, field.type)) {
    clash(
      field,
      key,
      problems,
      `${what}: the target field is ${model.type}, which cannot hold ${field.type}`,
      `Remove type: ${field.type}.`,
    );
  } else if (field.picklist !== null && !PICKLISTS.includes(model.type) && !TEXTS.includes(model.type)) {
    clash(
      field,
      "picklist",
      problems,
      `${what}: a picklist needs a picklist or text field, the target field is ${model.type}`,
    );
  }
}

function accepts(target: FieldType, type: FieldType): boolean {
  if (target === type) return true;
  if (REFERENCES.includes(type) || REFERENCES.includes(target)) {
    return REFERENCES.includes(type) && REFERENCES.includes(target);
  }
  if (TEXTS.includes(target)) return true;
  if (NUMBERS.includes(target)) return NUMBERS.includes(type);
  if (DATES.includes(target)) return DATES.includes(type);
  return target === "multipicklist" && type === "picklist";
}
