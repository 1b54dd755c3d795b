/** `associations:` of a mapping. */
import type { YamlNode } from "../yaml.ts";
import { isPresent, type ProblemList, readKnown, readText, readTextMap, wrongType } from "../yaml-read.ts";
import { associationKeys, MISSING, names } from "./keys.ts";
import { placesOf, readTransforms } from "./parse-field.ts";
import { readPolicy } from "./parse-policy.ts";
import type { RawAssociation } from "./raw.ts";

export function readAssociations(node: YamlNode | null, problems: ProblemList, mapping: string): RawAssociation[] {
  if (!isPresent(node)) return [];
  const what = `${mapping}: associations`;
  if (node.kind !== "list") {
    wrongType(node, problems, what, "a list of maps with to and from");
    return [];
  }
  return node.items().flatMap((item) => {
    if (readKnown(item, problems, what, names(associationKeys)) === null) return [];
    const to = readText(item.get("to"), problems, `${what}: to`);
    const from = readText(item.get("from"), problems, `${what}: from`);
    for (const name of ["to", "from"]) {
      if (item.get(name) === null) {
        problems.error("MAPPING_MISSING_KEY", `${what}: ${name} is missing`, item.place, `Add ${name}.`);
      }
    }
    const association: Omit<RawAssociation, "to" | "from"> = {
      by: readText(item.get("by"), problems, `${what}: by`),
      label: readLabel(item.get("label"), problems, `${what}: label`),
      primary: readPrimary(item.get("primary"), problems, `${what}: primary`),
      pairs: readTextMap(item.get("pairs"), problems, `${what}: pairs`),
      transform: readTransforms(item.get("transform"), problems, what),
      missing: readPolicy(item.get("missing"), problems, `${what}: missing`, MISSING),
      separator: readText(item.get("separator"), problems, `${what}: separator`),
      place: item.place,
      at: placesOf(item, item.place),
    };
    return to === null || from === null ? [] : [{ ...association, to, from }];
  });
}

/** `true`, `false`, or the label that marks the primary link. */
function readPrimary(node: YamlNode | null, problems: ProblemList, what: string): RawAssociation["primary"] {
  if (!isPresent(node)) return null;
  if (node.kind === "scalar" && !node.quoted && typeof node.value === "boolean") return node.value;
  return readText(node, problems, what);
}

/** Between several labels in one cell, where `label` is a map. */
const LABEL_SEPARATOR = ";";

function readLabel(node: YamlNode | null, problems: ProblemList, what: string): RawAssociation["label"] {
  if (!isPresent(node)) return null;
  if (node.kind !== "map") {
    const column = readText(node, problems, what);
    return column === null ? null : { column };
  }
  readKnown(node, problems, what, ["value", "from", "separator"]);
  const [value, from] = [node.get("value"), node.get("from")];
  if ((value === null) === (from === null) || (value !== null && node.get("separator") !== null)) {
    return wrongType(
      node,
      problems,
      what,
      "a source field, { from: a source field with several labels, separator: text }, or { value: a fixed label }",
    );
  }
  if (value !== null) {
    const text = readText(value, problems, `${what}: value`);
    return text === null ? null : { text };
  }
  const column = readText(from, problems, `${what}: from`);
  const separator = readText(node.get("separator"), problems, `${what}: separator`) ?? LABEL_SEPARATOR;
  return column === null ? null : { column, separator };
}
