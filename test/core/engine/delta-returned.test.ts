/** Records that come back after a delta had taken them for gone, and runs that are passed over by a rollback. */
import { describe, expect, it } from "vitest";
import { buckets, migration } from "./kit.ts";
import { dump, rollback } from "./undo-kit.ts";

const ACCOUNTS = (...rows: string[]) => ["Id,Name,Parent,Main,Modified", ...rows].join("\n");
const A1 = "A1,Alpha,,,2026-01-01T00:00:00Z";
const REST = ["A2,Beta,A1,C1,2026-01-01T00:00:00Z", "A3,Gamma,A1,,2026-01-01T00:00:00Z"];
const CONTACTS = "Id,Name,Account\nC1,Ann,A1\nC2,Bob,A2";
const MAPPINGS = {
  account: `object: account
source: accounts.csv
key: Id
fields:
  name: Name
  parent_id: { from: Parent, lookup: account, missing: "null", blank: clear }
  primary_contact_id: { from: Main, lookup: contact, missing: defer }`,
  contact: `object: contact
source: contacts.csv
key: Id
fields:
  name: Name
  account_id: { from: Account, lookup: account, missing: "null", blank: clear }`,
  task: `object: task
source: tasks.csv
key: Id
fields: { subject: Subject, about_id: { from: About, lookup: [account, contact], typeInto: about_type, missing: "null" } }
associations:
  - { to: contact, from: People, separator: ";", missing: "null" }`,
};
const FILES = {
  "accounts.csv": ACCOUNTS(A1, ...REST),
  "contacts.csv": CONTACTS,
  "tasks.csv": "Id,Subject,About,People\nT1,Call,A1,C1;C2\nT2,Mail,C1,C1",
};
const REFERENCES = `select 'account', t.external_id, p.external_id, c.external_id from crm.account t left join crm.account p on p.id = t.parent_id left join crm.contact c on c.id = t.primary_contact_id
  union all select 'contact', t.external_id, p.external_id, null from crm.contact t left join crm.account p on p.id = t.account_id
  union all select 'task', t.external_id, t.about_type, (select string_agg(c.external_id, ';' order by c.external_id) from crm.association a join crm.contact c on a.to_object = 'contact' and c.id = a.to_id where a.from_object = 'task' and a.from_id = t.id) from crm.task t order by 1, 2`;

describe("what comes back in a file", () => {
  for (const conflicts of ["", "conflicts: review\n"]) {
    for (const last of ["delta", "full"]) {
      it(`is referred to again by records that did not change, at once (${last} run, ${conflicts || "no conflicts\n"})`, async () => {
        const m = await migration({
          files: FILES,
          mappings: MAPPINGS,
          config: `${conflicts}delta: { deleted: delete }\nlimits: { rejects: 1 }\n`,
        });
        const first = await m.run();
        const loaded = await m.sql(REFERENCES);
        await m.data("accounts.csv", ACCOUNTS(...REST));
        await m.data("contacts.csv", "Id,Name,Account\nC2,Bob,A2");
        const gone = await m.run({ delta: true });
        expect(gone.totals).toMatchObject({ deleted: 2 });
        expect(await m.sql(REFERENCES)).not.toEqual(loaded);
        // nothing comes back yet, and what was lost stays known
        expect((await m.run({ delta: true })).totals).toMatchObject({ updated: 0, deleted: 0 });
        await m.data("accounts.csv", FILES["accounts.csv"]);
        await m.data("contacts.csv", CONTACTS);
        const back = await m.run(last === "delta" ? { delta: true } : {});
        expect(buckets(back)).toEqual({
          account: { read: 3, inserted: 1, updated: 2 },
          contact: { read: 2, inserted: 1, unchanged: 1 },
          task: { read: 2, updated: 2 },
        });
        const counts = ({ objects }: typeof first) =>
          objects.map(({ references }) => references.map((each) => ({ ...each, deferred: 0 })));
        expect(counts(back)).toEqual(counts(first));
        expect(await m.sql(REFERENCES)).toEqual(loaded);
        expect(await m.prove(10)).toMatchObject({ ok: true });
        expect((await m.run({ delta: true })).totals).toMatchObject({ inserted: 0, updated: 0, warnings: 0 });
        expect(await m.prove(10)).toMatchObject({ ok: true });
        expect(await m.sql("select count(*)::int from migrate.waiting")).toEqual([[0]]);
      }, 60_000);
    }
  }

  it("and lost its mark by that is updated", async () => {
    const m = await migration({
      files: { "accounts.csv": ACCOUNTS(A1, ...REST), "contacts.csv": CONTACTS },
      mappings: { account: MAPPINGS.account.replace(/\n +primary_contact_id.*/, "") },
      config: "delta: { deleted: mark }\n",
    });
    await m.run();
    await m.data("accounts.csv", ACCOUNTS(A1, REST[0]!));
    await m.run({ delta: true });
    await m.data("accounts.csv", FILES["accounts.csv"]);
    const before = await dump(m);
    const back = await m.run({ delta: true });
    expect(buckets(back)).toEqual({ account: { read: 3, updated: 1, unchanged: 2 } });
    expect(await m.sql("select count(*)::int from crm.account where custom is not null")).toEqual([[0]]);
    expect(await m.prove(10)).toMatchObject({ ok: true });
    await rollback(m, back.run);
    expect(await dump(m)).toEqual(before);
  }, 60_000);
});

describe("a rollback passes over later runs that wrote nothing", () => {
  it("and what they noted is undone along with it", async () => {
    const account = MAPPINGS.account.replace(/\n +primary_contact_id.*/, "");
    const m = await migration({
      files: { "accounts.csv": ACCOUNTS(A1, ...REST) },
      mappings: { account },
      config: "conflicts: review\ndelta: { deleted: delete }\n",
    });
    await m.run();
    await m.sql("update crm.account set name = 'Alpha of ours' where external_id = 'A1'");
    // edited rows stay when their record is gone
    await m.sql("update crm.account set name = 'Gamma of ours' where external_id = 'A3'");
    const before = await dump(m);
    const rows = await m.sql("select external_id, name from crm.account order by 1");
    await m.data("accounts.csv", ACCOUNTS("A1,Alpha Inc,,,", "A2,Beta,,,", "A4,Delta,A1,,"));
    const first = await m.run({ delta: true });
    expect(buckets(first)).toEqual({ account: { read: 4, inserted: 1, updated: 1, unchanged: 1, deleted: 1 } });
    const after = await m.sql("select external_id, name from crm.account order by 1");
    for (const run of [await m.run({ delta: true }), await m.run()])
      expect(run.totals).toMatchObject({ inserted: 0, updated: 0, deleted: 0 });
    const undone = await rollback(m, first.run);
    expect(undone).toMatchObject({ clean: true, totals: { deleted: 1, updated: 1 } });
    expect(await dump(m)).toEqual(before);
    expect(await m.sql("select external_id, name from crm.account order by 1")).toEqual(rows);
    expect(await m.sql("select kind, status from migrate.run order by id")).toEqual([
      ["full", "completed"],
      ["delta", "rolled back"],
      ["delta", "rolled back"],
      ["full", "rolled back"],
      ["rollback", "completed"],
    ]);
    const again = await m.run({ delta: true });
    expect(buckets(again)).toEqual(buckets(first));
    expect(again.objects[0]!.conflicts).toBe(first.objects[0]!.conflicts);
    expect(await m.sql("select external_id, name from crm.account order by 1")).toEqual(after);
    const proof = await m.prove(10);
    expect(proof.objects.flatMap(({ problems }) => problems)).toEqual([]);
    expect((await m.run({ delta: true })).totals).toMatchObject({ inserted: 0, updated: 0, deleted: 0 });
  }, 60_000);
});
