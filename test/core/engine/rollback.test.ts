import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { buckets, migration } from "./kit.ts";
import { dump, rollback } from "./undo-kit.ts";

const files = {
  "accounts.csv":
    "Id,Name,Size,Parent,Main,Owner,Old\nA1,Acme,1,,C2,ann@x.com,A9\nA2,Beta,2,A1,C1,bob@x.com,\nA3,Gamma,3,A2,,new@x.com,\nA4,Delta,4,A4,C3,,",
  "contacts.csv": "Id,Name,Email,Account\nC1,Ann,ann@x.com,A1\nC2,Bob,bob@x.com,A9\nC3,Cid,cid@x.com,A4",
  "tasks.csv": "Id,Subject,Type,About,People\nT1,Call,account,A1,C1;C2\nT2,Mail,contact,C3,C3",
};
const mappings = {
  account: `object: account
source: accounts.csv
key: Id
aliases: { from: Old, separator: ";" }
fields:
  name: Name
  size: Size
  parent_id: { from: Parent, lookup: account }
  primary_contact_id: { from: Main, lookup: contact }
  owner_id: { from: Owner, owner: true }
  custom.code: { template: "{Id}-{Size}" }`,
  contact: `object: contact
source: contacts.csv
key: Id
match: [external_id, email]
fields: { name: Name, email: Email, account_id: { from: Account, lookup: account } }`,
  task: `object: task
source: tasks.csv
key: Id
fields: { subject: Subject, about_id: { from: About, lookup: [account, contact], typeInto: about_type } }
associations:
  - { to: contact, from: People, separator: ";", label: { value: about } }`,
};
const given = { files, mappings, owners: "match: email\nunmatched: invite", config: "limits: { rejects: 1 }\n" };

describe("rollback", () => {
  test("of a first load leaves the target as it was; then it loads as it did the first time", async () => {
    const m = await migration(given);
    const report = await m.run();
    expect(report.totals).toMatchObject({ read: 9, inserted: 9 });
    const loaded = await dump(m);
    expect(Object.keys(loaded)).toEqual(expect.arrayContaining(["account", "association", "contact", "task", "user"]));
    const dry = await rollback(m, report.run, { dryRun: true });
    expect(buckets(dry)).toMatchObject({ account: { read: 4, deleted: 4 }, contact: { read: 3, deleted: 3 } });
    expect(await dump(m)).toEqual(loaded);
    const undone = await rollback(m, report.run);
    expect(undone).toMatchObject({ kind: "rollback", status: "completed", clean: true, undoes: report.run });
    expect(undone.totals).toMatchObject({ read: 15, deleted: 15, rejected: 0 });
    expect(await dump(m)).toEqual({});
    expect(JSON.parse(await readFile(join(m.folder, "runs", report.run, "run.json"), "utf8"))).toMatchObject({
      status: "rolled back",
      rolledBackBy: undone.run,
    });
    await expect(rollback(m, report.run)).rejects.toMatchObject({ code: "ROLLBACK_DONE" });
    await expect(rollback(m, undone.run)).rejects.toMatchObject({ code: "ROLLBACK_OF_ROLLBACK" });
    await expect(rollback(m, "nothing")).rejects.toMatchObject({ code: "RUN_UNKNOWN" });
    // as if it had been cut off after some rows
    const status = (of: string) => m.sql("update migrate.run set status = $2 where name = $1", [undone.run, of]);
    await status("running");
    for (const options of [{}, { dryRun: true }, { delta: true }])
      await expect(m.run(options)).rejects.toMatchObject({ code: "ROLLBACK_UNFINISHED" });
    await status("completed");
    expect((await m.run()).totals).toMatchObject({ read: 9, inserted: 9 });
    const shape = (of: Record<string, unknown[]>) =>
      Object.fromEntries(Object.entries(of).map(([name, rows]) => [name, rows.length]));
    expect(shape(await dump(m))).toEqual(shape(loaded));
    const proof = await m.prove();
    expect(
      proof.objects.map(({ object, unexplained, lost, extra }) => [object, unexplained, lost.count, extra.count]),
    ).toEqual([
      ["account", 0, 0, 0],
      ["contact", 0, 0, 0],
      ["task", 0, 0, 0],
    ]);
  });

  test("of a delta: what it inserted, updated, set later, adopted, linked and merged is as it was", async () => {
    const m = await migration({ ...given, config: "limits: { rejects: 1 }\ndelta: { deleted: delete }\n" });
    const first = await m.run();
    await m.sql("insert into crm.contact (name, email) values ('Dora', 'dora@x.com')");
    await m.sql("update crm.account set name = 'edited' where external_id = 'A3'");
    const before = await dump(m);
    await m.data(
      "accounts.csv",
      "Id,Name,Size,Parent,Main,Owner,Old\nA1,Acme,10,,C1,ann@x.com,A9;A8\nA2,Better,2,A5,C4,bob@x.com,\nA3,Theirs,30,A1,,new@x.com,\nA5,Neu,5,A1,C5,two@x.com,",
    );
    await m.data(
      "contacts.csv",
      "Id,Name,Email,Account\nC1,Anna,ann@x.com,A8\nC2,Bob,bob@x.com,A9\nC4,Dora,dora@x.com,A1\nC5,Eve,eve@x.com,A5",
    );
    await m.data("tasks.csv", "Id,Subject,Type,About,People\nT1,Called,account,A5,C1;C4\nT3,New,contact,C1,C5");
    const delta = await m.run({ delta: true });
    expect(delta.totals.updated).toBeGreaterThan(3);
    expect(delta.totals.inserted).toBe(3);
    expect(delta.totals.deleted).toBe(3);
    const after = await dump(m);
    expect(after).not.toEqual(before);
    await expect(rollback(m, first.run)).rejects.toMatchObject({ code: "ROLLBACK_NOT_NEWEST" });
    await rollback(m, delta.run, { dryRun: true });
    expect(await dump(m)).toEqual(after);
    const undone = await rollback(m, delta.run);
    expect(undone.totals.rejected).toBe(0);
    expect(await dump(m)).toEqual(before);
    // and the same delta again does the same
    const again = await m.run({ delta: true });
    expect(buckets(again)).toEqual(buckets(delta));
    await rollback(m, again.run);
    expect(await dump(m)).toEqual(before);
    // the first run, too: what users made or edited stays, and what that refers to
    const whole = await rollback(m, first.run);
    expect(whole.clean).toBe(false);
    expect(await m.sql("select external_id, name from crm.account order by 1")).toEqual([
      ["A1", "Acme"],
      ["A2", "Beta"],
      ["A3", "edited"],
    ]);
    expect(await m.sql("select name from crm.contact order by 1")).toEqual([["Ann"], ["Bob"], ["Dora"]]);
    const refused = await readFile(join(m.folder, "runs", whole.run, "refused.csv"), "utf8");
    expect(refused).toContain("account,account<accounts.csv,A3,3,inserted,the row was edited since");
    expect(refused).toMatch(/A2,2,inserted,account 3 refers to it and stays/);
    await access(join(m.folder, "runs", whole.run, "run.json"));
  });
});
