/** Several mappings into one object. */
import { describe, expect, test } from "vitest";
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

const twoFiles = {
  "a.csv": "Id,Name\n1,One\n2,Two\n",
  "b.csv": "Id,Name\n2,Other\n3,Three\n",
};
const accounts = (file: string, more = "") =>
  `object: account\nsource: ${file}.csv\nkey: Id\n${more}fields: { name: Name }\n`;
const NAMES = "select external_source, external_id, name from crm.account order by 2, 1";

describe("two mappings with equal keys in one key space", () => {
  test.each([50_000, 1])("the later record is rejected, in every run (chunks of %i)", async (chunkSize) => {
    const m = await migration({ files: twoFiles, mappings: { a: accounts("a"), b: accounts("b") } });
    expect(await m.warned()).toEqual([
      {
        code: "MAPPING_SHARED_KEYSPACE",
        message:
          "account: account<a.csv and account<b.csv share a key space: where both have a record of the same key, only that of the first is loaded",
      },
    ]);
    const rejects = [{ object: "account", key: "2", code: "DUPLICATE_KEY", field: null, value: "2" }];
    const rows = [
      ["test", "1", "One"],
      ["test", "2", "Two"],
      ["test", "3", "Three"],
    ];
    expect(buckets(await m.run({ chunkSize }))).toEqual({
      account: { read: 2, inserted: 2 },
      "account<b.csv": { read: 2, inserted: 1, rejected: 1 },
    });
    expect(await m.rejects()).toEqual(rejects);
    expect(await m.reasons()).toEqual([
      "mapping account<a.csv loaded a record with this key already; give one of the two mappings a `keyspace:` of its own, or set `duplicates: first`",
    ]);
    expect(await m.sql(NAMES)).toEqual(rows);
    for (let again = 0; again < 2; again++) {
      expect(buckets(await runAgain(m, { chunkSize }))).toEqual({
        account: { read: 2, unchanged: 2 },
        "account<b.csv": { read: 2, unchanged: 1, rejected: 1 },
      });
      expect(await m.rejects()).toEqual(rejects);
    }
    // the owner's own changes go in
    await m.data("a.csv", "Id,Name\n1,One\n2,Two more\n");
    expect(buckets(await m.run({ chunkSize }))).toEqual({
      account: { read: 2, updated: 1, unchanged: 1 },
      "account<b.csv": { read: 2, unchanged: 1, rejected: 1 },
    });
    expect((await m.sql(NAMES))[1]).toEqual(["test", "2", "Two more"]);
    expect((await m.prove()).objects.map(({ ok, accounted }) => [ok, accounted.loaded, accounted.rejected])).toEqual([
      [true, 2, 0],
      [true, 1, 1],
    ]);
  });

  test.each(["first", "last"])("duplicates: %s merges it, unwritten", async (policy) => {
    const m = await migration({
      files: twoFiles,
      mappings: { a: accounts("a"), b: accounts("b", `duplicates: ${policy}\n`) },
    });
    const report = await m.run();
    expect(buckets(report)).toMatchObject({ "account<b.csv": { read: 2, inserted: 1, merged: 1 } });
    expect(await m.sql("select code, key, reason from migrate.warning")).toEqual([
      ["MERGED_DUPLICATE", "2", "mapping account<a.csv loaded a record with this key; this one was not written"],
    ]);
    expect(await m.sql("select count(*)::int from migrate.id_map")).toEqual([[0]]);
    expect((await m.sql(NAMES)).map((row) => row[2])).toEqual(["One", "Two", "Three"]);
    expect(buckets(await runAgain(m))).toMatchObject({ "account<b.csv": { read: 2, unchanged: 1, merged: 1 } });
  });

  test("mode: update adds to them, and takes nothing over", async () => {
    const m = await migration({
      files: { ...twoFiles, "sizes.csv": "Id,Size\n2,20\n3,30\n" },
      mappings: {
        a: accounts("a"),
        b: accounts("b"),
        size: "object: account\nsource: sizes.csv\nkey: Id\nmode: update\nfields: { size: Size }\n",
      },
    });
    await m.run();
    expect(await m.sql("select external_id, name, size from crm.account order by 1")).toEqual([
      ["1", "One", null],
      ["2", "Two", "20"],
      ["3", "Three", "30"],
    ]);
    expect(buckets(await runAgain(m))).toEqual({
      account: { read: 2, unchanged: 2 },
      "account<b.csv": { read: 2, unchanged: 1, rejected: 1 },
      "account<sizes.csv": { read: 2, unchanged: 2 },
    });
  });

  test("key spaces of their own keep both", async () => {
    const m = await migration({ files: twoFiles, mappings: { a: accounts("a"), b: accounts("b", "keyspace: b\n") } });
    expect(await m.warned()).toEqual([]);
    expect((await m.run()).totals).toMatchObject({ inserted: 4, rejected: 0 });
    expect(await m.sql(NAMES)).toEqual([
      ["test", "1", "One"],
      ["test", "2", "Two"],
      ["test/b", "2", "Other"],
      ["test/b", "3", "Three"],
    ]);
    await runAgain(m);
  });

  test("a mapping that is gone owns nothing: its records are taken over", async () => {
    const m = await migration({ files: twoFiles, mappings: { a: accounts("a") } });
    await m.run();
    await m.data("renamed.csv", twoFiles["a.csv"]);
    await m.mapping("a", accounts("renamed"));
    expect(buckets(await m.run())).toEqual({ account: { read: 2, unchanged: 2 } });
  });

  test("in tables without external ids, too", async () => {
    const m = await migration({
      files: twoFiles,
      model: "introspect",
      sql: "create schema crm; create table crm.account (id uuid primary key default gen_random_uuid(), name text)",
      mappings: { a: accounts("a"), b: accounts("b") },
    });
    for (const bucket of ["inserted", "unchanged", "unchanged"]) {
      expect(buckets(await m.run())).toEqual({
        account: { read: 2, [bucket]: 2 },
        "account<b.csv": { read: 2, [bucket]: 1, rejected: 1 },
      });
      expect(await m.sql("select name from crm.account order by 1")).toEqual([["One"], ["Three"], ["Two"]]);
    }
  });
});

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
