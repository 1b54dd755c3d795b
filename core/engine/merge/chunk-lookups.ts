/** Key -> id tables of what a chunk refers to, and no more: they cost what the chunk is large, not what the target holds. */
import type pg from "pg";
import { ident } from "../../store/quote.ts";
import type { Statement } from "../sql.ts";
import {
  createLookupTable,
  fillLookupTable,
  indexLookupTable,
  refreshLookupTable,
  settleLookupTable,
} from "./lookups.ts";
import { type LookupPlan, lookupTable, type MergePlan, STAGE } from "./plan.ts";

/** Keys that the staged rows refer to by one lookup. */
const WANTED = "migrate_wanted";

/** A key -> id table, and SQL for the references that staged rows `s` have. */
interface Needed {
  readonly lookup: LookupPlan;
  readonly references: string;
}

function neededTables(plan: MergePlan): Needed[] {
  return [
    ...plan.lookups
      .filter(({ kind }) => kind === "map")
      .map((lookup) => ({ lookup, references: `select s.${ident(lookup.column.name)} as k from ${STAGE} s` })),
    ...plan.associations
      .filter(({ rejects }) => rejects)
      .map(({ lookup, refs }) => ({
        lookup,
        references: `select e.k from ${STAGE} s, unnest(s.${ident(refs.name)}) as e(k)`,
      })),
  ];
}

/**
 * Ids of other objects are found by an index, however many there are. Other fields may have none, and the own object grows from
 * chunk to chunk: of those, everything is looked up once, when the stage begins.
 */
const byIndex = (plan: MergePlan, { by, targets, objects }: LookupPlan): boolean =>
  by === null && targets.every(({ tag }) => tag === "") && objects.every(({ name }) => name !== plan.object.name);

/** Statements that prepare the tables on a connection for a stage. */
export function lookupTables(plan: MergePlan): Statement[] {
  return neededTables(plan).flatMap(({ lookup }) =>
    byIndex(plan, lookup) ? [...createLookupTable(lookup), indexLookupTable(lookup)] : refreshLookupTable(plan, lookup),
  );
}

/** Fills the tables for what is staged now. In the transaction that merges it. */
export async function findReferenced(client: pg.ClientBase, plan: MergePlan): Promise<void> {
  const needed = neededTables(plan).filter(({ lookup }) => byIndex(plan, lookup));
  if (needed.length === 0) return;
  const run = ({ text, values }: Statement) => client.query(text, values);
  await client.query(`create temp table if not exists ${WANTED} (k text)`);
  for (const { lookup, references } of needed) {
    await client.query(`truncate ${WANTED}, ${ident(lookupTable(lookup))}`);
    const keys = await client.query(
      `insert into ${WANTED} select distinct r.k from (${references}) r where r.k is not null`,
    );
    if ((keys.rowCount ?? 0) === 0) continue;
    await client.query(`analyze ${WANTED}`);
    await run(fillLookupTable(plan, lookup, WANTED));
    for (const step of settleLookupTable(plan, lookup, WANTED)) await run(step);
  }
}
