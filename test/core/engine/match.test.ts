import { describe, expect, test } from "vitest";
import { buckets, chunks, type Migration, migration, runAgain } from "./kit.ts";

const contact = (more = "match: [external_id, email]") => `
  object: contact
  source: contacts.csv
  key: Id
  ${more}
  fields: { name: Name, email: Mail, phone: Phone }`;

const deal = `
  object: deal
  source: deals.csv
  key: Id
  fields: { name: Name, contact_id: Contact }`;

const CONTACTS = "select external_source, external_id, name, email, phone from crm.contact order by id";

/** Tables as a run makes them, with rows that were there before. */
async function withRows(
  files: Record<string, string>,
  mappings: Record<string, string>,
  rows: string,
): Promise<Migration> {
  const m = await migration({ files, mappings });
  await m.data("contacts.csv", "Id,Name,Mail,Phone\n");
  await m.run();
  await m.sql(rows);
  for (const [name, text] of Object.entries(files)) await m.data(name, text);
  return m;
}

describe("records that exist in the target", () => {
  test("are recognised by the second field and adopted", async () => {
    const m = await withRows(
      { "contacts.csv": "Id,Name,Mail,Phone\nC1,Ann,Ann@Acme.com,1\nC2,Bob,bob@beta.com,2\n" },
      { contact: contact() },
      "insert into crm.contact (name, email, phone) values ('Anna', 'ann@acme.com', '9'), ('Zoe', 'zoe@z.com', '8')",
    );
    expect(buckets(await m.run())).toEqual({ contact: { read: 2, inserted: 1, updated: 1 } });
    const rows = [
      ["test", "C1", "Ann", "Ann@Acme.com", "1"],
      [null, null, "Zoe", "zoe@z.com", "8"],
      ["test", "C2", "Bob", "bob@beta.com", "2"],
    ];
    expect(await m.sql(CONTACTS)).toEqual(rows);
    expect(await m.sql("select row ->> 'name', row -> 'external_id' from migrate.before_image")).toEqual([
      ["Anna", null],
    ]);
    expect(buckets(await runAgain(m))).toEqual({ contact: { read: 2, unchanged: 2 } });
    // the e-mail changes: it is still the same record
    await m.data("contacts.csv", "Id,Name,Mail,Phone\nC1,Ann,new@acme.com,1\nC2,Bob,bob@beta.com,2\n");
    expect(buckets(await m.run())).toEqual({ contact: { read: 2, updated: 1, unchanged: 1 } });
    expect((await m.sql(CONTACTS))[0]).toEqual(["test", "C1", "Ann", "new@acme.com", "1"]);
  });

  test("of another source are updated, not adopted; the id map remembers them", async () => {
    const m = await withRows(
      { "contacts.csv": "Id,Name,Mail,Phone\nC1,Ann,ann@acme.com,1\nC2,Ann again,ANN@acme.com,2\n" },
      { contact: contact() },
      "insert into crm.contact (external_source, external_id, name, email) values ('old', '77', 'Anna', 'ann@acme.com')",
    );
    // the second record stands for the same person: two records may not write one row in turn
    expect(buckets(await m.run())).toEqual({ contact: { read: 2, updated: 1, merged: 1 } });
    expect(await m.sql(CONTACTS)).toEqual([["old", "77", "Ann", "ann@acme.com", "1"]]);
    expect(await m.sql("select external_source, external_id, kind from migrate.id_map order by 2")).toEqual([
      ["old", "77", "row"],
      ["test", "C1", "match"],
      ["test", "C2", "merge"],
    ]);
    expect(buckets(await runAgain(m))).toMatchObject({ contact: { read: 2, merged: 1 } });
  });

  test("are not guessed among several", async () => {
    const m = await withRows(
      { "contacts.csv": "Id,Name,Mail,Phone\nC1,Ann,ann@acme.com,1\nC2,Bob,bob@beta.com,2\n" },
      { contact: contact() },
      "insert into crm.contact (name, email) values ('A', 'ann@acme.com'), ('B', 'ANN@acme.com ')",
    );
    expect(buckets(await m.run())).toEqual({ contact: { read: 2, inserted: 1, rejected: 1 } });
    expect(await m.rejects()).toEqual([
      { object: "contact", key: "C1", code: "MATCH_AMBIGUOUS", field: "email", value: "ann@acme.com" },
    ]);
    expect(await m.sql("select columns, cells from migrate.reject where run_id = 2")).toEqual([
      [
        ["Id", "Name", "Mail", "Phone"],
        ["C1", "Ann", "ann@acme.com", "1"],
      ],
    ]);
  });

  test("are left alone by mode insert", async () => {
    const m = await withRows(
      { "contacts.csv": "Id,Name,Mail,Phone\nC1,Ann,ann@acme.com,1\nC2,Bob,bob@beta.com,2\n" },
      {
        contact: contact("{ match: [external_id, email], mode: insert }").replace(
          /\{ (match.*), (mode.*) \}/,
          "$1\n  $2",
        ),
      },
      "insert into crm.contact (name, email) values ('Anna', 'ann@acme.com')",
    );
    expect(buckets(await m.run())).toEqual({ contact: { read: 2, inserted: 1, unchanged: 1 } });
    expect(await m.sql(CONTACTS)).toEqual([
      [null, null, "Anna", "ann@acme.com", null],
      ["test", "C2", "Bob", "bob@beta.com", "2"],
    ]);
    await runAgain(m);
  });

  test("are found by a third field where the second is blank", async () => {
    const m = await withRows(
      { "contacts.csv": "Id,Name,Mail,Phone\nC1,Ann,,111\nC2,Bob,bob@beta.com,222\n" },
      { contact: contact("match: [external_id, email, phone]") },
      "insert into crm.contact (name, email, phone) values ('Anna', null, '111'), ('Bobby', 'b@b.com', '222')",
    );
    expect(buckets(await m.run())).toEqual({ contact: { read: 2, updated: 2 } });
    expect(await m.sql(CONTACTS)).toEqual([
      ["test", "C1", "Ann", null, "111"],
      ["test", "C2", "Bob", "bob@beta.com", "222"],
    ]);
    await runAgain(m);
  });
});

describe("two records of the source with one e-mail", () => {
  const files = {
    "contacts.csv":
      "Id,Name,Mail,Phone\nC1,Ann,ann@acme.com,1\nC2,Bob,bob@b.com,2\nC3,Ann two,ANN@acme.com,3\nC4,Ann three,ann@acme.com,4\n",
    "deals.csv": "Id,Name,Contact\nD1,One,C1\nD2,Two,C3\nD3,Three,C4\nD4,Four,C2\n",
  };

  for (const chunkSize of chunks(50_000, 2)) {
    test(`become one row, to which both ids refer (chunks of ${chunkSize})`, async () => {
      const m = await migration({ files, mappings: { contact: contact(), deal } });
      expect(buckets(await m.run({ chunkSize }))).toEqual({
        contact: { read: 4, inserted: 2, merged: 2 },
        deal: { read: 4, inserted: 4 },
      });
      expect(await m.records("merged")).toEqual({ contact: ["C3", "C4"] });
      expect(await m.sql(CONTACTS)).toEqual([
        ["test", "C1", "Ann", "ann@acme.com", "1"],
        ["test", "C2", "Bob", "bob@b.com", "2"],
      ]);
      expect(
        await m.sql(
          "select d.external_id, c.external_id from crm.deal d left join crm.contact c on c.id = d.contact_id order by 1",
        ),
      ).toEqual([
        ["D1", "C1"],
        ["D2", "C1"],
        ["D3", "C1"],
        ["D4", "C2"],
      ]);
      expect(await m.warnings()).toEqual([
        { object: "contact", key: "C3", code: "MERGED_DUPLICATE", field: null, value: null },
        { object: "contact", key: "C4", code: "MERGED_DUPLICATE", field: null, value: null },
      ]);
      expect(buckets(await runAgain(m, { chunkSize }))).toEqual({
        contact: { read: 4, unchanged: 2, merged: 2 },
        deal: { read: 4, unchanged: 4 },
      });
    });
  }

  test("are one row again after the survivor was deleted, also when its id is given to another", async () => {
    const m = await migration({ files, mappings: { contact: contact(), deal } });
    await m.run();
    await m.sql("delete from crm.deal; delete from crm.contact where external_id = 'C1'");
    expect(buckets(await m.run())).toMatchObject({ contact: { read: 4, inserted: 1, unchanged: 1, merged: 2 } });
    expect(
      await m.sql(
        "select count(*)::int from crm.deal d join crm.contact c on c.id = d.contact_id where c.external_id = 'C1'",
      ),
    ).toEqual([[3]]);
    await m.sql("drop schema crm cascade");
    await m.data(
      "contacts.csv",
      "Id,Name,Mail,Phone\nC2,Bob,bob@b.com,2\nC1,Ann,ann@acme.com,1\nC3,Ann two,ANN@acme.com,3\nC4,Ann three,ann@acme.com,4\n",
    );
    expect(buckets(await m.run())).toMatchObject({ contact: { read: 4, inserted: 2, merged: 2 } });
    expect(
      await m.sql(
        "select count(*)::int from crm.deal d join crm.contact c on c.id = d.contact_id where c.external_id = 'C1'",
      ),
    ).toEqual([[3]]);
    await runAgain(m);
  });

  test("an alias whose row is gone is no record: what refers to it is rejected, not refused", async () => {
    const m = await migration({ files, mappings: { contact: contact(), deal } });
    await m.run();
    await m.sql("delete from crm.deal; delete from crm.contact where external_id = 'C1'");
    await m.data("contacts.csv", "Id,Name,Mail,Phone\nC2,Bob,bob@b.com,2\n");
    expect(buckets(await m.run())).toMatchObject({ deal: { read: 4, inserted: 1, rejected: 3 } });
    expect((await m.rejects()).map(({ key, code }) => [key, code])).toEqual([
      ["D1", "LOOKUP_MISSING"],
      ["D2", "LOOKUP_MISSING"],
      ["D3", "LOOKUP_MISSING"],
    ]);
  });
});

test("two mappings into one object meet by e-mail", async () => {
  const m = await migration({
    files: {
      "contacts.csv": "Id,Name,Mail,Phone\n1,Ann,ann@acme.com,1\n2,Bob,bob@b.com,2\n",
      "leads.csv": "Id,Full,Email\n1,Carl,carl@c.com\n2,Ann B,ann@acme.com\n",
      "deals.csv": "Id,Name,Contact\nD1,One,1\n",
    },
    mappings: {
      contact: `${contact("match: [external_id, email]")}\n  keyspace: people`,
      lead: "object: contact\nsource: leads.csv\nkey: Id\nkeyspace: leads\nmatch: [external_id, email]\nfields:\n  email: Email\n  name: { from: Full, overwrite: if-empty }\n",
    },
  });
  const report = await m.run();
  expect(report.objects.map(({ mapping, inserted, updated, merged }) => [mapping, inserted, updated, merged])).toEqual([
    ["contact<contacts.csv", 2, 0, 0],
    ["contact<leads.csv", 1, 0, 1],
  ]);
  expect(await m.sql("select code, reason from migrate.warning")).toEqual([
    ["MERGED_DUPLICATE", "the same contact as record 1 of test/people"],
  ]);
  expect(await m.sql(CONTACTS)).toEqual([
    ["test/people", "1", "Ann", "ann@acme.com", "1"],
    ["test/people", "2", "Bob", "bob@b.com", "2"],
    ["test/leads", "1", "Carl", "carl@c.com", null],
  ]);
  await runAgain(m);
});

test.each([50_000, 1])(
  "what another mapping of the migration owns is merged, never written in turn (chunks of %i)",
  async (chunkSize) => {
    const m = await migration({
      files: {
        "contacts.csv": "Id,Name,Mail,Phone\n1,Ann,ann@acme.com,1\n2,Bob,bob@b.com,2\n",
        "leads.csv": "Id,Full,Email\n7,Ann Lead,ANN@acme.com\n8,Carl,carl@c.com\n",
        "deals.csv": "Id,Name,Contact\nD1,One,7\nD2,Two,2\n",
      },
      mappings: {
        contact: `${contact("match: [external_id, email]")}\n  keyspace: people`,
        lead: "object: contact\nsource: leads.csv\nkey: Id\nkeyspace: leads\nmatch: [external_id, email]\nfields:\n  email: Email\n  name: Full\n",
        deal,
      },
    });
    const rows = [
      ["test/people", "1", "Ann", "ann@acme.com", "1"],
      ["test/people", "2", "Bob", "bob@b.com", "2"],
      ["test/leads", "8", "Carl", "carl@c.com", null],
    ];
    expect(buckets(await m.run({ chunkSize }))).toMatchObject({
      contact: { read: 2, inserted: 2 },
      "contact<leads.csv": { read: 2, inserted: 1, merged: 1 },
    });
    expect(await m.sql(CONTACTS)).toEqual(rows);
    // the lead's id leads to the contact
    expect(
      await m.sql("select d.external_id, c.name from crm.deal d join crm.contact c on c.id = d.contact_id order by 1"),
    ).toEqual([
      ["D1", "Ann"],
      ["D2", "Bob"],
    ]);
    for (let again = 0; again < 2; again++) {
      expect(buckets(await runAgain(m, { chunkSize }))).toMatchObject({
        contact: { read: 2, unchanged: 2 },
        "contact<leads.csv": { read: 2, unchanged: 1, merged: 1 },
      });
    }
    expect(await m.sql(CONTACTS)).toEqual(rows);
  },
);

test("mappings that only update add to what other key spaces own", async () => {
  const m = await migration({
    files: {
      "contacts.csv": "Id,Name,Mail,Phone\n1,Ann,ann@acme.com,\n",
      "phones.csv": "Mail,Phone\nANN@acme.com,77\nzoe@z.com,88\n",
    },
    mappings: {
      contact: contact().replace("phone: Phone", ""),
      phone:
        "object: contact\nsource: phones.csv\nkey: Mail\nkeyspace: phones\nmode: update\nmatch: [external_id, email]\nfields: { email: { from: Mail, overwrite: never }, phone: Phone }\n",
    },
  });
  expect(buckets(await m.run())).toMatchObject({ "contact<phones.csv": { read: 2, updated: 1, filtered: 1 } });
  expect(await m.sql(CONTACTS)).toEqual([["test", "1", "Ann", "ann@acme.com", "77"]]);
  await runAgain(m);
});
