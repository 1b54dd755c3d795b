/** Rows of the cutover in the state database. */
import type pg from "pg";
import type { Query } from "../connector.ts";
import type { Attempt, AttemptStatus, Gate, KnownRun, SignOff } from "./types.ts";

const iso = (column: string): string => `to_char(${column} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** True when the state database exists and knows cutovers. */
async function isThere(query: Query): Promise<boolean> {
  const { rows } = await query<{ found: string | null }>(
    "select to_regclass('migrate.cutover_attempt')::text as found",
  );
  return rows[0]!.found !== null;
}

/** All attempts of the migration, oldest first; none where the database was never used. */
export async function readAttempts(query: Query, migration: string): Promise<readonly Attempt[]> {
  if (!(await isThere(query))) return [];
  const { rows } = await query<Attempt>(
    `select id::text, stage, status, run, ${iso("freeze_at")} as "freezeAt", ${iso("started_at")} as "startedAt",
       ${iso("finished_at")} as "finishedAt", gates
     from migrate.cutover_attempt where migration = $1 order by cutover_attempt.id`,
    [migration],
  );
  return rows;
}

/** All sign-offs of the migration, oldest first. */
export async function readSignOffs(query: Query, migration: string): Promise<readonly SignOff[]> {
  if (!(await isThere(query))) return [];
  const { rows } = await query<SignOff>(
    `select s.stage, a.run, s.signer, s.remark, ${iso("s.signed_at")} as "signedAt", s.files
     from migrate.cutover_sign_off s join migrate.cutover_attempt a on a.id = s.attempt_id
     where s.migration = $1 order by s.id`,
    [migration],
  );
  return rows;
}

/** Runs of the migration from the first of these on, whoever began them, oldest first; dry ones are not known. */
export async function readRunsSince(
  query: Query,
  migration: string,
  first: readonly string[],
): Promise<readonly KnownRun[]> {
  if (!(await isThere(query))) return [];
  const { rows } = await query<KnownRun>(
    `select name as run, kind, status, ${iso("started_at")} as "startedAt", ${iso("finished_at")} as "finishedAt",
       coalesce(options ->> 'undoes', options -> 'retry' ->> 'run') as of
     from migrate.run where migration = $1
       and id >= (select min(id) from migrate.run where migration = $1 and name = any($2)) order by run.id`,
    [migration, [...first]],
  );
  return rows;
}

/** Notes the beginning of a stage; returns the attempt's id. */
export async function beginAttempt(
  client: pg.ClientBase,
  migration: string,
  stage: string,
  startedAt: Date,
  freezeAt: string | null,
): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    `insert into migrate.cutover_attempt (migration, stage, status, started_at, freeze_at)
     values ($1, $2, 'running', $3, $4) returning id::text`,
    [migration, stage, startedAt.toISOString(), freezeAt],
  );
  return rows[0]!.id;
}

/** The run that does the stage, as soon as its name is known. */
export async function noteRun(query: Query, id: string, run: string): Promise<void> {
  await query("update migrate.cutover_attempt set run = $2 where id = $1", [id, run]);
}

export async function endAttempt(
  query: Query,
  id: string,
  status: AttemptStatus,
  gates: readonly Gate[],
  finishedAt: Date,
): Promise<void> {
  await query("update migrate.cutover_attempt set status = $2, gates = $3, finished_at = $4 where id = $1", [
    id,
    status,
    JSON.stringify(gates),
    finishedAt.toISOString(),
  ]);
}

export async function writeSignOff(
  query: Query,
  migration: string,
  attempt: Attempt,
  signed: Pick<SignOff, "signer" | "remark" | "signedAt" | "files">,
): Promise<void> {
  await query(
    `insert into migrate.cutover_sign_off (migration, stage, attempt_id, signer, remark, signed_at, files)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [migration, attempt.stage, attempt.id, signed.signer, signed.remark, signed.signedAt, JSON.stringify(signed.files)],
  );
}
