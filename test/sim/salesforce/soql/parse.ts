/** Parses the SOQL subset. Throws SoqlError MALFORMED_QUERY. */
import { to18 } from "../ids.ts";
import type { Aggregate, Condition, Item, Literal, Order, Path, Query } from "./ast.ts";
import { malformed } from "./errors.ts";
import { lex, type Token } from "./lex.ts";

const AGGREGATES = new Set(["COUNT", "COUNT_DISTINCT", "SUM", "MIN", "MAX", "AVG"]);
const RESERVED = new Set([
  "from",
  "where",
  "group",
  "order",
  "limit",
  "offset",
  "having",
  "all",
  "for",
  "with",
  "using",
]);

export function parse(soql: string): Query {
  if (soql.trim() === "") throw malformed(soql, 0, "unexpected token: '<EOF>'");
  const parser = new Parser(soql);
  const query = parser.query();
  parser.end();
  return query;
}

class Parser {
  readonly #soql: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(soql: string) {
    this.#soql = soql;
    this.#tokens = lex(soql);
  }

  end(): void {
    if (this.#peek().kind !== "end") this.#unexpected();
  }

  query(): Query {
    this.#word("select");
    const select = [this.#item()];
    while (this.#take(",")) select.push(this.#item());
    this.#word("from");
    // objects that are called like a keyword
    const name = this.#isWord("group") || this.#isWord("order") ? this.#next() : this.#name();
    const from = { name: name.text, at: name.at };
    if (this.#peek().kind === "word" && !RESERVED.has(this.#peek().text.toLowerCase())) {
      const alias = this.#next();
      if (!/^\w+$/.test(alias.text) || this.#peek().kind === "string")
        throw malformed(this.#soql, alias.at, `unexpected token: '${alias.text}'`);
    }
    if (this.#isWord("using")) {
      this.#next();
      this.#word("scope");
      this.#next();
    }
    const where = this.#takeWord("where") ? this.#or() : null;
    const groupBy: Path[] = [];
    if (this.#takeWord("group")) {
      this.#word("by");
      groupBy.push(this.#path());
      while (this.#take(",")) groupBy.push(this.#path());
    }
    const orderBy: Order[] = [];
    if (this.#takeWord("order")) {
      this.#word("by");
      orderBy.push(this.#order());
      while (this.#take(",")) orderBy.push(this.#order());
    }
    const limit = this.#takeWord("limit") ? this.#whole() : null;
    const offsetAt = this.#peek().at;
    const offset = this.#takeWord("offset") ? this.#whole() : null;
    let allRows = false;
    if (this.#takeWord("all")) {
      this.#word("rows");
      allRows = true;
    }
    return { soql: this.#soql, select, from, where, groupBy, orderBy, limit, offset, offsetAt, allRows };
  }

  #item(): Item {
    const token = this.#peek();
    if (this.#take("(")) {
      const query = this.query();
      this.#expect(")");
      return { kind: "subquery", query, at: token.at };
    }
    if (this.#isWord("typeof")) return this.#typeOf();
    const name = this.#name();
    if (this.#take("(")) {
      const kind = name.text.toUpperCase();
      if (!AGGREGATES.has(kind)) throw malformed(this.#soql, name.at, `unexpected token: '('`);
      const of = this.#peek().text === ")" ? null : this.#path();
      this.#expect(")");
      return { kind: "aggregate", name: kind as Aggregate, of, alias: this.#alias(), at: name.at };
    }
    return { kind: "field", path: name.text.split("."), at: name.at, alias: this.#alias() };
  }

  #alias(): string | null {
    const token = this.#peek();
    if (token.kind !== "word" || RESERVED.has(token.text.toLowerCase())) return null;
    return this.#next().text;
  }

  #typeOf(): Item {
    const { at } = this.#next();
    const of = this.#path();
    const when: { object: string; fields: Path[] }[] = [];
    while (this.#takeWord("when")) {
      const object = this.#name().text;
      this.#word("then");
      when.push({ object, fields: this.#paths() });
    }
    const otherwise = this.#takeWord("else") ? this.#paths() : [];
    this.#word("end");
    return { kind: "typeof", of, when, otherwise, at };
  }

  #paths(): Path[] {
    const paths = [this.#path()];
    while (this.#take(",")) paths.push(this.#path());
    return paths;
  }

  #order(): Order {
    const by = this.#path();
    const descending = this.#takeWord("desc");
    if (!descending) this.#takeWord("asc");
    let nullsLast = false;
    if (this.#takeWord("nulls")) {
      nullsLast = this.#takeWord("last");
      if (!nullsLast) this.#word("first");
    }
    return { by, descending, nullsLast };
  }

  #or(): Condition {
    const first = this.#unary();
    const kind = this.#isWord("and") ? "and" : this.#isWord("or") ? "or" : null;
    if (kind === null) return first;
    const of = [first];
    while (this.#takeWord(kind)) of.push(this.#unary());
    if (this.#isWord("and") || this.#isWord("or")) this.#unexpected();
    return { kind, of };
  }

  #unary(): Condition {
    if (this.#takeWord("not")) return { kind: "not", of: this.#unary() };
    if (this.#take("(")) {
      const inner = this.#or();
      this.#expect(")");
      return inner;
    }
    return this.#comparison();
  }

  #comparison(): Condition {
    const left = this.#path();
    const token = this.#next();
    const word = token.kind === "word" ? token.text.toLowerCase() : "";
    if (word === "in" || word === "not") {
      if (word === "not") this.#word("in");
      return this.#in(left, word === "not");
    }
    if (word === "includes" || word === "excludes") {
      return { kind: "includes", left, not: word === "excludes", values: this.#values() };
    }
    const rightAt = this.#peek().at;
    if (word === "like") return { kind: "compare", left, op: "like", right: this.#literal(), rightAt };
    const op = token.text === "<>" ? "!=" : token.text;
    if (!["=", "!=", "<", "<=", ">", ">="].includes(op))
      throw malformed(this.#soql, token.at, `unexpected token: '${token.text}'`);
    return { kind: "compare", left, op: op as "=", right: this.#literal(), rightAt };
  }

  #in(left: Path, not: boolean): Condition {
    if (this.#tokens[this.#at + 1]?.text.toLowerCase() === "select") {
      this.#expect("(");
      const query = this.query();
      this.#expect(")");
      return { kind: "in", left, not, values: [], query };
    }
    return { kind: "in", left, not, values: this.#values(), query: null };
  }

  #values(): Literal[] {
    this.#expect("(");
    const values = [this.#literal()];
    while (this.#take(",")) values.push(this.#literal());
    this.#expect(")");
    return values;
  }

  #literal(): Literal {
    const token = this.#next();
    if (token.kind === "string") return token.text;
    if (token.kind === "number") return Number(token.text);
    if (token.kind === "date") return { day: token.text };
    if (token.kind === "datetime") {
      const iso = token.text.replace(/([+-]\d\d)(\d\d)$/, "$1:$2");
      const ms = Date.parse(iso);
      if (Number.isNaN(ms)) throw malformed(this.#soql, token.at, `Invalid date: ${token.text}`);
      return { instant: new Date(ms).toISOString() };
    }
    const word = token.text.toLowerCase();
    if (word === "null") return null;
    if (word === "true" || word === "false") return word === "true";
    throw malformed(this.#soql, token.at, `unexpected token: '${token.text}'`);
  }

  #whole(): number {
    const token = this.#next();
    if (token.kind !== "number" || !/^\d+$/.test(token.text))
      throw malformed(this.#soql, token.at, `unexpected token: '${token.text}'`);
    return Number(token.text);
  }

  #path(): Path {
    const { text, at } = this.#name();
    return { path: text.split("."), at };
  }

  #name(): Token {
    const token = this.#next();
    if (token.kind !== "word" || RESERVED.has(token.text.toLowerCase()))
      throw malformed(this.#soql, token.at, `unexpected token: '${token.text}'`);
    return token;
  }

  #peek(): Token {
    return this.#tokens[this.#at]!;
  }

  #next(): Token {
    const token = this.#tokens[this.#at]!;
    if (token.kind !== "end") this.#at++;
    return token;
  }

  #isWord(word: string): boolean {
    const token = this.#peek();
    return token.kind === "word" && token.text.toLowerCase() === word;
  }

  #takeWord(word: string): boolean {
    const is = this.#isWord(word);
    if (is) this.#at++;
    return is;
  }

  #word(word: string): void {
    if (!this.#takeWord(word)) this.#unexpected();
  }

  #take(symbol: string): boolean {
    const token = this.#peek();
    const is = token.kind === "symbol" && token.text === symbol;
    if (is) this.#at++;
    return is;
  }

  #expect(symbol: string): void {
    if (!this.#take(symbol)) this.#unexpected();
  }

  #unexpected(): never {
    const token = this.#peek();
    throw malformed(this.#soql, token.at, `unexpected token: '${token.text}'`);
  }
}

/** A literal compared with an id field, in its 18-character form. */
export const idLiteral = (literal: Literal): Literal =>
  typeof literal === "string" && /^[0-9A-Za-z]{15}$/.test(literal) ? to18(literal) : literal;
