/** Is that process still the one we knew? A pid alone is not enough: pids are reused, and restart after a reboot. */
import { execFileSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";

/** True when a process with this pid exists, whoever owns it, and is not a zombie. */
export function processAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  return statField(pid, 0) !== "Z";
}

/** When the process started, as opaque text; null when it does not run (or the system does not tell). */
export function processStart(pid: number): string | null {
  if (!processAlive(pid)) return null;
  if (process.platform === "linux") {
    const ticks = statField(pid, 19);
    return ticks === null ? null : `${bootId()} ${ticks}`;
  }
  return ps(pid, "lstart=");
}

/** True when the process is a PostgreSQL server; where the system tells, one that works in the folder `dataDir`. */
export function isServerOf(pid: number, dataDir: string): boolean {
  if (!processAlive(pid)) return false;
  if (process.platform === "linux") {
    try {
      return readlinkSync(`/proc/${pid}/cwd`) === dataDir;
    } catch {
      // another user's process: its name is readable all the same
      return readText(`/proc/${pid}/comm`)?.trim() === "postgres";
    }
  }
  return /postgres/.test(ps(pid, "comm=") ?? "postgres");
}

/** Field of /proc/PID/stat, counted from the state (0); the name before it may hold anything. */
function statField(pid: number, index: number): string | null {
  if (process.platform !== "linux") return null;
  const stat = readText(`/proc/${pid}/stat`);
  if (stat === null) return null;
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[index] ?? null;
}

function bootId(): string {
  return readText("/proc/sys/kernel/random/boot_id")?.trim() ?? "";
}

function ps(pid: number, format: string): string | null {
  try {
    return execFileSync("ps", ["-p", String(pid), "-o", format], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return null;
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
