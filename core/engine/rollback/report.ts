/** What a rollback did: buckets, outcomes, and the file of what it refused. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type pg from "pg";
import { type Counts, emptyCounts } from "../counts.ts";
import { writeCsv } from "../run-files.ts";
import type { Bucket, ObjectReport } from "../types.ts";

type Client = pg.ClientBase;

export const REFUSED_FILE = "refused.csv";

/**
 * `deleted`: rows that the run had inserted and that are gone now. `updated`: restored. `inserted`: rows that it had deleted and
 * that are there again. `unchanged`: gone already. `rejected`: refused.
 */
const BUCKET = `case when state = 'gone' then 'unchanged' when state = 'refused' then 'rejected' when state <> 'done' then null
  when what = 'inserted' then 'deleted' when what = 'updated' then 'updated' else 'inserted' end`;

/** Figures per mapping whose records it concerns, in the order in which the mappings were first loaded. */
export async function rollbackCounts(client: Client, runId: string): Promise<readonly ObjectReport[]> {
  const { rows } = await client.query<{ object: string; mapping: string; bucket: Bucket | null; n: number }>(
    `select r.object, coalesce(o.mapping, r.object) as mapping, ${BUCKET} as bucket, count(*)::int4 as n
     from migrate.rollback r left join migrate.origin o on o.id = r.origin_id where r.run_id = $1
     group by coalesce(o.id, 0), 1, 2, 3 order by coalesce(o.id, 0), 1, 2`,
    [runId],
  );
  const found = new Map<string, { object: string; mapping: string; counts: Counts }>();
  for (const { object, mapping, bucket, n } of rows) {
    const key = `${object}\n${mapping}`;
    const entry = found.get(key) ?? { object, mapping, counts: emptyCounts() };
    found.set(key, entry);
    if (bucket === null) continue;
    entry.counts[bucket] += n;
    entry.counts.read += n;
  }
  return [...found.values()].map(({ object, mapping, counts }) => {
    const { references: _, associations: __, seconds: ___, ...figures } = counts;
    return { object, source: "", mapping, ...figures, references: [], associations: null, seconds: 0 };
  });
}

/** Keys per bucket, for `migrate runs records`. */
export async function saveOutcomes(client: Client, runId: string): Promise<void> {
  await client.query(
    `insert into migrate.outcome (run_id, origin_id, chunk, bucket, count, keys)
     select run_id, coalesce(origin_id, 0), 1, bucket, count(*), array_agg(coalesce(key, 'id ' || target_id) order by key)
     from (select *, ${BUCKET} as bucket from migrate.rollback where run_id = $1) r where bucket is not null group by 1, 2, bucket`,
    [runId],
  );
}

async function* lines(client: Client, runId: string): AsyncIterable<readonly (string | null)[]> {
  yield ["_object", "_mapping", "_key", "_target_id", "_what", "_reason"];
  const page = 5_000;
  for (let offset = 0; ; offset += page) {
    const { rows } = await client.query<Record<string, string | null>>(
      `select r.object, o.mapping, r.key, r.target_id, r.what, r.reason from migrate.rollback r left join migrate.origin o on o.id = r.origin_id
       where r.run_id = $1 and r.state = 'refused' order by r.object, r.key, r.target_id offset $2 limit $3`,
      [runId, offset, page],
    );
    for (const row of rows) yield Object.values(row);
    if (rows.length < page) break;
  }
}

export async function writeRefused(client: Client, runId: string, folder: string): Promise<void> {
  const { rows } = await client.query(
    "select 1 from migrate.rollback where run_id = $1 and state = 'refused' limit 1",
    [runId],
  );
  if (rows.length === 0) await rm(join(folder, REFUSED_FILE), { force: true });
  else await writeCsv(join(folder, REFUSED_FILE), lines(client, runId));
}
