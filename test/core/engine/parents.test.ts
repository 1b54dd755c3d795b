import { describe, expect, test } from "vitest";
import { buckets, chunks, migration, references, runAgain } from "./kit.ts";

const mapping = (parent = "Parent", top = "") =>
  `object: account\nsource: accounts.csv\nkey: Id\nfields:\n  name: Name\n  parent_id: ${parent}\n${top === "" ? "" : `  top_id: ${top}\n`}`;
const ROWS = `select a.external_id, p.external_id, t.external_id from crm.account a
  left join crm.account p on p.id = a.parent_id left join crm.account t on t.id = a.top_id order by 1`;
const csv = (...rows: string[]) => `Id,Name,Parent\n${rows.join("\n")}\n`;

describe.each(chunks(50_000, 3))("parents in the same object, chunks of %i", (chunkSize) => {
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

describe("a chain of 200 records, children first", () => {
  const chain = Array.from({ length: 200 }, (_, at) => `A${200 - at},n,${at === 199 ? "" : `A${199 - at}`}`);
  /** Records per chunk and step of the last run. */
  const STEPS =
    "select chunk, sum(count)::int from migrate.outcome where run_id = (select max(id) from migrate.run) group by 1 order by 1";

  test.each([
    [50_000, [[1, 200]]],
    // the second half is read when the first is held, and takes one step
    [
      100,
      [
        [2, 100],
        [3, 100],
      ],
    ],
    [
      60,
      [
        [4, 20],
        [5, 60],
        [6, 60],
        [7, 60],
      ],
    ],
  ])("takes as many steps as there are rows to move, not levels (chunks of %i)", async (chunkSize, steps) => {
    const m = await migration({ files: { "accounts.csv": csv(...chain) }, mappings: { account: mapping() } });
    const report = await m.run({ chunkSize });
    expect(references(report)).toEqual({ "account.parent_id": { expected: 199, resolved: 199 } });
    expect(await m.sql(STEPS)).toEqual(steps);
    expect(
      await m.sql(`with recursive below (id, depth) as (select id, 1 from crm.account where parent_id is null
        union all select a.id, depth + 1 from below b join crm.account a on a.parent_id = b.id) select count(*)::int, max(depth) from below`),
    ).toEqual([[200, 200]]);
    expect(buckets(await runAgain(m, { chunkSize }))).toEqual({ account: { read: 200, unchanged: 200 } });
  });

  test("whose root is missing is rejected as a whole, in as few steps", async () => {
    const m = await migration({
      files: { "accounts.csv": csv(...chain.slice(0, -1), "X,x,") },
      mappings: { account: mapping() },
    });
    expect(buckets(await m.run())).toEqual({ account: { read: 200, inserted: 1, rejected: 199 } });
    expect(await m.sql(STEPS)).toEqual([
      [1, 1],
      [2, 199],
    ]);
    expect((await m.rejects()).slice(-2)).toMatchObject([
      { key: "A3", code: "LOOKUP_MISSING", field: "parent_id", value: "A2" },
      { key: "A2", code: "LOOKUP_MISSING", field: "parent_id", value: "A1" },
    ]);
  });
});

describe.each([50_000, 2])("families of which the target refuses a member, chunks of %i", (chunkSize) => {
  /** Foreign keys stay where the table is not fresh. */
  const present = async (rows: readonly string[], parent?: string) => {
    const m = await migration({ files: { "accounts.csv": csv("Z,z,") }, mappings: { account: mapping(parent) } });
    await m.run();
    await m.sql("alter table crm.account add constraint kind check (name <> 'bad')");
    await m.data("accounts.csv", csv("Z,z,", ...rows));
    return m;
  };
  const told = async (m: Awaited<ReturnType<typeof present>>) =>
    (await m.rejects()).map(({ key, code, field, value }) => [key, code, field, value].join(" "));
  const held = async (m: Awaited<ReturnType<typeof present>>) =>
    (await m.sql(ROWS)).map((row) => row.slice(0, 2).join("<"));

  test("what refers to it misses its parent, all others are in", async () => {
    const m = await present(["D,d,C", "C,c,B", "B,bad,A", "A,a,", "E,e,A", "F,f,Z", "G,g,F"]);
    expect(buckets(await m.run({ chunkSize }))).toEqual({
      account: { read: 8, unchanged: 1, inserted: 4, rejected: 3 },
    });
    expect(await told(m)).toEqual([
      "D LOOKUP_MISSING parent_id C",
      "C LOOKUP_MISSING parent_id B",
      "B TARGET_REFUSED  ",
    ]);
    expect(await held(m)).toEqual(["A<", "E<A", "F<Z", "G<F", "Z<"]);
    await runAgain(m, { chunkSize });
  });

  test("missing: null leaves the field of its children empty", async () => {
    const m = await present(["D,d,C", "C,c,B", "B,bad,A", "A,a,"], "{ from: Parent, missing: null }");
    const report = await m.run({ chunkSize });
    expect(buckets(report)).toEqual({ account: { read: 5, unchanged: 1, inserted: 3, rejected: 1 } });
    expect(references(report)).toEqual({ "account.parent_id": { expected: 2, resolved: 1, unresolved: 1 } });
    expect(await held(m)).toEqual(["A<", "C<", "D<C", "Z<"]);
    expect((await m.warnings()).map(({ key, value }) => [key, value])).toEqual([["C", "B"]]);
    await m.sql("alter table crm.account drop constraint kind");
    expect(buckets(await m.run({ chunkSize }))).toEqual({
      account: { read: 5, inserted: 1, updated: 1, unchanged: 3 },
    });
    expect(await held(m)).toEqual(["A<", "B<A", "C<B", "D<C", "Z<"]);
  });

  test("a cycle: the others are in without it, as a forward reference that was not found", async () => {
    const m = await present(["A,a,B", "B,bad,A", "C,c,D", "D,d,C", "E,e,C"]);
    const report = await m.run({ chunkSize });
    expect(buckets(report)).toEqual({ account: { read: 6, unchanged: 1, inserted: 4, rejected: 1 } });
    expect(await told(m)).toEqual(["B TARGET_REFUSED  "]);
    expect(await held(m)).toEqual(["A<", "C<D", "D<C", "E<C", "Z<"]);
    references(report);
    await runAgain(m, { chunkSize });
  });

  test("a row that a trigger leaves out in silence", async () => {
    const m = await present(["C,c,B", "B,gone,A", "A,a,"]);
    await m.sql(`create function crm.skip() returns trigger language plpgsql as $$ begin
      if new.name = 'gone' then return null; end if; return new; end $$;
      create trigger skip before insert on crm.account for each row execute function crm.skip()`);
    expect(buckets(await m.run({ chunkSize }))).toEqual({
      account: { read: 4, unchanged: 1, inserted: 1, rejected: 2 },
    });
    expect(await told(m)).toEqual(["C LOOKUP_MISSING parent_id B", "B TARGET_CONFLICT  B"]);
    expect(await held(m)).toEqual(["A<", "Z<"]);
  });
});

describe.each([50_000, 2])("tables that exist, chunks of %i", (chunkSize) => {
  const rows = csv("D,d,C", "C,c,B", "B,b,A", "A,a,", "X,x,Y", "Y,y,X", "S,s,S");
  const given = (id: string, more = "") => ({
    model: "introspect",
    sql: `create schema crm; create table crm.account (id ${id}, name text, parent_id ${id.split(" ")[0]} references crm.account); ${more}`,
    files: { "accounts.csv": rows },
  });
  const NAMES =
    "select a.name || '<' || coalesce(p.name, '') from crm.account a left join crm.account p on p.id = a.parent_id order by 1";
  const want = ["a<", "b<a", "c<b", "d<c", "s<s", "x<y", "y<x"];

  test.each([
    ["uuid primary key default gen_random_uuid()", mapping()],
    ["int generated always as identity primary key", mapping()],
    ["text primary key", mapping().replace("fields:\n", "fields:\n  id: Id\n")],
  ])("%s", async (id, account) => {
    const m = await migration({ ...given(id), mappings: { account } });
    const report = await m.run({ chunkSize });
    expect(buckets(report)).toEqual({ account: { read: 7, inserted: 7 } });
    expect(references(report)).toEqual({ "account.parent_id": { expected: 6, resolved: 6 } });
    expect((await m.sql(NAMES)).flat()).toEqual(want);
    await runAgain(m, { chunkSize });
  });

  test("a trigger of theirs finds each parent before its children", async () => {
    const m = await migration({
      ...given(
        "bigint generated always as identity primary key",
        `create function crm.look() returns trigger language plpgsql as $$ begin
           if new.parent_id is not null and not exists (select from crm.account where id = new.parent_id) then raise exception 'no parent'; end if;
           return new; end $$;
         create trigger look before insert on crm.account for each row execute function crm.look();`,
      ),
      mappings: { account: mapping() },
    });
    expect(buckets(await m.run({ chunkSize }))).toEqual({ account: { read: 7, inserted: 7 } });
    expect((await m.sql(NAMES)).flat()).toEqual(want);
    await runAgain(m, { chunkSize });
  });
});

test("held records of several files on the same lines", async () => {
  const m = await migration({
    files: {
      "one.csv": csv("A1,a,B1", "A2,b,GONE", "A3,c,B3"),
      "two.csv": csv("B9,d,A3", "B8,bad,GONE", "B7,f,A1", "B1,g,", "B3,h,"),
    },
    mappings: { account: mapping().replace("accounts.csv", "[one.csv, two.csv]") },
  });
  for (const chunkSize of [50_000, 1]) {
    await m.sql("drop schema if exists crm cascade");
    expect(buckets(await m.run({ chunkSize }))).toEqual({ account: { read: 8, inserted: 6, rejected: 2 } });
    expect((await m.sql(ROWS)).map((row) => row.slice(0, 2).join("<"))).toEqual([
      "A1<B1",
      "A3<B3",
      "B1<",
      "B3<",
      "B7<A1",
      "B9<A3",
    ]);
    expect(
      await m.sql(
        "select key, line::int, cells from migrate.reject where run_id = (select max(id) from migrate.run) order by key",
      ),
    ).toEqual([
      ["A2", 3, ["A2", "b", "GONE"]],
      ["B8", 3, ["B8", "bad", "GONE"]],
    ]);
    await runAgain(m, { chunkSize });
  }
});
