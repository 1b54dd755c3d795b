/** Keys that are more than a cell: transformed ones, and fingerprints of whole rows. */
import { hash } from "node:crypto";
import { keyText } from "../key-text.ts";
import { cellText, type RecordBatch } from "../record.ts";
import type { BlankTest } from "./compile-blank.ts";
import { compileTransform } from "./transforms.ts";
import type { ObjectMapping } from "./types.ts";

/** One part of a key from a text that is not blank; null: nothing is left of it. */
export type KeyPart = (text: string) => string | null;

/** `transform` of a key, applied in order; a text that one of them cannot read stays as it is. null: there is none. */
export function keyPart({ keyTransform }: ObjectMapping, decimal: "." | ","): KeyPart | null {
  if (keyTransform === undefined) return null;
  const steps = keyTransform.map((call) => compileTransform(call, decimal));
  return (source) => {
    let text = source;
    for (const step of steps) {
      const changed = step(text);
      if (changed === null || changed === "") return null;
      if (typeof changed !== "string") return keyText(source);
      text = changed;
    }
    return keyText(text);
  };
}

/**
 * A fingerprint of what stands in the row, as `row:` and 32 hexadecimal digits: names and texts of its cells, blanks aside,
 * whatever order the columns have; null for a row without any. `cells`: names and places of the columns, by name.
 */
export function contentKey(
  batch: RecordBatch,
  record: number,
  cells: readonly (readonly [name: string, at: number])[],
  blank: BlankTest,
): string | null {
  const parts: string[] = [];
  for (const [name, at] of cells) {
    const text = cellText(batch, record, at);
    if (!blank.text(text)) parts.push(name, keyText(text!));
  }
  return parts.length === 0 ? null : `row:${hash("sha256", JSON.stringify(parts), "hex").slice(0, 32)}`;
}
