/** How reports write numbers, names, times and long texts. One language, so that files can be compared. */
import { decimalText, parseDecimal, subtract } from "./decimal.ts";

/** `8,927`. */
export function count(value: number): string {
  return value.toLocaleString("en-US");
}

const VALUE_LENGTH = 80;

/** Two values in quotes, `empty` where there is none. A text and something else that reads the same are JSON as they are. */
export function quoted(source: string | null, target: string | null): readonly [string, string] {
  const json = JSON.stringify(source) === target || JSON.stringify(target) === source;
  const of = (text: string | null): string => {
    if (text === null) return "empty";
    const cut = text.length > VALUE_LENGTH ? `${text.slice(0, VALUE_LENGTH)}...` : text;
    return json ? cut : JSON.stringify(cut);
  };
  return [of(source), of(target)];
}

/** `a, b and c`. */
export const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join() : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;

/** Decimal text with thousands separators, digits untouched: `10,005,534.00`. */
export function amount(text: string): string {
  const [whole = "", fraction] = text.split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** Digits after the point that a table shows at most. */
const SHOWN_DIGITS = 6;

/** The same, cut after six digits; `exact` where something was cut, else null. A rest of a zero is not shown as zero. */
export function shortAmount(text: string): { readonly text: string; readonly exact: string | null } {
  const [whole = "", fraction = ""] = text.split(".");
  if (fraction.length <= SHOWN_DIGITS) return { text: amount(text), exact: null };
  const kept = fraction.slice(0, SHOWN_DIGITS);
  const rest = /[1-9]/.test(fraction.slice(SHOWN_DIGITS));
  return { text: `${amount(`${whole}.${kept}`)}${rest ? "…" : ""}`, exact: amount(text) };
}

/** source - excluded - target, as decimal text. */
export function difference(source: string, excluded: string, target: string): string {
  const [left, out, right] = [parseDecimal(source), parseDecimal(excluded), parseDecimal(target)];
  if (left === null || out === null || right === null) return "?";
  const result = subtract(subtract(left, out), right);
  return result.units === 0n ? "0" : decimalText(result);
}

/** `opportunity_line_item` -> `Opportunity line item`, `account_id` -> `Account`. */
export function title(name: string): string {
  const words = name
    .replace(/(?<=.)_id$/, "")
    .replaceAll("_", " ")
    .trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** `2 records`, `1 record`. */
export function many(value: number, one: string, more = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : more}`;
}

/** `21 Nov 2026, 23:30 UTC`; a text that is no time as it is. */
export function moment(iso: string | null): string {
  if (iso === null) return "not yet";
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const day = date.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
  return `${day}, ${date.toISOString().slice(11, 16)} UTC`;
}

/** `4 min 12 s`. */
export function duration(from: string, to: string | null): string {
  const seconds = to === null ? Number.NaN : Math.round((Date.parse(to) - Date.parse(from)) / 1000);
  if (!(seconds >= 0)) return "unknown";
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  const parts = [hours > 0 ? `${hours} h` : "", minutes > 0 ? `${minutes} min` : ""].filter((part) => part !== "");
  return [...parts, hours > 0 ? "" : `${seconds % 60} s`].filter((part) => part !== "").join(" ");
}

/** At most `most` characters, with an ellipsis; whole code points. */
export function clip(text: string, most = 160): string {
  const points = [...text];
  return points.length <= most ? text : `${points.slice(0, most - 1).join("")}…`;
}

/** True when some rejected record is counted under several reasons. */
export const severalReasons = (rejected: number, reasons: readonly { readonly count: number }[]): boolean =>
  reasons.reduce((sum, reason) => sum + reason.count, 0) > rejected;
