/** Which columns refer to records of other files: the values decide, the names must agree. */
import type { ModelField, ModelObject, TargetModel } from "../schema.ts";
import type { ColumnProfile, ObjectProfile } from "./profile.ts";
import { nameMatch } from "./suggest-fields.ts";
import { normalise } from "./suggest-names.ts";
import { objectNames } from "./suggest-objects.ts";
import { squeeze } from "./suggest-values.ts";

/** A file that will be loaded: what lookups may point to. */
export interface LookupTarget {
  readonly object: string;
  readonly source: string;
  /** null: made of several columns; then only `unique` columns can be referred to. */
  readonly key: string | null;
  readonly profile: ObjectProfile;
  /** Unique columns that are mapped to a target field: column -> field. */
  readonly unique: ReadonlyMap<string, string>;
}

export interface LookupSuggestion {
  readonly column: string;
  readonly field: string;
  readonly objects: readonly string[];
  /** null: by key. */
  readonly by: string | null;
  readonly typeInto: string | null;
  /** Share (0..1) of the column's distinct values that exist in the referred file(s). */
  readonly coverage: number;
  /** Values that differ from what they refer to in blanks, case and punctuation only; `coverage` counts them. */
  readonly spelled?: readonly { readonly value: string; readonly target: string; readonly count: number }[];
  readonly confidence: number;
  readonly reason: string;
}

const percent = (fraction: number): string => (fraction === 1 ? "all" : `${Math.floor(fraction * 100)} %`);

/** 0..1: how well the column's name agrees with the lookup field, or with the object it would refer to. */
function nameScore(
  column: ColumnProfile,
  object: ModelObject,
  field: ModelField,
  target: LookupTarget,
  viaColumn: string,
): number {
  const direct = nameMatch(column.column, object.name, field);
  if (direct !== null) return direct.score;
  const words = normalise(column.column)
    .replace(/^(?:associated|primary|related|linked|source)_/, "")
    .replace(/_(?:id|ids|key|no|number)$/, "");
  const role = field.name.replace(/_id$/, "");
  if (words === role) return 0.95;
  if (objectNames(target.object).some((name) => words === `${role}_${name}`)) return 0.9;
  // parent_id must not take `account_id`: a role of its own needs its own name
  const bare = role.replace(/^(?:primary|main)_/, "");
  const named = (field.lookup ?? []).some((name) => objectNames(name).includes(bare));
  const plain = named || (field.lookup ?? []).length > 1;
  if (!plain || target.object === object.name) return 0;
  const names = objectNames(target.object);
  if (names.includes(words)) return 0.85;
  if (names.some((name) => words.startsWith(`${name}_`) || words.endsWith(`_${name}`))) return 0.75;
  if (normalise(viaColumn) === normalise(column.column) && normalise(viaColumn) !== "id") return 0.7;
  return 0;
}

interface Candidate extends LookupSuggestion {
  readonly score: number;
}

/** Coverage of the column in each target, by key first, else by the unique column that has most of its values. */
function best(
  column: ColumnProfile,
  object: ModelObject,
  field: ModelField,
  targets: readonly LookupTarget[],
): Candidate | null {
  const found: { target: LookupTarget; by: string | null; coverage: number; name: number; via: string }[] = [];
  for (const target of targets) {
    if (!(field.lookup ?? []).includes(target.object)) continue;
    const byKey: (readonly [string, string | null])[] = target.key === null ? [] : [[target.key, null]];
    const ways = [...byKey, ...target.unique];
    let most: (typeof found)[number] | null = null;
    for (const [via, by] of ways) {
      const other = target.profile.columns.get(via);
      if (other === undefined) continue;
      const coverage = column.sketch.within(other.sketch);
      const name = nameScore(column, object, field, target, via);
      if (name === 0 || coverage === 0) continue;
      if (most === null || coverage > most.coverage) most = { target, by, coverage, name, via };
    }
    if (most !== null) found.push(most);
  }
  if (found.length === 0) return null;
  found.sort((a, b) => b.coverage - a.coverage);
  const first = found[0]!;
  const several =
    (field.lookup ?? []).length > 1
      ? found.filter((entry) => entry.by === first.by && entry.coverage >= 0.01)
      : [first];
  // numbered from 1 in every file, the same ids are everywhere: then one object, the one that the name says
  const overlap = several.reduce((sum, entry) => sum + entry.coverage, 0) > 1.05;
  const used = overlap ? [[...several].sort((a, b) => b.name - a.name || b.coverage - a.coverage)[0]!] : several;
  const exact = Math.min(
    1,
    used.reduce((sum, entry) => sum + entry.coverage, 0),
  );
  if (exact < 0.5) return null;
  const other = used.length === 1 ? used[0]!.target.profile.columns.get(used[0]!.via) : undefined;
  const spelled = exact < 1 && other !== undefined ? otherSpellings(column, other) : [];
  const all = column.valuesComplete && spelled.length > 0 && covers(column, other!, spelled);
  const coverage = all ? 1 : exact;
  const name = Math.max(...used.map((entry) => entry.name));
  const where = used.map((entry) => `${entry.target.source}${entry.by === null ? "" : ` (${entry.via})`}`).join(" or ");
  return {
    column: column.column,
    field: field.name,
    objects: used.map((entry) => entry.target.object),
    by: used[0]!.by,
    typeInto: field.typeField,
    coverage,
    confidence: Math.round(name * coverage * 100) / 100,
    ...(spelled.length === 0 ? {} : { spelled }),
    reason: `${percent(exact)} of its values are ${used[0]!.by === null ? "keys" : "values"} of ${where}`,
    score: name * 10 + coverage,
  };
}

/** Values that are no key, and are one but for blanks, case and punctuation: `GTXPro` for `GTX Pro`. */
function otherSpellings(column: ColumnProfile, keys: ColumnProfile): NonNullable<LookupSuggestion["spelled"]> {
  if (!keys.valuesComplete) return [];
  const bySpelling = new Map<string, string | null>();
  for (const key of keys.values.keys()) {
    const spelling = squeeze(key);
    // two keys that differ in this only: neither is meant for sure
    if (spelling !== "") bySpelling.set(spelling, bySpelling.has(spelling) ? null : key);
  }
  const found: { value: string; target: string; count: number }[] = [];
  for (const [value, count] of column.values) {
    if (keys.values.has(value)) continue;
    const target = bySpelling.get(squeeze(value)) ?? null;
    if (target !== null) found.push({ value, target, count });
  }
  return found.sort((a, b) => b.count - a.count);
}

function covers(
  column: ColumnProfile,
  keys: ColumnProfile,
  spelled: NonNullable<LookupSuggestion["spelled"]>,
): boolean {
  const known = new Set(spelled.map(({ value }) => value));
  return [...column.values.keys()].every((value) => keys.values.has(value) || known.has(value));
}

/** The best one-to-one pairing of columns and lookup fields. Owner fields are not lookups here. */
export function suggestLookups(
  columns: readonly ColumnProfile[],
  object: ModelObject,
  model: TargetModel,
  targets: readonly LookupTarget[],
): readonly LookupSuggestion[] {
  const fields = lookupFields(object, model);
  const candidates: Candidate[] = [];
  for (const column of columns) {
    if (column.filled === 0) continue;
    for (const field of fields) {
      const candidate = best(column, object, field, targets);
      if (candidate !== null) candidates.push(candidate);
    }
  }
  candidates.sort((a, b) => b.score - a.score);
  const usedColumns = new Set<string>();
  const usedFields = new Set<string>();
  return candidates.filter((candidate) => {
    if (usedColumns.has(candidate.column) || usedFields.has(candidate.field)) return false;
    usedColumns.add(candidate.column);
    usedFields.add(candidate.field);
    return true;
  });
}

/** Fields that refer to records of other objects, owners not included. */
export function lookupFields(object: ModelObject, model: TargetModel): readonly ModelField[] {
  return [...object.fields.values()].filter(
    (field) => field.lookup?.some((name) => model.objects.has(name)) === true && !isOwnerField(field),
  );
}

/** Fields that hold the user who is responsible. */
export function isOwnerField(field: ModelField): boolean {
  return field.type === "owner" || (field.name === "owner_id" && (field.lookup ?? []).includes("user"));
}
