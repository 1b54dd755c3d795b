/** How columns of the target are read, and what the portal says should be in them. */
import { ident, literal, table } from "../../core/store/quote.ts";
import type { Portal } from "../sim/hubspot/index.ts";

export const SCHEMA = "crm";
export const MIGRATION = "acme";

/** `external_source` of rows. */
export const sourceOf = (keyspace?: string): string =>
  keyspace === undefined ? MIGRATION : `${MIGRATION}/${keyspace}`;

export interface Row {
  readonly id: string;
  readonly values: Readonly<Record<string, string | null>>;
}

export interface Column {
  /** Of a property that an administrator added. */
  readonly custom?: true;
  /** SQL of a text, for the row `t`. */
  readonly actual: string;
  readonly expected: (row: Row) => string | null;
}

export type Columns = Readonly<Record<string, Column>>;
/** What a row holds: a property, or worked out from it. */
export type Given = string | ((row: Row) => string | null);

/** A value or null: a blank text is no value. */
export function held(row: Row, given: Given): string | null {
  const value = typeof given === "string" ? row.values[given] : given(row);
  return value === undefined || value === null || value === "" ? null : value;
}

/** The first that is there. */
export const firstOf =
  (...given: readonly Given[]) =>
  (row: Row): string | null => {
    for (const each of given) {
      const value = held(row, each);
      if (value !== null) return value;
    }
    return null;
  };

export const at = (column: string): string =>
  column.startsWith("custom.") ? `(t.custom->>${literal(column.slice(7))})` : `t.${ident(column)}`;

const column = (actual: string, expected: (row: Row) => string | null): Column => ({ actual, expected });

export const text = (name: string, given: Given): Column => column(at(name), (row) => held(row, given));
export const lower = (name: string, given: Given): Column =>
  column(`lower(${at(name)})`, (row) => held(row, given)?.toLowerCase() ?? null);
/** Text of HTML, however its lines are broken. */
export const plain = (name: string, given: Given, missing: string | null = null): Column =>
  column(`btrim(regexp_replace(${at(name)}, '\\s+', ' ', 'g'))`, (row) => {
    const value = held(row, given);
    if (value === null) return missing;
    const words = value.includes("<p") || value.includes("&amp;") || value.includes("&lt;") ? unhtml(value) : value;
    return words.replace(/\s+/g, " ").trim() || missing;
  });
const unhtml = (html: string): string =>
  html
    .replace(/<[^>]*>/g, " ")
    .replaceAll("&lt;", "<")
    .replaceAll("&amp;", "&");

export const bool = (name: string, given: Given): Column => column(`${at(name)}::text`, (row) => held(row, given));
/** What the mapping sets for every record. */
export const always = (name: string, value: string): Column => column(`${at(name)}::text`, () => value);

/** Exact, trailing zeros aside. */
export const number = (name: string, given: Given): Column =>
  column(`trim_scale(${at(name)}::numeric)::text`, (row) => exact(held(row, given)));
export function exact(value: string | null): string | null {
  if (value === null) return null;
  const [whole = "0", fraction = ""] = value.split(".");
  const rest = fraction.replace(/0+$/, "");
  return `${whole.replace(/^0+(?=\d)/, "")}${rest === "" ? "" : `.${rest}`}`;
}

/** Both ways of writing: ISO 8601, and milliseconds since 1970. */
export const iso = (value: string): string => new Date(/^-?\d+$/.test(value) ? Number(value) : value).toISOString();
const timestamp = (sql: string): string => `to_char(${sql}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
export const instant = (name: string, given: Given): Column =>
  column(timestamp(name.startsWith("custom.") ? `(${at(name)})::timestamptz` : at(name)), (row) => {
    const value = held(row, given);
    return value === null ? null : iso(value);
  });
export const date = (name: string, given: Given): Column =>
  column(`${at(name)}::text`, (row) => {
    const value = held(row, given);
    return value === null ? null : iso(value).slice(0, 10);
  });
/** A choice of several; those of managed tables are arrays, those among custom fields JSON arrays. */
export const several = (name: string, given: Given): Column =>
  column(
    name.startsWith("custom.")
      ? `(select string_agg(x, ';') from jsonb_array_elements_text(t.custom->${literal(name.slice(7))}) x)`
      : `array_to_string(${at(name)}, ';')`,
    (row) => held(row, given)?.replace(/^;/, "") ?? null,
  );

/** A choice: what values become; `other` says what becomes of those that are not listed. */
export const choice = (
  name: string,
  values: Readonly<Record<string, string>>,
  given: Given,
  other: (value: string) => string | null = (value) => `${value}: not in the test`,
  missing: string | null = null,
): Column =>
  column(at(name), (row) => {
    const value = held(row, given);
    return value === null ? missing : Object.hasOwn(values, value) ? values[value]! : other(value);
  });

/** External id of a row of a table. */
export const external = (target: string, id: string): string =>
  `(select x.external_id from ${table(SCHEMA, target)} x where x.id = ${id})`;
export const ref = (name: string, target: string, given: Given): Column =>
  column(external(target, at(name)), (row) => held(row, given));

/** A reference to one of several objects, as `object:id`. `given` says so, too. */
export const poly = (
  name: string,
  type: string,
  targets: readonly string[],
  given: (row: Row) => string | null,
): Column =>
  column(
    `${at(type)} || ':' || case ${at(type)} ${targets.map((target) => `when ${literal(target)} then ${external(target, at(name))}`).join(" ")} end`,
    given,
  );

export const custom = (made: Column): Column => ({ ...made, custom: true });

/** The records that a record is associated with: the primary one, else the one with the smallest number; all by number. */
export function linkedTo(portal: Portal, from: string, to: string): (row: Row) => string | null {
  const [type, other] = [portal.type(from)!, portal.type(to)!];
  return ({ id }) => {
    const all = portal.associations(type, id, other) ?? [];
    const primary = all.find(({ types }) =>
      types.some(({ category, label }) => category === "HUBSPOT_DEFINED" && label === "Primary"),
    );
    return (primary ?? all[0])?.toId ?? null;
  };
}

/** The first of several types that a record is associated with, as `object:id`. */
export function firstLinked(
  portal: Portal,
  from: string,
  to: Readonly<Record<string, string>>,
): (row: Row) => string | null {
  const ways = Object.entries(to).map(([type, object]) => ({ object, linked: linkedTo(portal, from, type) }));
  return (row) => {
    for (const { object, linked } of ways) {
      const id = linked(row);
      if (id !== null) return `${object}:${id}`;
    }
    return null;
  };
}

/** Live records of a type. */
export function* records(portal: Portal, name: string): Generator<Row> {
  const type = portal.type(name)!;
  let after: string | null = null;
  for (;;) {
    const page: readonly { readonly id: string; readonly properties: Row["values"] }[] = portal.list(type, {
      archived: false,
      after,
      limit: 500,
    });
    for (const { id, properties } of page) yield { id, values: properties };
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}
