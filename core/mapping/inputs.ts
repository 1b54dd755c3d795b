import { EXTERNAL_ID } from "../schema.ts";
import type { FieldInput, LookupSpec, ObjectMapping } from "./types.ts";

/** Source fields that an input reads, in order. */
export function inputColumns(input: FieldInput): readonly string[] {
  if (input.kind === "from") return input.columns;
  if (input.kind === "value") return [];
  return input.parts.flatMap((part) => ("column" in part ? [part.column] : []));
}

/** True for references to keys: they are trimmed as keys are. Values of other fields are compared as the target has them. */
export const refersToKey = ({ by }: LookupSpec): boolean => by === null || by === EXTERNAL_ID;

/** Source fields that tell which records were merged. */
export function mergeColumns({ aliases, mergedInto }: ObjectMapping): readonly string[] {
  return [aliases?.from, mergedInto].filter((column) => column !== undefined);
}
