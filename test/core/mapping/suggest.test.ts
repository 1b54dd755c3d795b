import { describe, expect, test } from "vitest";
import { type ObjectProfile, profileObject } from "../../../core/mapping/profile.ts";
import { hash53, Sketch } from "../../../core/mapping/profile-sketch.ts";
import { assignObjects, draftMappings, matchOption } from "../../../core/mapping/suggest.ts";
import { normalise, objectWords } from "../../../core/mapping/suggest-names.ts";
import { customType, dateOrder, decimalSign } from "../../../core/mapping/suggest-values.ts";
import { loadModel } from "../../../core/model/load.ts";
import { BatchBuilder } from "../../../core/record.ts";
import type { SourceObject } from "../../../core/schema.ts";

const model = await loadModel("hotcrm", "crm");

/** Rows as text, the header first; `|` between cells. */
async function profile(
  rows: readonly string[],
  options: Parameters<typeof profileObject>[2] = {},
): Promise<ObjectProfile> {
  const [header, ...records] = rows.map((row) => row.split("|"));
  return profileObject(
    "x",
    (async function* () {
      // two batches: profiles go on over batches
      for (const part of [records.slice(0, 2), records.slice(2)]) {
        const batch = new BatchBuilder(header!);
        part.forEach((cells, at) => {
          batch.add(at + 2, cells);
        });
        yield batch.build({});
      }
    })(),
    options,
  );
}

async function draft(files: Readonly<Record<string, readonly string[]>>) {
  const sources = Object.entries(files).map(([name, rows]): SourceObject => {
    return {
      name,
      label: name,
      fields: rows[0]!.split("|").map((column) => ({ name: column, label: column, type: null })),
    };
  });
  const { assignments, leftOut } = assignObjects(sources, model);
  const profiled = [];
  for (const assignment of assignments) {
    const rows = assignment.sources.flatMap((source, at) => files[source.name]!.slice(at === 0 ? 0 : 1));
    profiled.push({ ...assignment, profile: await profile(rows) });
  }
  const made = draftMappings(profiled, model);
  return { ...made, leftOut: [...leftOut, ...made.leftOut] };
}

describe("names", () => {
  test.each([
    ["BillingPostalCode", "billing_postal_code"],
    ["Billing Postal Code", "billing_postal_code"],
    ["billing_postal_code__c", "billing_postal_code"],
    ["npe01__SYSTEM_AccountType__c", "system_account_type"],
    ["Branch__c", "branch"],
    ["HTTPUrl", "http_url"],
    ["State/Region", "state_region"],
    ["Größe (m²)", "große_m2"],
    ["IsActive", "is_active"],
  ])("normalise(%s)", (name, words) => expect(normalise(name)).toBe(words));

  test.each([
    ["hubspot_deals.csv", "deal"],
    ["exports/Account.csv", "account"],
    ["OpportunityLineItem.csv", "opportunity_line_item"],
    ["companies-2024-01-31.csv", "company"],
    ["book.xlsx#Sales Pipeline", "sales_pipeline"],
    ["sf_export_all.csv", ""],
    ["cases.CSV", "case"],
    ["people.csv", "people"],
  ])("objectWords(%s)", (name, words) => expect(objectWords(name)).toBe(words));
});

describe("profile", () => {
  test("counts blanks, nulls, distinct values, lengths and looks over batches", async () => {
    const found = await profile(
      ["id|zip|when|x", "1|01234|2024-01-31|#N/A", "2|1234||a@b.co", "3| |2024-02-01|a@b.co"],
      { nulls: ["#N/A"] },
    );
    expect(found.records).toBe(3);
    expect(found.complete).toBe(true);
    const zip = found.columns.get("zip")!;
    expect([zip.filled, zip.blank, zip.distinct, zip.minLength, zip.maxLength]).toEqual([2, 1, 2, 4, 5]);
    expect([zip.looks.leadingZero, zip.looks.integer, zip.unique]).toEqual([1, 1, false]);
    expect([...found.columns.get("x")!.values]).toEqual([["a@b.co", 2]]);
    expect(found.columns.get("x")!.looks.email).toBe(2);
    expect(found.columns.get("id")!.unique).toBe(true);
  });

  test("stops at maxRecords and says so", async () => {
    const found = await profile(["id", "1", "2", "3"], { maxRecords: 2 });
    expect([found.records, found.complete]).toEqual([2, false]);
  });

  test("keeps at most maxValues values, and still counts distinct ones", async () => {
    const column = (await profile(["id", "1", "2", "3", "4"], { maxValues: 2 })).columns.get("id")!;
    expect([[...column.values.keys()], column.valuesComplete, column.distinct]).toEqual([["1", "2"], false, 4]);
  });

  test("a full sketch estimates, and still compares with others", () => {
    const [all, half, other] = [new Sketch(500), new Sketch(500), new Sketch(500)];
    for (let i = 0; i < 20_000; i++) {
      all.add(hash53(`key ${i}`));
      if (i < 10_000) half.add(hash53(`key ${i}`));
      other.add(hash53(`other ${i}`));
    }
    expect(all.exact).toBe(false);
    expect(Math.abs(all.size - 20_000) / 20_000).toBeLessThan(0.2);
    expect(half.within(all)).toBe(1);
    expect(Math.abs(all.within(half) - 0.5)).toBeLessThan(0.15);
    expect(other.within(all)).toBe(0);
    expect(all.repeated).toBe(false);
  });
});

describe("types of custom fields: only when all values agree", () => {
  test.each([
    ["n", ["1", "2"], "integer"],
    ["n", ["1", "01234"], "text"],
    ["Postal Code", ["12345", "23456"], "text"],
    ["n", ["1.5", "2"], "decimal"],
    ["n", ["1.5", "x"], "text"],
    ["n", ["true", "False"], "boolean"],
    ["n", ["1", "0"], "integer"],
    ["Is_Vip__c", ["1", "0"], "boolean"],
    ["n", ["2024-01-31", "2024-02-01"], "date"],
    ["n", ["2024-01-31T10:00:00.000+0000", "2024-02-01 10:00"], "datetime"],
    ["n", ["a@b.co", "c@d.org"], "email"],
    ["n", ['{"a":1}', "[1]"], "json"],
    ["n", ["12345678901234567890", "1"], "text"],
  ])("%s: %j -> %s", async (name, values, type) => {
    expect(customType((await profile([name, ...values])).columns.get(name)!)).toBe(type);
  });
});

describe("dates", () => {
  test.each([
    [["31.01.2024", "02.03.2024"], "dmy"],
    [["01/31/2024", "02/03/2024"], "mdy"],
    [["01/02/2024", "02/03/2024"], null],
    [["01/31/2024", "31/01/2024"], null],
    [["2024-01-31"], null],
  ])("%j -> %s", async (values, order) => expect(dateOrder([await profile(["d", ...values])]).order).toBe(order));

  test("what cannot be told is said", async () => {
    expect(dateOrder([await profile(["d", "01/02/2024"])]).note).toBe(
      "1 date may be day first or month first: say `dmy` or `mdy`",
    );
    expect(dateOrder([await profile(["d", "2024-01-31"])]).note).toBeNull();
  });
});

test.each([
  [["1.234,50", "7"], ","],
  [["1,234.50", "7"], null],
  [["12,5", "12.5"], null],
  [["1,234"], null],
])("decimal sign of %j", async (values, sign) => expect(decimalSign([await profile(["n", ...values])])).toBe(sign));

test("options match by value, label, synonym, and without a number in front", () => {
  const options = model.objects.get("opportunity")!.fields.get("stage")!.options!;
  const found = ["Closed Won", "closed_won", "WON", "3 - Analysis", "Wobbly"].map(
    (value) => matchOption(value, options).target,
  );
  expect(found).toEqual(["closed_won", "closed_won", "closed_won", "needs_analysis", null]);
});

describe("drafts", () => {
  const files = {
    "reps.csv": ["rep|region", "Ann Lee|East", "Bob Ray|West"],
    "companies.csv": [
      "company|domain|parent company|employees|Vip",
      "Acme|acme.com||10|1",
      "Bolt|bolt.io|Acme|20|",
      "Cog|cog.dev|Acme|30|",
    ],
    "deals.csv": [
      "Deal ID|account|Deal Stage|sales_rep|Amount|Closing",
      "D1|Acme|Won|Ann Lee|10.50|31.01.2024",
      "D2|Bolt|Lost|Ann Lee|0.00|01.02.2024",
      "D3|Zed|Pending|Bob Ray||01.02.2024",
      "D4|Acme|Won|Bob Ray|7|01.02.2024",
    ],
    "tickets.csv": ["Ticket ID|Subject|Ticket Status|Company Domain", "T1|Help|New|acme.com", "T2|Help|Closed|bolt.io"],
    "weather.csv": ["day|rain", "1|2"],
  };

  test("objects, keys, lookups, owners, picklists and dates of a small CRM", async () => {
    const made = await draft(files);
    expect(made.mappings.map((mapping) => [mapping.object, mapping.sources, mapping.key])).toEqual([
      ["user", ["reps.csv"], ["rep"]],
      ["account", ["companies.csv"], ["company"]],
      ["opportunity", ["deals.csv"], ["Deal ID"]],
      ["case", ["tickets.csv"], ["Ticket ID"]],
    ]);
    expect(made.leftOut).toEqual([
      { source: "weather.csv", reason: "neither its name nor its headers match an object of the target model" },
    ]);
    const [, account, deal, ticket] = made.mappings;
    const fieldOf = (mapping: typeof account, target: string) =>
      mapping!.fields.find((field) => field.target === target);
    expect(fieldOf(account, "parent_id")).toMatchObject({
      from: "parent company",
      lookup: { objects: ["account"], by: null },
      note: "all of its values are keys of companies.csv",
    });
    expect(fieldOf(account, "vip")).toMatchObject({ custom: true, type: "integer" });
    expect(fieldOf(deal, "account_id")).toMatchObject({
      from: "account",
      missingNull: true,
      note: "66 % of its values are keys of companies.csv",
    });
    expect(fieldOf(deal, "owner_id")).toMatchObject({ from: "sales_rep", owner: true });
    expect(fieldOf(deal, "name")).toMatchObject({ from: "Deal ID", note: "no column for name: the key stands in" });
    expect(fieldOf(ticket, "account_id")).toMatchObject({
      from: "Company Domain",
      lookup: { objects: ["account"], by: "domain" },
    });
    expect(deal!.picklists[0]!.values.map(({ value, count, target }) => [value, count, target])).toEqual([
      ["Won", 2, "closed_won"],
      ["Lost", 1, "closed_lost"],
      ["Pending", 1, null],
    ]);
    expect(made.owners).toEqual({ match: "name", reason: "all of its values are in reps.csv (rep)" });
    expect(made.dates.order).toBe("dmy");
  });

  test("files with the same columns become one mapping, others of the object are left out with the reason", async () => {
    const made = await draft({
      "accounts_2023.csv": ["Id|Name", "1|A", "2|B"],
      "accounts_2024.csv": ["Id|Name", "3|C"],
      "customers.csv": ["No|Firm", "9|Z"],
    });
    expect(made.mappings.map((mapping) => [mapping.sources, mapping.records])).toEqual([
      [["accounts_2023.csv", "accounts_2024.csv"], 3],
    ]);
    expect(made.leftOut[0]!.reason).toBe(
      "looks like account, which is already loaded from accounts_2023.csv with other columns",
    );
  });

  test("two kinds of activities keep their ids apart", async () => {
    const made = await draft({ "tasks.csv": ["Id|Subject", "1|A"], "calls.csv": ["Id|Title|Notes", "1|B|x"] });
    expect(made.mappings.map((mapping) => [mapping.sources[0], mapping.keyspace])).toEqual([
      ["tasks.csv", null],
      ["calls.csv", "call"],
    ]);
  });

  test("lines without their parent are left out: the reference is required", async () => {
    const made = await draft({
      "line_items.csv": ["LineId|Product", "1|A", "2|A"],
      "products.csv": ["Id|Name", "A|Aa"],
    });
    expect(made.leftOut).toEqual([
      {
        source: "line_items.csv",
        reason: "looks like opportunity_line_item, but no column fits opportunity_id, which is required",
      },
    ]);
  });

  test("two columns that are unique together become the key", async () => {
    const made = await draft({
      "quotes.csv": ["QuoteNo|Title", "Q1|a", "Q2|b"],
      "quote_lines.csv": ["QuoteNo|Position|Text", "Q1|1|a", "Q1|2|b", "Q2|1|c", "Q2|2|a"],
    });
    expect(made.mappings[1]).toMatchObject({
      object: "quote_line_item",
      key: ["QuoteNo", "Position"],
      keyReason: "unique together",
    });
  });

  test("one column that refers to several kinds of records", async () => {
    const made = await draft({
      "contacts.csv": ["Id|LastName", "003a|A", "003b|B"],
      "leads.csv": ["Id|LastName", "00Qa|C"],
      "tasks.csv": ["Id|Subject|WhoId", "1|x|003a", "2|y|00Qa", "3|z|003b"],
    });
    const who = made.mappings[2]!.fields.find((field) => field.target === "who_id")!;
    expect(who.lookup).toEqual({ objects: ["contact", "lead"], by: null, typeInto: "who_type" });
  });

  test("ids numbered from 1 in every file: the name decides, not the values", async () => {
    const made = await draft({
      "accounts.csv": ["id|name", "1|A", "2|B", "3|C"],
      "contacts.csv": ["id|last_name|account_id|affiliation", "1|X|1|2", "2|Y|3|1"],
    });
    const fields = made.mappings[1]!.fields;
    expect(fields.filter((field) => field.lookup !== undefined).map((field) => [field.target, field.from])).toEqual([
      ["account_id", "account_id"],
    ]);
    expect(fields.find((field) => field.from === "affiliation")).toMatchObject({ custom: true, type: "integer" });
  });

  test("columns whose values do not fit the field are kept as they are", async () => {
    const made = await draft({ "accounts.csv": ["Id|Name|Employees", "1|A|1-50", "2|B|51-200"] });
    const employees = made.mappings[0]!.fields.find((field) => field.from === "Employees");
    expect(employees).toMatchObject({ custom: true, type: "text", target: "employees" });
  });

  test("a boolean that is 1 or empty gets the default false", async () => {
    const made = await draft({ "accounts.csv": ["Id|Name|IsActive", "1|A|1", "2|B|", "3|C|1"] });
    expect(made.mappings[0]!.fields.find((field) => field.target === "is_active")).toMatchObject({ default: "false" });
  });
});
