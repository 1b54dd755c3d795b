/** What can be looked at although some mapping files are wrong. */
import { basename } from "node:path";
import type { Problem } from "../errors.ts";
import type { MappingSet } from "../mapping/types.ts";

/** Files that all mappings share. */
const SHARED = /^(?:owners|picklists)\.ya?ml$/i;

/**
 * The mappings of files without an error; null: none is left, or not all `problems` are about mapping files. `told` are the
 * problems of mapping files.
 */
export function soundMappings(
  set: MappingSet,
  problems: readonly Problem[],
  told: readonly Problem[],
): MappingSet | null {
  const ofFiles = new Set(told);
  const wrong = new Set<string>();
  for (const problem of problems) {
    const { file } = problem.place;
    if (!ofFiles.has(problem) || file === undefined || SHARED.test(basename(file))) return null;
    wrong.add(file);
  }
  const mappings = set.mappings.filter(({ file }) => !wrong.has(file));
  return mappings.length === 0 ? null : { ...set, mappings };
}
