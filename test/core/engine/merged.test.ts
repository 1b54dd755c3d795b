/** Records that were merged at the source: their ids lead to the winners' rows. */
import { describe, expect, test } from "vitest";
import { buckets, chunks, type Migration, migration, references, runAgain } from "./kit.ts";

const account = (more = "mergedInto: Into", file = "accounts.csv") => `
  object: account
  source: ${file}
  key: Id
  ${more}
  fields: { name: Name, size: Size, parent_id: { from: Parent, missing: "null" } }`;
const contact = (missing = "reject") => `
  object: contact
  source: contacts.csv
  key: Id
  fields: { name: Name, account_id: { from: Account, missing: ${missing} } }`;
const ALIASES =
  "select m.external_id, t.external_id, m.kind, m.alias from migrate.id_map m join crm.account t on t.id = m.target_id::bigint where m.object = 'account' order by 1";
const CONTACTS =
  "select c.external_id, a.external_id from crm.contact c left join crm.account a on a.id = c.account_id order by 1";

const PENDING = "select count(*)::int from migrate.alias";

async function proven(m: Migration, merged = 0): Promise<void> {
  const proof = await m.prove(5);
  expect(proof.objects.flatMap(({ problems }) => problems)).toEqual([]);
  expect(proof.spotChecks.filter(({ ok }) => !ok)).toEqual([]);
  expect(proof.ok).toBe(true);
  const [first] = proof.objects;
  expect([first!.accounted.merged, first!.unexplained]).toEqual([merged, 0]);
}

describe("mergedInto", () => {
  // A2 went into A1; A3 into A2, that is into A1; A4 into A5, which comes later
  const files = {
    "accounts.csv":
      "Id,Name,Size,Parent,Into\nA3,Three,1,,A2\nA1,One,10,,\nA2,Two,20,,A1\nA4,Four,40,,A5\nA6,Six,60,A4,\nA5,Five,50,A3,\nA7,Seven,70,A2,\n",
    "contacts.csv": "Id,Name,Account\nC1,Ann,A1\nC2,Bob,A2\nC3,Cid,A3\nC4,Dan,A4\nC5,Eve,\n",
  };
  const mappings = { account: account(), contact: contact() };
  const leads = [
    ["A2", "A1", "alias", true],
    ["A3", "A1", "alias", true],
    ["A4", "A5", "alias", true],
  ];
  const children = [
    ["C1", "A1"],
    ["C2", "A1"],
    ["C3", "A1"],
    ["C4", "A5"],
    ["C5", null],
  ];

  test.each(chunks(50_000, 2))(
    "losers lead to their winners, wherever these come (chunks of %i)",
    async (chunkSize) => {
      const m = await migration({ files, mappings });
      const report = await m.run({ chunkSize });
      expect(buckets(report)).toEqual({
        account: { read: 7, inserted: 4, merged: 3 },
        contact: { read: 5, inserted: 5 },
      });
      expect(references(report)).toEqual({
        "account.parent_id": { expected: 3, resolved: 3 },
        "contact.account_id": { expected: 4, resolved: 4 },
      });
      expect(await m.records("merged")).toEqual({ account: ["A2", "A3", "A4"].sort(() => 0) });
      expect(await m.sql(ALIASES)).toEqual(leads);
      expect(await m.sql(CONTACTS)).toEqual(children);
      expect(
        await m.sql(
          "select a.external_id, p.external_id from crm.account a join crm.account p on p.id = a.parent_id order by 1",
        ),
      ).toEqual([
        ["A5", "A1"],
        ["A6", "A5"],
        ["A7", "A1"],
      ]);
      expect(await m.sql(PENDING)).toEqual([[0]]);
      await proven(m, 3);
      expect(buckets(await runAgain(m, { chunkSize }))).toEqual({
        account: { read: 7, unchanged: 4, merged: 3 },
        contact: { read: 5, unchanged: 5 },
      });
      expect(await m.sql(ALIASES)).toEqual(leads);
      await proven(m, 3);
    },
  );

  test("a dry run counts the same and leaves nothing", async () => {
    const m = await migration({ untouched: true, files, mappings });
    expect(buckets(await m.run({ dryRun: true }))).toMatchObject({ account: { read: 7, inserted: 4, merged: 3 } });
    expect(await m.sql("select to_regclass('migrate.alias')::text")).toEqual([[null]]);
  });

  test("losers of what was not loaded are rejected, with their rows; those of what the filter leaves out are left out", async () => {
    const m = await migration({
      files: {
        "accounts.csv":
          "Id,Name,Size,Parent,Into\nA1,One,x,,\nA2,Two,20,,A1\nA3,Three,30,,nowhere\nA4,Four,1,,\nA5,Five,50,,A4\nA6,Six,60,,A7\nA7,Seven,70,,A6\nA8,Eight,2,,nowhere\n",
      },
      mappings: { account: account('mergedInto: Into\n  filter: "Size != 1 AND Size != 2"') },
    });
    expect(buckets(await m.run())).toEqual({ account: { read: 8, filtered: 3, rejected: 5 } });
    expect(await m.records("filtered")).toEqual({ account: ["A4", "A5", "A8"] });
    expect((await m.rejects()).slice(1)).toEqual([
      { object: "account", key: "A2", code: "MERGED_INTO_MISSING", field: null, value: "A1" },
      { object: "account", key: "A3", code: "MERGED_INTO_MISSING", field: null, value: "nowhere" },
      { object: "account", key: "A6", code: "MERGED_INTO_MISSING", field: null, value: "A7" },
      { object: "account", key: "A7", code: "MERGED_INTO_MISSING", field: null, value: "A6" },
    ]);
    expect((await m.reasons())[1]).toBe("merged into A1, which was not loaded");
    expect(await m.sql("select cells from migrate.reject where key = 'A3'")).toEqual([
      [["A3", "Three", "30", "", "nowhere"]],
    ]);
    // once the winner is there, its loser follows
    await m.data("accounts.csv", "Id,Name,Size,Parent,Into\nA1,One,10,,\nA2,Two,20,,A1\n");
    expect(buckets(await m.run())).toEqual({ account: { read: 2, inserted: 1, merged: 1 } });
  });

  test("a key read twice is a duplicate, whether it was merged or not", async () => {
    for (const chunkSize of [50_000, 1]) {
      const m = await migration({
        files: { "accounts.csv": "Id,Name,Size,Parent,Into\nA1,One,1,,\nA2,Two,2,,A1\nA2,Again,3,,\nA1,One,1,,A2\n" },
        mappings: { account: account() },
      });
      expect(buckets(await m.run({ chunkSize }))).toEqual({
        account: { read: 4, inserted: 1, merged: 1, rejected: 2 },
      });
      expect((await m.rejects()).map(({ key, code }) => [key, code])).toEqual([
        ["A2", "DUPLICATE_KEY"],
        ["A1", "DUPLICATE_KEY"],
      ]);
    }
  });

  test("a winner that changes moves the id, and what refers to it", async () => {
    const m = await migration({ files, mappings });
    await m.run();
    await m.data(
      "accounts.csv",
      files["accounts.csv"].replace("A4,Four,40,,A5", "A4,Four,40,,A6").replace("A6,Six,60,A4,", "A6,Six,60,,"),
    );
    expect(buckets(await m.run())).toEqual({
      account: { read: 7, unchanged: 4, merged: 3 },
      contact: { read: 5, updated: 1, unchanged: 4 },
    });
    expect((await m.sql(CONTACTS))[3]).toEqual(["C4", "A6"]);
    await runAgain(m);
    await proven(m, 3);
  });

  test("a record that was merged after it was loaded: its id leads to the winner, its row is told", async () => {
    const m = await migration({ files, mappings });
    await m.data("accounts.csv", "Id,Name,Size,Parent,Into\nA1,One,10,,\nA2,Two,20,,\nA3,Three,1,,\nA4,Four,40,,\n");
    await m.run();
    expect(await m.sql(CONTACTS)).toEqual([
      ["C1", "A1"],
      ["C2", "A2"],
      ["C3", "A3"],
      ["C4", "A4"],
      ["C5", null],
    ]);
    await m.data(
      "accounts.csv",
      "Id,Name,Size,Parent,Into\nA1,One,10,,\nA2,Two,20,,A1\nA3,Three,1,,A2\nA4,Four,40,,\n",
    );
    expect(buckets(await m.run())).toEqual({
      account: { read: 4, unchanged: 2, merged: 2 },
      contact: { read: 5, updated: 2, unchanged: 3 },
    });
    expect(await m.sql(CONTACTS)).toEqual([
      ["C1", "A1"],
      ["C2", "A1"],
      ["C3", "A1"],
      ["C4", "A4"],
      ["C5", null],
    ]);
    expect((await m.warnings()).map(({ key, code, value }) => [key, code, value])).toEqual([
      ["A2", "MERGED_ROW_LEFT", "A1"],
      ["A3", "MERGED_ROW_LEFT", "A2"],
    ]);
    await runAgain(m);
    // taken back: it is a record of its own again
    await m.data("accounts.csv", "Id,Name,Size,Parent,Into\nA1,One,10,,\nA2,Two,20,,\nA3,Three,1,,A2\nA4,Four,40,,\n");
    expect(buckets(await m.run())).toMatchObject({ account: { read: 4, unchanged: 3, merged: 1 } });
    expect(await m.sql(ALIASES)).toEqual([["A3", "A2", "alias", true]]);
    expect(await m.sql(CONTACTS)).toEqual([
      ["C1", "A1"],
      ["C2", "A2"],
      ["C3", "A2"],
      ["C4", "A4"],
      ["C5", null],
    ]);
    await runAgain(m);
  });

  test("a sample takes losers of its winners, and leaves out the others", async () => {
    const m = await migration({ files, mappings });
    await m.data("accounts.csv", `${files["accounts.csv"]}A8,Eight,80,,\nA9,Nine,90,,A8\n`);
    const report = await m.run({ sample: 1 });
    expect(buckets(report)).toMatchObject({ account: { read: 9, inserted: 4, merged: 3, filtered: 2 } });
    expect(await m.records("filtered")).toMatchObject({ account: ["A8", "A9"] });
    await proven(m, 3);
  });
});

describe("aliases", () => {
  const files = {
    "accounts.csv": "Id,Name,Size,Parent,Old\n1,One,10,,7;8\n2,Two,20,8,\n3,Three,30,,9; 3 ;9\n",
    "contacts.csv": "Id,Name,Account\nC1,Ann,1\nC2,Bob,7\nC3,Cid,8\nC4,Dan,9\n",
  };
  const mappings = { account: account("aliases: Old"), contact: contact() };
  const children = [
    ["C1", "1"],
    ["C2", "1"],
    ["C3", "1"],
    ["C4", "3"],
  ];

  test.each([50_000, 1])("what refers to another id of a record finds it (chunks of %i)", async (chunkSize) => {
    const m = await migration({ files, mappings });
    expect(buckets(await m.run({ chunkSize }))).toEqual({
      account: { read: 3, inserted: 3 },
      contact: { read: 4, inserted: 4 },
    });
    expect(await m.sql(ALIASES)).toEqual([
      ["7", "1", "alias", true],
      ["8", "1", "alias", true],
      ["9", "3", "alias", true],
    ]);
    expect(await m.sql(CONTACTS)).toEqual(children);
    expect(await m.sql("select p.external_id from crm.account a join crm.account p on p.id = a.parent_id")).toEqual([
      ["1"],
    ]);
    await runAgain(m, { chunkSize });
    await proven(m);
    // another separator, and one id more
    await m.mapping("account", account('aliases: { from: Old, separator: "|" }'));
    await m.data("accounts.csv", "Id,Name,Size,Parent,Old\n1,One,10,,7|8|6\n2,Two,20,8,\n3,Three,30,,9\n");
    await m.data("contacts.csv", `${files["contacts.csv"]}C5,Eve,6\n`);
    expect(buckets(await m.run({ chunkSize }))).toEqual({
      account: { read: 3, unchanged: 3 },
      contact: { read: 5, inserted: 1, unchanged: 4 },
    });
    expect((await m.sql(CONTACTS))[4]).toEqual(["C5", "1"]);
  });

  test("an id that is a record of its own leads there, and is told", async () => {
    const m = await migration({ files, mappings });
    await m.data("accounts.csv", `${files["accounts.csv"]}7,Seven,70,,\n`);
    await m.run();
    expect((await m.sql(CONTACTS))[1]).toEqual(["C2", "7"]);
    expect(await m.warnings()).toEqual([{ object: "account", key: "1", code: "ALIAS_TAKEN", field: null, value: "7" }]);
    await runAgain(m);
    // merged since: the other record is gone from the source
    await m.data("accounts.csv", files["accounts.csv"].replace("One,10", "One,11"));
    expect(buckets(await m.run())).toMatchObject({ account: { updated: 1 }, contact: { updated: 1, unchanged: 3 } });
    expect(await m.sql(CONTACTS)).toEqual(children);
    expect((await m.warnings()).map(({ key, code }) => [key, code])).toEqual([["7", "MERGED_ROW_LEFT"]]);
  });

  test("aliases of a run that ended before they were settled are settled by the next", async () => {
    const m = await migration({ files, mappings });
    await m.run();
    // as if the run had ended once the records were in
    await m.sql("delete from migrate.id_map; update migrate.run set status = 'failed'");
    await m.sql(
      "insert into migrate.alias select id, 1, '7', '1', 2, false, true from migrate.origin where object = 'account'",
    );
    await m.run();
    expect(await m.sql(ALIASES)).toEqual([["7", "1", "alias", true]]);
  });
});
