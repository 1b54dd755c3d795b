/** Mapping files: text -> RawMapping. What a file says is read whole; whether it fits source and target is check.ts's affair. */
import { ConfigError, type Place } from "../errors.ts";
import { parseYaml, type YamlNode } from "../yaml.ts";
import {
  isPresent,
  type ProblemList,
  readEntries,
  readKnown,
  readOneOf,
  readText,
  readTextOrTexts,
  wrongType,
} from "../yaml-read.ts";
import { parseFilter } from "./filter.ts";
import { BLANK, CONFLICTS, DELETED, DUPLICATES, MODES, mappingKeys, names, OVERWRITE } from "./keys.ts";
import { readAssociations } from "./parse-associations.ts";
import { parseCases } from "./parse-cases.ts";
import { parseField, placesOf } from "./parse-field.ts";
import { readKey, readMatch } from "./parse-key.ts";
import { parsePicklists } from "./parse-picklist.ts";
import type { RawMapping, RawPicklist } from "./raw.ts";
import type { AliasSpec, Filter } from "./types.ts";

/** Between several ids in one cell, unless the mapping says otherwise. */
const ALIAS_SEPARATOR = ";";

/**
 * Parses a mapping file: one mapping, or `mappings:` with a list of them (and `picklists:` that they share).
 * Problems are noted with their places; YAML_SYNTAX and YAML_TOO_LARGE are thrown.
 */
export function parseMappingFile(file: string, text: string, problems: ProblemList): RawMapping[] {
  const { root } = parseYaml(file, text);
  if (!isPresent(root)) {
    problems.error("MAPPING_EMPTY", "the mapping file is empty", { file }, "Write object, source, key and fields.");
    return [];
  }
  const list = root.get("mappings");
  if (list === null) {
    const mapping = parseMapping(file, root, problems, new Map());
    return mapping === null ? [] : [mapping];
  }
  readKnown(root, problems, "mapping file", ["mappings", "picklists"]);
  const shared = parsePicklists(root.get("picklists"), problems);
  if (list.kind !== "list") {
    wrongType(list, problems, "mappings", "a list of mappings");
    return [];
  }
  return list
    .items()
    .map((item) => parseMapping(file, item, problems, shared))
    .filter((mapping) => mapping !== null);
}

function parseMapping(
  file: string,
  node: YamlNode,
  problems: ProblemList,
  shared: ReadonlyMap<string, RawPicklist>,
): RawMapping | null {
  if (node.kind !== "map") return wrongType(node, problems, "mapping", "a map with object, source, key and fields");
  readKnown(node, problems, "mapping", names(mappingKeys));
  for (const { name, required } of mappingKeys) {
    if (required === true && !isPresent(node.get(name))) {
      problems.error("MAPPING_MISSING_KEY", `mapping: ${name} is missing`, node.place, `Add ${name}.`);
    }
  }
  const present = (name: string): YamlNode | null => {
    const found = node.get(name);
    return isPresent(found) ? found : null;
  };
  const object = readText(present("object"), problems, "object");
  const sources = readTextOrTexts(present("source"), problems, "source");
  const name = object ?? "mapping";
  const entries = readEntries(node.get("fields"), problems, `${name}: fields`);
  const parsed = (entries ?? []).map((entry) => ({ entry, field: parseField(entry, problems, name) }));
  const overwrite = readOneOf(present("overwrite"), problems, `${name}: overwrite`, OVERWRITE);
  const blank = readOneOf(present("blank"), problems, `${name}: blank`, BLANK);
  const fields = parsed
    .map(({ field }) => field)
    .filter((field) => field !== null)
    .map((field) => ({ ...field, overwrite: field.overwrite ?? overwrite, blank: field.blank ?? blank }));
  const { key, ...keyRules } = readKey(present("key"), problems, name);
  const { match, matchIn } = readMatch(present("match"), problems, name);
  const unread = parsed.filter(({ field }) => field === null).map(({ entry }) => entry.key);
  if (entries === null) unread.push("fields");
  if (key === null && present("key") !== null && !keyRules.contentKey) unread.push("key");
  const mapping: Omit<RawMapping, "object" | "sources"> = {
    file,
    place: node.place,
    at: placesOf(node, node.place),
    key,
    ...keyRules,
    mode: readOneOf(present("mode"), problems, `${name}: mode`, MODES),
    conflicts: readOneOf(present("conflicts"), problems, `${name}: conflicts`, CONFLICTS),
    match,
    matchIn,
    duplicates: readOneOf(present("duplicates"), problems, `${name}: duplicates`, DUPLICATES),
    keyspace: readKeyspace(present("keyspace"), problems, name),
    filter: readFilter(present("filter"), problems, name),
    aliases: readAliases(present("aliases"), problems, name),
    mergedInto: readText(present("mergedInto"), problems, `${name}: mergedInto`),
    deleted: readOneOf(present("deleted"), problems, `${name}: deleted`, DELETED),
    fields,
    associations: readAssociations(node.get("associations"), problems, name),
    picklists: new Map([...shared, ...parsePicklists(node.get("picklists"), problems)]),
    cases: parseCases(node.get("cases"), problems, name),
    unread,
  };
  if (object === null || sources === null) return null;
  if (sources.length === 0) {
    problems.error("MAPPING_MISSING_KEY", `${name}: source: expected at least one`, mapping.at("source"));
    return null;
  }
  return { ...mapping, object, sources };
}

function readKeyspace(node: YamlNode | null, problems: ProblemList, mapping: string): string | null {
  const text = readText(node, problems, `${mapping}: keyspace`);
  if (text === null || /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,99}$/u.test(text)) return text;
  const message = `${mapping}: keyspace: expected letters, digits, ".", "_", "-" (at most 100), got "${text}"`;
  problems.error("YAML_WRONG_VALUE", message, node!.place);
  return null;
}

function readFilter(node: YamlNode | null, problems: ProblemList, mapping: string): Filter | null {
  const text = readText(node, problems, `${mapping}: filter`);
  if (text === null) return null;
  try {
    return parseFilter(text);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.error(error.code, `${mapping}: ${error.message}`, insideText(node!, error.place.column ?? 1), error.hint);
    return null;
  }
}

function readAliases(node: YamlNode | null, problems: ProblemList, mapping: string): AliasSpec | null {
  const what = `${mapping}: aliases`;
  if (node?.kind !== "map") {
    const from = readText(node, problems, what);
    return from === null ? null : { from, separator: ALIAS_SEPARATOR };
  }
  readKnown(node, problems, what, ["from", "separator"]);
  if (node.get("from") === null) problems.error("MAPPING_MISSING_KEY", `${what}: from is missing`, node.place);
  const from = readText(node.get("from"), problems, `${what}: from`);
  const separator = readText(node.get("separator"), problems, `${what}: separator`) ?? ALIAS_SEPARATOR;
  return from === null ? null : { from, separator };
}

/** The place of a character inside a scalar; the scalar's own where the notation (blocks, escapes) hides it. */
function insideText(node: YamlNode, column: number): Place {
  const { place, text } = node;
  if (place.column === undefined || text === null || /[\n\\"]/.test(text)) return place;
  return { ...place, column: place.column + column - 1 + (node.quoted ? 1 : 0) };
}
