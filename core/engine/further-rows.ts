/**
 * Further rows of records whose rows are several (`duplicates: combine`): set aside while all is read, then settled. They add
 * their associations to their record; what else they say is compared with it, and told where it differs.
 */
import type pg from "pg";
import { ident, table } from "../store/quote.ts";
import { type Counts, emptyCounts, type StageReject } from "./counts.ts";
import type { HoldStep } from "./hold.ts";
import { sourceLine } from "./last-lines.ts";
import { findReferenced } from "./merge/chunk-lookups.ts";
import { reasonOf } from "./merge/merge.ts";
import { type MergePlan, RESOLVED, STAGE } from "./merge/plan.ts";
import { resolveStaged } from "./merge/resolve.ts";
import { stageColumns, stageDefinition } from "./merge/stage-table.ts";
import { writeColumns } from "./merge/write-lists.ts";
import { type Sql, type Statement, statement } from "./sql.ts";

const run = (client: pg.ClientBase, { text, values }: Statement) => client.query(text, values);

/** Rows from which on statistics of the temporary tables pay. */
const MEASURE = 2_000;

/** What `how` says of a row that adds to its record. */
const FURTHER = "further";

/** Name of the table of an origin's further rows; part of the run's state until the stage is done. */
export const furtherTable = (originId: number): string => table("migrate", `further_${originId}`);

export async function createFurther(client: pg.ClientBase, plan: MergePlan, anew: boolean): Promise<void> {
  const name = furtherTable(plan.originId);
  if (anew) await client.query(`drop table if exists ${name}`);
  await client.query(`create table if not exists ${name} (${stageDefinition(plan)})`);
}

/** Takes the rows of these lines out of staging; their lines are kept as `sourceLine` has them. `source`: where they stand. */
export async function setAside(
  client: pg.ClientBase,
  plan: MergePlan,
  source: string,
  lines: readonly number[],
): Promise<void> {
  const others = stageColumns(plan).slice(1).map(ident).join(", ");
  await client.query(
    `with gone as (delete from ${STAGE} where line = any($1::int8[]) returning *)
     insert into ${furtherTable(plan.originId)} (line, ${others}) select line + $2::int8, ${others} from gone`,
    [lines, sourceLine(Math.max(0, plan.mapping.sources.indexOf(source)), 0)],
  );
}

/** Moves the next rows into staging; returns how many. */
async function take(client: pg.ClientBase, plan: MergePlan, limit: number): Promise<number> {
  const name = furtherTable(plan.originId);
  await client.query(`truncate ${STAGE}`);
  const moved = await client.query(
    `with picked as (select h.ctid from ${name} h order by h.line limit $1),
       gone as (delete from ${name} h using picked where h.ctid = picked.ctid returning h.*)
     insert into ${STAGE} select * from gone`,
    [limit],
  );
  return moved.rowCount ?? 0;
}

/** Settles the next rows, in the caller's transaction; null when none are left. All records of the stage are in by then. */
export async function settleFurther(
  client: pg.ClientBase,
  plan: MergePlan,
  chunk: number,
  limit: number,
): Promise<HoldStep | null> {
  const staged = await take(client, plan, limit);
  if (staged === 0) return null;
  await findReferenced(client, plan);
  await client.query(`truncate ${RESOLVED}`);
  await run(
    client,
    statement((sql) => resolveStaged(plan, "decide", sql)),
  );
  await client.query(verdicts(plan), [FURTHER]);
  if (staged >= MEASURE) {
    await client.query(`analyze ${RESOLVED} (line, tid, verdict)`);
    await client.query(`analyze ${STAGE} (line)`);
  }
  for (const index of plan.associations.keys()) await run(client, addLinks(plan, index));
  const counts = emptyCounts();
  const differing = tellDifferences(plan);
  if (differing !== null) counts.warnings += (await run(client, differing)).rowCount ?? 0;
  await saveOutcomes(client, plan, chunk, counts);
  return { counts, rejects: await rejected(client) };
}

/** A record that is not there was rejected before, or left out: then so are its further rows. */
function verdicts(plan: MergePlan): string {
  const leftOut = plan.mapping.mode === "update" || plan.sample !== null;
  return `update ${RESOLVED} set
      how = case when verdict in ('x', 'n') then $1 else how end,
      code = case when verdict = 'i' then 'FIRST_ROW_REJECTED' else code end,
      value = case when verdict = 'i' then key else value end,
      verdict = case verdict when 'x' then 'm' when 'n' then 'm' when 'i' then '${leftOut ? "f" : "r"}' else verdict end`;
}

/** Associations of the rows wait with those of their records, whose hash they must not take away. */
function addLinks(plan: MergePlan, index: number): Statement {
  const { refs, labels } = plan.associations[index]!;
  const lists = [refs, labels].filter((column) => column !== null).map(({ name }) => `s.${ident(name)}`);
  return statement((sql) => {
    const [ids, origin] = [sql.param(plan.runId, "int8"), sql.param(plan.originId, "int4")];
    // `mode: insert` leaves records that existed alone, their links included
    const known = knownRows(plan, sql);
    const only = plan.mapping.mode === "insert" ? ` and k.run_id = ${ids}` : "";
    return `insert into migrate.deferred (run_id, origin_id, target_id, key, field, reference, label, hash)
      select ${ids}, ${origin}, r.tid::text, r.key, ${sql.param(`association:${index}`, "text")}, a.reference, ${labels === null ? "null" : "a.label"},
        coalesce(k.hash, w.hash)
      from ${RESOLVED} r join ${STAGE} s on s.line = r.line
      left join (${known}) k on k.target_id = r.tid::text
      left join (select target_id, (array_agg(hash) filter (where hash is not null))[1] as hash from migrate.deferred
        where run_id = ${ids} and origin_id = ${origin} and target_id in (select tid::text from ${RESOLVED}) group by 1) w on w.target_id = r.tid::text
      cross join lateral unnest(${lists.join(", ")}) as a(reference${labels === null ? "" : ", label"})
      where r.verdict = 'm' and r.how = ${sql.param(FURTHER, "text")}${only} and a.reference <> ''`;
  });
}

/** Rows (target_id, hash, run_id) of what this mapping knows of the records. */
function knownRows(plan: MergePlan, sql: Sql): string {
  const mine = `origin_id = ${sql.param(plan.originId, "int4")}`;
  return plan.ledger
    ? `select target_id::text as target_id, hash, run_id from migrate.ledger where ${mine} and target_id in (select tid from ${RESOLVED})`
    : `select target_id, hash, run_id from migrate.id_map where ${mine} and object = ${sql.param(plan.object.name, "text")}
        and kind = 'row' and target_id in (select tid::text from ${RESOLVED})`;
}

/** A warning per field whose value differs from that of the record; blanks say nothing. null: there are no such fields. */
function tellDifferences(plan: MergePlan): Statement | null {
  const columns = writeColumns(plan, (name, part) => `r.${ident(`${part === "id" ? "r" : "o"}_${name}`)}`);
  const byColumn = new Map(plan.lookups.map((lookup) => [ident(lookup.target), lookup.column]));
  const id = ident(plan.object.idColumn);
  return statement((sql) => {
    const lists = columns
      .filter(({ overwrite }) => overwrite === "always")
      .map(({ column, value, type }) => {
        const lookup = byColumn.get(column);
        const said = lookup === undefined ? `(${value})::text` : `s.${ident(lookup.name)}`;
        const differs =
          type === "json"
            ? `(${value})::text is distinct from t.${column}::text`
            : `${value} is distinct from t.${column}`;
        const name = sql.param(column.slice(1, -1), "text");
        return `select ${name} as field, ${said} as said where ${value} is not null and ${differs}`;
      });
    if (plan.custom !== null) {
      lists.push(`select 'custom.' || c.key, c.value #>> '{}' from jsonb_each(s.${ident(plan.custom.name)}) c
        where c.value <> 'null' and c.value is distinct from t.custom -> c.key`);
    }
    if (lists.length === 0) lists.push("select null, null where false");
    return `insert into migrate.warning (run_id, origin_id, line, key, code, field, value, reason)
      select ${sql.param(plan.runId, "int8")}, ${sql.param(plan.originId, "int4")}, r.line % ${sourceLine(1, 0)}, r.key, 'ROW_DIFFERS', v.field, v.said,
        'another row of this record says otherwise; the value of its first row stays'
      from ${RESOLVED} r join ${STAGE} s on s.line = r.line join ${plan.table} t on t.${id} = r.tid
      cross join lateral (${lists.join("\n union all ")}) v
      where r.verdict = 'm' and r.how = ${sql.param(FURTHER, "text")}`;
  });
}

const BUCKETS = [
  ["m", "merged"],
  ["f", "filtered"],
  ["r", "rejected"],
] as const;

async function saveOutcomes(client: pg.ClientBase, plan: MergePlan, chunk: number, counts: Counts): Promise<void> {
  for (const [verdict, bucket] of BUCKETS) {
    const { rows } = await client.query<{ count: number }>(
      `insert into migrate.outcome (run_id, origin_id, chunk, bucket, count, keys)
       select $1, $2, $3, $4, count(*), array_agg(key order by line) from ${RESOLVED} where verdict = $5 having count(*) > 0 returning count`,
      [plan.runId, plan.originId, chunk, bucket, verdict],
    );
    counts[bucket] += rows[0]?.count ?? 0;
  }
}

async function rejected(client: pg.ClientBase): Promise<StageReject[]> {
  const { rows } = await client.query<StageReject & { line: string; detail: string }>(
    `select line, key, code, field, value, detail from ${RESOLVED} where verdict = 'r' order by line`,
  );
  return rows.map(({ line, key, code, field, value, detail }) => {
    const reason =
      code === "FIRST_ROW_REJECTED"
        ? "the record of this key was rejected: there is nothing that this further row could add to"
        : reasonOf(code, detail);
    const [source, own] = [Math.floor(Number(line) / sourceLine(1, 0)), Number(line) % sourceLine(1, 0)];
    return { line: own, source, key, code, field, value, reason };
  });
}
