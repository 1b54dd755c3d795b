/** Records that a run has met, and those that wait for others. */
import type pg from "pg";
import { ident } from "../store/quote.ts";
import { EMPTIED, followEmptied } from "./delta-emptied.ts";
import { associationName } from "./merge/associations.ts";
import { createLookupTable, fillLookupTable, lookupKey } from "./merge/lookups.ts";
import { type LookupPlan, lookupTable, type MergePlan } from "./merge/plan.ts";
import type { Statement } from "./sql.ts";

type Client = pg.ClientBase;

const run = (client: Client, { text, values }: Statement) => client.query(text, values);

/** SELECT of the keys that run `$1` has met in origin `$2`, as `key`; `hold`: and of those that wait for a parent. */
export const metKeys = (hold: string | null): string =>
  `select k as key from migrate.outcome o, unnest(o.keys) k where o.run_id = $1 and o.origin_id = $2
   ${hold === null ? "" : `union all select key from ${hold}`}`;

/** A reference that records may wait for. */
interface Awaited {
  /** As rejects and warnings name it. */
  readonly field: string;
  readonly lookup: LookupPlan;
}

function awaitedOf(plan: MergePlan): Awaited[] {
  return [
    ...plan.lookups.map((lookup) => ({ field: lookup.field.target, lookup })),
    ...plan.associations.map((association) => ({ field: associationName(association), lookup: association.lookup })),
  ];
}

/** Of the references that records wait for: keys of the id table. */
const WANTED = "migrate_awaited";

/**
 * Inserts into `into` (a temporary table with the column `key`) the records of the plan's origin whose missing reference leads
 * somewhere now. Costs what is waiting, not what the target holds.
 */
export async function resolvedWaiting(client: Client, plan: MergePlan, into: string): Promise<void> {
  const { rows } = await client.query<{ field: string }>(
    "select distinct field from migrate.waiting where origin_id = $1",
    [plan.originId],
  );
  const waited = new Set(rows.map(({ field }) => field));
  for (const { field, lookup } of awaitedOf(plan)) {
    if (!waited.has(field)) continue;
    // a table of its own: the lane's may be in use by the stage
    const own: LookupPlan = { ...lookup, column: { ...lookup.column, name: `awaited_${lookup.column.name}` } };
    await client.query(`drop table if exists pg_temp.${WANTED}`);
    await client.query(`create temp table ${WANTED} (k text)`);
    await client.query(
      `insert into ${WANTED} select distinct ${lookupKey(lookup, "reference")} from migrate.waiting where origin_id = $1 and field = $2`,
      [plan.originId, field],
    );
    for (const step of createLookupTable(own)) await run(client, step);
    // by another field there is no index to go by the keys, and what is tagged is no key: all of it is looked at
    const narrow = lookup.by === null && lookup.targets.every(({ tag }) => tag === "");
    await run(client, fillLookupTable(plan, own, narrow ? WANTED : null));
    await client.query(
      `insert into ${into} select distinct w.key from migrate.waiting w
         join ${ident(lookupTable(own))} l on l.k = ${lookupKey(lookup, "w.reference")} and l.n = 1
       where w.origin_id = $1 and w.field = $2`,
      [plan.originId, field],
    );
    await client.query(`drop table ${ident(lookupTable(own))}`);
  }
  await followLosers(client, plan, into);
  await followEmptied(client, plan, waited, into);
}

/** True where records of the plan's origin follow that the run has not met yet. */
export async function anyFollows(client: Client, plan: MergePlan): Promise<boolean> {
  const some = await client.query("select 1 from migrate.waiting where origin_id = $1 limit 1", [plan.originId]);
  if ((some.rowCount ?? 0) === 0) return false;
  await client.query("drop table if exists pg_temp.migrate_follows");
  await client.query("create temp table migrate_follows (key text)");
  await resolvedWaiting(client, plan, "migrate_follows");
  const { rowCount } = await client.query(
    `select 1 from migrate_follows f where f.key not in (${metKeys(null)}) limit 1`,
    [plan.runId, plan.originId],
  );
  return (rowCount ?? 0) > 0;
}

/** Field under which losers of merges wait for their winner. */
const WINNER = "merged into";

/** Losers whose winner was not there. */
async function followLosers(client: Client, plan: MergePlan, into: string): Promise<void> {
  if (!plan.object.hasExternalId) return;
  await client.query(
    `insert into ${into} select w.key from migrate.waiting w
       join ${plan.table} t on t.external_source = $2 and t.external_id = w.reference
     where w.origin_id = $1 and w.field = '${WINNER}'`,
    [plan.originId, plan.externalSource],
  );
}

/**
 * Keeps what the run's records of this origin wait for. `all`: the run met every record, so that nothing of earlier runs
 * stays; otherwise only what it met is replaced. In the caller's transaction, when the stage is complete.
 */
export async function keepWaiting(client: Client, plan: MergePlan, all: boolean): Promise<void> {
  const { runId, originId } = plan;
  const any = await client.query("select 1 from migrate.waiting where origin_id = $1 limit 1", [originId]);
  if ((any.rowCount ?? 0) > 0) {
    // what was emptied in the target may be unchanged at the source, and is not looked up anew
    if (all) {
      await client.query(`delete from migrate.waiting where origin_id = $1 and field not like '${EMPTIED}%'`, [
        originId,
      ]);
    } else {
      await client.query(`delete from migrate.waiting w where w.origin_id = $2 and w.key in (${metKeys(null)})`, [
        runId,
        originId,
      ]);
    }
  }
  await client.query(
    `insert into migrate.waiting (origin_id, key, field, reference, run_id)
     select distinct $2::int4, x.key, x.field, x.value, $1::int8 from (
       select key, field, value from migrate.reject where run_id = $1 and origin_id = $2 and code = 'LOOKUP_MISSING'
       union all
       select key, '${WINNER}', value from migrate.reject where run_id = $1 and origin_id = $2 and code = 'MERGED_INTO_MISSING'
       union all
       select key, field, value from migrate.warning where run_id = $1 and origin_id = $2 and code = 'LOOKUP_MISSING') x
     where x.key is not null and x.field is not null and x.value is not null`,
    [runId, originId],
  );
}
