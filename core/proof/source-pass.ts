/** The second reading: every source object once, for all mappings that read it. */
import type { Session } from "../engine/session.ts";
import type { ProofTables } from "./proof-tables.ts";
import type { MappingTally } from "./tally.ts";

const BATCH = 5_000;

/** Who is told what was read. */
export interface Reading {
  /** The object, and the records read so far of it. */
  readonly progress: (object: string, read: number) => void;
  /** All records of the object, bad ones included. */
  readonly done: (object: string, read: number) => void;
}

/** Reads each object completely. */
export async function readSources(
  session: Pick<Session, "source" | "context">,
  tallies: readonly MappingTally[],
  tables: ProofTables,
  second: Pick<ProofTables, "background"> | null,
  { progress, done }: Reading,
): Promise<void> {
  const objects = new Set(tallies.flatMap(({ compiled }) => compiled.mapping.sources));
  for (const object of objects) {
    const users = tallies.filter(({ compiled }) => compiled.mapping.sources.includes(object));
    const fields = [...new Set(users.flatMap(({ compiled }) => compiled.reads))];
    let read = 0;
    for await (const batch of session.source.read({ object, fields, from: null, batchSize: BATCH })) {
      session.context.signal.throwIfAborted();
      for (const tally of users) await tally.take(batch, tables);
      read += batch.size + batch.bad.length;
      progress(object, read);
    }
    done(object, read);
  }
  for (const { staged } of tallies) staged?.sendRest();
  tables.flush(true);
  // what does not agree there comes back to the first one
  await second?.background.drain();
  for (const { staged } of tallies) staged?.end();
  await tables.background.drain();
}
