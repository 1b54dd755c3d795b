/** Ids of mappings: stable over runs, whatever the files are called and in whatever order they are. */
import { createHash } from "node:crypto";
import type { ProblemList } from "../yaml-read.ts";
import type { ObjectMapping } from "./types.ts";

/**
 * Gives each mapping its id: `object<source+source`. Where several read the same into the same, `#` and a hash of keyspace,
 * filter and key tell them apart; those that agree in these too are noted as MAPPING_DUPLICATE.
 */
export function identify(mappings: readonly ObjectMapping[], problems: ProblemList): ObjectMapping[] {
  const plain = mappings.map((mapping) => `${mapping.object}<${mapping.sources.join("+")}`);
  const seen = new Map<string, ObjectMapping>();
  return mappings.map((mapping, index) => {
    const id =
      plain.indexOf(plain[index]!) === plain.lastIndexOf(plain[index]!) ? plain[index]! : told(plain[index]!, mapping);
    const before = seen.get(id);
    if (before === undefined) seen.set(id, mapping);
    else if (mapping.sources.length > 0) {
      problems.error(
        "MAPPING_DUPLICATE",
        `${mapping.object} is loaded from ${mapping.sources.join(", ")} twice, with the same key and filter (also in ${before.place.file}:${before.place.line})`,
        mapping.place,
        "Join the two mappings, or tell them apart by filter, key or keyspace.",
      );
    }
    return { ...mapping, id };
  });
}

function told(plain: string, { keyspace, filter, key, keyTransform }: ObjectMapping): string {
  const text = JSON.stringify([keyspace, filter?.text ?? null, key, ...(keyTransform ?? [])]);
  return `${plain}#${createHash("sha256").update(text).digest("hex").slice(0, 8)}`;
}
