/** Values of properties, as they are on the wire, to plain ones. */
import type { Json } from "./api.ts";

/** What the values of a column look like on the wire. */
export type ValueKind = "text" | "date" | "datetime" | "multi";

export function valueKind(type: string, fieldType: string): ValueKind {
  if (type === "date" || type === "datetime") return type;
  return type === "enumeration" && fieldType === "checkbox" ? "multi" : "text";
}

/** The last millisecond that a Date can hold, either way. */
const MOST_MS = 8.64e15;

/**
 * A plain value; null where there is none. Milliseconds since 1970 become ISO dates and datetimes, a leading `;` of a
 * multiple choice goes, NUL goes (no database of ours holds it), everything else stays as it is, digit for digit.
 */
export function plainValue(value: Json | undefined, kind: ValueKind): string | null {
  if (value === null || value === undefined) return null;
  let text = typeof value === "string" ? value : typeof value === "boolean" ? String(value) : JSON.stringify(value);
  if (text.includes("\0")) text = text.replaceAll("\0", "");
  if (kind === "date" || kind === "datetime") return plainTime(text, kind);
  if (kind === "multi" && text.startsWith(";")) text = text.replace(/^;+/, "");
  return text === "" ? null : text;
}

function plainTime(text: string, kind: "date" | "datetime"): string | null {
  const trimmed = text.trim();
  if (trimmed === "") return null;
  if (/^-?\d+$/.test(trimmed) && Math.abs(Number(trimmed)) <= MOST_MS) {
    const iso = new Date(Number(trimmed)).toISOString();
    return kind === "date" ? iso.slice(0, iso.indexOf("T")) : iso;
  }
  // a date that comes as its midnight
  if (kind === "date") return trimmed.replace(/T00:00:00(?:\.0+)?(?:Z|[+]00:?00)$/, "");
  return trimmed;
}
