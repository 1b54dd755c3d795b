/** What reject codes mean and what to do: for the person who reads the report, not for the one who wrote the mapping. */
export interface Advice {
  readonly label: string;
  readonly advice: string;
}

const ADVICE: readonly (readonly [pattern: RegExp, label: string, advice: string])[] = [
  [
    /^LOOKUP_MISSING/,
    "Refers to a record that is not there",
    "Load the record referred to first, correct the reference at the source, or let the field stay empty (missing: null).",
  ],
  [
    /^LOOKUP_AMBIGUOUS/,
    "Refers to a name that several records carry",
    "Refer to the record by its ID, or make the name unique.",
  ],
  [
    /^MATCH_AMBIGUOUS/,
    "Fits several records of the target",
    "Merge these records in the target, or match by another field.",
  ],
  [
    /DUPLICATE/,
    "The same key more than once",
    "Decide which record is right and remove the others, or set duplicates: first or last.",
  ],
  [
    /^PICKLIST|UNMAPPED/,
    "Value without a counterpart in the target",
    "Add the value to the picklist in the mapping, with its counterpart.",
  ],
  [/^OWNER/, "Owner without a user in the target", "Name a successor in owners.yaml."],
  [
    /REQUIRED|^KEY_|BLANK/,
    "A value that is needed is empty",
    "Fill it at the source, or give the field a default in the mapping.",
  ],
  [
    /TOO_LONG|OUT_OF_RANGE/,
    "Value that does not fit",
    "Shorten or correct it at the source, or transform it in the mapping.",
  ],
  [
    /NOT_A_DATE|DATE_AMBIGUOUS/,
    "Not a date",
    "Correct it at the source, or tell the mapping how dates are written (format).",
  ],
  [
    /NOT_A_NUMBER|NOT_AN_INTEGER|NOT_EXACT/,
    "Not a number",
    "Correct it at the source, or replace it in the mapping (values).",
  ],
  [/NOT_AN_EMAIL/, "Not an e-mail address", "Correct it at the source, or load the record without it (onError: null)."],
  [
    /^VALUE_/,
    "Value that cannot be read",
    "Correct it at the source, or tell the mapping how it is written (format, values, transform).",
  ],
  [
    /^(ROW|RECORD|CSV|CELL|LINE|FILE)_/,
    "Damaged row",
    "Columns, quotes or encoding are broken: repair the row in the file.",
  ],
  [
    /^TARGET_|CONSTRAINT|UNIQUE/,
    "Refused by the target’s own rules",
    "Correct the value, or ask who owns the target’s rule.",
  ],
];

export function adviceFor(code: string): Advice {
  const found = ADVICE.find(([pattern]) => pattern.test(code));
  if (found !== undefined) return { label: found[1], advice: found[2] };
  return {
    label: "Rejected",
    advice: "Correct the record in the rejects file or change the mapping, then load it again.",
  };
}
