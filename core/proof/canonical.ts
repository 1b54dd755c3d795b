/** Compares an expected value with the target's by the column's type, both as PostgreSQL prints it (`column::text`). */
import { isDeepStrictEqual } from "node:util";
import type { FieldMapping } from "../mapping/types.ts";
import { valueKind } from "../mapping/values.ts";
import type { FieldType } from "../schema.ts";
import { compareDecimals, parseDecimal } from "./decimal.ts";

const NUMBER = /^(numeric|decimal|bigint|integer|smallint)\b/;
const FLOAT = /^(real|double precision)$/;
const INSTANT =
  /^(\d{4,6})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?$/;

/** Microseconds since 1970 in UTC; a time without zone is taken as UTC; null when it is not a time. */
export function instant(text: string): bigint | null {
  const match = INSTANT.exec(text.trim());
  if (match === null) return null;
  const [, year, month, day, hour = "0", minute = "0", second = "0", fraction = "", zone = "Z"] = match;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  date.setUTCHours(Number(hour), Number(minute), Number(second));
  const micros = BigInt(date.getTime()) * 1000n + BigInt(fraction.padEnd(6, "0").slice(0, 6));
  if (zone === "Z") return micros;
  const sign = zone.startsWith("-") ? -1n : 1n;
  const digits = zone.slice(1).replace(":", "").padEnd(4, "0");
  return micros - sign * 60_000_000n * (BigInt(digits.slice(0, 2)) * 60n + BigInt(digits.slice(2)));
}

function json(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const TRUE = new Set(["true", "t", "1"]);
const FALSE = new Set(["false", "f", "0"]);

/** True, false, or null when the type is not one that is compared here: ask the database. */
export function sameValue(columnType: string, expected: string | null, target: string | null): boolean | null {
  if (expected === null || target === null) return expected === target;
  if (expected === target) return true;
  if (NUMBER.test(columnType)) {
    const [left, right] = [parseDecimal(expected), parseDecimal(target)];
    return left !== null && right !== null && compareDecimals(left, right) === 0;
  }
  if (FLOAT.test(columnType)) {
    const [left, right] = [Number(expected), Number(target)];
    return columnType === "real" ? Math.fround(left) === Math.fround(right) : left === right;
  }
  if (columnType.startsWith("timestamp")) {
    const [left, right] = [instant(expected), instant(target)];
    return left !== null && left === right;
  }
  if (columnType === "date") return expected.slice(0, 10) === target;
  if (columnType === "boolean") {
    return (TRUE.has(expected) && TRUE.has(target)) || (FALSE.has(expected) && FALSE.has(target));
  }
  if (columnType === "jsonb" || columnType === "json") return sameJson(expected, target);
  if (columnType === "uuid" || columnType === "citext") return expected.toLowerCase() === target.toLowerCase();
  if (columnType.startsWith("character(")) return expected.trimEnd() === target.trimEnd();
  if (columnType === "text" || columnType.startsWith("character")) return false;
  return null;
}

const NUMERIC_TYPES: ReadonlySet<FieldType> = new Set(["integer", "decimal", "currency", "percent", "duration"]);
const JSON_TYPES: ReadonlySet<FieldType> = new Set(["json", "multipicklist"]);

/** For members of the custom jsonb, read with `->>`: by the field's type. */
export function sameCustom(type: FieldType, expected: string | null, target: string | null): boolean {
  if (expected === null || target === null || expected === target) return expected === target;
  if (NUMERIC_TYPES.has(type)) return sameValue("numeric", expected, target) === true;
  if (type === "datetime") return sameValue("timestamp", expected, target) === true;
  return JSON_TYPES.has(type) && sameJson(expected, target);
}

/** The JSON type that a custom field's value is written as; null: whichever the value itself has. */
export function customType({ type, owner, lookup }: FieldMapping): "number" | "boolean" | "string" | null {
  const kind = owner || lookup !== null ? "text" : valueKind(type, null);
  if (kind === "integer" || kind === "decimal" || kind === "percent") return "number";
  if (kind === "json" || kind === "picks") return null;
  return kind === "boolean" ? kind : "string";
}

function sameJson(expected: string, target: string): boolean {
  return isDeepStrictEqual(json(expected) ?? expected, json(target) ?? target);
}

/** An instant as people read it (`2024-01-31T10:00:00Z`); other texts as they are. */
export function shown(columnType: string, text: string | null): string | null {
  if (text === null || !columnType.startsWith("timestamp")) return text;
  return text.replace(" ", "T").replace(/\+00(:?00)?$/, "Z");
}
