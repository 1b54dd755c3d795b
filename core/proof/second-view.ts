/** A second connection that sees the target as the first one does: it compares pieces, too, and most often all of a piece agrees. */
import type pg from "pg";
import type { CompiledMapping } from "../mapping/compiled.ts";
import type { Database } from "../store/database.ts";
import { literal } from "../store/quote.ts";
import { FieldPass, type PassInput } from "./field-pass.ts";
import { GroupPass } from "./group-figures.ts";
import { moveRows } from "./move-rows.ts";
import type { Place } from "./place.ts";
import { ProofTables } from "./proof-tables.ts";
import type { StagedRows } from "./staged.ts";

/** Columns of `proof_target` that agreeing pieces need. */
const COLUMNS = "key, id, existed, tid";

export interface SecondView {
  readonly tables: ProofTables;
  /** Gives the connection back; after an error it is closed. */
  end(failed: boolean): Promise<void>;
}

/**
 * Opens it on the snapshot of `first`, which is in its transaction. null: the server has no further connection, or does not let
 * it see the same; the first one does without.
 */
export async function openSecondView(database: Database, first: ProofTables): Promise<SecondView | null> {
  const { rows } = await first.client.query<{ snapshot: string }>("select pg_export_snapshot() as snapshot");
  let client: pg.PoolClient;
  try {
    client = await database.connect();
  } catch {
    return null;
  }
  const tables = new ProofTables(client, first.waiting);
  try {
    await tables.makeRoom();
    await client.query("begin isolation level repeatable read");
    await client.query(`set transaction snapshot ${literal(rows[0]!.snapshot)}`);
    await tables.settle();
    await client.query("set local idle_in_transaction_session_timeout = 0");
    await client.query("set local random_page_cost = 0.1");
  } catch {
    client.release(true);
    return null;
  }
  return {
    tables,
    end: async (failed) => {
      if (!failed) {
        await client.query("rollback");
        await tables.drop();
      }
      client.release(failed);
    },
  };
}

export interface SharedPieces {
  readonly place: Place;
  readonly compiled: CompiledMapping;
  readonly staged: StagedRows;
  /** The first connection's. */
  readonly pass: PassInput;
  readonly values: FieldPass;
  readonly groups: GroupPass | null;
  /** Gets the references that pieces say, per lookup; all of them are settled. */
  readonly settled: (told: readonly number[]) => void;
}

/**
 * Lets the second connection take pieces of a mapping. Comes while the first connection's work waits for it; goes on in the
 * second one's background. Gives what takes its figures over, at the end.
 */
export async function sharePieces(
  second: ProofTables,
  { place, compiled, staged, pass, values, groups, settled }: SharedPieces,
): Promise<() => Promise<void>> {
  const { client, background } = second;
  const begun = Promise.withResolvers<void>();
  let own: { readonly values: FieldPass; readonly groups: GroupPass | null } | null = null;
  background.add(0, async () => {
    try {
      await second.use(place.origin);
      await client.query("drop table if exists pg_temp.proof_target");
      await client.query(
        `create temp table proof_target (key text collate "C", id ${place.object.idType}, existed boolean, tid tid, later text)`,
      );
      await moveRows(pass.tables.client, `select ${COLUMNS} from proof_target`, client, `proof_target (${COLUMNS})`);
    } catch (error) {
      begun.reject(error);
      throw error;
    }
    begun.resolve();
    await client.query("create unique index on proof_target (key)");
    await client.query("analyze proof_target");
    await staged.create(compiled, client);
    const input = { ...pass, tables: second };
    const mine = { values: await FieldPass.create(input, false), groups: await GroupPass.create(input) };
    own = mine;
    staged.share(second, async (rows) => {
      await second.use(place.origin);
      const told = await mine.values.agreeing(rows);
      if (told === null) return false;
      await mine.groups?.piece(new Set(), true);
      settled(told);
      return true;
    });
  });
  await begun.promise;
  return async () => {
    if (own === null) return;
    await values.take(own.values);
    if (groups !== null && own.groups !== null) await groups.take(own.groups);
  };
}
