/** One field of a model file: `name: text`, or `name: { type: text, maxLength: 255, ... }`. */
import { labelOf } from "../labels.ts";
import { didYouMean } from "../nearest.ts";
import { FIELD_TYPES, type FieldType, type ModelField, type PicklistOption } from "../schema.ts";
import type { YamlEntry, YamlNode } from "../yaml.ts";
import {
  type ProblemList,
  readBoolean,
  readKnown,
  readNumber,
  readOneOf,
  readText,
  readTextOrTexts,
} from "../yaml-read.ts";
import { COLUMN_TYPES } from "./column-types.ts";
import { parseOptions } from "./parse-options.ts";

export const FIELD_KEYS = [
  "type",
  "label",
  "description",
  "required",
  "unique",
  "maxLength",
  "options",
  "lookup",
  "addLookup",
  "typeField",
  "currencyField",
  "index",
] as const;

const WITH_LENGTH: readonly FieldType[] = ["text", "email", "phone", "url", "file", "picklist"];
const WITH_OPTIONS: readonly FieldType[] = ["picklist", "multipicklist"];
const WITH_LOOKUP: readonly FieldType[] = ["reference", "owner"];
/** Object that owners refer to unless the field says otherwise. */
const OWNER_OBJECT = "user";

/** Lists that fields share by name. */
export type SharedOptions = ReadonlyMap<string, readonly PicklistOption[]>;

/**
 * A field, or null when its type is not known. `base`: the field of this name in the model that is extended; keys that are
 * not written stay as they are there. References to other fields and objects are checked by `checkModel`.
 */
export function parseField(
  entry: YamlEntry,
  problems: ProblemList,
  what: string,
  shared: SharedOptions,
  base: ModelField | null = null,
): ModelField | null {
  const { key: name, node } = entry;
  const map = node.kind === "map" ? readKnown(node, problems, what, FIELD_KEYS) : null;
  const inherited = map !== null && map.get("type") === null ? base : null;
  if (map !== null && map.get("type") === null && base === null) {
    problems.error(
      "MODEL_FIELD_TYPE",
      `${what}: expected the key type, got none`,
      entry.place,
      `Types: ${FIELD_TYPES.join(", ")}.`,
    );
  }
  const type =
    inherited?.type ?? readOneOf(map === null ? node : map.get("type"), problems, `${what}: type`, FIELD_TYPES);
  if (type === null) return null;
  const get = (key: (typeof FIELD_KEYS)[number], types: readonly FieldType[]): YamlNode | null => {
    const found = map?.get(key) ?? null;
    if (found === null || types.includes(type)) return found;
    problems.error(
      "MODEL_FIELD_KEY",
      `${what}: ${key} is for ${types.join(", ")} fields, this one is ${type}`,
      found.place,
    );
    return null;
  };
  const field: ModelField = {
    name,
    label: readText(map?.get("label") ?? null, problems, `${what}: label`) ?? labelOf(name),
    type,
    required: readBoolean(map?.get("required") ?? null, problems, `${what}: required`) ?? false,
    unique: readBoolean(map?.get("unique") ?? null, problems, `${what}: unique`) ?? false,
    maxLength: readNumber(get("maxLength", WITH_LENGTH), problems, `${what}: maxLength`, { min: 1, integer: true }),
    options: fieldOptions(get("options", WITH_OPTIONS), problems, `${what}: options`, shared),
    lookup: fieldLookup(get("lookup", WITH_LOOKUP), type, entry, problems, what, inherited),
    typeField: readText(get("typeField", ["reference"]), problems, `${what}: typeField`),
    currencyField: readText(get("currencyField", ["currency"]), problems, `${what}: currencyField`),
    columnType: COLUMN_TYPES[type],
    column: name,
    description: readText(map?.get("description") ?? null, problems, `${what}: description`),
  };
  const index = readBoolean(map?.get("index") ?? null, problems, `${what}: index`) ?? inherited?.index ?? false;
  const more = readTextOrTexts(get("addLookup", WITH_LOOKUP), problems, `${what}: addLookup`) ?? [];
  if (more.length > 0 && inherited === null) {
    problems.error(
      "MODEL_FIELD_KEY",
      `${what}: addLookup is for fields of the extended model that are written without a type`,
      map!.get("addLookup")!.place,
      "Write lookup with all objects.",
    );
  }
  const whole = inherited === null ? field : { ...inherited, ...written(field, map!) };
  const lookup = more.length === 0 ? whole.lookup : [...new Set([...(whole.lookup ?? []), ...more])];
  return { ...whole, lookup, ...(index ? { index } : {}) };
}

/** The properties of the field that the map names. */
function written(field: ModelField, map: YamlNode): Partial<ModelField> {
  return Object.fromEntries(Object.entries(field).filter(([name]) => map.get(name) !== null));
}

function fieldOptions(
  node: YamlNode | null,
  problems: ProblemList,
  what: string,
  shared: SharedOptions,
): readonly PicklistOption[] | null {
  if (node === null) return null;
  if (node.kind !== "scalar") return parseOptions(node, problems, what);
  const name = readText(node, problems, what);
  if (name === null) return null;
  const options = shared.get(name);
  if (options !== undefined) return options;
  const hint = didYouMean(name, shared.keys());
  problems.error("MODEL_UNKNOWN_PICKLIST", `${what}: no list "${name}" under picklists`, node.place, hint);
  return null;
}

function fieldLookup(
  node: YamlNode | null,
  type: FieldType,
  entry: YamlEntry,
  problems: ProblemList,
  what: string,
  inherited: ModelField | null,
): readonly string[] | null {
  const objects = readTextOrTexts(node, problems, `${what}: lookup`);
  if (objects !== null && objects.length > 0) return [...new Set(objects)];
  if (inherited !== null && node === null) return inherited.lookup;
  if (type === "owner") return [OWNER_OBJECT];
  if (type === "reference" && objects === null && node === null) {
    problems.error(
      "MODEL_LOOKUP_MISSING",
      `${what}: expected the key lookup with the object it refers to`,
      entry.place,
    );
  } else if (objects !== null) {
    problems.error("MODEL_LOOKUP_MISSING", `${what}: lookup: expected at least one object`, node!.place);
  }
  return null;
}
