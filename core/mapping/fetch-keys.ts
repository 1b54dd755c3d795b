/** Records by their keys, as a mapping has them. */
import type { SourceConnector } from "../connector.ts";
import type { RecordBatch } from "../record.ts";
import type { CompiledMapping } from "./compiled.ts";

const BATCH = 5_000;

/**
 * Batches with the records of these keys, and perhaps others: the caller compares keys. Keys that are more than what stands in
 * their fields are found by reading the object whole.
 */
export function fetchKeys(
  source: Pick<SourceConnector, "fetch" | "read">,
  { mapping, reads }: CompiledMapping,
  object: string,
  keys: readonly string[],
): AsyncIterable<RecordBatch> {
  const { key, keyTransform, contentKey } = mapping;
  if (keyTransform !== undefined || contentKey === true)
    return source.read({ object, fields: reads, from: null, batchSize: BATCH });
  const parts = keys.map((text) => (key.length === 1 ? [text] : splitKey(text)));
  return source.fetch({ object, fields: reads, key, keys: parts });
}

/** The parts of a compound key; see BoundMapping.key. */
export function splitKey(key: string): string[] {
  const parts: string[] = [""];
  for (let i = 0; i < key.length; i++) {
    const letter = key[i]!;
    if (letter === "\\" && i + 1 < key.length) parts[parts.length - 1] += key[++i]!;
    else if (letter === "|") parts.push("");
    else parts[parts.length - 1] += letter;
  }
  return parts;
}
