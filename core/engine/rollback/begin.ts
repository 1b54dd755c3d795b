/** Which run may be undone, and whether that has begun already. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type pg from "pg";
import { ConfigError } from "../../errors.ts";
import { findRun, type RunRow } from "../run-rows.ts";
import type { RunReport } from "../types.ts";

type Client = pg.ClientBase;

/** The run to be undone. Throws ConfigError RUN_UNKNOWN, ROLLBACK_DRY_RUN, ROLLBACK_OF_ROLLBACK, ROLLBACK_DONE, ROLLBACK_NOT_NEWEST. */
export async function runToUndo(client: Client, migration: string, runsDir: string, name: string): Promise<RunRow> {
  const run = await findRun(client, name);
  if (run === null || run.migration !== migration) {
    const report = /[/\\]/.test(name) ? null : await readReport(runsDir, name);
    if (report?.dryRun === true) {
      throw new ConfigError(
        "ROLLBACK_DRY_RUN",
        `${name} was a dry run: nothing was written, so there is nothing to undo`,
      );
    }
    throw new ConfigError("RUN_UNKNOWN", `the target's database knows no run ${name} of "${migration}"`, {
      hint: "See `migrate runs list`.",
    });
  }
  if (run.kind === "rollback") {
    throw new ConfigError("ROLLBACK_OF_ROLLBACK", `${name} is a rollback itself, which cannot be undone`, {
      hint: "Load again with `migrate run`.",
    });
  }
  if (run.status === "rolled back") {
    throw new ConfigError("ROLLBACK_DONE", `run ${name} was rolled back already`, {
      hint: "See `migrate runs list`: the rollback is a run of its own.",
    });
  }
  const later = await laterWriter(client, run.id);
  if (later !== null) {
    throw new ConfigError(
      "ROLLBACK_NOT_NEWEST",
      `run ${later} came after ${name} and built on what it wrote; runs are rolled back newest first`,
      { hint: `Roll back ${later} first: migrate rollback ${later}.` },
    );
  }
  return run;
}

async function readReport(runsDir: string, run: string): Promise<RunReport | null> {
  const text = await readFile(join(runsDir, run, "run.json"), "utf8").catch(() => null);
  return text === null ? null : (JSON.parse(text) as RunReport);
}

/** SQL that is true for a run `r` that changed rows of the target, or that noted what people decided. */
const WROTE = `(exists (select from migrate.before_image b where b.run_id = r.id)
  or exists (select from migrate.outcome o where o.run_id = r.id and o.bucket in ('inserted', 'updated'))
  or (r.kind not in ('full', 'delta') and exists (select from migrate.undo u where u.run_id = r.id)))`;

/** SQL over the run `own` that is true for its later runs `r`. */
const LATER = "r.id > own.id and r.kind <> 'rollback' and r.status <> 'rolled back'";

/** The newest later run that wrote something, of the same source, or of another one into the same rows. */
async function laterWriter(client: Client, runId: string): Promise<string | null> {
  const { rows } = await client.query<{ name: string }>(
    `select r.name from migrate.run r join migrate.run own on own.id = $1
     where ${LATER} and ((r.source = own.source and ${WROTE})
       or exists (select from migrate.before_image b where b.run_id = r.id and exists (
         select from migrate.before_image m where m.run_id = own.id and m.object = b.object and m.target_id = b.target_id))
       or exists (select from migrate.before_image b where b.run_id = r.id and exists (
         select from migrate.ledger l join migrate.origin g on g.id = l.origin_id
         where l.run_id = own.id and g.object = b.object and l.target_id::text = b.target_id)))
     order by r.id desc limit 1`,
    [runId],
  );
  return rows[0]?.name ?? null;
}

/**
 * Later runs of the same source that wrote nothing, newest first: what they noted builds on the run all the same, and is undone
 * along with it.
 */
export async function laterReaders(
  client: Client,
  runId: string,
): Promise<readonly { readonly id: string; readonly name: string }[]> {
  const { rows } = await client.query<{ id: string; name: string }>(
    `select r.id, r.name from migrate.run r join migrate.run own on own.id = $1
     where ${LATER} and r.source = own.source and not ${WROTE} order by r.id desc`,
    [runId],
  );
  return rows;
}

/** The rollback of the run that was begun and not ended. */
export async function begunRollback(client: Client, name: string): Promise<RunRow | null> {
  const { rows } = await client.query<{ name: string }>(
    "select name from migrate.run where kind = 'rollback' and options ->> 'undoes' = $1 and status <> 'completed' order by id desc limit 1",
    [name],
  );
  return rows[0] === undefined ? null : findRun(client, rows[0].name);
}

/**
 * Throws ConfigError ROLLBACK_UNFINISHED while a rollback of the migration has undone some rows and not all: what is known of
 * rows and watermarks is that of the run still, so a load would take rows that are undone for loaded ones.
 */
export async function assertNotHalfUndone(client: Client, migration: string): Promise<void> {
  const known = await client.query<{ found: string | null }>("select to_regclass('migrate.rollback')::text as found");
  if (known.rows[0]!.found === null) return;
  const { rows } = await client.query<{ name: string; undoes: string }>(
    `select r.name, r.options ->> 'undoes' as undoes from migrate.run r
      where r.kind = 'rollback' and r.status <> 'completed' and r.migration = $1
        and exists (select from migrate.rollback x where x.run_id = r.id and x.state = 'done')
      order by r.id desc limit 1`,
    [migration],
  );
  const open = rows[0];
  if (open === undefined) return;
  throw new ConfigError(
    "ROLLBACK_UNFINISHED",
    `${open.name} has not ended: the target is half undone, and nothing can be loaded in between`,
    { hint: `Finish it first: migrate rollback ${open.undoes}.` },
  );
}
