/** Suggestions that come from values: types of custom fields, picklist options, the order of dates. */
import type { FieldType, ModelField, PicklistOption } from "../schema.ts";
import type { ColumnProfile, ObjectProfile } from "./profile.ts";
import { share } from "./profile.ts";
import { dateShare } from "./suggest-fields.ts";
import { normalise } from "./suggest-names.ts";
import { VALUE_SYNONYMS } from "./synonyms-values.ts";

const TEXT_NAMES = /(?:^|_)(?:id|key|code|zip|postal|postcode|phone|mobile|fax|number|no|sic|naics|ext)(?:_|$)/;

/** The type of a field that the model lacks: something else than text only when all values agree. */
export function customType(profile: ColumnProfile): FieldType {
  if (profile.filled === 0) return "text";
  const words = normalise(profile.column);
  const flag = /^(?:is|has|can|do|does|was|allow)_|_flag$/.test(words);
  if (share(profile, "boolean") === 1) {
    const digitsOnly = share(profile, "integer") === 1;
    if (!digitsOnly || flag) return "boolean";
  }
  if (share(profile, "email") === 1) return "email";
  if (share(profile, "json") === 1) return "json";
  if (share(profile, "datetime") === 1) return "datetime";
  if (dateShare(profile) === 1 && profile.looks.datetime === 0) return "date";
  if (profile.looks.leadingZero > 0 || TEXT_NAMES.test(words)) return "text";
  if (share(profile, "integer") === 1 && profile.maxLength <= 15) return "integer";
  if (share(profile, "decimal") === 1 && profile.maxLength <= 18) return "decimal";
  return "text";
}

export interface OptionMatch {
  readonly value: string;
  readonly count: number;
  /** Target value, or null: no option means this. */
  readonly target: string | null;
  readonly how: "same" | "label" | "synonym" | "none";
}

/** Without blanks, case and punctuation. */
export const squeeze = (text: string): string =>
  text
    .toLowerCase()
    .normalize("NFKD")
    .replace(/[^\p{L}\p{N}]+/gu, "");

/** The option that a source value means, by value, label or synonym; case and punctuation do not matter. */
export function matchOption(
  value: string,
  options: readonly PicklistOption[],
): { readonly target: string | null; readonly how: OptionMatch["how"] } {
  const direct = matchOne(squeeze(value), options);
  if (direct.target !== null) return direct;
  // pipelines are often numbered: "3 - Negotiation"
  const bare = value.replace(/^\d+\s*[-.):]\s*/, "");
  return bare === value || bare === "" ? direct : matchOne(squeeze(bare), options);
}

function matchOne(wanted: string, options: readonly PicklistOption[]): ReturnType<typeof matchOption> {
  for (const option of options) if (squeeze(option.value) === wanted) return { target: option.value, how: "same" };
  for (const option of options) if (squeeze(option.label) === wanted) return { target: option.value, how: "label" };
  for (const option of options) {
    const synonyms = VALUE_SYNONYMS[option.value] ?? [];
    if (synonyms.some((synonym) => squeeze(synonym) === wanted)) return { target: option.value, how: "synonym" };
  }
  return { target: null, how: "none" };
}

/** Every distinct value of a picklist column with its option, in order of count; `;` separates several. */
export function matchOptions(profile: ColumnProfile, field: ModelField): readonly OptionMatch[] {
  const counts = new Map<string, number>();
  for (const [text, count] of profile.values) {
    const parts = field.type === "multipicklist" ? text.split(";").map((part) => part.trim()) : [text];
    for (const part of parts) if (part !== "") counts.set(part, (counts.get(part) ?? 0) + count);
  }
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([value, count]) => ({ value, count, ...matchOption(value, field.options ?? []) }));
}

export interface DateOrder {
  readonly order: "dmy" | "mdy" | null;
  /** What was seen, in words; null: no date with slashes, dots or dashes at all. */
  readonly note: string | null;
}

const dates = (count: number): string => `${count} ${count === 1 ? "date" : "dates"}`;

/** The order of day and month over all columns that hold dates, when they agree and at least one value is decisive. */
export function dateOrder(profiles: readonly ObjectProfile[]): DateOrder {
  let dmy = 0;
  let mdy = 0;
  let either = 0;
  for (const object of profiles) {
    for (const column of object.columns.values()) {
      if (dateShare(column) < 0.9) continue;
      dmy += column.looks.dmy;
      mdy += column.looks.mdy;
      either += column.looks.slashed;
    }
  }
  if (dmy > 0 && mdy === 0) return { order: "dmy", note: `day first: ${dates(dmy)} can be nothing else` };
  if (mdy > 0 && dmy === 0) return { order: "mdy", note: `month first: ${dates(mdy)} can be nothing else` };
  if (mdy > 0 && dmy > 0) {
    return {
      order: null,
      note: `${dates(dmy)} are day first and ${mdy} month first: give the affected fields a \`format\``,
    };
  }
  if (either > 0)
    return { order: null, note: `${dates(either)} may be day first or month first: say \`dmy\` or \`mdy\`` };
  return { order: null, note: null };
}

/** `,` when numbers are written with a decimal comma and none with a point; null: as usual, or not to be told. */
export function decimalSign(profiles: readonly ObjectProfile[]): "," | null {
  let comma = 0;
  let point = 0;
  for (const object of profiles) {
    for (const column of object.columns.values()) {
      if (share(column, "decimal") < 0.9) continue;
      comma += column.looks.comma;
      point += column.looks.point;
    }
  }
  return comma > 0 && point === 0 ? "," : null;
}
