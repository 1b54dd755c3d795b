import { join } from "node:path";
import { expect, test } from "vitest";
import { createRegistry } from "../../../connectors/registry.ts";
import { openSession, runMigration } from "../../../core/engine/index.ts";
import type { EngineEvent } from "../../../core/engine/types.ts";
import { testContext } from "../../helpers/context.ts";
import { buckets, migration, runAgain } from "./kit.ts";
import { dump, rollback } from "./undo-kit.ts";

/** HubSpot's example: one person, two companies, two rows. */
const LUKE = {
  files: {
    "import.csv": [
      "First Name,Last Name,Email,Job Title,Company Name,Company Domain,Association Label",
      "Luke,Danes,luke@lukesdiner.example,Owner,Luke's Diner,lukesdiner.example,Manager; Billing contact",
      "Lorelai,Gilmore,lorelai@dragonfly.example,,The Dragonfly Inn,dragonfly.example,Primary",
      "Luke,Danes,luke@lukesdiner.example,,The Dragonfly Inn,https://www.dragonfly.example/,Contractor",
    ].join("\n"),
  },
  mappings: {
    import: `
      mappings:
        - object: account
          source: import.csv
          key: { from: Company Domain, transform: domain }
          duplicates: combine
          fields: { name: Company Name, domain: { from: Company Domain, transform: domain } }
        - object: contact
          source: import.csv
          key: Email
          duplicates: combine
          fields: { name: { template: "{First Name} {Last Name}" }, email: Email, phone: Job Title }
          associations:
            - { to: account, from: Company Domain, by: domain, label: { from: Association Label } }
    `,
  },
};

const LINKS = `select f.email, t.name, a.label, a.is_primary from crm.association a
  join crm.contact f on a.from_object = 'contact' and f.id = a.from_id
  join crm.account t on a.to_object = 'account' and t.id = a.to_id order by 1, 2, 3`;

test.each([50_000, 1, 2])(
  "several rows of a record are one record with several associations (chunks of %i)",
  async (chunkSize) => {
    const m = await migration(LUKE);
    expect(buckets(await m.run({ dryRun: true, chunkSize }))).toEqual({
      account: { read: 3, inserted: 2, merged: 1 },
      contact: { read: 3, inserted: 2, merged: 1 },
    });
    expect(await m.sql("select count(*)::int from pg_tables where schemaname = 'crm'")).toEqual([[0]]);
    expect(buckets(await m.run({ chunkSize }))).toEqual({
      account: { read: 3, inserted: 2, merged: 1 },
      contact: { read: 3, inserted: 2, merged: 1 },
    });
    const links = [
      ["lorelai@dragonfly.example", "The Dragonfly Inn", null, true],
      ["luke@lukesdiner.example", "Luke's Diner", "Billing contact", false],
      ["luke@lukesdiner.example", "Luke's Diner", "Manager", false],
      ["luke@lukesdiner.example", "The Dragonfly Inn", "Contractor", false],
    ];
    expect(await m.sql(LINKS)).toEqual(links);
    expect(await m.warnings()).toEqual([]);
    const proof = await m.prove(4);
    expect(proof.objects.map(({ object, problems }) => [object, problems])).toEqual([
      ["account", []],
      ["contact", []],
    ]);
    expect(proof.objects[1]!.associations).toMatchObject([
      { to: "account", expected: 4, found: 4, unresolved: 0, ok: true },
    ]);
    expect(proof.ok).toBe(true);
    expect(buckets(await runAgain(m, { chunkSize }))).toEqual({
      account: { read: 3, unchanged: 2, merged: 1 },
      contact: { read: 3, unchanged: 2, merged: 1 },
    });
    expect((await m.prove(4)).ok).toBe(true);

    // a link of a further row that is gone fails the proof, and comes back with the next run
    await m.sql("delete from crm.association where label = 'Contractor'");
    expect((await m.prove()).objects[1]!.associations[0]).toMatchObject({ expected: 4, found: 3, ok: false });
    expect(buckets(await m.run({ chunkSize }))).toEqual({
      account: { read: 3, unchanged: 2, merged: 1 },
      contact: { read: 3, unchanged: 1, updated: 1, merged: 1 },
    });
    expect(await m.sql(LINKS)).toEqual(links);
  },
);

test("what further rows say otherwise is told; rows that lack their record or their company are rejected; the proof stays exact", async () => {
  const m = await migration({
    files: {
      "a.csv": "Id,Name\nA1,One\nA2,Two\n",
      "c.csv": [
        "Id,Name,Phone,Employer,Works,Boss",
        "C1,Ann,1,A1,A1,",
        "C2,Bob,,A9,A1,", // its employer is missing: rejected, and so are its further rows
        "C1,Ann,2,A1,A2,", // another phone
        "C2,Bob,,A1,A2,",
        "C1,,,,A9,", // an association that leads nowhere
        "C3,Cid,,,,",
        "C1,Annie,,A2,A1,",
      ].join("\n"),
    },
    mappings: {
      a: "object: account\nsource: a.csv\nkey: Id\nfields: { name: Name }\n",
      c: `
        object: contact
        source: c.csv
        key: Id
        duplicates: combine
        fields: { name: Name, phone: Phone, employer_id: Employer }
        associations: [{ to: account, from: Works }]
      `,
    },
  });
  expect(buckets(await m.run())).toEqual({
    account: { read: 2, inserted: 2 },
    contact: { read: 7, inserted: 2, merged: 2, rejected: 3 },
  });
  expect(await m.rejects()).toEqual([
    { object: "contact", key: "C2", code: "LOOKUP_MISSING", field: "employer_id", value: "A9" },
    { object: "contact", key: "C2", code: "FIRST_ROW_REJECTED", field: null, value: "C2" },
    { object: "contact", key: "C1", code: "LOOKUP_MISSING", field: "association to account", value: "A9" },
  ]);
  expect(await m.warnings()).toEqual([
    { object: "contact", key: "C1", code: "ROW_DIFFERS", field: "phone", value: "2" },
    { object: "contact", key: "C1", code: "ROW_DIFFERS", field: "employer_id", value: "A2" },
    { object: "contact", key: "C1", code: "ROW_DIFFERS", field: "name", value: "Annie" },
  ]);
  const proof = await m.prove(3);
  expect(proof.objects.map(({ ok, problems, unexplained }) => [ok, problems, unexplained])).toEqual([
    [true, [], 0],
    [true, [], 0],
  ]);
  expect(proof.objects[1]!.associations).toMatchObject([{ expected: 2, found: 2, ok: true }]);
  expect(buckets(await runAgain(m))).toMatchObject({ contact: { unchanged: 2, merged: 2, rejected: 3 } });
  expect((await m.prove()).ok).toBe(true);
});

test("labels: several in a cell, the primary one, pairs, contact to contact; parents by any key", async () => {
  const m = await migration({
    files: {
      "a.csv":
        "Id,Name,Domain,Parent\nA1,Acme  Ltd,acme.com,\nA2,Beta,beta.example,ACME Ltd\nA3,Gamma,www.gamma.example,https://beta.example/about\n",
      "c.csv": [
        "Id,Name,Email,Company,Label,Other,Other label",
        "C1,Ann,Ann@Acme.com,ann@acme.com,Manager; Billing contact; Primary,bob@acme.com,Manager",
        "C2,Bob,bob@acme.com,HTTPS://WWW.BETA.example,Primary,,",
        "C3,Cid,,acme.com;beta.example,,ANN@acme.com,Friend",
      ].join("\n"),
    },
    mappings: {
      a: `
        object: account
        source: a.csv
        key: Id
        fields:
          name: Name
          domain: { from: Domain, transform: domain }
          parent_id: { from: Parent, lookup: account, by: name, missing: "null" }
          top_id: { from: Parent, lookup: account, by: domain, missing: "null" }
      `,
      c: `
        object: contact
        source: c.csv
        key: Id
        fields: { name: Name, email: Email }
        associations:
          - { to: account, from: Company, by: domain, separator: ";", label: { from: Label } }
          - { to: contact, from: Other, by: email, label: Other label, pairs: { Manager: Employee, Friend: Friend } }
      `,
    },
  });
  await m.run();
  expect(
    await m.sql(
      "select a.name, p.name, t.name from crm.account a left join crm.account p on p.id = a.parent_id left join crm.account t on t.id = a.top_id order by a.id",
    ),
  ).toEqual([
    ["Acme  Ltd", null, null],
    ["Beta", "Acme  Ltd", null],
    ["Gamma", null, "Beta"],
  ]);
  const links = `select a.from_object || ' ' || f.name, a.to_object || ' ' || coalesce(t.name, c.name), a.label, a.is_primary from crm.association a
    join crm.contact f on a.from_object = 'contact' and f.id = a.from_id left join crm.account t on a.to_object = 'account' and t.id = a.to_id
    left join crm.contact c on a.to_object = 'contact' and c.id = a.to_id order by 1, 2, 3`;
  const expected = [
    ["contact Ann", "account Acme  Ltd", "Billing contact", true],
    ["contact Ann", "account Acme  Ltd", "Manager", true],
    ["contact Ann", "contact Bob", "Manager", false],
    ["contact Ann", "contact Cid", "Friend", false],
    ["contact Bob", "account Beta", null, true],
    ["contact Bob", "contact Ann", "Employee", false],
    ["contact Cid", "account Acme  Ltd", null, false],
    ["contact Cid", "account Beta", null, false],
    ["contact Cid", "contact Ann", "Friend", false],
  ];
  expect(await m.sql(links)).toEqual(expected);
  const proof = await m.prove(6);
  expect(proof.objects.map(({ problems }) => problems)).toEqual([[], []]);
  expect(proof.objects[1]!.associations).toMatchObject([
    { to: "account", expected: 5, found: 5 },
    { to: "contact", expected: 4, found: 4 },
  ]);
  expect(proof.ok).toBe(true);
  await runAgain(m);
  // a way back that is gone fails the proof and comes back; so does the mark of the primary one
  await m.sql("delete from crm.association where label = 'Employee'");
  await m.sql("update crm.association set is_primary = false where label is null");
  const broken = await m.prove();
  expect(broken.objects[1]!.associations.map(({ ok }) => ok)).toEqual([false, false]);
  await m.run();
  expect(await m.sql(links)).toEqual(expected);
  expect((await m.prove()).ok).toBe(true);
});

test.each([2, 5])("interrupted after %i batches and resumed: the same end", async (batches) => {
  const m = await migration(LUKE);
  const stop = new AbortController();
  const session = await openSession(join(m.folder, "migration.yaml"), {
    registry: createRegistry(m.folder),
    context: { ...testContext(), signal: stop.signal },
  });
  let read = 0;
  let stages = false;
  const onEvent = (event: EngineEvent): void => {
    stages ||= event.type === "stage-start";
    if (stages && event.type === "progress" && ++read === batches) stop.abort();
  };
  await expect(runMigration(session, { chunkSize: 1 }, onEvent)).rejects.toMatchObject({ code: "INTERRUPTED" });
  await session.close();
  const [[run]] = (await m.sql("select name from migrate.run")) as [[string]];
  expect(buckets(await m.run({ resume: run, chunkSize: 1 }))).toEqual({
    account: { read: 3, inserted: 2, merged: 1 },
    contact: { read: 3, inserted: 2, merged: 1 },
  });
  expect((await m.sql(LINKS)).map(([email, , label]) => [email, label])).toEqual([
    ["lorelai@dragonfly.example", null],
    ["luke@lukesdiner.example", "Billing contact"],
    ["luke@lukesdiner.example", "Manager"],
    ["luke@lukesdiner.example", "Contractor"],
  ]);
  expect(
    await m.sql("select count(*)::int from pg_tables where schemaname = 'migrate' and tablename ~ '^(further|hold)_'"),
  ).toEqual([[0]]);
  expect((await m.prove(4)).ok).toBe(true);
});

test("combined rows whose record waits for its parent, of two files, in tables without external ids", async () => {
  const m = await migration({
    model: "introspect",
    sql: `create schema crm;
      create table crm.unit (id bigint generated always as identity primary key, name text, size int, parent_id bigint references crm.unit);
      create table crm.association (id bigint generated always as identity primary key, from_object text, from_id bigint, to_object text, to_id bigint,
        label text, is_primary boolean, external_id text, external_source text);
      create unique index on crm.association (from_object, from_id, to_object, to_id, coalesce(label, '')) where external_id is null`,
    files: {
      "a.csv": "Id,Name,Size,Parent,Near\nU1,One,1,U2,U2\nU1,One,,U2,U3\nU3,Three,3,U1,\n",
      "b.csv": "Id,Name,Size,Parent,Near\nU2,Two,2,,\nU1,Uno,,,U1\nU3,,9,U9,U2\n",
    },
    mappings: {
      unit: `
        object: unit
        source: [a.csv, b.csv]
        key: Id
        duplicates: combine
        fields: { name: Name, size: Size, parent_id: { from: Parent, lookup: unit } }
        associations: [{ to: unit, from: Near, label: { value: near } }]
      `,
    },
  });
  expect(buckets(await m.run({ chunkSize: 2 }))).toEqual({ unit: { read: 6, inserted: 3, merged: 2, rejected: 1 } });
  expect(
    await m.sql("select u.name, u.size, p.name from crm.unit u left join crm.unit p on p.id = u.parent_id order by 1"),
  ).toEqual([
    ["One", 1, "Two"],
    ["Three", 3, "One"],
    ["Two", 2, null],
  ]);
  expect(await m.rejects()).toEqual([
    { object: "unit", key: "U3", code: "LOOKUP_MISSING", field: "parent_id", value: "U9" },
  ]);
  expect(await m.sql("select cells[2], cells[3] from migrate.reject")).toEqual([["", "9"]]);
  expect(await m.warnings()).toEqual([{ object: "unit", key: "U1", code: "ROW_DIFFERS", field: "name", value: "Uno" }]);
  const links =
    "select f.name, t.name, label from crm.association a join crm.unit f on f.id = from_id join crm.unit t on t.id = to_id order by 1, 2";
  const expected = [
    ["One", "One", "near"],
    ["One", "Three", "near"],
    ["One", "Two", "near"],
  ];
  expect(await m.sql(links)).toEqual(expected);
  const proof = await m.prove(3);
  expect([proof.objects[0]!.problems, proof.ok]).toEqual([[], true]);
  expect(buckets(await runAgain(m, { chunkSize: 2 }))).toEqual({
    unit: { read: 6, unchanged: 3, merged: 2, rejected: 1 },
  });
  expect(await m.sql(links)).toEqual(expected);
  expect((await m.prove(3)).ok).toBe(true);
});

test("runs of combined rows, ways back and primary links are undone", async () => {
  const m = await migration({
    ...LUKE,
    mappings: {
      import: LUKE.mappings.import.replace(
        "label: { from: Association Label } }",
        "label: { from: Association Label }, pairs: { Contractor: Client } }",
      ),
    },
  });
  await m.data("import.csv", LUKE.files["import.csv"].replaceAll("; Billing contact", ""));
  await m.run();
  const before = await dump(m);
  // a label more, another primary company, and a row more of a record that is there
  await m.data(
    "import.csv",
    `${LUKE.files["import.csv"].replace("Contractor", "Contractor; Primary")}\nLorelai,Gilmore,lorelai@dragonfly.example,,Luke's Diner,lukesdiner.example,Guest\n`,
  );
  const second = await m.run();
  expect((await m.sql(LINKS)).map((row) => row.slice(0, 3).join("|"))).toEqual([
    "lorelai@dragonfly.example|Luke's Diner|Guest",
    "lorelai@dragonfly.example|The Dragonfly Inn|",
    "luke@lukesdiner.example|Luke's Diner|Billing contact",
    "luke@lukesdiner.example|Luke's Diner|Manager",
    "luke@lukesdiner.example|The Dragonfly Inn|Contractor",
  ]);
  expect((await m.prove(4)).ok).toBe(true);
  expect(await rollback(m, second.run)).toMatchObject({ clean: true });
  expect(await dump(m)).toEqual(before);
});
