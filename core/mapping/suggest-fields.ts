/** Which target field a source column means, by name and by whether its values fit the field's type. */
import { distance } from "fastest-levenshtein";
import type { FieldType, ModelField, ModelObject } from "../schema.ts";
import { foreignName } from "./languages/index.ts";
import type { ColumnProfile } from "./profile.ts";
import { share } from "./profile.ts";
import { normalise, withoutPrefix } from "./suggest-names.ts";
import { objectNames } from "./suggest-objects.ts";
import { FIELD_SYNONYMS } from "./synonyms.ts";
import { OBJECT_FIELD_SYNONYMS } from "./synonyms-fields.ts";

export interface FieldSuggestion {
  readonly column: string;
  readonly field: string;
  /** 0..1: how sure the name is, times the share of values that fit. */
  readonly confidence: number;
  /** Share (0..1) of the filled cells that fit the field's type. */
  readonly fits: number;
  readonly reason: string;
}

interface NameMatch {
  readonly score: number;
  readonly reason: string;
}

function matchWords(words: string, object: string, field: ModelField): NameMatch | null {
  if (words === field.name) return { score: 0.98, reason: "same name" };
  if (words === normalise(field.label)) return { score: 0.95, reason: `same as the label "${field.label}"` };
  const squeezed = words.replaceAll("_", "");
  if (squeezed === field.name.replaceAll("_", "")) return { score: 0.93, reason: "same name but for the spelling" };
  const own = OBJECT_FIELD_SYNONYMS[object]?.[field.name] ?? [];
  if (own.includes(words)) return { score: 0.88 - own.indexOf(words) * 0.001, reason: "synonym" };
  const general = FIELD_SYNONYMS[field.name] ?? [];
  if (general.includes(words)) return { score: 0.82 - general.indexOf(words) * 0.001, reason: "synonym" };
  const foreign = foreignName(words, object, field.name);
  if (foreign === null) return null;
  return {
    score: (foreign.own ? 0.86 : 0.8) - foreign.rank * 0.001,
    reason: `${foreign.language} for "${field.label}"`,
  };
}

/** How well a column's name agrees with a field; null: not at all. */
export function nameMatch(column: string, object: string, field: ModelField): NameMatch | null {
  if (column === field.name) return { score: 1, reason: "same name" };
  const words = normalise(column);
  const direct = matchWords(words, object, field);
  const bare = withoutPrefix(words, [...objectNames(object), "associated", "primary", "activity", "hs"]);
  const stripped = bare === null ? null : matchWords(bare, object, field);
  // `Task Due Date` is a synonym of due_date, and its very name once `task` is off
  if (stripped !== null && stripped.score * 0.97 > (direct?.score ?? 0)) {
    return { score: stripped.score * 0.97, reason: stripped.reason };
  }
  if (direct !== null) return direct;
  if (field.name.length >= 6 && distance(words, field.name) === 1)
    return { score: 0.6, reason: "nearly the same name" };
  return null;
}

/** Share (0..1) of the filled cells that a field of the type could take; 1 for an empty column. */
export function fits(type: FieldType, profile: ColumnProfile): number {
  if (profile.filled === 0) return 1;
  switch (type) {
    case "integer":
      return profile.looks.leadingZero > 0 ? 0 : share(profile, "integer");
    case "decimal":
    case "currency":
    case "percent":
      return share(profile, "decimal");
    case "boolean":
      return share(profile, "boolean");
    case "date":
    case "datetime":
      return dateShare(profile);
    case "email":
      return share(profile, "email");
    case "json":
      return share(profile, "json");
    default:
      return 1;
  }
}

/** Share (0..1) of the filled cells that are a date or a date with a time. */
export function dateShare(profile: ColumnProfile): number {
  if (profile.filled === 0) return 0;
  const { ymd, dmy, mdy, slashed, datetime } = profile.looks;
  // slashed dates with a time count as both
  return Math.min(1, Math.max(ymd + dmy + mdy + slashed, ymd + datetime) / profile.filled);
}

/** Of a column's name and what the source calls it, that which agrees better. */
function bestMatch(column: string, label: string | undefined, object: string, field: ModelField): NameMatch | null {
  const byName = nameMatch(column, object, field);
  const useless =
    label === undefined || label === column || (GENERIC.has(normalise(label)) && !saysAsMuch(column, label));
  const byLabel = useless ? null : nameMatch(label, object, field);
  if (byLabel === null || byLabel.score * BY_LABEL <= (byName?.score ?? 0)) return byName;
  return { score: byLabel.score * BY_LABEL, reason: `${byLabel.reason}, by its label "${label}"` };
}

const FORM_OF_ADDRESS =
  /^(?:mr|mrs|ms|miss|mx|dr|prof|herr|frau|m|mme|mlle|monsieur|madame|sr|sra|srta|d|dña|señora?|sig|sig\.?ra|dott|dott\.?ssa|dhr|mevr|mw|de heer|mevrouw|様|さん|先生|殿)\.?$/iu;

/** The column is called something that may be a title, and holds Mr., Frau, Mme and the like: Outlook calls that "Title". */
function isFormOfAddress({ column, filled, values, valuesComplete }: ColumnProfile): boolean {
  if (filled === 0 || !valuesComplete || !["title", "titel", "titre", "titulo", "titolo"].includes(normalise(column)))
    return false;
  return [...values.keys()].every((value) => FORM_OF_ADDRESS.test(value.trim()));
}

/** Labels that say too little without the name: `hs_content_membership_status` is called "Status". */
const GENERIC = new Set(["status", "type", "name", "title", "source", "notes", "stage", "rating", "category"]);

const saysAsMuch = (column: string, label: string): boolean =>
  (withoutPrefix(normalise(column), ["hs"]) ?? normalise(column)) === normalise(label);

/** A label is for people: it says a little less than a name. */
const BY_LABEL = 0.97;

/**
 * The best one-to-one pairing of columns and fields, surest first. Lookups and owners are left to
 * `suggest-lookups.ts` and `suggest-owners.ts`, which look at the values: pass the fields that may be filled.
 * `labels`: what the source calls its columns, where it does.
 */
export function suggestFields(
  columns: readonly ColumnProfile[],
  object: ModelObject,
  fields: readonly ModelField[],
  labels: ReadonlyMap<string, string> = new Map(),
): readonly FieldSuggestion[] {
  const pairs: FieldSuggestion[] = [];
  for (const profile of columns) {
    const address = isFormOfAddress(profile);
    for (const field of fields) {
      const match =
        address && field.name === "salutation"
          ? { score: 0.97, reason: "its values are forms of address" }
          : address && field.name === "title"
            ? null
            : bestMatch(profile.column, labels.get(profile.column), object.name, field);
      if (match === null) continue;
      const fit = fits(field.type, profile);
      if (fit < 0.5) continue;
      const confidence = match.score * (0.7 + 0.3 * fit) * (profile.filled === 0 ? 0.5 : 1);
      pairs.push({
        column: profile.column,
        field: field.name,
        confidence: Math.round(confidence * 100) / 100,
        fits: fit,
        reason: match.reason,
      });
    }
  }
  pairs.sort((a, b) => b.confidence - a.confidence);
  const usedColumns = new Set<string>();
  const usedFields = new Set<string>();
  return pairs.filter((pair) => {
    if (usedColumns.has(pair.column) || usedFields.has(pair.field)) return false;
    usedColumns.add(pair.column);
    usedFields.add(pair.field);
    return true;
  });
}
