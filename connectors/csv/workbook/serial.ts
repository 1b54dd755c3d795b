/** Serial numbers of days into ISO dates and times. */
import type { NumberKind } from "./formats.ts";
import { plainNumber } from "./numbers.ts";

const DAY = 86_400_000;
/** 9999-12-31 in the 1900 system. */
const LAST = 2_958_466;

/**
 * ISO text of a serial number: `2024-02-29`, `2024-02-29T13:45:00`, `13:45:00`, or `PT26H30M` for elapsed time. Plain
 * digits where it is beyond what is a date. The 1900 system counts a day that never was; it is shown as such (1900-02-29).
 */
export function serialText(serial: number, kind: NumberKind, date1904: boolean): string {
  if (kind === "elapsed") return elapsed(serial);
  if (!(serial >= 0) || serial + (date1904 ? 1462 : 0) >= LAST) return plainNumber(serial);
  let days = Math.floor(serial);
  let millis = Math.round((serial - days) * DAY);
  if (millis === DAY) {
    days++;
    millis = 0;
  }
  if (days === 0 && !date1904) {
    if (kind !== "date" || millis > 0) return clock(millis);
    return "1900-01-00";
  }
  if (kind === "time" && days === 0) return clock(millis);
  const date = calendar(days, date1904);
  return kind === "date" && millis === 0 ? date : `${date}T${clock(millis)}`;
}

function calendar(days: number, date1904: boolean): string {
  if (date1904) return isoDate(Date.UTC(1904, 0, 1) + days * DAY);
  if (days === 60) return "1900-02-29";
  return isoDate(Date.UTC(1899, 11, days < 60 ? 31 : 30) + days * DAY);
}

function isoDate(millis: number): string {
  return new Date(millis).toISOString().slice(0, 10);
}

/** `hh:mm:ss`, with milliseconds where there are some. */
function clock(millis: number): string {
  const text = new Date(millis).toISOString().slice(11, 23);
  return text.endsWith(".000") ? text.slice(0, 8) : text;
}

function elapsed(serial: number): string {
  const total = Math.round(Math.abs(serial) * DAY);
  const hours = Math.floor(total / 3_600_000);
  const minutes = Math.floor(total / 60_000) % 60;
  const seconds = plainNumber((total % 60_000) / 1000);
  const parts = [
    hours > 0 ? `${hours}H` : "",
    minutes > 0 ? `${minutes}M` : "",
    seconds === "0" ? "" : `${seconds}S`,
  ].join("");
  return `${serial < 0 ? "-" : ""}PT${parts === "" ? "0S" : parts}`;
}
