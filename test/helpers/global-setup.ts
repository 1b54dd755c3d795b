/** One PostgreSQL server for the whole test run: DATABASE_URL's, else an embedded one in a temporary folder. */
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statfsSync } from "node:fs";
import { freemem, tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { TestProject } from "vitest/node";
import { silentLogger } from "../../core/log.ts";
import { ensureEmbedded, removeEmbedded } from "../../core/store/embedded.ts";
import { processAlive } from "../../core/store/process-identity.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** URL of a superuser, or one who may create databases; with the password. */
    readonly adminUrl: string;
    /** What CREATE DATABASE takes besides. */
    readonly databaseOptions: string;
  }
}

const PREFIX = "crm-migrate-test-";

/** Memory as a folder: thousands of small tables are made and dropped, which costs a disk more than what is in them. */
const MEMORY = "/dev/shm";
/** Bytes that must be free there, and in memory beside. */
const ROOM = 6 * 2 ** 30;

function roomiest(): string {
  if (!existsSync(MEMORY)) return tmpdir();
  const { bavail, bsize } = statfsSync(MEMORY);
  return Math.min(bavail * bsize, freemem()) > ROOM ? MEMORY : tmpdir();
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.DATABASE_URL;
  if (given !== undefined && given !== "") {
    project.provide("adminUrl", given);
    project.provide("databaseOptions", "");
    return async () => undefined;
  }
  await removeLeftOvers();
  const dir = mkdtempSync(join(roomiest(), `${PREFIX}${process.pid}-`));
  // run by root, the server is another user, who has to get in
  chmodSync(dir, 0o755);
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
  project.provide("databaseOptions", "strategy file_copy");
  return async () => {
    await removeEmbedded(dir);
    rmSync(dir, { recursive: true, force: true });
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
