/** The target's row of every loaded record. */
import { literal } from "../store/quote.ts";
import type { Place } from "./place.ts";
import { KEY_SUMS, LOADED_BUCKETS, LOADED_SQL, type ProofTables } from "./proof-tables.ts";

/** Outcomes of the loaded records of the origin `$1`. */
const OUTCOMES = `proof_key where origin_id = $1 and ${LOADED_SQL}`;
/** As if each had one: `fresh`, the run inserted the row; `existed`, it was there and was left as it was. */
const EACH = `select key, bucket = 'inserted' as fresh, bucket = 'unchanged' as existed from ${OUTCOMES}`;
/** Each key once, with all its outcomes. */
const LOADED = `select key, bool_and(bucket = 'inserted') as fresh, bool_or(bucket = 'unchanged') as existed from ${OUTCOMES} group by key`;

export interface Located {
  /** Loaded records that have a row. */
  readonly found: number;
  /** Rows that the ledger led to, each once; null: not known. */
  readonly byLedger: number | null;
  /** Every loaded record has its one row; `proof_loaded` may be empty then. */
  readonly complete: boolean;
  /** Of their keys, see KEY_SUMS; null: not known. */
  readonly keySums: string | null;
  /** Rows are found quickest by `proof_target.tid`, their place in the table. */
  readonly byTid: boolean;
}

/**
 * Fills `proof_target` (key, id; `later` is left to findLaterWriters): the row of every loaded record, found by its external id
 * and the ledger, or by the id map. `as_left`: the row's version is the one that the load left; null: that is not known.
 * `others`: other mappings of this migration that fill the same object; their rows are marked.
 */
export async function locateLoaded(
  tables: ProofTables,
  place: Place,
  others: readonly number[] = [],
): Promise<Located> {
  const { client } = tables;
  const { origin, table } = place;
  await client.query("drop table if exists pg_temp.proof_target, pg_temp.proof_loaded");
  await client.query('create temp table proof_loaded (key text collate "C", fresh boolean, existed boolean)');
  // places are a table's own, and stay as they are for this transaction, which sees the rows as they were when it began
  const kinds = await tables.rows<{ plain: boolean }>(
    "select relkind = 'r' and not relhassubclass as plain from pg_class where oid = to_regclass($1)",
    [table],
  );
  const byTid = kinds[0]?.plain === true;
  const outcomes = await tables.outcomes(origin);
  const one = place.ledger ? await findAllAtOnce(tables, place, outcomes, byTid) : null;
  const located = one ?? (await findEach(tables, place, await tables.loadedOutcomes(origin), byTid));
  if (others.length > 0) await markOthers(tables, place, others);
  // what another source knows, too, may have been there before
  await client.query(
    "update proof_target p set fresh = false from proof_shared s where s.origin_id = $1 and s.key = p.key",
    [origin],
  );
  await client.query("analyze proof_target");
  return { ...located, byTid };
}

type Found = Omit<Located, "byTid">;

/**
 * Most often a run did the same with all records, each has one row, and the ledger leads to no others: then these are the rows,
 * if their keys are those of the records by number and sums. null: it is not so, and nothing is left.
 */
async function findAllAtOnce(
  tables: ProofTables,
  { origin, object, table, id, externalSource }: Place,
  outcomes: ReadonlyMap<string, number>,
  byTid: boolean,
): Promise<Found | null> {
  const { client } = tables;
  const [bucket, more] = [...outcomes.keys()].filter((name) => LOADED_BUCKETS.has(name));
  if (bucket === undefined || more !== undefined) return null;
  await client.query("savepoint located");
  const { rowCount } = await tables.whole(() =>
    client.query(
      `create temp table proof_target as
         select t.external_id::text collate "C" as key, t.${id}::${object.idType} as id, ${bucket === "inserted"} as fresh, ${bucket === "unchanged"} as existed,
                l.version = t.xmin as as_left, ${byTid ? "t.ctid" : "null::tid"} as tid, false as others, null::text as later
           from ${table} t join migrate.ledger l on l.origin_id = ${origin} and l.target_id = t.${id}
          where t.external_source = ${literal(externalSource)}`,
    ),
  );
  const found = rowCount!;
  if (found === outcomes.get(bucket)) {
    const rows = await tables.rows<{ target: string; loaded: string }>(
      `select (select ${KEY_SUMS} from proof_target) as target, (select ${KEY_SUMS} from ${OUTCOMES} and coalesce(key, '') <> '') as loaded`,
      [origin],
    );
    const { target, loaded } = rows[0]!;
    if (target === loaded && (await oneRowEach(client))) {
      await client.query("release savepoint located");
      return { found, byLedger: found, complete: true, keySums: target };
    }
  }
  await client.query("rollback to savepoint located");
  await client.query("release savepoint located");
  return null;
}

/** The row of every loaded record; where records have several outcomes or rows, `proof_loaded` has each record once. */
async function findEach(tables: ProofTables, place: Place, outcomes: number, byTid: boolean): Promise<Found> {
  const { client } = tables;
  const { origin, object } = place;
  await client.query(
    `create temp table proof_target (key text collate "C", id ${object.idType}, fresh boolean, existed boolean, as_left boolean, tid tid, others boolean not null default false, later text)`,
  );
  await client.query("savepoint located");
  let byLedger = await findRowsOf(tables, place, `(${EACH})`, byTid);
  let once = await oneRowEach(client);
  let complete = once && (await countLocated(tables)) === outcomes;
  if (!complete) {
    await client.query("rollback to savepoint located");
    const loaded = await client.query(`insert into proof_loaded ${LOADED}`, [origin]);
    await client.query("analyze proof_loaded");
    byLedger = await findRowsOf(tables, place, "(select * from proof_loaded where $1::integer is not null)", byTid);
    once = await oneRowEach(client);
    if (!once) await rowsOnce(client);
    complete = once && (await countLocated(tables)) === loaded.rowCount;
    // pieces of records look for what has no row among these
    if (!complete) await client.query("create index on proof_loaded (key)");
  }
  await client.query("release savepoint located");
  return { found: await countLocated(tables), byLedger: once ? byLedger : null, complete, keySums: null };
}

async function countLocated(tables: ProofTables): Promise<number> {
  const rows = await tables.rows<{ n: string }>("select count(*) as n from proof_target");
  return Number(rows[0]!.n);
}

/** Finds the rows of the `loaded` records (SQL; key, fresh, existed); how many the ledger led to. */
async function findRowsOf(tables: ProofTables, place: Place, loaded: string, byTid: boolean): Promise<number> {
  const { client } = tables;
  const { origin, object, table, id, externalSource } = place;
  const tid = byTid ? "t.ctid" : "null::tid";
  let byLedger = 0;
  await tables.whole(async () => {
    if (place.ledger) {
      const { rowCount } = await client.query(
        `insert into proof_target (key, id, fresh, existed, as_left, tid)
         select k.key, t.${id}, k.fresh, k.existed, l.version = t.xmin, ${tid} from ${loaded} k
           join ${table} t on t.external_source = $2 and t.external_id collate "C" = k.key
           join migrate.ledger l on l.origin_id = $1 and l.target_id = t.${id}`,
        [origin, externalSource],
      );
      byLedger = rowCount!;
      await client.query("analyze proof_target");
    }
    const left = place.ledger
      ? `(select bool_or(l.version = t.xmin) from migrate.ledger l where l.origin_id = $1 and l.target_id = t.${id})`
      : "m.version = t.xmin";
    await client.query(
      `insert into proof_target (key, id, fresh, existed, as_left, tid)
       select k.key, t.${id}, k.fresh, k.existed, ${left}, ${tid} from ${loaded} k
         join migrate.id_map m on m.external_source = $2 and m.object = $3 and m.external_id = k.key and m.kind in ('row', 'match')
         join ${table} t on t.${id} = m.target_id::${object.idType}
        where not exists (select from proof_target p where p.key = k.key)`,
      [origin, externalSource, object.name],
    );
  });
  return byLedger;
}

/** Indexes `proof_target` by key; true: no key has several rows. */
async function oneRowEach(client: ProofTables["client"]): Promise<boolean> {
  await client.query("savepoint keys");
  try {
    await client.query("create unique index on proof_target (key)");
    await client.query("release savepoint keys");
    return true;
  } catch (error) {
    if ((error as { code?: string }).code !== "23505") throw error;
    await client.query("rollback to savepoint keys");
    return false;
  }
}

/** Puts rows together that the ledger knows several times. */
async function rowsOnce(client: ProofTables["client"]): Promise<void> {
  await client.query(
    "create temp table proof_once as select key, id, fresh, existed, bool_or(as_left) as as_left, tid from proof_target group by 1, 2, 3, 4, 6",
  );
  await client.query("truncate proof_target");
  await client.query(
    "insert into proof_target (key, id, fresh, existed, as_left, tid) select key, id, fresh, existed, as_left, tid from proof_once",
  );
  await client.query("drop table proof_once");
  await client.query("create index on proof_target (key)");
}

/** Marks the rows that other mappings know: what those filled in is not to be told apart. */
async function markOthers({ client }: ProofTables, place: Place, others: readonly number[]): Promise<void> {
  if (place.ledger) {
    await client.query(
      `update proof_target p set others = true, fresh = false
         from (select distinct l.target_id as id from migrate.ledger l where l.origin_id = any($1)) o where o.id = p.id`,
      [[...others]],
    );
    return;
  }
  await client.query(
    `update proof_target p set others = true, fresh = false
       from (select distinct m.target_id as id from migrate.id_map m where m.origin_id = any($1) and m.object = $2) o
      where o.id = p.id::text`,
    [[...others], place.object.name],
  );
}
