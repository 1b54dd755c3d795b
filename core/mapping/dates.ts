/**
 * The calendar, and dates and times from text, without Date objects and without the time zone of the process.
 * Proleptic Gregorian, years 1 to 9999. Days count from 1970-01-01.
 */
import { show } from "./numbers.ts";
import type { Failure } from "./values-types.ts";
import type { ZoneClock } from "./values-zone.ts";

export type DateOrder = "dmy" | "mdy" | "ymd" | "auto";

/** A wall-clock reading. `offset` in minutes east of UTC; null: none was given. */
export interface Wall {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  /** Microseconds since midnight, 0..86_400_000_000. */
  readonly micros: number;
  readonly hasTime: boolean;
  readonly offset: number | null;
}

/** Days since 1970-01-01 of a valid civil date. Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms". */
export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** The civil date of a day number; the inverse of `daysFromCivil`. Year 0 is 1 BC. */
export function civilFromDays(days: number): { year: number; month: number; day: number } {
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  const day = dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

export function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

export function isCivil(year: number, month: number, day: number): boolean {
  return year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
}

/** Two-digit years: 70..99 are 1970..1999, 00..69 are 2000..2069. */
export const fullYear = (twoDigits: number): number => (twoDigits >= 70 ? 1900 + twoDigits : 2000 + twoDigits);

const two = (value: number): string => (value < 10 ? `0${value}` : String(value));

/** `2024-01-31`, as PostgreSQL prints a date of years 1 to 9999. */
export function dateText(days: number): string {
  const { year, month, day } = civilFromDays(days);
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`;
}

/** `2024-01-31 23:59:59.5+00`, as PostgreSQL prints a timestamptz with `TimeZone = UTC`. */
export function timestampText(milliseconds: number, microseconds: number): string {
  const days = Math.floor(milliseconds / 86_400_000);
  const rest = milliseconds - days * 86_400_000;
  const seconds = Math.floor(rest / 1000);
  const fraction = (rest - seconds * 1000) * 1000 + microseconds;
  const decimals = fraction === 0 ? "" : `.${String(fraction).padStart(6, "0").replace(/0+$/, "")}`;
  const clock = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return `${dateText(days)} ${clock}${decimals}+00`;
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const NUMERIC = /^(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})(?!\d)/;
const DAY_FIRST = /^(\d{1,2})[- ]([A-Za-z]{3,9})\.?,?[- ](\d{4}|\d{2})(?!\d)/;
const MONTH_FIRST = /^([A-Za-z]{3,9})\.? (\d{1,2}),? (\d{4})(?!\d)/;
const COMPACT = /^(\d{4})(\d{2})(\d{2})(?!\d)/;
const TIME =
  /^(?:T|,? {1,3})(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?: ?([AaPp])\.?[Mm]\.?)?(?: ?(Z|UTC|GMT|[-+]\d{2}(?::?\d{2})?))?$/;

/** Reads a date with an optional time and offset, by the declared order; unambiguous forms are taken under every order. */
export function parseWall(source: string, order: DateOrder): Wall | Failure {
  const text = source.trim();
  const date = text.length > 60 ? null : parseCivil(text, order);
  if (date === null) return notADate(source, order);
  if ("code" in date) return date;
  const rest = text.slice(date.length);
  const { year, month, day } = date;
  if (!isCivil(year, month, day)) return notADate(source, order);
  if (rest === "") return { year, month, day, micros: 0, hasTime: false, offset: null };
  const match = TIME.exec(rest);
  const micros = match === null ? null : clockMicros(match[1]!, match[2]!, match[3] ?? "0", match[4] ?? "", match[5]);
  const offset = match === null ? null : offsetMinutes(match[6]);
  if (micros === null || (match?.[6] !== undefined && offset === null)) return notADate(source, order);
  return { year, month, day, micros, hasTime: true, offset };
}

/** The date alone: a time is cut off, in its own offset. Epoch milliseconds (13 digits) are read in UTC. */
export function parseDate(source: string, order: DateOrder): string | Failure {
  const epoch = /^\s*(\d{13})\s*$/.exec(source);
  if (epoch !== null) return dateText(Math.floor(Number(epoch[1]) / 86_400_000));
  const wall = parseWall(source, order);
  return "code" in wall ? wall : wallDate(wall);
}

export function wallDate(wall: Wall): string {
  return dateText(daysFromCivil(wall.year, wall.month, wall.day));
}

/** An instant; without an offset the reading is in `zone`, a date alone is its midnight there. Epoch milliseconds: 13 digits. */
export function parseDateTime(source: string, order: DateOrder, zone: ZoneClock): string | Failure {
  const epoch = /^\s*(\d{13})\s*$/.exec(source);
  if (epoch !== null) return timestampText(Number(epoch[1]), 0);
  const wall = parseWall(source, order);
  if ("code" in wall) return wall.code === "VALUE_NOT_A_DATE" ? { ...wall, code: "VALUE_NOT_A_DATETIME" } : wall;
  return wallInstant(wall, zone);
}

export function wallInstant(wall: Wall, zone: ZoneClock): string | Failure {
  const milliseconds = Math.floor(wall.micros / 1000);
  const local = daysFromCivil(wall.year, wall.month, wall.day) * 86_400_000 + milliseconds;
  const instant = wall.offset === null ? zone.toUtc(local) : local - wall.offset * 60_000;
  if (instant < FIRST_INSTANT || instant > LAST_INSTANT) {
    return { code: "VALUE_OUT_OF_RANGE", reason: "expected a time in the years 1 to 9999 (UTC)" };
  }
  return timestampText(instant, wall.micros - milliseconds * 1000);
}

/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999Z in Unix milliseconds. */
export const FIRST_INSTANT = -62_135_596_800_000;
export const LAST_INSTANT = 253_402_300_799_999;

function parseCivil(
  text: string,
  order: DateOrder,
): { year: number; month: number; day: number; length: number } | Failure | null {
  let match = NUMERIC.exec(text);
  if (match !== null) {
    const [all, first, , second, third] = match as unknown as [string, string, string, string, string];
    const length = all.length;
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
  match = DAY_FIRST.exec(text);
  if (match !== null) {
    const year = match[3]!.length === 4 ? Number(match[3]) : fullYear(Number(match[3]));
    return { year, month: monthNumber(match[2]!), day: Number(match[1]), length: match[0].length };
  }
  match = MONTH_FIRST.exec(text);
  if (match !== null) {
    return { year: Number(match[3]), month: monthNumber(match[1]!), day: Number(match[2]), length: match[0].length };
  }
  match = COMPACT.exec(text);
  if (match === null) return null;
  return { year: Number(match[1]), month: Number(match[2]), day: Number(match[3]), length: match[0].length };
}

/** 1..12 of an English month's name or its first three letters, else 0. */
export function monthNumber(name: string): number {
  const long = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
  ];
  const lower = name.toLowerCase();
  return MONTHS.includes(lower) ? MONTHS.indexOf(lower) + 1 : lower === "sept" ? 9 : long.indexOf(lower) + 1;
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

/** Minutes east of UTC of `Z`, `UTC`, `GMT`, `+02`, `+0200` or `+02:00`; null: none, or not a real offset. */
export function offsetMinutes(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (text === "Z" || text === "UTC" || text === "GMT") return 0;
  const hours = Number(text.slice(1, 3));
  const minutes = Number(text.slice(3).replace(":", "") || "0");
  if (hours > 15 || minutes > 59) return null;
  return (text[0] === "-" ? -1 : 1) * (hours * 60 + minutes);
}

function notADate(text: string, order: DateOrder): Failure {
  const forms = { dmy: "day/month/year or ", mdy: "month/day/year or ", ymd: "year/month/day or ", auto: "" };
  return { code: "VALUE_NOT_A_DATE", reason: `expected a date as ${forms[order]}YYYY-MM-DD, got ${show(text)}` };
}
