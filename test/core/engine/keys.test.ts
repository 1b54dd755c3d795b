/** Keys and what refers to them. */
import { expect, test } from "vitest";
import { buckets, migration, references, runAgain } from "./kit.ts";

const account = "object: account\nsource: accounts.csv\nkey: Id\nfields: { name: Name }\n";
const contact = (lookup: string) =>
  `object: contact\nsource: contacts.csv\nkey: Id\nfields:\n  name: Name\n  account_id: { from: Account, ${lookup} }\n`;

const links = `select c.external_id, a.external_source, a.external_id from crm.contact c left join crm.account a on a.id = c.account_id order by 1`;

test("outer white space belongs to no key and to no reference", async () => {
  const m = await migration({
    files: {
      "accounts.csv": "Id,Name\n 3 ,a\n3,b\n4\t,c\n\u00a0\u00e9\u00e9 ,d\n",
      "contacts.csv": "Id,Name,Account\nC1,x,3\n C2,y, 3\nC3,z,4 \nC4,v, \u00e9\u00e9\n",
    },
    mappings: { account, contact: contact("lookup: account") },
  });
  const report = await m.run();
  expect(buckets(report)).toEqual({
    account: { read: 4, inserted: 3, rejected: 1 },
    contact: { read: 4, inserted: 4 },
  });
  expect((await m.rejects()).map(({ key, code }) => [key, code])).toEqual([["3", "DUPLICATE_KEY"]]);
  expect(await m.sql(links)).toEqual([
    ["C1", "test", "3"],
    ["C2", "test", "3"],
    ["C3", "test", "4"],
    ["C4", "test", "\u00e9\u00e9"],
  ]);
  await runAgain(m);
});

test("by: external_id finds what another migration loaded, its own first", async () => {
  const m = await migration({
    files: { "contacts.csv": "Id,Name,Account\nC1,x,A1\nC2,y,A2\nC3,z, A3\nC4,v,A9\n" },
    mappings: { contact: contact("lookup: account, by: external_id, missing: null") },
  });
  await m.run();
  expect(await m.sql(links)).toEqual([
    ["C1", null, null],
    ["C2", null, null],
    ["C3", null, null],
    ["C4", null, null],
  ]);
  await m.sql(
    "insert into crm.account (name, external_source, external_id) values ('a', 'erp', 'A1'), ('b', 'erp', 'A2'), ('c', 'test', 'A2'), ('d', 'other', 'A3')",
  );
  await m.data("contacts.csv", "Id,Name,Account\nC1,xx,A1\nC2,yy,A2\nC3,zz, A3\nC4,vv,A9\n");
  const report = await m.run();
  expect(references(report)).toEqual({ "contact.account_id": { expected: 4, resolved: 3, unresolved: 1 } });
  expect(await m.sql(links)).toEqual([
    ["C1", "erp", "A1"],
    ["C2", "test", "A2"],
    ["C3", "other", "A3"],
    ["C4", null, null],
  ]);
  await runAgain(m);
  // without it, only this migration's own are meant
  await m.mapping("contact", contact("lookup: account, missing: null"));
  await m.run();
  expect((await m.sql(links)).map(([, source]) => source)).toEqual([null, "test", null, null]);
});
