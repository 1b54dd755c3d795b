/** Merges what a lane has staged into the target: set-based, in one transaction with everything that is kept about it. */
import type pg from "pg";
import { ident } from "../../store/quote.ts";
import { addReference, type Counts, emptyCounts, type StageReject } from "../counts.ts";
import { type Statement, statement } from "../sql.ts";
import { alsoMissing } from "./also-missing.ts";
import { findReferenced } from "./chunk-lookups.ts";
import { findDeleted, GONE, keepDeleted, tellDeleted } from "./deleted-in-target.ts";
import { assignIds, insertFresh } from "./insert.ts";
import { editsOfChunk, forgetEdits } from "./kept-edits.ts";
import { bookkeeping, ENTERED, heldVerdicts, warnings } from "./ledger.ts";
import { matchBy } from "./match.ts";
import { familiesTogether, fillParents, findParents, settleFamilies } from "./parents.ts";
import { type MergePlan, RESOLVED, STAGE } from "./plan.ts";
import { attempt } from "./refused.ts";
import { resolveStaged, type SelfPolicy, settleMatches } from "./resolve.ts";
import { decideFields } from "./three-way.ts";
import { settleUnchanged } from "./update.ts";
import { LEFT_OUT, writeResolved } from "./write.ts";

export interface MergeResult {
  readonly counts: Counts;
  readonly rejects: readonly StageReject[];
  /** Rows that went into the hold table. */
  readonly held: number;
  /** Rows that the state keeps since now: those inserted, and those found in the target. */
  readonly entered: number;
}

export interface MergeInput {
  readonly chunk: number;
  readonly staged: number;
  /** The table was empty when the stage began and only this run fills it. */
  readonly fresh: boolean;
  readonly policy: SelfPolicy;
  /** Parents are looked for among the staged rows, too, and go in with their children. */
  readonly together: boolean;
  /** Table that takes rows whose parent is not there yet. */
  readonly hold: string | null;
}

const BUCKET_OF = `case verdict when 'i' then 'inserted' when 'u' then 'updated' when 'n' then 'unchanged' when '${GONE}' then 'unchanged' when 'm' then 'merged'
  when 'f' then 'filtered' when 'r' then 'rejected' end`;

type Prepared = ReturnType<typeof prepare>;

function prepare(plan: MergePlan, policy: SelfPolicy) {
  return {
    fresh: plan.ledger ? statement((sql) => insertFresh(plan, sql)) : null,
    resolve: statement((sql) => resolveStaged(plan, policy, sql)),
    // parents that may be in the same chunk are looked for afterwards
    together: statement((sql) => resolveStaged(plan, "defer", sql)),
    assign: statement((sql) => assignIds(plan, sql)),
    match: [...plan.matchFields.flatMap((column) => matchBy(plan, column)), ...settleMatches(plan)],
    book: bookkeeping(plan, policy),
    warn: [...warnings(plan, policy), ...tellDeleted(plan)],
    forget: [forgetEdits(plan), ...keepDeleted(plan)],
    edits: editsOfChunk(plan),
  };
}

const prepared = new WeakMap<MergePlan, Map<SelfPolicy, Prepared>>();

function statementsOf(plan: MergePlan, policy: SelfPolicy): Prepared {
  const byPolicy = prepared.get(plan) ?? new Map<SelfPolicy, Prepared>();
  prepared.set(plan, byPolicy);
  const found = byPolicy.get(policy) ?? prepare(plan, policy);
  byPolicy.set(policy, found);
  return found;
}

const run = (client: pg.ClientBase, { text, values }: Statement) => client.query(text, values);

/** True where the long way has nothing to find: no parents in the same table, no recognition by other fields. */
export function isSimple(plan: MergePlan): boolean {
  return (
    plan.ledger &&
    plan.matchFields.length === 0 &&
    plan.mapping.mode !== "update" &&
    plan.sample === null &&
    plan.associations.length === 0 &&
    plan.lookups.every((lookup) => lookup.kind === "direct" || lookup.kind === "map")
  );
}

async function countReferences(
  client: pg.ClientBase,
  plan: MergePlan,
  policy: SelfPolicy,
  counts: Counts,
  resolved: boolean,
): Promise<void> {
  if (plan.lookups.length === 0) return;
  const parts = plan.lookups.flatMap(({ column }, index) => [
    `count(s.${ident(column.name)})::int4 as e${index}`,
    resolved ? `(count(*) filter (where r.${ident(`m_${column.name}`)}))::int4 as u${index}` : `0 as u${index}`,
  ]);
  const from = resolved ? `${STAGE} s join ${RESOLVED} r on r.line = s.line where ${heldVerdicts(plan)}` : `${STAGE} s`;
  const { rows } = await client.query<Record<string, number>>(`select ${parts.join(", ")} from ${from}`);
  for (const [index, lookup] of plan.lookups.entries()) {
    const expected = rows[0]![`e${index}`]!;
    const missing = rows[0]![`u${index}`]!;
    const later = lookup.kind === "self" && policy === "defer";
    const deferred = lookup.kind === "deferred" ? expected : later ? missing : 0;
    const unresolved = later ? 0 : missing;
    addReference(counts, lookup.field.target, {
      expected,
      resolved: expected - unresolved - deferred,
      deferred,
      unresolved,
    });
  }
}

async function freshInsert(client: pg.ClientBase, plan: MergePlan, input: MergeInput, counts: Counts): Promise<number> {
  const { rows } = await run(client, statementsOf(plan, input.policy).fresh!);
  const inserted = (rows[0] as { n: number }).n;
  if (inserted === 0) return 0;
  if (inserted === input.staged) {
    await countReferences(client, plan, input.policy, counts, false);
  } else {
    // keep what is left in staging; the rows that went in are set aside to be counted
    await client.query(`create temp table if not exists ${RESOLVED}_done (like ${STAGE}) on commit drop`);
    await client.query(`truncate ${RESOLVED}_done`);
    await run(
      client,
      statement(
        (sql) => `with done as (
          delete from ${STAGE} s using ${plan.table} t join migrate.ledger l on l.target_id = t.${ident(plan.object.idColumn)}
          where t.external_source = ${sql.param(plan.externalSource, "text")} and t.external_id = s.key
            and l.origin_id = ${sql.param(plan.originId, "int4")} and l.run_id = ${sql.param(plan.runId, "int8")}
          returning s.*)
        insert into ${RESOLVED}_done select * from done`,
      ),
    );
    const swap = plan.lookups.map(({ column }) => `count(${ident(column.name)})::int4 as ${ident(column.name)}`);
    if (swap.length > 0) {
      const { rows: found } = await client.query<Record<string, number>>(
        `select ${swap.join(", ")} from ${RESOLVED}_done`,
      );
      for (const lookup of plan.lookups) {
        const expected = found[0]![lookup.column.name]!;
        addReference(counts, lookup.field.target, { expected, resolved: expected, deferred: 0, unresolved: 0 });
      }
    }
  }
  counts.inserted += inserted;
  const from = inserted === input.staged ? STAGE : `${RESOLVED}_done`;
  await recordOutcome(client, plan, input.chunk, `select 'inserted' as bucket, key, line from ${from}`);
  if (from !== STAGE) await client.query(`drop table ${RESOLVED}_done`);
  return inserted;
}

async function recordOutcome(client: pg.ClientBase, plan: MergePlan, chunk: number, rows: string): Promise<void> {
  await run(
    client,
    statement(
      (sql) => `insert into migrate.outcome (run_id, origin_id, chunk, bucket, count, keys)
        select ${sql.param(plan.runId, "int8")}, ${sql.param(plan.originId, "int4")}, ${sql.param(chunk, "int4")}, bucket, count(*), array_agg(key)
        from (${rows}) o where bucket is not null group by bucket`,
    ),
  );
}

interface RoundResult {
  readonly progressed: boolean;
  /** Rows with verdict `l` and `h`. */
  readonly later: number;
  readonly held: number;
  /** Parents were looked for among the rows of the round. */
  readonly together: boolean;
  readonly entered: number;
}

/** Rows from which on statistics of the temporary tables pay. */
const MEASURE = 2_000;

/**
 * Verdicts of the staged rows. `together`: parents and children go in by one statement. That ends where ids cannot be given
 * out (a mapped key is no id): the rows are decided without it, or all held.
 */
async function decide(
  client: pg.ClientBase,
  plan: MergePlan,
  input: MergeInput,
  together: boolean,
): Promise<{ together: boolean; families: boolean }> {
  const sql = statementsOf(plan, input.policy);
  await client.query(`truncate ${RESOLVED}`);
  await run(client, together ? sql.together : sql.resolve);
  await findDeleted(client, plan);
  if (input.staged >= MEASURE && together) {
    await client.query(`analyze ${RESOLVED} (line, key, verdict)`);
    await client.query(`analyze ${STAGE} (line, key)`);
  }
  const references = together ? await findParents(client, plan, input.policy) : 0;
  for (const step of sql.match) await run(client, step);
  if (references === 0) return { together, families: false };
  await settleFamilies(client, plan, input.policy);
  const { refused } = await attempt(client, () => run(client, sql.assign));
  if (refused !== null && input.policy === "hold") return decide(client, plan, input, false);
  if (refused !== null) {
    await client.query(`update ${RESOLVED} set verdict = 'h'`);
    return { together, families: false };
  }
  await fillParents(client, plan);
  return { together, families: true };
}

async function round(
  client: pg.ClientBase,
  plan: MergePlan,
  input: MergeInput,
  counts: Counts,
  rejects: StageReject[],
  wanted: boolean,
): Promise<RoundResult> {
  const sql = statementsOf(plan, input.policy);
  const { together, families } = await decide(client, plan, input, wanted);
  const edited = await decideFields(client, plan);
  await writeResolved(client, plan, families ? input.policy : null);
  await client.query(
    `update ${RESOLVED} set verdict = 'r', code = 'TARGET_CONFLICT', value = key, detail = $1 where verdict = 'i' and tid is null`,
    [LEFT_OUT],
  );
  await client.query(settleUnchanged);
  const booked: number[] = [];
  for (const step of sql.book) booked.push((await run(client, step)).rowCount ?? 0);
  for (const step of sql.forget) await run(client, step);
  if (plan.threeWay !== null) counts.conflicts ??= 0;
  if (edited) {
    const [kept, conflicts] = sql.edits;
    await run(client, kept!);
    counts.conflicts! += (await run(client, conflicts!)).rowCount ?? 0;
  }
  for (const step of sql.warn) counts.warnings += (await run(client, step)).rowCount ?? 0;
  await countReferences(client, plan, input.policy, counts, true);
  await recordOutcome(client, plan, input.chunk, `select ${BUCKET_OF} as bucket, key, line from ${RESOLVED}`);
  const { rows } = await client.query<{ verdict: string; n: number }>(
    `select verdict, count(*)::int4 as n from ${RESOLVED} group by verdict`,
  );
  const by = new Map(rows.map((row) => [row.verdict, row.n]));
  counts.inserted += by.get("i") ?? 0;
  counts.updated += by.get("u") ?? 0;
  counts.unchanged += (by.get("n") ?? 0) + (by.get(GONE) ?? 0);
  counts.merged += by.get("m") ?? 0;
  counts.filtered += by.get("f") ?? 0;
  if (by.has("r")) {
    counts.rejected += by.get("r")!;
    const found = await client.query<StageReject & { line: string; detail: string }>(
      `select line, key, code, field, value, detail from ${RESOLVED} where verdict = 'r' order by line`,
    );
    const further = await alsoMissing(client, plan, reasonOf);
    for (const row of found.rows) {
      const more = further.get(row.line);
      rejects.push({
        ...(more === undefined ? {} : { more }),
        line: Number(row.line),
        key: row.key,
        code: row.code,
        field: row.field,
        value: row.value,
        reason: reasonOf(row.code, row.detail),
      });
    }
  }
  const progressed = [...by.keys()].some((verdict) => verdict !== "l" && verdict !== "h");
  const entered = plan.ledger ? booked[ENTERED]! : (by.get("i") ?? 0);
  return { progressed, later: by.get("l") ?? 0, held: by.get("h") ?? 0, together, entered };
}

/** The sentence of a reject that the merge found. */
export function reasonOf(code: string, detail: string): string {
  if (code === "LOOKUP_MISSING") return `no ${detail} with this value was loaded`;
  if (code === "LOOKUP_AMBIGUOUS") return `several records found: ${detail}`;
  if (code === "DUPLICATE_KEY") {
    return `mapping ${detail} loaded a record with this key already; give one of the two mappings a \`keyspace:\` of its own, or set \`duplicates: first\``;
  }
  if (code === "MATCH_AMBIGUOUS") return `several ${detail} records in the target have this value`;
  if (code === "MATCH_MISSING") return `the target has no ${detail} with this id`;
  return detail;
}

/** Leaves at most the sample's number of roots (records without a parent) in staging; returns how many were filtered. */
async function trimSample(
  client: pg.ClientBase,
  plan: MergePlan,
  limit: number,
  chunk: number,
  counts: Counts,
): Promise<number> {
  const selfs = plan.lookups.filter((lookup) => lookup.kind === "self");
  const isRoot = (alias: string, name: (lookup: (typeof selfs)[number]) => string) =>
    selfs.length === 0 ? "true" : selfs.map((lookup) => `${alias}.${ident(name(lookup))} is null`).join(" and ");
  const keyed = plan.object.hasExternalId
    ? statement(
        (
          sql,
        ) => `select count(*)::int4 as n from (select unnest(keys) as k from migrate.outcome where run_id = ${sql.param(plan.runId, "int8")}
            and origin_id = ${sql.param(plan.originId, "int4")} and bucket in ('inserted', 'updated', 'unchanged')) o
          join ${plan.table} t on t.external_source = ${sql.param(plan.externalSource, "text")} and t.external_id = o.k
          where ${isRoot("t", (lookup) => lookup.target)}`,
      )
    : statement(
        (
          sql,
        ) => `select coalesce(sum(count), 0)::int4 as n from migrate.outcome where run_id = ${sql.param(plan.runId, "int8")}
          and origin_id = ${sql.param(plan.originId, "int4")} and bucket in ('inserted', 'updated', 'unchanged')`,
      );
  const { rows } = await run(client, keyed);
  const left = Math.max(0, limit - (rows[0] as { n: number }).n);
  const gone = await run(
    client,
    statement(
      (sql) => `with gone as (
        delete from ${STAGE} where line in (select s.line from ${STAGE} s where ${isRoot("s", (lookup) => lookup.column.name)} order by s.line offset ${sql.param(left, "int8")})
        returning key)
      insert into migrate.outcome (run_id, origin_id, chunk, bucket, count, keys)
      select ${sql.param(plan.runId, "int8")}, ${sql.param(plan.originId, "int4")}, ${sql.param(chunk, "int4")}, 'filtered', count(*), array_agg(key)
      from gone having count(*) > 0 returning count`,
    ),
  );
  const filtered = (gone.rows[0] as { count: number } | undefined)?.count ?? 0;
  counts.filtered += filtered;
  return filtered;
}

/** Merges the staged rows. Rows that the target refuses (a constraint, a trigger) become rejects. The caller owns the transaction. */
export async function mergeStaged(client: pg.ClientBase, plan: MergePlan, input: MergeInput): Promise<MergeResult> {
  // constraints of others' tables may be deferred to the commit, where nobody can tell which record broke them
  if (!plan.model.managed) await client.query("set constraints all immediate");
  const counts = emptyCounts();
  const rejects: StageReject[] = [];
  let left = input.staged;
  let entered = 0;
  if (plan.sample?.root === true && input.policy === "hold")
    left -= await trimSample(client, plan, plan.sample.limit, input.chunk, counts);
  if (left > 0) await findReferenced(client, plan);
  if (input.fresh && isSimple(plan)) {
    // where one row is refused, all of them take the long way
    const done = await attempt(client, () => freshInsert(client, plan, input, counts));
    entered = done.refused === null ? done.result : 0;
    left -= entered;
  }
  let possible = input.together && left > 0 && (await familiesTogether(client, plan));
  let together = possible;
  let held = 0;
  while (left > 0) {
    const done = await round(client, plan, input, counts, rejects, together);
    left = done.later + done.held;
    entered += done.entered;
    if (left === 0) break;
    if (together && !done.together) possible = false;
    await client.query(
      `delete from ${STAGE} s using ${RESOLVED} r where r.line = s.line and r.verdict not in ('l', 'h')`,
    );
    if (done.together && done.held > 0) {
      // their parents are not in this chunk
      await toHold(client, input, `line in (select line from ${RESOLVED} where verdict = 'h')`);
      held += done.held;
      left = done.later;
    } else if (done.progressed) together = possible;
    // rows that wait for each other as parents and as duplicates: those without parents in the chunk go first
    else if (done.together && input.policy === "hold") together = false;
    else {
      await toHold(client, input, "true");
      held += left;
      left = 0;
    }
  }
  return { counts, rejects, held, entered };
}

async function toHold(client: pg.ClientBase, input: MergeInput, condition: string): Promise<void> {
  if (input.hold === null) {
    await client.query(`delete from ${STAGE} where ${condition}`);
    return;
  }
  await client.query(
    `with gone as (delete from ${STAGE} where ${condition} returning *) insert into ${input.hold} select * from gone`,
  );
}
