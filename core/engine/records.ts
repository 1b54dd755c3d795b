/** `migrate runs records`: the records of a bucket. */
import type pg from "pg";
import { ConfigError } from "../errors.ts";
import { dbError } from "../store/database.ts";
import { queries } from "../store/queries.ts";
import { findRun } from "./run-rows.ts";
import type { Session } from "./session.ts";
import { BUCKETS, type Bucket } from "./types.ts";

export interface BucketRecord {
  readonly object: string;
  readonly mapping: string;
  readonly key: string;
}

/** What one chunk of a run put into a bucket. */
export interface BucketChunk {
  readonly object: string;
  readonly mapping: string;
  readonly externalSource: string;
  readonly keys: readonly string[];
}

/** Keys of the records that ended in `bucket`, in the order in which they were read. Throws ConfigError RUN_UNKNOWN, BUCKET_UNKNOWN. */
export async function* recordsOf(session: Session, run: string, bucket: Bucket): AsyncIterable<BucketRecord> {
  const client = await session.database.connect();
  try {
    for await (const { object, mapping, keys } of bucketChunks(client, run, bucket))
      for (const key of keys) yield { object, mapping, key };
  } catch (error) {
    throw dbError(error);
  } finally {
    client.release();
  }
}

/** The same chunk by chunk, on a connection that may be used between two of them. */
export async function* bucketChunks(client: pg.ClientBase, run: string, bucket: Bucket): AsyncIterable<BucketChunk> {
  const id = await runId(client, run, bucket);
  const parts = await queries
    .withSchema("migrate")
    .from("outcome")
    .where({ run_id: id, bucket })
    .orderByRaw("origin_id, chunk, ctid")
    .select<{ place: string }[]>(queries.raw("ctid::text as place"))
    .connection(client);
  for (const { place } of parts) {
    const { rows } = await client.query<BucketChunk>(
      `select g.object, g.mapping, g.external_source as "externalSource", o.keys from migrate.outcome o
         join migrate.origin g on g.id = o.origin_id where o.ctid = $1::tid`,
      [place],
    );
    yield* rows;
  }
}

/** Target objects that a run put records of into the bucket, by name. */
export async function bucketObjects(client: pg.ClientBase, run: string, bucket: Bucket): Promise<readonly string[]> {
  const { rows } = await client.query<{ object: string }>(
    `select distinct g.object from migrate.outcome o join migrate.origin g on g.id = o.origin_id
     where o.run_id = $1 and o.bucket = $2 order by 1`,
    [await runId(client, run, bucket), bucket],
  );
  return rows.map(({ object }) => object);
}

async function runId(client: pg.ClientBase, run: string, bucket: Bucket): Promise<string> {
  if (!BUCKETS.includes(bucket)) {
    throw new ConfigError("BUCKET_UNKNOWN", `there is no bucket ${bucket}`, {
      hint: `Buckets: ${BUCKETS.join(", ")}.`,
    });
  }
  const known = await client.query<{ state: string | null }>("select to_regclass('migrate.run')::text as state");
  const id = known.rows[0]!.state === null ? undefined : (await findRun(client, run))?.id;
  if (id !== undefined) return id;
  throw new ConfigError("RUN_UNKNOWN", `the target's database knows no run ${run}`, {
    hint: "A dry run keeps no records: its rejects are in its folder. See `migrate runs list`.",
  });
}
