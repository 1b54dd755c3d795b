/** Rows that wait for their parent in the same object: parents first, level by level; true cycles last. */
import type pg from "pg";
import { ident } from "../store/quote.ts";
import type { Counts, StageReject } from "./counts.ts";
import { type MergeInput, mergeStaged } from "./merge/merge.ts";
import { type LookupPlan, type MergePlan, STAGE } from "./merge/plan.ts";
import type { SelfPolicy } from "./merge/resolve.ts";
import { stageDefinition } from "./merge/stage-table.ts";
import { type Statement, statement } from "./sql.ts";

/** Rows per transaction. */
const LEVEL_LIMIT = 50_000;

/** Creates the hold table of an origin where it is missing. Part of the run's state until the stage is done. */
export async function createHold(client: pg.ClientBase, plan: MergePlan, hold: string): Promise<void> {
  await client.query(`create table if not exists ${hold} (${stageDefinition(plan)})`);
}

const selfLookups = (plan: MergePlan): LookupPlan[] => plan.lookups.filter((lookup) => lookup.kind === "self");

/** Subquery: the row that the id map knows by this id, as the merge resolves it. */
function aliased(plan: MergePlan, reference: string, sql: { param(value: unknown, type?: string): string }): string {
  return `(select from migrate.id_map m join ${plan.table} x on x.${ident(plan.object.idColumn)} = m.target_id::${plan.object.idType}
    where m.external_source = ${sql.param(plan.externalSource, "text")} and m.object = ${sql.param(plan.object.name, "text")} and m.external_id = ${reference})`;
}

/** True for a held row whose parents (all of them) are blank or in the target. */
function parentsThere(plan: MergePlan, sql: { param(value: unknown, type?: string): string }): string {
  const source = sql.param(plan.externalSource, "text");
  const conditions = selfLookups(plan).map((lookup) => {
    const reference = `h.${ident(lookup.column.name)}`;
    const own = plan.object.hasExternalId
      ? `exists (select from ${plan.table} x where x.external_source = ${source} and x.external_id = ${reference}) or `
      : "";
    return `(${reference} is null or ${own}exists ${aliased(plan, reference, sql)})`;
  });
  return conditions.join(" and ");
}

/** True for a held row that refers to something neither in the target nor held. */
function parentNowhere(plan: MergePlan, hold: string, sql: { param(value: unknown, type?: string): string }): string {
  const source = sql.param(plan.externalSource, "text");
  return selfLookups(plan)
    .map((lookup) => {
      const reference = `h.${ident(lookup.column.name)}`;
      const own = plan.object.hasExternalId
        ? `and not exists (select from ${plan.table} x where x.external_source = ${source} and x.external_id = ${reference})`
        : "";
      return `(${reference} is not null ${own}
        and not exists ${aliased(plan, reference, sql)}
        and not exists (select from ${hold} p where p.key = ${reference}))`;
    })
    .join(" or ");
}

export interface HoldStep {
  readonly counts: Counts;
  readonly rejects: readonly StageReject[];
  /** Rows taken out of the hold table. */
  readonly moved: number;
}

async function move(client: pg.ClientBase, hold: string, condition: Statement | null): Promise<number> {
  await client.query(`truncate ${STAGE}`);
  const where = condition === null ? "" : `where ${condition.text}`;
  const moved = await client.query(
    `with picked as (select h.ctid from ${hold} h ${where} order by h.line limit ${LEVEL_LIMIT}),
       gone as (delete from ${hold} h using picked where h.ctid = picked.ctid returning h.*)
     insert into ${STAGE} select * from gone`,
    condition?.values ?? [],
  );
  return moved.rowCount ?? 0;
}

/** Keys that are in a cycle of references or between two cycles, smallest line first. */
async function cycleLines(client: pg.ClientBase, plan: MergePlan, hold: string): Promise<string[]> {
  await client.query("drop table if exists pg_temp.migrate_cycle");
  await client.query(
    `create temp table migrate_cycle as select line, key${selfLookups(plan)
      .map((lookup) => `, ${ident(lookup.column.name)}`)
      .join("")} from ${hold}`,
  );
  await client.query("create index on migrate_cycle (key)");
  const refers = selfLookups(plan)
    .map(
      (lookup) =>
        `select ${ident(lookup.column.name)} as k from migrate_cycle where ${ident(lookup.column.name)} is not null`,
    )
    .join(" union ");
  for (;;) {
    const leaves = await client.query(`delete from migrate_cycle c where c.key not in (${refers})`);
    if ((leaves.rowCount ?? 0) === 0) break;
  }
  const { rows } = await client.query<{ line: string }>("select line from migrate_cycle order by line");
  return rows.map((row) => row.line);
}

/**
 * Takes the next rows out of the hold table: those whose parents are there; else those whose parent is nowhere, by the
 * mapping's `missing`; else those in a cycle, with their parent deferred. null when the hold table is empty.
 */
export async function holdStep(
  client: pg.ClientBase,
  plan: MergePlan,
  hold: string,
  chunk: number,
): Promise<HoldStep | null> {
  const attempts: readonly [SelfPolicy, () => Promise<Statement | null>][] = [
    ["hold", async () => statement((sql) => parentsThere(plan, sql))],
    ["decide", async () => statement((sql) => parentNowhere(plan, hold, sql))],
    [
      "defer",
      async () => {
        const lines = await cycleLines(client, plan, hold);
        return statement((sql) => `h.line = any(${sql.param(lines, "int8[]")})`);
      },
    ],
  ];
  const left = await client.query(`select 1 from ${hold} limit 1`);
  if ((left.rowCount ?? 0) === 0) return null;
  for (const [policy, condition] of attempts) {
    const moved = await move(client, hold, await condition());
    if (moved === 0) continue;
    const input: MergeInput = { chunk, staged: moved, fresh: false, policy, hold: null };
    const result = await mergeStaged(client, plan, input);
    return { counts: result.counts, rejects: result.rejects, moved };
  }
  throw new Error("rows are held whose parents are neither there, nowhere, nor in a cycle");
}
