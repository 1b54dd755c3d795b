/** `migrate runs records`: the records of a bucket. */
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

/** Keys of the records that ended in `bucket`, in the order in which they were read. Throws ConfigError RUN_UNKNOWN, BUCKET_UNKNOWN. */
export async function* recordsOf(session: Session, run: string, bucket: Bucket): AsyncIterable<BucketRecord> {
  if (!BUCKETS.includes(bucket)) {
    throw new ConfigError("BUCKET_UNKNOWN", `there is no bucket ${bucket}`, {
      hint: `Buckets: ${BUCKETS.join(", ")}.`,
    });
  }
  const client = await session.database.connect();
  try {
    const known = await client.query<{ state: string | null }>("select to_regclass('migrate.run')::text as state");
    const id = known.rows[0]!.state === null ? undefined : (await findRun(client, run))?.id;
    if (id === undefined) {
      throw new ConfigError("RUN_UNKNOWN", `the target's database knows no run ${run}`, {
        hint: "A dry run keeps no records: its rejects are in its folder. See `migrate runs list`.",
      });
    }
    const parts = await queries
      .withSchema("migrate")
      .from("outcome")
      .where({ run_id: id, bucket })
      .orderByRaw("origin_id, chunk, ctid")
      .select<{ place: string }[]>(queries.raw("ctid::text as place"))
      .connection(client);
    for (const { place } of parts) {
      const { rows } = await client.query<{ object: string; mapping: string; keys: string[] }>(
        `select g.object, g.mapping, o.keys from migrate.outcome o join migrate.origin g on g.id = o.origin_id where o.ctid = $1::tid`,
        [place],
      );
      for (const row of rows) for (const key of row.keys) yield { object: row.object, mapping: row.mapping, key };
    }
  } catch (error) {
    throw dbError(error);
  } finally {
    client.release();
  }
}
