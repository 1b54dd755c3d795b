/** `lookup:` and what belongs to it, against the model. */
import { didYouMean } from "../nearest.ts";
import { EXTERNAL_ID, type ModelField, type ModelObject } from "../schema.ts";
import type { ProblemList } from "../yaml-read.ts";
import type { CheckScope } from "./check.ts";
import type { Target } from "./check-target.ts";
import { clash, isReference } from "./check-types.ts";
import type { RawField } from "./raw.ts";
import type { LookupSpec } from "./types.ts";

/** Notes MAPPING_CONTRADICTION for keys of a lookup on a field that is none. */
export function checkLookupKeys(field: RawField, what: string, problems: ProblemList): void {
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

/** The lookup, defaults resolved; everything wrong is noted. `objects` are as written, or the model's. */
export function checkLookup(
  field: RawField,
  objects: readonly string[],
  target: Target,
  what: string,
  scope: CheckScope,
): LookupSpec {
  const { problems, model } = scope;
  const missing = field.missing ?? "reject";
  const typeInto = field.typeInto ?? target.model?.typeField ?? null;
  const spec: LookupSpec = { objects, by: field.by, missing, typeInto };
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
    if (spec.by !== null && spec.by !== EXTERNAL_ID && !object.fields.has(spec.by)) {
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
