/**
 * Validated reading of YAML nodes: every function returns null for what is wrong and notes a problem with its place,
 * so that all of a file's problems are told at once. A node that is absent (null) is not a problem and gives null.
 */
import { ConfigError, type Place, type Problem } from "./errors.ts";
import { didYouMean } from "./nearest.ts";
import type { YamlEntry, YamlNode } from "./yaml.ts";

/** Collects problems of any file; shared by the parsers of configuration, mappings and models. */
export interface ProblemList {
  readonly all: readonly Problem[];
  error(code: string, message: string, place: Place, hint?: string | null): void;
  warn(code: string, message: string, place: Place, hint?: string | null): void;
  /** Throws one ConfigError that carries everything, when there is at least one error. */
  throwIfAny(): void;
}

export function createProblems(): ProblemList {
  const all: Problem[] = [];
  const add = (severity: Problem["severity"], code: string, message: string, place: Place, hint?: string | null) => {
    all.push({ code, message, place, hint: hint ?? null, severity });
  };
  return {
    all,
    error: (code, message, place, hint) => add("error", code, message, place, hint),
    warn: (code, message, place, hint) => add("warning", code, message, place, hint),
    throwIfAny() {
      const errors = all.filter((problem) => problem.severity === "error");
      if (errors.length > 0) throw ConfigError.of(errors);
    },
  };
}

/** What a node is, for messages: `a number`, `a list`, `nothing`. */
export function describeNode(node: YamlNode): string {
  if (node.kind === "map") return "a map";
  if (node.kind === "list") return "a list";
  if (node.quoted) return "a text";
  if (node.value === null) return "nothing";
  if (typeof node.value === "number") return "a number";
  return typeof node.value === "boolean" ? "true or false" : "a text";
}

/** Notes YAML_WRONG_TYPE `expected a list of texts, got a number` and returns null. `what` names the setting. */
export function wrongType(node: YamlNode, problems: ProblemList, what: string, expected: string): null {
  problems.error("YAML_WRONG_TYPE", `${what}: expected ${expected}, got ${describeNode(node)}`, node.place);
  return null;
}

/** Is it there and not empty (`key:` without a value, `null`, `~`)? */
export function isPresent(node: YamlNode | null): node is YamlNode {
  return node !== null && !(node.kind === "scalar" && node.value === null && !node.quoted);
}

/** The entries of a map with free keys. */
export function readEntries(node: YamlNode | null, problems: ProblemList, what: string): readonly YamlEntry[] | null {
  if (!isPresent(node)) return null;
  return node.kind === "map" ? node.entries() : wrongType(node, problems, what, "a map");
}

/** A map whose keys are known; others are YAML_UNKNOWN_KEY with the nearest known one. Known keys are still read. */
export function readKnown(
  node: YamlNode | null,
  problems: ProblemList,
  what: string,
  known: readonly string[],
): YamlNode | null {
  const entries = readEntries(node, problems, what);
  if (entries === null) return null;
  for (const entry of entries) checkKey(entry, problems, what, known);
  return node;
}

/** Notes YAML_UNKNOWN_KEY unless the key is known. */
export function checkKey(entry: YamlEntry, problems: ProblemList, what: string, known: readonly string[]): boolean {
  if (known.includes(entry.key)) return true;
  const hint = didYouMean(entry.key, known);
  const list = known.length <= 30 ? `; known keys: ${known.join(", ")}` : "";
  problems.error("YAML_UNKNOWN_KEY", `${what}: unknown key "${entry.key}"${list}`, entry.place, hint);
  return false;
}

/** Any scalar, as it is written: `01` and `yes` stay texts. */
export function readText(node: YamlNode | null, problems: ProblemList, what: string): string | null {
  if (node === null) return null;
  if (node.text === null || !isPresent(node)) return wrongType(node, problems, what, "a text");
  return node.text;
}

/** A list of scalars, as they are written. */
export function readTexts(node: YamlNode | null, problems: ProblemList, what: string): readonly string[] | null {
  if (node === null) return null;
  if (node.kind !== "list") return wrongType(node, problems, what, "a list of texts");
  return node
    .items()
    .map((item) => readText(item, problems, what))
    .filter((text) => text !== null);
}

/** One scalar or a list of them. */
export function readTextOrTexts(node: YamlNode | null, problems: ProblemList, what: string): readonly string[] | null {
  if (node === null) return null;
  if (node.kind === "list") return readTexts(node, problems, what);
  if (node.kind === "map" || !isPresent(node)) return wrongType(node, problems, what, "a text or a list of texts");
  return [node.text!];
}

/** A map from texts to texts, both as written (`01: "007"`, `null: none`). An empty value is `emptyValue`, or a problem when that is undefined. */
export function readTextMap(
  node: YamlNode | null,
  problems: ProblemList,
  what: string,
  emptyValue?: string,
): ReadonlyMap<string, string> | null {
  const entries = readEntries(node, problems, what);
  if (entries === null) return null;
  const result = new Map<string, string>();
  for (const { key, node: value } of entries) {
    const text = value.text === "" && !value.quoted ? emptyValue : value.text;
    if (text === null || text === undefined) wrongType(value, problems, `${what}: ${key}`, "a text");
    else result.set(key, text);
  }
  return result;
}

/** `true` or `false`, unquoted. */
export function readBoolean(node: YamlNode | null, problems: ProblemList, what: string): boolean | null {
  if (node === null) return null;
  return typeof node.value === "boolean" ? node.value : wrongType(node, problems, what, "true or false");
}

/** A finite number within bounds (inclusive). */
export function readNumber(
  node: YamlNode | null,
  problems: ProblemList,
  what: string,
  bounds: { readonly min?: number; readonly max?: number; readonly integer?: boolean } = {},
): number | null {
  if (node === null) return null;
  const { min = -Infinity, max = Infinity, integer = false } = bounds;
  const expected = integer ? "a whole number" : "a number";
  if (typeof node.value !== "number") return wrongType(node, problems, what, expected);
  const value = node.value;
  if (Number.isFinite(value) && value >= min && value <= max && (!integer || Number.isInteger(value))) return value;
  const range = [...(min === -Infinity ? [] : [`from ${min}`]), ...(max === Infinity ? [] : [`to ${max}`])].join(" ");
  problems.error(
    "YAML_WRONG_VALUE",
    `${what}: expected ${`${expected} ${range}`.trim()}, got ${node.text}`,
    node.place,
  );
  return null;
}

/** One of a closed list of texts; else YAML_WRONG_VALUE with the nearest. */
export function readOneOf<const Choice extends string>(
  node: YamlNode | null,
  problems: ProblemList,
  what: string,
  choices: readonly Choice[],
): Choice | null {
  const text = readText(node, problems, what);
  if (text === null) return null;
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  const message = `${what}: expected ${choices.join(", ")}, got "${text}"`;
  problems.error("YAML_WRONG_VALUE", message, node!.place, didYouMean(text, choices));
  return null;
}
