/** References of sources whose ids are unique per object only. */
import { expect, test } from "vitest";
import { buckets, MODEL, migration, references, runAgain } from "./kit.ts";

const plain = (object: string, file: string, fields: string, more = "") =>
  `object: ${object}\nsource: ${file}.csv\nkey: Id\n${more}fields: { ${fields} }\n`;

const model = MODEL.replace(
  "  association:\n",
  `  note:
    fields:
      body: text
      related_type: text
      related_id: { type: reference, lookup: [account, deal, task], typeField: related_type }
  association:
`,
);

/** Ids that are the same everywhere: only what a reference says of its object tells them apart. */
const FILES = {
  "companies.csv": "Id,Name\n1,Acme\n2,Beta\n",
  "deals.csv": "Id,Name\n1,Deal one\n3,Deal three\n",
  "todos.csv": "Id,Subject\n1,Call\n2,Write\n",
  "mails.csv": "Id,Subject\n1,Offer\n3,Thanks\n",
};
const MAPPINGS = {
  account: plain("account", "companies", "name: Name"),
  deal: plain("deal", "deals", "name: Name"),
  todo: plain("task", "todos", "subject: Subject", "keyspace: todos\n"),
  mail: plain("task", "mails", "subject: Subject", "keyspace: mails\n"),
};
const NOTES = `select n.external_id, n.related_type,
    coalesce(a.name, o.name, t.external_source || ' ' || t.subject) as about
  from crm.note n
  left join crm.account a on n.related_type = 'account' and a.id = n.related_id
  left join crm.deal o on n.related_type = 'deal' and o.id = n.related_id
  left join crm.task t on n.related_type = 'task' and t.id = n.related_id order by 1`;

test.each([50_000, 1])("the source field says the object (chunks of %i)", async (chunkSize) => {
  const m = await migration({
    model,
    files: {
      ...FILES,
      "notes.csv": "Id,Body,Deal,Company\nN1,a,1,1\nN2,b,,1\nN3,c,,2\nN4,d,2,\nN5,e, 3 ,9\nN6,f,,\n",
    },
    mappings: {
      ...MAPPINGS,
      note: plain(
        "note",
        "notes",
        "body: Body, related_id: { lookup: { Deal: deal, Company: account }, missing: null }",
      ),
    },
  });
  const report = await m.run({ chunkSize });
  expect(buckets(report).note).toEqual({ read: 6, inserted: 6 });
  expect(await m.sql(NOTES)).toEqual([
    ["N1", "deal", "Deal one"],
    ["N2", "account", "Acme"],
    ["N3", "account", "Beta"],
    ["N4", null, null],
    ["N5", "deal", "Deal three"],
    ["N6", null, null],
  ]);
  references(report);
  expect((await m.prove(10)).spotChecks.filter(({ ok }) => !ok)).toEqual([]);
  await runAgain(m, { chunkSize });
});

test.each([50_000, 1])("another field says the object (chunks of %i)", async (chunkSize) => {
  const m = await migration({
    model,
    files: {
      ...FILES,
      "notes.csv":
        "Id,Body,Kind,Ref\nN1,a,deals,1\nN2,b,Companies,1\nN3,c,mails,1\nN4,d,todos,1\nN5,e,todos,3\nN6,f,mails,3\nN7,g,calls,1\nN8,h,,1\nN9,i,deals,\n",
    },
    mappings: {
      ...MAPPINGS,
      note: plain(
        "note",
        "notes",
        "body: Body, related_id: { from: Ref, typeFrom: Kind, lookup: { deals: deal, companies: account, mails: task/mails, todos: task/todos } }",
      ),
    },
  });
  await m.run({ chunkSize });
  expect(await m.sql(NOTES)).toEqual([
    ["N1", "deal", "Deal one"],
    ["N2", "account", "Acme"],
    ["N3", "task", "test/mails Offer"],
    ["N4", "task", "test/todos Call"],
    ["N6", "task", "test/mails Thanks"],
    ["N9", null, null],
  ]);
  expect((await m.rejects()).map(({ key, code, value }) => [key, code, value])).toEqual([
    ["N5", "LOOKUP_MISSING", "task/todos:3"],
    ["N7", "LOOKUP_MISSING", "?calls:1"],
    ["N8", "LOOKUP_MISSING", "?:1"],
  ]);
  await runAgain(m, { chunkSize });
});

test("a key space says which of several records with the same id is meant", async () => {
  const m = await migration({
    model,
    files: { ...FILES, "links.csv": "Id,From,To\nL1,1,1\nL2,3,2\nL3,2,2\n" },
    mappings: {
      ...MAPPINGS,
      link: plain(
        "association",
        "links",
        "from_id: { from: From, lookup: task/mails }, to_id: { from: To, lookup: account }",
      ),
    },
  });
  await m.run();
  expect(
    await m.sql(
      "select l.external_id, l.from_object, t.subject, l.to_object, a.name from crm.association l join crm.task t on t.id = l.from_id join crm.account a on a.id = l.to_id order by 1",
    ),
  ).toEqual([
    ["L1", "task", "Offer", "account", "Acme"],
    ["L2", "task", "Thanks", "account", "Beta"],
  ]);
  expect((await m.rejects()).map(({ key, code, field }) => [key, code, field])).toEqual([
    ["L3", "LOOKUP_MISSING", "from_id"],
  ]);
});

test("references of their own object are filled in afterwards", async () => {
  const m = await migration({
    model,
    files: { "a.csv": "Id,Name,Up,Other\n1,A one,2,\n2,A two,,1\n", "b.csv": "Id,Name\n1,B one\n" },
    mappings: {
      a: plain(
        "account",
        "a",
        "name: Name, parent_id: { lookup: { Up: account/a, Other: account/b } }",
        "keyspace: a\n",
      ),
      b: plain("account", "b", "name: Name", "keyspace: b\n"),
    },
  });
  await m.run();
  expect(
    await m.sql("select a.name, p.name from crm.account a left join crm.account p on p.id = a.parent_id order by 1"),
  ).toEqual([
    ["A one", "A two"],
    ["A two", "B one"],
    ["B one", null],
  ]);
});
