/** The folder that a run leaves behind: run.json, plan.json, rejects/, warnings.csv. */

import { createWriteStream } from "node:fs";
import { mkdir, readdir, readFile, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type pg from "pg";
import { csvCell } from "../csv-cell.ts";
import { ConfigError } from "../errors.ts";
import { PRIVATE_FILE, PRIVATE_FOLDER, writeWhole } from "../private-files.ts";
import type { Plan, RunReport } from "./types.ts";

/** `20261121T233000Z-full`. */
export function runName(now: Date, kind: string): string {
  return `${now.toISOString().replace(/[-:]/g, "").replace(/\.\d+/, "")}-${kind}`;
}

export { csvCell } from "../csv-cell.ts";
export { writeWhole } from "../private-files.ts";

/** Makes the run's folder, for its owner alone; a name that exists already gets `-2`, `-3`... */
export async function makeRunFolder(
  runsDir: string,
  name: string,
  taken: (name: string) => Promise<boolean> = async () => false,
): Promise<string> {
  await mkdir(runsDir, { recursive: true });
  for (let attempt = 1; ; attempt++) {
    const candidate = attempt === 1 ? name : `${name}-${attempt}`;
    if (await taken(candidate)) continue;
    try {
      await mkdir(join(runsDir, candidate), { mode: PRIVATE_FOLDER });
      return candidate;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") continue;
      throw new ConfigError("RUN_FOLDER", `cannot create ${join(runsDir, candidate)}: ${(error as Error).message}`, {
        hint: "See that the folder of migration.yaml can be written to.",
      });
    }
  }
}

/** Takes away the folder of a run that came to nothing; one with a snapshot in it stays. */
export const dropEmptyRunFolder = (runsDir: string, run: string): Promise<void> =>
  rmdir(join(runsDir, run)).catch(() => undefined);

export const writeRunReport = (runsDir: string, report: RunReport): Promise<void> =>
  writeWhole(join(runsDir, report.run, "run.json"), `${JSON.stringify(report, null, 2)}\n`);

export const writeRunPlan = (runsDir: string, run: string, plan: Plan): Promise<void> =>
  writeWhole(join(runsDir, run, "plan.json"), `${JSON.stringify(plan, null, 2)}\n`);

const csvLine = (cells: readonly (string | null)[]): string => `${cells.map(csvCell).join(",")}\r\n`;

/** A CSV file that spreadsheets read safely, for its owner alone. */
export async function writeCsv(path: string, rows: AsyncIterable<readonly (string | null)[]>): Promise<void> {
  async function* lines(): AsyncIterable<string> {
    // a spreadsheet takes the file for UTF-8 only with this mark
    yield "\uFEFF";
    for await (const row of rows) yield csvLine(row);
  }
  await pipeline(lines, createWriteStream(path, { mode: PRIVATE_FILE }));
}

const PAGE = 5_000;

interface RejectRecord {
  readonly code: string;
  readonly field: string | null;
  readonly value: string | null;
  readonly reason: string;
  /** `line N` where a record has no key. */
  readonly key: string;
  readonly problems: readonly { code: string; field: string | null; value: string | null; reason: string }[];
  readonly columns: readonly string[];
  readonly cells: readonly string[];
}

/** Rejects of one target object as CSV lines; sources with other columns start a wider header: all columns are in it. */
async function* rejectLines(
  client: pg.ClientBase,
  runId: string,
  object: string,
): AsyncIterable<readonly (string | null)[]> {
  const where = "r.run_id = $1 and o.id = r.origin_id and o.object = $2";
  const layouts = await client.query<{ columns: string[] }>(
    `select r.columns from migrate.reject r, migrate.origin o where ${where} group by r.columns order by min(r.origin_id), min(r.line)`,
    [runId, object],
  );
  const columns = [...new Set(layouts.rows.flatMap((row) => row.columns))];
  yield ["_code", "_field", "_value", "_reason", "_key", ...columns];
  for (let offset = 0; ; offset += PAGE) {
    const { rows } = await client.query<RejectRecord>(
      `select r.code, r.field, r.value, r.reason, coalesce(nullif(r.key, ''), 'line ' || r.line) as key, r.problems, r.columns, r.cells from migrate.reject r, migrate.origin o
       where ${where} order by r.origin_id, r.line, r.ctid offset $3 limit $4`,
      [runId, object, offset, PAGE],
    );
    for (const row of rows) {
      const all = [row, ...row.problems];
      const own = new Map(row.columns.map((column, index) => [column, row.cells[index] ?? ""]));
      const extra = row.cells.slice(row.columns.length);
      const join = (pick: (problem: (typeof all)[number]) => string | null) =>
        all.length === 1 ? pick(row) : all.map((problem) => pick(problem) ?? "").join("; ");
      // codes, fields, values and reasons stand in the same order
      yield [
        join((problem) => problem.code),
        join((problem) => problem.field),
        join((problem) => problem.value),
        all
          .map((problem) =>
            problem.field === null || all.length === 1 ? problem.reason : `${problem.field}: ${problem.reason}`,
          )
          .join("; "),
        row.key,
        ...columns.map((column) => own.get(column) ?? ""),
        ...extra,
      ];
    }
    if (rows.length < PAGE) break;
  }
}

/** Writes `rejects/<object>.csv` for every object that has some, replacing older files. */
export async function writeRejectFiles(client: pg.ClientBase, runId: string, folder: string): Promise<void> {
  const { rows } = await client.query<{ object: string }>(
    "select distinct o.object from migrate.reject r join migrate.origin o on o.id = r.origin_id where r.run_id = $1 order by 1",
    [runId],
  );
  await rm(join(folder, "rejects"), { recursive: true, force: true });
  if (rows.length > 0) await mkdir(join(folder, "rejects"), { recursive: true, mode: PRIVATE_FOLDER });
  for (const { object } of rows) {
    const name = object.replace(/[^A-Za-z0-9_.-]/g, "_");
    await writeCsv(join(folder, "rejects", `${name}.csv`), rejectLines(client, runId, object));
  }
}

async function* warningLines(client: pg.ClientBase, runId: string): AsyncIterable<readonly (string | null)[]> {
  yield ["object", "mapping", "line", "key", "code", "field", "value", "reason"];
  for (let offset = 0; ; offset += PAGE) {
    const { rows } = await client.query<Record<string, string | null>>(
      `select o.object, o.mapping, w.line::text, w.key, w.code, w.field, w.value, w.reason
       from migrate.warning w join migrate.origin o on o.id = w.origin_id
       where w.run_id = $1 order by w.origin_id, w.line nulls last, w.ctid offset $2 limit $3`,
      [runId, offset, PAGE],
    );
    for (const row of rows) yield Object.values(row);
    if (rows.length < PAGE) break;
  }
}

export async function writeWarningFile(client: pg.ClientBase, runId: string, folder: string): Promise<void> {
  const { rows } = await client.query("select 1 from migrate.warning where run_id = $1 limit 1", [runId]);
  if (rows.length === 0) await rm(join(folder, "warnings.csv"), { force: true });
  else await writeCsv(join(folder, "warnings.csv"), warningLines(client, runId));
}

/** Runs in the folder, newest first; folders without a readable run.json are left out. */
export async function listRuns(runsDir: string): Promise<RunReport[]> {
  const names = await readdir(runsDir).catch(() => [] as string[]);
  const found: RunReport[] = [];
  for (const name of names) {
    try {
      found.push(JSON.parse(await readFile(join(runsDir, name, "run.json"), "utf8")) as RunReport);
    } catch {
      // not a run, or one that was cut off before it could write anything
    }
  }
  return found.sort((a, b) => b.startedAt.localeCompare(a.startedAt) || b.run.localeCompare(a.run));
}

/** The report of a run. Throws ConfigError RUN_UNKNOWN with the runs that exist. */
export async function readRun(runsDir: string, run: string): Promise<RunReport> {
  const path = join(runsDir, run, "run.json");
  const safe = run !== "" && !run.includes("/") && !run.includes("\\") && run !== "..";
  const text = safe ? await readFile(path, "utf8").catch(() => null) : null;
  if (text === null) {
    const known = (await listRuns(runsDir)).map((report) => report.run);
    throw new ConfigError("RUN_UNKNOWN", `there is no run ${run} in ${runsDir}`, {
      hint: known.length === 0 ? "No run has been made yet: migrate run." : `Runs: ${known.slice(0, 5).join(", ")}.`,
    });
  }
  return JSON.parse(text) as RunReport;
}
