/** Rows of migrate.run. */
import type pg from "pg";
import { ConfigError } from "../errors.ts";
import { queries } from "../store/queries.ts";
import { table } from "../store/quote.ts";
import type { PlanLock, RunAbout, RunKind, RunStatus } from "./types.ts";

type Client = pg.ClientBase;

export interface RunRow {
  readonly id: string;
  readonly name: string;
  readonly kind: RunKind;
  readonly status: RunStatus;
  readonly migration: string;
  readonly options: RunOptionsRow;
  readonly lock: PlanLock;
  readonly startedAt: string;
}

/** What a resumed run must do as it was begun. */
export interface RunOptionsRow {
  readonly only: readonly string[] | null;
  readonly sample: number | null;
  /** Kind rollback: name of the run that it undoes. */
  readonly undoes?: string;
  /** Kind rollback: names of later runs that wrote nothing, undone along with it. Absent: none. */
  readonly along?: readonly string[];
  /** PostgreSQL schema that it loads into; absent in runs of the first version. */
  readonly schema?: string;
  /** Of a retry: which run, and the edited file. */
  readonly retry?: { readonly run: string; readonly from: string | null };
  /** Absent: nothing was said, or in runs of earlier versions. */
  readonly about?: RunAbout;
}

/**
 * One source loads into one schema of a database: ledger and id map are kept by source. Throws ConfigError
 * SOURCE_IN_OTHER_SCHEMA when an earlier run of the source loaded into another schema that still exists.
 */
export async function assertOneSchema(client: Client, source: string, schema: string): Promise<void> {
  const { rows } = await client.query<{ schema: string; name: string }>(
    `select r.options ->> 'schema' as schema, r.name from migrate.run r
     where r.source = $1 and r.options ->> 'schema' <> $2
       and exists (select from pg_namespace n where n.nspname = r.options ->> 'schema') order by r.id desc limit 1`,
    [source, schema],
  );
  const other = rows[0];
  if (other === undefined) return;
  throw new ConfigError(
    "SOURCE_IN_OTHER_SCHEMA",
    `source "${source}" was loaded into schema "${other.schema}" of this database by run ${other.name}; target.schema now says "${schema}"`,
    {
      hint: "Use another database for the second target, give its migration another source.name, or drop the old schema.",
    },
  );
}

export interface NewRun {
  readonly name: string;
  readonly kind: RunKind;
  readonly migration: string;
  readonly source: string;
  readonly options: RunOptionsRow;
  readonly lock: PlanLock;
  readonly startedAt: Date;
}

const runs = (client: Client) => queries.withSchema("migrate").from("run").connection(client);

/** Returns the id of the new row. */
export async function createRun(client: Client, run: NewRun): Promise<string> {
  const rows = await runs(client)
    .insert({
      name: run.name,
      kind: run.kind,
      status: "running",
      migration: run.migration,
      source: run.source,
      options: JSON.stringify(run.options),
      lock: JSON.stringify(run.lock),
      started_at: run.startedAt.toISOString(),
    })
    .returning<{ id: string }[]>("id");
  return rows[0]!.id;
}

/** True when the database knows a run of this name, of whatever migration. */
export async function isRunKnown(client: Client, name: string): Promise<boolean> {
  const { rows } = await client.query<{ state: string | null }>("select to_regclass('migrate.run')::text as state");
  return rows[0]!.state !== null && (await runs(client).where({ name }).first<object | undefined>("id")) !== undefined;
}

export async function findRun(client: Client, name: string): Promise<RunRow | null> {
  const row = await runs(client)
    .where({ name })
    .first<RunRow | undefined>("id", "name", "kind", "status", "migration", "options", "lock", {
      startedAt: "started_at",
    });
  return row ?? null;
}

export async function setRunStatus(
  client: Client,
  runId: string,
  status: RunStatus,
  finishedAt: Date | null,
): Promise<void> {
  await runs(client)
    .where({ id: runId })
    .update({ status, finished_at: finishedAt?.toISOString() ?? null });
}

/** Tells a connection whose run it works for: what it changes of the state is noted, to be undone; see 003_written.sql. */
export async function noteRun(client: Client, runId: string): Promise<void> {
  await client.query("select set_config('migrate.run_id', $1, false)", [runId]);
}

/** Name of the newest run of the same source that began after `run`; null when there is none. */
export async function laterRun(client: Client, run: RunRow): Promise<string | null> {
  const { rows } = await client.query<{ name: string }>(
    `select r.name from migrate.run r join migrate.run own on own.id = $1 and r.source = own.source
     where r.id > own.id order by r.id desc limit 1`,
    [run.id],
  );
  return rows[0]?.name ?? null;
}

/** Takes away what earlier runs of the source, never resumed, left half done: a later run does it all again. */
export async function dropAbandoned(client: Client, runId: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select c.relname as name from migrate.run r
       join migrate.origin o on o.external_source = r.source or starts_with(o.external_source, r.source || '/')
       join pg_class c on c.relname in ('hold_' || o.id, 'further_' || o.id) and c.relnamespace = 'migrate'::regnamespace
     where r.id = $1`,
    [runId],
  );
  for (const { name } of rows) await client.query(`drop table ${table("migrate", name)}`);
  await client.query(
    `delete from migrate.deferred d using migrate.run r, migrate.run own
     where own.id = $1 and r.source = own.source and r.id < own.id and d.run_id = r.id`,
    [runId],
  );
}
