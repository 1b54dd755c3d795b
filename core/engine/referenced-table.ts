/** The key -> id table of a lookup that is resolved after all stages: of what waits alone, where that is little. */
import type pg from "pg";
import {
  createLookupTable,
  fillLookupTable,
  indexLookupTable,
  lookupKey,
  refreshLookupTable,
  settleLookupTable,
} from "./merge/lookups.ts";
import type { LookupPlan, MergePlan } from "./merge/plan.ts";
import { type Sql, type Statement, statement } from "./sql.ts";

/** References up to which they are looked for one by one, by an index. */
const FEW = 50_000;
const WANTED = "migrate_wanted_later";

/**
 * Creates and fills it. `which`: the rows of `migrate.deferred` (alias `d`) that refer by it; `expected`: how many. A delta
 * resolves a few references of a large target: looking at all of it would cost what the target holds.
 */
export async function referencedTable(
  client: pg.ClientBase,
  plan: MergePlan,
  lookup: LookupPlan,
  which: (sql: Sql) => string,
  expected: number,
): Promise<void> {
  const run = ({ text, values }: Statement) => client.query(text, values);
  const byIndex = lookup.by === null && lookup.targets.every(({ tag }) => tag === "");
  if (expected > FEW || !byIndex) {
    for (const step of refreshLookupTable(plan, lookup)) await run(step);
    return;
  }
  await client.query(`drop table if exists pg_temp.${WANTED}`);
  await client.query(`create temp table ${WANTED} (k text)`);
  await run(
    statement(
      (sql) =>
        `insert into ${WANTED} select distinct ${lookupKey(lookup, "d.reference")} from migrate.deferred d where ${which(sql)}`,
    ),
  );
  await client.query(`analyze ${WANTED}`);
  for (const step of createLookupTable(lookup)) await run(step);
  await run(fillLookupTable(plan, lookup, WANTED));
  await run(indexLookupTable(lookup));
  for (const step of settleLookupTable(plan, lookup, WANTED)) await run(step);
}
