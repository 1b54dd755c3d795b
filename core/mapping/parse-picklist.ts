/** `picklists:` and picklists in place. */
import type { Place } from "../errors.ts";
import { parseYaml, type YamlNode } from "../yaml.ts";
import { isPresent, type ProblemList, readEntries, readKnown, readTextMap, wrongType } from "../yaml-read.ts";
import { names, picklistKeys, UNMAPPED } from "./keys.ts";
import { readWord } from "./parse-policy.ts";
import type { RawPicklist } from "./raw.ts";
import type { Picklist } from "./types.ts";

/** `picklists.yaml`: one key, `picklists`. Problems are noted; YAML_SYNTAX is thrown. */
export function parsePicklistsFile(
  file: string,
  text: string,
  problems: ProblemList,
): ReadonlyMap<string, RawPicklist> {
  const { root } = parseYaml(file, text);
  if (!isPresent(root)) return new Map();
  readKnown(root, problems, "picklists file", ["picklists"]);
  return parsePicklists(root.get("picklists"), problems);
}

/** A map of picklists by name. */
export function parsePicklists(node: YamlNode | null, problems: ProblemList): ReadonlyMap<string, RawPicklist> {
  const picklists = new Map<string, RawPicklist>();
  for (const { key, node: value } of readEntries(node, problems, "picklists") ?? []) {
    const picklist = parsePicklist(key, value, problems);
    if (picklist !== null) picklists.set(key, picklist);
  }
  return picklists;
}

/** `{ values, unmapped }`. */
export function parsePicklist(name: string, node: YamlNode, problems: ProblemList): RawPicklist | null {
  const what = name === "" ? "picklist" : `picklist ${name}`;
  if (!isPresent(node)) return wrongType(node, problems, what, "a map with values and unmapped");
  if (readKnown(node, problems, what, names(picklistKeys)) === null) return null;
  const valuesNode = node.get("values");
  const unmappedNode = node.get("unmapped");
  const values = readTextMap(valuesNode, problems, `${what}: values`) ?? new Map<string, string>();
  const places = new Map<string, Place>(valuesNode?.entries().map((entry) => [entry.key, entry.node.place]) ?? []);
  const unmapped = readWord(unmappedNode, problems, `${what}: unmapped`) ?? "stop";
  const word = UNMAPPED.find((known) => known === unmapped);
  const picklist: Picklist = { name, values, unmapped: word ?? { value: unmapped } };
  return { picklist, place: node.place, places, unmappedPlace: unmappedNode?.place ?? node.place };
}
