/** SQL text that cannot be a parameter: identifiers, and literals in DDL. */
import pg from "pg";

/** `name` as a quoted identifier. Throws RangeError on NUL, which PostgreSQL cannot hold. */
export function ident(name: string): string {
  if (name.includes("\0")) throw new RangeError("an identifier cannot contain NUL");
  return pg.escapeIdentifier(name);
}

/** `"schema"."name"`. */
export function table(schema: string, name: string): string {
  return `${ident(schema)}.${ident(name)}`;
}

/** `text` as a string literal; only where a parameter is impossible (DDL, SET). */
export function literal(text: string): string {
  if (text.includes("\0")) throw new RangeError("a text literal cannot contain NUL");
  return pg.escapeLiteral(text).trimStart();
}
