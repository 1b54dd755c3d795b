import { describe, expect, test } from "vitest";
import { buckets, migration, references, runAgain } from "./kit.ts";

const mapping = (parent = "Parent", top = "") =>
  `object: account\nsource: accounts.csv\nkey: Id\nfields:\n  name: Name\n  parent_id: ${parent}\n${top === "" ? "" : `  top_id: ${top}\n`}`;
const ROWS = `select a.external_id, p.external_id, t.external_id from crm.account a
  left join crm.account p on p.id = a.parent_id left join crm.account t on t.id = a.top_id order by 1`;
const csv = (...rows: string[]) => `Id,Name,Parent\n${rows.join("\n")}\n`;

describe.each([50_000, 1, 3])("parents in the same object, chunks of %i", (chunkSize) => {
  test("children before their parents, six levels deep", async () => {
    const m = await migration({
      files: { "accounts.csv": csv("A6,6,A5", "A5,5,A4", "A4,4,A3", "A1,1,", "A3,3,A2", "A2,2,A1", "B,b,A6") },
      mappings: { account: mapping() },
    });
    const report = await m.run({ chunkSize });
    expect(buckets(report)).toEqual({ account: { read: 7, inserted: 7 } });
    expect(references(report)).toEqual({ "account.parent_id": { expected: 6, resolved: 6 } });
    expect((await m.sql(ROWS)).map((row) => row.slice(0, 2).join("<"))).toEqual([
      "A1<",
      "A2<A1",
      "A3<A2",
      "A4<A3",
      "A5<A4",
      "A6<A5",
      "B<A6",
    ]);
    expect(buckets(await runAgain(m, { chunkSize }))).toEqual({ account: { read: 7, unchanged: 7 } });
    expect(await m.sql("select relname from pg_class where relname like 'hold%'")).toEqual([]);
  });

  test("a cycle, what hangs on it, and a record that is its own parent", async () => {
    const m = await migration({
      files: { "accounts.csv": csv("D,d,C", "A,a,B", "B,b,A", "C,c,B", "S,s,S", "R,r,") },
      mappings: { account: mapping() },
    });
    const report = await m.run({ chunkSize });
    expect(buckets(report)).toEqual({ account: { read: 6, inserted: 6 } });
    expect(references(report)).toEqual({ "account.parent_id": { expected: 5, resolved: 5 } });
    expect(report.totals.warnings).toBe(0);
    expect((await m.sql(ROWS)).map((row) => row.slice(0, 2).join("<"))).toEqual([
      "A<B",
      "B<A",
      "C<B",
      "D<C",
      "R<",
      "S<S",
    ]);
    expect(await m.sql("select count(*)::int from migrate.before_image")).toEqual([[0]]);
    expect(buckets(await runAgain(m, { chunkSize }))).toEqual({ account: { read: 6, unchanged: 6 } });
  });

  test("missing: reject also rejects what hangs on the record", async () => {
    const m = await migration({
      files: { "accounts.csv": csv("C,c,B", "B,b,A", "A,a,GONE", "R,r,", "Q,q,R") },
      mappings: { account: mapping() },
    });
    expect(buckets(await m.run({ chunkSize }))).toEqual({ account: { read: 5, inserted: 2, rejected: 3 } });
    expect((await m.rejects()).map(({ key, code, field, value }) => [key, code, field, value])).toEqual([
      ["C", "LOOKUP_MISSING", "parent_id", "B"],
      ["B", "LOOKUP_MISSING", "parent_id", "A"],
      ["A", "LOOKUP_MISSING", "parent_id", "GONE"],
    ]);
    expect(await m.sql("select cells from migrate.reject order by line")).toEqual([
      [["C", "c", "B"]],
      [["B", "b", "A"]],
      [["A", "a", "GONE"]],
    ]);
    expect(buckets(await runAgain(m, { chunkSize }))).toEqual({ account: { read: 5, unchanged: 2, rejected: 3 } });
  });

  test("missing: null loads them all, and finds the parent once it is there", async () => {
    const m = await migration({
      files: { "accounts.csv": csv("C,c,B", "B,b,A", "A,a,GONE") },
      mappings: { account: mapping("{ from: Parent, missing: null }") },
    });
    const report = await m.run({ chunkSize });
    expect(buckets(report)).toEqual({ account: { read: 3, inserted: 3 } });
    expect(references(report)).toEqual({ "account.parent_id": { expected: 3, resolved: 2, unresolved: 1 } });
    expect((await m.warnings()).map(({ key, value }) => [key, value])).toEqual([["A", "GONE"]]);
    expect(buckets(await runAgain(m, { chunkSize }))).toEqual({ account: { read: 3, unchanged: 3 } });
    await m.data("accounts.csv", csv("C,c,B", "B,b,A", "A,a,GONE", "GONE,g,"));
    expect(buckets(await m.run({ chunkSize }))).toEqual({
      account: { read: 4, inserted: 1, updated: 1, unchanged: 2 },
    });
    expect((await m.sql(ROWS)).map((row) => row.slice(0, 2).join("<"))).toEqual(["A<GONE", "B<A", "C<B", "GONE<"]);
  });

  test("two self-references, in a cycle with each other", async () => {
    const m = await migration({
      files: { "accounts.csv": "Id,Name,Parent,Top\nA,a,B,R\nB,b,R,A\nR,r,,R\nC,c,A,\n" },
      mappings: { account: mapping("Parent", "Top") },
    });
    const report = await m.run({ chunkSize });
    expect(buckets(report)).toEqual({ account: { read: 4, inserted: 4 } });
    expect(references(report)).toEqual({
      "account.parent_id": { expected: 3, resolved: 3 },
      "account.top_id": { expected: 3, resolved: 3 },
    });
    expect(await m.sql(ROWS)).toEqual([
      ["A", "B", "R"],
      ["B", "R", "A"],
      ["C", "A", null],
      ["R", null, "R"],
    ]);
    await runAgain(m, { chunkSize });
  });

  test("a new cycle among records that exist is set, and told as updates", async () => {
    const m = await migration({ files: { "accounts.csv": csv("A,a,", "B,b,A") }, mappings: { account: mapping() } });
    await m.run({ chunkSize });
    await m.data("accounts.csv", csv("A,a,C", "B,b,A", "C,c,D", "D,d,C", "E,e,E"));
    expect(buckets(await m.run({ chunkSize }))).toEqual({
      account: { read: 5, inserted: 3, updated: 1, unchanged: 1 },
    });
    expect((await m.sql(ROWS)).map((row) => row.slice(0, 2).join("<"))).toEqual(["A<C", "B<A", "C<D", "D<C", "E<E"]);
    expect(await m.sql("select row ->> 'external_id' from migrate.before_image")).toEqual([["A"]]);
    await runAgain(m, { chunkSize });
  });
});

test("a cycle with a member that refers to nothing is rejected, as any parent is", async () => {
  const m = await migration({
    files: { "accounts.csv": "Id,Name,Parent,Top\nA,a,B,\nB,b,C,\nC,c,A,GONE\n" },
    mappings: { account: mapping("Parent", "Top") },
  });
  const report = await m.run();
  expect(buckets(report)).toEqual({ account: { read: 3, rejected: 3 } });
  await runAgain(m);
});

test("a parent that was merged into another record is that record", async () => {
  const m = await migration({
    files: { "accounts.csv": "Id,Name,Domain,Parent\nC,c,c.com,B\nA,a,x.com,\nB,b,X.com,\n" },
    mappings: {
      account:
        "object: account\nsource: accounts.csv\nkey: Id\nmatch: [external_id, domain]\nfields: { name: Name, domain: Domain, parent_id: Parent }\n",
    },
  });
  for (const chunkSize of [50_000, 1]) {
    await m.sql("drop schema if exists crm cascade");
    expect(buckets(await m.run({ chunkSize }))).toEqual({ account: { read: 3, inserted: 2, merged: 1 } });
    expect((await m.sql(ROWS)).map((row) => row.slice(0, 2).join("<"))).toEqual(["A<", "C<A"]);
    await runAgain(m, { chunkSize });
  }
});
