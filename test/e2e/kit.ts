/** Migrations in folders and databases of their own; what is disturbed is a real process. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RunReport } from "../../core/engine/types.ts";
import { COMPILED, command } from "../helpers/cli.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

export interface Ended {
  /** null: ended by a signal. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** True until the process is gone. */
  alive(): boolean;
  /** What it has said so far on stderr. */
  said(): string;
}

/** Starts `migrate ...args` in a folder, a process of its own; the environment has no DATABASE_URL but the one given. */
export function start(dir: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  const { DATABASE_URL: _url, ...inherited } = process.env;
  const began = performance.now();
  const child = spawn(join(root, "node_modules", ".bin", "node"), [join(root, "cli", "main.ts"), ...args], {
    cwd: dir,
    env: { ...COMPILED, ...inherited, NO_COLOR: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  let alive = true;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", () => {
      alive = false;
    });
    child.on("close", (code) => resolve({ code, stdout, stderr, ms: performance.now() - began }));
  });
  return { child, ended, alive: () => alive, said: () => stderr };
}

/** `migrate ...args` in a folder, within this process: what is not disturbed needs none of its own. */
export async function migrate(
  dir: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const began = performance.now();
  const ended = await command(args, { cwd: dir, env: { NO_COLOR: "1", ...env } });
  return { ...ended, ms: performance.now() - began };
}

const folders: string[] = [];

/** A new empty folder; `removeFolders` deletes them. */
export function newFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), "crm-migrate-e2e-"));
  folders.push(dir);
  return dir;
}

export function removeFolders(): void {
  for (const dir of folders.splice(0)) rmSync(dir, { recursive: true, force: true });
}

/** Names of the runs that a folder holds, oldest first. */
export function runNames(dir: string): readonly string[] {
  try {
    return readdirSync(join(dir, "runs")).sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  } catch {
    return [];
  }
}

export const readReport = (dir: string, run: string): RunReport =>
  JSON.parse(readFileSync(join(dir, "runs", run, "run.json"), "utf8")) as RunReport;

/** Buckets of a report by mapping, and how the references ended: what must be equal between runs of the same data. */
export function figures(report: RunReport): Readonly<Record<string, unknown>> {
  return Object.fromEntries(report.objects.map(({ seconds: _seconds, ...object }) => [object.mapping, object]));
}

/** `rejects/*.csv` of a run, by file name. */
export function rejectFiles(dir: string, run: string): Readonly<Record<string, string>> {
  const folder = join(dir, "runs", run, "rejects");
  return Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(join(folder, name), "utf8")]),
  );
}
