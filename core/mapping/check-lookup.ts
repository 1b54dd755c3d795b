/** `lookup:` and what belongs to it, against the model. */
import { didYouMean } from "../nearest.ts";
import { EXTERNAL_ID, type ModelField, type ModelObject } from "../schema.ts";
import type { ProblemList } from "../yaml-read.ts";
import type { CheckScope } from "./check.ts";
import type { Target } from "./check-target.ts";
import { clash, isReference } from "./check-types.ts";
import { isNamed, parseTarget, targetText } from "./named-lookup.ts";
import type { RawField } from "./raw.ts";
import type { LookupSpec, LookupTarget } from "./types.ts";

/** Notes MAPPING_CONTRADICTION for keys of a lookup on a field that is none. */
export function checkLookupKeys(field: RawField, what: string, problems: ProblemList): void {
  for (const key of ["by", "missing", "typeInto", "typeFrom"] as const) {
    if (field[key] === null || (key === "by" && field.owner === true)) continue;
    problems.error(
      "MAPPING_CONTRADICTION",
      `${what}: ${key} needs lookup`,
      field.at(key),
      `Add lookup: <object>, or remove ${key}.`,
    );
  }
}

/** The lookup, defaults resolved; everything wrong is noted. `written` are objects as written, or the model's. */
export function checkLookup(
  field: RawField,
  written: readonly string[],
  target: Target,
  what: string,
  scope: CheckScope,
): LookupSpec {
  const { problems, model } = scope;
  const missing = field.missing ?? "reject";
  const typeInto = field.typeInto ?? target.model?.typeField ?? null;
  const targets = written.map((text, index): LookupTarget => {
    return { name: field.lookupNames?.[index] ?? null, ...parseTarget(text) };
  });
  const objects = [...new Set(targets.map(({ object }) => object))];
  const narrow = targets.some(({ name, keyspace }) => name !== null || keyspace !== null);
  const spec: LookupSpec = {
    objects,
    by: field.by,
    missing,
    typeInto,
    ...(narrow ? { targets, typeFrom: field.typeFrom } : {}),
  };
  checkTargets(field, spec, what, scope);
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
    if (spec.by !== null && spec.by !== EXTERNAL_ID && !namesRecords(object, spec.by)) {
      problems.error(
        "MAPPING_UNKNOWN_FIELD",
        `${what}: by: ${name} has no field "${spec.by}"`,
        field.at("by"),
        didYouMean(spec.by, object.fields.keys()),
      );
    }
    // by: external_id is there to refer to what another migration loads
    if (!scope.loaded.has(name) && spec.by !== EXTERNAL_ID) {
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

/** Key spaces, and what the source calls the objects. */
function checkTargets(field: RawField, spec: LookupSpec, what: string, scope: CheckScope): void {
  const { problems, loaded, columns } = scope;
  for (const { object, keyspace } of spec.targets ?? []) {
    const text = targetText({ object, keyspace });
    if (keyspace === null || loaded.has(text) || !loaded.has(object)) continue;
    const message = `${what}: no mapping loads ${text}: references find only what the target already holds`;
    const hint = didYouMean(text, loaded) ?? `Map it with \`keyspace: ${keyspace}\`, or write lookup: ${object}.`;
    problems.warn("MAPPING_LOOKUP_UNLOADED", message, field.at("lookup"), hint);
  }
  if (field.typeFrom !== null) columns.require(field.typeFrom, field.at("typeFrom"), what);
  const contradict = (key: string, message: string, hint: string) =>
    problems.error("MAPPING_CONTRADICTION", `${what}: ${message}`, field.at(key), hint);
  if (spec.targets !== undefined && spec.by !== null)
    contradict("by", "by and a lookup that names key spaces or source fields exclude each other", "Remove by.");
  if (!isNamed(spec)) {
    if (field.typeFrom !== null)
      contradict("typeFrom", "typeFrom needs lookup as a map", "Write lookup: { <text of the source>: <object> }.");
    return;
  }
  const named = new Set(field.lookupNames);
  const { input } = field;
  if (input.kind !== "from") contradict("lookup", "lookup as a map needs from", "Name source fields with from.");
  else if (field.typeFrom === null) {
    for (const column of input.columns) {
      if (!named.has(column))
        contradict("lookup", `lookup does not say which object ${column} refers to`, `Add ${column}: <object>.`);
    }
  }
  for (const key of ["values", "transform", "default"] as const) {
    const given = field[key];
    if (given === null || (Array.isArray(given) && given.length === 0)) continue;
    contradict(key, `${key} and lookup as a map exclude each other`, `Remove ${key}.`);
  }
}

/** `by`: a field, the target's own id, or `custom.name`. */
export const namesRecords = (object: ModelObject, by: string): boolean =>
  object.fields.has(by) || by === object.idColumn || (object.hasCustom && /^custom\../.test(by));

function checkReference(
  field: RawField,
  name: string,
  object: ModelObject,
  own: ModelField,
  what: string,
  scope: CheckScope,
): void {
  if (!isReference(own.type)) {
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
