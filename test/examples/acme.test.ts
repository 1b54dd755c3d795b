import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { acmeFiles } from "../../examples/acme/generate.ts";
import { expectProven, type Migrated, migrateAll, outcomes, referenceOf, sumOf } from "../data/migrated.ts";

const example = fileURLToPath(new URL("../../examples/acme", import.meta.url));

/** Records per file: what the proof counts again. */
const COUNTS = {
  users: 36,
  products: 48,
  accounts: 500,
  contacts: 905,
  leads: 350,
  deals: 550,
  deal_lines: 871,
  quotes: 140,
  quote_lines: 266,
  contracts: 80,
  cases: 260,
  campaigns: 20,
  campaign_members: 400,
  tasks: 420,
  events: 160,
  notes: 140,
  files: 50,
};

test("the committed data is what the generator writes", () => {
  const files = acmeFiles();
  expect(readdirSync(join(example, "data")).sort()).toEqual([...files.keys()].sort());
  for (const [name, content] of files) {
    expect(
      readFileSync(join(example, "data", name), "utf8") === content,
      `${name} differs: run node examples/acme/generate.ts`,
    ).toBe(true);
  }
});

describe("the example", () => {
  let moved: Migrated;

  beforeAll(async () => {
    moved = await migrateAll(example);
  }, 300_000);
  afterAll(() => moved?.close());

  test("is proven", () => {
    expectProven(moved, COUNTS);
  });

  test("every record is where the README says", () => {
    expect(outcomes(moved.run)).toEqual({
      "user < users": { inserted: 36 },
      "product < products": { inserted: 48 },
      "account < accounts": { inserted: 500 },
      "contact < contacts": { inserted: 880, merged: 5, filtered: 15, rejected: 5 },
      "lead < leads": { inserted: 347, rejected: 3 },
      "opportunity < deals": { inserted: 546, rejected: 4 },
      "opportunity_line_item < deal_lines": { inserted: 868, rejected: 3 },
      "quote < quotes": { inserted: 140 },
      "quote_line_item < quote_lines": { inserted: 265, rejected: 1 },
      "contract < contracts": { inserted: 80 },
      "case < cases": { inserted: 260 },
      "campaign < campaigns": { inserted: 20 },
      "campaign_member < campaign_members": { inserted: 400 },
      "task < tasks": { inserted: 417, rejected: 3 },
      "event < events": { inserted: 160 },
      "note < notes": { inserted: 140 },
      "file < files": { inserted: 50 },
    });
    expect(moved.run.clean).toBe(true);
  });

  test("rejects keep their reason", () => {
    const codes = (object: string) =>
      readFileSync(join(moved.folder, "runs", moved.run.run, "rejects", `${object}.csv`), "utf8")
        .replace(/^\ufeff/, "")
        .split(/\r?\n/)
        .filter((line) => /^"?[A-Z]+_/.test(line))
        .map((line) => line.split(",", 2).join(" ").replaceAll('"', ""))
        .sort();
    expect(codes("contact")).toEqual([
      "LOOKUP_MISSING account_id",
      "LOOKUP_MISSING account_id",
      "VALUE_NOT_AN_EMAIL email",
      "VALUE_NOT_AN_EMAIL email",
      "VALUE_NOT_A_DATE birthdate",
    ]);
  });

  test("money is exact, by currency", async () => {
    const rows = await moved.rows("select currency, sum(amount) from crm.opportunity group by 1 order by 1");
    expect(rows).toEqual([
      ["EUR", "2399573.68"],
      ["JPY", "82050175"],
      ["USD", "3261518.40"],
    ]);
    expect(sumOf(moved, "opportunity", "amount", { currency: "JPY", stage: "closed_won" })).toEqual([
      "16415550",
      "16415550",
    ]);
    const won = await moved.rows(
      "select count(*), sum(amount) from crm.opportunity where stage = 'closed_won' and currency = 'USD'",
    );
    expect(won).toEqual([["70", "944583.93"]]);
  });

  test("parents, a cycle of two companies, and main contacts that came later", async () => {
    expect(referenceOf(moved, "account", "parent_id")).toEqual([135, 135, 0]);
    expect(referenceOf(moved, "account", "primary_contact_id")).toEqual([167, 167, 0]);
    const cycle =
      await moved.rows(`select a.external_id, p.external_id from crm.account a join crm.account p on p.id = a.parent_id
      where a.external_id in ('ACC-00101', 'ACC-00102') order by 1`);
    expect(cycle).toEqual([
      ["ACC-00101", "ACC-00102"],
      ["ACC-00102", "ACC-00101"],
    ]);
    const depth = await moved.rows(`with recursive chain as (
      select id, parent_id, 1 as depth from crm.account where external_id = 'ACC-00008'
      union all select a.id, a.parent_id, depth + 1 from crm.account a join chain on a.id = chain.parent_id) select max(depth) from chain`);
    expect(depth).toEqual([["8"]]);
    const home = await moved.rows(
      `select count(*) from crm.account a join crm.contact c on c.id = a.primary_contact_id and c.account_id = a.id`,
    );
    expect(home).toEqual([["167"]]);
  });

  test("activities hang on five kinds of record", async () => {
    const rows = await moved.rows("select related_type, count(*) from crm.task group by 1 order by 1");
    expect(rows).toEqual([
      ["account", "131"],
      ["case", "68"],
      ["contact", "65"],
      ["lead", "30"],
      ["opportunity", "100"],
      [null, "23"],
    ]);
  });

  test("owners: those who left stay inactive, those who are gone were replaced", async () => {
    expect(await moved.rows("select count(*) from crm.user where not is_active")).toEqual([["4"]]);
    const support = await moved.rows(
      `select count(*) from crm."case" c join crm.user u on u.id = c.owner_id where u.email = 'olu.smith2@acme.example'`,
    );
    expect(support).toEqual([["113"]]);
    expect(await moved.rows("select count(*) from crm.account where owner_id is null")).toEqual([["0"]]);
  });

  test("text comes through as it is: scripts, quotes, line breaks, leading zeros, the later of two exports", async () => {
    expect(await moved.rows("select count(*) from crm.account where billing_postal_code like '0%'")).toEqual([["126"]]);
    expect(
      await moved.rows(
        "select count(*), min(length(custom ->> 'loyalty_number')) from crm.account where custom ? 'loyalty_number'",
      ),
    ).toEqual([["197", "8"]]);
    expect(await moved.rows("select title from crm.user where first_name = 'Ngọc Ánh'")).toEqual([
      ["Account Executive"],
    ]);
    expect(await moved.rows("select mobile, description from crm.contact where external_id = 'CON-00060'")).toEqual([
      ["+420 777 123 456", "number changed"],
    ]);
    expect(
      await moved.rows(
        `select count(*) > 0 from crm.account where name like '"Fresh" Foods%' and billing_street like E'%\\n%'`,
      ),
    ).toEqual([["true"]]);
    expect(await moved.rows("select count(*) from crm.association where label = 'stakeholder'")).toEqual([["766"]]);
  });
});
