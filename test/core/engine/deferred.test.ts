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
    // unchanged records are counted, too: all they refer to was found
    expect(references(again)).toEqual({
      "account.primary_contact_id": { expected: 3, resolved: 2, unresolved: 1 },
      "contact.account_id": { expected: 2, resolved: 2 },
    });
    expect(again.totals.warnings).toBe(1);
    expect(references(await m.run({ chunkSize: 1 }))).toEqual(references(again));
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
    // A2 refers to what is not there: that is empty; A3 says nothing: what the target has stays
    expect(buckets(await m.run())).toMatchObject({ account: { read: 4, updated: 3, unchanged: 1 } });
    expect((await m.sql(ROWS)).map((row) => row[2])).toEqual(["C1", null, "C2", "C1"]);
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

  test("several records found: empty, with a warning that names them", async () => {
    const m = await migration({
      files: {
        "accounts.csv": "Id,Name,Primary\nA1,Acme,Bob\nA2,Beta,Zoe\nA3,Gamma,Ann\n",
        "contacts.csv":
          "Id,Name,Mail,Account\nC1,Ann,,\nC2,Bob,,\nC3,Bob,,\nC4,Zoe,,\nC5,Zoe,,\nC6,Zoe,,\nC7,Zoe,,\nC8,Zoe,,\n",
      },
      mappings: { account: account("{ from: Primary, lookup: contact, by: name }"), contact },
    });
    const report = await m.run();
    expect((await m.sql(ROWS)).map((row) => row[2])).toEqual([null, null, "C1"]);
    expect(references(report)["account.primary_contact_id"]).toEqual({ expected: 3, resolved: 1, unresolved: 2 });
    expect(await m.sql("select key, code, reason from migrate.warning order by key")).toEqual([
      ["A1", "LOOKUP_AMBIGUOUS", "several records found (C2, C3); left empty"],
      ["A2", "LOOKUP_AMBIGUOUS", "several records found (C4, C5, C6 and 2 more); left empty"],
    ]);
  });

  test("what stays open is not called proven, unless the mapping says so", async () => {
    const m = await migration({ files, mappings: { account: account(), contact } });
    await m.run();
    const open = { field: "primary_contact_id", expected: 3, resolved: 2, deferred: 0, unresolved: 1 };
    const proof = await m.prove(10);
    expect(proof.ok).toBe(false);
    expect(proof.objects.map(({ object, ok }) => [object, ok])).toEqual([
      ["account", false],
      ["contact", true],
    ]);
    expect(proof.objects[0]!.references).toEqual([{ ...open, ok: false }]);
    expect(proof.spotChecks.filter(({ ok }) => !ok).map(({ key }) => key)).toEqual(["A2"]);
    await m.mapping("account", account("{ from: Primary, missing: null }"));
    await m.run();
    const lenient = await m.prove(10);
    expect(lenient.objects[0]!.references).toEqual([{ ...open, ok: true }]);
    expect(lenient.ok).toBe(true);
  });

  test("the plan tells what a missing record does", async () => {
    const m = await migration({ files, mappings: { account: account(), contact } });
    expect((await m.plan()).stages[0]!.missing).toEqual({ primary_contact_id: "reject" });
    await m.mapping("account", account("{ from: Primary, missing: null }"));
    expect((await m.plan()).stages[0]!.missing).toEqual({ primary_contact_id: "null" });
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
          '  - { to: contact, from: Who, by: email, label: Role, primary: true, missing: null }\n  - { to: contact, from: Others, separator: ";", label: { value: Participant }, missing: null }',
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
    const again = await runAgain(m);
    expect(buckets(again)).toMatchObject({ deal: { read: 3, unchanged: 3 } });
    expect(again.objects[1]!.associations).toEqual({ expected: 7, written: 0, unresolved: 2 });
    // the contact turns up
    await m.data("contacts.csv", `${files["contacts.csv"]}C7,Zoe,nobody@x.com,\n`);
    expect(buckets(await m.run())).toMatchObject({ deal: { read: 3, unchanged: 1, updated: 2 } });
    expect(await m.records("updated")).toEqual({ deal: ["D2", "D3"] });
    expect(await m.sql(LINKS)).toEqual([
      ...links.slice(0, 3),
      ["deal", "D2", "contact", "C2", "Participant", false],
      ["deal", "D2", "contact", "C7", "Buyer", true],
      ["deal", "D3", "contact", "C7", "Participant", false],
    ]);
    await runAgain(m);
  });

  const links = {
    files: {
      "contacts.csv": files["contacts.csv"],
      "deals.csv": "Id,Name,Who\nD1,One,C1;C2\nD2,Two,C2\nD3,Three,\n",
    },
    mappings: { contact: plain, deal: deal('  - { to: contact, from: Who, separator: ";" }') },
  };
  const PAIRS =
    "select d.external_id, c.external_id from crm.association s join crm.deal d on d.id = s.from_id join crm.contact c on c.id = s.to_id order by 1, 2";
  const ALL = [
    ["D1", "C1"],
    ["D1", "C2"],
    ["D2", "C2"],
  ];

  test.each([
    ["all of them", "true"],
    ["one", "id = (select min(id) from crm.association)"],
  ])("rows that are gone come back with the next run: %s", async (_, which) => {
    const m = await migration(links);
    await m.run();
    expect(await m.sql(PAIRS)).toEqual(ALL);
    await m.sql(`delete from crm.association where ${which}`);
    const report = await m.run();
    const gone = which === "true" ? 3 : 1;
    const records = which === "true" ? 2 : 1;
    expect(buckets(report)).toEqual({
      contact: { read: 2, unchanged: 2 },
      deal: { read: 3, updated: records, unchanged: 3 - records },
    });
    expect(report.objects[1]!.associations).toEqual({ expected: 3, written: gone, unresolved: 0 });
    expect(await m.sql(PAIRS)).toEqual(ALL);
    const again = await runAgain(m);
    expect(again.objects[1]!.associations).toEqual({ expected: 3, written: 0, unresolved: 0 });
  });

  test("lead to the new row of a record that was deleted in the target", async () => {
    const m = await migration(links);
    await m.run();
    await m.sql(
      "delete from crm.association where to_id = (select id from crm.contact where external_id = 'C2'); delete from crm.contact where external_id = 'C2'",
    );
    expect(buckets(await m.run())).toEqual({
      contact: { read: 2, inserted: 1, unchanged: 1 },
      deal: { read: 3, updated: 2, unchanged: 1 },
    });
    expect(await m.sql(PAIRS)).toEqual(ALL);
    await runAgain(m);
  });

  test("what someone added to them stays, and does not hide what is gone", async () => {
    const m = await migration(links);
    await m.run();
    await m.sql("delete from crm.association where id = (select max(id) from crm.association)");
    await m.sql(
      "insert into crm.association (from_object, from_id, to_object, to_id) select 'deal', d.id, 'contact', c.id from crm.deal d, crm.contact c where d.external_id = 'D3' and c.external_id = 'C1'",
    );
    await m.run();
    expect(await m.sql(PAIRS)).toEqual([...ALL, ["D3", "C1"]]);
    await runAgain(m);
  });

  test.each([50_000, 1])(
    "the other end must be there, unless the mapping says so (chunks of %i)",
    async (chunkSize) => {
      const m = await migration({
        files: {
          "contacts.csv":
            "Id,Name,Mail\nC1,Ann,ann@x.com\nC2,Bob,same@x.com\nC3,Bea,SAME@x.com\nC4,Bo,same@x.com\nC5,By,same@x.com\n",
          "deals.csv":
            "Id,Name,Who\nD1,One,ann@x.com\nD2,Two,ann@x.com;none@x.com\nD3,Three,Same@x.com;none@x.com\nD4,Four,\n",
        },
        mappings: { contact: plain, deal: deal('  - { to: contact, from: Who, by: email, separator: ";" }') },
      });
      for (const bucket of ["inserted", "unchanged"]) {
        const report = await m.run({ chunkSize });
        expect(buckets(report)).toMatchObject({ deal: { read: 4, [bucket]: 2, rejected: 2 } });
        expect(report.objects[1]!.associations).toMatchObject({ expected: 1, unresolved: 0 });
        expect((await m.rejects()).map(({ key, code, field, value }) => [key, code, field, value])).toEqual([
          ["D2", "LOOKUP_MISSING", "association to contact", "none@x.com"],
          ["D3", "LOOKUP_AMBIGUOUS", "association to contact", "Same@x.com"],
        ]);
        expect(await m.reasons()).toEqual([
          "no contact by email with this value was loaded",
          "several records found: contact by email (C2, C3, C4 and 1 more)",
        ]);
        expect(await m.warnings()).toEqual([]);
        expect(await m.sql(PAIRS)).toEqual([["D1", "C1"]]);
      }
      await m.mapping("deal", deal('  - { to: contact, from: Who, by: email, separator: ";", missing: null }'));
      const report = await m.run({ chunkSize });
      expect(buckets(report)).toMatchObject({ deal: { read: 4, inserted: 2, unchanged: 2 } });
      expect(report.objects[1]!.associations).toEqual({ expected: 5, written: 1, unresolved: 3 });
      expect(await m.sql("select key, code, reason from migrate.warning where run_id = 3 order by 1, 2")).toEqual([
        ["D2", "LOOKUP_MISSING", "the other end of the association was not found; it was not written"],
        ["D3", "LOOKUP_AMBIGUOUS", "several records found (C2, C3, C4 and 1 more); the association was not written"],
        ["D3", "LOOKUP_MISSING", "the other end of the association was not found; it was not written"],
      ]);
    },
  );

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
    // the record is loaded before it can be known that the other end is missing
    await m.data("deals.csv", "Id,Name,Task\nD1,One,T1\nD2,Two,T9\n");
    const report = await m.run();
    expect(buckets(report)).toMatchObject({ deal: { read: 2, inserted: 1, unchanged: 1 } });
    expect(report.objects[0]!.associations).toEqual({ expected: 2, written: 0, unresolved: 1 });
    expect((await m.warnings()).map(({ key, code, value }) => [key, code, value])).toEqual([
      ["D2", "LOOKUP_MISSING", "T9"],
    ]);
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
