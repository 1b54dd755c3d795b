/** Target fields that mappings name: of the model, or custom. */
import { distance } from "fastest-levenshtein";
import { didYouMean } from "../nearest.ts";
import { EXTERNAL_ID, EXTERNAL_SOURCE, type ModelField, type ModelObject } from "../schema.ts";
import type { ProblemList } from "../yaml-read.ts";
import type { RawField, RawMapping } from "./raw.ts";

export type Target =
  | { readonly custom: false; readonly model: ModelField }
  | { readonly custom: true; readonly model: null };

/**
 * Where a mapped field goes, or null (noted). What the model lacks is custom when it is written as such or has a type,
 * and when its name is not close to that of a model field that is not mapped otherwise: that would be a typing error.
 */
export function findTarget(
  field: RawField,
  mapping: RawMapping,
  object: ModelObject,
  problems: ProblemList,
): Target | null {
  const what = `${mapping.object}.${field.target}`;
  const model = object.fields.get(field.target);
  if (model !== undefined && !field.custom) return { custom: false, model };
  if (recordId(field.target, mapping, object)) return { custom: false, model: idField(object) };
  if (isSystemField(field.target, object) && !field.custom) {
    const hint =
      field.target === object.idColumn
        ? `Remove it: the target numbers its records. To recognise records by it, add match: [${object.idColumn}].`
        : "Remove it and set key.";
    problems.error("MAPPING_SYSTEM_FIELD", `${what} is filled by the migration itself`, field.place, hint);
    return null;
  }
  if (!object.hasCustom) {
    const message = `${what}: the target has no such field, and no column for custom fields`;
    problems.error("MAPPING_UNKNOWN_FIELD", message, field.place, didYouMean(field.target, object.fields.keys()));
    return null;
  }
  if (field.custom && model !== undefined) {
    const message = `${what}: the model has this field; expected ${field.target} without custom.`;
    problems.error("MAPPING_UNKNOWN_FIELD", message, field.place, `Write ${field.target}.`);
    return null;
  }
  const meant = field.custom || field.type !== null ? null : typingErrorOf(field.target, mapping, object);
  if (meant === null) return { custom: true, model: null };
  problems.error(
    "MAPPING_UNKNOWN_FIELD",
    `${what}: the model of ${object.name} has no such field`,
    field.place,
    `did you mean ${meant}? (or write custom.${field.target})`,
  );
  return null;
}

/** The target's own id, by which existing records are recognised: it is compared, never written. */
const recordId = (name: string, { match }: RawMapping, object: ModelObject): boolean =>
  name === object.idColumn && match?.includes(name) === true;

const idField = ({ idColumn, idType }: ModelObject): ModelField => ({
  name: idColumn,
  label: idColumn,
  type: /int/.test(idType) ? "integer" : "text",
  required: false,
  unique: true,
  maxLength: null,
  options: null,
  lookup: null,
  typeField: null,
  currencyField: null,
  columnType: idType,
  column: idColumn,
  description: null,
});

function isSystemField(name: string, object: ModelObject): boolean {
  if (name === object.idColumn) return true;
  if (name === EXTERNAL_ID || name === EXTERNAL_SOURCE) return object.hasExternalId;
  return name === "custom" && object.hasCustom;
}

/** A field of the model, not mapped otherwise, of which `name` is a misspelling; null when it is a name of its own. */
function typingErrorOf(name: string, mapping: RawMapping, object: ModelObject): string | null {
  const mapped = new Set(mapping.fields.map((field) => field.target));
  const written = normal(name);
  let best: string | null = null;
  let least = tolerated(written) + 1;
  for (const candidate of object.fields.keys()) {
    if (mapped.has(candidate)) continue;
    const known = normal(candidate);
    const far = sameLetters(written, known) ? Math.min(1, distance(written, known)) : distance(written, known);
    if (far < least) {
      best = candidate;
      least = far;
    }
  }
  return best;
}

/** Letters that may differ: short names are too easily words of their own. */
const tolerated = (name: string): number => (name.length < 4 ? 0 : name.length < 10 ? 1 : name.length < 15 ? 2 : 3);

const normal = (name: string): string => name.toLowerCase().replace(/[_\-\s]/g, "");

const sameLetters = (a: string, b: string): boolean =>
  a.length >= 4 && a.length === b.length && [...a].sort().join("") === [...b].sort().join("");
