/** PostgreSQL stops while a run is under way: a clear error, and the run resumes once it is back. */
import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { silentLogger } from "../../core/log.ts";
import { embeddedStatus, ensureEmbedded, removeEmbedded } from "../../core/store/embedded.ts";
import { writeCrmConfig, writeCrmFiles } from "./crm-files.ts";
import { figures, migrate, newFolder, readReport, removeFolders, runNames, start } from "./kit.ts";
import { countForeignKeys, dumpDifference, dumpTarget, leftOvers, untilFound, withClient } from "./target.ts";

const settings = { fsync: "off", full_page_writes: "off", shared_buffers: "64MB" };
let home = "";
let dir = "";
let url = "";
let undisturbed: { dump: ReadonlyMap<string, readonly string[]>; figures: unknown; keys: number };

/** Starts the server, or finds it running; every database of the test lies in it. */
async function serve(): Promise<void> {
  url = (await ensureEmbedded(home, { log: silentLogger, settings })).url;
}

const database = (name: string): string => {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
};

const env = (name: string) => ({ DATABASE_URL: database(name), MIGRATE_CHUNK_RECORDS: "50" });

/** Sends the server's main process the signal of a stop mode and waits until it is gone. */
async function stop(mode: "fast" | "immediate"): Promise<void> {
  const { pid } = await embeddedStatus(home);
  process.kill(pid!, mode === "fast" ? "SIGINT" : "SIGQUIT");
  while ((await embeddedStatus(home)).running) await new Promise((resolve) => setTimeout(resolve, 20));
}

beforeAll(async () => {
  home = newFolder();
  chmodSync(home, 0o755);
  await serve();
  dir = newFolder();
  writeCrmFiles(dir, { contacts: 600 });
  writeCrmConfig(dir);
  await withClient(url, async (client) => {
    for (const name of ["calm", "fast", "immediate", "cut"]) await client.query(`create database ${name}`);
  });
  const ended = await migrate(dir, ["run", "--json"], env("calm"));
  expect(ended.code, ended.stderr).toBe(0);
  undisturbed = {
    dump: await dumpTarget(database("calm")),
    figures: figures(readReport(dir, runNames(dir)[0]!)),
    keys: await countForeignKeys(database("calm")),
  };
});

afterAll(async () => {
  await removeEmbedded(home);
  for (const folder of mounted) spawnSync("umount", [folder]);
  removeFolders();
});

/** Starts a run and does something once contacts are being loaded; what the run then says. */
async function disturb(name: string, how: () => Promise<void>) {
  const running = start(dir, ["run"], env(name));
  await withClient(database(name), async (client) => {
    await untilFound(
      client,
      "select 1 from migrate.progress p join migrate.origin o on o.id = p.origin_id where o.object = 'contact' and p.chunk >= 2",
      running.alive,
    );
  });
  expect(running.alive(), "a run that can be disturbed").toBe(true);
  await how();
  return running.ended;
}

async function resumesClean(name: string): Promise<void> {
  const run = runNames(dir).at(-1)!;
  const resumed = await migrate(dir, ["run", "--json", "--resume", run], env(name));
  expect(resumed.code, resumed.stderr).toBe(0);
  expect(dumpDifference(undisturbed.dump, await dumpTarget(database(name)))).toEqual([]);
  expect(figures(readReport(dir, run))).toEqual(undisturbed.figures);
  expect(await leftOvers(database(name), undisturbed.keys)).toEqual([]);
}

/** Mounts a file system of `kilobytes`; false where that is not allowed (it takes root, and Linux). */
function mountTiny(folder: string, kilobytes: number): boolean {
  mkdirSync(folder);
  return spawnSync("mount", ["-t", "tmpfs", "-o", `size=${kilobytes}k`, "tmpfs", folder]).status === 0;
}

const mounted: string[] = [];
const mayMount = ((): boolean => {
  const folder = mkdtempSync(join(tmpdir(), "crm-migrate-mount-"));
  const may = process.getuid?.() === 0 && mountTiny(join(folder, "m"), 64);
  if (may) spawnSync("umount", [join(folder, "m")]);
  rmSync(folder, { recursive: true, force: true });
  return may;
})();
const needsMount = (title: string): string =>
  mayMount ? title : `${title} (skipped: file systems cannot be mounted here)`;

describe("a disk is full", () => {
  it.skipIf(!mayMount)(needsMount("the database's, while staging: DATABASE_FULL, exit 1, then --resume"), async () => {
    const folder = join(home, "tiny");
    expect(mountTiny(folder, 200)).toBe(true);
    mounted.push(folder);
    const { dataDir } = await embeddedStatus(home);
    const { uid, gid } = statSync(dataDir);
    chownSync(folder, uid, gid);
    await withClient(url, async (client) => {
      await client.query("create database staging");
      await client.query(`create tablespace tiny location '${folder}'`);
      await client.query("alter database staging set temp_tablespaces = 'tiny'");
    });
    const ended = await migrate(dir, ["run"], { ...env("staging"), MIGRATE_CHUNK_RECORDS: "1000" });
    expect(ended.code, ended.stderr).toBe(1);
    expect(ended.stderr.match(/^error .*/gm)).toEqual(["error DATABASE_FULL"]);
    expect(ended.stderr).toMatch(/the database's disk is full: .*No space left on device/);
    expect(ended.stderr).toContain("then resume the run");
    expect(readReport(dir, runNames(dir).at(-1)!)).toMatchObject({
      status: "failed",
      error: { code: "DATABASE_FULL" },
    });
    await withClient(url, (client) => client.query("alter database staging reset temp_tablespaces"));
    await resumesClean("staging");
    await withClient(url, (client) => client.query("drop tablespace tiny"));
  });

  it.skipIf(!mayMount)(needsMount("ours, under runs/: FILE_FAILED, exit 1, then --resume"), async () => {
    await withClient(url, (client) => client.query("create database files"));
    const place = newFolder();
    cpSync(dir, place, { recursive: true, filter: (path) => !path.startsWith(join(dir, "runs")) });
    const folder = join(place, "runs");
    // room for the plan, but not for the rejects
    expect(mountTiny(folder, 28)).toBe(true);
    mounted.push(folder);
    const ended = await migrate(place, ["run"], env("files"));
    expect(ended.code, ended.stderr).toBe(1);
    expect(ended.stderr.match(/^error .*/gm)).toEqual(["error FILE_FAILED"]);
    expect(ended.stderr).toContain("ENOSPC");
    spawnSync("mount", ["-o", "remount,size=4m", folder]);
    const run = runNames(place).at(-1)!;
    const resumed = await migrate(place, ["run", "--json", "--resume", run], env("files"));
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(figures(readReport(place, run))).toEqual(undisturbed.figures);
  });
});

describe("PostgreSQL is stopped while a run is under way", () => {
  for (const mode of ["fast", "immediate"] as const) {
    it(`${mode}: DATABASE_LOST, exit 1, then --resume`, async () => {
      const ended = await disturb(mode, () => stop(mode));
      expect(ended.code, ended.stderr).toBe(1);
      expect(ended.stderr.match(/^error .*/gm)).toEqual(["error DATABASE_LOST"]);
      expect(ended.stderr).toContain("See that the database is running, then resume the run");
      const run = runNames(dir).at(-1)!;
      expect(ended.stderr).toContain(`migrate run --resume ${run}`);
      expect(readReport(dir, run)).toMatchObject({ status: "failed", error: { code: "DATABASE_LOST" } });
      const refused = await migrate(dir, ["run", "--resume", run], env(mode));
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain("DATABASE_UNREACHABLE");
      await serve();
      await resumesClean(mode);
    });
  }

  it("every session is cut off, the server stays: DATABASE_LOST, and resuming is not locked out", async () => {
    const ended = await disturb("cut", () =>
      withClient(url, async (client) => {
        await client.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = 'cut'");
      }),
    );
    expect(ended.code, ended.stderr).toBe(1);
    expect(ended.stderr.match(/^error .*/gm)).toEqual(["error DATABASE_LOST"]);
    expect(readReport(dir, runNames(dir).at(-1)!)).toMatchObject({ status: "failed" });
    await resumesClean("cut");
  });
});
