/** Associations: two aligned text[] columns, the referenced keys and their labels. */

import { keyText } from "../key-text.ts";
import type { CopyWriter } from "../store/copy-writer.ts";
import type { AssociationMapping } from "./types.ts";

export interface LinkCells {
  /** Appends both columns; null, null when the record names none. */
  encode(out: CopyWriter, cell: (column: string) => string | null): void;
}

/** Labels: as many as keys when the label's cell splits the same way, else one for all; "" when there is none. */
export function linkCells(association: AssociationMapping): LinkCells {
  const { from, label, separator, by } = association;
  return {
    encode(out, cell) {
      const source = cell(from);
      const keys = source === null ? [] : split(by === null ? keyText(source) : source, separator);
      if (keys.length === 0) {
        out.null();
        out.null();
        return;
      }
      const text = label === null ? "" : "text" in label ? label.text : (cell(label.column) ?? "");
      const parts = separator === null || label === null || "text" in label ? [text] : split(text, separator);
      out.textArray(keys);
      out.textArray(parts.length === keys.length ? parts : keys.map(() => text));
    },
  };
}

function split(text: string, separator: string | null): string[] {
  if (separator === null || separator === "") return [text];
  return text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== "");
}
