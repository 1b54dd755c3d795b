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

/**
 * The runs that together say what became of every record: a full run alone; a delta or retry with everything since
 * the full run it builds on. Oldest first.
 */
export async function runChain(query: Query, migration: string, run: RunRecord): Promise<readonly RunRecord[]> {
  if (run.kind === "full") return [run];
  const { rows } = await query<RunRecord>(
    `select ${COLUMNS} from migrate.run
      where migration = $1 and kind in ('full', 'delta', 'retry') and id <= $2 and coalesce(options ->> 'dryRun', 'false') <> 'true'
        and id >= coalesce((select max(id) from migrate.run
                             where migration = $1 and kind = 'full' and status = 'completed' and id <= $2
                               and coalesce(options ->> 'dryRun', 'false') <> 'true'), $2)
      order by id`,
    [migration, run.id],
  );
  return rows;
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
