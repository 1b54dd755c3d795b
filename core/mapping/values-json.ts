/** JSON to the text PostgreSQL prints for jsonb: same numbers to the last digit, keys ordered by length, then bytes. */
import { parseDecimal, show } from "./numbers.ts";
import type { Failure } from "./values-types.ts";

const MAX_DEPTH = 500;

/** Canonical jsonb text. Refuses what jsonb cannot hold: NUL characters, lone surrogates, nesting beyond 500. */
export function parseJson(text: string): string | Failure {
  const tree = readJson(text);
  return "code" in tree ? tree : printTree(tree.value, text);
}

/** The value with its numbers as ExactNumber. */
export function readJson(text: string): { readonly value: unknown } | Failure {
  // the source text of numbers keeps their digits; TypeScript's library does not declare it yet
  const keepNumbers = (_key: string, item: unknown, context?: { readonly source?: string }): unknown =>
    typeof item === "number" ? new ExactNumber(context?.source ?? String(item)) : item;
  try {
    return { value: JSON.parse(text, keepNumbers as (key: string, value: unknown) => unknown) };
  } catch (error) {
    return notJson(text, `got ${(error as Error).message.slice(0, 80)}`);
  }
}

/** Canonical jsonb text of what `readJson` gave; `source` is shown in messages. */
export function printTree(value: unknown, source: string): string | Failure {
  try {
    return printJson(value, 0);
  } catch (error) {
    if (error instanceof Refused) return notJson(source, error.message);
    throw error;
  }
}

function notJson(text: string, what: string): Failure {
  return { code: "VALUE_NOT_JSON", reason: `expected valid JSON, ${what}: ${show(text)}` };
}

/** A JSON string literal as PostgreSQL's escape_json writes it. `text` must be well-formed Unicode without NUL. */
export function jsonString(text: string): string {
  return JSON.stringify(text);
}

/** Orders keys as jsonb does: shorter (in bytes) first, then by bytes. */
export function compareKeys(a: string, b: string): number {
  return Buffer.byteLength(a) - Buffer.byteLength(b) || Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** A number as it is written. */
export class ExactNumber {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

class Refused extends Error {}

function printJson(value: unknown, depth: number): string {
  if (depth > MAX_DEPTH) throw new Refused(`at most ${MAX_DEPTH} levels deep`);
  if (value instanceof ExactNumber) return printNumber(value.source);
  if (typeof value === "string") return printString(value);
  if (Array.isArray(value)) return `[${value.map((item) => printJson(item, depth + 1)).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const keys = Object.keys(value).sort(compareKeys);
    const members = value as Readonly<Record<string, unknown>>;
    return `{${keys.map((key) => `${printString(key)}: ${printJson(members[key], depth + 1)}`).join(", ")}}`;
  }
  return String(value);
}

function printString(text: string): string {
  if (text.includes("\0")) throw new Refused("without NUL characters");
  if (!text.isWellFormed()) throw new Refused("without lone surrogates");
  return jsonString(text);
}

function printNumber(source: string): string {
  const number = parseDecimal(source.replace("E+", "e").replace("E", "e"), ".");
  if (typeof number !== "string") throw new Refused("with numbers that numeric can hold");
  return number;
}
