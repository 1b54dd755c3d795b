import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Reconciliation } from "../../../core/proof/types.ts";
import { buckets, MODEL, migration, runAgain } from "./kit.ts";

/** What a proof says is wrong. */
const failures = ({ objects, spotChecks }: Reconciliation): unknown[] => [
  ...objects.flatMap(({ problems }) => problems),
  ...spotChecks
    .filter(({ ok }) => !ok)
    .map(({ key, problem, fields }) => [key, problem, fields.filter(({ ok }) => !ok)]),
];

const accounts = "object: account\nsource: a.csv\nkey: Id\nfields: { name: Name, domain: Domain }\n";

test("one record of two files: a second mapping that only updates, by the key or by another field", async () => {
  const m = await migration({
    files: {
      "a.csv": "Id,Name,Domain,Ref\nA1,One,one.example,R-1\nA2,Two,two.example,R-2\n",
      "more.csv": "Account,Industry\nA1,energy\nA2,retail\nA9,media\n",
      "sizes.csv": "Site,Size\nhttps://www.two.example/,20\nnobody.example,1\n",
      "c.csv": "Id,Name,Company\nC1,Ann,r-1\nC2,Bob,R-2\n",
    },
    mappings: {
      a: `${accounts}aliases: Ref\n`,
      more: "object: account\nsource: more.csv\nkey: Account\nmode: update\nfields: { industry: Industry }\n",
      sizes: `
        object: account
        source: sizes.csv
        key: Site
        keyspace: sizes
        mode: update
        match: [external_id, domain]
        fields: { domain: { from: Site, transform: domain }, size: Size }
      `,
      c: "object: contact\nsource: c.csv\nkey: Id\nfields: { name: Name, account_id: { from: Company, transform: upper, lookup: account } }\n",
    },
  });
  expect(buckets(await m.run())).toEqual({
    account: { read: 2, inserted: 2 },
    "account<more.csv": { read: 3, updated: 2, filtered: 1 },
    "account<sizes.csv": { read: 2, updated: 1, filtered: 1 },
    contact: { read: 2, inserted: 2 },
  });
  expect(
    await m.sql(
      "select name, industry, size::int, c.n from crm.account a left join (select account_id, min(name) as n from crm.contact group by 1) c on c.account_id = a.id order by 1",
    ),
  ).toEqual([
    ["One", "energy", null, "Ann"],
    ["Two", "retail", 20, "Bob"],
  ]);
  const proof = await m.prove(8);
  expect(failures(proof)).toEqual([]);
  expect(buckets(await runAgain(m))).toMatchObject({
    account: { unchanged: 2 },
    "account<more.csv": { unchanged: 2, filtered: 1 },
    "account<sizes.csv": { unchanged: 1, filtered: 1 },
  });
  expect(failures(await m.prove(8))).toEqual([]);
});

test.each([50_000, 1])(
  "records are recognised by their id in the target, by secondary e-mails, by names (chunks of %i)",
  async (chunkSize) => {
    const m = await migration({
      files: {
        "c.csv": [
          "Key,Record ID,Name,Mail,More",
          "k1,2,Bob B.,,",
          "k2,99,Nobody,,",
          "k3,,Ann,ANN@home.example,",
          "k4,,Cid,cid@x.example,cid@y.example;cid@z.example",
          "k5,,Cid again,Cid@Z.example,",
          "k6,,Dan,dan@x.example,",
        ].join("\n"),
      },
      model: MODEL.replace("      phone: text\n", "      phone: text\n      secondary_email: email\n"),
      mappings: {
        c: `
        object: contact
        source: c.csv
        key: Key
        match: [external_id, id, { field: email, in: [email, secondary_email, custom.emails] }]
        fields: { id: Record ID, name: Name, email: Mail, custom.emails: More }
      `,
      },
    });
    const rows = await readFile(join(m.folder, "data/c.csv"), "utf8");
    await m.data("c.csv", `${rows.split("\n")[0]}\n`);
    await m.run();
    // rows as an application has made them
    await m.sql(
      "insert into crm.contact (id, name, email, secondary_email) values (1, 'Ann', 'a@work.example', 'ann@home.example'), (2, 'Bob', 'bob@x.example', null)",
    );
    await m.sql("alter table crm.contact alter id restart with 10");
    await m.data("c.csv", rows);
    expect(buckets(await m.run({ chunkSize }))).toEqual({
      contact: { read: 6, inserted: 2, updated: 2, merged: 1, rejected: 1 },
    });
    expect(await m.rejects()).toEqual([
      { object: "contact", key: "k2", code: "MATCH_MISSING", field: "id", value: "99" },
    ]);
    expect(
      await m.sql("select id::int, name, email, secondary_email, external_id from crm.contact order by name"),
    ).toEqual([
      [1, "Ann", "ANN@home.example", "ann@home.example", "k3"],
      [2, "Bob B.", "bob@x.example", null, "k1"],
      [10, "Cid", "cid@x.example", null, "k4"],
      [11, "Dan", "dan@x.example", null, "k6"],
    ]);
    expect(failures(await m.prove(4))).toEqual([]);
    expect(buckets(await runAgain(m, { chunkSize }))).toEqual({
      contact: { read: 6, unchanged: 4, merged: 1, rejected: 1 },
    });
  },
);

test("only new ones, only known ones; values that stay; what is left out is told by its bucket", async () => {
  const m = await migration({
    files: { "a.csv": "Id,Name,Domain\nA1,One,one.example\n" },
    mappings: { a: accounts },
  });
  await m.run();
  await m.data("a.csv", "Id,Name,Domain\nA1,Uno,uno.example\nA2,Two,two.example\n");
  await m.mapping("a", `${accounts}mode: insert\n`);
  expect(buckets(await m.run())).toEqual({ account: { read: 2, inserted: 1, unchanged: 1 } });
  await m.mapping(
    "a",
    `${accounts}mode: update\n`.replace("domain: Domain", "domain: { from: Domain, overwrite: never }"),
  );
  await m.data("a.csv", "Id,Name,Domain\nA1,Uno,uno.example\nA2,Two,two.example\nA3,Three,three.example\n");
  expect(buckets(await m.run())).toEqual({ account: { read: 3, updated: 1, unchanged: 1, filtered: 1 } });
  expect(await m.records("filtered")).toEqual({ account: ["A3"] });
  expect(await m.warnings()).toEqual([
    { object: "account", key: "A3", code: "NOT_IN_TARGET", field: null, value: "A3" },
  ]);
  expect(await m.sql("select name, domain from crm.account order by id")).toEqual([
    ["Uno", "one.example"],
    ["Two", "two.example"],
  ]);
  expect(failures(await m.prove(2))).toEqual([]);
});

test("a row without a key is its own: the same content is the same record, twice it is told", async () => {
  const m = await migration({
    files: { "c.csv": "Name,Mail,Note\nAnn,ann@x.example,\nBob,,first\nAnn ,ann@x.example,\nBob,,second\n,,\n" },
    mappings: { c: "object: contact\nsource: c.csv\nkey: { content: true }\nfields: { name: Name, email: Mail }\n" },
  });
  // a line without any value is no row to some readers
  const first = buckets(await m.run());
  expect(first.contact).toMatchObject({ inserted: 3 });
  const rejects = await m.rejects();
  expect(rejects.map(({ code }) => code)).toContain("DUPLICATE_KEY");
  const keys = await m.sql("select external_id, name from crm.contact order by id");
  expect(keys.map(([, name]) => name)).toEqual(["Ann", "Bob", "Bob"]);
  for (const [key] of keys) expect(key).toMatch(/^row:[0-9a-f]{32}$/);
  expect(failures(await m.prove(3))).toEqual([]);
  // the order of rows and columns, and columns without values, change nothing
  await m.data("c.csv", "Note,Mail,Name,Extra\nsecond,,Bob,\nfirst,,Bob,\n,ann@x.example,Ann,\n");
  expect(buckets(await runAgain(m))).toEqual({ contact: { read: 3, unchanged: 3 } });
  expect(await m.sql("select external_id, name from crm.contact order by id")).toEqual(keys);
});

test("a leading ; adds to what the target has, again and again the same", async () => {
  const m = await migration({
    files: { "a.csv": "Id,Name,Tags,More\nA1,One,red;blue,x\nA2,Two,;red,;x;y\n" },
    model: MODEL.replace("      industry: text\n", "      industry: text\n      tags: multipicklist\n"),
    mappings: {
      a: "object: account\nsource: a.csv\nkey: Id\nfields: { name: Name, tags: Tags, custom.more: { from: More, type: multipicklist } }\n",
    },
  });
  const rows = "select name, tags, custom -> 'more' from crm.account order by id";
  expect(buckets(await m.run())).toEqual({ account: { read: 2, inserted: 2 } });
  expect(await m.sql(rows)).toEqual([
    ["One", ["red", "blue"], ["x"]],
    ["Two", ["red"], ["x", "y"]],
  ]);
  await runAgain(m);
  await m.data("a.csv", "Id,Name,Tags,More\nA1,One,;green;red,; z;x\nA2,Two,blue,\n");
  expect(buckets(await m.run())).toEqual({ account: { read: 2, updated: 2 } });
  const expected = [
    ["One", ["red", "blue", "green"], ["x", "z"]],
    ["Two", ["blue"], ["x", "y"]],
  ];
  expect(await m.sql(rows)).toEqual(expected);
  const proof = await m.prove(2);
  expect(proof.spotChecks.map(({ ok }) => ok)).toEqual([true, true]);
  expect(proof.ok).toBe(true);
  await runAgain(m);
  expect(await m.sql(rows)).toEqual(expected);
});

const created = `
  object: account
  source: a.csv
  key: Id
  fields:
    name: Name
    "Fläche (m²)": { from: Area, type: decimal, create: true }
    founded: { from: Founded, type: date, create: true }
    tags: { from: Tags, type: multipicklist, create: true }
`;
const AREAS = { "a.csv": "Id,Name,Area,Founded,Tags\nA1,One,12345678901234567890.5,2020-01-31,a;b\nA2,Two,0.1,,\n" };
const COLUMNS = `select attname, format_type(atttypid, atttypmod) from pg_attribute where attrelid = 'crm.account'::regclass and attnum > 0
  and attname in ('Fläche (m²)', 'founded', 'tags') order by 1`;
const TYPED = [
  ["Fläche (m²)", "numeric"],
  ["founded", "date"],
  ["tags", "text[]"],
];
const VALUES = `select name, "Fläche (m²)"::text, founded::text, tags from crm.account order by id`;
const HELD = [
  ["One", "12345678901234567890.5", "2020-01-31", ["a", "b"]],
  ["Two", "0.1", null, null],
];

test("create: a typed column for what the model lacks, made by the run, told by the plan, summed up by the proof", async () => {
  const m = await migration({ files: AREAS, mappings: { a: accounts.replace("domain: Domain", "domain: Name") } });
  await m.run();
  await m.mapping("a", created);
  expect((await m.plan()).tables).toEqual({
    create: [],
    extend: ["account.Fläche (m²)", "account.founded", "account.tags"],
  });
  await m.run({ dryRun: true });
  expect(await m.sql(COLUMNS)).toEqual([]);
  expect(buckets(await m.run())).toEqual({ account: { read: 2, updated: 2 } });
  expect(await m.sql(COLUMNS)).toEqual(TYPED);
  expect(await m.sql(VALUES)).toEqual(HELD);
  const proof = await m.prove(2);
  expect(proof.objects[0]!.sums).toMatchObject([{ field: "Fläche (m²)", source: "12345678901234567890.6", ok: true }]);
  expect(proof.ok).toBe(true);
  expect((await m.plan()).tables).toEqual({ create: [], extend: [] });
  await runAgain(m);
  // another type is not forced upon a column that is there
  await m.mapping("a", created.replace("type: decimal", "type: integer"));
  await expect(m.run()).rejects.toMatchObject({ code: "TARGET_COLUMN_TYPE" });
});

test("create in tables that are taken as they are: those columns and nothing else", async () => {
  const m = await migration({
    files: AREAS,
    mappings: { a: created },
    model: "introspect",
    sql: "create schema crm; create table crm.account (id bigint generated always as identity primary key, name text not null)",
  });
  expect((await m.plan()).tables).toEqual({
    create: [],
    extend: ["account.Fläche (m²)", "account.founded", "account.tags"],
  });
  await m.run({ dryRun: true });
  expect(await m.sql(COLUMNS)).toEqual([]);
  expect(buckets(await m.run())).toEqual({ account: { read: 2, inserted: 2 } });
  expect(await m.sql(COLUMNS)).toEqual(TYPED);
  expect(await m.sql(VALUES)).toEqual(HELD);
  expect(failures(await m.prove(2))).toEqual([]);
  await runAgain(m);
});

test("references by the target's id, and by custom fields; several that match reject, with their names", async () => {
  const m = await migration({
    files: {
      "a.csv": "Id,Name,Code\nA1,One,x1\nA2,Two,x2\nA3,Three,x2\n",
      "c.csv": "Id,Name,By id,By code\nC1,Ann,1,\nC2,Bob,,x1\nC3,Cid,,x2\nC4,Dan,77,\n",
    },
    mappings: {
      a: "object: account\nsource: a.csv\nkey: Id\nfields: { name: Name, custom.code: Code }\n",
      c: `
        object: contact
        source: c.csv
        key: Id
        fields:
          name: Name
          account_id: { from: By id, lookup: account, by: id }
          employer_id: { from: By code, lookup: account, by: custom.code }
        associations: [{ to: account, from: By code, by: custom.code }]
      `,
    },
  });
  expect(buckets(await m.run())).toEqual({
    account: { read: 3, inserted: 3 },
    contact: { read: 4, inserted: 2, rejected: 2 },
  });
  expect((await m.rejects()).map(({ key, code, value }) => [key, code, value])).toEqual([
    ["C3", "LOOKUP_AMBIGUOUS", "x2"],
    ["C4", "LOOKUP_MISSING", "77"],
  ]);
  expect(await m.reasons()).toEqual([
    "several records found: account by custom.code (A2, A3)",
    "no account by id with this value was loaded",
  ]);
  expect(
    await m.sql(
      "select c.name, a.name, e.name from crm.contact c left join crm.account a on a.id = c.account_id left join crm.account e on e.id = c.employer_id order by 1",
    ),
  ).toEqual([
    ["Ann", "One", null],
    ["Bob", null, "One"],
  ]);
  expect(failures(await m.prove(2))).toEqual([]);
  await runAgain(m);
});
