/** One entry of `fields:`. */
import type { Place } from "../errors.ts";
import { FIELD_TYPES } from "../schema.ts";
import type { YamlEntry, YamlNode } from "../yaml.ts";
import {
  isPresent,
  type ProblemList,
  readBoolean,
  readKnown,
  readOneOf,
  readText,
  readTextMap,
  readTextOrTexts,
  wrongType,
} from "../yaml-read.ts";
import { BLANK, CONFLICTS, fieldKeys, MISSING, names, ON_ERROR, OVERWRITE } from "./keys.ts";
import { parsePicklist } from "./parse-picklist.ts";
import { readPolicy } from "./parse-policy.ts";
import { parseTemplate } from "./parse-template.ts";
import type { RawField, RawPicklist, RawTransform } from "./raw.ts";
import type { FieldInput } from "./types.ts";

const CUSTOM = "custom.";

/** Reads `name: Name`, `name: [A, B]` or `name: { from: Name, ... }`; null when there is no input. `owner` names the mapping in messages. */
export function parseField(entry: YamlEntry, problems: ProblemList, mapping: string): RawField | null {
  const { key, node } = entry;
  const what = `${mapping}.${key}`;
  const custom = key.startsWith(CUSTOM);
  const map = node.kind === "map" ? readKnown(node, problems, what, names(fieldKeys)) : null;
  const get = (name: string): YamlNode | null => map?.get(name) ?? null;
  const input = map === null ? readColumns(node, problems, what) : readInput(map, problems, what);
  const transform = readTransforms(get("transform"), problems, what);
  const defaultNode = get("default");
  const field: Omit<RawField, "input"> = {
    target: custom ? key.slice(CUSTOM.length) : key,
    custom,
    place: entry.place,
    at: placesOf(map, entry.place),
    values: readTextMap(get("values"), problems, `${what}: values`, ""),
    transform,
    type: readOneOf(get("type"), problems, `${what}: type`, FIELD_TYPES),
    format: readText(get("format"), problems, `${what}: format`),
    country: readText(get("country"), problems, `${what}: country`),
    currency: readText(get("currency"), problems, `${what}: currency`),
    default: isPresent(defaultNode) ? readText(defaultNode, problems, `${what}: default`) : null,
    required: readBoolean(get("required"), problems, `${what}: required`) ?? false,
    blank: readOneOf(get("blank"), problems, `${what}: blank`, BLANK),
    overwrite: readOneOf(get("overwrite"), problems, `${what}: overwrite`, OVERWRITE),
    conflicts: readOneOf(get("conflicts"), problems, `${what}: conflicts`, CONFLICTS),
    onError: readPolicy(get("onError"), problems, `${what}: onError`, ON_ERROR),
    ...readLookup(get("lookup"), problems, `${what}: lookup`),
    typeFrom: readText(get("typeFrom"), problems, `${what}: typeFrom`),
    by: readText(get("by"), problems, `${what}: by`),
    missing: readPolicy(get("missing"), problems, `${what}: missing`, MISSING),
    typeInto: readText(get("typeInto"), problems, `${what}: typeInto`),
    picklist: readPicklist(get("picklist"), problems, what),
    owner: readBoolean(get("owner"), problems, `${what}: owner`),
    create: readBoolean(get("create"), problems, `${what}: create`) ?? false,
  };
  if (custom && field.target === "") {
    problems.error("MAPPING_FIELD_NAME", `${what}: expected a name after custom.`, entry.place);
    return null;
  }
  return input === null ? null : { ...field, input };
}

/** Finds the place of a key's value; the fallback where the key is absent. */
export function placesOf(map: YamlNode | null, fallback: Place): (key: string) => Place {
  return (key) => map?.get(key)?.place ?? fallback;
}

function readColumns(
  node: YamlNode,
  problems: ProblemList,
  what: string,
): Extract<FieldInput, { kind: "from" }> | null {
  const columns = readTextOrTexts(node, problems, what);
  if (columns === null) return null;
  if (columns.length > 0) return { kind: "from", columns };
  problems.error("MAPPING_NO_INPUT", `${what}: expected at least one source field, got an empty list`, node.place);
  return null;
}

/** Objects; as a map from what the source calls them. */
function readLookup(
  node: YamlNode | null,
  problems: ProblemList,
  what: string,
): Pick<RawField, "lookup" | "lookupNames"> {
  if (node?.kind !== "map") return { lookup: readTextOrTexts(node, problems, what), lookupNames: null };
  const named = readTextMap(node, problems, what);
  return { lookup: [...(named?.values() ?? [])], lookupNames: [...(named?.keys() ?? [])] };
}

function readInput(map: YamlNode, problems: ProblemList, what: string): FieldInput | null {
  const given = ["from", "value", "template"].filter((name) => map.get(name) !== null);
  const lookup = map.get("lookup");
  // `lookup: { account_id: account, contact_id: contact }` says where the value comes from
  if (given.length === 0 && lookup?.kind === "map" && lookup.entries().length > 0 && map.get("typeFrom") === null) {
    return { kind: "from", columns: lookup.entries().map(({ key }) => key) };
  }
  if (given.length !== 1) {
    const got = given.length === 0 ? "none of them" : given.join(" and ");
    problems.error(
      "MAPPING_NO_INPUT",
      `${what}: expected one of from, value, template, got ${got}`,
      map.place,
      given.length === 0 ? "Say where the value comes from, for example from: Name." : "Keep one of them.",
    );
    return null;
  }
  const node = map.get(given[0]!)!;
  if (given[0] === "from") {
    const columns = readColumns(node, problems, `${what}: from`);
    const skip = readTextOrTexts(map.get("skip"), problems, `${what}: skip`);
    return columns === null || skip === null ? columns : { ...columns, skip };
  }
  if (given[0] === "value") return readConstant(node, problems, what);
  const template = readText(node, problems, `${what}: template`);
  if (template === null) return null;
  const parsed = parseTemplate(template);
  if ("parts" in parsed) return { kind: "template", parts: parsed.parts };
  problems.error("MAPPING_TEMPLATE_INVALID", `${what}: template: ${parsed.error}`, node.place);
  return null;
}

/** Numbers whose notation would be lost (`007`, `1.0`) stay texts. */
function readConstant(node: YamlNode, problems: ProblemList, what: string): FieldInput | null {
  if (node.kind !== "scalar")
    return wrongType(node, problems, `${what}: value`, "a text, a number, true, false or null");
  const { value, text } = node;
  if (node.quoted || (typeof value === "number" && String(value) !== text)) return { kind: "value", value: text };
  return { kind: "value", value: value as string | number | boolean | null };
}

function readPicklist(node: YamlNode | null, problems: ProblemList, what: string): string | RawPicklist | null {
  if (node?.kind === "map") return parsePicklist("", node, problems);
  return readText(node, problems, `${what}: picklist`);
}

export function readTransforms(node: YamlNode | null, problems: ProblemList, what: string): RawTransform[] {
  if (!isPresent(node)) return [];
  const items = node.kind === "list" ? node.items() : [node];
  return items.flatMap((item) => {
    if (item.kind === "scalar" && isPresent(item)) return [{ name: item.text!, args: [], place: item.place }];
    const entries = item.entries();
    if (item.kind !== "map" || entries.length !== 1) {
      wrongType(item, problems, `${what}: transform`, "a name, or a map with one name and its arguments");
      return [];
    }
    const { key: name, node: args, place } = entries[0]!;
    return [{ name, args: readArguments(args, problems, `${what}: transform ${name}`), place }];
  });
}

function readArguments(node: YamlNode, problems: ProblemList, what: string): RawTransform["args"] {
  const one = (item: YamlNode): string | number | boolean => {
    if (item.kind === "scalar" && isPresent(item)) return argument(item);
    if (item.kind === "scalar" && item.quoted) return "";
    wrongType(item, problems, what, "a text, a number, true or false");
    return "";
  };
  if (node.kind === "map") return new Map(node.entries().map((entry) => [entry.key, one(entry.node)]));
  if (node.kind === "list") return node.items().map(one);
  return isPresent(node) ? [one(node)] : [];
}

/** As written when the notation carries more than the number: `01`, `1.0`. */
function argument(node: YamlNode): string | number | boolean {
  if (node.quoted || (typeof node.value === "number" && String(node.value) !== node.text)) return node.text!;
  return node.value as string | number | boolean;
}
