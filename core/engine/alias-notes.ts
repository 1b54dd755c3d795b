/** What a stage notes about merged records while it reads: which id leads to which record. Settled once all is read. */
import type pg from "pg";
import type { ObjectMapping } from "../mapping/types.ts";

/** An id that leads to another record. */
export interface AliasNote {
  readonly id: string;
  /** Key of the record that is meant; it may itself have been merged into another. */
  readonly winner: string;
  readonly line: number;
  /** A record of its own was read and has to be counted; false: the winner named the id. */
  readonly loser: boolean;
  /** Of losers: the filter lets them through. */
  readonly inScope: boolean;
}

/** True where the mapping tells of merged records at all. */
export const tellsMerges = ({ aliases, mergedInto }: ObjectMapping): boolean =>
  aliases !== undefined || mergedInto !== undefined;

const AT_ONCE = 10_000;

/** Keeps the notes of a chunk, in the transaction that writes its rows. */
export async function saveAliases(
  client: pg.ClientBase,
  runId: string,
  originId: number,
  notes: readonly AliasNote[],
): Promise<void> {
  for (let from = 0; from < notes.length; from += AT_ONCE) {
    const part = notes.slice(from, from + AT_ONCE);
    await client.query(
      `insert into migrate.alias (origin_id, run_id, id, winner, line, loser, in_scope)
       select $1, $2, x.id, x.winner, x.line, x.loser, x.in_scope
       from unnest($3::text[], $4::text[], $5::int8[], $6::bool[], $7::bool[]) as x(id, winner, line, loser, in_scope)`,
      [
        originId,
        runId,
        part.map(({ id }) => id),
        part.map(({ winner }) => winner),
        part.map(({ line }) => line),
        part.map(({ loser }) => loser),
        part.map(({ inScope }) => inScope),
      ],
    );
  }
}

/**
 * Before a stage begins to read: losers of a run that was never finished are read again. Other ids stay: the records that
 * named them may be unchanged now.
 */
export async function forgetLosers(client: pg.ClientBase, originId: number): Promise<void> {
  await client.query("delete from migrate.alias where origin_id = $1 and loser", [originId]);
}

/** SELECT of the losers' keys of stage `$2` so far, as `key`. */
export const LOSERS = "select id as key from migrate.alias where origin_id = $2 and loser";
