/** `format:` of dates and times: tokens `yyyy yy MMMM MMM MM M dd d HH H hh h mm ss SSS a Z`, anything else literally; or `ms`, `s`. */
import { ConfigError } from "../errors.ts";
import { civilFromDays, FIRST_INSTANT, isCivil, LAST_INSTANT, type Wall } from "./dates.ts";
import { clockMicros, fullYear, offsetMinutes } from "./dates-forms.ts";
import { monthNumber } from "./dates-months.ts";
import { show } from "./numbers.ts";
import type { Failure } from "./values-types.ts";

const TOKENS: Readonly<Record<string, string>> = {
  yyyy: String.raw`(?<year>\d{4})`,
  yy: String.raw`(?<short>\d{2})`,
  MMMM: String.raw`(?<name>\p{L}{3,12})`,
  MMM: String.raw`(?<name>\p{L}{3,5})\.?`,
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
 * Compiles a format once. `ms` and `s` count from 1970 in UTC. Quoted parts ('at') and everything that is not a letter stand for themselves.
 * Throws ConfigError FORMAT_INVALID (unknown token, a part twice, no complete date).
 */
export function compileFormat(format: string): (text: string) => Wall | Failure {
  if (format === "ms" || format === "s") return (text) => epochWall(text, format);
  let pattern = "";
  const names = new Set<string>();
  for (const [part] of format.matchAll(/'[^']*'|([A-Za-z])\1*|[^A-Za-z']+|'/g)) {
    if (part.startsWith("'") || !/^[A-Za-z]/.test(part)) {
      const literal = part === "'" ? part : part.replaceAll("'", "");
      pattern += literal.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
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
  const regex = new RegExp(`^${pattern}$`, "u");
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

/** Milliseconds or seconds since 1970, with a fraction or without. */
function epochWall(text: string, unit: "ms" | "s"): Wall | Failure {
  const match = /^\s*(-)?(\d{1,15})(?:\.(\d{1,6}))?\s*$/.exec(text);
  const failure = (what: string): Failure => ({
    code: "VALUE_NOT_A_DATE",
    reason: `expected ${what}, got ${show(text)}`,
  });
  if (match === null) return failure(`${unit === "ms" ? "milliseconds" : "seconds"} since 1970`);
  const digits = match[2]! + (match[3] ?? "").padEnd(6, "0");
  const micros = (unit === "ms" ? BigInt(digits) / 1000n : BigInt(digits)) * (match[1] === undefined ? 1n : -1n);
  if (micros < BigInt(FIRST_INSTANT) * 1000n || micros > BigInt(LAST_INSTANT) * 1000n)
    return failure("a time in the years 1 to 9999");
  const days = Number(micros >= 0n ? micros / DAY : -((DAY - 1n - micros) / DAY));
  return { ...civilFromDays(days), micros: Number(micros - BigInt(days) * DAY), hasTime: true, offset: 0 };
}

const DAY = 86_400_000_000n;

function invalid(format: string, problem: string): ConfigError {
  return new ConfigError("FORMAT_INVALID", `format ${JSON.stringify(format)} ${problem}`, {
    hint: `Use ${Object.keys(TOKENS).join(" ")}; put letters that stand for themselves in single quotes; or ms or s, since 1970.`,
  });
}
