/** What a reference may name a record by: `by` of lookups and associations. */
import type { ModelObject } from "../schema.ts";
import { ident, literal } from "./quote.ts";

const CUSTOM = "custom.";

/** SQL of the text, over the record's row `alias`: a field, `custom.name`, or the target's own id. null: the object has no such field. */
export function byValue(object: ModelObject, by: string, alias: string): string | null {
  const field = object.fields.get(by);
  if (field !== undefined) return `${alias}.${ident(field.column)}::text`;
  if (by === object.idColumn) return `${alias}.${ident(by)}::text`;
  return by.startsWith(CUSTOM) && object.hasCustom ? `(${alias}.custom ->> ${literal(by.slice(CUSTOM.length))})` : null;
}
