/** A lock between processes, made of a file; a holder that died does not block others. */
import { randomBytes } from "node:crypto";
import { linkSync, readFileSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { ConfigError } from "../errors.ts";
import { processStart } from "./process-identity.ts";

interface Holder {
  readonly pid: number;
  readonly start: string | null;
  readonly host: string;
  readonly token: string;
}

/** Holders on another host (shared folders) cannot be asked: they count as dead after this. */
const FOREIGN_STALE_MS = 10 * 60_000;
/** The lock that guards the removal of a stale lock is held for microseconds, never across an await. */
const BREAKER_STALE_MS = 10_000;

/**
 * Runs `work` while holding the lock `path`. Waits for other holders, `waitMs` at most, then throws
 * ConfigError LOCK_TIMEOUT naming the holder's pid. The lock of a process that died is taken over at once.
 */
export async function withFileLock<T>(path: string, work: () => Promise<T>, waitMs = 120_000): Promise<T> {
  const token = randomBytes(12).toString("hex");
  const mine: Holder = { pid: process.pid, start: processStart(process.pid), host: hostname(), token };
  const deadline = Date.now() + waitMs;
  while (!tryTake(path, JSON.stringify(mine), token)) {
    if (removeStale(path)) continue;
    if (Date.now() > deadline) {
      throw new ConfigError(
        "LOCK_TIMEOUT",
        `process ${readHolder(path)?.pid ?? "?"} has held ${path} for over ${waitMs / 1000} s`,
        {
          hint: "See what that process does; when it is not a migrate command, delete the file.",
        },
      );
    }
    await sleep(50 + Math.random() * 50);
  }
  try {
    return await work();
  } finally {
    if (readHolder(path)?.token === token) unlinkQuietly(path);
  }
}

/** Links a complete file into place: whoever sees the lock sees its holder. */
function tryTake(path: string, content: string, token: string): boolean {
  const draft = `${path}.${token}`;
  writeFileSync(draft, content, { mode: 0o600 });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return false;
  } finally {
    unlinkQuietly(draft);
  }
}

/** Removes the lock when its holder is dead. Two removers must not take turns, or the second removes the first one's new lock. */
function removeStale(path: string): boolean {
  if (!isStale(path)) return false;
  const breaker = `${path}.break`;
  try {
    writeFileSync(breaker, "", { flag: "wx" });
  } catch {
    if (ageMs(breaker) > BREAKER_STALE_MS) unlinkQuietly(breaker);
    return false;
  }
  try {
    if (!isStale(path)) return false;
    unlinkQuietly(path);
    return true;
  } finally {
    unlinkQuietly(breaker);
  }
}

function isStale(path: string): boolean {
  const holder = readHolder(path);
  if (holder === null) return ageMs(path) > FOREIGN_STALE_MS;
  if (holder.host !== hostname()) return ageMs(path) > FOREIGN_STALE_MS;
  const start = processStart(holder.pid);
  return start === null || (holder.start !== null && start !== holder.start);
}

function readHolder(path: string): Holder | null {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Holder;
  } catch {
    return null;
  }
}

function ageMs(path: string): number {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}

function unlinkQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // gone already
  }
}
