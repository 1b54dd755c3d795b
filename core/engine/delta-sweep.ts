/** Reads keys, and the fields that change without their record's timestamp, of every record of a mapping. */
import type pg from "pg";
import { compileMapping } from "../mapping/compile.ts";
import type { CompileOptions } from "../mapping/compiled.ts";
import type { ObjectMapping } from "../mapping/types.ts";
import { narrowRows } from "./narrow.ts";
import type { Session } from "./session.ts";

/** Temporary table of what a sweep read: `key`, and `hash` where narrow fields were read. */
export const SWEPT = "migrate_swept";

export interface SweepInput {
  readonly mapping: ObjectMapping;
  readonly options: CompileOptions;
  /** Source objects that are not read whole by this run anyway. */
  readonly sources: readonly string[];
  /** Columns to compare; empty: keys alone. */
  readonly narrow: readonly string[];
  /** Where keys are not asked for (the sweep of deleted records is off), records without a change are of no interest. */
  readonly batchSize: number;
}

const AT_ONCE = 20_000;

/** The mapping as far as its key goes. */
function keysOnly({ aliases: _aliases, mergedInto: _into, ...mapping }: ObjectMapping): ObjectMapping {
  return { ...mapping, fields: [], filter: null, associations: [] };
}

/**
 * Creates SWEPT on the connection and fills it. Every key is in it once, whatever number of records has it. Reads the source
 * itself, never a recording one.
 */
export async function sweep(
  client: pg.ClientBase,
  session: Pick<Session, "source" | "context">,
  input: SweepInput,
): Promise<number> {
  const { mapping, sources, narrow, batchSize } = input;
  await client.query(`drop table if exists pg_temp.${SWEPT}`);
  await client.query(`create temp table ${SWEPT} (key text collate "C", hash uuid)`);
  const compiled = compileMapping(keysOnly(mapping), input.options);
  let read = 0;
  for (const object of sources) {
    const fields = [...new Set([...mapping.key, ...narrow])];
    for await (const batch of session.source.read({ object, fields, from: null, batchSize })) {
      session.context.signal.throwIfAborted();
      const { keys, hashes } = narrowRows(compiled.bind(batch.columns), batch, narrow);
      read += keys.length;
      for (let from = 0; from < keys.length; from += AT_ONCE) {
        await client.query(
          `insert into ${SWEPT} select x.key, x.hash::uuid from unnest($1::text[], $2::text[]) as x(key, hash)`,
          [keys.slice(from, from + AT_ONCE), narrow.length === 0 ? [] : hashes.slice(from, from + AT_ONCE)],
        );
      }
    }
  }
  await client.query(`create index on ${SWEPT} (key)`);
  await client.query(`analyze ${SWEPT}`);
  return read;
}
