/**
 * `filter:` of a mapping, evaluated here. SQL's WHERE in small:
 *
 *   expression := and ("OR" and)*          and := not ("AND" not)*          not := "NOT" not | "(" expression ")" | test
 *   test := column ("=" | "!=" | "<>" | "<" | "<=" | ">" | ">=") literal
 *         | column ["NOT"] "IN" "(" literal ("," literal)* ")" | column ["NOT"] "LIKE" text | column "IS" ["NOT"] "NULL"
 *   literal := 'text' | number | 2024-01-31[T10:00:00Z] | true | false | null
 *   column := name | "quoted name" | [quoted name] | `quoted name`
 *
 * A blank cell counts as null. There is no third truth value: a blank is different from every text and number,
 * so `Stage != 'Won'` keeps records without a stage (as SOQL does), and `<`, `>`, LIKE are false for it.
 * Text compares case-sensitively, an unquoted number numerically, ISO dates as text.
 * `true` matches 1, true, t, yes, y, on, x (any case); `false` matches 0, false, f, no, n, off and blank.
 */
import { ConfigError } from "../errors.ts";
import { type FilterToken, filterTokens } from "./filter-tokens.ts";
import type { Filter } from "./types.ts";

export type FilterLiteral =
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "number"; readonly value: string }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "null" };

export type Comparison = "=" | "!=" | "<" | "<=" | ">" | ">=";

/** A parsed filter as data; sources that can filter themselves translate it. */
export type FilterExpression =
  | { readonly kind: "and"; readonly items: readonly FilterExpression[] }
  | { readonly kind: "or"; readonly items: readonly FilterExpression[] }
  | { readonly kind: "not"; readonly item: FilterExpression }
  | {
      readonly kind: "compare";
      readonly column: string;
      readonly operator: Comparison;
      readonly literal: FilterLiteral;
    }
  | { readonly kind: "in"; readonly column: string; readonly literals: readonly FilterLiteral[] }
  | { readonly kind: "like"; readonly column: string; readonly pattern: string }
  | { readonly kind: "null"; readonly column: string };

type Test = Filter["test"];

const MAX_DEPTH = 100;

/** Parses and compiles. Throws ConfigError MAPPING_FILTER_INVALID whose `place.column` is the 1-based column inside `text`. */
export function parseFilter(text: string): Filter {
  const expression = parseFilterExpression(text);
  const columns = new Set<string>();
  return { text, test: compile(expression, columns), columns: [...columns] };
}

/** Parses only. Throws as `parseFilter` does. */
export function parseFilterExpression(text: string): FilterExpression {
  const tokens = filterTokens(text);
  let at = 0;
  let depth = 0;

  const peek = (): FilterToken => tokens[at]!;
  const fail = (expected: string, token = peek()): never => {
    const got = token.kind === "end" ? "the end" : token.source;
    throw new ConfigError(
      "MAPPING_FILTER_INVALID",
      `filter: expected ${expected}, got ${got} at column ${token.column}`,
      {
        place: { column: token.column },
        hint: "Write comparisons such as: Stage = 'Won' AND Amount > 0 (text in single quotes).",
      },
    );
  };
  const word = (name: string): boolean => {
    const token = peek();
    if (token.kind !== "name" || token.source.toUpperCase() !== name) return false;
    at++;
    return true;
  };
  const symbol = (name: string): boolean => {
    const token = peek();
    if (token.kind !== "symbol" || token.source !== name) return false;
    at++;
    return true;
  };

  function chain(kind: "and" | "or", next: () => FilterExpression): FilterExpression {
    const items = [next()];
    while (word(kind.toUpperCase())) items.push(next());
    return items.length === 1 ? items[0]! : { kind, items };
  }
  const expression = (): FilterExpression => chain("or", () => chain("and", not));

  function not(): FilterExpression {
    if (++depth > MAX_DEPTH) fail(`at most ${MAX_DEPTH} nested conditions`);
    try {
      if (word("NOT")) return { kind: "not", item: not() };
      if (!symbol("(")) return test();
      const inner = expression();
      if (!symbol(")")) fail("AND, OR or )");
      return inner;
    } finally {
      depth--;
    }
  }

  function test(): FilterExpression {
    const token = peek();
    if (token.kind !== "name" && token.kind !== "column") return fail("a column name");
    if (token.kind === "name" && /^(and|or|in|is|like|null|true|false)$/i.test(token.source))
      return fail("a column name");
    at++;
    const column = token.value;
    const operator = peek();
    if (operator.kind === "symbol" && /^(=|!=|<>|<|<=|>|>=)$/.test(operator.source)) {
      at++;
      const sign = (operator.source === "<>" ? "!=" : operator.source) as Comparison;
      const value = literal();
      if ((value.kind === "null" || value.kind === "boolean") && sign !== "=" && sign !== "!=") {
        return fail(`= or != before ${value.kind === "null" ? "null" : String(value.value)}`, operator);
      }
      return { kind: "compare", column, operator: sign, literal: value };
    }
    if (word("IS")) {
      const negated = word("NOT");
      if (!word("NULL")) fail("NULL");
      return negate(negated, { kind: "null", column });
    }
    const negated = word("NOT");
    if (word("IN")) return negate(negated, { kind: "in", column, literals: list() });
    if (word("LIKE")) {
      const pattern = peek();
      if (pattern.kind !== "text") return fail("'text' with % after LIKE");
      at++;
      return negate(negated, { kind: "like", column, pattern: pattern.value });
    }
    return fail("one of = != < <= > >= IN, NOT IN, LIKE, IS NULL, IS NOT NULL");
  }

  function list(): FilterLiteral[] {
    if (!symbol("(")) fail("( after IN");
    const literals = [literal()];
    while (symbol(",")) literals.push(literal());
    if (!symbol(")")) fail(", or )");
    return literals;
  }

  function literal(): FilterLiteral {
    const token = peek();
    if (token.kind === "text" || token.kind === "number") {
      at++;
      return { kind: token.kind, value: token.value };
    }
    if (word("TRUE")) return { kind: "boolean", value: true };
    if (word("FALSE")) return { kind: "boolean", value: false };
    if (word("NULL")) return { kind: "null" };
    return fail("a value ('text', a number, a date, true, false or null)");
  }

  const result = expression();
  if (peek().kind !== "end") fail("AND, OR or the end");
  return result;
}

const negate = (negated: boolean, item: FilterExpression): FilterExpression => (negated ? { kind: "not", item } : item);

function compile(expression: FilterExpression, columns: Set<string>): Test {
  if (expression.kind === "and" || expression.kind === "or") {
    const tests = expression.items.map((item) => compile(item, columns));
    return expression.kind === "and"
      ? (value) => tests.every((test) => test(value))
      : (value) => tests.some((test) => test(value));
  }
  if (expression.kind === "not") {
    const test = compile(expression.item, columns);
    return (value) => !test(value);
  }
  const { column } = expression;
  columns.add(column);
  if (expression.kind === "null") return (value) => isBlank(value(column));
  if (expression.kind === "like") {
    const pattern = likePattern(expression.pattern);
    return (value) => pattern.test(value(column) ?? "");
  }
  if (expression.kind === "in") {
    const equals = expression.literals.map(equality);
    return (value) => {
      const cell = value(column);
      return equals.some((equal) => equal(cell));
    };
  }
  const { operator, literal } = expression;
  if (operator === "=" || operator === "!=") {
    const equal = equality(literal);
    return operator === "=" ? (value) => equal(value(column)) : (value) => !equal(value(column));
  }
  if (literal.kind !== "text" && literal.kind !== "number") return () => false;
  return (value) => {
    const cell = value(column);
    if (cell === null || isBlank(cell)) return false;
    const order = literal.kind === "number" ? compareNumbers(cell, literal.value) : compareTexts(cell, literal.value);
    if (order === null) return false;
    if (operator === "<") return order < 0;
    if (operator === "<=") return order <= 0;
    return operator === ">" ? order > 0 : order >= 0;
  };
}

function equality(literal: FilterLiteral): (cell: string | null) => boolean {
  if (literal.kind === "null") return isBlank;
  if (literal.kind === "boolean") {
    const words = literal.value ? /^\s*(1|true|t|yes|y|on|x)\s*$/i : /^\s*(0|false|f|no|n|off)?\s*$/i;
    return (cell) => words.test(cell ?? "");
  }
  if (literal.kind === "number") return (cell) => cell !== null && compareNumbers(cell, literal.value) === 0;
  return literal.value === "" ? isBlank : (cell) => cell === literal.value;
}

const isBlank = (cell: string | null): boolean => cell === null || cell.trim() === "";

const compareTexts = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

/** null when the cell is not a number. Integers of any length compare exactly. */
function compareNumbers(cell: string, literal: string): number | null {
  const text = cell.trim();
  if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text)) return null;
  if (/^[-+]?\d{15,}$/.test(text) && /^[-+]?\d+$/.test(literal)) {
    const difference = BigInt(text.replace(/^\+/, "")) - BigInt(literal.replace(/^\+/, ""));
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  }
  return Number(text) - Number(literal);
}

/** LIKE: `%` is any text, `_` one character, `\` takes the next one literally. */
function likePattern(pattern: string): RegExp {
  let source = "";
  for (let at = 0; at < pattern.length; at++) {
    let character = pattern[at]!;
    if (character === "%") source += "[^]*";
    else if (character === "_") source += "[^]";
    else {
      if (character === "\\" && at + 1 < pattern.length) character = pattern[++at]!;
      source += character.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
    }
  }
  return new RegExp(`^${source.replace(/(\[\^\]\*)+/g, "[^]*")}$`);
}
