/** Which column identifies a record. */

import { RECORD_IDS } from "./languages/index.ts";
import type { ObjectProfile } from "./profile.ts";
import { normalise } from "./suggest-names.ts";
import { objectNames } from "./suggest-objects.ts";

export interface KeySuggestion {
  /** One column, or several that together identify a record. */
  readonly columns: readonly string[];
  readonly reason: string;
}

/** The key column: `Id`, `<object>_id`, else the first column that is filled and unique. null: none is. */
export function suggestKey(object: string, profile: ObjectProfile, declared?: string): KeySuggestion | null {
  if (declared !== undefined) return { columns: [declared], reason: "the source says so" };
  const columns = [...profile.columns.values()];
  const usable = columns.filter(
    (column) => column.unique || (column.filled > 0 && column.distinct >= 0.9 * profile.records),
  );
  const names = objectNames(object);
  const wanted = [
    "id",
    "record_id",
    "hs_object_id",
    ...RECORD_IDS,
    ...names.map((name) => `${name}_id`),
    ...names.map((name) => `${name}_key`),
  ];
  for (const name of wanted) {
    const column = usable.find((candidate) => normalise(candidate.column) === name);
    if (column !== undefined)
      return { columns: [column.column], reason: column.unique ? "unique" : "an id, though not unique" };
  }
  const unique = columns.filter((column) => column.unique);
  const id = unique.find((column) => /(?:^|_)(?:id|key|no|number|code|guid|uuid)$|^id_/.test(normalise(column.column)));
  const first = unique.find(
    (column) => column.looks.datetime + column.looks.ymd < column.filled && column.maxLength <= 200,
  );
  const found = id ?? first;
  if (found !== undefined) return { columns: [found.column], reason: "the first column that is unique" };
  // two columns nearly always tell records apart: what they do not tell apart is a duplicate, and rejected as one
  const pair = [...profile.pairs].filter((candidate) => candidate.filled).sort((a, b) => b.distinct - a.distinct)[0];
  if (pair !== undefined && pair.distinct >= 0.95 * profile.records) {
    const unique = pair.distinct >= profile.records;
    return {
      columns: pair.columns,
      reason: unique ? "unique together" : "nearly unique together; no column is unique",
    };
  }
  // an empty file: believe the header
  if (profile.records === 0) {
    const named = columns.find((column) => wanted.includes(normalise(column.column))) ?? columns[0];
    if (named !== undefined) return { columns: [named.column], reason: "by its name; the file has no records" };
  }
  return null;
}
