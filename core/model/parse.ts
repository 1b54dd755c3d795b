/** Model file -> TargetModel; see docs/target-model.md for the format. */
import type { Place } from "../errors.ts";
import { labelOf } from "../labels.ts";
import type { ModelField, ModelObject, PicklistOption, TargetModel } from "../schema.ts";
import { parseYaml, type YamlEntry, type YamlNode } from "../yaml.ts";
import {
  createProblems,
  isPresent,
  type ProblemList,
  readEntries,
  readKnown,
  readNumber,
  readText,
  readTexts,
  wrongType,
} from "../yaml-read.ts";
import { checkModel, type ModelPlaces } from "./check.ts";
import { COLUMN_TYPES, ID_TYPE, RESERVED_COLUMNS, TIMESTAMP_COLUMNS } from "./column-types.ts";
import { parseField, type SharedOptions } from "./parse-field.ts";
import { parseOptions } from "./parse-options.ts";

const MODEL_KEYS = ["version", "name", "description", "extends", "order", "picklists", "objects"];
const OBJECT_KEYS = ["label", "description", "table", "requireAny", "identity", "fields"];
/** PostgreSQL cuts names at 63 bytes; letters, digits and `_` keep them readable in mappings. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;

/** What a model file extends: the model, and the lists that its fields share. */
export interface BaseModel {
  readonly model: TargetModel;
  readonly shared: SharedOptions;
}

/** What `extends` of a model file says: a shipped name or a path; null: nothing. */
export function extendedBy(file: string, text: string): string | null {
  const node = parseYaml(file, text).root.get("extends");
  return node?.kind === "scalar" ? node.text : null;
}

/**
 * Parses and checks a model file. `schema` is the PostgreSQL schema of its tables, `base` what it extends. Throws one
 * ConfigError with every problem.
 */
export function parseModel(file: string, text: string, schema: string, base: BaseModel | null = null): TargetModel {
  return parseWithLists(file, text, schema, base).model;
}

/** The same, with what a model that extends this one needs. */
export function parseWithLists(file: string, text: string, schema: string, base: BaseModel | null): BaseModel {
  const { root } = parseYaml(file, text);
  const problems = createProblems();
  if (!isPresent(root)) wrongType(root, problems, "model file", "a map with the key objects");
  readKnown(root, problems, "model", MODEL_KEYS);
  readNumber(root.get("version"), problems, "version", { min: 1, max: 1, integer: true });
  readText(root.get("extends"), problems, "extends");
  const shared = new Map([...(base?.shared ?? []), ...parsePicklists(root.get("picklists"), problems)]);
  const places: ModelPlaces = new Map();
  const objects = new Map<string, ModelObject>(base?.model.objects);
  for (const name of objects.keys()) places.set(name, base!.model.place);
  for (const entry of readEntries(root.get("objects"), problems, "objects") ?? []) {
    const object = parseObject(entry, schema, problems, shared, places, base?.model.objects.get(entry.key) ?? null);
    if (object !== null) objects.set(object.name, object);
  }
  if (root.kind === "map" && base === null && !isPresent(root.get("objects"))) {
    problems.error("MODEL_EMPTY", "model: expected objects with at least one object", root.place);
  }
  const listed = readTexts(root.get("order"), problems, "order") ?? [];
  const model: TargetModel = {
    name: readText(root.get("name"), problems, "name") ?? file.replace(/^.*[\\/]|\.ya?ml$/g, ""),
    managed: true,
    schema,
    objects,
    order: [...new Set([...(listed.length > 0 ? listed : (base?.model.order ?? [])), ...objects.keys()])],
    place: { file },
  };
  checkModel(model, problems, places, root.get("order")?.items() ?? []);
  problems.throwIfAny();
  return { model, shared };
}

function parsePicklists(node: YamlNode | null, problems: ProblemList): SharedOptions {
  const lists = new Map<string, readonly PicklistOption[]>();
  for (const { key, node: list } of readEntries(node, problems, "picklists") ?? []) {
    lists.set(key, parseOptions(list, problems, `picklists: ${key}`));
  }
  return lists;
}

/** `base`: the object of this name in the model that is extended; what the file does not say stays as it is there. */
function parseObject(
  entry: YamlEntry,
  schema: string,
  problems: ProblemList,
  shared: SharedOptions,
  places: ModelPlaces,
  base: ModelObject | null,
): ModelObject | null {
  const { key: name, node } = entry;
  if (!checkName(name, "object", entry.place, problems)) return null;
  places.set(name, entry.place);
  if (readKnown(node, problems, name, OBJECT_KEYS) === null) {
    if (!isPresent(node)) wrongType(node, problems, name, "a map with the key fields");
    return null;
  }
  const fields = new Map<string, ModelField>(base?.fields);
  for (const column of TIMESTAMP_COLUMNS) fields.delete(column);
  for (const fieldEntry of readEntries(node.get("fields"), problems, `${name}: fields`) ?? []) {
    const what = `${name}.${fieldEntry.key}`;
    if (!checkName(fieldEntry.key, "field", fieldEntry.place, problems)) continue;
    if ([...RESERVED_COLUMNS, ...TIMESTAMP_COLUMNS].includes(fieldEntry.key)) {
      problems.error(
        "MODEL_RESERVED_FIELD",
        `${what}: every table has this column already; remove it`,
        fieldEntry.place,
      );
      continue;
    }
    places.set(what, fieldEntry.place);
    const field = parseField(fieldEntry, problems, what, shared, base?.fields.get(fieldEntry.key) ?? null);
    if (field !== null) fields.set(field.name, field);
  }
  if (fields.size === 0 && !isPresent(node.get("fields"))) {
    problems.error("MODEL_EMPTY", `${name}: expected fields with at least one field`, entry.place);
  }
  for (const column of TIMESTAMP_COLUMNS) fields.set(column, timestamp(column));
  const table = readText(node.get("table"), problems, `${name}: table`) ?? base?.table ?? name;
  if (table !== name) checkName(table, "table", node.get("table")?.place ?? entry.place, problems);
  const identity = readTexts(node.get("identity"), problems, `${name}: identity`) ?? base?.identity ?? null;
  return {
    name,
    label: readText(node.get("label"), problems, `${name}: label`) ?? base?.label ?? labelOf(name),
    table,
    fields: withCurrency(fields),
    requireAny: isPresent(node.get("requireAny"))
      ? parseGroups(node.get("requireAny"), problems, `${name}: requireAny`)
      : (base?.requireAny ?? []),
    idColumn: "id",
    idType: ID_TYPE,
    idDefault: nextId(schema, table),
    idAlways: false,
    hasExternalId: true,
    hasCustom: true,
    hasTimestamps: true,
    ...(identity === null ? {} : { identity }),
  };
}

/** The identity's sequence is looked up once per statement, whatever it is called. */
function nextId(schema: string, table: string): string {
  const quoted = [schema, table].map((name) => `"${name.replaceAll('"', '""')}"`).join(".");
  return `nextval((select pg_get_serial_sequence('${quoted.replaceAll("'", "''")}', 'id')::regclass))`;
}

/** A currency field takes its code from the object's `currency` field unless it names another. */
function withCurrency(fields: ReadonlyMap<string, ModelField>): ReadonlyMap<string, ModelField> {
  if (!fields.has("currency")) return fields;
  return new Map(
    [...fields].map(([name, field]) => [
      name,
      field.type === "currency" && field.currencyField === null ? { ...field, currencyField: "currency" } : field,
    ]),
  );
}

function parseGroups(node: YamlNode | null, problems: ProblemList, what: string): readonly (readonly string[])[] {
  if (!isPresent(node)) return [];
  if (node.kind !== "list") {
    wrongType(node, problems, what, "a list of lists of fields, e.g. [[name, domain]]");
    return [];
  }
  return node.items().flatMap((item) => {
    const group = readTexts(item, problems, what);
    return group === null ? [] : [group];
  });
}

function timestamp(name: string): ModelField {
  return {
    name,
    label: labelOf(name),
    type: "datetime",
    required: false,
    unique: false,
    maxLength: null,
    options: null,
    lookup: null,
    typeField: null,
    currencyField: null,
    columnType: COLUMN_TYPES.datetime,
    column: name,
    description: name === "created_at" ? "When the record was created; now when nothing is mapped." : null,
  };
}

function checkName(name: string, kind: string, place: Place, problems: ProblemList): boolean {
  if (NAME.test(name)) return true;
  problems.error(
    "MODEL_BAD_NAME",
    `${kind} "${name.slice(0, 80)}": expected at most 63 letters, digits and _, not starting with a digit`,
    place,
  );
  return false;
}
