/** Fast paths for dates and times. See encode-bytes.ts. */
import { type CopyWriter, PG_EPOCH_MS } from "../store/copy-writer.ts";
import { type DateOrder, daysFromCivil, daysInMonth } from "./dates.ts";
import type { ZoneClock } from "./values-zone.ts";

const ZERO = 48;

/** ISO dates, ISO date-times cut to their date, and `dd/mm/yyyy` or `mm/dd/yyyy` under that order. */
export function encodeDate(out: CopyWriter, data: Buffer, start: number, end: number, order: DateOrder): boolean {
  if (end - start < 10) return false;
  let days = isoDays(data, start);
  if (Number.isNaN(days)) {
    if (end - start !== 10 || (order !== "dmy" && order !== "mdy")) return false;
    days = slashedDays(data, start, order === "dmy");
    if (Number.isNaN(days)) return false;
  } else if (end - start > 10 && Number.isNaN(isoMicros(data, start, end, null))) return false;
  out.date(days);
  return true;
}

/** ISO date-times with or without an offset, and ISO dates. */
export function encodeTimestamp(out: CopyWriter, data: Buffer, start: number, end: number, zone: ZoneClock): boolean {
  if (end - start < 10) return false;
  const micros = isoMicros(data, start, end, zone);
  if (Number.isNaN(micros)) return false;
  out.int8(micros - PG_EPOCH_MS * 1000);
  return true;
}

/** Days since 1970 of `yyyy-mm-dd`, else NaN. */
function isoDays(data: Buffer, at: number): number {
  if (data[at + 4] !== 45 || data[at + 7] !== 45) return Number.NaN;
  return civil(pair(data, at) * 100 + pair(data, at + 2), pair(data, at + 5), pair(data, at + 8));
}

function slashedDays(data: Buffer, at: number, dayFirst: boolean): number {
  const mark = data[at + 2];
  if ((mark !== 47 && mark !== 46 && mark !== 45) || data[at + 5] !== mark) return Number.NaN;
  const a = pair(data, at);
  const b = pair(data, at + 3);
  return civil(pair(data, at + 6) * 100 + pair(data, at + 8), dayFirst ? b : a, dayFirst ? a : b);
}

function civil(year: number, month: number, day: number): number {
  // comparisons with NaN are false: a part that is no number fails
  if (!(year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month))) return Number.NaN;
  return daysFromCivil(year, month, day);
}

/** Two digits, else NaN. */
function pair(data: Buffer, at: number): number {
  const tens = data[at]! - ZERO;
  const ones = data[at + 1]! - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

/**
 * Microseconds since 1970 of an ISO date-time, exact: NaN outside the years 1745 to 2255, where a double could not hold
 * them. Without an offset in the text: in `zone` (null: UTC).
 */
function isoMicros(data: Buffer, start: number, end: number, zone: ZoneClock | null): number {
  const days = isoDays(data, start);
  if (!(days > -82_000 && days < 104_000)) return Number.NaN;
  let at = start + 10;
  let seconds = days * 86_400;
  let fraction = 0;
  if (at < end) {
    if ((data[at] !== 84 && data[at] !== 32) || data[at + 3] !== 58 || end - at < 6) return Number.NaN;
    const hour = pair(data, at + 1);
    const minute = pair(data, at + 4);
    if (!(hour < 24 && minute < 60)) return Number.NaN;
    seconds += hour * 3600 + minute * 60;
    at += 6;
    if (at < end && data[at] === 58) {
      if (end - at < 3) return Number.NaN;
      const second = pair(data, at + 1);
      if (!(second < 60)) return Number.NaN;
      seconds += second;
      at += 3;
      if (at < end && data[at] === 46) {
        let scale = 100_000;
        const first = ++at;
        while (at < end && data[at]! >= ZERO && data[at]! <= 57) {
          if (scale < 1) return Number.NaN;
          fraction += (data[at++]! - ZERO) * scale;
          scale = scale === 1 ? 0 : scale / 10;
        }
        if (at === first) return Number.NaN;
      }
    }
    if (at < end) {
      const offset = offsetSeconds(data, at, end);
      return (seconds - offset) * 1_000_000 + fraction;
    }
  }
  if (zone === null) return seconds * 1_000_000 + fraction;
  return zone.toUtc(seconds * 1000) * 1000 + fraction;
}

/** Of `Z`, `+hh`, `+hhmm`, `+hh:mm`; else NaN. */
function offsetSeconds(data: Buffer, at: number, end: number): number {
  const size = end - at;
  if (size === 1) return data[at] === 90 ? 0 : Number.NaN;
  const sign = data[at] === 43 ? 1 : data[at] === 45 ? -1 : Number.NaN;
  const hours = size >= 3 ? pair(data, at + 1) : Number.NaN;
  let minutes = Number.NaN;
  if (size === 3) minutes = 0;
  else if (size === 5) minutes = pair(data, at + 3);
  else if (size === 6 && data[at + 3] === 58) minutes = pair(data, at + 4);
  return hours <= 15 && minutes < 60 ? sign * (hours * 3600 + minutes * 60) : Number.NaN;
}
