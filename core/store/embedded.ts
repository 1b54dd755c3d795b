/**
 * The embedded PostgreSQL: a real server under `.migrate/`, for when no DATABASE_URL is set. It is started by the first
 * command that needs it, keeps running when the command ends, however it ends, and is shared by all commands on that folder.
 */
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { ConfigError, TerminalError } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Binaries } from "./embedded-binaries.ts";
import {
  assertOurs,
  binariesFor,
  choosePlace,
  makeHome,
  ownerOf,
  type Place,
  placeOf,
  readIfThere,
} from "./embedded-place.ts";
import { awaitServer, initCluster, readPidFile, runningServer, startServer, stopServer } from "./embedded-server.ts";
import type { ServerUser } from "./embedded-user.ts";
import { withFileLock } from "./file-lock.ts";
import { isServerOf } from "./process-identity.ts";
import { ident } from "./quote.ts";

/** Superuser of the cluster, and its one database. */
const USER = "migrate";
const DATABASE = "crm";

export interface EmbeddedOptions {
  readonly log: Logger;
  /** Server settings over the built-in ones; for tests. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface EmbeddedStatus {
  /** A cluster was created here. */
  readonly exists: boolean;
  readonly running: boolean;
  readonly dataDir: string;
  readonly logFile: string;
  readonly pid: number | null;
  readonly port: number | null;
  readonly startedAt: Date | null;
  /** With the password; null when not running. */
  readonly url: string | null;
}

/**
 * Makes sure that the embedded database of `dir` (the folder of migration.yaml) runs, creating it the first time.
 * Safe when several processes call it at once: one of them starts the server. `started` tells whether this call did.
 * Throws ConfigError EMBEDDED_* when it cannot run here, TerminalError EMBEDDED_INIT, EMBEDDED_START.
 */
export async function ensureEmbedded(
  dir: string,
  options: EmbeddedOptions,
): Promise<{ url: string; started: boolean }> {
  const place = placeOf(dir);
  if (existsSync(place.dataDir)) {
    assertOurs(place);
    const running = await urlOfRunning(place);
    if (running !== null) return { url: running, started: false };
  }
  makeHome(place.home);
  return withFileLock(place.lockFile, () => start(placeOf(dir), options));
}

/** Stops the server of `dir`; open transactions are rolled back. False when none was running. */
export async function stopEmbedded(dir: string): Promise<boolean> {
  const place = placeOf(dir);
  if (!existsSync(place.dataDir)) return false;
  assertOurs(place);
  return withFileLock(place.lockFile, () => stopServer(placeOf(dir).dataDir));
}

/** Stops the server of `dir` and deletes `.migrate` and the cluster, wherever it lies, with everything in it. */
export async function removeEmbedded(dir: string): Promise<void> {
  const place = placeOf(dir);
  await stopEmbedded(dir);
  if (place.parent !== place.home) rmSync(place.parent, { recursive: true, force: true });
  rmSync(place.home, { recursive: true, force: true });
}

/** What there is in `dir`; starts and changes nothing. */
export async function embeddedStatus(dir: string): Promise<EmbeddedStatus> {
  const place = placeOf(dir);
  const server = existsSync(place.dataDir) ? runningServer(place.dataDir) : null;
  return {
    exists: existsSync(join(place.dataDir, "PG_VERSION")),
    running: server !== null,
    dataDir: place.dataDir,
    logFile: place.logFile,
    pid: server?.pid ?? null,
    port: server?.port ?? null,
    startedAt: server?.startedAt ?? null,
    url: server === null ? null : urlFor(server.port, password(place)),
  };
}

/** Under the lock. */
async function start(first: Place, options: EmbeddedOptions): Promise<{ url: string; started: boolean }> {
  let place = first;
  let as: ServerUser | null;
  let binaries: Binaries;
  if (existsSync(place.dataDir)) {
    const other = await awaitServer(place.dataDir);
    if (other !== null) return { url: await prepared(other.port, password(place)), started: false };
    assertNotCopied(place.dataDir);
    as = ownerOf(place);
    binaries = await binariesFor(as);
    checkVersion(place.dataDir, binaries);
  } else {
    ({ place, as } = choosePlace(place));
    binaries = await binariesFor(as);
    options.log.info("creating the embedded PostgreSQL database; this happens once and takes a few seconds", {
      folder: place.parent,
    });
    await create(place, as, binaries);
    place = placeOf(join(place.home, ".."));
  }
  const secret = password(place);
  const server = await startServer({
    postgres: binaries.postgres,
    dataDir: place.dataDir,
    logFile: place.logFile,
    preferredPort: Number(readIfThere(place.portFile)) || null,
    as,
    settings: options.settings ?? {},
  });
  writeFileSync(place.portFile, `${server.port}\n`);
  const url = await prepared(server.port, secret);
  options.log.info("started the embedded PostgreSQL", { port: server.port, folder: place.parent });
  return { url, started: true };
}

/** initdb into a draft folder that is renamed when it is complete: a command killed half-way leaves no half cluster. */
async function create(place: Place, as: ServerUser | null, binaries: Binaries): Promise<void> {
  for (const name of readdirSync(place.parent)) {
    if (name.startsWith("draft-")) rmSync(join(place.parent, name), { recursive: true, force: true, maxRetries: 3 });
  }
  const secret = readIfThere(place.passwordFile) ?? randomBytes(24).toString("base64url");
  writeFileSync(place.passwordFile, `${secret}\n`, { mode: 0o600 });
  chmodSync(place.passwordFile, 0o600);
  const draft = join(place.parent, `draft-${randomBytes(6).toString("hex")}`);
  mkdirSync(draft, { mode: 0o700 });
  try {
    const given = join(draft, "password");
    writeFileSync(given, `${secret}\n`, { mode: 0o600 });
    if (as !== null) for (const path of [given, draft]) chownSync(path, as.uid, as.gid);
    await initCluster(binaries.initdb, join(draft, "pg"), USER, given, as);
    renameSync(join(draft, "pg"), place.dataDir);
  } finally {
    rmSync(draft, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** A cluster copied under a running server is torn; its pid file still names the original's server. */
function assertNotCopied(dataDir: string): void {
  const file = readPidFile(dataDir);
  if (file === null || file.dataDir === dataDir || !isServerOf(file.pid, file.dataDir)) return;
  throw new ConfigError("EMBEDDED_COPIED", `${dataDir} was copied from ${file.dataDir} while its server was running`, {
    hint: "Such a copy is not reliable: stop the original (migrate db stop), copy again, or delete this one.",
  });
}

function checkVersion(dataDir: string, binaries: Binaries): void {
  const cluster = readFileSync(join(dataDir, "PG_VERSION"), "utf8").trim();
  const ours = binaries.version.split(".")[0];
  if (cluster === ours) return;
  throw new ConfigError(
    "EMBEDDED_VERSION",
    `the database in ${dataDir} was made by PostgreSQL ${cluster}, this version brings ${ours}`,
    {
      hint: "Dump it with the old version and restore it, or move .migrate away to start anew.",
    },
  );
}

function password(place: Place): string {
  const secret = readIfThere(place.passwordFile);
  if (secret !== null) return secret;
  throw new ConfigError(
    "EMBEDDED_PASSWORD",
    `the password of the embedded database, ${place.passwordFile}, is missing`,
    {
      hint: "Restore the file from a backup, or delete .migrate to start with an empty database.",
    },
  );
}

function urlFor(port: number, secret: string, database = DATABASE): string {
  return `postgres://${USER}:${encodeURIComponent(secret)}@127.0.0.1:${port}/${database}`;
}

/** The URL when the server runs and lets us in; null leaves the decision to the one who holds the lock. */
async function urlOfRunning(place: Place): Promise<string | null> {
  const server = runningServer(place.dataDir);
  if (server?.ready !== true) return null;
  const url = urlFor(server.port, password(place));
  try {
    const client = await connected(url);
    await client.end();
    return url;
  } catch {
    return null;
  }
}

/** Creates the database when it is missing (a command may have been killed right after the start). Returns its URL. */
async function prepared(port: number, secret: string): Promise<string> {
  try {
    const client = await connected(urlFor(port, secret, "postgres"));
    try {
      const { rowCount } = await client.query("select from pg_database where datname = $1", [DATABASE]);
      if (rowCount === 0) await client.query(`create database ${ident(DATABASE)} template template0`);
    } finally {
      await client.end();
    }
    return urlFor(port, secret);
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new TerminalError(
      "EMBEDDED_START",
      `the embedded PostgreSQL runs on port ${port} but does not let us in: ${text}`,
      {
        hint: "See .migrate/postgres.log; when .migrate/password was changed, restore it.",
        cause,
      },
    );
  }
}

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 15_000,
    application_name: "crm-migrate",
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
  return client;
}
