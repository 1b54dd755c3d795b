/** Reads a YAML map by OptionSpecs: types, closed values, required ones, defaults, unknown keys with the nearest known. */
import type { Place } from "./errors.ts";
import type { OptionSpec } from "./options.ts";
import type { YamlNode } from "./yaml.ts";
import {
  isPresent,
  type ProblemList,
  readBoolean,
  readKnown,
  readNumber,
  readOneOf,
  readText,
  readTextOrTexts,
  wrongType,
} from "./yaml-read.ts";

export type OptionValues = Readonly<Record<string, unknown>>;

/**
 * Values by option name; options that are neither given nor have a default are absent. Notes YAML_* and OPTION_REQUIRED.
 * `alsoKnown` are keys of the same map that somebody else reads. `what` names the map in messages; `place` is used when it is absent.
 */
export function readOptions(
  node: YamlNode | null,
  specs: readonly OptionSpec[],
  problems: ProblemList,
  what: string,
  place: Place,
  alsoKnown: readonly string[] = [],
): OptionValues {
  const known = readKnown(node, problems, what === "" ? "migration.yaml" : what, [
    ...alsoKnown,
    ...specs.map((spec) => spec.name),
  ]);
  if (isPresent(node) && known === null) return {};
  const values: Record<string, unknown> = {};
  for (const spec of specs) {
    const value = known?.get(spec.name) ?? null;
    const name = what === "" ? spec.name : `${what}.${spec.name}`;
    if (isPresent(value)) {
      const read = readOption(value, spec, problems, name);
      if (read !== null) values[spec.name] = read;
    } else if (spec.type === "object" && spec.members !== undefined && spec.required !== true) {
      // a group that is not given lacks nothing
      const optional = spec.members.map((member) => ({ ...member, required: false }));
      const members = readOptions(null, optional, problems, name, place);
      if (Object.keys(members).length > 0) values[spec.name] = members;
    } else if (spec.default !== undefined) values[spec.name] = spec.default;
    else if (spec.required === true) {
      const example = spec.example === undefined ? "" : `, for example ${JSON.stringify(spec.example)}`;
      problems.error(
        "OPTION_REQUIRED",
        `${name} is missing: ${spec.description}`,
        node?.place ?? place,
        `Set ${name}${example}.`,
      );
    }
  }
  return values;
}

function readOption(node: YamlNode, spec: OptionSpec, problems: ProblemList, what: string): unknown {
  switch (spec.type) {
    case "string":
      if (spec.values !== undefined && spec.secret !== true) return readOneOf(node, problems, what, spec.values);
      return readText(node, problems, what);
    case "integer":
      return readNumber(node, problems, what, { integer: true });
    case "number":
      return readNumber(node, problems, what);
    case "boolean":
      return readBoolean(node, problems, what);
    case "string[]":
      return readList(node, spec, problems, what);
    case "object":
      if (spec.members !== undefined) return readOptions(node, spec.members, problems, what, node.place);
      return node.kind === "map" ? node.value : wrongType(node, problems, what, "a map");
    case "any":
      return node.value;
  }
}

function readList(node: YamlNode, spec: OptionSpec, problems: ProblemList, what: string): readonly string[] | null {
  if (spec.values === undefined) return readTextOrTexts(node, problems, what);
  const items = node.kind === "list" ? node.items() : [node];
  return items.map((item) => readOneOf(item, problems, what, spec.values!)).filter((text) => text !== null);
}

/** Every non-empty text of the options that are marked secret, members included. */
export function secretValues(values: OptionValues, specs: readonly OptionSpec[]): string[] {
  return specs.flatMap((spec) => {
    const value = values[spec.name];
    if (spec.secret === true) return texts(value);
    if (spec.members === undefined || typeof value !== "object" || value === null) return [];
    return secretValues(value as OptionValues, spec.members);
  });
}

function texts(value: unknown): string[] {
  if (typeof value === "string") return value === "" ? [] : [value];
  if (typeof value === "number") return [String(value)];
  if (typeof value === "object" && value !== null) return Object.values(value).flatMap(texts);
  return [];
}
