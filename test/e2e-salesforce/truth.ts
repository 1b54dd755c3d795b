/**
 * The target compared with the simulated org's own rows: what was loaded, field by field, reference by reference, in SQL
 * and from the org's tables alone. Nothing here knows mappings, ledger or reports.
 */
import type pg from "pg";
import { ident, literal, table } from "../../core/store/quote.ts";
import { withClient } from "../e2e/target.ts";
import type { Org, Row } from "../sim/salesforce/index.ts";
import { SPECS, type Spec } from "./truth-objects.ts";

/** How a target column is read, and what the org says should be in it. */
export interface Column {
  /** Of a field that only `migrate init` finds in the org. */
  readonly custom?: true;
  /** SQL of a text, for the row `t`. */
  readonly actual: string | ((own: boolean) => string);
  readonly expected: (row: Row, org: Facts) => string | null;
}

/** Rows that other rows need, looked up once. */
export interface Facts {
  readonly org: Org;
  /** Custom objects have tables of their own. */
  readonly own: boolean;
  /** Contact in the primary role of each opportunity. */
  readonly primaryContact: ReadonlyMap<string, string>;
  /** Record that a document was shared with. */
  readonly linkedRecord: ReadonlyMap<string, string>;
  /** Standard price of each product in its own currency. */
  readonly standardPrice: ReadonlyMap<string, Row>;
}

export const SCHEMA = "crm";

/** Rows that should be there: everything that is not in the recycle bin, archived activities included. */
export function* loadable(org: Org, spec: Spec, own = true): Generator<Row> {
  if (org.table(spec.object) === undefined) return;
  for (const row of org.truth(spec.object, { deleted: true })) {
    if (row.IsDeleted !== true && (spec.only === undefined || spec.only(row, own))) yield row;
  }
}

export interface Options {
  /** false: fields and objects that administrators added are not compared. Default true. */
  readonly custom?: boolean;
}

/** Lines that say what differs between the org and the target; empty when everything is as it should be. */
export async function differences(url: string, org: Org, { custom = true }: Options = {}): Promise<readonly string[]> {
  const facts = factsOf(org, custom);
  return withClient(url, async (client) => {
    await client.query("set timezone = 'UTC'");
    const found: string[] = [];
    const loaded = new Map<string, number>();
    for (const each of SPECS) {
      if (each.custom === true && !custom) continue;
      const columns = Object.entries(each.columns).filter(([, column]) => custom || column.custom !== true);
      const spec = { ...each, columns: Object.fromEntries(columns) };
      loaded.set(spec.table, (loaded.get(spec.table) ?? 0) + (await compare(client, spec, facts, found)));
    }
    for (const [name, rows] of loaded) {
      const { rows: counted } = await client.query<{ n: number }>(
        `select count(*)::int as n from ${table(SCHEMA, name)}`,
      );
      if (counted[0]!.n !== rows) found.push(`${name}: ${counted[0]!.n} rows in the target, ${rows} in the org`);
    }
    return found;
  });
}

/** Compares one object; returns how many rows of it should be there. */
async function compare(client: pg.Client, spec: Spec, facts: Facts, found: string[]): Promise<number> {
  const { rows: there } = await client.query("select to_regclass($1) as found", [`${SCHEMA}.${ident(spec.table)}`]);
  const missing = (there[0] as { found: string | null }).found === null;
  const prefix = facts.org.table(spec.object)?.object.prefix;
  if (prefix === undefined || prefix === null) return 0;
  const columns = Object.entries(spec.columns);
  const sql = ({ actual }: Column) => (typeof actual === "string" ? actual : actual(facts.own));
  const { rows } = missing
    ? { rows: [] }
    : await client.query<(string | null)[]>({
        text: `select t.external_id, ${columns.map(([, column]) => sql(column)).join(", ")} from ${table(SCHEMA, spec.table)} t where left(t.external_id, 3) = ${literal(prefix)}`,
        rowMode: "array",
      });
  const actual = new Map(rows.map(([id, ...cells]) => [id!, cells]));
  const off: string[] = [];
  let expected = 0;
  for (const row of loadable(facts.org, spec, facts.own)) {
    expected++;
    const id = String(row.Id);
    const cells = actual.get(id);
    actual.delete(id);
    if (cells === undefined) off.push(`${id} is not there`);
    else {
      columns.forEach(([name, column], at) => {
        const should = column.expected(row, facts);
        if (cells[at] !== should)
          off.push(`${id} ${name}: ${JSON.stringify(cells[at])} instead of ${JSON.stringify(should)}`);
      });
    }
  }
  for (const id of actual.keys()) off.push(`${id} should not be there`);
  if (off.length > 0)
    found.push(`${spec.object}: ${off.length} differences`, ...off.slice(0, 6).map((line) => `  ${line}`));
  return expected;
}

function factsOf(org: Org, own: boolean): Facts {
  const primaryContact = new Map<string, string>();
  const roles = [...org.truth("OpportunityContactRole")].sort((a, b) => (String(a.Id) < String(b.Id) ? -1 : 1));
  for (const { OpportunityId, ContactId, IsPrimary } of roles) {
    if (IsPrimary === true && !primaryContact.has(String(OpportunityId)))
      primaryContact.set(String(OpportunityId), String(ContactId));
  }
  const linkedRecord = new Map<string, string>();
  for (const { ContentDocumentId, LinkedEntityId } of org.truth("ContentDocumentLink")) {
    const document = String(ContentDocumentId);
    if (!String(LinkedEntityId).startsWith("005") && !linkedRecord.has(document))
      linkedRecord.set(document, String(LinkedEntityId));
  }
  const standard = [...org.truth("Pricebook2")].find((book) => book.IsStandard === true)!.Id;
  const currencyOf = new Map([...org.truth("Product2")].map((row) => [row.Id, row.CurrencyIsoCode]));
  const standardPrice = new Map<string, Row>();
  for (const entry of org.truth("PricebookEntry")) {
    if (entry.Pricebook2Id === standard && entry.CurrencyIsoCode === currencyOf.get(entry.Product2Id!))
      standardPrice.set(String(entry.Product2Id), entry);
  }
  return { org, own, primaryContact, linkedRecord, standardPrice };
}

export interface Sum {
  readonly currency: string;
  readonly stage: string;
  readonly count: number;
  readonly sum: string;
}

/** Amounts of opportunities by currency and stage, as the target adds them up. */
export async function targetSums(url: string): Promise<readonly Sum[]> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<Sum>(
      `select currency, stage, count(*)::int as count, sum(amount)::numeric(30, 2)::text as sum
       from ${table(SCHEMA, "opportunity")} where amount is not null group by 1, 2 order by 1, 2`,
    );
    return rows;
  });
}

/** The same out of the org, in whole hundredths. */
export function orgSums(org: Org, stages: Readonly<Record<string, string>>): readonly Sum[] {
  const sums = new Map<string, { currency: string; stage: string; count: number; cents: bigint }>();
  for (const row of org.truth("Opportunity")) {
    if (typeof row.Amount !== "number") continue;
    const currency = String(row.CurrencyIsoCode);
    const stage = stages[String(row.StageName)]!;
    const key = `${currency} ${stage}`;
    const sum = sums.get(key) ?? { currency, stage, count: 0, cents: 0n };
    sum.count++;
    sum.cents += BigInt(Math.round(row.Amount * 100));
    sums.set(key, sum);
  }
  return [...sums]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { currency, stage, count, cents }]) => {
      const digits = String(cents).padStart(3, "0");
      return { currency, stage, count, sum: `${digits.slice(0, -2)}.${digits.slice(-2)}` };
    });
}
