import { describe, expect, test } from "vitest";
import type { RunReport } from "../../../core/engine/types.ts";
import { buckets, migration, references, runAgain } from "./kit.ts";

const given = {
  files: {
    "accounts.csv": `
      Id,Name,Size,Parent
      A1,Acme,10,
      A2,Beta,20,A1
      A3,Gamma,,`,
    "contacts.csv": `
      Id,Name,Mail,Account
      C1,Ann,ann@acme.com,A1
      C2,Bob,bob@beta.com,A2`,
  },
  mappings: {
    account: `
      object: account
      source: accounts.csv
      key: Id
      fields:
        name: Name
        size: Size
        parent_id: Parent`,
    contact: `
      object: contact
      source: contacts.csv
      key: Id
      fields: { name: Name, email: Mail, account_id: Account }`,
  },
};

const ACCOUNTS = `select a.external_source, a.external_id, a.name, a.size, p.external_id
  from crm.account a left join crm.account p on p.id = a.parent_id order by 2`;
const CONTACTS = `select c.external_id, c.name, c.email, a.external_id
  from crm.contact c left join crm.account a on a.id = c.account_id order by 1`;

const LOADED = [
  ["test", "A1", "Acme", "10", null],
  ["test", "A2", "Beta", "20", "A1"],
  ["test", "A3", "Gamma", null, null],
];

describe("a first run and those after it", () => {
  test("inserts everything, with references", async () => {
    const m = await migration(given);
    const report = await m.run();
    expect(buckets(report)).toEqual({ account: { read: 3, inserted: 3 }, contact: { read: 2, inserted: 2 } });
    expect(references(report)).toEqual({
      "account.parent_id": { expected: 1, resolved: 1 },
      "contact.account_id": { expected: 2, resolved: 2 },
    });
    expect(await m.sql(ACCOUNTS)).toEqual(LOADED);
    expect(await m.sql(CONTACTS)).toEqual([
      ["C1", "Ann", "ann@acme.com", "A1"],
      ["C2", "Bob", "bob@beta.com", "A2"],
    ]);
    expect(await m.records("inserted")).toEqual({ account: ["A1", "A2", "A3"], contact: ["C1", "C2"] });
    expect(report).toMatchObject({ status: "completed", clean: true, rejectRate: 0 });
  });

  test("a second run finds everything unchanged and writes nothing", async () => {
    const m = await migration(given);
    await m.run();
    expect(buckets(await runAgain(m))).toEqual({
      account: { read: 3, unchanged: 3 },
      contact: { read: 2, unchanged: 2 },
    });
    expect(buckets(await runAgain(m, { chunkSize: 1 }))).toEqual({
      account: { read: 3, unchanged: 3 },
      contact: { read: 2, unchanged: 2 },
    });
  });

  test("a changed cell updates one row, and the row as it was is kept", async () => {
    const m = await migration(given);
    await m.run();
    const before = await m.versions();
    await m.data("accounts.csv", given.files["accounts.csv"].replace("Beta,20", "Beta,21"));
    const report = await m.run();
    expect(buckets(report)).toEqual({
      account: { read: 3, unchanged: 2, updated: 1 },
      contact: { read: 2, unchanged: 2 },
    });
    expect(await m.records("updated")).toEqual({ account: ["A2"] });
    expect((await m.sql(ACCOUNTS))[1]).toEqual(["test", "A2", "Beta", "21", "A1"]);
    expect(await m.sql("select object, row ->> 'external_id', row -> 'size' from migrate.before_image")).toEqual([
      ["account", "A2", 20],
    ]);
    const after = await m.versions();
    expect(after.filter((row) => !before.some((old) => String(old) === String(row)))).toHaveLength(1);
    await runAgain(m);
  });

  test("a row that was edited by hand is restored", async () => {
    const m = await migration(given);
    await m.run();
    await m.sql("update crm.account set name = 'Edited', parent_id = null where external_id = 'A2'");
    expect(buckets(await m.run())).toMatchObject({ account: { read: 3, unchanged: 2, updated: 1 } });
    expect(await m.sql(ACCOUNTS)).toEqual(LOADED);
    expect(await m.sql("select row ->> 'name' from migrate.before_image")).toEqual([["Edited"]]);
    await runAgain(m);
  });

  test("times that the source does not say stay as the target set them, also where blanks clear", async () => {
    const m = await migration({
      files: { "contacts.csv": "Id,Name,Mail,Created\nC1,Ann,ann@acme.com,\n" },
      mappings: {
        contact:
          "object: contact\nsource: contacts.csv\nkey: Id\nblank: clear\nfields: { name: Name, email: Mail, created_at: Created }\n",
      },
    });
    await m.run();
    const created = "select created_at::text, email from crm.contact";
    const [[before]] = (await m.sql(created)) as [[string]];
    await m.sql("update crm.contact set name = name");
    expect(buckets(await runAgain(m))).toMatchObject({ contact: { read: 1, unchanged: 1 } });
    await m.data("contacts.csv", "Id,Name,Mail,Created\nC1,Ann,,\n");
    expect(buckets(await m.run())).toMatchObject({ contact: { read: 1, updated: 1 } });
    expect(await m.sql(created)).toEqual([[before, null]]);
  });

  test("a row that was written by hand without a change is unchanged, and known again", async () => {
    const m = await migration(given);
    await m.run();
    await m.sql("update crm.account set name = name");
    expect(buckets(await runAgain(m))).toMatchObject({ account: { read: 3, unchanged: 3 } });
    expect(
      await m.sql(
        "select count(*)::int from migrate.ledger l join crm.account t on t.id = target_id and t.xmin = version where origin_id = 1",
      ),
    ).toEqual([[3]]);
  });

  test("a row that was deleted by hand is inserted again, and what referred to it refers to it again", async () => {
    const m = await migration(given);
    await m.run();
    await m.sql(
      "update crm.account set parent_id = null; update crm.contact set account_id = null where name = 'Ann'; delete from crm.account where external_id = 'A1'",
    );
    expect(buckets(await m.run())).toEqual({
      account: { read: 3, inserted: 1, updated: 1, unchanged: 1 },
      contact: { read: 2, updated: 1, unchanged: 1 },
    });
    expect(await m.sql(ACCOUNTS)).toEqual(LOADED);
    expect((await m.sql(CONTACTS)).map((row) => row[3])).toEqual(["A1", "A2"]);
    await runAgain(m);
  });

  test("a dropped schema is filled again, whatever the ledger knows", async () => {
    const m = await migration(given);
    await m.run();
    await m.sql("drop schema crm cascade");
    const report = await m.run();
    expect(buckets(report)).toEqual({ account: { read: 3, inserted: 3 }, contact: { read: 2, inserted: 2 } });
    expect(await m.sql(ACCOUNTS)).toEqual(LOADED);
    expect(await m.sql("select count(*)::int from migrate.ledger")).toEqual([[5]]);
    await runAgain(m);
  });

  test("truncated tables are filled again", async () => {
    const m = await migration(given);
    await m.run();
    await m.sql("truncate crm.account restart identity cascade");
    await m.run();
    expect(await m.sql(ACCOUNTS)).toEqual(LOADED);
    expect(await m.sql("select count(*)::int from migrate.ledger")).toEqual([[5]]);
    await runAgain(m);
  });

  test("a dry run predicts the buckets and leaves nothing", async () => {
    const m = await migration({ ...given, untouched: true });
    const dry = await m.run({ dryRun: true });
    expect(buckets(dry)).toEqual({ account: { read: 3, inserted: 3 }, contact: { read: 2, inserted: 2 } });
    expect(await m.sql("select nspname from pg_namespace where nspname in ('crm', 'migrate')")).toEqual([]);
    await m.run();
    await m.data("accounts.csv", given.files["accounts.csv"].replace("Beta,20", "Beta,21"));
    const before = await m.versions();
    expect(buckets(await m.run({ dryRun: true }))).toMatchObject({ account: { read: 3, unchanged: 2, updated: 1 } });
    expect(await m.versions()).toEqual(before);
  });

  test("chunks of one record give the same rows", async () => {
    const m = await migration(given);
    expect(buckets(await m.run({ chunkSize: 1 }))).toEqual({
      account: { read: 3, inserted: 3 },
      contact: { read: 2, inserted: 2 },
    });
    expect(await m.sql(ACCOUNTS)).toEqual(LOADED);
    await runAgain(m);
  });
});

test.each([1, 2, 50_000])(
  "a dry run tells all that the run then does, of messy data (chunks of %i)",
  async (chunkSize) => {
    const m = await migration({
      files: {
        "accounts.csv": "Id,Name,Parent,Primary\nA3,x,A2,C1\nA2,x,A1,\nA1,x,A3,C9\nB,y,B,\nB,y,B,\nG,z,gone,\nE,,,\n",
        "contacts.csv":
          "Id,Name,Mail,Account\nC1,Ann,a@x.com,A1\nC2,Bob,A@x.com,A2\nC3,Carl,c@x.com,G\nC1,Ann,a@x.com,A1\n",
      },
      mappings: {
        account:
          "object: account\nsource: accounts.csv\nkey: Id\nfields: { name: { from: Name, required: true }, parent_id: Parent, primary_contact_id: Primary }\n",
        contact:
          "object: contact\nsource: contacts.csv\nkey: Id\nduplicates: first\nmatch: [external_id, email]\nfields: { name: Name, email: Mail, account_id: Account }\n",
      },
    });
    const told = (report: RunReport) => report.objects.map((object) => ({ ...object, seconds: 0 }));
    const dry = await m.run({ dryRun: true, chunkSize });
    const real = await m.run({ chunkSize });
    expect(told(dry)).toEqual(told(real));
    expect(buckets(real)).toEqual({
      account: { read: 7, inserted: 4, rejected: 3 },
      contact: { read: 4, inserted: 1, merged: 2, rejected: 1 },
    });
    const dryAgain = await m.run({ dryRun: true, chunkSize });
    expect(told(dryAgain)).toEqual(told(await runAgain(m, { chunkSize })));
  },
);

describe("modes", () => {
  const withMode = (mode: string) => ({ ...given.mappings, account: `${given.mappings.account}\n      mode: ${mode}` });

  test("insert ignores records that exist", async () => {
    const m = await migration(given);
    await m.run();
    await m.mapping("account", withMode("insert").account);
    await m.data("accounts.csv", "Id,Name,Size,Parent\nA1,Other,1,\nA4,New,4,A1\nA2,Beta,20,A9\n");
    const report = await m.run();
    // the parent of A2 is not there, which does not matter: it is not written
    expect(buckets(report)).toMatchObject({ account: { read: 3, inserted: 1, unchanged: 2 } });
    expect(await m.sql(ACCOUNTS)).toEqual([...LOADED, ["test", "A4", "New", "4", "A1"]]);
    await runAgain(m);
  });

  test("update ignores records that do not exist", async () => {
    const m = await migration(given);
    await m.run();
    await m.mapping("account", withMode("update").account);
    await m.data("accounts.csv", "Id,Name,Size,Parent\nA1,Other,1,\nA4,New,4,A1\nA5,New,5,A9\n");
    const report = await m.run();
    expect(buckets(report)).toMatchObject({ account: { read: 3, updated: 1, filtered: 2 } });
    expect(await m.records("filtered")).toEqual({ account: ["A4", "A5"] });
    expect(await m.sql(ACCOUNTS)).toEqual([["test", "A1", "Other", "1", null], ...LOADED.slice(1)]);
    await runAgain(m);
  });

  test("update of an empty target loads nothing", async () => {
    const m = await migration({ ...given, mappings: { account: withMode("update").account } });
    expect(buckets(await m.run())).toEqual({ account: { read: 3, filtered: 3 } });
    expect(await m.sql(ACCOUNTS)).toEqual([]);
  });
});
