/** Target objects that the configuration names. Whether a mapping loads them is checked when the mappings are known. */
import type { MigrationConfig, NamedObject } from "./config-types.ts";
import type { Problem } from "./errors.ts";
import { didYouMean } from "./nearest.ts";
import type { YamlNode } from "./yaml.ts";
import { isPresent, type ProblemList } from "./yaml-read.ts";

/** Of `scope` and of the cutover's stages, with their places. Notes CONFIG_INVALID for an empty list: it would load nothing. */
export function namedObjects(root: YamlNode, problems: ProblemList): { readonly named?: readonly NamedObject[] } {
  const lists: [string, YamlNode | null][] = [["scope.objects", root.get("scope")?.get("objects") ?? null]];
  const stages = root.get("cutover")?.get("stages")?.items() ?? [];
  for (const [index, stage] of stages.entries()) lists.push([`cutover.stages[${index}].objects`, stage.get("objects")]);
  const named: NamedObject[] = [];
  for (const [setting, node] of lists) {
    if (!isPresent(node)) continue;
    const items = node.kind === "list" ? node.items() : [node];
    if (items.length === 0) {
      const message = `${setting}: expected at least one object, got an empty list`;
      problems.error("CONFIG_INVALID", message, node.place, "Name the objects, or leave the key out: all are loaded.");
    }
    for (const item of items) if (item.text !== null) named.push({ object: item.text, setting, place: item.place });
  }
  return named.length === 0 ? {} : { named };
}

/** SCOPE_UNKNOWN_OBJECT for every named object that no mapping loads. */
export function unknownObjects(config: MigrationConfig, loaded: readonly string[]): readonly Problem[] {
  const known = [...new Set(loaded)];
  return (config.named ?? [])
    .filter(({ object }) => !known.includes(object))
    .map(({ object, setting, place }) => ({
      code: "SCOPE_UNKNOWN_OBJECT",
      message: `${setting}: no mapping loads "${object}"; mapped objects: ${known.join(", ")}`,
      place,
      hint: didYouMean(object, known),
      severity: "error",
    }));
}
