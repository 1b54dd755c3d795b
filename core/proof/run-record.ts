/** Which run is proven: its row in the state database and the files it left. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Query } from "../connector.ts";
import type { Plan, RunKind, RunReport } from "../engine/types.ts";
import { ConfigError } from "../errors.ts";

export interface RunRecord {
  /** Of migrate.run; int8 as text. */
  readonly id: string;
  readonly name: string;
  readonly kind: RunKind;
  readonly status: string;
}

const COLUMNS = "id, name, kind, status";

/**
 * The named run of this migration, or its latest completed one that wrote (full, delta or retry).
 * Throws ConfigError RUN_NOT_FOUND, RUN_NOTHING_WRITTEN (a dry run).
 */
export async function findRun(
  query: Query,
  migration: string,
  runsDir: string,
  name: string | null,
): Promise<RunRecord> {
  const state = await query<{ found: string | null }>("select to_regclass('migrate.run')::text as found");
  if (state.rows[0]!.found === null) {
    if (name !== null && (await readRunReport(join(runsDir, name)))?.dryRun === true) throw nothingWritten(name);
    throw new ConfigError(
      "RUN_NOT_FOUND",
      `expected ${name === null ? "a completed run" : `run ${name}`} of "${migration}", found no record of any run in the target's database (schema migrate)`,
      {
        hint: "Load first: migrate run. If the schema was dropped, restore it from a backup; or load again: records are recognised by external_id.",
      },
    );
  }
  if (name === null) {
    const { rows } = await query<RunRecord>(
      `select ${COLUMNS} from migrate.run
        where migration = $1 and kind in ('full', 'delta', 'retry') and status = 'completed'
          and coalesce(options ->> 'dryRun', 'false') <> 'true'
        order by id desc limit 1`,
      [migration],
    );
    if (rows[0] !== undefined) return rows[0];
    throw new ConfigError("RUN_NOT_FOUND", `expected a completed run of "${migration}", found none`, {
      hint: "Load first: migrate run. A run that was interrupted is finished with migrate run --resume RUN.",
    });
  }
  const { rows } = await query<RunRecord & { dry: boolean }>(
    `select ${COLUMNS}, coalesce(options ->> 'dryRun', 'false') = 'true' as dry from migrate.run where name = $1 and migration = $2`,
    [name, migration],
  );
  const found = rows[0];
  if (found?.dry === true || (found === undefined && (await readRunReport(join(runsDir, name)))?.dryRun === true)) {
    throw nothingWritten(name);
  }
  if (found === undefined) {
    throw new ConfigError(
      "RUN_NOT_FOUND",
      `expected a run of "${migration}", got "${name}", which the state database does not know`,
      {
        hint: "List them: migrate runs list.",
      },
    );
  }
  return found;
}

const nothingWritten = (name: string): ConfigError =>
  new ConfigError(
    "RUN_NOTHING_WRITTEN",
    `${name} was a dry run: nothing was written, so there is nothing to reconcile`,
    { hint: "Do the same for real with migrate run, then reconcile that run." },
  );

/** The runs with these ids, oldest first. */
export async function runsOf(query: Query, ids: readonly string[]): Promise<readonly RunRecord[]> {
  const { rows } = await query<RunRecord>(`select ${COLUMNS} from migrate.run where id = any($1) order by id`, [
    [...ids],
  ]);
  return rows;
}

/**
 * Per mapping (id of migrate.origin) that `run` worked on, the runs that together say what became of its records, oldest first:
 * a full run alone; a delta or retry with everything since the newest run that read the mapping's sources whole.
 */
export async function runsByOrigin(
  query: Query,
  migration: string,
  run: RunRecord,
): Promise<ReadonlyMap<number, readonly string[]>> {
  const known = await query<{ marks: string | null }>("select to_regclass('migrate.watermark')::text as marks");
  const marks = known.rows[0]!.marks !== null;
  const touched = `select p.origin_id, p.run_id from migrate.progress p union select u.origin_id, u.run_id from migrate.outcome u`;
  const { rows } = await query<{ origin: number; runs: string[] }>(
    `with mine as (
       select id, kind from migrate.run
        where id = $2 or (migration = $1 and kind in ('full', 'delta', 'retry') and id <= $2 and options ->> 'sample' is null
          and coalesce(options ->> 'dryRun', 'false') <> 'true' and $3::text <> 'full')),
     touched as (select distinct t.origin_id, t.run_id, m.kind from (${touched}) t join mine m on m.id = t.run_id),
     base as (
       select origin_id, max(run_id) as run_id from (
         select p.origin_id, p.run_id from migrate.progress p join mine m on m.id = p.run_id where m.kind = 'full' and p.phase = 'done'
         ${marks ? "union all select w.origin_id, w.run_id from migrate.watermark w join mine m on m.id = w.run_id group by 1, 2 having bool_and(w.whole and w.done)" : ""}) b
        group by 1)
     select t.origin_id as origin, array_agg(t.run_id::text order by t.run_id) as runs from touched t
      where t.run_id >= coalesce((select b.run_id from base b where b.origin_id = t.origin_id), 0)
        and exists (select from touched x where x.origin_id = t.origin_id and x.run_id = $2)
      group by 1 order by 1`,
    [migration, run.id, run.kind],
  );
  return new Map(rows.map(({ origin, runs }) => [origin, runs]));
}

/** `run.json` of a run folder, or null where there is none. */
export function readRunReport(runDir: string): Promise<RunReport | null> {
  return readJson(join(runDir, "run.json"));
}

/** `plan.json` of a run folder, or null where there is none. */
export function readPlan(runDir: string): Promise<Plan | null> {
  return readJson(join(runDir, "plan.json"));
}

/** A JSON file that one of our commands wrote; null where there is none. Throws ConfigError RUN_FILE_DAMAGED. */
export async function readJson<T>(file: string): Promise<T | null> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new ConfigError("RUN_FILE_DAMAGED", `expected JSON in ${file}, got something else`, {
      place: { file },
      hint: "Restore the file from a backup, or run again.",
      cause,
    });
  }
}
