/** What the proof says of differences is true, and tells each of them once. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createRegistry } from "../../../connectors/registry.ts";
import { compilerFor, openSession } from "../../../core/engine/index.ts";
import { reconcile } from "../../../core/proof/reconcile.ts";
import type { ObjectProof, Reconciliation } from "../../../core/proof/types.ts";
import { comparedLine } from "../../../core/proof/verdict.ts";
import { testContext } from "../../helpers/context.ts";
import { type Migration, migration } from "../engine/kit.ts";
import { FILES, MAPPINGS, MODEL } from "./damages.ts";

async function proven({ folder }: Migration): Promise<Reconciliation> {
  const session = await openSession(join(folder, "migration.yaml"), {
    registry: createRegistry(folder),
    context: testContext(),
  });
  onTestFinished(() => session.close());
  return reconcile(session, { run: null, spotChecks: 0, fields: true, compile: await compilerFor(session) });
}

const of = (result: Reconciliation, object: string): ObjectProof =>
  result.objects.find((proof) => proof.object === object)!;

/** As if the load itself had left the rows so: the edit does not show. */
const unseen = (subject: Migration, object: string) =>
  subject.sql(`update migrate.ledger l set version = t.xmin from crm.${object} t, migrate.origin o
    where t.id = l.target_id and o.id = l.origin_id and o.object = '${object}'`);

/** Lines of the file of differences, without mark and header. */
async function lines({ folder }: Migration, { run }: Reconciliation, object: string): Promise<string[]> {
  const text = await readFile(join(folder, "runs", run, `differences/${object}.csv`), "utf8");
  return text.trimEnd().split("\r\n").slice(1);
}

/** The company of the damages, loaded. */
async function company(): Promise<Migration> {
  const subject = await migration({ model: MODEL, files: FILES, mappings: MAPPINGS });
  await subject.run();
  return subject;
}

test("values that a policy leaves to the target are not said to be what the source says", async () => {
  const subject = await migration({
    files: { "accounts.csv": "Id,Name,Site,Emp\nA1,One,one.example,10\nA2,Two,two.example,20\nA3,Three,,30\n" },
    mappings: {
      account: `
        object: account
        source: accounts.csv
        key: Id
        fields:
          name: Name
          domain: { from: Site, overwrite: never }
          size: { from: Emp, overwrite: if-empty }
      `,
    },
  });
  await subject.run();
  const fresh = await proven(subject);
  expect(of(fresh, "account").fields).not.toHaveProperty("left");
  expect(comparedLine({ reconciliation: fresh })).toBe("Compared: counts, and every field of every loaded record.");
  const edit = "update crm.account set domain = 'mine.example', size = 7 where external_id = 'A1'";
  const back = "update crm.account set domain = 'one.example', size = 10 where external_id = 'A1'";
  // of what the run itself inserted nothing is left to the target: all levels agree on that
  await subject.sql(edit);
  const own = await proven(subject);
  expect(own.notes).toEqual([]);
  expect(of(own, "account").findings).toEqual(
    expect.arrayContaining([
      { level: 4, problem: 'domain of A1: "one.example" at the source, "mine.example" in the target.' },
      {
        level: 5,
        problem:
          'A1 was edited in the target since: domain is "mine.example" in the target, the source says "one.example"; size is "7" in the target, the source says "10".',
      },
    ]),
  );
  await subject.sql(back);
  await subject.run();
  await subject.sql(edit);
  const result = await proven(subject);
  expect(result.ok).toBe(true);
  expect(result.notes).toContain(
    "account<accounts.csv: 1 row was edited in the target since; the mapped fields hold what the source says, but for domain and size, which a policy leaves to the target.",
  );
  expect(of(result, "account").edited).toMatchObject({ count: 1, compared: 1, differing: 0, left: ["domain", "size"] });
  expect(of(result, "account").fields).toMatchObject({
    records: 3,
    values: 3,
    left: [
      { field: "domain", count: 3 },
      { field: "size", count: 3 },
    ],
  });
  expect(result.levels![3]!.cannotKnow).toContain(
    "Values that a policy leaves to the target (overwrite, mode: insert, blank cells); not compared were, in account, 3 of domain, 3 of size.",
  );
  expect(comparedLine({ reconciliation: result })).toBe(
    "Compared: counts, and every field of every loaded record, but for 6 values that a policy leaves to the target.",
  );
  // an edit of something else
  await subject.sql(
    "update crm.account set domain = 'one.example', size = 10, industry = 'x' where external_id = 'A1'",
  );
  expect((await proven(subject)).notes).toContain(
    "account<accounts.csv: 1 row was edited in the target since; the mapped fields hold what the source says.",
  );
});

test("edited rows that the source no longer holds are not said to hold what it says", async () => {
  const subject = await migration({
    files: { "accounts.csv": "Id,Name\nA1,One\nA2,Two\n" },
    mappings: { account: "object: account\nsource: accounts.csv\nkey: Id\nfields: { name: Name }\n" },
  });
  await subject.run();
  await subject.data("accounts.csv", "Id,Name\nA1,One\n");
  await subject.sql("update crm.account set name = 'Zwei' where external_id = 'A2'");
  const result = await proven(subject);
  expect(of(result, "account")).toMatchObject({ ok: false, edited: { count: 1, compared: 0, differing: 0 } });
  expect(result.notes.filter((note) => note.includes("edited"))).toEqual([]);
});

test("a row whose external id was changed is told as such, and nobody is told to delete it", async () => {
  const subject = await company();
  const [[id]] = (await subject.sql("select id from crm.account where external_id = 'A3'")) as [[string]];
  const [[other]] = (await subject.sql("select id from crm.account where external_id = 'A4'")) as [[string]];
  await subject.sql("update crm.account set external_id = 'A7' where external_id = 'A3'");
  await subject.sql("update crm.account set external_source = 'zz' where external_id = 'A4'");
  const check = async (): Promise<void> => {
    const result = await proven(subject);
    const proof = of(result, "account");
    expect(proof).toMatchObject({
      target: { count: 2, extra: 0, earlier: 0 },
      lost: { count: 2, keys: ["A3", "A4"] },
      gone: { count: 0 },
      renamed: { count: 2, keys: [`A4 of zz (row ${other})`, `A7 (row ${id})`] },
    });
    expect(proof.problems).toContain(
      `2 rows have another external id or source in the target than they were loaded under, first A4 of zz (row ${other}), A7 (row ${id}). Find out who changed it and give them their own back: they may be the only copies of their records.`,
    );
    expect(JSON.stringify(proof)).not.toMatch(/earlier runs|delete the rows/);
    expect(proof.explanations).toContainEqual(expect.objectContaining({ bucket: "renamed", count: 2 }));
    expect((await lines(subject, result, "account")).filter((line) => line.includes(",row,"))).toEqual([
      "A3,,row,A3,,,,account<accounts.csv",
      "A4,,row,A4,,,,account<accounts.csv",
      `A4 of zz,,row,,A4 of zz,,${other},account<accounts.csv`,
      `A7,,row,,A7,,${id},account<accounts.csv`,
    ]);
  };
  await check();
  // a run that found all of them unchanged knows no more
  await subject.sql("update crm.account set external_id = 'A3' where external_id = 'A7'");
  await subject.sql(
    "update crm.account set external_source = (select external_source from crm.account where external_id = 'A3') where external_id = 'A4'",
  );
  await subject.run();
  await subject.sql("update crm.account set external_id = 'A7' where external_id = 'A3'");
  await subject.sql("update crm.account set external_source = 'zz' where external_id = 'A4'");
  await check();
});

test("both values of a difference can be told apart", async () => {
  const subject = await company();
  await subject.sql(`update crm.account set custom = custom || '{"score": "7.25"}' where external_id = 'A1'`);
  await subject.sql(`update crm.contact set notes = '' where external_id = 'C2'`);
  const result = await proven(subject);
  expect(of(result, "account").problems).toEqual(
    expect.arrayContaining([
      'score of A1: 7.25 at the source, "7.25" in the target.',
      'A1 was edited in the target since: score is "7.25" in the target, the source says 7.25.',
    ]),
  );
  expect(result.notes).toEqual([]);
  expect(of(result, "account").fields!.differences).toMatchObject([
    { key: "A1", field: "score", source: "7.25", target: '"7.25"' },
  ]);
  expect(of(result, "contact").problems).toContain('notes of C2: empty at the source, "" in the target.');
  expect((await lines(subject, result, "contact")).map((line) => line.split(",").slice(0, 5).join())).toEqual([
    'C2,notes,value,,""""""',
  ]);
});

test("a reference to a record of another source of the same key names the source", async () => {
  const subject = await company();
  await subject.sql("update crm.account set external_source = 'zz' where external_id = 'A2'");
  const result = await proven(subject);
  expect(of(result, "deal").fields!.differences).toMatchObject([
    { key: "D2", field: "account_id", source: "A2", target: "A2 (of zz)" },
  ]);
});

test("references and owners are named, not given as row ids", async () => {
  const subject = await company();
  await subject.sql(
    "update crm.contact set account_id = (select id from crm.account where external_id = 'A1') where external_id = 'C4'",
  );
  const [[row]] = (await subject.sql("insert into crm.account (name) values ('Nobody') returning id")) as [[string]];
  await subject.sql(`update crm.deal set account_id = ${row} where external_id = 'D4'`);
  await subject.sql(
    "update crm.task set about_type = 'deal', about_id = (select id from crm.deal where external_id = 'D1') where external_id = 'T3'",
  );
  const owner = (key: string) => `(select id from crm.user where external_id = '${key}')`;
  await subject.sql(`update crm.account set owner_id = ${owner("U1")} where external_id = 'A4'`);
  await subject.sql(`update crm.deal set owner_id = null where external_id = 'D4'`);
  const result = await proven(subject);
  const [[ann], [bob]] = (await subject.sql("select id from crm.user order by external_id")) as [[string], [string]];
  const found = (object: string) =>
    of(result, object).fields!.differences.map(({ key, field, source, target }) => [key, field, source, target]);
  expect(found("contact")).toEqual([["C4", "account_id", null, "A1"]]);
  expect(found("deal")).toEqual([
    ["D4", "account_id", null, `row ${row}`],
    ["D4", "owner_id", `Bob (${bob})`, null],
  ]);
  expect(found("account")).toEqual([["A4", "owner_id", `Bob (${bob})`, `Ann (${ann})`]]);
  expect(of(result, "account").problems).toEqual(
    expect.arrayContaining([
      `owner_id of A4: "Bob (${bob})" at the source, "Ann (${ann})" in the target.`,
      `A4 was edited in the target since: owner_id is "Ann (${ann})" in the target, the source says "Bob (${bob})".`,
    ]),
  );
});

test("a record without a row is missing, and its references are not counted on top", async () => {
  const subject = await company();
  await subject.sql("delete from crm.deal where external_id = 'D3'");
  const proof = of(await proven(subject), "deal");
  expect(proof.problems.filter((problem) => !problem.startsWith("By "))).toEqual([
    "1 record of the source is not explained.",
    "1 loaded record missing from the target, first D3.",
    "The sum of amount differs.",
    "1 difference in differences/deal.csv.",
  ]);
  expect(proof.references).toEqual([
    { field: "account_id", expected: 2, resolved: 2, deferred: 0, unresolved: 0, ok: true },
  ]);
});

test("a link that has another label is told once; further ones are additional", async () => {
  const subject = await company();
  await subject.sql("update crm.association set label = 'Boss' where label = 'User'");
  await unseen(subject, "deal");
  const one = of(await proven(subject), "deal");
  expect(one.problems).toEqual([
    "1 link to contact has another label than the source says, first D1.",
    "1 difference in differences/deal.csv.",
  ]);
  expect(one.associations[0]).not.toHaveProperty("additional");
  expect(one.fields!.differences.map(({ key, source, target }) => [key, source, target])).toEqual([
    ["D1", "C2 [User]", "C2 [Boss]"],
  ]);
  await subject.sql(
    "insert into crm.association (from_object, from_id, to_object, to_id, label) select from_object, from_id, to_object, to_id, 'Chief' from crm.association where label = 'Boss'",
  );
  const two = of(await proven(subject), "deal");
  expect(two.problems).toEqual([
    "1 link to contact has another label than the source says, first D1.",
    "1 link to contact between records of this source is in the target that the source does not name, first D1.",
    "2 differences in differences/deal.csv.",
  ]);
});
