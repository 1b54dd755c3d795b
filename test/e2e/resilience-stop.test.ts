/** Ctrl-C, SIGTERM, two runs at once, drift, and what can be resumed. */
import { appendFileSync, cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../helpers/database.ts";
import { writeCrmConfig, writeCrmFiles } from "./crm-files.ts";
import { figures, migrate, newFolder, type Running, readReport, removeFolders, runNames, start } from "./kit.ts";
import {
  checksums,
  countForeignKeys,
  dumpDifference,
  dumpTarget,
  leftOvers,
  untilFound,
  withClient,
} from "./target.ts";

let template = "";
let dir = "";
let database: TestDatabase;
let env: Record<string, string> = {};
let undisturbed: { dump: ReadonlyMap<string, readonly string[]>; figures: unknown };

beforeAll(async () => {
  template = newFolder();
  writeCrmFiles(template, { contacts: 600 });
  writeCrmConfig(template);
  const other = await createTestDatabase();
  const place = newFolder();
  cpSync(template, place, { recursive: true });
  const ended = await migrate(place, ["run", "--json"], { DATABASE_URL: other.url });
  expect(ended.code, ended.stderr).toBe(0);
  undisturbed = { dump: await dumpTarget(other.url), figures: figures(readReport(place, runNames(place)[0]!)) };
  await other.drop();
});

beforeEach(async () => {
  dir = newFolder();
  cpSync(template, dir, { recursive: true });
  database = await createTestDatabase();
  env = { DATABASE_URL: database.url, MIGRATE_CHUNK_RECORDS: "40" };
});

afterEach(async () => {
  await database.drop();
});

afterAll(removeFolders);

/** Starts a run and waits until contacts are being loaded. */
async function half(args: readonly string[] = []): Promise<Running> {
  const running = start(dir, ["run", ...args], env);
  await withClient(database.url, async (client) => {
    const loading =
      "select 1 from migrate.progress p join migrate.origin o on o.id = p.origin_id where o.object = 'contact' and p.chunk >= 3";
    if (await untilFound(client, loading, running.alive)) return;
    expect((await running.ended).stderr).toBe("a run that can be disturbed");
  });
  return running;
}

async function resumesClean(run: string): Promise<void> {
  const resumed = await migrate(dir, ["run", "--json", "--resume", run], env);
  expect(resumed.code, resumed.stderr).toBe(0);
  expect(JSON.parse(resumed.stdout)).toMatchObject({ run, status: "completed", error: null });
  expect(dumpDifference(undisturbed.dump, await dumpTarget(database.url))).toEqual([]);
  expect(figures(readReport(dir, run))).toEqual(undisturbed.figures);
}

describe("signals", () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    it(`${signal}: exit 130, interrupted, and it can be resumed`, async () => {
      const running = await half();
      running.child.kill(signal);
      const ended = await running.ended;
      expect(ended.code, ended.stderr).toBe(130);
      expect(ended.stderr).toContain("Stopping after the current step; press Ctrl-C again to leave at once.");
      expect(ended.stderr).toContain("INTERRUPTED");
      expect(ended.stderr.match(/^error /gm)).toHaveLength(1);
      const run = runNames(dir)[0]!;
      expect(readReport(dir, run)).toMatchObject({ status: "interrupted", error: { code: "INTERRUPTED" } });
      expect(ended.stderr).toContain(`migrate run --resume ${run}`);
      await resumesClean(run);
    });
  }

  it("a second SIGINT leaves at once, and it can be resumed", async () => {
    const running = await half();
    // a lock that the run waits for: it cannot end its step
    await withClient(database.url, async (client) => {
      await client.query("begin");
      await client.query("lock table crm.contact in access exclusive mode");
      running.child.kill("SIGINT");
      while (!running.said().includes("Stopping")) await new Promise((resolve) => setTimeout(resolve, 10));
      expect(running.alive()).toBe(true);
      const before = performance.now();
      running.child.kill("SIGINT");
      expect((await running.ended).code).toBe(130);
      expect(performance.now() - before).toBeLessThan(2_000);
      await client.query("rollback");
    });
    await resumesClean(runNames(dir)[0]!);
  });

  it("SIGINT in a dry run leaves nothing", async () => {
    const before = await checksums(database.url);
    const running = start(dir, ["run", "--dry-run"], env);
    while (!running.said().includes("contact <-") && running.alive()) await new Promise((go) => setTimeout(go, 5));
    running.child.kill("SIGINT");
    const ended = await running.ended;
    expect(ended.code, ended.stderr).toBe(130);
    expect(await checksums(database.url)).toEqual(before);
    expect(readReport(dir, runNames(dir)[0]!)).toMatchObject({ dryRun: true, status: "interrupted" });
  });
});

describe("two runs at once", () => {
  it("the second is refused and changes nothing; a lock left by a killed process does not block", async () => {
    const running = await half();
    running.child.kill("SIGSTOP");
    const before = await checksums(database.url);
    for (const args of [[], ["--dry-run"], ["--resume", runNames(dir)[0]!]]) {
      const second = await migrate(dir, ["run", ...args], env);
      expect(second.code, second.stderr).toBe(2);
      expect(second.stderr).toContain("TARGET_LOCKED");
      expect(second.stderr).toMatch(/another run is working on schema crm: database session \d+ \(crm-migrate/);
    }
    expect(await checksums(database.url)).toEqual(before);
    running.child.kill("SIGKILL");
    await running.ended;
    await resumesClean(runNames(dir)[0]!);
  });

  it("a resumed run waits for what a killed one still does in the database", async () => {
    const running = await half();
    await withClient(database.url, async (client) => {
      await client.query("begin");
      await client.query("lock table migrate.outcome in access exclusive mode");
      // the lane now waits inside its transaction, and the server does not notice that its client goes
      await new Promise((resolve) => setTimeout(resolve, 300));
      running.child.kill("SIGKILL");
      await running.ended;
      setTimeout(() => void client.query("rollback"), 1_000);
      await resumesClean(runNames(dir)[0]!);
    });
    expect(await leftOvers(database.url, await countForeignKeys(database.url))).toEqual([]);
  });
});

describe("drift", () => {
  const edit = (file: string, change: (text: string) => string): void =>
    writeFileSync(join(dir, file), change(readFileSync(join(dir, file), "utf8")));

  it("a plan that no longer holds stops the run with the differences: exit 4", async () => {
    expect((await migrate(dir, ["plan"], env)).code).toBe(0);
    edit("mappings/task.yaml", (text) => text.replace("status: Status", "description: Status"));
    edit("data/deals.csv", (text) => text.replace("Id,Name", "Id,Title"));
    edit("mappings/opportunity.yaml", (text) => text.replace("name: Name", "name: Title"));
    const before = await checksums(database.url);
    const ended = await migrate(dir, ["run"], env);
    expect(ended.code, ended.stderr).toBe(4);
    expect(ended.stderr).toContain("PLAN_DRIFT");
    expect(ended.stderr).toContain("source deals.csv: columns gone: Name");
    expect(ended.stderr).toContain("source deals.csv: new columns: Title");
    expect(ended.stderr).toContain("mapping task<tasks.csv: changed");
    expect(ended.stderr).toContain("mapping opportunity<deals.csv: changed");
    expect(ended.stderr).not.toContain("mapping contact");
    expect(await checksums(database.url)).toEqual(before);
    expect(runNames(dir)).toEqual([]);
  });

  it("resuming with a changed file or mapping: exit 4; with the same again it goes on", async () => {
    const running = await half();
    running.child.kill("SIGINT");
    expect((await running.ended).code).toBe(130);
    const run = runNames(dir)[0]!;
    const contacts = readFileSync(join(dir, "data/contacts.csv"), "utf8");
    appendFileSync(join(dir, "data/contacts.csv"), "CNEW,New,One,,,,,,,0\n");
    const changedFile = await migrate(dir, ["run", "--resume", run], env);
    expect(changedFile.code, changedFile.stderr).toBe(4);
    expect(changedFile.stderr).toContain("RESUME_SOURCE_CHANGED");
    expect(changedFile.stderr).toContain("contacts.csv changed since the run began");
    writeFileSync(join(dir, "data/contacts.csv"), contacts);

    const mapping = readFileSync(join(dir, "mappings/contact.yaml"), "utf8");
    edit("mappings/contact.yaml", (text) => text.replace("  description: Remarks\n", ""));
    const changedMapping = await migrate(dir, ["run", "--resume", run], env);
    expect(changedMapping.code, changedMapping.stderr).toBe(4);
    expect(changedMapping.stderr).toContain("RESUME_DRIFT");
    expect(changedMapping.stderr).toContain("mapping contact<contacts.csv: changed");
    writeFileSync(join(dir, "mappings/contact.yaml"), mapping);
    await resumesClean(run);

    const again = await migrate(dir, ["run", "--resume", run], env);
    expect(again.code).toBe(2);
    expect(again.stderr).toContain(`run ${run} is completed: there is nothing to resume`);
  });

  it("resuming a run that a later one has overtaken: exit 2", async () => {
    const running = await half();
    running.child.kill("SIGKILL");
    await running.ended;
    const first = runNames(dir)[0]!;
    expect((await migrate(dir, ["run", "--only", "user"], env)).code).toBe(0);
    const ended = await migrate(dir, ["run", "--resume", first], env);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain("RESUME_SUPERSEDED");
  });

  it("resuming a run that nobody knows: exit 2", async () => {
    const ended = await migrate(dir, ["run", "--resume", "20200101T000000Z-full"], env);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain("RUN_UNKNOWN");
  });
});
