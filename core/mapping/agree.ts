/** Amounts of one record that share the field for their currency must be in one currency. */
import type { RecordProblem } from "./compiled.ts";
import { inputColumns } from "./inputs.ts";
import type { FieldInput, FieldMapping } from "./types.ts";

/** Text of a source field of the record at hand, null when blank. */
type Cell = (column: string) => string | null;

/** Source fields that the comparison reads. */
export function agreeColumns(field: FieldMapping): readonly string[] {
  return (field.agree ?? []).flatMap(({ amount, code }) => [...inputColumns(amount), ...inputColumns(code)]);
}

/**
 * Compares the code of every amount that has a value with `own`, the value that the code field gets (null: none); case does
 * not matter. The problem (CURRENCY_CONFLICT) rejects the record; null: they agree.
 */
export function currencyConflict(field: FieldMapping, own: string | null, cell: Cell): RecordProblem | null {
  for (const { amount, code } of field.agree ?? []) {
    const value = read(amount, cell);
    const wanted = value === null ? null : read(code, cell);
    if (wanted === null || fold(wanted) === fold(own ?? "")) continue;
    const source = inputColumns(amount).join(", ");
    return {
      code: "CURRENCY_CONFLICT",
      field: field.target,
      value: wanted,
      reason: `${source === "" ? "an amount" : source} is in ${wanted}, but ${field.target} ${own === null ? "has no value" : `is ${own}`}`,
    };
  }
  return null;
}

function read(input: FieldInput, cell: Cell): string | null {
  if (input.kind === "value") return input.value === null ? null : String(input.value);
  for (const column of inputColumns(input)) {
    const text = cell(column);
    if (text !== null) return text;
  }
  return null;
}

const fold = (text: string): string => text.trim().toUpperCase();
