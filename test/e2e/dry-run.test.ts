/** A dry run leaves everything as it was and says what the real run then does; the same data again changes nothing. */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../helpers/database.ts";
import { writeCrmConfig, writeCrmFiles } from "./crm-files.ts";
import { type Ended, figures, migrate, newFolder, readReport, rejectFiles, removeFolders, runNames } from "./kit.ts";
import { checksums, rowVersions } from "./target.ts";

const hasPgDump = spawnSync("pg_dump", ["--version"]).status === 0;
if (!hasPgDump)
  console.warn("pg_dump is not installed: dry runs are compared by checksums of tables and catalogs alone");

let database: TestDatabase;
let dir = "";
let env: Record<string, string> = {};

beforeAll(async () => {
  database = await createTestDatabase();
  dir = newFolder();
  env = { DATABASE_URL: database.url, MIGRATE_CHUNK_RECORDS: "700" };
  writeCrmFiles(dir, { contacts: 2_000 });
  writeCrmConfig(dir);
});

afterAll(async () => {
  await database.drop();
  removeFolders();
});

/** The whole database as SQL; where sequences stand is left out, and the random guard words of newer versions. */
function pgDump(): string {
  const result = spawnSync("pg_dump", [database.url], { encoding: "utf8", maxBuffer: 1 << 30 });
  if (result.status !== 0) throw new Error(result.stderr);
  return result.stdout.replace(/^(SELECT pg_catalog\.setval\(|\\(un)?restrict ).*$/gm, "");
}

const state = async () => ({
  dump: hasPgDump ? pgDump() : "",
  sums: await checksums(database.url),
  versions: await rowVersions(database.url),
});

function expectDone(ended: Ended): void {
  expect(ended.code, ended.stderr).toBe(0);
}

const lastRun = (): string => runNames(dir).at(-1)!;

/** A dry run between two looks at the database; its name. */
async function dryRun(): Promise<string> {
  const before = await state();
  expectDone(await migrate(dir, ["run", "--dry-run", "--json"], env));
  const after = await state();
  expect(after.sums).toEqual(before.sums);
  expect(after.versions).toEqual(before.versions);
  // not toBe: nobody wants to read the difference of two dumps
  expect(after.dump === before.dump, "pg_dump before and after").toBe(true);
  const run = lastRun();
  expect(readReport(dir, run)).toMatchObject({ dryRun: true, status: "completed" });
  return run;
}

/** The real run must do what the dry run said. */
async function runAsPredicted(dry: string): Promise<void> {
  expectDone(await migrate(dir, ["run", "--json"], env));
  const real = lastRun();
  expect(real).not.toBe(dry);
  expect(figures(readReport(dir, real))).toEqual(figures(readReport(dir, dry)));
  expect(rejectFiles(dir, real)).toEqual(rejectFiles(dir, dry));
  const warnings = (run: string) => readFileSync(join(dir, "runs", run, "warnings.csv"), "utf8");
  expect(warnings(real)).toBe(warnings(dry));
}

it("on an empty database: not even a schema is left, and the run does what was predicted", async () => {
  const dry = await dryRun();
  expect(await database.database.query("select nspname from pg_namespace where nspname in ('crm', 'migrate')")).toEqual(
    {
      rows: [],
      rowCount: 0,
    },
  );
  await runAsPredicted(dry);
});

it("on a loaded database: everything is unchanged", async () => {
  const { totals } = readReport(dir, await dryRun());
  expect(totals).toMatchObject({ inserted: 0, updated: 0 });
  expect(totals.unchanged).toBeGreaterThan(3_000);
});

it("the same data again: everything is unchanged, and no row version in the target is a new one", async () => {
  const before = await rowVersions(database.url);
  expectDone(await migrate(dir, ["run", "--json"], env));
  const { totals } = readReport(dir, lastRun());
  expect(totals).toMatchObject({ inserted: 0, updated: 0 });
  expect(await rowVersions(database.url)).toEqual(before);
});

it("with changes: predicted and done alike", async () => {
  const change = (name: string, edit: (text: string) => string): void => {
    const file = join(dir, "data", `${name}.csv`);
    writeFileSync(file, edit(readFileSync(file, "utf8")));
  };
  change("accounts", (text) => text.replace(/Company (\d*7)\b/g, "Renamed $1").replace(/^A3,/m, "ANEW,"));
  change(
    "contacts",
    (text) => `${text.replace(/,Last(\d*5),/g, ",Other$1,")}CNEW,New,One,bad,A4,,,user1@crm.example,,0\n`,
  );
  change("deals", (text) => text.replace(/^D1\d,.*\n/gm, "").replaceAll(",negotiation,", ",Won,"));
  change("cases", (text) => text.replace(/^(K\d*4),Case/gm, "$1,Changed"));
  change("tasks", (text) => text.replace(/^(T\d*3,Call \d+),A\d+/gm, "$1,A1"));
  const dry = await dryRun();
  const { totals } = readReport(dir, dry);
  expect(totals.inserted).toBe(1);
  expect(totals.updated).toBeGreaterThan(300);
  await runAsPredicted(dry);
});
