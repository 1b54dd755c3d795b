/** Custom fields: one jsonb object per record. */

import { keepsOnNull } from "./compile-columns.ts";
import type { Slot } from "./compile-slots.ts";
import type { CompileOptions } from "./compiled.ts";
import type { FieldMapping } from "./types.ts";
import { valueKind } from "./values.ts";
import { compareKeys, jsonString } from "./values-json.ts";

/** How one field appears in the object. */
export interface CustomForm {
  /** The key as JSON, with the colon. */
  readonly name: string;
  /** Blank: the key is left out. Otherwise it is null. */
  readonly omitBlank: boolean;
  /** The canonical text is JSON already (numbers, booleans, arrays, json); else it becomes a string. */
  readonly raw: boolean;
}

const RAW = new Set(["integer", "decimal", "percent", "boolean", "json", "picks"]);

export function customForm(field: FieldMapping, options: CompileOptions): CustomForm {
  const plain = field.owner || field.lookup !== null;
  return {
    name: `${jsonString(field.target)}: `,
    omitBlank: keepsOnNull(field, options),
    raw: !plain && RAW.has(valueKind(field.type, null)),
  };
}

/** Custom fields in the order in which jsonb keeps keys. */
export function customOrder(slots: readonly Slot[]): Slot[] {
  return [...slots].sort((a, b) => compareKeys(a.compiled.field.target, b.compiled.field.target));
}

/** The object's text; null when no key is left. */
export function customJson(slots: readonly Slot[], value: (slot: Slot) => string | null): string | null {
  let json = "";
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i]!;
    const { name, omitBlank, raw } = slot.compiled.custom!;
    const text = value(slot);
    if (text === null && omitBlank) continue;
    json += (json === "" ? "{" : ", ") + name + (text === null ? "null" : raw ? text : jsonString(text));
  }
  return json === "" ? null : `${json}}`;
}
