/** Picklist options of a model file: `[a, b]`, `[{ value, label }]` or `{ a: Label }`. */
import { labelOf } from "../labels.ts";
import type { PicklistOption } from "../schema.ts";
import type { YamlNode } from "../yaml.ts";
import { type ProblemList, readKnown, readText, readTextMap, wrongType } from "../yaml-read.ts";

/** Reads a list of options; labels default to the value in words (`closed_won`: Closed Won). Doubled values are MODEL_DUPLICATE_OPTION. */
export function parseOptions(node: YamlNode, problems: ProblemList, what: string): readonly PicklistOption[] {
  const options = node.kind === "map" ? fromMap(node, problems, what) : fromList(node, problems, what);
  const seen = new Set<string>();
  for (const { value } of options) {
    const folded = value.toLowerCase();
    if (seen.has(folded)) {
      problems.error(
        "MODEL_DUPLICATE_OPTION",
        `${what}: value "${value}" is listed twice (case is ignored)`,
        node.place,
      );
    }
    seen.add(folded);
  }
  return options;
}

function fromMap(node: YamlNode, problems: ProblemList, what: string): PicklistOption[] {
  return [...(readTextMap(node, problems, what) ?? [])].map(([value, label]) => ({ value, label }));
}

function fromList(node: YamlNode, problems: ProblemList, what: string): PicklistOption[] {
  if (node.kind !== "list") {
    wrongType(node, problems, what, "a list of values, or a map from value to label");
    return [];
  }
  return node.items().flatMap((item) => {
    if (item.kind !== "map") {
      const value = readText(item, problems, what);
      return value === null ? [] : [{ value, label: labelOf(value) }];
    }
    readKnown(item, problems, what, ["value", "label"]);
    const value = readText(item.get("value"), problems, `${what}: value`);
    if (value === null) {
      if (item.get("value") === null) wrongType(item, problems, what, "a map with the key value");
      return [];
    }
    return [{ value, label: readText(item.get("label"), problems, `${what}: label`) ?? labelOf(value) }];
  });
}
