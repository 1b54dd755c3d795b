/** Associations: two aligned text[] columns, the referenced keys and their labels (see link-labels.ts). */

import { keyText } from "../key-text.ts";
import type { CopyWriter } from "../store/copy-writer.ts";
import { PRIMARY_MARK } from "./link-labels.ts";
import { compileTransform } from "./transforms.ts";
import type { AssociationMapping } from "./types.ts";

export interface LinkCells {
  /** Appends both columns; null, null when the record names none. */
  encode(out: CopyWriter, cell: (column: string) => string | null): void;
}

/**
 * Labels: as many as keys when the label's cell splits the same way, else one for all; "" when there is none. A cell with
 * several labels (`label.separator`) makes a link of each, for every key. `decimal`: of the source's numbers.
 */
export function linkCells(association: AssociationMapping, decimal: "." | ","): LinkCells {
  const { from, label, separator, by } = association;
  const change = keyChange(association, decimal);
  const mark = primaryMark(association);
  return {
    encode(out, cell) {
      const source = cell(from);
      const keys = (source === null ? [] : split(source, separator)).flatMap((key) =>
        change(by === null ? keyText(key) : key),
      );
      if (keys.length === 0) {
        out.null();
        out.null();
        return;
      }
      if (label !== null && "column" in label && label.separator !== undefined) {
        const labels = mark(split(cell(label.column) ?? "", label.separator));
        out.textArray(keys.flatMap((key) => labels.map(() => key)));
        out.textArray(keys.flatMap(() => labels));
        return;
      }
      const text = label === null ? "" : "text" in label ? label.text : (cell(label.column) ?? "");
      const parts = separator === null || label === null || "text" in label ? [text] : split(text, separator);
      const each = parts.length === keys.length ? parts : keys.map(() => text);
      out.textArray(keys);
      out.textArray(each.map((part) => mark([part])[0]!));
    },
  };
}

/** Labels of one pair of records, marked where the link is the primary one; the label that says so is none. At least one. */
function primaryMark({ label, primary }: AssociationMapping): (labels: readonly string[]) => readonly string[] {
  const fixed = label === null || "text" in label;
  const clean = (text: string): string => (text.includes(PRIMARY_MARK) ? text.replaceAll(PRIMARY_MARK, "") : text);
  if (fixed || typeof primary === "boolean") {
    const before = primary === true ? PRIMARY_MARK : "";
    return (labels) => (labels.length === 0 ? [before] : labels.map((text) => before + clean(text)));
  }
  const word = primary.label.trim().toLowerCase();
  return (labels) => {
    const others = labels.map(clean).filter((text) => text.trim().toLowerCase() !== word);
    const before = others.length < labels.length ? PRIMARY_MARK : "";
    return others.length === 0 ? [before] : others.map((text) => before + text);
  };
}

/** What `transform` makes of a key; what it makes blank names nothing. A text that it cannot change stays as it is, and is not found. */
function keyChange({ transform }: AssociationMapping, decimal: "." | ","): (key: string) => string[] {
  if (transform === undefined) return (key) => [key];
  const steps = transform.map((call) => compileTransform(call, decimal));
  return (key) => {
    let text = key;
    for (const step of steps) {
      const changed = step(text);
      if (changed === null) return [];
      if (typeof changed !== "string") return [key];
      text = changed;
    }
    return text === "" ? [] : [text];
  };
}

function split(text: string, separator: string | null): string[] {
  if (separator === null || separator === "") return [text];
  return text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== "");
}
