/** Mappings into one object whose keys could meet. */
import type { SourceCapabilities } from "../connector.ts";
import type { SourceSchema } from "../schema.ts";
import type { ProblemList } from "../yaml-read.ts";
import type { ObjectMapping } from "./types.ts";

/**
 * Warns (MAPPING_SHARED_KEYSPACE) where several mappings load one object with keys of one key space: equal keys would be taken
 * for one record. Mappings that only update mean the records of others; ids that a source gives only once cannot meet.
 */
export function warnSharedKeyspaces(
  mappings: readonly ObjectMapping[],
  schema: SourceSchema,
  capabilities: SourceCapabilities,
  problems: ProblemList,
): void {
  const first = new Map<string, ObjectMapping>();
  for (const mapping of mappings) {
    if (mapping.mode === "update" || (capabilities.uniqueIds === true && hasIds(mapping, schema))) continue;
    const space = JSON.stringify([mapping.object, mapping.keyspace]);
    const before = first.get(space);
    if (before === undefined) {
      first.set(space, mapping);
      continue;
    }
    // parts of one source, told apart by filters, mean the same records by their keys
    if (sameKeys(before, mapping)) continue;
    problems.warn(
      "MAPPING_SHARED_KEYSPACE",
      `${mapping.object}: ${before.id} and ${mapping.id} share a key space: where both have a record of the same key, only that of the first is loaded`,
      mapping.place,
      "Give one of the two a `keyspace:` of its own, unless the keys cannot be the same.",
    );
  }
}

const sameKeys = (a: ObjectMapping, b: ObjectMapping): boolean =>
  JSON.stringify([a.sources, a.key]) === JSON.stringify([b.sources, b.key]);

/** The mapping's key is the id that the source itself gives to its records. */
function hasIds({ sources, key }: ObjectMapping, schema: SourceSchema): boolean {
  return sources.every((name) => {
    const object = schema.objects.find((candidate) => candidate.name === name);
    return key.length === 1 && object !== undefined && object.key === key[0];
  });
}
