/** `kill -9` in the middle of a rollback: asked for again, it goes on and ends as if nothing had happened. */
import { afterAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../helpers/database.ts";
import { writeCrmConfig, writeCrmFiles } from "./crm-files.ts";
import { migrate, newFolder, readReport, removeFolders, runNames, start } from "./kit.ts";
import { withClient } from "./target.ts";

const SOAK = process.env.SOAK === "1";
/** What the rollback says when it is killed, in order. */
const MOMENTS = SOAK
  ? [
      /^account: restoring/m,
      /^user: restoring/m,
      /: deleting/m,
      /^contact: deleting/m,
      /^account: deleting/m,
      /^user: deleting/m,
    ]
  : [/: restoring/m, /^account: deleting/m];
let database: TestDatabase;

afterAll(async () => {
  await database?.drop();
  removeFolders();
});

it("ends the same", { timeout: 600_000 }, async () => {
  const dir = newFolder();
  writeCrmFiles(dir, { contacts: SOAK ? 30_000 : 600 });
  writeCrmConfig(dir);
  database = await createTestDatabase();
  const env = { DATABASE_URL: database.url };
  const loaded = await migrate(dir, ["run", "--json"], env);
  expect({ code: loaded.code, stderr: loaded.code === 0 ? "" : loaded.stderr }).toEqual({ code: 0, stderr: "" });
  const [run] = runNames(dir);
  const { totals } = readReport(dir, run!);
  let killed = 0;
  for (const moment of MOMENTS) {
    const running = start(dir, ["rollback", run!], env);
    running.child.stderr!.on("data", () => {
      if (moment.test(running.said())) running.child.kill("SIGKILL");
    });
    const { code } = await running.ended;
    if (code === null) killed++;
  }
  expect(killed).toBe(MOMENTS.length);
  // cut off, and nothing else can be mistaken for the end of it
  const listed = await migrate(dir, ["runs"], env);
  expect(listed.stdout).toContain(`migrate rollback ${run}`);
  const ended = await migrate(dir, ["rollback", run!, "--json"], env);
  expect({ code: ended.code, stderr: ended.code === 0 ? "" : ended.stderr }).toEqual({ code: 0, stderr: "" });
  const report = JSON.parse(ended.stdout);
  expect(report).toMatchObject({
    kind: "rollback",
    undoes: run,
    clean: true,
    totals: { rejected: 0, updated: 0, unchanged: 0 },
  });
  expect(report.totals.deleted).toBeGreaterThanOrEqual(totals.inserted);
  expect(runNames(dir)).toHaveLength(2);
  const left = await withClient(database.url, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      "select relname as name from pg_class c join pg_namespace n on n.oid = relnamespace where nspname = 'crm' and relkind = 'r'",
    );
    const counts: number[] = [];
    for (const { name } of rows)
      counts.push(Number((await client.query(`select count(*) as n from crm."${name}"`)).rows[0].n));
    const state = await client.query(
      "select (select count(*) from migrate.ledger) + (select count(*) from migrate.id_map) as n",
    );
    return { tables: counts.length > 3, rows: counts.reduce((sum, n) => sum + n, 0), state: Number(state.rows[0].n) };
  });
  expect(left).toEqual({ tables: true, rows: 0, state: 0 });
  const again = await migrate(dir, ["run", "--json"], env);
  expect(JSON.parse(again.stdout).totals).toEqual(totals);
});
