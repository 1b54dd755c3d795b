/**
 * The calendar, and dates and times from text, without Date objects and without the time zone of the process.
 * Proleptic Gregorian, years 1 to 9999. Days count from 1970-01-01.
 */
import { type DateOrder, parseCivil, parseClock } from "./dates-forms.ts";
import { japaneseDate, japaneseTime } from "./dates-japanese.ts";
import { halfWidth } from "./half-width.ts";
import { show } from "./numbers.ts";
import type { Failure } from "./values-types.ts";
import type { ZoneClock } from "./values-zone.ts";

export type { DateOrder } from "./dates-forms.ts";

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

/** Reads a date with an optional time and offset, by the declared order; unambiguous forms are taken under every order. */
export function parseWall(source: string, order: DateOrder): Wall | Failure {
  const trimmed = source.trim();
  if (trimmed.length > 60) return notADate(source, order);
  // full-width digits, and no-break or several spaces between the parts
  const text = PLAIN.test(trimmed) ? trimmed : halfWidth(trimmed).replace(/\s+/gu, " ");
  const japanese = text.includes("\u65e5") ? japaneseDate(text) : null;
  const date = japanese ?? parseCivil(text, order);
  if (date === null) return notADate(source, order);
  if ("code" in date) return date;
  const rest = text.slice(date.length);
  const { year, month, day } = date;
  if (!isCivil(year, month, day)) return notADate(source, order);
  if (rest === "") return { year, month, day, micros: 0, hasTime: false, offset: null };
  const clock = (japanese === null ? null : japaneseTime(rest)) ?? parseClock(rest);
  return clock === null ? notADate(source, order) : { year, month, day, hasTime: true, ...clock };
}

const PLAIN = /^(?:[!-~]| (?! ))*$/;

/** Unix milliseconds of a bare number: 13 digits; 12 (before September 2001) where they are no date and time without marks. */
function epochOf(source: string): number | null {
  const match = /^\s*(-?\d{12,13})\s*$/.exec(source);
  if (match === null) return null;
  const digits = match[1]!;
  if (digits.length === 12 && /^(?:19|20)\d\d(?:0\d|1[0-2])(?:[0-2]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d$/.test(digits))
    return null;
  return Number(digits);
}

/** The date alone: a time is cut off, in its own offset. Epoch milliseconds (12 or 13 digits) are read in UTC. */
export function parseDate(source: string, order: DateOrder): string | Failure {
  const epoch = epochOf(source);
  if (epoch !== null) return dateText(Math.floor(epoch / 86_400_000));
  const wall = parseWall(source, order);
  return "code" in wall ? wall : wallDate(wall);
}

export function wallDate(wall: Wall): string {
  return dateText(daysFromCivil(wall.year, wall.month, wall.day));
}

/** An instant; without an offset the reading is in `zone`, a date alone is its midnight there. Epoch milliseconds as in `parseDate`. */
export function parseDateTime(source: string, order: DateOrder, zone: ZoneClock): string | Failure {
  const epoch = epochOf(source);
  if (epoch !== null) return timestampText(epoch, 0);
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

function notADate(text: string, order: DateOrder): Failure {
  const forms = { dmy: "day/month/year or ", mdy: "month/day/year or ", ymd: "year/month/day or ", auto: "" };
  return { code: "VALUE_NOT_A_DATE", reason: `expected a date as ${forms[order]}YYYY-MM-DD, got ${show(text)}` };
}
