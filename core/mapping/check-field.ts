/** One mapped field against source and target. */
import { ConfigError } from "../errors.ts";
import { didYouMean } from "../nearest.ts";
import { EXTERNAL_ID, type FieldType, type ModelField, type ModelObject } from "../schema.ts";
import type { ProblemList } from "../yaml-read.ts";
import type { CheckScope } from "./check.ts";
import { checkOption, checkPicklist } from "./check-picklist.ts";
import { findTarget, type Target } from "./check-target.ts";
import { checkTransforms } from "./check-transforms.ts";
import { OWNER_OBJECT } from "./order.ts";
import { phoneParser } from "./phone.ts";
import { resolvePicklist } from "./picklists.ts";
import type { RawField } from "./raw.ts";
import type { FieldInput, FieldMapping, LookupSpec, Picklist } from "./types.ts";
import { durationParser } from "./values-duration.ts";
import { compileFormat } from "./values-format.ts";

const TEXTS: readonly FieldType[] = ["text", "email", "phone", "url", "picklist", "file", "json"];
const NUMBERS: readonly FieldType[] = ["integer", "decimal", "currency", "percent", "duration"];
const REFERENCES: readonly FieldType[] = ["reference", "owner"];
const DATES: readonly FieldType[] = ["date", "datetime"];
const PICKLISTS: readonly FieldType[] = ["picklist", "multipicklist"];

/** Source fields that an input reads. */
export function inputColumns(input: FieldInput): readonly string[] {
  if (input.kind === "from") return input.columns;
  if (input.kind === "value") return [];
  return input.parts.flatMap((part) => ("column" in part ? [part.column] : []));
}

/** The checked field, defaults resolved, or null when it has no place in the target. Everything wrong is noted. */
export function checkField(field: RawField, scope: CheckScope): FieldMapping | null {
  const { mapping, object, problems } = scope;
  const what = `${mapping.object}.${field.target}`;
  for (const column of inputColumns(field.input)) {
    scope.columns.require(column, field.at(field.input.kind === "from" ? "from" : "template"), what);
  }
  const target = findTarget(field, mapping, object, problems);
  if (target === null) return null;
  const owner = isOwner(field, target.model);
  const lookup = owner ? null : findLookup(field, target.model);
  const type = field.type ?? typeOf(field, target, owner, lookup !== null);
  checkType(field, target, type, owner, what, problems);
  const options = target.model?.options ?? null;
  const isPicklist = PICKLISTS.includes(type) || field.picklist !== null || options !== null;
  const picklist = isPicklist ? checkPicklist(field, mapping, scope.picklists, options, problems) : null;
  if (isPicklist && options !== null) checkConstants(field, picklist, options, what, problems);
  if (owner) checkOwner(field, target.model, what, scope);
  if (lookup === null) checkLookupKeys(field, what, problems);
  checkFormats(field, type, what, problems);
  if (field.blank !== null && !scope.blankMeansNothing) {
    problems.warn(
      "MAPPING_BLANK_UNUSED",
      `${what}: blank has no effect: this source says null where it means it`,
      field.at("blank"),
    );
  }
  return {
    target: field.target,
    custom: target.custom,
    model: target.model,
    input: field.input,
    values: field.values,
    transform: checkTransforms(field.transform, what, problems),
    type,
    format: field.format,
    country: field.country,
    default: field.default,
    required: field.required || (target.model?.required === true && mapping.mode !== "update"),
    blank: field.blank ?? "ignore",
    overwrite: field.overwrite ?? "always",
    onError: field.onError ?? "reject",
    lookup: lookup === null ? null : checkLookup(field, lookup, target, what, scope),
    picklist,
    owner,
    place: field.place,
  };
}

function isOwner(field: RawField, model: ModelField | null): boolean {
  return field.owner ?? (model?.type === "owner" && field.lookup === null);
}

/** Objects that the field refers to: as written, else those of the model's reference; null for none. */
function findLookup(field: RawField, model: ModelField | null): readonly string[] | null {
  return field.lookup ?? (model !== null && REFERENCES.includes(model.type) ? model.lookup : null);
}

function typeOf(field: RawField, target: Target, owner: boolean, lookup: boolean): FieldType {
  if (owner) return "owner";
  if (lookup) return "reference";
  if (target.model !== null) return target.model.type;
  return field.picklist === null ? "text" : "picklist";
}

function clash(field: RawField, key: string, problems: ProblemList, message: string, hint?: string): void {
  problems.error("MAPPING_TYPE_CLASH", message, field.at(key), hint ?? null);
}

function checkType(
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

/** Constants and defaults of a picklist field must be options, or become one. */
function checkConstants(
  field: RawField,
  picklist: Picklist | null,
  options: NonNullable<ModelField["options"]>,
  what: string,
  problems: ProblemList,
): void {
  const constants: [string, string | null][] = [["default", field.default]];
  if (field.input.kind === "value" && field.values === null && field.transform.length === 0) {
    constants.push(["value", field.input.value === null ? null : String(field.input.value)]);
  }
  for (const [key, text] of constants) {
    if (text === null || text === "" || resolvePicklist(picklist, options, text).kind === "value") continue;
    checkOption(text, options, `${what}: ${key}`, field.at(key), problems);
  }
}

function checkOwner(field: RawField, model: ModelField | null, what: string, scope: CheckScope): void {
  const { problems } = scope;
  const users = model?.lookup ?? [OWNER_OBJECT];
  if (model !== null && !REFERENCES.includes(model.type)) {
    clash(
      field,
      "owner",
      problems,
      `${what}: owner needs an owner or reference field, the target field is ${model.type}`,
    );
  } else if (users.includes(scope.mapping.object)) {
    clash(field, "owner", problems, `${what}: owners are ${users[0]} records themselves`, `Write lookup: ${users[0]}.`);
  }
  for (const key of ["lookup", "picklist", "by"] as const) {
    if (field[key] === null) continue;
    problems.error(
      "MAPPING_CONTRADICTION",
      `${what}: owner and ${key} exclude each other`,
      field.at(key),
      `Remove ${key}, or owner.`,
    );
  }
}

function checkLookupKeys(field: RawField, what: string, problems: ProblemList): void {
  for (const key of ["by", "missing", "typeInto"] as const) {
    if (field[key] === null || (key === "by" && field.owner === true)) continue;
    problems.error(
      "MAPPING_CONTRADICTION",
      `${what}: ${key} needs lookup`,
      field.at(key),
      `Add lookup: <object>, or remove ${key}.`,
    );
  }
}

function checkLookup(
  field: RawField,
  objects: readonly string[],
  target: Target,
  what: string,
  scope: CheckScope,
): LookupSpec {
  const { problems, model } = scope;
  const missing = field.missing ?? "reject";
  const typeInto = field.typeInto ?? target.model?.typeField ?? null;
  const spec: LookupSpec = { objects, by: field.by === EXTERNAL_ID ? null : field.by, missing, typeInto };
  for (const name of objects) {
    const object = model.objects.get(name);
    if (object === undefined) {
      problems.error(
        "MAPPING_UNKNOWN_OBJECT",
        `${what}: lookup: the model has no object "${name}"`,
        field.at("lookup"),
        didYouMean(name, model.objects.keys()),
      );
      continue;
    }
    if (target.model !== null) checkReference(field, name, object, target.model, what, scope);
    if (spec.by !== null && !object.fields.has(spec.by)) {
      problems.error(
        "MAPPING_UNKNOWN_FIELD",
        `${what}: by: ${name} has no field "${spec.by}"`,
        field.at("by"),
        didYouMean(spec.by, object.fields.keys()),
      );
    }
    if (!scope.loaded.has(name)) {
      const message = `${what}: no mapping loads ${name}: references find only what the target already holds`;
      problems.warn("MAPPING_LOOKUP_UNLOADED", message, field.at("lookup"), `Map ${name} too, or write missing: null.`);
    }
  }
  if (missing === "null" && field.required) {
    problems.error(
      "MAPPING_CONTRADICTION",
      `${what}: required and missing: null exclude each other`,
      field.at("missing"),
    );
  }
  checkTypeInto(field, spec, what, scope);
  return spec;
}

function checkReference(
  field: RawField,
  name: string,
  object: ModelObject,
  own: ModelField,
  what: string,
  scope: CheckScope,
): void {
  if (!REFERENCES.includes(own.type)) {
    // tables taken as they are may hold ids without a foreign key
    if (!scope.model.managed && own.columnType === object.idType) return;
    clash(field, "lookup", scope.problems, `${what}: lookup needs a reference field, the target field is ${own.type}`);
  } else if (own.lookup !== null && !own.lookup.includes(name)) {
    clash(
      field,
      "lookup",
      scope.problems,
      `${what}: the target field refers to ${own.lookup.join(", ")}, not to ${name}`,
      `Write lookup: ${own.lookup[0]}.`,
    );
  }
}

function checkTypeInto(field: RawField, spec: LookupSpec, what: string, scope: CheckScope): void {
  const { problems, object, mapping } = scope;
  const into = spec.typeInto;
  if (into === null) {
    if (spec.objects.length < 2) return;
    const message = `${what}: lookup to several objects needs typeInto: the field that takes the object's name`;
    problems.error("MAPPING_TYPE_INTO", message, field.at("lookup"), "Add typeInto: <field>.");
  } else if (!object.fields.has(into)) {
    problems.error(
      "MAPPING_TYPE_INTO",
      `${what}: typeInto: ${object.name} has no field "${into}"`,
      field.at("typeInto"),
      didYouMean(into, object.fields.keys()),
    );
  } else if (mapping.fields.some((other) => other.target === into && !other.custom)) {
    const message = `${what}: ${into} takes the referenced object's name and is mapped as well`;
    problems.error("MAPPING_CONTRADICTION", message, field.at("typeInto"), `Remove the mapping of ${into}.`);
  }
}

function checkFormats(field: RawField, type: FieldType, what: string, problems: ProblemList): void {
  const attempt = (key: string, compile: () => unknown): void => {
    try {
      compile();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.error(error.code, `${what}: ${error.message}`, field.at(key), error.hint);
    }
  };
  const { format, country } = field;
  if (format !== null && DATES.includes(type)) attempt("format", () => compileFormat(format));
  if (format !== null && type === "duration") attempt("format", () => durationParser(format));
  if (country === null) return;
  if (type !== "phone") clash(field, "country", problems, `${what}: country is for phone fields, this one is ${type}`);
  else attempt("country", () => phoneParser(country));
}
