import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, it } from "vitest";
import { withFileLock } from "../../../core/store/file-lock.ts";

const child = fileURLToPath(new URL("file-lock-child.ts", import.meta.url));
let dir: string;
let lock: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "lock-"));
  lock = join(dir, "lock");
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

it("lets one process in at a time", async () => {
  const counter = join(dir, "counter");
  writeFileSync(counter, "0");
  await Promise.all(
    Array.from({ length: 4 }, () => promisify(execFile)(process.execPath, [child, lock, counter, "10"])),
  );
  expect(readFileSync(counter, "utf8")).toBe("40");
  expect(readdirSync(dir)).toEqual(["counter"]);
});

it("takes over from a holder that was killed, and only once, however many wait", async () => {
  const holder = spawn(process.execPath, [child, lock, "-", "hold"], { stdio: ["ignore", "pipe", "inherit"] });
  await once(holder.stdout, "data");
  await expect(withFileLock(lock, async () => "in", 200)).rejects.toMatchObject({
    code: "LOCK_TIMEOUT",
    message: expect.stringContaining(`process ${holder.pid} has held ${lock}`),
  });
  holder.kill("SIGKILL");
  await once(holder, "exit");
  expect(existsSync(lock)).toBe(true);
  let inside = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    most = Math.max(most, ++inside);
    await new Promise((resolve) => setTimeout(resolve, 5));
    inside--;
  };
  await Promise.all(Array.from({ length: 5 }, () => withFileLock(lock, work)));
  expect(most).toBe(1);
  expect(existsSync(lock)).toBe(false);
});

it("does not take a process that got the dead holder's pid for the holder", async () => {
  writeFileSync(lock, JSON.stringify({ pid: process.pid, start: "another boot 1", host: hostname(), token: "x" }));
  expect(await withFileLock(lock, async () => "in", 1000)).toBe("in");
});

it("is released when the work fails", async () => {
  await expect(
    withFileLock(lock, async () => {
      throw new Error("no");
    }),
  ).rejects.toThrow("no");
  expect(readdirSync(dir)).toEqual([]);
});
