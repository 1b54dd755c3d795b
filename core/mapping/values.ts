/**
 * Values: from source text to canonical text, the very text that PostgreSQL prints for `column::text` once the value is
 * stored (time zone UTC; numeric with the scale as given). Staging, `explain`, reconcile and spot checks share it.
 */
import { ConfigError } from "../errors.ts";
import type { FieldType } from "../schema.ts";
import type { CompileOptions, StageType } from "./compiled.ts";
import { parseDate, parseDateTime, wallDate, wallInstant } from "./dates.ts";
import { fitNumeric, hasPercent, normalizeDecimal, parseDecimal, parseInteger, shiftDecimal, show } from "./numbers.ts";
import { phoneParser } from "./phone.ts";
import { durationParser } from "./values-duration.ts";
import { compileFormat } from "./values-format.ts";
import { parseJson } from "./values-json.ts";
import { arrayText, checkLength, parseBoolean, parseEmail, parseUrl, parseUuid, splitList } from "./values-text.ts";
import { isFailure, type Parse, type Parsed } from "./values-types.ts";
import { zoneClock } from "./values-zone.ts";

/** What a field's values are, where they go, and how the source writes them. */
export interface ValueSpec {
  readonly type: FieldType;
  /** Column type as `format_type` prints it; null for custom fields. It decides over `type` where they differ. */
  readonly columnType: string | null;
  readonly maxLength: number | null;
  readonly format: string | null;
  readonly country: string | null;
}

export type SourceFormats = Pick<CompileOptions, "timezone" | "dates" | "decimal">;

/** The form that a value takes: by the column, and by the field's type where the column is text or there is none. */
export type ValueKind =
  | "text"
  | "integer"
  | "decimal"
  | "percent"
  | "boolean"
  | "date"
  | "datetime"
  | "localtime"
  | "duration"
  | "list"
  | "picks"
  | "email"
  | "phone"
  | "url"
  | "uuid"
  | "json";

const INT_RANGES: Readonly<Record<string, readonly [bigint, bigint]>> = {
  smallint: [-32_768n, 32_767n],
  integer: [-2_147_483_648n, 2_147_483_647n],
  bigint: [-9_223_372_036_854_775_808n, 9_223_372_036_854_775_807n],
};

/** Type and modifier of a column type: `numeric(10,2)` -> numeric, 10, 2. */
export function columnBase(columnType: string): { readonly base: string; readonly args: readonly number[] } {
  const match = /^(.*?)\((\d+)(?:,(-?\d+))?\)(.*)$/.exec(columnType);
  if (match === null) return { base: columnType, args: [] };
  const args = [match[2], match[3]].filter((arg) => arg !== undefined).map(Number);
  return { base: match[1]! + match[4]!, args };
}

const STAGE_TYPES: Readonly<Record<string, StageType>> = {
  bigint: "int8",
  numeric: "numeric",
  boolean: "bool",
  date: "date",
  "timestamp with time zone": "timestamptz",
  jsonb: "jsonb",
  "text[]": "text[]",
  uuid: "uuid",
};

/** The staging column's type; everything that has no binary form here travels as text and is cast by the merge. */
export function stageType(columnType: string): StageType {
  return STAGE_TYPES[columnBase(columnType).base] ?? "text";
}

const COLUMN_KINDS: Readonly<Record<string, ValueKind>> = {
  smallint: "integer",
  integer: "integer",
  bigint: "integer",
  boolean: "boolean",
  date: "date",
  "timestamp with time zone": "datetime",
  "timestamp without time zone": "localtime",
  jsonb: "json",
  json: "json",
  "text[]": "list",
  "character varying[]": "list",
  uuid: "uuid",
  interval: "duration",
};

const TYPE_KINDS: Readonly<Record<FieldType, ValueKind>> = {
  text: "text",
  integer: "integer",
  decimal: "decimal",
  currency: "decimal",
  percent: "percent",
  boolean: "boolean",
  date: "date",
  datetime: "datetime",
  duration: "duration",
  picklist: "text",
  multipicklist: "picks",
  email: "email",
  phone: "phone",
  url: "url",
  reference: "text",
  owner: "text",
  json: "json",
  file: "text",
};

export function valueKind(type: FieldType, columnType: string | null): ValueKind {
  const base = columnType === null ? null : columnBase(columnType).base;
  if (base !== null && (base === "numeric" || base === "real" || base === "double precision")) {
    return type === "percent" ? "percent" : "decimal";
  }
  return (base === null ? undefined : COLUMN_KINDS[base]) ?? TYPE_KINDS[type];
}

/** Bounds of an integer kind, by the column; int8 without one. */
export function integerRange(columnType: string | null): readonly [bigint, bigint] {
  return INT_RANGES[columnType ?? "bigint"] ?? INT_RANGES.bigint!;
}

/** The smaller of the model's limit and the column's, in characters. */
export function lengthLimit(spec: Pick<ValueSpec, "maxLength" | "columnType">): number | null {
  const { base, args } = columnBase(spec.columnType ?? "");
  const column = base === "character varying" || base === "character" ? (args[0] ?? null) : null;
  if (spec.maxLength === null || column === null) return spec.maxLength ?? column;
  return Math.min(spec.maxLength, column);
}

/**
 * Makes the parser of one field; it takes texts that are not blank and never throws.
 * Throws ConfigError FORMAT_INVALID, COUNTRY_UNKNOWN, TIMEZONE_UNKNOWN.
 */
export function valueParser(spec: ValueSpec, source: SourceFormats): Parse {
  const kind = valueKind(spec.type, spec.columnType);
  const limit = lengthLimit(spec);
  const parse = kindParser(kind, spec, source);
  if (limit === null || !TEXTUAL.has(kind)) return parse;
  return (text) => {
    const parsed = parse(text);
    if (isFailure(parsed)) return parsed;
    const checked = checkLength(typeof parsed === "string" ? parsed : (parsed.text ?? ""), limit);
    return isFailure(checked) ? checked : parsed;
  };
}

const TEXTUAL: ReadonlySet<ValueKind> = new Set(["text", "picks", "email", "phone", "url"]);

function kindParser(kind: ValueKind, spec: ValueSpec, source: SourceFormats): Parse {
  switch (kind) {
    case "integer": {
      const [min, max] = integerRange(spec.columnType);
      return (text) => parseInteger(text, source.decimal, min, max);
    }
    case "decimal":
    case "percent":
      return decimalParser(spec.columnType, source.decimal, kind === "percent", percentFormat(kind, spec.format));
    case "boolean":
      return parseBoolean;
    case "date": {
      if (spec.format === null) return (text) => parseDate(text, source.dates);
      const read = compileFormat(spec.format);
      return (text) => {
        const wall = read(text);
        return "code" in wall ? wall : wallDate(wall);
      };
    }
    case "datetime":
    case "localtime": {
      const instant = instantParser(spec.format, source);
      if (kind === "datetime") return instant;
      return (text) => {
        const parsed = instant(text);
        return typeof parsed === "string" ? parsed.replace(/\+00$/, "") : parsed;
      };
    }
    case "duration":
      return durationParser(spec.format);
    case "list":
      return (text) => arrayText(splitList(text));
    case "picks":
      return (text) => splitList(text).join(";");
    case "email":
      return parseEmail;
    case "phone":
      return phoneParser(spec.country);
    case "url":
      return parseUrl;
    case "uuid":
      return parseUuid;
    case "json":
      return parseJson;
    case "text":
      return (text) => text;
  }
}

function instantParser(format: string | null, source: SourceFormats): Parse {
  const zone = zoneClock(source.timezone);
  if (format === null) return (text) => parseDateTime(text, source.dates, zone);
  const read = compileFormat(format);
  return (text) => {
    const wall = read(text);
    return "code" in wall ? { ...wall, code: "VALUE_NOT_A_DATETIME" } : wallInstant(wall, zone);
  };
}

/** `format:` of percentages: null, or `fraction` where .25 means 25 %. Throws ConfigError FORMAT_INVALID. */
export function percentFormat(kind: ValueKind, format: string | null): boolean {
  if (kind !== "percent" || format === null) return false;
  if (format === "fraction") return true;
  throw new ConfigError("FORMAT_INVALID", `expected fraction, got ${JSON.stringify(format)}`, {
    hint: "Write format: fraction where .25 means 25 %; leave it out where 25 does.",
  });
}

function decimalParser(columnType: string | null, decimal: "." | ",", percent: boolean, fraction: boolean): Parse {
  const { base, args } = columnBase(columnType ?? "numeric");
  const [precision, scale = 0] = args;
  return (text): Parsed => {
    const read = parseDecimal(text, decimal, percent);
    if (typeof read !== "string") return read;
    const parsed = fraction && !hasPercent(text) ? shiftDecimal(read, 2) : read;
    if (base !== "numeric") {
      const size = base === "real" ? Math.fround(Math.abs(Number(parsed))) : Math.abs(Number(parsed));
      if (size <= Number.MAX_VALUE && (size > 0 || !/[1-9]/.test(parsed))) return parsed;
      return { code: "VALUE_OUT_OF_RANGE", reason: `expected a number that ${base} can hold, got ${show(text)}` };
    }
    if (precision === undefined) return parsed;
    const fitted = fitNumeric(parsed, precision, scale);
    if (isFailure(fitted as Parsed)) return fitted as Parsed;
    const { text: stored, rounded } = fitted as { text: string; rounded: boolean };
    if (!rounded) return stored;
    const reason = `${show(text)} was rounded to ${scale} digits after the decimal mark, as ${columnType} holds it`;
    return { text: stored, warning: { code: "VALUE_ROUNDED", reason } };
  };
}

/** Compares canonical texts of one column: numbers by value, everything else exactly. */
export function sameValue(a: string | null, b: string | null, columnType: string): boolean {
  if (a === b) return true;
  if (a === null || b === null) return false;
  const { base } = columnBase(columnType);
  if (base === "numeric") return PLAIN.test(a) && PLAIN.test(b) && normalizeDecimal(a) === normalizeDecimal(b);
  if (base === "double precision") return Number(a) === Number(b);
  if (base === "real") return Math.fround(Number(a)) === Math.fround(Number(b));
  if (base === "character") return a.trimEnd() === b.trimEnd();
  return false;
}

const PLAIN = /^-?\d+(\.\d+)?$/;
