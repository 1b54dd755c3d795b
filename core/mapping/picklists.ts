/** Picklist values: source text -> target value. Matching ignores case and surrounding blanks, never accents or spaces inside. */
import type { PicklistOption } from "../schema.ts";
import type { Picklist } from "./types.ts";

export type PicklistResolution =
  | {
      readonly kind: "value";
      readonly value: string;
      /** mapped: by `values`; same: is a target value; label: is a target label; kept and fallback: by `unmapped`. */
      readonly how: "mapped" | "same" | "label" | "kept" | "fallback";
    }
  /** Nothing fits and `unmapped` is stop, reject or null: the caller acts by `picklist.unmapped`. */
  | { readonly kind: "unmapped" };

/**
 * Makes the function that resolves one field's values; call it once per field.
 * Order: `values` exactly, `values` ignoring case, option value, option label, `unmapped`.
 * Without picklist and options every text is itself; with options alone, other texts are unmapped.
 */
export function picklistResolver(
  picklist: Picklist | null,
  options: readonly PicklistOption[] | null,
): (text: string) => PicklistResolution {
  const mapped = index((picklist?.values ?? new Map<string, string>()).entries());
  const values = index((options ?? []).map((option) => [option.value, option.value] as const));
  const labels = index((options ?? []).map((option) => [option.label, option.value] as const));
  const unmapped = picklist?.unmapped ?? (options === null ? "keep" : "stop");
  return (text) => {
    const trimmed = text.trim();
    const folded = trimmed.toLowerCase();
    const byMap = picklist?.values.get(trimmed) ?? mapped.get(folded);
    if (byMap !== undefined) return { kind: "value", value: byMap, how: "mapped" };
    const same = values.get(folded);
    if (same !== undefined) return { kind: "value", value: same, how: "same" };
    const byLabel = labels.get(folded);
    if (byLabel !== undefined) return { kind: "value", value: byLabel, how: "label" };
    if (unmapped === "keep") return { kind: "value", value: trimmed, how: picklist === null ? "same" : "kept" };
    if (typeof unmapped === "object") return { kind: "value", value: unmapped.value, how: "fallback" };
    return { kind: "unmapped" };
  };
}

/** Resolves one text; `picklistResolver` is faster for many. */
export function resolvePicklist(
  picklist: Picklist | null,
  options: readonly PicklistOption[] | null,
  text: string,
): PicklistResolution {
  return picklistResolver(picklist, options)(text);
}

/** Folded text -> value; the first of several wins. */
function index(entries: Iterable<readonly [string, string]>): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (const [text, value] of entries) {
    const folded = text.trim().toLowerCase();
    if (!map.has(folded)) map.set(folded, value);
  }
  return map;
}
