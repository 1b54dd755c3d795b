/** Files that hold several kinds of activities, told apart by a column: one mapping per target object, each with a filter. */
import type { TargetModel } from "../schema.ts";
import type { ColumnProfile } from "./profile.ts";
import { normalise, objectWords } from "./suggest-names.ts";
import type { Assignment } from "./suggest-objects.ts";
import type { ProfiledAssignment } from "./suggest-types.ts";
import { squeeze } from "./suggest-values.ts";

/** Names of the column, and what its values mean; everything else stays with the first object. */
const TYPE_COLUMNS = new Set(["activity_type", "engagement_type", "hs_engagement_type", "interaction_type", "type"]);
const KINDS: Readonly<Record<string, readonly string[]>> = {
  task: ["task", "todo", "call", "loggedcall", "phonecall", "email", "loggedemail", "incomingemail", "outgoingemail"],
  event: ["meeting", "event", "appointment"],
  note: ["note", "notes", "comment"],
};
const KINDS_OF = new Map(
  Object.entries(KINDS).flatMap(([object, words]) => words.map((word) => [word, object] as const)),
);

/** A part of an assignment's records. */
export interface Part {
  readonly assignment: Assignment;
  /** True for the records that the filter takes, by the text of `column`. */
  readonly column: string;
  readonly takes: (text: string) => boolean;
}

/**
 * The parts of an activities file whose type column names at least two kinds that are different target objects; null: it is
 * of one kind. Every record is in exactly one part: what no kind claims stays with the file's own object (task, if it has
 * tasks). `others` are all assignments: an object that another file fills gets a keyspace.
 */
export function splitActivities(
  profiled: ProfiledAssignment,
  model: TargetModel,
  others: readonly Assignment[],
): readonly Part[] | null {
  if (KINDS[profiled.object] === undefined) return null;
  // a file of tasks holds tasks, whatever type they have
  if (KINDS_OF.has(objectWords(profiled.sources[0]!.name).replaceAll("_", ""))) return null;
  for (const column of profiled.profile.columns.values()) {
    if (!TYPE_COLUMNS.has(normalise(column.column)) || !column.valuesComplete) continue;
    const parts = partsBy(column, profiled, model, others);
    if (parts !== null) return parts;
  }
  return null;
}

function partsBy(
  column: ColumnProfile,
  profiled: ProfiledAssignment,
  model: TargetModel,
  others: readonly Assignment[],
): readonly Part[] | null {
  const values = new Map<string, string[]>();
  for (const value of column.values.keys()) {
    const object = KINDS_OF.get(squeeze(value));
    if (object === undefined || !model.objects.has(object)) continue;
    values.set(object, [...(values.get(object) ?? []), value]);
  }
  if (values.size < 2) return null;
  const main = values.has("task") ? "task" : values.has(profiled.object) ? profiled.object : [...values.keys()][0]!;
  const claimed = [...values].filter(([object]) => object !== main);
  const taken = new Set(claimed.flatMap(([, list]) => list));
  const part = (object: string, filter: string, takes: (text: string) => boolean): Part => {
    const filled = others.some((other) => other.object === object && other.sources[0] !== profiled.sources[0]);
    const keyspace = filled
      ? objectWords(profiled.sources[0]!.name)
      : object === profiled.object
        ? profiled.keyspace
        : null;
    const reason = `${profiled.reason}, and its ${column.column}`;
    return {
      assignment: { object, sources: profiled.sources, reason, keyspace, filter },
      column: column.column,
      takes,
    };
  };
  const name = `[${column.column}]`;
  return [
    part(main, `${name} NOT IN (${literals([...taken])})`, (text) => !taken.has(text)),
    ...claimed.map(([object, list]) => part(object, `${name} IN (${literals(list)})`, (text) => list.includes(text))),
  ];
}

const literals = (values: readonly string[]): string =>
  values.map((value) => `'${value.replaceAll("'", "''")}'`).join(", ");
