/** Random small data sets against the slow twin: parents in any order and in cycles, duplicates, references to nothing, blanks. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { RunReport } from "../../../core/engine/types.ts";
import { type AccountRow, type ContactRow, expected, type Policies } from "./expected.ts";
import { migration, references, runAgain } from "./kit.ts";

const accountIds = ["a1", "a2", "a3", "a4", "a5", "A1"];
const contactIds = ["c1", "c2", "c3", "c4"];
const orNothing = (ids: readonly string[]) => fc.constantFrom("", "", "gone", ...ids);

const account: fc.Arbitrary<AccountRow> = fc.record({
  id: fc.constantFrom(...accountIds),
  name: fc.constantFrom("x", "y", "z", "x", "y", ""),
  parent: orNothing(accountIds),
  primary: orNothing(contactIds),
});
const contact: fc.Arbitrary<ContactRow> = fc.record({
  id: fc.constantFrom(...contactIds),
  mail: fc.constantFrom("", "p@x.com", "P@x.com", "q@x.com", "r@x.com"),
  account: orNothing(accountIds),
});
const policies: fc.Arbitrary<Policies & { chunkSize: number }> = fc.record({
  duplicates: fc.constantFrom("reject", "first", "last"),
  parent: fc.constantFrom("reject", "null"),
  account: fc.constantFrom("reject", "null"),
  match: fc.boolean(),
  chunkSize: fc.constantFrom(1, 2, 3, 50_000),
});

const mappings = ({ duplicates, parent, account: missing, match }: Policies) => ({
  account: `object: account\nsource: accounts.csv\nkey: Id\nduplicates: ${duplicates}\nfields:
  name: { from: Name, required: true }
  parent_id: { from: Parent, missing: ${parent}, blank: clear }
  primary_contact_id: { from: Primary, blank: clear }\n`,
  contact: `object: contact\nsource: contacts.csv\nkey: Id\nduplicates: ${duplicates}\n${match ? "match: [external_id, email]\n" : ""}fields:
  email: Mail
  account_id: { from: Account, missing: ${missing}, blank: clear }\n`,
});

const csv = (header: string, rows: readonly object[]): string =>
  `${header}\n${rows.map((row) => `${Object.values(row).join(",")}\n`).join("")}`;
const accountsCsv = (rows: readonly AccountRow[]) =>
  csv(
    "Id,Name,Parent,Primary",
    rows.map(({ id, name, parent, primary }) => [id, name, parent, primary]),
  );
const contactsCsv = (rows: readonly ContactRow[]) =>
  csv(
    "Id,Mail,Account",
    rows.map(({ id, mail, account: of }) => [id, mail, of]),
  );

function counted(report: RunReport, loaded: (object: RunReport["objects"][number]) => number) {
  return Object.fromEntries(
    report.objects.map((object) => [
      object.object,
      { read: object.read, loaded: loaded(object), merged: object.merged, rejected: object.rejected },
    ]),
  );
}

test("a load gives what its records say, whatever they are; a second one changes nothing", async () => {
  const m = await migration({
    files: { "accounts.csv": accountsCsv([]), "contacts.csv": contactsCsv([]) },
    mappings: mappings({ duplicates: "reject", parent: "null", account: "null", match: false }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(account, { maxLength: 9 }),
      fc.array(contact, { maxLength: 7 }),
      policies,
      async (accounts, contacts, chosen) => {
        const { chunkSize } = chosen;
        await m.sql("drop schema if exists crm cascade");
        await m.sql("drop schema if exists migrate cascade");
        for (const [name, text] of Object.entries(mappings(chosen))) await m.mapping(name, text);
        await m.data("accounts.csv", accountsCsv(accounts));
        await m.data("contacts.csv", contactsCsv(contacts));
        const want = expected(accounts, contacts, chosen);
        const report = await m.run({ chunkSize });
        expect(counted(report, (object) => object.inserted)).toEqual(want.buckets);
        references(report);
        const found = async () => ({
          accounts: Object.fromEntries(
            (
              await m.sql(`select a.external_id, a.name, p.external_id, c.external_id from crm.account a
              left join crm.account p on p.id = a.parent_id left join crm.contact c on c.id = a.primary_contact_id`)
            ).map(([id, name, parent, primary]) => [id, { name, parent, primary }]),
          ),
          contacts: Object.fromEntries(
            (
              await m.sql(
                "select c.external_id, coalesce(c.email, ''), a.external_id from crm.contact c left join crm.account a on a.id = c.account_id",
              )
            ).map(([id, mail, of]) => [id, { mail, account: of }]),
          ),
        });
        expect(await found()).toEqual({ accounts: want.accounts, contacts: want.contacts });
        const again = await runAgain(m, { chunkSize });
        expect(counted(again, (object) => object.unchanged)).toEqual(want.buckets);
        references(again);
        // and a row that someone edited comes back
        await m.sql(
          "update crm.account set parent_id = null, primary_contact_id = null, name = 'edited' where name = 'x'",
        );
        await m.run({ chunkSize });
        expect(await found()).toEqual({ accounts: want.accounts, contacts: want.contacts });
      },
    ),
    {
      numRuns: Number(process.env.ENGINE_RANDOM_RUNS ?? (process.env.SOAK === "1" ? 50 : 3)),
      interruptAfterTimeLimit: Number(process.env.ENGINE_RANDOM_SECONDS ?? 25) * 1000,
      ...(process.env.ENGINE_RANDOM_SEED ? { seed: Number(process.env.ENGINE_RANDOM_SEED) } : {}),
    },
  );
}, 600_000);
