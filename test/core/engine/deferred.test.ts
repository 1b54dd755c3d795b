import { describe, expect, test } from "vitest";
import { buckets, migration, references, runAgain } from "./kit.ts";

const account = (primary = "Primary") =>
  `object: account\nsource: accounts.csv\nkey: Id\nfields:\n  name: Name\n  primary_contact_id: ${primary}\n`;
const contact =
  "object: contact\nsource: contacts.csv\nkey: Id\nfields: { name: Name, email: Mail, account_id: Account }\n";
const files = {
  "accounts.csv": "Id,Name,Primary\nA1,Acme,C1\nA2,Beta,C9\nA3,Gamma,\nA4,Delta,C1\n",
  "contacts.csv": "Id,Name,Mail,Account\nC1,Ann,ann@x.com,A1\nC2,Bob,bob@x.com,A2\n",
};
const ROWS =
  "select a.external_id, a.name, c.external_id from crm.account a left join crm.contact c on c.id = a.primary_contact_id order by 1";

describe("objects that refer to each other", () => {
  test("the later half is set at the end, and counted", async () => {
    const m = await migration({ files, mappings: { account: account(), contact } });
    expect((await m.plan()).stages.map(({ object, deferred }) => [object, deferred])).toEqual([
      ["account", ["primary_contact_id"]],
      ["contact", []],
    ]);
    const report = await m.run();
    expect(buckets(report)).toEqual({ account: { read: 4, inserted: 4 }, contact: { read: 2, inserted: 2 } });
    expect(references(report)).toEqual({
      "account.primary_contact_id": { expected: 3, resolved: 2, unresolved: 1 },
      "contact.account_id": { expected: 2, resolved: 2 },
    });
    expect(await m.sql(ROWS)).toEqual([
      ["A1", "Acme", "C1"],
      ["A2", "Beta", null],
      ["A3", "Gamma", null],
      ["A4", "Delta", "C1"],
    ]);
    expect(await m.warnings()).toEqual([
      { object: "account", key: "A2", code: "LOOKUP_MISSING", field: "primary_contact_id", value: "C9" },
    ]);
    expect(await m.sql("select count(*)::int from migrate.deferred")).toEqual([[0]]);
    expect(await m.sql("select count(*)::int from migrate.before_image")).toEqual([[0]]);
  });

  test("a second run changes nothing; what is open is looked at again", async () => {
    const m = await migration({ files, mappings: { account: account(), contact } });
    await m.run();
    const again = await runAgain(m);
    expect(buckets(again)).toEqual({ account: { read: 4, unchanged: 4 }, contact: { read: 2, unchanged: 2 } });
    expect(references(again)["account.primary_contact_id"]).toEqual({ expected: 1, unresolved: 1 });
    expect(again.totals.warnings).toBe(1);
  });

  test("what is open is set once the record exists: the record is updated, with a before-image", async () => {
    const m = await migration({ files, mappings: { account: account(), contact } });
    await m.run();
    await m.data("contacts.csv", `${files["contacts.csv"]}C9,Zoe,zoe@x.com,\n`);
    const report = await m.run();
    expect(buckets(report)).toEqual({
      account: { read: 4, unchanged: 3, updated: 1 },
      contact: { read: 3, unchanged: 2, inserted: 1 },
    });
    expect(await m.records("updated")).toEqual({ account: ["A2"] });
    expect((await m.sql(ROWS))[1]).toEqual(["A2", "Beta", "C9"]);
    expect(
      await m.sql("select object, row ->> 'external_id', row -> 'primary_contact_id' from migrate.before_image"),
    ).toEqual([["account", "A2", null]]);
    expect((await runAgain(m)).totals.warnings).toBe(0);
  });

  test("a change of the deferred field alone is an update; one of others too is one update with one image", async () => {
    const m = await migration({ files, mappings: { account: account(), contact } });
    await m.run();
    await m.data("accounts.csv", "Id,Name,Primary\nA1,Acme,C2\nA2,Beta,C2\nA3,Gamma,\nA4,Renamed,C2\n");
    expect(buckets(await m.run())).toMatchObject({ account: { read: 4, updated: 3, unchanged: 1 } });
    expect((await m.sql(ROWS)).map((row) => row.slice(1))).toEqual([
      ["Acme", "C2"],
      ["Beta", "C2"],
      ["Gamma", null],
      ["Renamed", "C2"],
    ]);
    expect(await m.sql("select row ->> 'external_id', row ->> 'name' from migrate.before_image order by 1")).toEqual([
      ["A1", "Acme"],
      ["A2", "Beta"],
      ["A4", "Delta"],
    ]);
    await runAgain(m);
  });

  test("a field edited by hand is set again", async () => {
    const m = await migration({ files, mappings: { account: account(), contact } });
    await m.run();
    await m.sql("update crm.account set primary_contact_id = (select id from crm.contact where external_id = 'C2')");
    // A2 refers to nothing and A3 says nothing: what the target has stays
    expect(buckets(await m.run())).toMatchObject({ account: { read: 4, updated: 2, unchanged: 2 } });
    expect((await m.sql(ROWS)).map((row) => row[2])).toEqual(["C1", "C2", "C2", "C1"]);
    await runAgain(m);
  });

  test("a blank clears where the mapping says so", async () => {
    const m = await migration({ files, mappings: { account: account("{ from: Primary, blank: clear }"), contact } });
    await m.run();
    await m.data("accounts.csv", "Id,Name,Primary\nA1,Acme,\nA4,Delta,C1\n");
    expect(buckets(await m.run())).toMatchObject({ account: { read: 2, updated: 1, unchanged: 1 } });
    expect((await m.sql(ROWS)).map((row) => row[2])).toEqual([null, null, null, "C1"]);
    await runAgain(m);
  });

  test("overwrite: never fills new records alone, if-empty the empty ones", async () => {
    for (const [overwrite, expected] of [
      ["never", ["C1", null, "C2"]],
      ["if-empty", ["C1", "C2", "C2"]],
    ] as const) {
      const m = await migration({
        files: { ...files, "accounts.csv": "Id,Name,Primary\nA1,Acme,C1\nA2,Beta,\n" },
        mappings: { account: account(`{ from: Primary, overwrite: ${overwrite} }`), contact },
      });
      await m.run();
      await m.data("accounts.csv", "Id,Name,Primary\nA1,Acme,C2\nA2,Beta two,C2\nA3,Gamma,C2\n");
      await m.run();
      expect((await m.sql(ROWS)).map((row) => row[2])).toEqual(expected);
      await runAgain(m);
    }
  });

  test("mode: insert leaves the references of records that exist alone", async () => {
    const m = await migration({ files, mappings: { account: account(), contact } });
    await m.run();
    await m.mapping("account", `${account()}mode: insert\n`);
    await m.data("accounts.csv", "Id,Name,Primary\nA1,Acme,C2\nA2,Beta,C9\nA5,New,C2\n");
    const report = await m.run();
    expect(buckets(report)).toMatchObject({ account: { read: 3, inserted: 1, unchanged: 2 } });
    expect(references(report)["account.primary_contact_id"]).toEqual({ expected: 1, resolved: 1 });
    expect((await m.sql(ROWS)).map((row) => row[2])).toEqual(["C1", null, null, "C1", "C2"]);
    expect((await runAgain(m)).totals.warnings).toBe(0);
  });

  test("a reference that the target refuses is a warning, the others are set", async () => {
    const m = await migration({ files, mappings: { account: account(), contact } });
    await m.plan();
    await m.data("accounts.csv", "Id,Name,Primary\n");
    await m.run();
    await m.sql("create unique index one_primary on crm.account (primary_contact_id)");
    await m.data("accounts.csv", `${files["accounts.csv"]}A5,Epsilon,C2\n`);
    const report = await m.run();
    expect(buckets(report)).toMatchObject({ account: { read: 5, inserted: 5 } });
    expect(references(report)["account.primary_contact_id"]).toEqual({ expected: 4, resolved: 2, unresolved: 2 });
    expect((await m.sql(ROWS)).map((row) => row[2])).toEqual(["C1", null, null, null, "C2"]);
    expect((await m.warnings()).map(({ key, code, value }) => [key, code, value])).toEqual([
      ["A2", "LOOKUP_MISSING", "C9"],
      ["A4", "TARGET_REFUSED", "C1"],
    ]);
    expect(await m.sql("select reason from migrate.warning where code = 'TARGET_REFUSED'")).toEqual([
      [expect.stringContaining("(constraint one_primary)")],
    ]);
  });

  test("by another field, without case", async () => {
    const m = await migration({
      files: { ...files, "accounts.csv": "Id,Name,Primary\nA1,Acme,ANN@x.com\nA2,Beta,none@x.com\n" },
      mappings: { account: account("{ from: Primary, lookup: contact, by: email }"), contact },
    });
    await m.run();
    expect((await m.sql(ROWS)).map((row) => row[2])).toEqual(["C1", null]);
    await runAgain(m);
  });
});

describe("associations", () => {
  const deal = (associations: string) =>
    `object: deal\nsource: deals.csv\nkey: Id\nfields: { name: Name }\nassociations:\n${associations}\n`;
  const plain = "object: contact\nsource: contacts.csv\nkey: Id\nfields: { name: Name, email: Mail }\n";
  const LINKS = `select s.from_object, d.external_id, s.to_object, coalesce(c.external_id, t.external_id), s.label, s.is_primary from crm.association s
    left join crm.deal d on s.from_object = 'deal' and d.id = s.from_id
    left join crm.contact c on s.to_object = 'contact' and c.id = s.to_id
    left join crm.task t on s.to_object = 'task' and t.id = s.to_id order by 2, 3, 4, 5`;

  test("with labels, a separator, by e-mail; what is not there is a warning", async () => {
    const m = await migration({
      files: {
        "contacts.csv": files["contacts.csv"],
        "deals.csv":
          "Id,Name,Who,Role,Others\nD1,One,ANN@x.com,Buyer,C1;C2\nD2,Two,nobody@x.com,Buyer, C2 ; ;C2\nD3,Three,,,C7\n",
      },
      mappings: {
        contact: plain,
        deal: deal(
          '  - { to: contact, from: Who, by: email, label: Role, primary: true }\n  - { to: contact, from: Others, separator: ";", label: { value: Participant } }',
        ),
      },
    });
    const report = await m.run();
    expect(report.objects[1]!.associations).toEqual({ expected: 7, written: 4, unresolved: 2 });
    const links = [
      ["deal", "D1", "contact", "C1", "Buyer", true],
      ["deal", "D1", "contact", "C1", "Participant", false],
      ["deal", "D1", "contact", "C2", "Participant", false],
      ["deal", "D2", "contact", "C2", "Participant", false],
    ];
    expect(await m.sql(LINKS)).toEqual(links);
    expect((await m.warnings()).map(({ key, code, field, value }) => [key, code, field, value])).toEqual([
      ["D2", "LOOKUP_MISSING", "association to contact", "nobody@x.com"],
      ["D3", "LOOKUP_MISSING", "association to contact", "C7"],
    ]);
    expect(buckets(await runAgain(m))).toMatchObject({ deal: { read: 3, unchanged: 3 } });
    // the contact turns up
    await m.data("contacts.csv", `${files["contacts.csv"]}C7,Zoe,nobody@x.com,\n`);
    await m.run();
    expect(await m.sql(LINKS)).toEqual([
      ...links.slice(0, 3),
      ["deal", "D2", "contact", "C2", "Participant", false],
      ["deal", "D2", "contact", "C7", "Buyer", true],
      ["deal", "D3", "contact", "C7", "Participant", false],
    ]);
    await runAgain(m);
  });

  test("need an object that holds them", async () => {
    const m = await migration({
      model: "version: 1\nobjects:\n  deal: { fields: { name: text } }\n  contact: { fields: { name: text } }\n",
      files: { "contacts.csv": files["contacts.csv"], "deals.csv": "Id,Name,Who\nD1,One,C1\n" },
      mappings: { contact: plain.replace(", email: Mail", ""), deal: deal("  - { to: contact, from: Who }") },
    });
    await expect(m.plan()).rejects.toMatchObject({ code: "MAPPING_UNKNOWN_OBJECT", exitCode: 2 });
  });

  test("to an object of a later stage, and of records found by e-mail", async () => {
    const m = await migration({
      files: { "deals.csv": "Id,Name,Task\nD1,One,T1\n", "tasks.csv": "Id,Subject,Deal\nT1,Call,D1\n" },
      mappings: {
        deal: deal("  - { to: task, from: Task }"),
        task: "object: task\nsource: tasks.csv\nkey: Id\nfields:\n  subject: Subject\n  about_id: { from: Deal, lookup: [deal], typeInto: about_type }\n",
      },
    });
    await m.run();
    expect(await m.sql(LINKS)).toEqual([["deal", "D1", "task", "T1", null, false]]);
    expect(await m.sql("select about_type from crm.task")).toEqual([["deal"]]);
    await runAgain(m);
  });

  test("a junction file goes into the object association", async () => {
    const m = await migration({
      files: {
        "contacts.csv": files["contacts.csv"],
        "deals.csv": "Id,Name\nD1,One\n",
        "roles.csv": "Id,Deal,Contact,Role\nR1,D1,C1,Buyer\nR2,D1,C2,Seller\nR3,D1,C8,Seller\n",
      },
      mappings: {
        contact: plain,
        deal: "object: deal\nsource: deals.csv\nkey: Id\nfields: { name: Name }\n",
        role: `object: association\nsource: roles.csv\nkey: Id\nfields:
  from_id: { from: Deal, lookup: [deal], typeInto: from_object }
  to_id: { from: Contact, lookup: [contact], typeInto: to_object }
  label: Role\n`,
      },
    });
    expect(buckets(await m.run())).toMatchObject({ association: { read: 3, inserted: 2, rejected: 1 } });
    expect((await m.sql(LINKS)).map((row) => row.slice(0, 5))).toEqual([
      ["deal", "D1", "contact", "C1", "Buyer"],
      ["deal", "D1", "contact", "C2", "Seller"],
    ]);
    await runAgain(m);
  });
});
