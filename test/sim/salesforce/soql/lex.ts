/** SOQL tokens. */
import { malformed } from "./errors.ts";

export interface Token {
  readonly kind: "word" | "string" | "number" | "date" | "datetime" | "symbol" | "end";
  /** As written; strings unescaped. */
  readonly text: string;
  /** 0-based offset. */
  readonly at: number;
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f" };
const PATTERN =
  /\s+|(?<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))|(?<date>\d{4}-\d\d-\d\d)|(?<number>[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?<word>[A-Za-z_][\w.]*(?::\d+)?)|(?<symbol><=|>=|!=|<>|[=<>(),])|'/y;

export function lex(soql: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < soql.length) {
    PATTERN.lastIndex = at;
    const found = PATTERN.exec(soql);
    if (found === null) throw malformed(soql, at, `line 1:${at} no viable alternative at character '${soql[at]}'`);
    if (found[0] === "'") {
      let text = "";
      let end = at + 1;
      for (; end < soql.length && soql[end] !== "'"; end++) {
        if (soql[end] === "\\") {
          end++;
          text += ESCAPES[soql[end] ?? ""] ?? soql[end] ?? "";
        } else text += soql[end];
      }
      if (end >= soql.length) throw malformed(soql, at, `line 1:${at} mismatched character '<EOF>' expecting '''`);
      tokens.push({ kind: "string", text, at });
      at = end + 1;
      continue;
    }
    const groups = found.groups ?? {};
    const kind = (["datetime", "date", "number", "word", "symbol"] as const).find((name) => groups[name] !== undefined);
    if (kind !== undefined) tokens.push({ kind, text: found[0], at });
    at = PATTERN.lastIndex;
  }
  tokens.push({ kind: "end", text: "<EOF>", at: soql.length });
  return tokens;
}
