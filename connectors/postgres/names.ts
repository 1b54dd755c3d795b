import { createHash } from "node:crypto";

/** PostgreSQL cuts longer names silently. */
const LONGEST = 63;

/** An identifier in double quotes. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** `"schema"."name"`. */
export function qualified(schema: string, name: string): string {
  return `${quoteName(schema)}.${quoteName(name)}`;
}

/** A text in single quotes, safe whatever `standard_conforming_strings` says. */
export function quoteText(text: string): string {
  const quoted = `'${text.replaceAll("'", "''").replaceAll("\\", "\\\\")}'`;
  return text.includes("\\") ? `E${quoted}` : quoted;
}

/** Joins the parts with `_`; what exceeds 63 bytes is cut and ends in a hash of the whole, so that names stay distinct and stable. */
export function fitName(...parts: readonly string[]): string {
  return shorten(parts.join("_"));
}

/** Generated column that holds a polymorphic reference to one object, and its foreign key. */
export function targetColumn(column: string, object: string): string {
  return shorten(`${column}__${object}`);
}

function shorten(name: string): string {
  if (Buffer.byteLength(name) <= LONGEST) return name;
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 8);
  let head = name;
  while (Buffer.byteLength(head) > LONGEST - hash.length - 1) head = head.slice(0, -1);
  return `${head}_${hash}`;
}
