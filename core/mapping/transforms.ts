/** The closed table of transforms: pure functions from text to text. Documentation and tests come from it. */

import { ID_TRANSFORMS } from "./transforms-ids.ts";
import { NUMBER_TRANSFORMS } from "./transforms-numbers.ts";
import { TEXT_TRANSFORMS } from "./transforms-text.ts";
import type { TransformArg, TransformSpec } from "./transforms-types.ts";
import type { TransformCall } from "./types.ts";
import type { Failure } from "./values-types.ts";

export type { TransformArg, TransformExample, TransformSpec } from "./transforms-types.ts";

/** By name, in the order of the documentation. */
export const transforms: ReadonlyMap<string, TransformSpec> = new Map(
  [...TEXT_TRANSFORMS, ...ID_TRANSFORMS, ...NUMBER_TRANSFORMS].map((spec) => [spec.name, spec]),
);

/** What is wrong with the arguments of a call, in words; null when nothing is. The name must be in the table. */
export function checkTransformArgs(call: TransformCall): string | null {
  const spec = transforms.get(call.name);
  if (spec === undefined) return `there is no transform ${JSON.stringify(call.name)}`;
  const required = spec.args.filter((arg) => arg.optional !== true && arg.rest !== true).length;
  const most = spec.args.some((arg) => arg.rest === true) ? Number.POSITIVE_INFINITY : spec.args.length;
  const usage = `${spec.name}(${spec.args.map(argText).join(", ")})`;
  const leastRest = spec.args.some((arg) => arg.rest === true) ? required + 1 : required;
  if (call.args.length < leastRest || call.args.length > most)
    return `expected ${usage}, got ${call.args.length} arguments`;
  for (const [index, value] of call.args.entries()) {
    const arg = spec.args[Math.min(index, spec.args.length - 1)]!;
    const problem = argProblem(arg, value);
    if (problem !== null) return `expected ${usage}: ${arg.name} must be ${problem}, got ${JSON.stringify(value)}`;
  }
  return null;
}

/** Makes the function of one call, for a source that writes numbers with this decimal mark. Throws RangeError when `checkTransformArgs` finds a problem. */
export function compileTransform(
  call: TransformCall,
  decimal: "." | "," = ".",
): (text: string) => string | null | Failure {
  const problem = checkTransformArgs(call);
  if (problem !== null) throw new RangeError(problem);
  return transforms.get(call.name)!.make(call.args, decimal);
}

function argText(arg: TransformArg): string {
  return arg.rest === true ? `${arg.name}...` : arg.optional === true ? `${arg.name}?` : arg.name;
}

function argProblem(arg: TransformArg, value: string | number | boolean): string | null {
  if (arg.type === "integer") {
    const { min = 0, max = 1_000_000 } = arg;
    const fits = typeof value === "number" && Number.isInteger(value) && value >= min && value <= max;
    return fits ? null : `a whole number from ${min} to ${max}`;
  }
  if (arg.type === "decimal") return /^-?\d{1,30}(\.\d{1,30})?$/.test(String(value)) ? null : "a plain number";
  if (arg.nonEmpty === true && String(value) === "") return "a text that is not empty";
  return null;
}
