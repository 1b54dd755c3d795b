/**
 * YAML 1.2 (core schema) with the place of everything, so that each message can say `file:line:column`.
 * Files are untrusted: size, depth and aliases are limited, tags other than the core ones are refused.
 */
import {
  Alias,
  type Document,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  Scalar,
} from "yaml";
import { ConfigError, type Place, type Problem } from "./errors.ts";

/** Bytes of a file at most. */
export const YAML_MAX_BYTES = 1024 * 1024;
/** Levels of nesting, and nodes after aliases were followed. */
export const YAML_MAX_DEPTH = 64;
export const YAML_MAX_NODES = 200_000;

export type YamlScalar = string | number | boolean | null;

/** A value in the file. Read-only; aliases are already followed. */
export interface YamlNode {
  readonly kind: "map" | "list" | "scalar";
  /** Where the value starts; for an empty value, where it would. */
  readonly place: Place;
  /** Plain JavaScript value, deep; scalars as the core schema reads them (`01` is 1: see `text`). */
  readonly value: unknown;
  /** Scalars: the characters as written, quotes and escapes resolved (`01`, `1.0`, `null`, `yes`; "" for an empty value); else null. */
  readonly text: string | null;
  /** Scalars: written in quotes or as a block, hence always a text. */
  readonly quoted: boolean;
  /** Of a map, in file order; else none. */
  entries(): readonly YamlEntry[];
  /** Of a list; else none. */
  items(): readonly YamlNode[];
  /** A map's value by key, or null when there is none. */
  get(key: string): YamlNode | null;
}

export interface YamlEntry {
  /** The key as written: `01` stays `01`. */
  readonly key: string;
  /** Where the key starts. */
  readonly place: Place;
  readonly node: YamlNode;
}

export interface YamlDocument {
  readonly file: string;
  readonly root: YamlNode;
}

/**
 * Parses one document. `file` is what messages name. An empty file is a document whose root is an empty scalar.
 * Throws ConfigError YAML_TOO_LARGE, or YAML_SYNTAX with every problem: syntax, duplicate keys, keys that are not
 * scalars, tags, several documents.
 */
export function parseYaml(file: string, text: string): YamlDocument {
  const bytes = Buffer.byteLength(text);
  if (bytes > YAML_MAX_BYTES) throw tooLarge(file, `expected at most ${YAML_MAX_BYTES} bytes, got ${bytes}`);
  const lines = new LineCounter();
  const document = parse(file, text.startsWith("\uFEFF") ? text.slice(1) : text, lines);
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const problems: Problem[] = [...document.errors, ...document.warnings].map((error) =>
    syntax(sentence(error.message), at(error.pos[0])),
  );
  if (problems.length > 0) throw ConfigError.of(problems);
  const root = new Converter(file, document, at, problems).root();
  if (problems.length > 0) throw ConfigError.of(problems);
  return { file, root };
}

/** The characters of a scalar as written, or null for maps and lists: picklist keys and values such as `01`, `yes`, `1.0`, `null` stay what they are. */
export function scalarText(node: YamlNode): string | null {
  return node.text;
}

const CORE_TAGS = new Set(
  ["str", "int", "float", "bool", "null", "map", "seq"].map((name) => `tag:yaml.org,2002:${name}`),
);

function parse(file: string, text: string, lines: LineCounter): Document.Parsed {
  try {
    // Duplicate keys are found by the converter: the package compares pairwise, and by value (01 = 1).
    return parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      uniqueKeys: false,
      version: "1.2",
      schema: "core",
      merge: false,
    });
  } catch (cause) {
    if (cause instanceof RangeError) throw tooLarge(file, `expected at most ${YAML_MAX_DEPTH} levels of nesting`);
    throw cause;
  }
}

class Converter {
  readonly #file: string;
  readonly #document: Document.Parsed;
  readonly #at: (offset: number) => Place;
  readonly #problems: Problem[];
  /** Converted values by anchor, with the number of nodes in them; null while inside the anchored value. */
  readonly #anchors = new Map<string, { readonly node: YamlNode; readonly nodes: number } | null>();
  #nodes = 0;

  constructor(file: string, document: Document.Parsed, at: (offset: number) => Place, problems: Problem[]) {
    this.#file = file;
    this.#document = document;
    this.#at = at;
    this.#problems = problems;
  }

  root(): YamlNode {
    return this.#node(this.#document.contents, this.#at(0), 1);
  }

  #node(node: Node | null, fallback: Place, depth: number): YamlNode {
    this.#count(1);
    if (depth > YAML_MAX_DEPTH) throw tooLarge(this.#file, `expected at most ${YAML_MAX_DEPTH} levels of nesting`);
    if (node === null) return scalar(null, "", false, fallback);
    const place = node.range ? this.#at(node.range[0]) : fallback;
    if (node instanceof Alias) return this.#alias(node, place);
    const { tag, anchor } = node as { tag?: string; anchor?: string };
    if (tag !== undefined && !CORE_TAGS.has(tag)) return this.#refuse(`unknown tag ${tag}; remove it`, place);
    if (anchor === undefined) return this.#content(node, place, depth);
    const before = this.#nodes;
    this.#anchors.set(anchor, null);
    const converted = this.#content(node, place, depth);
    this.#anchors.set(anchor, { node: converted, nodes: this.#nodes - before + 1 });
    return converted;
  }

  #count(nodes: number): void {
    this.#nodes += nodes;
    if (this.#nodes <= YAML_MAX_NODES) return;
    throw tooLarge(this.#file, `expected at most ${YAML_MAX_NODES} values, aliases counted each time`);
  }

  #alias(node: Alias, place: Place): YamlNode {
    const target = this.#anchors.get(node.source);
    if (target === undefined) return this.#refuse(`unknown alias *${node.source}`, place);
    if (target === null) return this.#refuse(`alias *${node.source} must not contain itself`, place);
    this.#count(target.nodes);
    return target.node;
  }

  #content(node: Node, place: Place, depth: number): YamlNode {
    if (isScalar(node)) return this.#scalar(node, place);
    if (isMap(node)) return map(this.#entries(node.items as Pair<Node, Node | null>[], place, depth), place);
    if (!isSeq(node)) return this.#refuse("expected a map, a list or a value", place);
    return list(
      node.items.map((item) => this.#node(item as Node | null, place, depth + 1)),
      place,
    );
  }

  #scalar(node: Scalar, place: Place): YamlNode {
    const text = node.source ?? (node.value === null ? "" : String(node.value));
    const quoted = node.type !== undefined && node.type !== Scalar.PLAIN;
    return scalar(node.value as YamlScalar, text, quoted, place);
  }

  #entries(pairs: readonly Pair<Node, Node | null>[], around: Place, depth: number): YamlEntry[] {
    const seen = new Map<string, Place>();
    const entries: YamlEntry[] = [];
    for (const pair of pairs) {
      const name = this.#node(pair.key, around, depth + 1);
      if (name.text === null) {
        this.#refuse("a key must be a text, not a map or a list", name.place);
        continue;
      }
      const before = seen.get(name.text);
      if (before !== undefined) {
        this.#refuse(`duplicate key "${name.text}" (first on line ${before.line}); keep one of them`, name.place);
        continue;
      }
      seen.set(name.text, name.place);
      entries.push({ key: name.text, place: name.place, node: this.#node(pair.value, name.place, depth + 1) });
    }
    return entries;
  }

  #refuse(message: string, place: Place): YamlNode {
    this.#problems.push(syntax(message, place));
    return scalar(null, "", false, place);
  }
}

function scalar(value: YamlScalar, text: string, quoted: boolean, place: Place): YamlNode {
  return { kind: "scalar", place, value, text, quoted, entries: () => [], items: () => [], get: () => null };
}

function list(items: readonly YamlNode[], place: Place): YamlNode {
  const value = items.map((item) => item.value);
  return {
    kind: "list",
    place,
    value,
    text: null,
    quoted: false,
    entries: () => [],
    items: () => items,
    get: () => null,
  };
}

function map(entries: readonly YamlEntry[], place: Place): YamlNode {
  const byKey = new Map(entries.map((entry) => [entry.key, entry.node]));
  return {
    kind: "map",
    place,
    value: Object.fromEntries(entries.map((entry) => [entry.key, entry.node.value])),
    text: null,
    quoted: false,
    entries: () => entries,
    items: () => [],
    get: (key) => byKey.get(key) ?? null,
  };
}

function syntax(message: string, place: Place): Problem {
  return { code: "YAML_SYNTAX", message, place, hint: null, severity: "error" };
}

function tooLarge(file: string, message: string): ConfigError {
  return new ConfigError("YAML_TOO_LARGE", message, { place: { file }, hint: "Split the file or make it simpler." });
}

/** The package's messages start with a capital letter and may end in a full stop. */
function sentence(message: string): string {
  const text = message.replace(/\.$/, "");
  return text.charAt(0).toLowerCase() + text.slice(1);
}
