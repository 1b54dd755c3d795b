/** Hashes of what mappings mean: places, file names, comments, cases and the order of maps do not matter. */
import { createHash } from "node:crypto";
import type { FieldMapping, ObjectMapping, Owners } from "./types.ts";

/** Hash of one mapping's meaning; part of the plan's lock. The model has its own. */
export function mappingHash(mapping: ObjectMapping): string {
  const { file: _file, place: _place, cases: _cases, filter, fields, associations, ...rest } = mapping;
  return hash({
    ...rest,
    filter: filter?.text ?? null,
    fields: fields.map(meaningOf),
    associations: associations.map(({ place: _, ...association }) => association),
  });
}

function meaningOf(field: FieldMapping): unknown {
  const { place: _place, model: _model, picklist, ...rest } = field;
  if (picklist === null) return { ...rest, picklist };
  const { name: _name, ...meaning } = picklist;
  return { ...rest, picklist: meaning };
}

/** Hash of owners.yaml's meaning. */
export function ownersHash(owners: Owners): string {
  return hash(owners);
}

/** Hash of all that decides what is loaded. */
export function mappingSetHash(mappings: readonly ObjectMapping[], owners: Owners): string {
  return hash([ownersHash(owners), ...mappings.map(mappingHash).sort()]);
}

function hash(value: unknown): string {
  return createHash("sha256").update(canonical(value)).digest("hex").slice(0, 32);
}

/** JSON with sorted keys; Maps count as objects. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const entries: [string, unknown][] = value instanceof Map ? [...value] : Object.entries(value);
  const members = entries
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`);
  return `{${members.join(",")}}`;
}
