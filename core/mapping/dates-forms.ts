/** The written forms of dates and times: which part is what. Whether the date exists is for the caller to see. */
import { monthNumber } from "./dates-months.ts";
import { show } from "./numbers.ts";
import type { Failure } from "./values-types.ts";

export type DateOrder = "dmy" | "mdy" | "ymd" | "auto";

/** Year, month and day as written, and how many characters they take; a month of 0 is no month. */
export interface CivilParts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly length: number;
}

/** Two-digit years: 70..99 are 1970..1999, 00..69 are 2000..2069. */
export const fullYear = (twoDigits: number): number => (twoDigits >= 70 ? 1900 + twoDigits : 2000 + twoDigits);

const NUMERIC = /^(\d{1,4})([-/.]) ?(\d{1,2})\2 ?(\d{1,4})(?!\d)/;
const COMPACT = /^(\d{4})(\d{2})(\d{2})(?!\d)/;
const COMPACT_TIME = /^(\d{4})(\d{2})(\d{2})(?=\d{6}$)/;
// "5 Jan 2024", "05-Jan-24", "5. Januar 2024", "1er janvier 2024", "5 de enero de 2024", "5th of May 2024", "den 5 maj 2024"
const DAY_FIRST =
  /^(?:den |le |el |il |op )?(\d{1,2})(?:\.|st|nd|rd|th|er|º|ª|°)?(?:[-/. ]| de | of )?(\p{L}{3,12})\.?,?(?:[-/. ]| del? | of )?(\d{4}|\d{2})(?!\d)/iu;
// "January 5, 2024", "Jan 5th 2024", "Jan-05-2024"
const MONTH_FIRST = /^(\p{L}{3,12})\.?[-/. ](\d{1,2})(?:st|nd|rd|th)?(?:, ?|[-/. ])(\d{4})(?!\d)/iu;
// "2024-Jan-05", "2024 January 5"
const YEAR_FIRST = /^(\d{4})[-/. ]?(\p{L}{3,12})\.?[-/. ]?(\d{1,2})(?!\d)/u;

/** Reads the date at the start of a trimmed text. null: there is none; a Failure: it can be read in several ways. */
export function parseCivil(text: string, order: DateOrder): CivilParts | Failure | null {
  let match = NUMERIC.exec(text);
  if (match !== null) return numeric(match, text, order);
  match = COMPACT.exec(text) ?? COMPACT_TIME.exec(text);
  if (match !== null) return parts(match[1]!, Number(match[2]), match[3]!, match[0].length);
  match = DAY_FIRST.exec(text);
  if (match !== null) return parts(match[3]!, monthNumber(match[2]!), match[1]!, match[0].length);
  match = MONTH_FIRST.exec(text);
  if (match !== null) return parts(match[3]!, monthNumber(match[1]!), match[2]!, match[0].length);
  match = YEAR_FIRST.exec(text);
  return match === null ? null : parts(match[1]!, monthNumber(match[2]!), match[3]!, match[0].length);
}

function parts(year: string, month: number, day: string, length: number): CivilParts {
  return { year: year.length === 4 ? Number(year) : fullYear(Number(year)), month, day: Number(day), length };
}

function numeric(match: RegExpExecArray, text: string, order: DateOrder): CivilParts | Failure | null {
  const [all, first, , second, third] = match as unknown as [string, string, string, string, string];
  const { length } = all;
  const [a, b, c] = [Number(first), Number(second), Number(third)];
  if (first.length === 4) return third.length <= 2 ? { year: a, month: b, day: c, length } : null;
  if (first.length > 2 || (third.length === 1 && order !== "ymd") || third.length === 3) return null;
  if (order === "ymd") {
    return first.length === 2 && third.length <= 2 ? { year: fullYear(a), month: b, day: c, length } : null;
  }
  const year = third.length === 4 ? c : fullYear(c);
  if (order === "dmy") return { year, month: b, day: a, length };
  if (order === "mdy") return { year, month: a, day: b, length };
  if (third.length === 4) {
    if (a > 12 || a === b) return { year, month: b, day: a, length };
    if (b > 12) return { year, month: a, day: b, length };
  }
  return {
    code: "VALUE_DATE_AMBIGUOUS",
    reason: `${show(text)} can be read in several ways; set "dates: dmy", "mdy" or "ymd" for the source, or "format:" for the field`,
  };
}

export interface ClockParts {
  /** Microseconds since midnight. */
  readonly micros: number;
  /** Minutes east of UTC; null: none was given. */
  readonly offset: number | null;
}

const ZONE = String.raw`(?: ?(Z|(?:UTC|GMT)?[-+]\d{1,2}(?::?\d{2})?|UTC|GMT))?$`;
const HALF = String.raw`(?: ?([AaPp])\.? ?[Mm]\.?)?`;
const LEAD = String.raw`^(?:T|,? {1,3}(?:(?:at|um|à|kl\.?|om|alle|a las|às|-) )?)`;
const TIMES: readonly RegExp[] = [
  new RegExp(String.raw`${LEAD}(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?${HALF}(?: Uhr)?${ZONE}`),
  // 14.30, 14h30, 14.30.05
  new RegExp(String.raw`${LEAD}(\d{1,2})[.h](\d{2})(?:[.m](\d{2})()s?)?${HALF}(?: Uhr)?${ZONE}`),
  // 3 PM
  new RegExp(String.raw`${LEAD}(\d{1,2})()()() ?([AaPp])\.? ?[Mm]\.?${ZONE}`),
  // 093005, behind a date without marks
  /^T?(\d{2})(\d{2})(\d{2})()()(Z|[-+]\d{2}(?::?\d{2})?)?$/,
];

/** The time behind a date, as `parseCivil` leaves it; null: it is none. */
export function parseClock(rest: string): ClockParts | null {
  for (const form of TIMES) {
    const match = form.exec(rest);
    if (match === null) continue;
    const [, hour, minute, second, fraction, half, zone] = match;
    const micros = clockMicros(hour!, minute || "0", second || "0", fraction ?? "", half || undefined);
    const offset = offsetMinutes(zone);
    return micros === null || (zone !== undefined && offset === null) ? null : { micros, offset };
  }
  return null;
}

/** Microseconds since midnight, or null. 24:00 is the end of the day; fractions beyond microseconds are rounded. */
export function clockMicros(
  hh: string,
  mm: string,
  ss: string,
  fraction: string,
  half: string | undefined,
): number | null {
  let hour = Number(hh);
  const minute = Number(mm);
  const second = Number(ss);
  if (half !== undefined) {
    if (hour < 1 || hour > 12) return null;
    hour = (hour % 12) + (half.toLowerCase() === "p" ? 12 : 0);
  }
  if (minute > 59 || second > 59) return null;
  const micros = fraction === "" ? 0 : Math.round(Number(fraction.padEnd(9, "0")) / 1000);
  const total = ((hour * 60 + minute) * 60 + second) * 1_000_000 + micros;
  return total > 86_400_000_000 ? null : total;
}

/** Minutes east of UTC of `Z`, `UTC`, `GMT`, `+02`, `+0200`, `+02:00` or `UTC+2`; null: none, or not a real offset. */
export function offsetMinutes(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (text === "Z" || text === "UTC" || text === "GMT") return 0;
  const match = /([-+])(\d{1,2}?)(?::?(\d{2}))?$/.exec(text);
  if (match === null) return null;
  const hours = Number(match[2]);
  const minutes = Number(match[3] ?? "0");
  if (hours > 15 || minutes > 59) return null;
  return (match[1] === "-" ? -1 : 1) * (hours * 60 + minutes);
}
