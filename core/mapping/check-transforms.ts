/** `transform:` against the closed table of transforms. */
import { didYouMean } from "../nearest.ts";
import type { ProblemList } from "../yaml-read.ts";
import type { RawTransform } from "./raw.ts";
import { checkTransformArgs, transforms } from "./transforms.ts";
import type { TransformCall } from "./types.ts";

/** The calls with their arguments by position. Notes MAPPING_UNKNOWN_TRANSFORM and MAPPING_TRANSFORM_ARGS. */
export function checkTransforms(raw: readonly RawTransform[], what: string, problems: ProblemList): TransformCall[] {
  return raw.flatMap(({ name, args, place }) => {
    const spec = transforms.get(name);
    if (spec === undefined) {
      const hint = didYouMean(name, transforms.keys()) ?? "docs/mapping.md lists the transforms.";
      problems.error("MAPPING_UNKNOWN_TRANSFORM", `${what}: no transform "${name}"`, place, hint);
      return [];
    }
    const call = { name, args: Array.isArray(args) ? args : [] };
    if (args instanceof Map) {
      const known = spec.args.map((arg) => arg.name);
      const unknown = [...args.keys()].find((key) => !known.includes(key));
      if (unknown !== undefined) {
        const message = `${what}: transform ${name} has no argument "${unknown}"; it has: ${known.join(", ") || "none"}`;
        problems.error("MAPPING_TRANSFORM_ARGS", message, place, didYouMean(unknown, known));
        return [];
      }
      // later arguments cannot be given without the earlier ones
      const last = known.findLastIndex((key) => args.has(key));
      const absent = known.slice(0, last).find((key) => !args.has(key));
      if (absent !== undefined) {
        problems.error("MAPPING_TRANSFORM_ARGS", `${what}: transform ${name}: ${absent} is missing`, place);
        return [];
      }
      call.args = known.slice(0, last + 1).map((key) => args.get(key)!);
    }
    const problem = checkTransformArgs(call);
    if (problem === null) return [call];
    problems.error("MAPPING_TRANSFORM_ARGS", `${what}: transform ${name}: ${problem}`, place);
    return [];
  });
}
