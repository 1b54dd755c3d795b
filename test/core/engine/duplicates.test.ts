import { describe, expect, test } from "vitest";
import { buckets, chunks, migration, runAgain } from "./kit.ts";

const mapping = (duplicates: string, more = "") =>
  `object: account\nsource: [accounts.csv, more.csv]\nkey: Id\nduplicates: ${duplicates}\n${more}fields: { name: Name, parent_id: Parent }\n`;

// A1 three times, the third in another file; A2 twice, at the same line of both files; A4's parent comes after it
const files = {
  "accounts.csv": "Id,Name,Parent\nA1,One,\nA2,Two,\nA4,Four,A5\nA1,One b,\nA3,Three,\n",
  "more.csv": "Id,Name,Parent\nA5,Five,\nA2,Two b,\nA1,One c,\nA4,Four b,A5\n",
};
const ROWS =
  "select a.external_id, a.name, p.external_id from crm.account a left join crm.account p on p.id = a.parent_id order by 1";

describe.each(chunks(50_000, 2))("the same key several times, chunks of %i", (chunkSize) => {
  test("reject: the first counts, the later are rejected", async () => {
    const m = await migration({ files, mappings: { account: mapping("reject") } });
    expect(buckets(await m.run({ chunkSize }))).toEqual({ account: { read: 9, inserted: 5, rejected: 4 } });
    expect(await m.sql(ROWS)).toEqual([
      ["A1", "One", null],
      ["A2", "Two", null],
      ["A3", "Three", null],
      ["A4", "Four", "A5"],
      ["A5", "Five", null],
    ]);
    expect((await m.rejects()).map(({ key, code }) => [key, code]).sort()).toEqual([
      ["A1", "DUPLICATE_KEY"],
      ["A1", "DUPLICATE_KEY"],
      ["A2", "DUPLICATE_KEY"],
      ["A4", "DUPLICATE_KEY"],
    ]);
    expect(buckets(await runAgain(m, { chunkSize }))).toEqual({ account: { read: 9, unchanged: 5, rejected: 4 } });
  });

  test("first: the later are merged", async () => {
    const m = await migration({ files, mappings: { account: mapping("first") } });
    expect(buckets(await m.run({ chunkSize }))).toEqual({ account: { read: 9, inserted: 5, merged: 4 } });
    expect((await m.sql(ROWS)).map((row) => row[1])).toEqual(["One", "Two", "Three", "Four", "Five"]);
    expect((await m.records("merged")).account?.sort()).toEqual(["A1", "A1", "A2", "A4"]);
    expect(buckets(await runAgain(m, { chunkSize }))).toEqual({ account: { read: 9, unchanged: 5, merged: 4 } });
  });

  test("last: the earlier are merged", async () => {
    const m = await migration({ files, mappings: { account: mapping("last") } });
    expect(buckets(await m.run({ chunkSize }))).toEqual({ account: { read: 9, inserted: 5, merged: 4 } });
    expect((await m.sql(ROWS)).map((row) => row[1])).toEqual(["One c", "Two b", "Three", "Four b", "Five"]);
    expect(buckets(await runAgain(m, { chunkSize }))).toEqual({ account: { read: 9, unchanged: 5, merged: 4 } });
  });
});

test("last: a record that the filter leaves out is not the last", async () => {
  const m = await migration({ files, mappings: { account: mapping("last", `filter: "Name != 'One c'"\n`) } });
  expect(buckets(await m.run())).toEqual({ account: { read: 9, inserted: 5, merged: 3, filtered: 1 } });
  expect((await m.sql(ROWS))[0]).toEqual(["A1", "One b", null]);
});

test("a record that was rejected does not count: a later one with its key is loaded", async () => {
  const m = await migration({
    files: { "accounts.csv": "Id,Name,Size\nA1,One,many\nA1,One b,2\n" },
    mappings: { account: "object: account\nsource: accounts.csv\nkey: Id\nfields: { name: Name, size: Size }\n" },
  });
  expect(buckets(await m.run())).toEqual({ account: { read: 2, inserted: 1, rejected: 1 } });
  expect(await m.sql("select name from crm.account")).toEqual([["One b"]]);
});

test("keys of several parts, with separators inside, stay apart", async () => {
  const m = await migration({
    files: { "accounts.csv": "A,B,Name\nx|y,z,One\nx,y|z,Two\nx\\,y,Three\nx,,Four\n" },
    mappings: { account: "object: account\nsource: accounts.csv\nkey: [A, B]\nfields: { name: Name }\n" },
  });
  expect(buckets(await m.run())).toEqual({ account: { read: 4, inserted: 3, rejected: 1 } });
  expect((await m.sql("select external_id, name from crm.account order by id")).map(String)).toEqual([
    "x\\|y|z,One",
    "x|y\\|z,Two",
    "x\\\\|y,Three",
  ]);
  expect((await m.rejects()).map(({ code }) => code)).toEqual(["KEY_MISSING"]);
});

test.each([50_000, 1])(
  "a record that the database side rejects stands for its key (chunks of %i)",
  async (chunkSize) => {
    const m = await migration({
      files: {
        "accounts.csv": "Id,Name\nA1,One\n",
        "contacts.csv": "Id,Name,Account\nC1,Ann,A9\nC2,Bob,A1\nC1,Ann again,A1\n",
      },
      mappings: {
        account: "object: account\nsource: accounts.csv\nkey: Id\nfields: { name: Name }\n",
        contact:
          "object: contact\nsource: contacts.csv\nkey: Id\nduplicates: first\nfields: { name: Name, account_id: Account }\n",
      },
    });
    expect(buckets(await m.run({ chunkSize }))).toMatchObject({
      contact: { read: 3, inserted: 1, rejected: 1, merged: 1 },
    });
  },
);
