/** JSON to the text PostgreSQL prints for jsonb: same numbers to the last digit, keys ordered by length, then bytes. */
import { parseDecimal, show } from "./numbers.ts";
import type { Failure } from "./values-types.ts";

const MAX_DEPTH = 500;

/** Canonical jsonb text. Refuses what jsonb cannot hold: NUL characters, lone surrogates, nesting beyond 500. */
export function parseJson(text: string): string | Failure {
  const fail = (what: string): Failure => ({
    code: "VALUE_NOT_JSON",
    reason: `expected valid JSON, ${what}: ${show(text)}`,
  });
  let value: unknown;
  try {
    // the source text of numbers keeps their digits; TypeScript's library does not declare it yet
    const keepNumbers = (_key: string, item: unknown, context?: { readonly source?: string }): unknown =>
      typeof item === "number" ? new ExactNumber(context?.source ?? String(item)) : item;
    value = JSON.parse(text, keepNumbers as (key: string, value: unknown) => unknown);
  } catch (error) {
    return fail(`got ${(error as Error).message.slice(0, 80)}`);
  }
  try {
    return printJson(value, 0);
  } catch (error) {
    if (error instanceof Refused) return fail(error.message);
    throw error;
  }
}

/** A JSON string literal as PostgreSQL's escape_json writes it. `text` must be well-formed Unicode without NUL. */
export function jsonString(text: string): string {
  return JSON.stringify(text);
}

/** Orders keys as jsonb does: shorter (in bytes) first, then by bytes. */
export function compareKeys(a: string, b: string): number {
  return Buffer.byteLength(a) - Buffer.byteLength(b) || Buffer.compare(Buffer.from(a), Buffer.from(b));
}

class ExactNumber {
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
