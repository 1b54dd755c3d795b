/** The columns of a read: what SOQL is asked for, and what is joined to it. */
import { ConfigError } from "../../core/errors.ts";
import { didYouMean } from "../../core/nearest.ts";
import { type Join, joinsOf } from "./joins.ts";
import { hiddenFields, type Metadata } from "./metadata.ts";
import { isReadable, type ValueKind, valueKind } from "./schema.ts";

export interface Column {
  /** As mappings and SOQL name it: `Name`, `Owner.Name`. */
  readonly name: string;
  readonly path: readonly string[];
  readonly kind: ValueKind;
}

export interface Columns {
  readonly object: string;
  /** `Id` is the first one. */
  readonly selected: readonly Column[];
  readonly joins: readonly Join[];
}

/** Throws ConfigError SALESFORCE_UNKNOWN_FIELD with every field that the org does not show. */
export async function resolveColumns(object: string, fields: readonly string[], metadata: Metadata): Promise<Columns> {
  const described = await metadata.describe(object);
  const known = new Map(described.fields.filter(isReadable).map((field) => [field.name, valueKind(field.type)]));
  const possible = await joinsOf(described.name, metadata);
  const joins: Join[] = [];
  const selected = new Map<string, Column>();
  const take = (name: string, kind: ValueKind) => selected.set(name, { name, path: name.split("."), kind });
  const unknown: string[] = [];
  take("Id", "id");
  for (const name of new Set(fields)) {
    const join = possible.find((candidate) => candidate.columns.some((column) => column.name === name));
    const kind = known.get(name) ?? (name.includes(".") ? (await metadata.follow(object, name))?.kind : undefined);
    if (join !== undefined) {
      if (!joins.includes(join)) joins.push(join);
      take(join.by, "id");
    } else if (kind !== undefined) take(name, kind);
    else unknown.push(name);
  }
  if (unknown.length > 0) throw unknownFields(described.name, unknown, [...known.keys()]);
  return { object: described.name, selected: [...selected.values()], joins };
}

/** Columns of the batches of a read, in their order. */
export function columnNames({ selected, joins }: Columns): string[] {
  return [...selected.map(({ name }) => name), ...joins.flatMap((join) => join.columns.map(({ name }) => name))];
}

/**
 * Groups of columns, by index, each short enough for an address: `Id` leads every group, so that they can be put
 * together again. `chars` is what a group may take.
 */
export function columnGroups(columns: readonly Column[], chars: number): number[][] {
  const groups: number[][] = [[0]];
  let used = 0;
  for (const [index, { name }] of columns.entries()) {
    if (index === 0) continue;
    if (used > 0 && used + name.length + 1 > chars) {
      groups.push([0]);
      used = 0;
    }
    groups.at(-1)!.push(index);
    used += name.length + 1;
  }
  return groups;
}

function unknownFields(object: string, names: readonly string[], known: readonly string[]): ConfigError {
  const near = names.length === 1 ? didYouMean(names[0]!, known) : null;
  return new ConfigError(
    "SALESFORCE_UNKNOWN_FIELD",
    `the org shows no field ${names.map((name) => `"${name}"`).join(", ")} in ${object}${near === null ? "" : `; ${near}`}`,
    { place: { object, field: names[0]! }, hint: hiddenFields(object) },
  );
}
