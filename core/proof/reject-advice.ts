/** What to do about rejects, by code: for the person who reads the report, not for the one who wrote the mapping. */
const ADVICE: readonly (readonly [pattern: RegExp, advice: string])[] = [
  [
    /^LOOKUP_MISSING/,
    "The record that it refers to is not in the target. Load that record first, correct the reference at the source, or allow it to stay empty (missing: null).",
  ],
  [/^LOOKUP_AMBIGUOUS/, "Several records carry that name. Refer to the record by its ID, or make the name unique."],
  [/^MATCH_AMBIGUOUS/, "Several records in the target fit. Merge them in the target, or match by another field."],
  [
    /DUPLICATE/,
    "The same key occurs more than once. Decide which record is right and remove the others, or set duplicates: first or last.",
  ],
  [/^PICKLIST|UNMAPPED/, "The value has no counterpart in the target. Add it to the picklist in the mapping."],
  [/^OWNER/, "The owner has no user in the target. Name a successor in owners.yaml."],
  [
    /REQUIRED|^KEY_|BLANK/,
    "A value that the target needs is empty. Fill it at the source, or give the field a default in the mapping.",
  ],
  [
    /TOO_LONG|OUT_OF_RANGE/,
    "The value does not fit into the target's field. Shorten or correct it at the source, or transform it in the mapping.",
  ],
  [
    /^VALUE_/,
    "The value cannot be read as the field's type. Correct it at the source, or tell the mapping how it is written (format, values, transform).",
  ],
  [
    /^(ROW|RECORD|CSV|CELL|LINE|FILE)_/,
    "The row itself is damaged (columns, quotes or encoding). Repair it in the file.",
  ],
  [
    /^TARGET_|CONSTRAINT|UNIQUE/,
    "The target's own rules refuse the record. Correct the value, or ask who owns the target's rule.",
  ],
];

export function adviceFor(code: string): string {
  const found = ADVICE.find(([pattern]) => pattern.test(code));
  return found?.[1] ?? "Correct the record in the rejects file or change the mapping, then load it again.";
}
