import { expect, test } from "vitest";
import { buckets, migration, runAgain } from "./kit.ts";

const mapping = (fields: string) =>
  `object: account\nsource: accounts.csv\nkey: Id\nfields:\n  name: Name\n${fields}\n`;
const ROWS = "select external_id, name, industry, size, domain from crm.account order by 1";

test("overwrite: always, if-empty and never, on rows that exist and on new ones", async () => {
  const m = await migration({
    files: { "accounts.csv": "Id,Name,Ind,Size,Dom\nA1,One,it,1,a.com\nA2,Two,,,\n" },
    mappings: {
      account: mapping(
        "  industry: { from: Ind, overwrite: always }\n  size: { from: Size, overwrite: if-empty }\n  domain: { from: Dom, overwrite: never }",
      ),
    },
  });
  await m.run();
  const first = [
    ["A1", "One", "it", "1", "a.com"],
    ["A2", "Two", null, null, null],
  ];
  expect(await m.sql(ROWS)).toEqual(first);
  await m.data("accounts.csv", "Id,Name,Ind,Size,Dom\nA1,One,law,2,b.com\nA2,Two,law,2,b.com\nA3,New,law,2,b.com\n");
  expect(buckets(await m.run())).toEqual({ account: { read: 3, updated: 2, inserted: 1 } });
  expect(await m.sql(ROWS)).toEqual([
    ["A1", "One", "law", "1", "a.com"],
    ["A2", "Two", "law", "2", null],
    ["A3", "New", "law", "2", "b.com"],
  ]);
  await runAgain(m);
});

test("a change that overwrite forbids is no change", async () => {
  const m = await migration({
    files: { "accounts.csv": "Id,Name,Ind,Size,Dom\nA1,One,it,1,a.com\n" },
    mappings: {
      account: mapping("  size: { from: Size, overwrite: if-empty }\n  domain: { from: Dom, overwrite: never }"),
    },
  });
  await m.run();
  await m.data("accounts.csv", "Id,Name,Ind,Size,Dom\nA1,One,it,2,b.com\n");
  expect(buckets(await runAgain(m))).toEqual({ account: { read: 1, unchanged: 1 } });
});

test("blank: ignore keeps what the target has, clear takes it away", async () => {
  const m = await migration({
    files: { "accounts.csv": "Id,Name,Ind,Size,Dom\nA1,One,it,1,a.com\n" },
    mappings: {
      account: mapping(
        "  industry: Ind\n  size: { from: Size, blank: clear }\n  domain: { from: Dom, blank: clear, overwrite: if-empty }",
      ),
    },
  });
  await m.run();
  await m.data("accounts.csv", "Id,Name,Ind,Size,Dom\nA1,One,,,\n");
  expect(buckets(await m.run())).toEqual({ account: { read: 1, updated: 1 } });
  expect(await m.sql(ROWS)).toEqual([["A1", "One", "it", null, "a.com"]]);
  await runAgain(m);
});

test("references: blank keeps or clears, a record that is not there leaves the field empty", async () => {
  const m = await migration({
    files: {
      "accounts.csv": "Id,Name\nA1,One\nA2,Two\n",
      "contacts.csv": "Id,Name,Kept,Cleared\nC1,Ann,A1,A1\nC2,Bob,A1,A1\n",
    },
    mappings: {
      account: mapping(""),
      contact: `object: contact\nsource: contacts.csv\nkey: Id\nfields:\n  name: Name\n  account_id: { from: Kept, missing: null }\n  billing_id: { from: Cleared, blank: clear, missing: null }\n`,
    },
  });
  const rows = `select c.external_id, a.external_id, b.external_id from crm.contact c
    left join crm.account a on a.id = c.account_id left join crm.account b on b.id = c.billing_id order by 1`;
  await m.run();
  await m.data("contacts.csv", "Id,Name,Kept,Cleared\nC1,Ann,,\nC2,Bob,A9,A9\n");
  expect(buckets(await m.run())).toMatchObject({ contact: { read: 2, updated: 2 } });
  expect(await m.sql(rows)).toEqual([
    ["C1", "A1", null],
    ["C2", null, null],
  ]);
  expect((await m.warnings()).map(({ key, code, field, value }) => [key, code, field, value])).toEqual([
    ["C2", "LOOKUP_MISSING", "account_id", "A9"],
    ["C2", "LOOKUP_MISSING", "billing_id", "A9"],
  ]);
  await runAgain(m);
});

test("onError: reject, null and stop", async () => {
  const files = { "accounts.csv": "Id,Name,Size\nA1,One,1\nA2,Two,many\n" };
  const m = await migration({ files, mappings: { account: mapping("  size: Size") } });
  expect(buckets(await m.run())).toEqual({ account: { read: 2, inserted: 1, rejected: 1 } });
  expect(await m.rejects()).toEqual([
    { object: "account", key: "A2", code: "VALUE_NOT_AN_INTEGER", field: "size", value: "many" },
  ]);
  await m.mapping("account", mapping("  size: { from: Size, onError: null }"));
  expect(buckets(await m.run())).toEqual({ account: { read: 2, inserted: 1, unchanged: 1 } });
  expect(await m.warnings()).toEqual([
    { object: "account", key: "A2", code: "VALUE_NOT_AN_INTEGER", field: "size", value: "many" },
  ]);
  await m.mapping("account", mapping("  size: { from: Size, onError: stop }"));
  await expect(m.run()).rejects.toMatchObject({ code: "VALUE_NOT_AN_INTEGER", exitCode: 4 });
});

test("default, required and requireAny", async () => {
  const m = await migration({
    files: { "accounts.csv": "Id,Name,Dom,Ind\nA1,One,,\nA2,,b.com,law\nA3,,,law\nA4,Four,d.com,\n" },
    mappings: {
      account: mapping(
        "  domain: Dom\n  industry: { from: Ind, default: other }\n  size: { value: 5, required: true }",
      ),
    },
  });
  expect(buckets(await m.run())).toEqual({ account: { read: 4, inserted: 3, rejected: 1 } });
  expect(await m.sql(ROWS)).toEqual([
    ["A1", "One", "other", "5", null],
    ["A2", null, "law", "5", "b.com"],
    ["A4", "Four", "other", "5", "d.com"],
  ]);
  expect((await m.rejects()).map(({ key, code }) => [key, code])).toEqual([["A3", "REQUIRED_MISSING"]]);
  await m.mapping("account", mapping("  domain: { from: Dom, required: true }"));
  expect(buckets(await m.run())).toEqual({ account: { read: 4, unchanged: 2, rejected: 2 } });
  expect((await m.rejects()).map(({ key, code, field }) => [key, code, field])).toEqual([
    ["A1", "REQUIRED_MISSING", "domain"],
    ["A3", "REQUIRED_MISSING", "domain"],
  ]);
});

test("custom fields: typed, merged on update, cleared, and under the policies of overwrite", async () => {
  const fields = `
  custom.tier: Tier
  custom.score: { from: Score, type: decimal, blank: clear }
  custom.seen: { from: Seen, type: date }
  custom.first: { from: First, overwrite: if-empty }
  custom.once: { from: Once, overwrite: never }
  custom.data: { from: Data, type: json }`;
  const m = await migration({
    files: {
      "accounts.csv": `Id,Name,Tier,Score,Seen,First,Once,Data\nA1,One,gold,1.50,2024-02-29,f,o,"{""a"":null,""b"":[1,null]}"\nA2,Two,,,,,,\n`,
    },
    mappings: { account: mapping(fields.slice(1)) },
  });
  const rows = "select external_id, custom from crm.account order by 1";
  await m.run();
  const one = { tier: "gold", score: 1.5, seen: "2024-02-29", first: "f", once: "o", data: { a: null, b: [1, null] } };
  expect(await m.sql(rows)).toEqual([
    ["A1", one],
    ["A2", null],
  ]);
  expect(await m.sql("select custom ->> 'score' from crm.account where external_id = 'A1'")).toEqual([["1.50"]]);
  await m.sql(`update crm.account set custom = coalesce(custom, '{}') || '{"mine": 1}'`);
  expect(buckets(await runAgain(m))).toEqual({ account: { read: 2, unchanged: 2 } });
  await m.data(
    "accounts.csv",
    "Id,Name,Tier,Score,Seen,First,Once,Data\nA1,One,silver,,,g,p,\nA2,Two,bronze,2,,g,p,\nA3,Three,,3,,g,p,\n",
  );
  expect(buckets(await m.run())).toEqual({ account: { read: 3, updated: 2, inserted: 1 } });
  const { score: _, ...kept } = one;
  expect(await m.sql(rows)).toEqual([
    ["A1", { ...kept, tier: "silver", mine: 1 }],
    ["A2", { tier: "bronze", score: 2, first: "g", mine: 1 }],
    ["A3", { score: 3, first: "g", once: "p" }],
  ]);
  await m.sql("update crm.account set updated_at = updated_at");
  expect(buckets(await runAgain(m))).toEqual({ account: { read: 3, unchanged: 3 } });
});

test("custom fields that are all cleared leave nothing, and stay so", async () => {
  const m = await migration({
    files: { "accounts.csv": "Id,Name,Tier\nA1,One,gold\nA2,Two,\n" },
    mappings: { account: mapping("  custom.tier: { from: Tier, blank: clear }") },
  });
  await m.run();
  await m.data("accounts.csv", "Id,Name,Tier\nA1,One,\nA2,Two,\n");
  expect(buckets(await m.run())).toEqual({ account: { read: 2, updated: 1, unchanged: 1 } });
  expect(await m.sql("select custom from crm.account")).toEqual([[null], [null]]);
  await m.sql("update crm.account set name = name");
  await runAgain(m);
});

test("a blank cell leaves the value that was there, and the proof says why the sums differ; damage is found all the same", async () => {
  const m = await migration({
    model:
      "version: 1\nname: test\norder: [account]\nobjects:\n  account: { fields: { name: text, revenue: decimal } }\n",
    files: { "accounts.csv": "Id,Name,Revenue\nA1,Acme,100\nA2,Beta,200\n" },
    mappings: {
      account:
        "object: account\nsource: accounts.csv\nkey: Id\nfields: { name: Name, revenue: Revenue, custom.size: { from: Revenue, type: decimal } }\n",
    },
  });
  await m.run();
  await m.data("accounts.csv", "Id,Name,Revenue\nA1,Acme,\nA2,Beta,200\n");
  await m.run();
  const proof = await m.prove();
  expect(proof).toMatchObject({ ok: true });
  expect(proof.objects[0]!.sums.map(({ field, source, target, note }) => [field, source, target, note])).toEqual(
    ["revenue", "size"].map((field) => [
      field,
      "200",
      "300",
      "1 of the records say nothing about it: the value that was there stays (blank: ignore), the others agree",
    ]),
  );
  await m.sql("update crm.account set revenue = 201 where external_id = 'A2'");
  expect(await m.prove()).toMatchObject({ ok: false });
});
