/** One PostgreSQL server for the whole test run: DATABASE_URL's, else an embedded one in a temporary folder. */
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync } from "node:fs";
import { freemem, tmpdir } from "node:os";
import { basename, join } from "node:path";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { silentLogger } from "../../core/log.ts";
import { ensureEmbedded, removeEmbedded } from "../../core/store/embedded.ts";
import { processAlive } from "../../core/store/process-identity.ts";
import { migrateState } from "../../core/store/state-migrations.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** URL of a superuser, or one who may create databases; with the password. */
    readonly adminUrl: string;
    /** What CREATE DATABASE takes besides. */
    readonly databaseOptions: string;
    /** Databases that new ones are copies of: an empty one, and one with the state's schema. */
    readonly emptyTemplate: string;
    readonly stateTemplate: string;
  }
}

const PREFIX = "crm-migrate-test-";

/** Memory as a folder: thousands of small tables and files are made and dropped, which costs a disk more than what is in them. */
const MEMORY = "/dev/shm";
/** Bytes that must be free there, and in memory beside. */
const ROOM = 6 * 2 ** 30;

function roomiest(): string {
  if (!existsSync(MEMORY)) return tmpdir();
  const { bavail, bsize } = statfsSync(MEMORY);
  return Math.min(bavail * bsize, freemem()) > ROOM ? MEMORY : tmpdir();
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await removeLeftOvers();
  const dir = mkdtempSync(join(roomiest(), `${PREFIX}${process.pid}-`));
  // run by root, servers are another user, who has to get in
  chmodSync(dir, 0o755);
  const before = process.env.TMPDIR;
  // what the tests' own folders lie in: the workers take over the environment. Those of long trials are too large
  if (process.env.SOAK !== "1") {
    const folders = join(dir, "tmp");
    mkdirSync(folders);
    chmodSync(folders, 0o1777);
    process.env.TMPDIR = folders;
  }
  const stop = await serve(project, dir);
  return async () => {
    await stop();
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
    rmSync(dir, { recursive: true, force: true });
  };
}

/** Provides the server of the test run; the function that is returned ends what was started for it. */
async function serve(project: TestProject, dir: string): Promise<() => Promise<void>> {
  const given = process.env.DATABASE_URL;
  if (given !== undefined && given !== "") {
    project.provide("adminUrl", given);
    project.provide("databaseOptions", "");
    return await provideTemplates(project, given, "");
  }
  // tests do not cut the power, and no test is long enough for the vacuum
  const settings = {
    fsync: "off",
    full_page_writes: "off",
    synchronous_commit: "off",
    autovacuum: "off",
    jit: "off",
    shared_buffers: "32MB",
    max_wal_size: "1GB",
  };
  const { url } = await ensureEmbedded(dir, { log: silentLogger, settings });
  project.provide("adminUrl", url);
  // half the time of writing a new database through the log; PostgreSQL 14 knows no other way
  const options = "strategy file_copy";
  project.provide("databaseOptions", options);
  await provideTemplates(project, url, options);
  return () => removeEmbedded(dir);
}

/** Makes what new databases are copied from; the function that is returned drops it. */
async function provideTemplates(project: TestProject, url: string, options: string): Promise<() => Promise<void>> {
  const names = ["empty", "state"].map((kind) => `test_${kind}_${randomBytes(8).toString("hex")}`);
  const [empty, state] = names as [string, string];
  const inDatabase = async (name: string | null, work: (client: pg.Client) => Promise<unknown>): Promise<void> => {
    const at = new URL(url);
    if (name !== null) at.pathname = `/${name}`;
    const client = new pg.Client({ connectionString: at.href });
    await client.connect();
    await work(client).finally(() => client.end());
  };
  for (const name of names)
    await inDatabase(null, (client) => client.query(`create database ${name} template template0 ${options}`));
  await inDatabase(state, (client) => migrateState(client));
  // the next session leaves a cache of the catalogs in the folder, which is copied, too
  for (const name of names) await inDatabase(name, (client) => client.query("vacuum"));
  for (const name of names) await inDatabase(name, (client) => client.query("select"));
  project.provide("emptyTemplate", empty);
  project.provide("stateTemplate", state);
  return async () => {
    for (const name of names) await inDatabase(null, (client) => client.query(`drop database if exists ${name}`));
  };
}

/** Servers of test runs that were killed. */
async function removeLeftOvers(): Promise<void> {
  const folders = [tmpdir(), MEMORY].filter((folder) => existsSync(folder));
  for (const dir of folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))) {
    if (!basename(dir).startsWith(PREFIX)) continue;
    const pid = Number(basename(dir).slice(PREFIX.length).split("-")[0]);
    if (!Number.isSafeInteger(pid) || pid <= 0 || processAlive(pid)) continue;
    await removeEmbedded(dir).catch(() => undefined);
    rmSync(dir, { recursive: true, force: true });
  }
}
