import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { buckets, migration } from "./kit.ts";

/** Many rows in small chunks, so that the short way of a first fill is taken more than once. */
const contacts = Array.from({ length: 25 }, (_, index) => {
  const n = index + 1;
  const account = n === 7 ? "A9" : n % 5 === 0 ? "" : n % 2 === 0 ? "A1" : "A2";
  return `C${n},${n === 11 ? "Ünï, 漢字" : `Name ${n}`},${account},${n % 3 === 0 ? "" : "2020-01-02T03:04:05Z"}`;
});
const given = {
  files: {
    "accounts.csv": "Id,Name\nA1,Acme\nA2,Beta",
    "contacts.csv": [
      "Id,Name,Account,Created",
      ...contacts.map((line) => line.replace("Ünï, 漢字", '"Ünï, 漢字"')),
    ].join("\n"),
  },
  mappings: {
    account: "object: account\nsource: accounts.csv\nkey: Id\nfields: { name: Name }",
    contact:
      "object: contact\nsource: contacts.csv\nkey: Id\nfields: { name: Name, account_id: { from: Account, lookup: account }, created_at: Created }",
  },
};
const ROWS = `select c.external_source, c.external_id, c.name, a.external_id, c.created_at > now() - interval '1 hour'
  from crm.contact c left join crm.account a on a.id = c.account_id order by length(c.external_id), c.external_id`;

describe("the short way of a first fill", () => {
  test("rows are as mapped; a missing reference is a reject; blank times take the default; ids belong to the sequence", async () => {
    const m = await migration(given);
    const report = await m.run({ chunkSize: 4 });
    expect(buckets(report).contact).toEqual({ read: 25, inserted: 24, rejected: 1 });
    expect((await m.rejects()).map((reject) => [reject.key, reject.code, reject.value])).toEqual([
      ["C7", "LOOKUP_MISSING", "A9"],
    ]);
    const expected = contacts
      .map((_, index) => index + 1)
      .filter((n) => n !== 7)
      .map((n) => [
        "test",
        `C${n}`,
        n === 11 ? "Ünï, 漢字" : `Name ${n}`,
        n % 5 === 0 ? null : n % 2 === 0 ? "A1" : "A2",
        n % 3 === 0,
      ]);
    expect(await m.sql(ROWS)).toEqual(expected);
    const contact = report.objects.find((object) => object.object === "contact")!;
    expect(contact.references).toEqual([
      { field: "account_id", expected: 19, resolved: 19, deferred: 0, unresolved: 0 },
    ]);
    expect((await m.records("inserted")).contact).toHaveLength(24);
    await m.sql("insert into crm.contact (name) values ('by hand')");
    expect(await m.sql("select count(*) = count(distinct id) from crm.contact")).toEqual([[true]]);
  });

  test("the next run knows every row again", async () => {
    const m = await migration(given);
    await m.run({ chunkSize: 4 });
    const before = await m.versions();
    expect(buckets(await m.run({ chunkSize: 4 })).contact).toEqual({ read: 25, unchanged: 24, rejected: 1 });
    expect(await m.versions()).toEqual(before);
  });

  test("times that the source leaves blank are the same by either way: looked at again, nothing changes", async () => {
    const m = await migration(given);
    await m.run({ chunkSize: 4 });
    const TIMES = "select external_id, created_at::text from crm.contact order by id";
    const times = await m.sql(TIMES);
    // no version that the run knows is left: every row is compared
    await m.sql("update crm.contact set name = name");
    const before = await m.versions();
    expect(buckets(await m.run({ sample: 5 })).contact).toMatchObject({ read: 25, unchanged: 19 });
    expect(await m.versions()).toEqual(before);
    await m.data("contacts.csv", given.files["contacts.csv"].replace("C3,Name 3,", "C3,Name three,"));
    expect(buckets(await m.run()).contact).toMatchObject({ updated: 1, unchanged: 23 });
    expect(await m.sql(TIMES)).toEqual(times);
  });

  test("a chunk that the target refuses takes the usual way: only the refused row is rejected", async () => {
    const m = await migration(given);
    await m.data("contacts.csv", "Id,Name,Account,Created\n");
    await m.run();
    await m.sql("alter table crm.contact add constraint no_eight check (name <> 'Name 8')");
    await m.data("contacts.csv", given.files["contacts.csv"]);
    for (const dryRun of [true, false]) {
      const report = await m.run({ chunkSize: 4, dryRun });
      expect(buckets(report).contact).toEqual({ read: 25, inserted: 23, rejected: 2 });
    }
    expect((await m.rejects()).map((reject) => [reject.key, reject.code])).toEqual([
      ["C7", "LOOKUP_MISSING"],
      ["C8", "TARGET_REFUSED"],
    ]);
  });

  test("foreign keys are there and validated afterwards", async () => {
    const m = await migration(given);
    await m.run();
    expect(
      await m.sql(
        "select count(*), bool_and(convalidated) from pg_constraint where contype = 'f' and conrelid = 'crm.contact'::regclass",
      ),
    ).toEqual([["3", true]]);
    await expect(m.sql("update crm.contact set account_id = 999")).rejects.toThrow(/foreign key/);
  });
});

test("one source loads into one schema of a database", async () => {
  const m = await migration(given);
  await m.run();
  const file = join(m.folder, "migration.yaml");
  await writeFile(file, (await readFile(file, "utf8")).replace("schema: crm", "schema: other"));
  await expect(m.run()).rejects.toMatchObject({ code: "SOURCE_IN_OTHER_SCHEMA", exitCode: 2 });
  expect(await m.sql("select 1 from pg_namespace where nspname = 'other'")).toEqual([]);
});
