/** Finds loaded records that the source no longer holds. What becomes of their rows: delta-apply.ts. */
import type pg from "pg";
import type { GoneRecord } from "../changes.ts";
import type { DeletedPolicy } from "../config-types.ts";
import { StoppedError } from "../errors.ts";
import { ident } from "../store/quote.ts";
import { metKeys } from "./delta-met.ts";
import { tooManyGone } from "./delta-policy.ts";
import { SWEPT } from "./delta-sweep.ts";
import { inTransaction, type Lane } from "./lane.ts";
import type { MergePlan } from "./merge/plan.ts";
import { splitKey } from "./refetch.ts";
import type { Session } from "./session.ts";
import type { StageState } from "./stage-types.ts";

export interface GoneInput {
  readonly session: Session;
  readonly plan: MergePlan;
  readonly policy: DeletedPolicy;
  /** SWEPT holds the keys of sources that were not read whole. */
  readonly swept: boolean;
  /** `limits.deletes` does not count. */
  readonly accept: boolean;
  readonly sources: readonly string[];
}

/** Loaded keys that were not met: `key`, `target_id`. */
const MISSING = "migrate_missing";
const AT_ONCE = 2_000;

/** SELECT of the loaded records of the plan's origin (`$1`), as key and id; those whose row is not there any more aside. */
export function loadedRows(plan: MergePlan): string {
  const id = ident(plan.object.idColumn);
  const mapped = `select m.external_id as key, t.${id}::text as target_id from migrate.id_map m
    join ${plan.table} t on t.${id} = m.target_id::${plan.object.idType}
    where m.origin_id = $1 and m.kind in ('row', 'match') and m.external_source = $2 and m.object = $3`;
  if (!plan.ledger) return mapped;
  return `select t.external_id as key, t.${id}::text as target_id from migrate.ledger l join ${plan.table} t on t.${id} = l.target_id
    where l.origin_id = $1 and t.external_source = $2 and t.external_id is not null
    union ${mapped}`;
}

/**
 * Notes what is gone in migrate.gone, counts it (`deleted`, or `merged` where the winner is loaded), and saves the counts with
 * it: a second call finds nothing new. Throws StoppedError DELETES_ABOVE_LIMIT before anything is noted. Returns how many.
 */
export async function findGone(lane: Lane, input: GoneInput, state: StageState): Promise<number> {
  const { client } = lane;
  const { session, plan, policy } = input;
  const { object } = plan;
  const own = [plan.originId, plan.externalSource, object.name];
  await client.query(`drop table if exists pg_temp.${MISSING}, pg_temp.migrate_there`);
  await client.query("create temp table migrate_there (key text)");
  await client.query(`insert into migrate_there ${metKeys(null)}`, [plan.runId, plan.originId]);
  if (input.swept) await client.query(`insert into migrate_there select key from ${SWEPT}`);
  await client.query("create index on migrate_there (key)");
  await client.query("analyze migrate_there");
  await client.query(`create temp table ${MISSING} (key text, target_id text)`);
  await client.query(
    `insert into ${MISSING} select x.key, x.target_id from (${loadedRows(plan)}) x
     where not exists (select from migrate_there m where m.key = x.key)
       and not exists (select from migrate.gone g where g.origin_id = $1 and g.key = x.key and g.policy = $4)`,
    [...own, policy],
  );
  const { rows: sizes } = await client.query<{ gone: string; loaded: string }>(
    `select (select count(*) from ${MISSING}) as gone, (select count(*) from (${loadedRows(plan)}) x) as loaded`,
    own,
  );
  const [gone, loaded] = [Number(sizes[0]!.gone), Number(sizes[0]!.loaded)];
  if (input.swept) await inTransaction(lane, () => noteLeftOut(client, plan, state));
  if (gone === 0) return 0;
  const limit = session.config.limits.deletes;
  if (policy !== "keep" && !input.accept && tooManyGone(gone, loaded, limit))
    throw tooMany(plan, policy, gone, loaded, limit);
  let found = 0;
  let last = "";
  for (;;) {
    const { rows } = await client.query<{ key: string }>(
      `select distinct key collate "C" as key from ${MISSING} where key collate "C" > $1 order by 1 limit ${AT_ONCE}`,
      [last],
    );
    if (rows.length === 0) break;
    last = rows.at(-1)!.key;
    const told = await whatBecame(
      input,
      rows.map(({ key }) => key),
    );
    if (told.length === 0) continue;
    found += await inTransaction(lane, () => note(client, plan, policy, told, state));
  }
  return found;
}

function tooMany(plan: MergePlan, policy: DeletedPolicy, gone: number, loaded: number, limit: number): StoppedError {
  const share = Math.round((gone / loaded) * 1000) / 10;
  return new StoppedError(
    "DELETES_ABOVE_LIMIT",
    `${plan.mapping.id}: ${gone.toLocaleString("en")} of ${loaded.toLocaleString("en")} loaded records (${share} %) are missing from the source, and would be ${policy === "mark" ? "marked" : "deleted"}; limits.deletes allows ${limit * 100} %. No row was touched for it`,
    {
      hint: "See that the source is whole (an export of changed rows alone needs `delta: { files: changes }`). If they were really deleted, go on with --resume and --yes, or raise limits.deletes.",
    },
  );
}

/** Of records that are missing, what the source tells of them; those that it still has are left out. */
async function whatBecame(
  { session, plan, sources }: GoneInput,
  keys: readonly string[],
): Promise<readonly GoneRecord[]> {
  const unknown = (id: string): GoneRecord => ({ id, how: "unknown", mergedInto: null, at: null, by: null });
  const { changes } = session.source;
  // ids are what the source knows; other keys are its users' own
  if (changes === undefined || plan.mapping.key.length !== 1) return keys.map(unknown);
  let left = [...keys];
  let told: GoneRecord[] = [];
  for (const source of sources) {
    if (left.length === 0) break;
    const found = await changes.gone(
      source,
      left.map((key) => splitKey(key)[0]!),
    );
    told = [...told, ...found];
    // a record is missing where every source says so
    const ids = new Set(found.map(({ id }) => id));
    left = left.filter((key) => ids.has(splitKey(key)[0]!));
    told = told.filter(({ id }) => ids.has(id));
  }
  const last = new Map(told.map((record) => [record.id, record]));
  const best = (id: string): GoneRecord =>
    told.find((record) => record.id === id && record.how !== "unknown") ?? last.get(id)!;
  return left.map((key) => ({ ...best(splitKey(key)[0]!), id: key }));
}

/** Writes a part of them down. The caller owns the transaction. */
async function note(
  client: pg.ClientBase,
  plan: MergePlan,
  policy: DeletedPolicy,
  told: readonly GoneRecord[],
  state: StageState,
): Promise<number> {
  const id = ident(plan.object.idColumn);
  const winner = plan.object.hasExternalId
    ? `(select x.${id}::text from ${plan.table} x where x.external_source = $3 and x.external_id = n.into)`
    : "null::text";
  // the winner's id may itself lead elsewhere by now
  const mapped = `(select t.${id}::text from migrate.id_map m join ${plan.table} t on t.${id} = m.target_id::${plan.object.idType}
    where m.external_source = $3 and m.object = $4 and m.external_id = n.into limit 1)`;
  const { rows } = await client.query<{ key: string; merged: boolean }>(
    `with n as (
       select * from jsonb_to_recordset($6::jsonb) as x(id text, how text, "into" text, at timestamptz, by text)),
     noted as (
       insert into migrate.gone (origin_id, key, target_id, how, merged_into, winner_id, gone_at, gone_by, policy, run_id)
       select distinct on (n.id) $1::int4, n.id, m.target_id, n.how, n.into,
         case when n.how = 'merged' then nullif(coalesce(${mapped}, ${winner}), m.target_id) end, n.at, n.by, $5, $2::int8
       from n join ${MISSING} m on m.key = n.id order by n.id, m.target_id
       on conflict (origin_id, key) do update set target_id = excluded.target_id, how = excluded.how, merged_into = excluded.merged_into,
         winner_id = excluded.winner_id, gone_at = excluded.gone_at, gone_by = excluded.gone_by, policy = excluded.policy,
         done = null, reason = null, run_id = excluded.run_id
       returning key, winner_id)
     select key, winner_id is not null as merged from noted order by key`,
    [
      plan.originId,
      plan.runId,
      plan.externalSource,
      plan.object.name,
      policy,
      JSON.stringify(told.map(({ mergedInto, ...record }) => ({ ...record, into: mergedInto }))),
    ],
  );
  state.chunk++;
  const of = (merged: boolean) => rows.filter((row) => row.merged === merged).map(({ key }) => key);
  await outcome(client, plan, state, "deleted", of(false));
  await outcome(client, plan, state, "merged", of(true));
  await saveCounts(client, plan, state);
  return rows.length;
}

/** Records that were left out, rejected or merged, and that are gone by now: they are accounted for as deleted. */
async function noteLeftOut(client: pg.ClientBase, plan: MergePlan, state: StageState): Promise<void> {
  const { rows } = await client.query<{ key: string }>(
    `with absent as materialized (
       select distinct k as key from migrate.outcome o join migrate.run r on r.id = o.run_id, unnest(o.keys) k
       where o.origin_id = $1 and o.bucket in ('filtered', 'rejected', 'merged') and r.options ->> 'sample' is null
         and not exists (select from migrate_there t where t.key = k)
         and not exists (select from ${MISSING} m where m.key = k)
         and not exists (select from migrate.gone g where g.origin_id = $1 and g.key = k))
     select k as key from migrate.outcome o, unnest(o.keys) k
     where o.origin_id = $1 and k in (select key from absent)
     group by k having max(o.run_id) filter (where o.bucket = 'deleted') is null
       or max(o.run_id) filter (where o.bucket <> 'deleted') > max(o.run_id) filter (where o.bucket = 'deleted') order by 1`,
    [plan.originId],
  );
  await outcome(
    client,
    plan,
    state,
    "deleted",
    rows.map(({ key }) => key),
  );
  await saveCounts(client, plan, state);
}

/** Counts keys in a bucket, as records that the run read. `saveCounts` comes after it, in the same transaction. */
export async function outcome(
  client: pg.ClientBase,
  plan: MergePlan,
  { counts, chunk }: StageState,
  bucket: "deleted" | "merged",
  keys: readonly string[],
): Promise<void> {
  if (keys.length === 0) return;
  counts.read += keys.length;
  counts[bucket] += keys.length;
  await client.query(
    "insert into migrate.outcome (run_id, origin_id, chunk, bucket, count, keys) values ($1, $2, $3, $4, $5, $6)",
    [plan.runId, plan.originId, chunk, bucket, keys.length, keys],
  );
}

export async function saveCounts(client: pg.ClientBase, plan: MergePlan, state: StageState): Promise<void> {
  await client.query("update migrate.progress set counts = $3, chunk = $4 where run_id = $1 and origin_id = $2", [
    plan.runId,
    plan.originId,
    JSON.stringify(state.counts),
    state.chunk,
  ]);
}

/** Records that are there again leave migrate.gone; `unmark` takes the marks off their rows. Part of every kind of run. */
export async function forgetReturned(
  client: pg.ClientBase,
  plan: MergePlan,
): Promise<readonly { readonly key: string; readonly done: string | null; readonly targetId: string }[]> {
  const any = await client.query("select 1 from migrate.gone where origin_id = $1 limit 1", [plan.originId]);
  if ((any.rowCount ?? 0) === 0) return [];
  const { rows } = await client.query<{ key: string; done: string | null; targetId: string }>(
    `delete from migrate.gone g where g.origin_id = $2 and g.run_id <> $1 and g.key in (
       select k from migrate.outcome o, unnest(o.keys) k
       where o.run_id = $1 and o.origin_id = $2 and o.bucket in ('inserted', 'updated', 'unchanged'))
     returning g.key, g.done, g.target_id as "targetId"`,
    [plan.runId, plan.originId],
  );
  return rows;
}
