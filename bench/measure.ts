/** Runs a command as a whole process and measures it. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

export interface Measured {
  /** Wall time from the start of the process to its end. */
  readonly seconds: number;
  /** Peak resident memory; null where the command is no Node program. */
  readonly peakMb: number | null;
  readonly stdout: string;
}

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Throws with the command's own words when it ends with another code than 0. */
export async function measure({ file, args, env, cwd }: Command): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), "crm-migrate-measure-"));
  try {
    const node = file === process.execPath;
    const rss = join(folder, "rss");
    const hook = join(folder, "hook.mjs");
    // The kernel's own high-water mark, asked for when the process ends: kilobytes.
    writeFileSync(
      hook,
      `import { writeFileSync } from "node:fs";
process.on("exit", () => writeFileSync(${JSON.stringify(rss)}, String(process.resourceUsage().maxRSS)));`,
    );
    const began = process.hrtime.bigint();
    const child = spawn(file, node ? ["--import", pathToFileURL(hook).href, ...args] : args, {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      ...(cwd === undefined ? {} : { cwd }),
    });
    const output = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].setEncoding("utf8").on("data", (text: string) => {
        output[stream] = (output[stream] + text).slice(-1_000_000);
      });
    }
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", resolve);
    });
    const seconds = Number(process.hrtime.bigint() - began) / 1e9;
    if (code !== 0) throw new Error(`${file} ${args.join(" ")} ended with ${code}\n${output.stderr}\n${output.stdout}`);
    return {
      seconds,
      peakMb: node ? Math.round(Number(readFileSync(rss, "utf8")) / 1024) : null,
      stdout: output.stdout,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
