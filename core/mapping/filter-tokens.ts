/** Words of the filter language; the grammar is in filter.ts. */
import { ConfigError } from "../errors.ts";

export interface FilterToken {
  /** `column` is a quoted column name; `name` an unquoted word: column or keyword. */
  readonly kind: "name" | "column" | "text" | "number" | "symbol" | "end";
  /** Unquoted content. */
  readonly value: string;
  /** As written. */
  readonly source: string;
  /** 1-based. */
  readonly column: number;
}

const TOKEN =
  /\s+|(?<text>'(?:[^']|'')*')|(?<column>"(?:[^"]|"")*"|\[[^\]]*\]|`[^`]*`)|(?<date>\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[-+]\d\d:?\d\d)?)?)|(?<number>[-+]?(?:\d+\.?\d*|\.\d+)(?![\p{L}_]))|(?<name>[\p{L}\p{N}_$][\p{L}\p{N}_$.]*)|(?<symbol><>|!=|<=|>=|[=<>(),])/uy;

/** Splits a filter; ends with one `end` token. Throws ConfigError MAPPING_FILTER_INVALID at what it cannot read. */
export function filterTokens(text: string): FilterToken[] {
  const tokens: FilterToken[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const start = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) throw unreadable(text, start);
    const { text: quoted, column, date, number, name } = match.groups!;
    const source = match[0];
    const at = { source, column: start + 1 };
    if (quoted !== undefined) tokens.push({ kind: "text", value: quoted.slice(1, -1).replaceAll("''", "'"), ...at });
    else if (column !== undefined) {
      tokens.push({ kind: "column", value: column.slice(1, -1).replaceAll('""', '"'), ...at });
    } else if (date !== undefined) tokens.push({ kind: "text", value: date, ...at });
    else if (number !== undefined) tokens.push({ kind: "number", value: number, ...at });
    else if (name !== undefined) tokens.push({ kind: "name", value: name, ...at });
    else if (source.trim() !== "") tokens.push({ kind: "symbol", value: source, ...at });
  }
  tokens.push({ kind: "end", value: "", source: "", column: text.length + 1 });
  return tokens;
}

function unreadable(text: string, start: number): ConfigError {
  const character = text[start]!;
  const open = { "'": "text", '"': "column name", "[": "column name", "`": "column name" }[character];
  const what = open === undefined ? `unexpected ${character}` : `${open} that begins with ${character} is not closed`;
  return new ConfigError("MAPPING_FILTER_INVALID", `filter: ${what} at column ${start + 1}`, {
    place: { column: start + 1 },
    hint: "Write comparisons such as: Stage = 'Won' AND Amount > 0 (text in single quotes).",
  });
}
