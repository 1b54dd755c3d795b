/** What one part of a model says about another: lookups, type and currency fields, groups, order. */
import type { Place } from "../errors.ts";
import { didYouMean } from "../nearest.ts";
import type { FieldType, ModelField, ModelObject, TargetModel } from "../schema.ts";
import type { YamlNode } from "../yaml.ts";
import type { ProblemList } from "../yaml-read.ts";

/** Places of objects (`account`) and fields (`account.name`). */
export type ModelPlaces = Map<string, Place>;

/** Notes every reference that leads nowhere, with the nearest name. */
export function checkModel(
  model: TargetModel,
  problems: ProblemList,
  places: ModelPlaces,
  order: readonly YamlNode[],
): void {
  for (const item of order) {
    if (item.text !== null && !places.has(item.text)) unknownObject(item.text, "order", item.place, model, problems);
  }
  const tables = new Map<string, string>();
  for (const object of model.objects.values()) {
    const place = places.get(object.name) ?? model.place;
    const other = tables.get(object.table);
    if (other !== undefined) {
      problems.error("MODEL_DUPLICATE_TABLE", `${object.name}: table "${object.table}" is already ${other}'s`, place);
    }
    tables.set(object.table, object.name);
    for (const name of [...object.requireAny.flat(), ...(object.identity ?? [])]) {
      field(object, name, object.name, place, problems);
    }
    for (const each of object.fields.values()) {
      checkField(model, object, each, problems, places.get(`${object.name}.${each.name}`) ?? place, places);
    }
  }
}

function checkField(
  model: TargetModel,
  object: ModelObject,
  { name, lookup, typeField, currencyField }: ModelField,
  problems: ProblemList,
  place: Place,
  places: ModelPlaces,
): void {
  const what = `${object.name}.${name}`;
  for (const target of lookup ?? []) {
    if (!places.has(target)) unknownObject(target, what, place, model, problems);
  }
  if (typeField !== null)
    expectType(field(object, typeField, what, place, problems), ["text", "picklist"], what, place, problems);
  if (currencyField !== null) {
    expectType(field(object, currencyField, what, place, problems), ["text", "picklist"], what, place, problems);
  }
  if (lookup !== null && lookup.length > 1 && typeField === null) {
    problems.error(
      "MODEL_TYPE_FIELD_MISSING",
      `${what}: refers to ${lookup.length} objects; expected typeField with the field that holds the object's name`,
      place,
    );
  }
}

function field(
  object: ModelObject,
  name: string,
  what: string,
  place: Place,
  problems: ProblemList,
): ModelField | null {
  const found = object.fields.get(name);
  if (found !== undefined) return found;
  const hint = didYouMean(name, object.fields.keys());
  problems.error("MODEL_UNKNOWN_FIELD", `${what}: ${object.name} has no field "${name}"`, place, hint);
  return null;
}

function expectType(
  found: ModelField | null,
  types: readonly FieldType[],
  what: string,
  place: Place,
  problems: ProblemList,
): void {
  if (found === null || types.includes(found.type)) return;
  problems.error(
    "MODEL_FIELD_TYPE",
    `${what}: expected ${found.name} to be ${types.join(" or ")}, got ${found.type}`,
    place,
  );
}

function unknownObject(name: string, what: string, place: Place, model: TargetModel, problems: ProblemList): void {
  const hint = didYouMean(name, model.objects.keys());
  problems.error("MODEL_UNKNOWN_OBJECT", `${what}: the model has no object "${name}"`, place, hint);
}
