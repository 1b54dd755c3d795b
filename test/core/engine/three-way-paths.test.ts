import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createRegistry } from "../../../connectors/registry.ts";
import { decideConflicts, openSession } from "../../../core/engine/index.ts";
import { noteRun } from "../../../core/engine/run-rows.ts";
import { testContext } from "../../helpers/context.ts";
import { buckets, migration } from "./kit.ts";
import { dump, rollback } from "./undo-kit.ts";

const KEPT = `select o.object, e.field, e.reason from migrate.kept_edit e join migrate.origin o on o.id = e.origin_id order by o.id, e.target_id, e.field`;
const CONFLICTS = `select o.object, k.key, k.field, k.decision, k.source::text, k.target::text from migrate.conflict k join migrate.origin o on o.id = k.origin_id
  where k.run_id = (select max(id) from migrate.run) order by o.id, k.key, k.field`;

describe("three-way merge on every way into the target", () => {
  test("references: to parents of the same table, set later, of several objects; decisions about them", async () => {
    const m = await migration({
      files: {
        "accounts.csv": "Id,Name,Parent,Main\nA1,Acme,,C1\nA2,Beta,A1,C1\nA3,Gamma,A1,C1\nA4,Delta,A1,C1",
        "contacts.csv": "Id,Name,Account\nC1,Ann,A1\nC2,Bob,A2\nC3,Cid,A2",
        "tasks.csv": "Id,Subject,Type,About\nT1,Call,account,A1\nT2,Mail,contact,C1\nT3,Visit,contact,C1",
      },
      mappings: {
        account:
          "object: account\nsource: accounts.csv\nkey: Id\nfields: { name: Name, parent_id: { from: Parent, lookup: account }, primary_contact_id: { from: Main, lookup: contact } }",
        contact:
          "object: contact\nsource: contacts.csv\nkey: Id\nfields: { name: Name, account_id: { from: Account, lookup: account } }",
        task: "object: task\nsource: tasks.csv\nkey: Id\nfields: { subject: Subject, about_id: { from: About, lookup: [account, contact], typeInto: about_type } }",
      },
    });
    await m.run();
    const id = (object: string, key: string) => `(select id from crm.${object} where external_id = '${key}')`;
    // A2: both edited, source changes nothing of it; A3: source changes the same fields; A4: source changes, not edited
    await m.sql(
      `update crm.account set parent_id = ${id("account", "A4")}, primary_contact_id = ${id("contact", "C2")} where external_id in ('A2', 'A3')`,
    );
    await m.sql(
      `update crm.task set about_type = 'account', about_id = ${id("account", "A2")} where external_id in ('T2', 'T3')`,
    );
    await m.data(
      "accounts.csv",
      "Id,Name,Parent,Main\nA1,Acme,,C1\nA2,Better,A1,C1\nA3,Gamma,A2,C3\nA4,Delta,A3,C3\nA5,Eps,A3,C2",
    );
    await m.data("tasks.csv", "Id,Subject,Type,About\nT1,Call,contact,C3\nT2,Mail,contact,C2\nT3,Visits,contact,C1");
    const report = await m.run({ delta: true });
    expect(buckets(report)).toMatchObject({
      account: { read: 5, inserted: 1, updated: 2, unchanged: 2 },
      task: { read: 3, updated: 2, unchanged: 1 },
    });
    expect(
      await m.sql(`select a.external_id, a.name, p.external_id, c.external_id from crm.account a left join crm.account p on p.id = a.parent_id
        left join crm.contact c on c.id = a.primary_contact_id order by 1`),
    ).toEqual([
      ["A1", "Acme", null, "C1"],
      ["A2", "Better", "A4", "C2"],
      ["A3", "Gamma", "A4", "C2"],
      ["A4", "Delta", "A3", "C3"],
      ["A5", "Eps", "A3", "C2"],
    ]);
    expect(
      await m.sql(`select t.external_id, t.subject, t.about_type, coalesce(a.external_id, c.external_id) from crm.task t
        left join crm.account a on t.about_type = 'account' and a.id = t.about_id left join crm.contact c on t.about_type = 'contact' and c.id = t.about_id order by 1`),
    ).toEqual([
      ["T1", "Call", "contact", "C3"],
      ["T2", "Mail", "account", "A2"],
      ["T3", "Visits", "account", "A2"],
    ]);
    expect((await m.sql(KEPT)).map((row) => row.join(" "))).toEqual([
      "account parent_id edited",
      "account primary_contact_id edited",
      "account parent_id review",
      "account primary_contact_id review",
      "task about_id review",
      "task about_id edited",
    ]);
    expect(await m.sql(CONFLICTS)).toEqual([
      ["account", "A3", "parent_id", null, '{"parent_id": 2}', '{"parent_id": 4}'],
      ["account", "A3", "primary_contact_id", null, '{"primary_contact_id": 3}', '{"primary_contact_id": 2}'],
      [
        "task",
        "T2",
        "about_id",
        null,
        '{"about_id": 2, "about_type": "contact"}',
        '{"about_id": 2, "about_type": "account"}',
      ],
    ]);
    const file = await readFile(join(m.folder, "runs", report.run, "conflicts.csv"), "utf8");
    expect(file.split("\r\n").slice(0, 4)).toEqual([
      "\uFEFF_object,_mapping,_key,_target_id,_field,_policy,source,target,decision",
      "account,account<accounts.csv,A3,3,parent_id,review,2,4,",
      "account,account<accounts.csv,A3,3,primary_contact_id,review,3,2,",
      "task,task<tasks.csv,T2,2,about_id,review,contact:2,account:2,",
    ]);
    const proof = await m.prove(20);
    expect(proof.objects.map(({ object, ok, problems }) => [object, ok, problems])).toEqual([
      ["account", true, []],
      ["contact", true, []],
      ["task", true, []],
    ]);
    // people decide
    const session = await openSession(join(m.folder, "migration.yaml"), {
      registry: createRegistry(m.folder),
      context: testContext(),
    });
    const client = await session.database.connect();
    try {
      await client.query("begin");
      const [[run]] = (await m.sql("select max(id)::text from migrate.run")) as [[string]];
      await noteRun(client, run);
      const account = { object: "account", mapping: "account<accounts.csv", targetId: "3" };
      const decided = await decideConflicts(client, session.model, run, [
        { ...account, field: "parent_id", decision: "source" },
        { ...account, field: "primary_contact_id", decision: "target" },
        { object: "task", mapping: "task<tasks.csv", targetId: "2", field: "about_id", decision: "source" },
        { ...account, field: "name", decision: "source" },
      ]);
      expect(decided.map(({ key, result }) => [key, result])).toEqual([
        ["A3", "applied"],
        ["A3", "kept"],
        ["T2", "applied"],
        [null, "none"],
      ]);
      await client.query("commit");
    } finally {
      client.release(true);
      await session.close();
    }
    const again = await m.run({ delta: true });
    expect(again.totals).toMatchObject({ inserted: 0, updated: 0 });
    expect(await m.sql(CONFLICTS)).toEqual([]);
    expect(await m.sql("select external_id, about_type, about_id from crm.task where external_id = 'T2'")).toEqual([
      ["T2", "contact", "2"],
    ]);
    expect(await m.sql("select parent_id, primary_contact_id from crm.account where external_id = 'A3'")).toEqual([
      ["2", "2"],
    ]);
  });

  test("tables that are not ours, without external ids: three-way, deleted rows, rollback", async () => {
    const m = await migration({
      model: "introspect",
      sql: `create schema crm;
        create table crm.company (id uuid primary key default gen_random_uuid(), name varchar(30) not null, rating numeric(6,2), notes json, extra jsonb, opened date);
        create table crm.person (id integer generated always as identity primary key, name text, company_id uuid references crm.company on delete restrict)`,
      files: {
        "companies.csv":
          'Id,Name,Rating,Notes,Extra,Opened\n1,Acme,1.005,"{""a"":1}","{""b"":2}",2020-01-01\n2,Beta,2,,,\n3,Gamma,3,,,',
        "people.csv": "Id,Name,Company\n1,Ann,1\n2,Bob,2",
      },
      mappings: {
        company:
          "object: company\nsource: companies.csv\nkey: Id\nfields: { name: Name, rating: Rating, notes: Notes, extra: Extra, opened: Opened }",
        person:
          "object: person\nsource: people.csv\nkey: Id\nfields: { name: Name, company_id: { from: Company, lookup: company } }",
      },
    });
    const first = await m.run();
    expect(first.totals).toMatchObject({ inserted: 5 });
    const before = await dump(m);
    await m.sql(
      `update crm.company set name = 'mine', extra = '{"b": 3}', notes = '{"a":2}', opened = '2021-01-01' where name = 'Acme'`,
    );
    await m.sql("update crm.person set name = 'mine' where name = 'Bob'");
    await m.sql("delete from crm.company where name = 'Gamma'");
    const edited = await dump(m);
    await m.data(
      "companies.csv",
      'Id,Name,Rating,Notes,Extra,Opened\n1,theirs,9,"{""a"":1}","{""b"":2}",2020-01-01\n2,Better,2,,,\n3,Gamma,4,,,\n4,New,4,,,',
    );
    await m.data("people.csv", "Id,Name,Company\n1,Ann,4\n2,Bob,1");
    const delta = await m.run({ delta: true });
    expect(buckets(delta)).toEqual({
      company: { read: 4, inserted: 1, updated: 2, unchanged: 1 },
      person: { read: 2, updated: 2 },
    });
    expect(
      await m.sql("select name, rating::text, extra::text, notes::text, opened::text from crm.company order by 1"),
    ).toEqual([
      ["Better", "2.00", null, null, null],
      ["New", "4.00", null, null, null],
      ["mine", "9.00", '{"b": 3}', '{"a":2}', "2021-01-01"],
    ]);
    expect(
      await m.sql("select p.name, c.name from crm.person p join crm.company c on c.id = p.company_id order by 1"),
    ).toEqual([
      ["Ann", "New"],
      ["mine", "mine"],
    ]);
    expect((await m.sql(KEPT)).map((row) => row.join(" ")).sort()).toEqual([
      "company  deleted",
      "company extra edited",
      "company name review",
      "company notes edited",
      "company opened edited",
      "person name edited",
    ]);
    expect((await m.warnings()).map(({ key, code }) => [key, code])).toEqual([["3", "TARGET_DELETED"]]);
    const undone = await rollback(m, delta.run);
    expect(undone.totals).toMatchObject({ deleted: 1, updated: 4, rejected: 0 });
    expect(await dump(m)).toEqual(edited);
    const all = await rollback(m, first.run);
    expect(all.totals).toMatchObject({ deleted: 1, unchanged: 1, rejected: 3 });
    expect(await m.sql("select name from crm.company order by 1")).toEqual([["Beta"], ["mine"]]);
    expect(Object.keys(before).length).toBeGreaterThan(2);
  });
});
