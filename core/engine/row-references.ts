/** References of rows that need not be sent: such a row is whole in the target, so that all it refers to was found. */
import type { CompiledMapping } from "../mapping/compiled.ts";
import { addReference, type Counts } from "./counts.ts";

/** Fields of a staged row before the mapping's own: line, key, hash. */
const LEADING = 3;
/** Of a binary text[]: dimensions, flags, element type, length, lower bound. */
const ARRAY_HEADER = 20;

/** Counts over the rows of a chunk. */
export interface RowReferences {
  /** Notes the row that begins at `rowStart` of `buffer`. */
  note(buffer: Buffer, rowStart: number): void;
  /** Adds what was noted to `counts`, and begins anew. */
  addTo(counts: Counts): void;
}

/** Links that an encoded text[] names; blank ones are none. */
function linksAt(buffer: Buffer, at: number, size: number): number {
  if (size < ARRAY_HEADER) return 0;
  let links = 0;
  const end = at + size;
  for (let element = at + ARRAY_HEADER; element < end; ) {
    const length = buffer.readInt32BE(element);
    if (length > 0) links++;
    element += 4 + Math.max(length, 0);
  }
  return links;
}

/**
 * null where there is nothing to count: no references, or a mapping that only inserts, whose records may be there without
 * being what the source says.
 */
export function rowReferences({ mapping, columns }: CompiledMapping): RowReferences | null {
  const wanted = columns.flatMap((column, index) =>
    column.role === "lookup" || column.role === "association"
      ? [{ column, field: index + LEADING, links: column.role === "association" }]
      : [],
  );
  if (wanted.length === 0 || mapping.mode === "insert") return null;
  const found = new Float64Array(wanted.length);
  return {
    note(buffer, rowStart) {
      // the row begins with its number of fields (2 bytes); each field with its length (4 bytes, -1 for null)
      let at = rowStart + 2;
      let field = 0;
      for (let i = 0; i < wanted.length; i++) {
        const next = wanted[i]!;
        for (; field < next.field; field++) at += 4 + Math.max(buffer.readInt32BE(at), 0);
        const size = buffer.readInt32BE(at);
        if (size < 0) continue;
        found[i]! += next.links ? linksAt(buffer, at + 4, size) : 1;
      }
    },
    addTo(counts) {
      for (const [i, { column, links }] of wanted.entries()) {
        const expected = found[i]!;
        if (expected === 0) continue;
        if (links) counts.associations.expected += expected;
        else addReference(counts, column.target, { expected, resolved: expected, deferred: 0, unresolved: 0 });
      }
      found.fill(0);
    },
  };
}
