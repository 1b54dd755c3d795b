/** Brings schema `migrate` up to date with the numbered SQL files of core/store/sql. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ClientBase } from "pg";
import { ConfigError } from "../errors.ts";
import { stateSqlDir } from "../paths.ts";

/** Any fixed number: everybody who migrates the state takes the same lock. "crmstate" in ASCII. */
const LOCK = "7165910299741090917";

/** One numbered SQL file: `001_state.sql`. */
export interface StateMigration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
  readonly sha256: string;
}

export interface MigrateStateOptions {
  /**
   * The client is inside a transaction already (a dry run): everything happens in it and is undone by its ROLLBACK.
   * Default false: each file gets a transaction of its own.
   */
  readonly inTransaction?: boolean;
  /** Default: the shipped ones. */
  readonly migrations?: readonly StateMigration[];
}

/** The numbered files of a folder, in order. Other files are ignored. Throws RangeError on a gap or a number used twice. */
export function readStateMigrations(dir: string = stateSqlDir()): readonly StateMigration[] {
  const files = readdirSync(dir).filter((file) => /^\d{3}_\w+\.sql$/.test(file));
  return files.sort().map((file, index) => {
    const number = Number(file.slice(0, 3));
    if (number !== index + 1) throw new RangeError(`expected file number ${index + 1} in ${dir}, got ${file}`);
    // line endings do not change the meaning, and version control may change them
    const sql = readFileSync(join(dir, file), "utf8").replaceAll("\r\n", "\n");
    return { number, name: file.slice(0, -4), sql, sha256: createHash("sha256").update(sql).digest("hex") };
  });
}

/**
 * Applies what is missing; returns the names of the files applied. Safe when any number of processes start at once:
 * they queue up on an advisory lock, and each looks again once it holds it.
 * Throws ConfigError STATE_NEWER when the database was migrated by a newer version, STATE_CHANGED when a file that was
 * applied is not the one we have. Errors of the database come as `pg` throws them.
 */
export async function migrateState(client: ClientBase, options: MigrateStateOptions = {}): Promise<readonly string[]> {
  const migrations = options.migrations ?? readStateMigrations();
  const applied: string[] = [];
  if (options.inTransaction === true) {
    for (;;) {
      const name = await step(client, migrations);
      if (name === null) return applied;
      applied.push(name);
    }
  }
  for (;;) {
    await client.query("begin");
    let name: string | null;
    try {
      name = await step(client, migrations);
      await client.query("commit");
    } catch (error) {
      await client.query("rollback").catch(() => undefined);
      throw error;
    }
    if (name === null) return applied;
    applied.push(name);
  }
}

/** Applies the next file in the current transaction; null when there is none. */
async function step(client: ClientBase, migrations: readonly StateMigration[]): Promise<string | null> {
  // looking comes first: a database that is up to date needs neither lock nor privileges
  if ((await pending(client, migrations)) === null) return null;
  await client.query("select pg_advisory_xact_lock($1::bigint)", [LOCK]);
  const next = await pending(client, migrations);
  if (next === null) return null;
  const { rows } = await client.query("select exists (select from pg_namespace where nspname = 'migrate') as found");
  // "create schema if not exists" asks for CREATE on the database even when the schema is there
  if (rows[0]!.found !== true) await client.query("create schema migrate");
  await client.query(
    `create table if not exists migrate.migrations (
       number     integer primary key,
       name       text not null,
       sha256     text not null,
       applied_at timestamptz not null default now()
     )`,
  );
  await client.query(next.sql);
  await client.query("insert into migrate.migrations (number, name, sha256) values ($1, $2, $3)", [
    next.number,
    next.name,
    next.sha256,
  ]);
  return next.name;
}

/** The first file that the database does not have; checks those that it has. */
async function pending(client: ClientBase, migrations: readonly StateMigration[]): Promise<StateMigration | null> {
  // the catalogs themselves: to_regclass answers from a cache that may be older than the lock we waited for
  const table = await client.query(
    `select exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
                    where n.nspname = 'migrate' and c.relname = 'migrations') as found`,
  );
  if (table.rows[0]!.found !== true) return migrations[0] ?? null;
  const { rows } = await client.query<{ number: number; name: string; sha256: string }>(
    "select number, name, sha256 from migrate.migrations order by number",
  );
  for (const row of rows) {
    const ours = migrations[row.number - 1];
    if (ours === undefined) {
      throw new ConfigError(
        "STATE_NEWER",
        `the state in this database is at ${row.number} (${row.name}), this version knows ${migrations.length}`,
        { hint: "Use the version of crm-migrate that last worked on this database, or a newer one." },
      );
    }
    if (ours.sha256 !== row.sha256) {
      throw new ConfigError(
        "STATE_CHANGED",
        `state migration ${row.number} was applied as ${row.name} with other content than ${ours.name} has now`,
        {
          hint: "Use a released version of crm-migrate; the state of a development version must be dropped: DROP SCHEMA migrate CASCADE.",
        },
      );
    }
  }
  return migrations[rows.length] ?? null;
}
