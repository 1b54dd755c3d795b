import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunReport } from "../../core/engine/types.ts";
import { command, runCli } from "../helpers/cli.ts";
import { createTestDatabase, type TestDatabase } from "../helpers/database.ts";

/** A migration of accounts alone; `rows` are `Id,Name,Founded`. */
function migration(rows: readonly string[], limit = 0): string {
  const dir = mkdtempSync(join(tmpdir(), "migrate-run-"));
  mkdirSync(join(dir, "mappings"));
  writeFileSync(join(dir, "accounts.csv"), `Id,Name,Founded\n${rows.join("\n")}\n`);
  writeFileSync(
    join(dir, "migration.yaml"),
    `version: 1\nname: small\nsource: { connector: csv, files: ./accounts.csv }\ntarget: { url: "\${DATABASE_URL}" }\nmappings: ./mappings\nlimits: { rejects: ${limit} }\n`,
  );
  writeFileSync(
    join(dir, "mappings/account.yaml"),
    "object: account\nsource: accounts.csv\nkey: Id\nfields:\n  name: Name\n  founded: { from: Founded, type: date }\n",
  );
  return dir;
}

describe("a small migration from check to report", () => {
  let db: TestDatabase;
  let cwd = "";
  const migrate = (...args: string[]) => command(args, { cwd, env: { DATABASE_URL: db.url } });
  beforeAll(async () => {
    db = await createTestDatabase();
    cwd = migration(["1,Acme,2001-01-31", "2,Bolt,", "3,Cog,2002-02-30"]);
  });
  afterAll(() => db.drop());

  test("check, plan, dry run: exit 3 because one of three is rejected, and nothing is there", async () => {
    expect((await migrate("check")).code).toBe(0);
    expect((await migrate("plan", "--quiet")).code).toBe(0);
    const dry = await migrate("run", "--dry-run");
    expect(dry.code, dry.stderr).toBe(3);
    expect(dry.stdout).toMatch(/^Dry run \S+: completed, not clean in /);
    expect(dry.stdout).toContain("Nothing was written: everything was rolled back.");
    expect(dry.stdout).toMatch(/1 account\.founded {2}VALUE_NOT_A_DATE\n {4}for example 3: /);
    expect(dry.stderr).toContain("33.3 % rejected; the limit is 0 %");
    const { rows } = await db.database.query<{ found: string | null }>(
      "select to_regclass('crm.account')::text as found",
    );
    expect(rows[0]!.found).toBeNull();
  });

  test("a plan that no longer holds: exit 4 and the difference", async () => {
    const file = join(cwd, "mappings/account.yaml");
    const before = readFileSync(file, "utf8");
    appendFileSync(file, "  description: Name\n");
    const drift = await migrate("run");
    expect(drift.code).toBe(4);
    expect(drift.stderr).toContain("mapping account<accounts.csv: changed");
    writeFileSync(file, before);
  });

  test("run --json: one document, the same as run.json; everything else on stderr", async () => {
    const { code, stdout, stderr } = await migrate("run", "--json");
    expect(code).toBe(3);
    const report = JSON.parse(stdout) as RunReport;
    expect(report.totals).toMatchObject({ read: 3, inserted: 2, rejected: 1 });
    expect(JSON.parse(readFileSync(join(cwd, "runs", report.run, "run.json"), "utf8"))).toEqual(report);
    expect(stderr).toContain("done account <- accounts.csv: 3 read");
  });

  test("reconcile: proven, but exit 3 because of the rejects; the report is there", async () => {
    const { code, stdout, stderr } = await migrate("reconcile");
    expect(code, stderr).toBe(3);
    expect(stdout).toMatch(
      /^Reconciliation of \S+: everything is accounted for, but 33\.3 % of the records were rejected; the limit is 0 %\n/,
    );
    expect(stdout).toContain("Compared: counts, and every field of every loaded record.");
    const html = /Report: (\S+)/.exec(stderr)![1]!;
    expect(existsSync(join(cwd, html))).toBe(true);
    expect((await migrate("report")).stdout.split("\n")[0]).toBe(html);
  });

  test("reconcile: exit 3 when a row is gone", async () => {
    await db.database.query("delete from crm.account where external_id = '1'");
    const { code, stdout } = await migrate("reconcile");
    expect(code).toBe(3);
    expect(stdout).toContain("source and target do not agree");
  });

  test("runs: list, show, records of a bucket", async () => {
    const { runs } = JSON.parse((await migrate("runs", "--json")).stdout) as { runs: RunReport[] };
    expect(runs.map((run) => run.dryRun)).toEqual([false, true]);
    const id = runs[0]!.run;
    expect((await migrate("runs", "show", id)).stdout).toContain(`Run ${id}: completed, not clean`);
    expect((await migrate("runs", "records", id, "--bucket", "inserted")).stdout).toBe("account\t1\naccount\t2\n");
    expect((await migrate("runs", "records", id, "--bucket", "rejected", "--object", "account")).stdout).toBe("3\n");
    const unknown = await migrate("runs", "show", "nope");
    expect([unknown.code, unknown.stderr.split("\n")[0]]).toEqual([2, "error RUN_UNKNOWN"]);
  });
});

test("problems of a mapping: all of them, grouped, exit 2, nothing started", async () => {
  const cwd = migration(["1,Acme,"]);
  writeFileSync(
    join(cwd, "mappings/account.yaml"),
    "object: account\nsource: accounts.csv\nkey: Idd\nfields:\n  nmae: Name\n  phone: Fone\n",
  );
  const { code, stdout, stderr } = await command(["check"], {
    cwd,
    env: { DATABASE_URL: "postgres://u:secretpw@127.0.0.1:1/x" },
  });
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr.match(/^ {2}error [A-Z_]+ line \d+:\d+/gm)).toEqual([
    "  error MAPPING_UNKNOWN_COLUMN line 3:6",
    "  error MAPPING_UNKNOWN_FIELD line 5:3",
    "  error MAPPING_REQUIRED_FIELD line 5:3",
    "  error MAPPING_UNKNOWN_COLUMN line 6:3",
  ]);
  expect(stderr).not.toContain("secretpw");
});

test("a database that cannot be reached: one message, no password", async () => {
  const cwd = migration(["1,Acme,"]);
  const { code, stdout, stderr } = await command(["run", "--json"], {
    cwd,
    env: { DATABASE_URL: "postgres://u:secretpw@127.0.0.1:1/x" },
  });
  expect(code).not.toBe(0);
  expect(stdout + stderr).not.toContain("secretpw");
  expect((JSON.parse(stdout) as { error: { code: string } }).error.code).toMatch(/^[A-Z_]+$/);
});

test("Ctrl-C: the run records itself, exit 130; resumed, it ends as if nothing had happened", async () => {
  const db = await createTestDatabase();
  try {
    const rows = Array.from({ length: 60_000 }, (_, at) => `${at},Name ${at},2001-01-31`);
    const cwd = migration(rows);
    // small chunks: it takes a while, however few the records
    const env = { DATABASE_URL: db.url, MIGRATE_CHUNK_RECORDS: "500" };
    let sent = false;
    const stopped = await runCli(["run"], {
      cwd,
      env,
      onStderr: (text, kill) => {
        if (sent || !text.includes("account <- accounts.csv: reading")) return;
        sent = true;
        setTimeout(() => kill("SIGINT"), 100);
      },
    });
    expect(stopped.code, stopped.stdout + stopped.stderr).toBe(130);
    expect(stopped.stderr).toContain("press Ctrl-C again");
    const { runs } = JSON.parse((await command(["runs", "--json"], { cwd, env })).stdout) as { runs: RunReport[] };
    expect(runs.map((run) => run.status)).toEqual(["interrupted"]);
    const resumed = await command(["run", "--resume", runs[0]!.run, "--json"], { cwd, env });
    expect(resumed.code, resumed.stderr).toBe(0);
    expect((JSON.parse(resumed.stdout) as RunReport).totals).toMatchObject({
      read: 60_000,
      inserted: 60_000,
      rejected: 0,
    });
    const { rows: found } = await db.database.query<{ n: string }>("select count(*)::text as n from crm.account");
    expect(found[0]!.n).toBe("60000");
  } finally {
    await db.drop();
  }
});
