/** Picklists of fields: found by name, and their target values against the model's options. */
import type { Place } from "../errors.ts";
import { didYouMean } from "../nearest.ts";
import type { PicklistOption } from "../schema.ts";
import type { ProblemList } from "../yaml-read.ts";
import { UNMAPPED } from "./keys.ts";
import { picklistResolver, resolvePicklist } from "./picklists.ts";
import type { RawField, RawMapping, RawPicklist } from "./raw.ts";
import type { Picklist } from "./types.ts";

type Lists = ReadonlyMap<string, RawPicklist>;

/**
 * The field's picklist with target values as the model writes them; without one, the model's options alone (others: stop).
 * null when there is neither, or the name is unknown. Notes MAPPING_UNKNOWN_PICKLIST and MAPPING_UNKNOWN_OPTION.
 */
export function checkPicklist(
  field: RawField,
  mapping: RawMapping,
  shared: Lists,
  options: readonly PicklistOption[] | null,
  problems: ProblemList,
): Picklist | null {
  const what = `${mapping.object}.${field.target}`;
  const given = field.picklist;
  if (given === null) return options === null ? null : { name: "", values: new Map(), unmapped: "stop" };
  const raw = typeof given === "string" ? (mapping.picklists.get(given) ?? shared.get(given)) : given;
  if (raw === undefined) {
    const known = [...mapping.picklists.keys(), ...shared.keys()];
    const hint = didYouMean(String(given), known) ?? "Write it under picklists: in this file or in picklists.yaml.";
    problems.error("MAPPING_UNKNOWN_PICKLIST", `${what}: no picklist "${given}"`, field.at("picklist"), hint);
    return null;
  }
  const { picklist, places } = raw;
  if (options === null) return picklist;
  const values = new Map<string, string>();
  for (const [source, target] of picklist.values) {
    const place = places.get(source) ?? raw.place;
    values.set(source, checkOption(target, options, what, place, problems) ?? target);
  }
  if (typeof picklist.unmapped !== "object") return { ...picklist, values };
  const { value } = picklist.unmapped;
  const fallback = checkOption(value, options, `${what}: unmapped`, raw.unmappedPlace, problems, UNMAPPED) ?? value;
  return { ...picklist, values, unmapped: { value: fallback } };
}

/**
 * The picklist with the source's own values added whose labels it knows: `Closed Won` in `values` also means the stage
 * `9988` that the source labels so. `options` are the model's.
 */
export function withSourceLabels(
  picklist: Picklist,
  options: readonly PicklistOption[] | null,
  source: readonly PicklistOption[],
): Picklist {
  const resolve = picklistResolver({ ...picklist, unmapped: "stop" }, options);
  const values = new Map(picklist.values);
  for (const { value, label } of source) {
    if (resolve(value).kind === "value") continue;
    const found = resolve(label);
    if (found.kind === "value") values.set(value, found.value);
  }
  return values.size === picklist.values.size ? picklist : { ...picklist, values };
}

/** The option's value, found by value or label, case ignored; else null and MAPPING_UNKNOWN_OPTION. */
export function checkOption(
  text: string,
  options: readonly PicklistOption[],
  what: string,
  place: Place,
  problems: ProblemList,
  words: readonly string[] = [],
): string | null {
  const found = resolvePicklist(null, options, text);
  if (found.kind === "value") return found.value;
  const known = [...words, ...options.map((option) => option.value)];
  const list = known.length <= 40 ? `; expected one of ${known.join(", ")}` : "";
  const message = `${what}: the model has no option "${text}"${list}`;
  // a picklist shared by several fields is told once
  if (!problems.all.some((problem) => problem.place === place)) {
    problems.error("MAPPING_UNKNOWN_OPTION", message, place, didYouMean(text, known));
  }
  return null;
}
