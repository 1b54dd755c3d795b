/** One entry of `associations:` against source and target. */
import { didYouMean } from "../nearest.ts";
import { EXTERNAL_ID } from "../schema.ts";
import type { CheckScope } from "./check.ts";
import { namesRecords } from "./check-lookup.ts";
import { checkTransforms } from "./check-transforms.ts";
import type { RawAssociation } from "./raw.ts";
import type { AssociationMapping } from "./types.ts";

/** The label that marks the primary link, where labels come from a field and the mapping says nothing. */
export const PRIMARY_LABEL = "Primary";

export function checkAssociation(association: RawAssociation, scope: CheckScope): AssociationMapping {
  const { mapping, columns, model, problems } = scope;
  const what = `${mapping.object}: association to ${association.to}`;
  columns.require(association.from, association.at("from"), what);
  const { label } = association;
  const labelled = label !== null && "column" in label;
  if (labelled) columns.require(label.column, association.at("label"), `${what}: label`);
  if (!model.objects.has("association")) {
    const message = `${what}: the model has no object "association" to hold the links`;
    problems.error("MAPPING_UNKNOWN_OBJECT", message, association.place, "Add it to the model, as hotcrm has it.");
  }
  checkEnd(association, what, scope);
  const contradict = (key: string, hint: string) =>
    problems.error("MAPPING_CONTRADICTION", `${what}: ${key} needs a label from a field`, association.at(key), hint);
  if (typeof association.primary === "string" && !labelled)
    contradict("primary", "Name the field with label:, or write primary: true.");
  if (association.pairs !== null && label === null) contradict("pairs", "Name the field with label:.");
  const primary = association.primary ?? (labelled ? PRIMARY_LABEL : false);
  const transform = checkTransforms(association.transform, what, problems);
  return {
    to: association.to,
    from: association.from,
    by: association.by === EXTERNAL_ID ? null : association.by,
    label,
    primary: typeof primary === "string" ? { label: primary } : primary,
    ...(association.pairs === null || association.pairs.size === 0 ? {} : { pairs: bothWays(association.pairs) }),
    ...(transform.length === 0 ? {} : { transform }),
    missing: association.missing ?? "reject",
    separator: association.separator,
    place: association.place,
  };
}

function checkEnd({ to, by, at }: RawAssociation, what: string, { model, problems }: CheckScope): void {
  const object = model.objects.get(to);
  if (object === undefined) {
    const hint = didYouMean(to, model.objects.keys());
    problems.error("MAPPING_UNKNOWN_OBJECT", `${what}: the model has no such object`, at("to"), hint);
  } else if (by !== null && by !== EXTERNAL_ID && !namesRecords(object, by)) {
    const hint = didYouMean(by, object.fields.keys());
    problems.error("MAPPING_UNKNOWN_FIELD", `${what}: by: ${to} has no field "${by}"`, at("by"), hint);
  }
}

/** `Manager: Employee` says what the way back from an employee is called, too. */
function bothWays(pairs: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const all = new Map([...pairs].map(([label, back]) => [back, label]));
  for (const [label, back] of pairs) all.set(label, back);
  return all;
}
