/** `format:` of dates and times: tokens `yyyy yy MMMM MMM MM M dd d HH H hh h mm ss SSS a Z`, anything else literally. */
import { ConfigError } from "../errors.ts";
import { clockMicros, fullYear, isCivil, monthNumber, offsetMinutes, type Wall } from "./dates.ts";
import { show } from "./numbers.ts";
import type { Failure } from "./values-types.ts";

const TOKENS: Readonly<Record<string, string>> = {
  yyyy: String.raw`(?<year>\d{4})`,
  yy: String.raw`(?<short>\d{2})`,
  MMMM: "(?<name>[A-Za-z]{3,9})",
  MMM: String.raw`(?<name>[A-Za-z]{3,4})\.?`,
  MM: String.raw`(?<month>\d{2})`,
  M: String.raw`(?<month>\d{1,2})`,
  dd: String.raw`(?<day>\d{2})`,
  d: String.raw`(?<day>\d{1,2})`,
  HH: String.raw`(?<hour>\d{2})`,
  H: String.raw`(?<hour>\d{1,2})`,
  hh: String.raw`(?<hour>\d{2})`,
  h: String.raw`(?<hour>\d{1,2})`,
  mm: String.raw`(?<minute>\d{2})`,
  ss: String.raw`(?<second>\d{2})`,
  SSS: String.raw`(?<fraction>\d{1,9})`,
  a: String.raw`(?<half>[AaPp])\.?[Mm]\.?`,
  Z: String.raw`(?<zone>Z|UTC|GMT|[-+]\d{2}(?::?\d{2})?)`,
};

/**
 * Compiles a format once. Quoted parts ('at') and everything that is not a letter stand for themselves.
 * Throws ConfigError FORMAT_INVALID (unknown token, a part twice, no complete date).
 */
export function compileFormat(format: string): (text: string) => Wall | Failure {
  let pattern = "";
  const names = new Set<string>();
  for (const [part] of format.matchAll(/'[^']*'|([A-Za-z])\1*|[^A-Za-z']+|'/g)) {
    if (part.startsWith("'") || !/^[A-Za-z]/.test(part)) {
      const literal = part === "'" ? part : part.replaceAll("'", "");
      pattern += literal.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
      continue;
    }
    // a lone T is the separator of ISO 8601
    const token = part === "T" ? "T" : TOKENS[part];
    if (token === undefined) throw invalid(format, `knows no token ${JSON.stringify(part)}`);
    const name = /\?<(\w+)>/.exec(token)?.[1];
    if (name !== undefined && names.has(name)) throw invalid(format, `has ${JSON.stringify(part)} twice`);
    if (name !== undefined) names.add(name);
    pattern += token;
  }
  const complete =
    (names.has("year") || names.has("short")) && (names.has("month") || names.has("name")) && names.has("day");
  if (!complete) throw invalid(format, "needs a year, a month and a day");
  const regex = new RegExp(`^${pattern}$`);
  return (text) => {
    const failure = { code: "VALUE_NOT_A_DATE", reason: `expected a date as ${format}, got ${show(text)}` };
    const trimmed = text.trim();
    const groups = trimmed.length > 200 ? undefined : regex.exec(trimmed)?.groups;
    if (groups === undefined) return failure;
    const year = groups.year === undefined ? fullYear(Number(groups.short)) : Number(groups.year);
    const month = groups.month === undefined ? monthNumber(groups.name!) : Number(groups.month);
    const day = Number(groups.day);
    const micros = clockMicros(
      groups.hour ?? "0",
      groups.minute ?? "0",
      groups.second ?? "0",
      groups.fraction ?? "",
      groups.half,
    );
    const offset = offsetMinutes(groups.zone);
    if (!isCivil(year, month, day) || micros === null || (groups.zone !== undefined && offset === null)) return failure;
    return { year, month, day, micros, hasTime: groups.hour !== undefined, offset };
  };
}

function invalid(format: string, problem: string): ConfigError {
  return new ConfigError("FORMAT_INVALID", `format ${JSON.stringify(format)} ${problem}`, {
    hint: `Use ${Object.keys(TOKENS).join(" ")}; put letters that stand for themselves in single quotes.`,
  });
}
