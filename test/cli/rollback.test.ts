import { readFileSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { migrate, newFolder, removeFolders, runNames } from "../e2e/kit.ts";
import { createTestDatabase, type TestDatabase } from "../helpers/database.ts";

let database: TestDatabase;

afterAll(async () => {
  await database?.drop();
  removeFolders();
});

it("says what it does, refuses what was edited with exit 3, and is a run of its own", async () => {
  const dir = newFolder();
  database = await createTestDatabase();
  await mkdir(join(dir, "data"));
  await mkdir(join(dir, "mappings"));
  writeFileSync(
    join(dir, "migration.yaml"),
    `version: 1\nname: t\nsource: { connector: csv, files: ./data }\ntarget: { connector: postgres, url: "${database.url}", schema: crm, model: hotcrm }\nmappings: ./mappings\n`,
  );
  writeFileSync(
    join(dir, "mappings", "account.yaml"),
    "object: account\nsource: accounts.csv\nkey: Id\nfields: { name: Name }\n",
  );
  writeFileSync(join(dir, "data", "accounts.csv"), "Id,Name\n1,Acme\n2,=Beta\n3,Gamma\n");
  expect((await migrate(dir, ["run"])).code).toBe(0);
  const [run] = runNames(dir);
  await database.database.query("update crm.account set name = 'mine' where external_id = '2'");

  const dry = await migrate(dir, ["rollback", run!, "--dry-run"]);
  expect(dry.code).toBe(3);
  expect(dry.stdout.replaceAll(/\d{8}T\d{6}Z/g, "AT")).toBe(
    `Dry run of the rollback AT-rollback of AT-full: completed, not clean
Nothing was changed: everything was rolled back.

mapping               deleted  restored  back  gone already  refused
account<accounts.csv        2         0     0             0        1

1 row was edited since, or something refers to it that stays: left as it is, listed in runs/AT-rollback/refused.csv
`,
  );
  const done = await migrate(dir, ["rollback", run!, "--json"]);
  expect(done.code).toBe(3);
  const report = JSON.parse(done.stdout);
  expect(report).toMatchObject({
    kind: "rollback",
    dryRun: false,
    clean: false,
    undoes: run,
    totals: { read: 3, deleted: 2, rejected: 1 },
  });
  expect(readFileSync(join(dir, "runs", report.run, "refused.csv"), "utf8")).toBe(
    "\uFEFF_object,_mapping,_key,_target_id,_what,_reason\r\naccount,account<accounts.csv,2,2,inserted,the row was edited since\r\n",
  );
  const again = await migrate(dir, ["rollback", run!]);
  expect([again.code, again.stderr.split("\n")[0]]).toEqual([2, "error ROLLBACK_DONE"]);
  const listed = await migrate(dir, ["runs"]);
  expect(listed.stdout).toMatch(/-full +full +rolled back/);
  const records = await migrate(dir, ["runs", "records", report.run, "--bucket", "deleted"]);
  expect(
    records.stdout
      .trim()
      .split("\n")
      .map((line) => line.split(/\s+/).at(-1)),
  ).toEqual(["1", "3"]);
  // what was refused is known all the same
  const loaded = await migrate(dir, ["run", "--json"]);
  expect(JSON.parse(loaded.stdout).totals).toMatchObject({ inserted: 2, updated: 1 });
});
