/** What a draft does about fields that must have a value and have no column. */
import type { ModelField, ModelObject } from "../schema.ts";
import type { ColumnProfile } from "./profile.ts";
import { normalise } from "./suggest-names.ts";
import type { DraftField } from "./suggest-types.ts";

const NAME_LIKE = ["name", "subject", "title", "last_name", "body", "description"];

/**
 * Adds fields so that every required field and every `requireAny` group has one. Returns what is missing when
 * that cannot be done (a reference to another object cannot be made up), else null.
 */
export function fillRequired(
  object: ModelObject,
  fields: Map<string, DraftField>,
  columns: readonly ColumnProfile[],
  key: string,
): string | null {
  for (const field of object.fields.values()) {
    if (!field.required || fields.has(field.name)) continue;
    const made = makeUp(field, columns, fields, key);
    if (made === null) return `no column fits ${field.name}, which is required`;
    fields.set(field.name, made);
  }
  for (const group of object.requireAny) {
    const mapped = group.filter((name) => fields.has(name));
    if (mapped.some((name) => filledEverywhere(fields.get(name)!, columns))) continue;
    if (mapped.length > 0) continue;
    const candidates = group.flatMap((name) => object.fields.get(name) ?? []);
    const byName = [...candidates].sort((a, b) => rank(a) - rank(b));
    const made = byName.map((field) => makeUp(field, columns, fields, key)).find((field) => field !== null);
    if (made === undefined || made === null) return `no column fits any of ${group.join(", ")}, and one is required`;
    fields.set(made.target, made);
  }
  return null;
}

const rank = (field: ModelField): number => {
  const at = NAME_LIKE.indexOf(field.name);
  return at < 0 ? NAME_LIKE.length : at;
};

function filledEverywhere(field: DraftField, columns: readonly ColumnProfile[]): boolean {
  return field.value !== undefined || columns.find((column) => column.column === field.from)?.blank === 0;
}

function makeUp(
  field: ModelField,
  columns: readonly ColumnProfile[],
  fields: ReadonlyMap<string, DraftField>,
  key: string,
): DraftField | null {
  const base = { target: field.name, custom: false, type: null };
  if (field.lookup !== null || field.type === "owner") return null;
  if (field.type === "picklist" && field.options !== null && field.options.length > 0) {
    const first = field.options[0]!.value;
    return { ...base, from: null, value: first, note: `no column says it. TODO: check that "${first}" is right` };
  }
  if (field.type !== "text") return null;
  const used = new Set([...fields.values()].map((entry) => entry.from));
  const named = columns.find(
    (column) =>
      !used.has(column.column) &&
      column.filled > 0 &&
      /(?:^|_)(?:full_?name|name|subject|title)$/.test(normalise(column.column)),
  );
  if (named !== undefined) return { ...base, from: named.column, note: `no better column for ${field.name}` };
  return { ...base, from: key, note: `no column for ${field.name}: the key stands in` };
}
