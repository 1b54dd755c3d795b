/**
 * The target compared with the simulated portal: what was loaded, field by field, reference by reference, pair by pair, in
 * SQL and from the portal's records alone. Nothing here knows mappings, ledger or reports.
 */
import type pg from "pg";
import { ident, literal, table } from "../../core/store/quote.ts";
import { withClient } from "../e2e/target.ts";
import type { ObjectType, Portal } from "../sim/hubspot/index.ts";
import { associationDifferences } from "./truth-associations.ts";
import { SPECS, type Spec } from "./truth-objects.ts";
import { type Row, SCHEMA, sourceOf } from "./truth-values.ts";

export interface Options {
  /** true: what administrators added (properties and objects), which `migrate init` finds, is compared as well. Default false. */
  readonly custom?: boolean;
}

/** Lines that say what differs between the portal and the target; empty when everything is as it should be. */
export async function differences(
  url: string,
  portal: Portal,
  { custom = false }: Options = {},
): Promise<readonly string[]> {
  return withClient(url, async (client) => {
    await client.query("set timezone = 'UTC'");
    const found: string[] = [];
    const loaded = new Map<string, number>();
    for (const spec of SPECS) {
      if (spec.own === true && !custom) continue;
      const rows = await compare(client, spec, portal, custom, found);
      loaded.set(spec.table, (loaded.get(spec.table) ?? 0) + rows);
    }
    loaded.set("association", await associationDifferences(client, portal, custom, found));
    for (const [name, rows] of loaded) {
      const { rows: counted } = await client.query<{ n: number }>(
        `select count(*)::int as n from ${table(SCHEMA, name)}`,
      );
      if (counted[0]!.n !== rows) found.push(`${name}: ${counted[0]!.n} rows in the target, ${rows} in the portal`);
    }
    return found;
  });
}

/** Compares the records of one type with the rows of their table; returns how many there should be. */
async function compare(
  client: pg.Client,
  spec: Spec,
  portal: Portal,
  custom: boolean,
  found: string[],
): Promise<number> {
  const columns = Object.entries(spec.columns(portal)).filter(([, column]) => custom || column.custom !== true);
  const { rows } = await client.query<(string | null)[]>({
    text: `select t.external_id, ${columns.map(([, { actual }]) => actual).join(", ")} from ${table(SCHEMA, spec.table)} t
      where t.external_source = ${literal(sourceOf(spec.keyspace))}${spec.where === undefined ? "" : ` and ${spec.where}`}`,
    rowMode: "array",
  });
  const actual = new Map(rows.map(([id, ...cells]) => [id!, cells]));
  const off: string[] = [];
  if (actual.size !== rows.length) off.push(`${rows.length - actual.size} rows are there twice`);
  let expected = 0;
  for (const row of spec.rows(portal)) {
    expected++;
    const cells = actual.get(row.id);
    actual.delete(row.id);
    if (cells === undefined) off.push(`${row.id} is not there`);
    else {
      for (const [at, [name, column]] of columns.entries()) {
        const should = column.expected(row);
        if (cells[at] !== should)
          off.push(`${row.id} ${name}: ${short(cells[at] ?? null)} instead of ${short(should)}`);
      }
    }
  }
  for (const id of actual.keys()) off.push(`${id} should not be there`);
  if (off.length > 0)
    found.push(`${spec.name}: ${off.length} differences`, ...off.slice(0, 8).map((line) => `  ${line}`));
  return expected;
}

const short = (value: string | null): string => {
  const text = JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 120)}… (${text.length})` : text;
};

/** Lines that say where ids of merged records lead astray; empty when all lead to the survivors' rows, and nothing else does. */
export async function mergedDifferences(url: string, portal: Portal): Promise<readonly string[]> {
  const tables: Readonly<Record<string, string>> = {
    companies: "account",
    contacts: "contact",
    deals: "opportunity",
    tickets: "case",
  };
  return withClient(url, async (client) => {
    const off: string[] = [];
    for (const [name, target] of Object.entries(tables)) {
      const { rows } = await client.query<{ id: string; leads: string }>(
        `select m.external_id as id, t.external_id as leads from migrate.id_map m
         join ${table(SCHEMA, target)} t on t.${ident("id")} = m.target_id::bigint where m.object = $1 and m.alias`,
        [target],
      );
      const actual = new Map(rows.map(({ id, leads }) => [id, leads]));
      const merged = mergedAway(portal, portal.type(name)!);
      for (const [id, survivor] of merged) {
        if (actual.get(id) !== survivor) off.push(`${name} ${id} leads to ${actual.get(id)}, not to ${survivor}`);
        actual.delete(id);
      }
      for (const id of actual.keys()) off.push(`${name} ${id} was not merged`);
    }
    return off;
  });
}

/** Ids that are no records any more, with the record that asking for them gives. */
export function mergedAway(portal: Portal, type: ObjectType): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { id, properties } of portal.list(type, {
    archived: false,
    after: null,
    limit: Number.POSITIVE_INFINITY,
  })) {
    for (const old of properties.hs_merged_object_ids?.split(";") ?? [])
      found.set(old, portal.record(type, old)?.id ?? `nothing, though ${id} names it`);
  }
  return found;
}

export interface Sum {
  readonly currency: string | null;
  readonly count: number;
  readonly sum: string;
}

/** A column by currency, as the target adds it up. */
export async function targetSums(url: string, name: string, column: string): Promise<readonly Sum[]> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<Sum>(
      `select currency, count(*)::int as count, trim_scale(sum(${ident(column)}))::text as sum
       from ${table(SCHEMA, name)} where ${ident(column)} is not null group by 1 order by 1 nulls last`,
    );
    return rows;
  });
}

/** The same out of the portal, exactly: in units of 10^-60. */
export function portalSums(rows: Iterable<Row>, property: string, currency: string): readonly Sum[] {
  const sums = new Map<string | null, { count: number; units: bigint }>();
  for (const { values } of rows) {
    const value = values[property] ?? "";
    if (value === "") continue;
    const [whole = "", fraction = ""] = value.split(".");
    const by = values[currency] || null;
    const sum = sums.get(by) ?? { count: 0, units: 0n };
    sum.count++;
    sum.units += BigInt(whole + fraction.padEnd(60, "0"));
    sums.set(by, sum);
  }
  return [...sums]
    .sort(([one], [other]) => (one === null ? 1 : other === null ? -1 : one < other ? -1 : 1))
    .map(([by, { count, units }]) => {
      const digits = String(units).padStart(61, "0");
      const text = `${digits.slice(0, -60)}.${digits.slice(-60)}`.replace(/\.?0+$/, "");
      return { currency: by, count, sum: text };
    });
}
