/** The rejects of a run, for those who load them again. */
import type { Query } from "../connector.ts";

/** One reject with its original row. */
export interface RetryRecord {
  readonly line: number;
  /** null: the record has none. */
  readonly key: string | null;
  readonly code: string;
  readonly field: string | null;
  readonly reason: string;
  readonly columns: readonly string[];
  readonly cells: readonly string[];
}

/**
 * Rejects that would not become any better: a further record with a key that is taken. Loading it again would write it over
 * the one that is in the target.
 */
const TAKEN = "DUPLICATE_KEY";

/** A page of the rejects of one origin, in the order of the source. */
export async function rejectsOf(
  query: Query,
  runId: string,
  originId: number,
  offset: number,
  limit: number,
): Promise<readonly RetryRecord[]> {
  const { rows } = await query<RetryRecord & { readonly line: string | number }>(
    `select line::float8 as line, nullif(key, '') as key, code, field, reason, columns, cells from migrate.reject
     where run_id = $1 and origin_id = $2 and code <> '${TAKEN}' order by reject.line, ctid offset $3 limit $4`,
    [runId, originId, offset, limit],
  );
  return rows;
}

export interface RejectedMapping {
  readonly originId: number;
  readonly mapping: string;
  readonly object: string;
  /** Rejects that can be tried again. */
  readonly count: number;
  /** Further records with a key that is taken: only an edited file makes something of them. */
  readonly taken: number;
}

/** Rejects of a run per mapping. */
export async function rejectedMappings(query: Query, runId: string): Promise<readonly RejectedMapping[]> {
  const { rows } = await query<RejectedMapping>(
    `select o.id as "originId", o.mapping, o.object, (count(*) filter (where r.code <> '${TAKEN}'))::int as count,
       (count(*) filter (where r.code = '${TAKEN}'))::int as taken
     from migrate.reject r join migrate.origin o on o.id = r.origin_id where r.run_id = $1 group by o.id order by o.id`,
    [runId],
  );
  return rows;
}

/** Where a reject of the run is. */
export interface RejectPlace {
  readonly mapping: string;
  readonly line: number;
  readonly key: string | null;
}

/**
 * What `_key` of a reject file says -> the reject. `columns`: those of the file; where mappings with other columns rejected
 * records with the same key, those of the file's columns are meant.
 */
export async function rejectedKeys(
  query: Query,
  runId: string,
  columns: readonly string[],
): Promise<ReadonlyMap<string, RejectPlace>> {
  const layouts = await query<{ mapping: string; columns: string[] }>(
    `select distinct o.mapping, r.columns from migrate.reject r join migrate.origin o on o.id = r.origin_id where r.run_id = $1`,
    [runId],
  );
  const inFile = new Set(columns);
  const fitting = layouts.rows.filter((layout) => layout.columns.every((column) => inFile.has(column)));
  const same = fitting.filter((layout) => layout.columns.length === inFile.size);
  const mappings = [...new Set((same.length > 0 ? same : fitting).map(({ mapping }) => mapping))];
  const { rows } = await query<RejectPlace & { name: string }>(
    `select coalesce(nullif(r.key, ''), 'line ' || r.line) as name, nullif(r.key, '') as key, r.line::float8 as line, o.mapping
     from migrate.reject r join migrate.origin o on o.id = r.origin_id
     where r.run_id = $1 and o.mapping = any($2) order by r.origin_id desc, r.line desc`,
    [runId, mappings],
  );
  return new Map(rows.map(({ name, ...place }) => [name, place]));
}
