/** Which snapshot a run has, or used. */
import { access, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { ConfigError } from "../errors.ts";
import { SNAPSHOT_FILE, snapshotDir } from "./format.ts";

/** The parts of `run.json` that matter here. */
interface RunFile {
  readonly status?: string;
  readonly dryRun?: boolean;
  /** The run whose snapshot was loaded instead of the source. */
  readonly snapshot?: string;
}

const isName = (run: string): boolean => /^[\w.-]+$/.test(run) && !/^\.+$/.test(run);

const readRun = async (runsDir: string, run: string): Promise<RunFile | null> =>
  isName(run) ? await readFile(join(runsDir, run, "run.json"), "utf8").then(JSON.parse, () => null) : null;

const hasSnapshot = (runsDir: string, run: string): Promise<boolean> =>
  access(join(snapshotDir(runsDir, run), SNAPSHOT_FILE)).then(
    () => isName(run),
    () => false,
  );

/**
 * The run that took the snapshot which `--from-snapshot run` means: the run itself, or, where it was loaded from a
 * snapshot, the one that took it. Throws ConfigError SNAPSHOT_MISSING with the runs that have one.
 */
export async function findSnapshot(runsDir: string, run: string): Promise<string> {
  if (await hasSnapshot(runsDir, run)) return run;
  const used = (await readRun(runsDir, run))?.snapshot;
  if (used !== undefined && (await hasSnapshot(runsDir, used))) return used;
  const all = (await readdir(runsDir).catch(() => [])).sort().reverse();
  const known: string[] = [];
  for (const name of all) if (await hasSnapshot(runsDir, name)) known.push(name);
  throw new ConfigError("SNAPSHOT_MISSING", `run ${run} has no snapshot in ${runsDir}`, {
    hint:
      known.length === 0
        ? "Runs of API sources keep one, dry runs too; files are read anew: leave --from-snapshot out."
        : `Runs with a snapshot: ${known.slice(0, 10).join(", ")}.`,
  });
}

/** The run whose snapshot the given run (null: the last that completed and wrote) was loaded from; null: from the source itself. */
export async function snapshotUsedBy(runsDir: string, run: string | null): Promise<string | null> {
  if (run !== null) return (await readRun(runsDir, run))?.snapshot ?? null;
  for (const name of (await readdir(runsDir).catch(() => [])).sort().reverse()) {
    const report = await readRun(runsDir, name);
    if (report?.status === "completed" && report.dryRun === false) return report.snapshot ?? null;
  }
  return null;
}
