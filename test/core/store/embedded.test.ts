import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ConfigError } from "../../../core/errors.ts";
import { silentLogger } from "../../../core/log.ts";
import { embeddedStatus, ensureEmbedded, removeEmbedded, stopEmbedded } from "../../../core/store/embedded.ts";
import { canEnter, isRoot, postgresUser } from "../../../core/store/embedded-user.ts";
import { processAlive } from "../../../core/store/process-identity.ts";

const script = fileURLToPath(new URL("embedded-child.ts", import.meta.url));
/** The disk is not what is tested. */
const fast = { log: silentLogger, settings: { fsync: "off", shared_buffers: "16MB" } };

/** Holds a cluster that was stopped: tests that are not about making one start with a copy of it. */
let made: string;
beforeAll(async () => {
  made = mkdtempSync(join(tmpdir(), "embedded-made-"));
  chmodSync(made, 0o755);
  await ensureEmbedded(made, fast);
  await stopEmbedded(made);
});
afterAll(async () => {
  await removeEmbedded(made);
  rmSync(made, { recursive: true, force: true });
});

let base: string;
let dirs: string[];
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "embedded-"));
  chmodSync(base, 0o755);
  dirs = [];
});
afterEach(async () => {
  for (const dir of dirs) {
    if (existsSync(dir)) await removeEmbedded(dir);
  }
  rmSync(base, { recursive: true, force: true });
});

function folder(name = "work"): string {
  const dir = join(base, name);
  mkdirSync(dir, { recursive: true });
  dirs.push(dir);
  return dir;
}

async function existing(name?: string): Promise<string> {
  const dir = folder(name);
  await promisify(execFile)("cp", ["-a", join(made, ".migrate"), dir]);
  return dir;
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function outputOf(dir: string): Promise<{ url: string; started: boolean; messages: string[] }> {
  const { stdout } = await promisify(execFile)(process.execPath, [script, dir]);
  return JSON.parse(stdout);
}

async function killed(child: ChildProcess): Promise<void> {
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}

it("creates a cluster, starts it on the loopback interface only, and reuses it", async () => {
  const dir = folder();
  expect(await embeddedStatus(dir)).toMatchObject({ exists: false, running: false, url: null });
  expect(existsSync(join(dir, ".migrate"))).toBe(false);
  expect(await stopEmbedded(dir)).toBe(false);

  const messages: string[] = [];
  const log = { ...silentLogger, info: (message: string) => void messages.push(message) };
  const first = await ensureEmbedded(dir, { log });
  expect(first.started).toBe(true);
  expect(messages).toEqual([
    "creating the embedded PostgreSQL database; this happens once and takes a few seconds",
    "started the embedded PostgreSQL",
  ]);
  expect(await ensureEmbedded(dir, { log })).toEqual({ url: first.url, started: false });

  // durable, and tuned for loading
  const settings = await query(
    first.url,
    `select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes', 'jit', 'wal_level',
       'listen_addresses', 'unix_socket_directories', 'password_encryption', 'server_encoding', 'lc_messages', 'TimeZone') order by name collate "C"`,
  );
  expect(Object.fromEntries(settings.map((row) => [row.name, row.setting]))).toEqual({
    TimeZone: "UTC",
    fsync: "on",
    full_page_writes: "on",
    jit: "off",
    lc_messages: "C",
    listen_addresses: "127.0.0.1",
    password_encryption: "scram-sha-256",
    server_encoding: "UTF8",
    synchronous_commit: "on",
    unix_socket_directories: "",
    wal_level: "minimal",
  });
  const password = join(dir, ".migrate", "password");
  expect(statSync(password).mode & 0o777).toBe(0o600);
  expect(readFileSync(password, "utf8").trim()).toHaveLength(32);
  expect(readFileSync(join(dir, ".migrate", ".gitignore"), "utf8")).toBe("*\n");
  const wrong = new URL(first.url);
  wrong.password = "wrong";
  await expect(query(wrong.href, "select 1")).rejects.toMatchObject({ code: "28P01" });
  const outside = Object.values(networkInterfaces())
    .flat()
    .find((address) => address?.family === "IPv4" && !address.internal);
  if (outside !== undefined) {
    const remote = new URL(first.url);
    remote.hostname = outside.address;
    await expect(query(remote.href, "select 1")).rejects.toMatchObject({ code: "ECONNREFUSED" });
  }

  await query(first.url, "create table kept as select 1 as n");
  const status = await embeddedStatus(dir);
  expect(status).toMatchObject({ exists: true, running: true, url: first.url, port: Number(new URL(first.url).port) });
  expect(await stopEmbedded(dir)).toBe(true);
  expect(processAlive(status.pid!)).toBe(false);
  expect(await stopEmbedded(dir)).toBe(false);
  expect(await embeddedStatus(dir)).toMatchObject({ exists: true, running: false, pid: null });

  const again = await ensureEmbedded(dir, fast);
  expect(again).toEqual({ url: first.url, started: true });
  expect(await query(again.url, "select n from kept")).toEqual([{ n: 1 }]);
});

it("takes another port when its own is taken", async () => {
  const dir = await existing();
  const { url } = await ensureEmbedded(dir, fast);
  await stopEmbedded(dir);
  const { createServer } = await import("node:net");
  const squatter = createServer().listen(Number(new URL(url).port), "127.0.0.1");
  await once(squatter, "listening");
  try {
    const moved = await ensureEmbedded(dir, fast);
    expect(new URL(moved.url).port).not.toBe(new URL(url).port);
    expect(await query(moved.url, "select 1 as n")).toEqual([{ n: 1 }]);
  } finally {
    squatter.close();
  }
});

it("works in a folder with blanks, letters beyond ASCII and a long path", async () => {
  const dir = folder(`Kunden daten ünï 顧客 ${"x".repeat(60)}/${"y".repeat(80)}`);
  const { url } = await ensureEmbedded(dir, fast);
  expect(await query(url, "select 1 as n")).toEqual([{ n: 1 }]);
  expect(await stopEmbedded(dir)).toBe(true);
});

it("is shared by commands that start at once: one creates and starts it", async () => {
  const dir = folder();
  const outputs = await Promise.all(Array.from({ length: 4 }, () => outputOf(dir)));
  expect(new Set(outputs.map((output) => output.url)).size).toBe(1);
  expect(outputs.filter((output) => output.started)).toHaveLength(1);
  expect(outputs.flatMap((output) => output.messages)).toHaveLength(2);
  expect(readdirSync(join(dir, ".migrate")).sort()).toEqual([".gitignore", "password", "pg", "port", "postgres.log"]);
  // and it goes on after all of them have ended
  expect(await query(outputs[0]!.url, "select 1 as n")).toEqual([{ n: 1 }]);
});

it("survives kill -9 of the command that started it", async () => {
  const dir = await existing();
  // a group of its own, killed as a whole: what a closing terminal does
  const child = spawn(process.execPath, [script, dir, "hold"], {
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
  });
  const [line] = (await once(child.stdout!, "data")) as [Buffer];
  const { url } = JSON.parse(line.toString()) as { url: string };
  const exit = once(child, "exit");
  process.kill(-child.pid!, "SIGKILL");
  await exit;
  expect(await query(url, "select 1 as n")).toEqual([{ n: 1 }]);
  expect(await ensureEmbedded(dir, fast)).toEqual({ url, started: false });
});

describe("a command killed half-way", () => {
  it("while creating: the next one starts anew", async () => {
    const dir = folder();
    const home = join(dir, ".migrate");
    const child = spawn(process.execPath, [script, dir], { stdio: "ignore" });
    await expect
      .poll(() => existsSync(home) && readdirSync(home).some((name) => name.startsWith("draft-")), {
        interval: 5,
        timeout: 20_000,
      })
      .toBe(true);
    await killed(child);
    expect(existsSync(join(home, "pg"))).toBe(false);
    expect(existsSync(join(home, "lock"))).toBe(true);
    const { url, started } = await ensureEmbedded(dir, fast);
    expect(started).toBe(true);
    expect(await query(url, "select 1 as n")).toEqual([{ n: 1 }]);
  });

  it("while starting: the next one uses the server that is on its way", async () => {
    const dir = await existing();
    const pidFile = join(dir, ".migrate", "pg", "postmaster.pid");
    const child = spawn(process.execPath, [script, dir], { stdio: "ignore" });
    await expect.poll(() => existsSync(pidFile), { interval: 1, timeout: 20_000 }).toBe(true);
    await killed(child);
    const { url } = await ensureEmbedded(dir, fast);
    expect(await query(url, "select current_database() as name")).toEqual([{ name: "crm" }]);
  });
});

it("recovers from a crash of the machine, even when the old pid is in use by another process", async () => {
  const dir = await existing();
  const { url } = await ensureEmbedded(dir, { log: silentLogger });
  await query(url, "create table kept as select 1 as n");
  const { pid, dataDir } = await embeddedStatus(dir);
  const pidFile = join(dataDir, "postmaster.pid");
  const lines = readFileSync(pidFile, "utf8").split("\n");
  process.kill(pid!, "SIGKILL");
  await expect.poll(() => processAlive(pid!), { timeout: 20_000 }).toBe(false);
  const { uid, gid } = statSync(dataDir);
  // the server itself only believes in processes of its own user
  const bystander = spawn("/bin/sleep", ["60"], { stdio: "ignore", cwd: "/", ...(isRoot() ? { uid, gid } : {}) });
  try {
    unlinkSync(pidFile);
    writeFileSync(pidFile, [bystander.pid, ...lines.slice(1)].join("\n"), { mode: 0o600 });
    chownSync(pidFile, uid, gid);
    expect(await embeddedStatus(dir)).toMatchObject({ exists: true, running: false });
    const again = await ensureEmbedded(dir, fast);
    expect(again.started).toBe(true);
    expect(await query(again.url, "select n from kept")).toEqual([{ n: 1 }]);
  } finally {
    await killed(bystander);
  }
});

it("moves with its folder, stopped or running", async () => {
  const dir = await existing("before");
  const { url } = await ensureEmbedded(dir, fast);
  await query(url, "create table kept as select 1 as n");
  await stopEmbedded(dir);
  const second = join(base, "after");
  dirs.push(second);
  renameSync(dir, second);
  const moved = await ensureEmbedded(second, fast);
  expect(moved.started).toBe(true);
  expect(await query(moved.url, "select n from kept")).toEqual([{ n: 1 }]);

  const third = join(base, "third");
  dirs.push(third);
  renameSync(second, third);
  expect(await ensureEmbedded(third, fast)).toEqual({ url: moved.url, started: false });
  expect(await stopEmbedded(third)).toBe(true);
  expect((await ensureEmbedded(third, fast)).started).toBe(true);
});

describe("what cannot work says so", () => {
  it("EMBEDDED_PASSWORD, EMBEDDED_VERSION", async () => {
    const dir = await existing();
    const password = join(dir, ".migrate", "password");
    const secret = readFileSync(password, "utf8");
    unlinkSync(password);
    await expect(ensureEmbedded(dir, fast)).rejects.toMatchObject({ code: "EMBEDDED_PASSWORD", exitCode: 2 });
    writeFileSync(password, secret);
    writeFileSync(join(dir, ".migrate", "pg", "PG_VERSION"), "11\n");
    await expect(ensureEmbedded(dir, fast)).rejects.toMatchObject({
      code: "EMBEDDED_VERSION",
      message: expect.stringMatching(/was made by PostgreSQL 11, this version brings \d+$/),
    });
  });

  it("EMBEDDED_START shows the server's own words", async () => {
    const dir = await existing();
    await expect(
      ensureEmbedded(dir, { log: silentLogger, settings: { shared_buffers: "none" } }),
    ).rejects.toMatchObject({
      code: "EMBEDDED_START",
      message: expect.stringContaining('invalid value for parameter "shared_buffers"'),
    });
  });

  it("EMBEDDED_COPIED: a copy made while the server ran", async () => {
    const dir = await existing();
    await ensureEmbedded(dir, fast);
    const copy = folder("copy");
    await promisify(execFile)("cp", ["-a", join(dir, ".migrate"), copy]);
    await expect(ensureEmbedded(copy, fast)).rejects.toMatchObject({ code: "EMBEDDED_COPIED", exitCode: 2 });
    expect(await stopEmbedded(dir)).toBe(true);
  });

  it("EMBEDDED_FOLDER", async () => {
    const dir = join(base, "file");
    writeFileSync(dir, "");
    await expect(ensureEmbedded(dir, fast)).rejects.toBeInstanceOf(ConfigError);
    await expect(ensureEmbedded(dir, fast)).rejects.toMatchObject({ code: "EMBEDDED_FOLDER" });
  });
});

describe.skipIf(!isRoot())("as root", () => {
  it("runs as another user, who can read nothing but the cluster", async () => {
    const dir = folder();
    await ensureEmbedded(dir, fast);
    const { pid, dataDir } = await embeddedStatus(dir);
    expect(statSync(`/proc/${pid}`).uid).toBe(postgresUser().uid);
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    expect(statSync(join(dir, ".migrate")).mode & 0o777).toBe(0o711);
    // the environment of the command, with its secrets, is not the server's
    const environment = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
    expect(
      environment.map((entry) => entry.split("=")[0]).filter((name) => !/^(PATH|LC_ALL|TZ|PG.*|)$/.test(name!)),
    ).toEqual([]);
  });

  it("works below a folder that only root can enter: the cluster lies elsewhere", async () => {
    const closed = join(base, "closed");
    mkdirSync(closed, { mode: 0o700 });
    const dir = folder("closed/work");
    const { url } = await ensureEmbedded(dir, fast);
    await query(url, "create table kept as select 1 as n");
    expect((await embeddedStatus(dir)).dataDir).toMatch(/^\/var\/lib\/crm-migrate\/[0-9a-f]{16}\/pg$/);
    expect(existsSync(join(dir, ".migrate", "pg"))).toBe(false);
    expect(await stopEmbedded(dir)).toBe(true);
    const again = await ensureEmbedded(dir, fast);
    expect(await query(again.url, "select n from kept")).toEqual([{ n: 1 }]);
    const { dataDir } = await embeddedStatus(dir);
    await removeEmbedded(dir);
    expect([existsSync(dirname(dataDir)), readdirSync(dir)]).toEqual([false, []]);
  });

  it("says so when an existing cluster is moved below such a folder: EMBEDDED_UNREACHABLE", async () => {
    const dir = await existing();
    const closed = join(base, "closed");
    mkdirSync(closed, { mode: 0o700 });
    renameSync(dir, join(closed, "work"));
    await expect(ensureEmbedded(join(closed, "work"), fast)).rejects.toMatchObject({
      code: "EMBEDDED_UNREACHABLE",
      exitCode: 2,
    });
  });

  it.skipIf(isRoot() && !canEnter(postgresUser(), fileURLToPath(new URL(".", import.meta.url))))(
    "an ordinary user starts it too, and root's later command joins in",
    async () => {
      const dir = folder();
      const user = postgresUser();
      chownSync(dir, user.uid, user.gid);
      const { stdout } = await promisify(execFile)(process.execPath, [script, dir], { ...user, cwd: "/" });
      const { url, started } = JSON.parse(stdout) as { url: string; started: boolean };
      expect(started).toBe(true);
      expect(statSync(join(dir, ".migrate")).mode & 0o777).toBe(0o700);
      expect(await ensureEmbedded(dir, fast)).toEqual({ url, started: false });
    },
  );

  it.skipIf(isRoot() && !canEnter(postgresUser(), fileURLToPath(new URL(".", import.meta.url))))(
    "an ordinary user cannot use root's: EMBEDDED_OWNER",
    async () => {
      const dir = await existing();
      await ensureEmbedded(dir, fast);
      const nobody = { uid: 65_534, gid: 65_534, cwd: "/" };
      const failed = promisify(execFile)(process.execPath, [script, dir], nobody);
      await expect(failed).rejects.toMatchObject({ stderr: expect.stringContaining("EMBEDDED_OWNER") });
    },
  );
});
