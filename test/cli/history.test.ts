/** Names of runs, runs that repeat others with other files, and the records of a bucket as a file. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunReport } from "../../core/engine/types.ts";
import { command } from "../helpers/cli.ts";
import { createTestDatabase, type TestDatabase } from "../helpers/database.ts";

const FILES = {
  "migration.yaml": `version: 1
name: small
source: { connector: csv, files: ./data }
target: { url: "\${DATABASE_URL}" }
mappings: ./mappings
`,
  "mappings/account.yaml": "object: account\nsource: accounts.csv\nkey: Id\nfields:\n  name: Name\n  phone: Phone\n",
  "mappings/contact.yaml":
    "object: contact\nsource: contacts.csv\nkey: Id\nfields:\n  last_name: Name\n  account_id: { from: Account, lookup: account }\n",
  "data/accounts.csv": "Id,Name,Phone\na1,Acme,+49 30 901820\na2,=Bolt,\n",
  "data/contacts.csv": "Id,Name,Account\nc1,Ann,a1\nc2,Bob,a2\nc3,Cid,a9\n",
  "december/contacts-2026-12.csv": "Id,Name,Account\nc1,Anna,a1\nc4,Dan,a2\n",
  "december/people.csv": "Id,Name,Account\nc5,Eve,a1\n",
};

describe("history", () => {
  let db: TestDatabase;
  let cwd = "";
  let first = "";
  const migrate = (...args: string[]) => command(args, { cwd, env: { DATABASE_URL: db.url } });
  const report = (run: string) => JSON.parse(readFileSync(join(cwd, "runs", run, "run.json"), "utf8")) as RunReport;
  const contacts = async () =>
    (
      await db.database.query<{ id: string; name: string }>(
        "select external_id as id, last_name as name from crm.contact order by 1",
      )
    ).rows.map(({ id, name }) => `${id} ${name}`);

  beforeAll(async () => {
    db = await createTestDatabase();
    cwd = mkdtempSync(join(tmpdir(), "migrate-history-"));
    for (const [path, text] of Object.entries(FILES)) {
      mkdirSync(dirname(join(cwd, path)), { recursive: true });
      writeFileSync(join(cwd, path), text);
    }
    const done = await migrate("run", "--name", "third rehearsal", "--json");
    expect(done.code, done.stderr).toBe(3);
    first = (JSON.parse(done.stdout) as RunReport).run;
  });
  afterAll(async () => {
    await db.drop();
    rmSync(cwd, { recursive: true, force: true });
  });

  test("a run has the name that it was given: in run.json, in the list, and where it is shown", async () => {
    expect(report(first).label).toBe("third rehearsal");
    const list = (await migrate("runs")).stdout.split("\n");
    expect(list[0]).toMatch(/^run +name +kind +state/);
    expect(list[1]).toMatch(new RegExp(`^${first} +third rehearsal +full +not clean`));
    expect((await migrate("runs", "show", first)).stdout).toContain(
      `Run ${first} "third rehearsal": completed, not clean`,
    );
  });

  test.each([
    [["--name", " "], "RUN_NAME"],
    [["--name", "a\nb"], "RUN_NAME"],
    [["--name", "x", "--resume", "y"], "LIKE_OPTIONS"],
    [["--files", "december/people.csv"], "LIKE_OPTIONS"],
    [["--like", "nope"], "RUN_UNKNOWN"],
  ])("%j is refused: %s", async (args, code) => {
    const refused = await migrate("run", ...args);
    expect([refused.code, refused.stderr.split("\n")[0]]).toEqual([2, `error ${code}`]);
  });

  test("records of a bucket as CSV: key, id and the columns of the target, safe for spreadsheets", async () => {
    const out = join(cwd, "inserted.csv");
    const done = await migrate("runs", "records", first, "--bucket", "inserted", "--object", "account", "--out", out);
    expect([done.code, done.stdout]).toEqual([0, "inserted.csv: 2 records\n"]);
    const [header, ...rows] = readFileSync(out, "utf8").split("\r\n");
    const names = header!.split(",");
    expect(names.slice(0, 3)).toEqual(["\uFEFF_object", "_key", "_id"]);
    const { rows: ids } = await db.database.query<{ id: string }>(
      "select id::text from crm.account order by external_id",
    );
    const cells = rows.slice(0, 2).map((row) => row.split(","));
    expect(cells.map((row) => [...row.slice(0, 3), row[names.indexOf("name")]])).toEqual([
      ["account", "a1", ids[0]!.id, "Acme"],
      ["account", "a2", ids[1]!.id, "'=Bolt"],
    ]);
    expect(cells[0]![names.indexOf("phone")]).toBe("'+49 30 901820");
    expect(cells[0]![names.indexOf("external_source")]).toBe("small");
    expect(statSync(out).mode & 0o777).toBe(0o600);
    const again = await migrate("runs", "records", first, "--bucket", "inserted", "--out", out);
    expect([again.code, again.stderr.split("\n")[0]]).toEqual([2, "error EXPORT_EXISTS"]);
  });

  test("of several objects, as JSON lines; records without a row have their key alone", async () => {
    const out = join(cwd, "all.jsonl");
    expect((await migrate("runs", "records", first, "--bucket", "inserted", "--out", out)).code).toBe(0);
    const lines = readFileSync(out, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map((line) => [line._object, line._key, line.name ?? line.last_name])).toEqual([
      ["account", "a1", "Acme"],
      ["account", "a2", "=Bolt"],
      ["contact", "c1", "Ann"],
      ["contact", "c2", "Bob"],
    ]);
    const rejected = join(cwd, "rejected.csv");
    await migrate("runs", "records", first, "--bucket", "rejected", "--out", rejected);
    expect(readFileSync(rejected, "utf8").split("\r\n")[1]).toMatch(/^contact,c3,,+$/);
    const odd = await migrate("runs", "records", first, "--bucket", "inserted", "--out", "x.txt");
    expect([odd.code, odd.stderr.split("\n")[0]]).toEqual([2, "error EXPORT_FORMAT"]);
  });

  test("repeats a run with another file: found by its name, only what reads it is loaded, the ids are the same", async () => {
    rmSync(join(cwd, "data/contacts.csv"));
    const done = await migrate(
      "run",
      "--like",
      first,
      "--files",
      "december/contacts-2026-12.csv",
      "--name",
      "December",
      "--json",
    );
    expect(done.code, done.stderr).toBe(0);
    const { run, objects, label, like, files } = JSON.parse(done.stdout) as RunReport;
    expect({ label, like, files }).toEqual({
      label: "December",
      like: first,
      files: [{ source: "contacts.csv", path: "december/contacts-2026-12.csv" }],
    });
    expect(objects.map(({ mapping, read, inserted, updated }) => [mapping, read, inserted, updated])).toEqual([
      ["contact<contacts.csv", 2, 1, 1],
    ]);
    expect(await contacts()).toEqual(["c1 Anna", "c2 Bob", "c4 Dan"]);
    expect((await migrate("runs", "show", run)).stdout).toContain(
      `Repeats ${first}.\nRead december/contacts-2026-12.csv in place of contacts.csv.`,
    );
    // proven by the file that it read
    const proof = await migrate("reconcile", run);
    expect(proof.stdout, proof.stderr).toContain(`Reconciliation of ${run}: everything is accounted for`);
    expect(proof.code).toBe(0);
    // once more: nothing changes, and the file is that of the run which is repeated
    const again = JSON.parse((await migrate("run", "--like", run, "--json")).stdout) as RunReport;
    expect([again.files, again.totals.unchanged]).toEqual([files, 2]);
  });

  test("a run that was cut off goes on with the files that it began with", async () => {
    const { files } = report(first);
    expect(files).toBeUndefined();
    const begun = await migrate("run", "--like", first, "--files", "december/contacts-2026-12.csv", "--json");
    const { run } = JSON.parse(begun.stdout) as RunReport;
    // as if it had been killed before its end
    await db.database.query("update migrate.run set status = 'running', finished_at = null where name = $1", [run]);
    writeFileSync(
      join(cwd, "runs", run, "run.json"),
      JSON.stringify({ ...report(run), status: "running", finishedAt: null }),
    );
    const resumed = await migrate("run", "--resume", run, "--json");
    expect(resumed.code, resumed.stderr).toBe(0);
    const done = JSON.parse(resumed.stdout) as RunReport;
    expect([done.run, done.status, done.files?.length, done.totals.unchanged]).toEqual([run, "completed", 1, 2]);
  });

  test("a file whose name says nothing must be told what it stands in for", async () => {
    const unclear = await migrate("run", "--like", first, "--files", "december/people.csv", "--dry-run");
    expect([unclear.code, unclear.stderr.split("\n")[0]]).toEqual([2, "error FILES_UNCLEAR"]);
    expect(unclear.stderr).toContain("--files 'accounts.csv=december/people.csv'");
    const missing = await migrate("run", "--like", first, "--files", "december/nobody.csv");
    expect(missing.stderr.split("\n")[0]).toBe("error FILES_MISSING");
    const told = await migrate("run", "--like", first, "--files", "contact=december/people.csv", "--dry-run", "--json");
    expect((JSON.parse(told.stdout) as RunReport).totals).toMatchObject({ read: 1, inserted: 1 });
  });
});
