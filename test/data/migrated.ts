/** Moves a public data set through the command line, as a user would, and hands back everything it left. */
import { appendFileSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { expect } from "vitest";
import type { BUCKETS, ObjectReport, Plan, RunReport } from "../../core/engine/types.ts";
import type { Reconciliation } from "../../core/proof/types.ts";
import { ident } from "../../core/store/quote.ts";
import { command } from "../helpers/cli.ts";
import { createTestDatabase, type TestDatabase } from "../helpers/database.ts";
import { sharedDir } from "../helpers/shared.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A migration that went through check, plan, dry run, run, reconcile and a second run, each with exit code 0. */
export interface Migrated {
  readonly folder: string;
  readonly plan: Plan;
  readonly dry: RunReport;
  readonly run: RunReport;
  readonly reconciliation: Reconciliation;
  readonly again: RunReport;
  /** Fingerprints of all row versions after the first and after the second run. */
  readonly versions: readonly [string, string];
  /** Rows as arrays of texts (null stays null). */
  rows(sql: string): Promise<(string | null)[][]>;
  close(): Promise<void>;
}

/** Expected figures of a public data set. */
export function facts(name: string): Record<string, unknown> {
  const all = JSON.parse(readFileSync(join(sharedDir()!, "data", "FACTS.json"), "utf8")) as Record<
    string,
    Record<string, unknown>
  >;
  return all[name]!;
}

/** What a report says about why it is not clean; else its beginning. */
function reasons(stdout: string): string {
  const found = [...stdout.matchAll(/"(?:problems|problem|reason|code)": (?:\[\s*"[^\]]*|"[^"]*")/g)].map(
    ([text]) => text,
  );
  return [...new Set(found)].join("\n").slice(0, 3000) || stdout.slice(0, 1000);
}

/**
 * Copies the migration in `source` to a temporary folder and runs all of it on an empty database. `objects.yaml`, where there is
 * one, is added to the shipped model's objects to make `model.yaml`. Fails with the command's own words when a command does.
 */
export async function migrateAll(source: string, env: Readonly<Record<string, string>> = {}): Promise<Migrated> {
  const folder = mkdtempSync(join(tmpdir(), "crm-migrate-data-"));
  let database: TestDatabase | undefined;
  try {
    cpSync(source, folder, { recursive: true, filter: (path) => !/[\\/](runs|\.migrate)$/.test(path) });
    if (existsSync(join(folder, "objects.yaml"))) {
      cpSync(join(root, "mappings", "models", "hotcrm.yaml"), join(folder, "model.yaml"));
      const own = readFileSync(join(folder, "objects.yaml"), "utf8").replace(/^(?=.)/gm, "  ");
      appendFileSync(join(folder, "model.yaml"), `\n${own}`);
    }
    database = await createTestDatabase();
    const variables = { DATABASE_URL: database.url, CRM_DATA: join(sharedDir() ?? root, "data"), ...env };
    const json = async <Result>(...args: string[]): Promise<Result> => {
      const outcome = await command([...args, "--json"], { cwd: folder, env: variables });
      expect(outcome.code, `migrate ${args.join(" ")}\n${outcome.stderr}\n${reasons(outcome.stdout)}`).toBe(0);
      return JSON.parse(outcome.stdout) as Result;
    };
    await json("check");
    await json("plan");
    const dry = await json<RunReport>("run", "--dry-run");
    const run = await json<RunReport>("run");
    const plan = JSON.parse(readFileSync(join(folder, "runs", run.run, "plan.json"), "utf8")) as Plan;
    await json("reconcile", run.run);
    const file = join(folder, "runs", run.run, "reconciliation.json");
    const reconciliation = JSON.parse(readFileSync(file, "utf8")) as Reconciliation;
    const before = await versions(database);
    const again = await json<RunReport>("run");
    const after = await versions(database);
    const open = database;
    return {
      folder,
      plan,
      dry,
      run,
      reconciliation,
      again,
      versions: [before, after],
      rows: (sql) => textRows(open.url, sql),
      close: async () => {
        await open.drop();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await database?.drop();
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

const BOOLEAN = 16;
const asText = { getTypeParser: (oid: number) => (text: string) => (oid === BOOLEAN ? String(text === "t") : text) };

/** Every value as the text that PostgreSQL writes, so that decimals and dates are compared exactly. */
async function textRows(url: string, sql: string): Promise<(string | null)[][]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<(string | null)[]>({
      text: sql,
      rowMode: "array",
      types: asText as pg.CustomTypesConfig,
    });
    return rows;
  } finally {
    await client.end();
  }
}

async function versions({ url }: TestDatabase): Promise<string> {
  const tables = await textRows(url, "select tablename from pg_tables where schemaname = 'crm' order by 1");
  const parts: string[] = [];
  for (const [table] of tables) {
    const sql = `select count(*), md5(string_agg(ctid::text || xmin::text, ',' order by ctid)) from crm.${ident(table!)}`;
    parts.push(`${table} ${(await textRows(url, sql))[0]!.join(" ")}`);
  }
  return parts.join("\n");
}

type Bucket = (typeof BUCKETS)[number];
const NAMES: readonly Bucket[] = ["inserted", "updated", "unchanged", "deleted", "merged", "filtered", "rejected"];

const buckets = (report: ObjectReport): Record<string, number> =>
  Object.fromEntries(NAMES.map((name) => [name, report[name]]).filter(([, count]) => count !== 0));

/** The file's name without its ending. */
const sourceName = (source: string): string => source.replace(/\.csv$/, "");

/** Mapping -> buckets that are not zero. */
export function outcomes(report: RunReport): Record<string, Record<string, number>> {
  return Object.fromEntries(
    report.objects.map((object) => [`${object.object} < ${sourceName(object.source)}`, buckets(object)]),
  );
}

/** What holds for every migration: buckets add up, the dry run was right, the proof closes, a second run changes nothing. */
export function expectProven(migrated: Migrated, files: Readonly<Record<string, number>>): void {
  const { dry, run, reconciliation, again, versions } = migrated;
  for (const report of [dry, run, again]) {
    for (const object of report.objects) {
      expect(
        NAMES.reduce((sum, name) => sum + object[name], 0),
        `${object.mapping}: buckets`,
      ).toBe(object.read);
      expect(object.read, `${object.mapping}: read`).toBe(files[sourceName(object.source)]);
    }
    const read = report.objects.reduce((sum, object) => sum + object.read, 0);
    expect(report.totals.read).toBe(read);
    expect(report.status).toBe("completed");
  }
  expect(outcomes(dry)).toEqual(outcomes(run));
  expect(reconciliation.objects.flatMap((object) => object.problems)).toEqual([]);
  expect(reconciliation.ok).toBe(true);
  for (const object of reconciliation.objects) {
    expect([object.mapping, object.unexplained, object.gap, object.ok]).toEqual([object.mapping, 0, 0, true]);
    expect(object.source.count, `${object.mapping}: counted again`).toBe(files[sourceName(object.source.name)]);
    expect(object.sums.filter((sum) => !sum.ok)).toEqual([]);
    expect(
      object.references.filter((reference) => reference.unresolved + reference.deferred > 0 && !reference.ok),
    ).toEqual([]);
  }
  expect(reconciliation.spotChecks.filter((check) => !check.ok)).toEqual([]);
  expect(reconciliation.spotChecks.length).toBeGreaterThan(0);
  expect([again.totals.inserted, again.totals.updated]).toEqual([0, 0]);
  expect(again.totals.unchanged).toBe(run.totals.inserted);
  expect(versions[1]).toBe(versions[0]);
}

/** `1739555.0` and `1739555` are the same amount. */
export function plain(decimal: string | null): string {
  const text = decimal ?? "0";
  return text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text;
}

/** A sum of reconciliation.json, source and target side by side. */
export function sumOf(
  { reconciliation }: Migrated,
  object: string,
  field: string,
  by: Readonly<Record<string, string | null>> = {},
): readonly [source: string, target: string] {
  const wanted = JSON.stringify(by);
  const found = reconciliation.objects
    .filter((proof) => proof.object === object)
    .flatMap((proof) => proof.sums)
    .filter((sum) => sum.field === field && JSON.stringify(sum.by) === wanted);
  expect(found.length, `sums of ${object}.${field} by ${wanted}`).toBe(1);
  return [plain(found[0]!.source), plain(found[0]!.target)];
}

/** A reference of reconciliation.json: how many were expected, resolved, unresolved. */
export function referenceOf(
  { reconciliation }: Migrated,
  object: string,
  field: string,
): readonly [number, number, number] {
  const found = reconciliation.objects
    .filter((proof) => proof.object === object)
    .flatMap((proof) => proof.references)
    .filter((reference) => reference.field === field);
  expect(found.length, `references of ${object}.${field}`).toBe(1);
  return [found[0]!.expected, found[0]!.resolved, found[0]!.unresolved];
}
