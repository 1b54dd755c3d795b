/** Several mappings into one object. */
import { expect, test } from "vitest";
import { buckets, migration, references, runAgain } from "./kit.ts";

const PARENTS = `select a.external_source, a.external_id, a.name, p.name from crm.account a
  left join crm.account p on p.id = a.parent_id order by 1, 2`;

test.each([50_000, 1])("a second mapping adds fields to what the first loads (chunks of %i)", async (chunkSize) => {
  const m = await migration({
    files: { "accounts.csv": "Id,Name\nA1,One\nA2,Two\n", "sizes.csv": "Id,Size\nA2,2\nA1,1\nA9,9\n" },
    mappings: {
      account: "object: account\nsource: accounts.csv\nkey: Id\nfields: { name: Name }\n",
      size: "object: account\nsource: sizes.csv\nkey: Id\nmode: update\nfields: { size: Size }\n",
    },
  });
  const first = await m.run({ chunkSize });
  expect(first.objects.map(({ inserted, updated, filtered }) => [inserted, updated, filtered])).toEqual([
    [2, 0, 0],
    [0, 2, 1],
  ]);
  expect(await m.sql("select external_id, name, size from crm.account order by 1")).toEqual([
    ["A1", "One", "1"],
    ["A2", "Two", "2"],
  ]);
  await runAgain(m, { chunkSize });
  await runAgain(m, { chunkSize });
});

test.each([50_000, 1])(
  "key spaces with the same ids: a parent is of one's own first, else another's (chunks of %i)",
  async (chunkSize) => {
    const m = await migration({
      files: {
        "companies.csv": "Id,Name,Parent\n2,Beta,1\n1,Acme,\n4,Delta,7\n",
        "households.csv": "Id,Name,Parent\n2,Smith,1\n1,Miller,\n3,Jones,4\n7,Brown,7\n",
      },
      mappings: {
        company:
          "object: account\nsource: companies.csv\nkey: Id\nkeyspace: org\nfields: { name: Name, parent_id: Parent }\n",
        household:
          "object: account\nsource: households.csv\nkey: Id\nkeyspace: home\nfields: { name: Name, parent_id: Parent }\n",
      },
    });
    const report = await m.run({ chunkSize });
    expect(buckets(report)).toEqual({
      account: { read: 3, inserted: 3 },
      "account<households.csv": { read: 4, inserted: 4 },
    });
    expect(await m.sql(PARENTS)).toEqual([
      ["test/home", "1", "Miller", null],
      ["test/home", "2", "Smith", "Miller"],
      ["test/home", "3", "Jones", "Delta"],
      ["test/home", "7", "Brown", "Brown"],
      ["test/org", "1", "Acme", null],
      ["test/org", "2", "Beta", "Acme"],
      ["test/org", "4", "Delta", "Brown"],
    ]);
    references(report);
    await runAgain(m, { chunkSize });
  },
);

test("one mapping may read several sources", async () => {
  const m = await migration({
    files: { "a.csv": "Id,Name,Parent\nA1,One,B1\n", "b.csv": "Parent,Name,Id\n,Two,B1\nA1,Three,B2\n" },
    mappings: {
      account: "object: account\nsource: [a.csv, b.csv]\nkey: Id\nfields: { name: Name, parent_id: Parent }\n",
    },
  });
  for (const chunkSize of [1, 50_000]) {
    await m.sql("drop schema if exists crm cascade");
    expect(buckets(await m.run({ chunkSize }))).toEqual({ account: { read: 3, inserted: 3 } });
    expect((await m.sql(PARENTS)).map((row) => row.slice(1))).toEqual([
      ["A1", "One", "Two"],
      ["B1", "Two", null],
      ["B2", "Three", "One"],
    ]);
    await runAgain(m, { chunkSize });
  }
});
