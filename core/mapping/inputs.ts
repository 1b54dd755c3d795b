import type { FieldInput } from "./types.ts";

/** Source fields that an input reads, in order. */
export function inputColumns(input: FieldInput): readonly string[] {
  if (input.kind === "from") return input.columns;
  if (input.kind === "value") return [];
  return input.parts.flatMap((part) => ("column" in part ? [part.column] : []));
}
