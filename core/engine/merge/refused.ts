/** Rows that the target refuses: found by halves, so that all others go in. */
import type pg from "pg";
import { sqlState } from "../../store/database.ts";

/**
 * SQLSTATEs that a record's own values may cause: data exceptions, constraints, exceptions raised by triggers, views with
 * check option, values too long for an index.
 */
export function isDataError(error: unknown): boolean {
  const state = sqlState(error);
  return state !== null && (/^(22|23|P0|44)/.test(state) || state === "54000");
}

export type Attempt<Result> =
  | { readonly refused: null; readonly result: Result }
  /** Nothing of it happened. */
  | { readonly refused: pg.DatabaseError };

/** Does `work` inside a savepoint, so that the transaction survives when the target refuses a row. Other errors are thrown. */
export async function attempt<Result>(client: pg.ClientBase, work: () => Promise<Result>): Promise<Attempt<Result>> {
  await client.query("savepoint attempt");
  try {
    const result = await work();
    await client.query("release savepoint attempt");
    return { refused: null, result };
  } catch (error) {
    if (!isDataError(error)) throw error;
    await client.query("rollback to savepoint attempt");
    await client.query("release savepoint attempt");
    return { refused: error as pg.DatabaseError };
  }
}

/** Why, with the constraint's name. */
export function refusalReason(error: pg.DatabaseError): string {
  const constraint = error.constraint === undefined ? "" : ` (constraint ${error.constraint})`;
  return `the target refused the record: ${error.message}${constraint}`;
}

/**
 * Writes `size` rows, by their positions (0-based, both ends included): whole, else by halves until each row that is refused
 * stands alone; `refuse` is told of those, in order, and awaited.
 */
export async function writeApart(
  client: pg.ClientBase,
  size: number,
  write: (from: number, to: number) => Promise<void>,
  refuse: (at: number, error: pg.DatabaseError) => unknown,
): Promise<void> {
  const part = async (from: number, to: number): Promise<void> => {
    const { refused } = await attempt(client, () => write(from, to));
    if (refused === null) return;
    if (from === to) {
      await refuse(from, refused);
      return;
    }
    const middle = Math.floor((from + to) / 2);
    await part(from, middle);
    await part(middle + 1, to);
  };
  if (size > 0) await part(0, size - 1);
}
