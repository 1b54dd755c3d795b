/** Which column identifies a record. */
import type { ObjectProfile } from "./profile.ts";
import { normalise } from "./suggest-names.ts";
import { objectNames } from "./suggest-objects.ts";

export interface KeySuggestion {
  readonly column: string;
  readonly reason: string;
}

/** The key column: `Id`, `<object>_id`, else the first column that is filled and unique. null: none is. */
export function suggestKey(object: string, profile: ObjectProfile, declared?: string): KeySuggestion | null {
  if (declared !== undefined) return { column: declared, reason: "the source says so" };
  const columns = [...profile.columns.values()];
  const usable = columns.filter(
    (column) => column.unique || (column.filled > 0 && column.distinct >= 0.9 * profile.records),
  );
  const names = objectNames(object);
  const wanted = [
    "id",
    "record_id",
    "hs_object_id",
    ...names.map((name) => `${name}_id`),
    ...names.map((name) => `${name}_key`),
  ];
  for (const name of wanted) {
    const column = usable.find((candidate) => normalise(candidate.column) === name);
    if (column !== undefined)
      return { column: column.column, reason: column.unique ? "unique" : "an id, though not unique" };
  }
  const unique = columns.filter((column) => column.unique);
  const id = unique.find((column) => /(?:^|_)(?:id|key|no|number|code|guid|uuid)$/.test(normalise(column.column)));
  const first = unique.find(
    (column) => column.looks.datetime + column.looks.ymd < column.filled && column.maxLength <= 200,
  );
  const found = id ?? first;
  if (found !== undefined) return { column: found.column, reason: "the first column that is unique" };
  // an empty file: believe the header
  if (profile.records === 0) {
    const named = columns.find((column) => wanted.includes(normalise(column.column))) ?? columns[0];
    if (named !== undefined) return { column: named.column, reason: "by its name; the file has no records" };
  }
  return null;
}
