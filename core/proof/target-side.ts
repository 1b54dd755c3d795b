/** What is really in the target now: rows, sums and foreign keys, counted by SQL and never taken from the run's counters. */

import { parseDecimal } from "./decimal.ts";
import type { Located } from "./locate.ts";
import type { Place } from "./place.ts";
import { KEY_SUMS, LOADED_KEYS, LOADED_SQL, type ProofTables, SEEN } from "./proof-tables.ts";
import type { ProofShape } from "./shape.ts";
import type { FieldSums } from "./sums.ts";
import type { KeyFinding } from "./types.ts";

/** Keys shown per finding. */
export const KEYS_SHOWN = 20;

/** `finding`, which also notes the rows as differences that the one `side` alone has. */
async function findRows(
  tables: ProofTables,
  place: Place,
  side: "source" | "target" | null,
  select: string,
  values: readonly unknown[],
): Promise<KeyFinding> {
  const found = await finding(tables, select, values);
  if (side !== null && found.count > 0) await noteRows(tables, place, side, select, values);
  return found;
}

/** Runs `select ... as key` and gives the count with the first keys in order. */
async function finding(tables: ProofTables, select: string, values: readonly unknown[]): Promise<KeyFinding> {
  const rows = await tables.rows<{ n: string; keys: string[] | null }>(
    `with found as (${select})
     select (select count(*) from found) as n,
            (select array_agg(key) from (select key from found order by key limit ${KEYS_SHOWN}) f) as keys`,
    values,
  );
  return { count: Number(rows[0]!.n), keys: rows[0]!.keys ?? [] };
}

/** Notes whole rows in `proof_difference` that one side alone has. */
async function noteRows(
  tables: ProofTables,
  place: Place,
  side: "source" | "target",
  select: string,
  values: readonly unknown[],
): Promise<void> {
  await tables.rows(
    `insert into proof_difference (origin_id, key, field, kind, source, target)
     select ${place.origin}, f.key, '', 'row', ${side === "source" ? "f.key, null" : "null, f.key"} from (${select}) f`,
    values,
  );
}

/** Loaded records without a row. `locateLoaded` comes first, for this and the following. `list`: they are noted as differences. */
export async function findLost(
  tables: ProofTables,
  place: Place,
  { complete }: Pick<Located, "complete">,
  list = false,
): Promise<KeyFinding> {
  if (complete) return { count: 0, keys: [] };
  return findRows(
    tables,
    place,
    list ? "source" : null,
    // a row that users deleted is explained once a run has seen that; see core/engine/merge/note-edits.ts
    `select key from (${LOADED_KEYS}) k where not exists (select from proof_target p where p.key = k.key)
       and not exists (select from proof_deleted d where d.key = k.key)`,
    [place.origin],
  );
}

/**
 * Fills `proof_unmet`: records that were seen and have no outcome, and outcomes of records that were not seen. `complete`: see
 * locateLoaded. Where the keys that were seen of loaded records are those of the rows, by number and by two sums of 64-bit
 * hashes, only the others are laid side by side.
 */
export async function findUnmet(
  tables: ProofTables,
  { origin }: Place,
  { complete, keySums }: Pick<Located, "complete" | "keySums">,
): Promise<void> {
  const { client } = tables;
  const same = complete && (await sumsOfSeen(tables, origin)) === (keySums ?? (await sumsOfRows(tables)));
  const [seen, known] = same
    ? [
        `and state <> ${SEEN.loaded} and not exists (select from proof_target p where p.key = r.key)`,
        `and not ${LOADED_SQL} and not exists (select from proof_target p where p.key = r.key)`,
      ]
    : ["", ""];
  await client.query("drop table if exists pg_temp.proof_unmet");
  await client.query(
    `create temp table proof_unmet as
       select s.key as seen, k.key as known, k.bucket
         from (select key from proof_seen r where origin_id = ${origin} ${seen}) s
         full join (select key, bucket from proof_key r where origin_id = ${origin} and coalesce(key, '') <> '' ${known}) k on k.key = s.key
        where s.key is null or k.key is null`,
  );
}

async function sumsOfSeen(tables: ProofTables, origin: number): Promise<string> {
  const rows = await tables.rows<{ sums: string }>(
    `select ${KEY_SUMS} as sums from proof_seen where origin_id = $1 and state = ${SEEN.loaded}`,
    [origin],
  );
  return rows[0]!.sums;
}

async function sumsOfRows(tables: ProofTables): Promise<string> {
  return (await tables.rows<{ sums: string }>(`select ${KEY_SUMS} as sums from proof_target`))[0]!.sums;
}

/** Records at the source without any outcome. `findUnmet` comes first, for this and the following. */
export function findMissing(tables: ProofTables): Promise<KeyFinding> {
  return finding(tables, "select seen as key from proof_unmet where seen is not null", []);
}

/** Records with an outcome that the source no longer holds; rejects aside, whose keys may be unreadable. */
export function findVanished(tables: ProofTables, place: Place): Promise<KeyFinding> {
  return finding(
    tables,
    `select distinct u.known as key from proof_unmet u where u.known is not null and u.bucket not in ('rejected', 'deleted')
       and not exists (select from proof_gone g where g.origin_id = $1 and g.key = u.known)`,
    [place.origin],
  );
}

/** Losers of merges that a delta found gone: the source counts them no more. */
export async function countMergedGone(tables: ProofTables, origin: number): Promise<number> {
  const rows = await tables.rows<{ n: string }>(
    `select count(*) as n from proof_unmet u where u.bucket = 'merged'
       and exists (select from proof_gone g where g.origin_id = $1 and g.key = u.known)`,
    [origin],
  );
  return Number(rows[0]!.n);
}

/** Rows of records that are gone at the source, by what became of them: kept, marked, deleted; and why some were kept. */
export async function goneRows(
  tables: ProofTables,
  place: Place,
): Promise<readonly { readonly done: string; readonly reason: string | null; readonly count: number }[]> {
  const rows = await tables.rows<{ done: string; reason: string | null; n: string }>(
    `select coalesce(done, 'open') as done, reason, count(*) as n from proof_gone where origin_id = $1 group by 1, 2 order by 1, 2`,
    [place.origin],
  );
  return rows.map(({ done, reason, n }) => ({ done, reason, count: Number(n) }));
}

/** Rows that carry the source's name and that neither ledger nor id map explains, from whatever mapping. `byLedger`: see locateLoaded. */
export async function findExtra(
  tables: ProofTables,
  place: Place,
  byLedger: number | null,
  list = false,
): Promise<KeyFinding> {
  if (!place.object.hasExternalId) return { count: 0, keys: [] };
  // those that the ledger led to are some of them
  const named = await tables.rows<{ n: string }>(
    `select count(*) as n from ${place.table} t where t.external_source = $1`,
    [place.externalSource],
  );
  if (Number(named[0]!.n) === byLedger) return { count: 0, keys: [] };
  const inLedger = place.ledger
    ? `and not exists (select from migrate.ledger l join migrate.origin o on o.id = l.origin_id
         where o.external_source = $1 and o.object = $2 and l.target_id = t.${place.id})`
    : "";
  return findRows(
    tables,
    place,
    list ? "target" : null,
    `select coalesce(t.external_id, t.${place.id}::text) collate "C" as key from ${place.table} t where t.external_source = $1 ${inLedger}
       and not exists (select from migrate.id_map m where m.object = $2 and m.target_id = t.${place.id}::text)`,
    [place.externalSource, place.object.name],
  );
}

/** Rows of this mapping from earlier runs, whose record was not met this time. `byLedger`: see locateLoaded. */
export async function countEarlier(tables: ProofTables, place: Place, byLedger: number | null): Promise<number> {
  if (!place.ledger) return 0;
  // those that the ledger led to are some of its own
  const known = await tables.rows<{ n: string }>("select count(*) as n from migrate.ledger where origin_id = $1", [
    place.origin,
  ]);
  if (Number(known[0]!.n) === byLedger) return 0;
  const rows = await tables.rows<{ n: string }>(
    `select count(*) as n from ${place.table} t
      where exists (select from migrate.ledger l where l.origin_id = $1 and l.target_id = t.${place.id})
        and not exists (select from proof_target p where p.id = t.${place.id})
        and not exists (select from proof_gone g where g.origin_id = $1 and g.target_id = t.${place.id}::text)`,
    [place.origin],
  );
  return Number(rows[0]!.n);
}

/**
 * Of these, rows that are not what they were loaded as: no run has loaded a record of their external id, or they bear another
 * source's name and their record has no row. Fills `proof_renamed` (id, key, whose).
 */
export async function findRenamed(
  tables: ProofTables,
  place: Place,
  runIds: readonly string[],
  list = false,
): Promise<KeyFinding> {
  const { origin, externalSource, object, table, id } = place;
  await tables.client.query("drop table if exists pg_temp.proof_renamed");
  await tables.client.query('create temp table proof_renamed (id text, key text collate "C", whose text)');
  await tables.rows(
    `insert into proof_renamed
     select t.${id}::text, t.external_id, case when t.external_source is distinct from $2 then coalesce(t.external_source, 'no source') end
       from ${table} t
      where exists (select from migrate.ledger l where l.origin_id = $1 and l.target_id = t.${id} and l.run_id in (select r.id from migrate.run r))
        and not exists (select from proof_target p where p.id = t.${id})
        and not exists (select from proof_gone g where g.origin_id = $1 and g.target_id = t.${id}::text)
        and not exists (select from migrate.id_map m where m.external_source = $2 and m.object = $3 and m.target_id = t.${id}::text and not m.alias)`,
    [origin, externalSource, object.name],
  );
  await tables.rows(
    `delete from proof_renamed x
      using (select u.key, bool_or(${LOADED_SQL} and o.run_id = any($2)) as loaded
               from migrate.outcome o cross join lateral unnest(o.keys) u(key) where o.origin_id = $1 group by 1) k
      where k.key = x.key and (x.whose is null or not k.loaded)`,
    [origin, [...runIds]],
  );
  const name = "coalesce(x.key || coalesce(' of ' || x.whose, ''), 'without one')";
  if (list) {
    await tables.rows(
      `insert into proof_difference (origin_id, key, id, field, kind, source, target)
       select $1, ${name}, x.id, '', 'row', null, ${name} from proof_renamed x`,
      [origin],
    );
  }
  return finding(tables, `select ${name} || ' (row ' || x.id || ')' as key from proof_renamed x`, []);
}

/** Of the others, rows whose record the source no longer holds, not even left out by a filter or rejected. */
export function findGone(tables: ProofTables, place: Place): Promise<KeyFinding> {
  const { origin, externalSource, object, table, id } = place;
  const unseen = (key: string): string =>
    `not exists (select from proof_seen s where s.origin_id = $1 and s.key = ${key})`;
  // what deltas found gone, and kept or marked by policy, is told apart
  const unmet = `not exists (select from proof_target p where p.id = t.${id})
    and not exists (select from proof_gone g where g.origin_id = $1 and g.target_id = t.${id}::text)`;
  const mapped = "m.external_source = $2 and m.object = $3";
  if (!place.ledger) {
    return finding(
      tables,
      `select m.external_id as key from migrate.id_map m join ${table} t on t.${id} = m.target_id::${object.idType}
        where m.origin_id = $1 and ${mapped} and m.kind in ('row', 'match') and ${unmet} and ${unseen("m.external_id")}`,
      [origin, externalSource, object.name],
    );
  }
  return finding(
    tables,
    `select coalesce(t.external_id, t.${id}::text) collate "C" as key from ${table} t
      where exists (select from migrate.ledger l where l.origin_id = $1 and l.target_id = t.${id})
        and ${unmet} and ${unseen("t.external_id")}
        and not exists (select from proof_renamed x where x.id = t.${id}::text)
        and not exists (select from migrate.id_map m where ${mapped} and m.target_id = t.${id}::text and not m.alias and not ${unseen("m.external_id")})`,
    [origin, externalSource, object.name],
  );
}

/** Adds the target's side to the sums. */
export async function addTargetSums(
  tables: ProofTables,
  place: Place,
  shape: ProofShape,
  sums: readonly FieldSums[],
): Promise<void> {
  const together = Map.groupBy(shape.numbers.keys(), (index) => shape.numbers[index]!.currency?.field ?? null);
  for (const indexes of together.values()) {
    const currency = shape.numbers[indexes[0]!]!.currency?.sql ?? "null::text";
    const byStage = indexes.some((index) => sums[index]!.byStage);
    const stage = byStage && shape.stage !== null ? shape.stage.sql : "null::text";
    const list = indexes.map((index) => `sum(${shape.numbers[index]!.sql})::text as "n${index}"`);
    const rows = await tables.rows<Record<string, string | null>>(
      `select ${currency} as currency, ${stage} as stage, ${list.join(", ")}
         from (select distinct id from proof_target p where not exists (select from proof_shared s where s.origin_id = $1 and s.key = p.key)) p join ${place.table} t on t.${place.id} = p.id group by 1, 2`,
      [place.origin],
    );
    for (const row of rows) {
      for (const index of indexes) {
        const text = row[`n${index}`];
        const value = text === null || text === undefined ? null : parseDecimal(text);
        if (value !== null) sums[index]!.addTarget(value, row.currency!, row.stage!);
      }
    }
  }
}

/** Records per bucket. With several runs the last one that met a key counts. */
export async function countBuckets(
  tables: ProofTables,
  origin: number,
  runIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const rows =
    runIds.length === 1
      ? await tables.rows<{ bucket: string; n: string }>(
          "select bucket, sum(count) as n from migrate.outcome where run_id = $1 and origin_id = $2 group by bucket",
          [runIds[0], origin],
        )
      : await tables.rows<{ bucket: string; n: string }>(
          "select bucket, count(*) as n from proof_key where origin_id = $1 group by bucket",
          [origin],
        );
  return new Map(rows.map((row) => [row.bucket, Number(row.n)]));
}

/** Loaded records that the source still holds, and whose row users deleted; `keptFields` comes first. */
export async function countLeftDeleted(tables: ProofTables, origin: number): Promise<number> {
  const rows = await tables.rows<{ n: string }>(
    `select count(*) as n from proof_deleted d where not exists (select from proof_target p where p.key = d.key)
       and exists (select from (${LOADED_KEYS}) k where k.key = d.key)
       and exists (select from proof_seen s where s.origin_id = $1 and s.key = d.key)`,
    [origin],
  );
  return Number(rows[0]!.n);
}

/** Deleted records that the source still counts: only these explain a counted record. */
export async function countDeletedSeen(tables: ProofTables, origin: number): Promise<number> {
  const rows = await tables.rows<{ n: string }>(
    `select count(*) as n from proof_key k where k.origin_id = $1 and k.bucket = 'deleted'
       and exists (select from proof_seen s where s.origin_id = $1 and s.key = k.key)`,
    [origin],
  );
  return Number(rows[0]!.n);
}
