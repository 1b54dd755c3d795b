/** Processes of the embedded PostgreSQL: initdb, the detached server, its end. Callers hold the folder's lock. */
import { type ChildProcess, spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statfsSync,
  statSync,
  truncateSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ConfigError, TerminalError } from "../errors.ts";
import type { ServerUser } from "./embedded-user.ts";
import { isServerOf, processStart } from "./process-identity.ts";

const START_TIMEOUT_MS = 300_000; // crash recovery replays up to max_wal_size
const STOP_TIMEOUT_MS = 120_000;
const LOG_LIMIT = 10 * 1024 * 1024;
const SMALL_SHM = 1024 ** 3;

/**
 * Made for loading. Durable all the same: fsync, full_page_writes and synchronous_commit stay on, for a run's promise
 * is that what it reported as committed is there after a power cut.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: "127.0.0.1",
  // socket paths are limited to about 107 bytes; the folder may lie deeper
  unix_socket_directories: "",
  password_encryption: "scram-sha-256",
  shared_buffers: "256MB",
  work_mem: "64MB",
  maintenance_work_mem: "256MB",
  wal_level: "minimal",
  max_wal_senders: "0",
  max_wal_size: "4GB",
  checkpoint_timeout: "15min",
  fsync: "on",
  synchronous_commit: "on",
  jit: "off",
  lc_messages: "C",
  timezone: "UTC",
  log_timezone: "UTC",
  logging_collector: "off",
};

/** The user's environment holds secrets that a server must not keep: it gets next to nothing. */
function serverEnv(): NodeJS.ProcessEnv {
  const { PATH, SystemRoot } = process.env;
  return { PATH, LC_ALL: "C", TZ: "UTC", ...(SystemRoot === undefined ? {} : { SystemRoot }) };
}

/** Parallel queries share memory through /dev/shm, 64 MB in a container by default: files serve where it is small. */
function sharedMemoryType(): Record<string, string> {
  if (process.platform !== "linux") return {};
  try {
    const { blocks, bsize } = statfsSync("/dev/shm");
    if (blocks * bsize >= SMALL_SHM) return {};
  } catch {
    // no /dev/shm at all
  }
  return { dynamic_shared_memory_type: "mmap" };
}

/** What `postmaster.pid` says; null when there is none or it is not complete yet. */
export interface PidFile {
  readonly pid: number;
  readonly dataDir: string;
  readonly startedAt: Date;
  readonly port: number;
  readonly ready: boolean;
}

export function readPidFile(dataDir: string): PidFile | null {
  let lines: string[];
  try {
    lines = readFileSync(join(dataDir, "postmaster.pid"), "utf8").split("\n");
  } catch {
    return null;
  }
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  if (!Number.isSafeInteger(pid) || pid <= 0) return null;
  return {
    pid,
    dataDir: lines[1] ?? "",
    startedAt: new Date(Number(lines[2]) * 1000),
    port: Number.isSafeInteger(port) ? port : 0,
    ready: (lines[7] ?? "").startsWith("ready"),
  };
}

/** The server that runs on `dataDir` (a real path), or null. A pid file left by a crash does not count, even when its pid is in use again. */
export function runningServer(dataDir: string): PidFile | null {
  const file = readPidFile(dataDir);
  return file !== null && isServerOf(file.pid, dataDir) ? file : null;
}

/** Runs initdb; the superuser is `user` with the password in `passwordFile`. Falls back from C.UTF-8 to C. */
export async function initCluster(
  initdb: string,
  dataDir: string,
  user: string,
  passwordFile: string,
  as: ServerUser | null,
): Promise<void> {
  const run = async (locale: string): Promise<string | null> => {
    const args = [`--pgdata=${dataDir}`, "--encoding=UTF8", `--locale=${locale}`, "--lc-messages=C"];
    args.push("--auth=scram-sha-256", `--username=${user}`, `--pwfile=${passwordFile}`);
    const child = spawn(initdb, args, { ...as, cwd: "/", env: serverEnv(), stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", resolve);
    });
    return code === 0 ? null : output.trim();
  };
  let failure = await run("C.UTF-8");
  if (failure !== null && /locale/i.test(failure)) {
    rmSync(dataDir, { recursive: true, force: true });
    failure = await run("C");
  }
  if (failure !== null) {
    throw new TerminalError("EMBEDDED_INIT", `the embedded PostgreSQL could not be created: ${lastLines(failure)}`, {
      hint: "Check free disk space and the folder's permissions, or set DATABASE_URL to a server of your own.",
    });
  }
}

export interface StartOptions {
  readonly postgres: string;
  /** Real path. */
  readonly dataDir: string;
  readonly logFile: string;
  /** Tried first, so that the URL stays the same; null: any free one. */
  readonly preferredPort: number | null;
  readonly as: ServerUser | null;
  readonly settings: Readonly<Record<string, string>>;
}

/** Starts the server in a session of its own: it outlives this process and its terminal. Returns when it takes connections. */
export async function startServer(options: StartOptions): Promise<PidFile> {
  const { dataDir } = options;
  // the server itself refuses when the file's pid is in use again, by whatever process
  if (runningServer(dataDir) === null) rmSync(join(dataDir, "postmaster.pid"), { force: true });
  if (existsSync(options.logFile) && statSync(options.logFile).size > LOG_LIMIT) truncateSync(options.logFile);
  const settings = { ...SETTINGS, ...sharedMemoryType(), ...options.settings };
  const args = ["-D", dataDir, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])];
  let port = options.preferredPort;
  for (let attempt = 0; ; attempt++) {
    port = port !== null && (await isFree(port)) ? port : await freePort();
    const log = openSync(options.logFile, "a", 0o600);
    const from = statSync(options.logFile).size;
    let child: ChildProcess;
    try {
      child = spawn(options.postgres, [...args, "-p", String(port)], {
        ...options.as,
        cwd: "/",
        env: serverEnv(),
        detached: true,
        stdio: ["ignore", log, log],
      });
    } finally {
      closeSync(log);
    }
    child.unref();
    const started = await untilReady(child, dataDir);
    if (started !== null) return started;
    const output = readFrom(options.logFile, from);
    // between looking for a free port and taking it, somebody else may have
    if (/could not bind|already in use|could not create any TCP/i.test(output) && attempt < 5) {
      port = null;
      continue;
    }
    throw new TerminalError("EMBEDDED_START", `the embedded PostgreSQL did not start: ${lastLines(output)}`, {
      hint: `See ${options.logFile}.`,
    });
  }
}

/** Waits for a server that is starting; null when the process ended instead. */
async function untilReady(child: ChildProcess, dataDir: string): Promise<PidFile | null> {
  let ended = false;
  const exit = new Promise<void>((resolve, reject) => {
    child.once("exit", () => {
      ended = true;
      resolve();
    });
    child.once("error", reject);
  });
  // an error (no such file) reaches the race below; before that it must not count as unhandled
  exit.catch(() => undefined);
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!ended) {
    const file = readPidFile(dataDir);
    if (file?.ready === true && file.pid === child.pid) return file;
    if (Date.now() > deadline) throw startTimeout();
    await Promise.race([exit, sleep(25)]);
  }
  return null;
}

/** Waits until a server that somebody else started takes connections; null when it ended. */
export async function awaitServer(dataDir: string): Promise<PidFile | null> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const file = runningServer(dataDir);
    if (file === null || file.ready) return file;
    if (Date.now() > deadline) throw startTimeout();
    await sleep(50);
  }
}

function startTimeout(): TerminalError {
  return new TerminalError(
    "EMBEDDED_START",
    `the embedded PostgreSQL was not ready after ${START_TIMEOUT_MS / 1000} s`,
    {
      hint: "See .migrate/postgres.log; it may be recovering from a crash: try again later.",
    },
  );
}

/** Fast shutdown: open transactions are rolled back. Returns when the process is gone. False when no server ran. */
export async function stopServer(dataDir: string): Promise<boolean> {
  const file = runningServer(dataDir);
  if (file === null) return false;
  const start = processStart(file.pid);
  try {
    process.kill(file.pid, "SIGINT");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw new ConfigError("EMBEDDED_OWNER", `the embedded PostgreSQL (process ${file.pid}) belongs to another user`, {
      hint: "Stop it as the user who started it.",
      cause,
    });
  }
  const deadline = Date.now() + STOP_TIMEOUT_MS;
  // The server deletes its file first and ends a moment later.
  while (runningServer(dataDir)?.pid === file.pid || (start !== null && processStart(file.pid) === start)) {
    if (Date.now() > deadline) {
      throw new TerminalError(
        "EMBEDDED_STOP",
        `the embedded PostgreSQL (process ${file.pid}) did not stop in ${STOP_TIMEOUT_MS / 1000} s`,
      );
    }
    await sleep(25);
  }
  return true;
}

async function isFree(port: number): Promise<boolean> {
  return (await listen(port)) !== null;
}

async function freePort(): Promise<number> {
  const port = await listen(0);
  if (port === null) throw new TerminalError("EMBEDDED_START", "no free port on 127.0.0.1");
  return port;
}

/** Opens and closes a port of the loopback interface; null when it is taken. */
function listen(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(null));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : null));
    });
  });
}

function readFrom(file: string, from: number): string {
  const size = statSync(file).size - from;
  if (size <= 0) return "";
  const buffer = Buffer.alloc(Math.min(size, 65_536));
  const handle = openSync(file, "r");
  try {
    return buffer.toString("utf8", 0, readSync(handle, buffer, 0, buffer.length, from));
  } finally {
    closeSync(handle);
  }
}

function lastLines(text: string): string {
  return text.trim().split("\n").slice(-4).join(" / ");
}
