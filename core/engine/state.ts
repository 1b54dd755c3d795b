/** Rows of schema `migrate` that the engine reads and writes outside the merge. */

import type pg from "pg";
import type { MapWarning } from "../mapping/compiled.ts";
import type { Position } from "../record.ts";
import { LOSERS } from "./alias-notes.ts";
import type { Chunk, RejectRow } from "./chunk.ts";
import type { Counts } from "./counts.ts";

type Client = pg.ClientBase;

/** The id of (external source, mapping), made when it is new. */
export async function originOf(
  client: Client,
  externalSource: string,
  mapping: string,
  object: string,
): Promise<number> {
  const found = await client.query<{ id: number }>(
    "select id from migrate.origin where external_source = $1 and mapping = $2",
    [externalSource, mapping],
  );
  if (found.rows[0] !== undefined) return found.rows[0].id;
  const { rows } = await client.query<{ id: number }>(
    `insert into migrate.origin (external_source, mapping, object) values ($1, $2, $3)
     on conflict (external_source, mapping) do update set object = excluded.object returning id`,
    [externalSource, mapping, object],
  );
  return rows[0]!.id;
}

/** `origin.columns` with these entries in it: new ones are appended, so that no position ever changes. */
export async function writtenColumns(
  client: Client,
  originId: number,
  entries: readonly string[],
): Promise<readonly string[]> {
  const { rows } = await client.query<{ columns: string[] }>("select columns from migrate.origin where id = $1", [
    originId,
  ]);
  const known = rows[0]!.columns;
  const all = [...new Set([...known, ...entries])];
  if (all.length > known.length)
    await client.query("update migrate.origin set columns = $2 where id = $1", [originId, all]);
  return all;
}

/** Those of `mappings` that this external source was loaded by, with their ids. */
export async function originsOf(
  client: Client,
  externalSource: string,
  mappings: readonly string[],
): Promise<{ originId: number; mapping: string }[]> {
  if (mappings.length === 0) return [];
  const { rows } = await client.query<{ originId: number; mapping: string }>(
    `select id as "originId", mapping from migrate.origin where external_source = $1 and mapping = any($2) order by id`,
    [externalSource, mappings],
  );
  return rows;
}

/** All other origins that load into the object, whatever their source. */
export async function neighboursOf(client: Client, originId: number, object: string): Promise<number[]> {
  const { rows } = await client.query<{ id: number }>(
    "select id from migrate.origin where object = $1 and id <> $2 order by id",
    [object, originId],
  );
  return rows.map(({ id }) => id);
}

/** An empty table holds none of the rows that the ledger and the id map know of: ids that are given anew must not meet them. */
export async function forgetRows(
  client: Client,
  { object }: { readonly object: { readonly name: string } },
  externalSources: readonly string[],
): Promise<void> {
  await client.query(
    "delete from migrate.ledger where origin_id in (select id from migrate.origin where object = $1 and external_source = any($2))",
    [object.name, externalSources],
  );
  await client.query(
    "delete from migrate.alias where origin_id in (select id from migrate.origin where object = $1 and external_source = any($2))",
    [object.name, externalSources],
  );
  await client.query("delete from migrate.id_map where object = $1 and external_source = any($2)", [
    object.name,
    externalSources,
  ]);
}

export interface StagePosition {
  /** Index of the source object that is being read, and where in it. */
  readonly source: number;
  readonly position: Position | null;
}

export type Phase = "reading" | "holding" | "done";

export interface Progress {
  readonly phase: Phase;
  readonly chunk: number;
  readonly position: StagePosition | null;
  readonly fingerprint: string | null;
  readonly counts: Counts;
  readonly fresh: boolean;
}

export async function readProgress(client: Client, runId: string, originId: number): Promise<Progress | null> {
  const { rows } = await client.query<{
    phase: Phase;
    chunk: number;
    position: (StagePosition & { fresh?: boolean }) | null;
    fingerprint: string | null;
    counts: Counts;
  }>("select phase, chunk, position, fingerprint, counts from migrate.progress where run_id = $1 and origin_id = $2", [
    runId,
    originId,
  ]);
  const row = rows[0];
  return row === undefined ? null : { ...row, fresh: row.position?.fresh ?? false };
}

export async function saveProgress(client: Client, runId: string, originId: number, progress: Progress): Promise<void> {
  const position = { ...(progress.position ?? { source: 0, position: null }), fresh: progress.fresh };
  await client.query(
    `insert into migrate.progress (run_id, origin_id, phase, chunk, position, fingerprint, counts)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (run_id, origin_id) do update set phase = excluded.phase, chunk = excluded.chunk,
       position = excluded.position, fingerprint = excluded.fingerprint, counts = excluded.counts`,
    [
      runId,
      originId,
      progress.phase,
      progress.chunk,
      JSON.stringify(position),
      progress.fingerprint,
      JSON.stringify(progress.counts),
    ],
  );
}

/** Outcomes that were decided before the database: unchanged, filtered, merged, rejected. */
export async function saveOutcomes(client: Client, runId: string, originId: number, chunk: Chunk): Promise<void> {
  for (const [bucket, keys] of chunk.keys) {
    await client.query(
      "insert into migrate.outcome (run_id, origin_id, chunk, bucket, count, keys) values ($1, $2, $3, $4, $5, $6)",
      [runId, originId, chunk.index, bucket, keys.length, keys],
    );
  }
}

const AT_ONCE = 2_000;

export async function saveRejects(
  client: Client,
  runId: string,
  originId: number,
  rejects: readonly RejectRow[],
): Promise<void> {
  for (let from = 0; from < rejects.length; from += AT_ONCE) {
    const rows = rejects.slice(from, from + AT_ONCE).map((reject) => {
      const [first, ...more] = reject.problems;
      return {
        ...first,
        line: reject.line,
        key: reject.key,
        problems: more,
        columns: reject.columns,
        cells: reject.cells,
      };
    });
    await client.query(
      `insert into migrate.reject (run_id, origin_id, line, key, code, field, value, reason, problems, columns, cells)
       select $1, $2, x.line, x.key, x.code, x.field, x.value, x.reason, x.problems,
         array(select jsonb_array_elements_text(x.columns)), array(select coalesce(c, '') from jsonb_array_elements_text(x.cells) c)
       from jsonb_to_recordset($3::jsonb) as x(line bigint, key text, code text, field text, value text, reason text,
         problems jsonb, columns jsonb, cells jsonb)`,
      [runId, originId, JSON.stringify(rows)],
    );
  }
}

export async function saveWarnings(
  client: Client,
  runId: string,
  originId: number,
  warnings: readonly MapWarning[],
): Promise<void> {
  for (let from = 0; from < warnings.length; from += AT_ONCE * 5) {
    await client.query(
      `insert into migrate.warning (run_id, origin_id, line, key, code, field, value, reason)
       select $1, $2, x.line, x.key, x.code, x.field, x.value, x.reason
       from jsonb_to_recordset($3::jsonb) as x(line bigint, key text, code text, field text, value text, reason text)`,
      [runId, originId, JSON.stringify(warnings.slice(from, from + AT_ONCE * 5))],
    );
  }
}

/** Codes of rejects that the database side finds: those records stand for their keys, unlike those that could not be mapped. */
const STAGED_REJECTS = [
  "LOOKUP_MISSING",
  "LOOKUP_AMBIGUOUS",
  "MATCH_AMBIGUOUS",
  "MATCH_MISSING",
  "TARGET_REFUSED",
  "TARGET_CONFLICT",
];

/** Which of `keys` this run has read and taken before, in this stage. `losers`: of merged records, too. */
export async function seenKeys(
  client: Client,
  runId: string,
  originId: number,
  keys: readonly string[],
  hold: string | null,
  losers = false,
): Promise<ReadonlySet<string>> {
  const held = hold === null ? "" : `union select key from ${hold} where key = any($3)`;
  const { rows } = await client.query<{ key: string }>(
    `select k as key from migrate.outcome o, unnest(o.keys) k
     where o.run_id = $1 and o.origin_id = $2 and o.bucket in ('inserted', 'updated', 'unchanged', 'merged') and k = any($3)
     union select key from migrate.reject where run_id = $1 and origin_id = $2 and key = any($3) and code = any($4) ${held}
     ${losers ? `union ${LOSERS} and id = any($3)` : ""}`,
    [runId, originId, keys, STAGED_REJECTS],
  );
  return new Set(rows.map((row) => row.key));
}

/** All keys that may have been taken so far (some rejected ones were not), a chunk at a time, to remember them after a restart. */
export async function* takenKeys(
  client: Client,
  runId: string,
  originId: number,
  hold: string | null,
  losers = false,
): AsyncIterable<readonly string[]> {
  const { rows } = await client.query<{ chunk: number; bucket: string }>(
    `select distinct chunk, bucket from migrate.outcome where run_id = $1 and origin_id = $2
       and bucket in ('inserted', 'updated', 'unchanged', 'merged', 'rejected') order by chunk`,
    [runId, originId],
  );
  for (const row of rows) {
    const found = await client.query<{ keys: string[] }>(
      "select keys from migrate.outcome where run_id = $1 and origin_id = $2 and chunk = $3 and bucket = $4",
      [runId, originId, row.chunk, row.bucket],
    );
    for (const { keys } of found.rows) yield keys;
  }
  if (losers) {
    const found = await client.query<{ key: string }>(LOSERS.replace("$2", "$1"), [originId]);
    yield found.rows.map((row) => row.key);
  }
  if (hold !== null) {
    const found = await client.query<{ key: string }>(`select key from ${hold}`);
    yield found.rows.map((row) => row.key);
  }
}
