/** A record of a file that was gone, and deleted, comes back: whoever refers to it does so again, in the same delta. */
import { expect, test } from "vitest";
import { migration } from "./kit.ts";

const ACCOUNTS = "Id,Name,Parent,Main\nA1,Alpha,,C1\nA2,Beta,A1,\nA3,Gamma,A1,C1\n";
const CONTACTS = "Id,Name,Account\nC1,Ann,A1\nC2,Bob,A2\n";

test.each(["", "conflicts: review\n"])("references are whole after the delta that brings it: %j", async (conflicts) => {
  const m = await migration({
    files: { "accounts.csv": ACCOUNTS, "contacts.csv": CONTACTS },
    mappings: {
      account:
        "object: account\nsource: accounts.csv\nkey: Id\nfields: { name: Name, parent_id: { from: Parent, lookup: account, missing: null, blank: clear }, primary_contact_id: { from: Main, lookup: contact, missing: null, blank: clear } }",
      contact:
        "object: contact\nsource: contacts.csv\nkey: Id\nfields: { name: Name, account_id: { from: Account, lookup: account, missing: null, blank: clear } }",
    },
    config: `delta: { deleted: delete }\nlimits: { rejects: 0.5, deletes: 0.9 }\n${conflicts}`,
  });
  const references = () =>
    m.sql(`select a.external_id, p.external_id, c.external_id from crm.account a left join crm.account p on p.id = a.parent_id
             left join crm.contact c on c.id = a.primary_contact_id
           union all select c.external_id, a.external_id, null from crm.contact c left join crm.account a on a.id = c.account_id order by 1`);
  const proven = async () => (await m.prove(5)).objects.flatMap(({ problems }) => problems);
  await m.run();
  const whole = await references();
  expect(whole).toEqual([
    ["A1", null, "C1"],
    ["A2", "A1", null],
    ["A3", "A1", "C1"],
    ["C1", "A1", null],
    ["C2", "A2", null],
  ]);
  // the parent goes, and stays away for two deltas
  await m.data("accounts.csv", ACCOUNTS.replace("A1,Alpha,,C1\n", ""));
  for (let times = 0; times < 2; times++) {
    await m.run({ delta: true });
    expect(await references()).toEqual([
      ["A2", null, null],
      ["A3", null, "C1"],
      ["C1", null, null],
      ["C2", "A2", null],
    ]);
    expect(await proven()).toEqual([]);
  }
  await m.data("accounts.csv", ACCOUNTS);
  await m.run({ delta: true });
  expect(await references()).toEqual(whole);
  expect(await proven()).toEqual([]);
  // the same for what is set after its row
  await m.data("contacts.csv", CONTACTS.replace("C1,Ann,A1\n", ""));
  await m.run({ delta: true });
  await m.data("contacts.csv", CONTACTS);
  await m.run({ delta: true });
  expect(await references()).toEqual(whole);
  expect(await proven()).toEqual([]);
  expect((await m.run({ delta: true })).totals).toMatchObject({ inserted: 0, updated: 0 });
});
