/** Rows that wait for their parent in the same object, once all is read: families go in together, parents first. */
import type pg from "pg";
import { ident } from "../store/quote.ts";
import type { Counts, StageReject } from "./counts.ts";
import { type HoldBatches, holdBatches } from "./hold-batches.ts";
import { type MergeInput, mergeStaged } from "./merge/merge.ts";
import { familiesTogether } from "./merge/parents.ts";
import { type LookupPlan, type MergePlan, STAGE } from "./merge/plan.ts";
import type { SelfPolicy } from "./merge/resolve.ts";
import { stageColumns, stageDefinition } from "./merge/stage-table.ts";
import { type Statement, statement } from "./sql.ts";

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
}

/** Lines of staged rows that stand for those of several files, where one line may occur in each. */
const LINES = "migrate_lines";

const severalFiles = (plan: MergePlan): boolean => plan.mapping.sources.length > 1;

/** Moves rows of a table like `hold` into staging; returns how many. Where lines may repeat, rows get others until they are merged. */
async function moveToStage(client: pg.ClientBase, plan: MergePlan, hold: string, picked: Statement): Promise<number> {
  await client.query(`truncate ${STAGE}`);
  const gone = `with picked as (${picked.text}),
       gone as (delete from ${hold} h using picked where h.ctid = picked.ctid returning h.*)`;
  if (!severalFiles(plan)) {
    const moved = await client.query(`${gone} insert into ${STAGE} select * from gone`, picked.values);
    return moved.rowCount ?? 0;
  }
  await client.query(`create temp table if not exists ${LINES} (line int8, source_line int8)`);
  await client.query(`truncate ${LINES}`);
  const others = stageColumns(plan).slice(1).map(ident).join(", ");
  const moved = await client.query(
    `${gone},
       numbered as (select -row_number() over (order by line, key) as own, * from gone),
       noted as (insert into ${LINES} select own, line from numbered)
     insert into ${STAGE} (line, ${others}) select own, ${others} from numbered`,
    picked.values,
  );
  return moved.rowCount ?? 0;
}

/** Gives merged rows their own lines back, in what is told about them. */
async function ownLines(
  client: pg.ClientBase,
  plan: MergePlan,
  hold: string,
  rejects: readonly StageReject[],
): Promise<readonly StageReject[]> {
  if (!severalFiles(plan)) return rejects;
  await client.query(
    `update migrate.warning w set line = l.source_line from ${LINES} l where w.run_id = $1 and w.origin_id = $2 and w.line = l.line`,
    [plan.runId, plan.originId],
  );
  await client.query(`update ${hold} h set line = l.source_line from ${LINES} l where h.line = l.line`);
  const { rows } = await client.query<{ line: string; own: string }>(
    `select line, source_line as own from ${LINES} where line = any($1::int8[])`,
    [rejects.map(({ line }) => line)],
  );
  const own = new Map(rows.map((row) => [Number(row.line), Number(row.own)]));
  return rejects.map((reject) => ({ ...reject, line: own.get(reject.line)! }));
}

const pick = (hold: string, where: string, limit: number): string =>
  `select h.ctid from ${hold} h where ${where} order by h.line, h.key limit ${limit}`;

/** Keys of rows that are in a cycle of references or between two cycles. */
async function cycleKeys(client: pg.ClientBase, plan: MergePlan, hold: string): Promise<string[]> {
  await client.query("drop table if exists pg_temp.migrate_cycle");
  await client.query(
    `create temp table migrate_cycle as select key${selfLookups(plan)
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
  const { rows } = await client.query<{ key: string }>("select key from migrate_cycle");
  return rows.map((row) => row.key);
}

/** Merges what `move` left in staging. `together`: parents are looked for there, too. */
async function merge(
  client: pg.ClientBase,
  plan: MergePlan,
  hold: string,
  input: Pick<MergeInput, "chunk" | "staged" | "policy" | "together">,
): Promise<HoldStep & { readonly held: number }> {
  const { counts, rejects, held } = await mergeStaged(client, plan, { ...input, fresh: false, hold });
  return { counts, rejects: await ownLines(client, plan, hold, rejects), held };
}

/**
 * The long way, for rows that cannot go in together with their parents: those whose parents are there; else those whose
 * parent is nowhere, by the mapping's `missing`; else those in a cycle, with their parent deferred.
 */
async function oneLevel(
  client: pg.ClientBase,
  plan: MergePlan,
  hold: string,
  chunk: number,
  limit: number,
): Promise<HoldStep> {
  const attempts: readonly [SelfPolicy, () => Promise<Statement>][] = [
    ["hold", async () => statement((sql) => pick(hold, parentsThere(plan, sql), limit))],
    ["decide", async () => statement((sql) => pick(hold, parentNowhere(plan, hold, sql), limit))],
    [
      "defer",
      async () => {
        const keys = await cycleKeys(client, plan, hold);
        return statement((sql) => pick(hold, `h.key = any(${sql.param(keys, "text[]")})`, limit));
      },
    ],
  ];
  for (const [policy, condition] of attempts) {
    const staged = await moveToStage(client, plan, hold, await condition());
    if (staged > 0) return merge(client, plan, hold, { chunk, staged, policy, together: false });
  }
  throw new Error("rows are held whose parents are neither there, nowhere, nor in a cycle");
}

/** Settles the hold table step by step; used by one stage on one connection. */
export interface Settling {
  /** Takes the next rows out of the hold table, in the caller's transaction; null when it is empty. */
  step(chunk: number): Promise<HoldStep | null>;
}

/**
 * Held rows go in with their parents, in as few steps as their number allows, however deep families are. What is left of
 * that (the target refused a part of a cycle, triggers want to see parents) goes in level by level. `limit`: rows per step.
 */
export function settling(client: pg.ClientBase, plan: MergePlan, hold: string, limit: number): Settling {
  let batches: HoldBatches | null = null;
  let next = 0;
  let together = true;
  return {
    async step(chunk) {
      const left = await client.query(`select 1 from ${hold} limit 1`);
      if ((left.rowCount ?? 0) === 0) return null;
      together &&= await familiesTogether(client, plan);
      if (together) {
        batches ??= await holdBatches(client, plan, hold, limit);
        const staged = next < batches.count ? await moveToStage(client, plan, hold, batches.pick(next++)) : 0;
        if (staged > 0) {
          const step = await merge(client, plan, hold, { chunk, staged, policy: "decide", together: true });
          if (step.held > 0) together = false;
          return step;
        }
        together = false;
      }
      return oneLevel(client, plan, hold, chunk, limit);
    },
  };
}
