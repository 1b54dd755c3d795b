/** Compiles conditions to predicates over row indexes, and finds the id window that a query reads. */
import { abilities } from "../describe.ts";
import { isId } from "../ids.ts";
import type { Value } from "../org/field.ts";
import type { Org, Table } from "../org/org.ts";
import type { Condition, Literal, Query } from "./ast.ts";
import { type Column, column } from "./columns.ts";
import { malformed, SoqlError, soqlError } from "./errors.ts";
import { idLiteral } from "./parse.ts";

export type Test = (index: number) => boolean;
const TEXTS = new Set([
  "string",
  "textarea",
  "picklist",
  "multipicklist",
  "combobox",
  "email",
  "phone",
  "url",
  "encryptedstring",
  "time",
]);
const NUMBERS = new Set(["int", "double", "currency", "percent"]);

/** Evaluates a sub-select to the values of its one column. */
export type SubSelect = (query: Query) => Set<Value>;

/** A literal as a field's value compares, or an error when it is of another type. */
function comparable(soql: string, at: number, col: Column, literal: Literal): Value {
  const wrong = (type: string, quotes: boolean): SoqlError =>
    soqlError(
      "INVALID_FIELD",
      soql,
      at,
      `value of filter criterion for field '${col.name}' must be of type ${type} and should${quotes ? "" : " not"} be enclosed in quotes`,
    );
  if (literal === null) return null;
  if (col.type === "id" || col.type === "reference") {
    if (typeof literal !== "string") throw wrong("string", true);
    if (literal !== "" && !isId(literal))
      throw new SoqlError(
        "INVALID_QUERY_FILTER_OPERATOR",
        `\n${soql.slice(Math.max(0, at - 40), at + 40)}\nERROR at Row:1:Column:${at + 1}\ninvalid ID field: ${literal}`,
      );
    return idLiteral(literal) as string;
  }
  if (TEXTS.has(col.type)) {
    if (typeof literal !== "string") throw wrong("string", true);
    return literal.toLowerCase();
  }
  if (col.type === "boolean") {
    if (typeof literal !== "boolean") throw wrong("boolean", false);
    return literal;
  }
  if (NUMBERS.has(col.type)) {
    if (typeof literal !== "number") throw wrong(col.type === "int" ? "int" : "double", false);
    return literal;
  }
  if (col.type === "date") {
    if (typeof literal !== "object" || !("day" in literal)) throw wrong("date", false);
    return literal.day;
  }
  if (typeof literal !== "object" || !("instant" in literal)) throw wrong("dateTime", false);
  return literal.instant;
}

function filterable(soql: string, col: Column, at: number): void {
  if (col.field !== null && !abilities(col.field).filterable) {
    throw soqlError("INVALID_FIELD", soql, at, `field '${col.name}' can not be filtered in a query call`);
  }
}

/** Texts compare without case; the rest as they are. */
function reader(col: Column): (index: number) => Value {
  if (!TEXTS.has(col.type)) return col.read;
  return (index) => {
    const value = col.read(index);
    return typeof value === "string" ? value.toLowerCase() : value;
  };
}

function like(pattern: string): RegExp {
  const source = pattern
    .toLowerCase()
    .replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")
    .replaceAll("%", "[^]*")
    .replaceAll("_", "[^]");
  return new RegExp(`^${source}$`, "u");
}

export function compile(org: Org, table: Table, query: Query, condition: Condition, sub: SubSelect): Test {
  const { soql } = query;
  switch (condition.kind) {
    case "and": {
      const tests = condition.of.map((part) => compile(org, table, query, part, sub));
      return (index) => tests.every((test) => test(index));
    }
    case "or": {
      const tests = condition.of.map((part) => compile(org, table, query, part, sub));
      return (index) => tests.some((test) => test(index));
    }
    case "not": {
      const test = compile(org, table, query, condition.of, sub);
      return (index) => !test(index);
    }
    case "in": {
      const col = column(org, table, soql, condition.left);
      filterable(soql, col, condition.left.at);
      const values =
        condition.query === null
          ? new Set(condition.values.map((value) => comparable(soql, condition.left.at, col, value)))
          : sub(condition.query);
      const read = reader(col);
      return condition.not ? (index) => !values.has(read(index)) : (index) => values.has(read(index));
    }
    case "includes": {
      const col = column(org, table, soql, condition.left);
      if (col.type !== "multipicklist")
        throw malformed(soql, condition.left.at, `includes or excludes operator only valid on multipicklist field`);
      const wanted = condition.values.map((value) => String(value).toLowerCase().split(";"));
      const read = reader(col);
      return (index) => {
        const value = read(index);
        const held = typeof value === "string" ? value.split(";") : [];
        return wanted.some((all) => all.every((one) => held.includes(one))) !== condition.not;
      };
    }
    case "compare": {
      const col = column(org, table, soql, condition.left);
      filterable(soql, col, condition.left.at);
      const read = reader(col);
      if (condition.op === "like") {
        if (!TEXTS.has(col.type) || typeof condition.right !== "string")
          throw soqlError("INVALID_FIELD", soql, condition.left.at, `invalid operator on ${col.type} field`);
        const pattern = like(condition.right);
        return (index) => {
          const value = read(index);
          return typeof value === "string" && pattern.test(value);
        };
      }
      const right = comparable(soql, condition.rightAt, col, condition.right);
      // SOQL treats an empty text as null.
      const wanted = right === "" ? null : right;
      if (condition.op === "=") return (index) => read(index) === wanted;
      if (condition.op === "!=") return (index) => read(index) !== wanted;
      if (wanted === null) return () => false;
      return ordered(condition.op, read, wanted);
    }
  }
}

function ordered(op: "<" | "<=" | ">" | ">=", read: (index: number) => Value, right: string | number | boolean): Test {
  const test: (value: string | number | boolean) => boolean =
    op === "<"
      ? (value) => value < right
      : op === "<="
        ? (value) => value <= right
        : op === ">"
          ? (value) => value > right
          : (value) => value >= right;
  return (index) => {
    const value = read(index);
    return value !== null && test(value);
  };
}

/** Conditions that all must hold. */
export const conjuncts = (where: Condition | null): readonly Condition[] =>
  where === null
    ? []
    : where.kind === "and"
      ? where.of.flatMap((part) => (part.kind === "and" ? conjuncts(part) : [part]))
      : [where];

/** Rows that a query has to look at: an index range, or single indexes. */
export interface Window {
  readonly from: number;
  readonly to: number;
  readonly only: readonly number[] | null;
}

/** The first index whose id is not before `id`. */
function lowerBound(org: Org, table: Table, id: string): number {
  let low = 0;
  let high = table.size;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (org.idIn(table, middle) < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function windowOf(org: Org, table: Table, where: Condition | null): Window {
  let [from, to] = [0, table.size];
  let only: number[] | null = null;
  for (const part of conjuncts(where)) {
    if (part.kind !== "compare" && part.kind !== "in") continue;
    if (part.left.path.length !== 1 || part.left.path[0]!.toLowerCase() !== "id") continue;
    if (part.kind === "in") {
      if (part.not || part.query !== null) continue;
      const found = part.values.map((id) =>
        typeof id === "string" ? org.indexIn(table, idLiteral(id) as string) : -1,
      );
      only = [...new Set(found)].filter((index) => index >= 0).sort((a, b) => a - b);
      continue;
    }
    const id = idLiteral(part.right);
    if (typeof id !== "string") continue;
    const at = lowerBound(org, table, id);
    const hit = at < table.size && org.idIn(table, at) === id;
    if (part.op === "=") [from, to] = hit ? [Math.max(from, at), Math.min(to, at + 1)] : [0, 0];
    if (part.op === ">=") from = Math.max(from, at);
    if (part.op === ">") from = Math.max(from, hit ? at + 1 : at);
    if (part.op === "<") to = Math.min(to, at);
    if (part.op === "<=") to = Math.min(to, hit ? at + 1 : at);
  }
  return { from, to: Math.max(from, to), only };
}
