/** Sets one deferred lookup on all records of a stage that wait for it. */
import type pg from "pg";
import { ident } from "../store/quote.ts";
import { addReference, type Counts } from "./counts.ts";
import { keepDeferred, leftAlone } from "./merge/deferred-edits.ts";
import { KEPT } from "./merge/kept-edits.ts";
import { lookupKey } from "./merge/lookups.ts";
import { carryVersions } from "./merge/neighbours.ts";
import { type LookupPlan, lookupTable, type MergePlan } from "./merge/plan.ts";
import { refusalReason, writeApart } from "./merge/refused.ts";
import { referencedTable } from "./referenced-table.ts";
import { type Sql, type Statement, statement } from "./sql.ts";

/** Temporary table of the rows that change: one per target row. */
const SET = "migrate_set";

const run = (client: pg.ClientBase, { text, values }: Statement) => client.query(text, values);

const waiting = (plan: MergePlan, lookup: LookupPlan, sql: Sql): string =>
  `d.run_id = ${sql.param(plan.runId, "int8")} and d.origin_id = ${sql.param(plan.originId, "int4")} and d.field = ${sql.param(lookup.field.target, "text")}`;

const keyOf = (lookup: LookupPlan): string => lookupKey(lookup, "d.reference");

/** SQL of a reason, over the names of the first candidates. */
export const severalFound = (names: string): string =>
  `'several records found' || coalesce(' (' || ${names} || ')', '')`;

/** The policy `overwrite`, over `t` (target row), `l` (what was found; null: nothing) and `known` (what this run did to it). */
function differs(lookup: LookupPlan): string {
  const target = `t.${ident(lookup.target)}`;
  const { overwrite } = lookup.field;
  if (overwrite === "if-empty") return `${target} is null and l.id is not null`;
  if (overwrite === "never") return `${target} is null and l.id is not null and known.inserted`;
  const type = lookup.typeTarget === null ? "" : ` or t.${ident(lookup.typeTarget)} is distinct from l.object`;
  return `(${target} is distinct from l.id::${lookup.targetType}${type})`;
}

/**
 * Finds what changes: a reference to what is not there becomes empty. `touched`: this run inserted or updated the row already, so
 * that its before-image is kept.
 */
async function findChanges(client: pg.ClientBase, plan: MergePlan, lookup: LookupPlan): Promise<number> {
  const id = ident(plan.object.idColumn);
  await client.query(`drop table if exists pg_temp.${SET}`);
  await client.query(
    `create temp table ${SET} (n int8, target_id ${plan.object.idType}, key text, reference text, id ${lookup.targetType}, object text, touched bool, was xid)`,
  );
  const found = await run(
    client,
    statement((sql) => {
      const writer = plan.ledger
        ? "exists (select from migrate.ledger g where g.origin_id = d.origin_id and g.target_id = d.target_id::bigint and g.run_id = d.run_id)"
        : `exists (select from migrate.id_map m where m.external_source = ${sql.param(plan.externalSource, "text")}
             and m.object = ${sql.param(plan.object.name, "text")} and m.external_id = d.key and m.run_id = d.run_id)`;
      const image =
        "exists (select from migrate.before_image b where b.run_id = d.run_id and b.origin_id = d.origin_id and b.target_id = d.target_id)";
      return `insert into ${SET}
        select row_number() over (order by x.target_id), x.* from (
          select distinct on (t.${id}) t.${id} as target_id, d.key, d.reference, l.id::${lookup.targetType} as id, l.object, known.inserted or known.imaged, t.xmin
          from migrate.deferred d
          left join ${ident(lookupTable(lookup))} l on l.k = ${keyOf(lookup)} and l.n = 1
          join ${plan.table} t on t.${id} = d.target_id::${plan.object.idType}
          cross join lateral (select ${writer} and not ${image} as inserted, ${image} as imaged) known
          where ${waiting(plan, lookup, sql)} and ${differs(lookup)} and not ${leftAlone(plan, lookup)}
          order by t.${id}, l.id is null) x`;
    }),
  );
  return found.rowCount ?? 0;
}

/** Writes the changes; those that the target refuses become warnings. Returns how many were refused, and of how many the record is there. */
async function writeChanges(
  client: pg.ClientBase,
  plan: MergePlan,
  lookup: LookupPlan,
  size: number,
): Promise<{ readonly refused: number; readonly found: number }> {
  const id = ident(plan.object.idColumn);
  const typed = lookup.typeTarget === null ? "" : `, ${ident(lookup.typeTarget)} = c.object`;
  await run(
    client,
    statement(
      (sql) => `insert into migrate.before_image (run_id, origin_id, object, target_id, row, was)
        select ${sql.param(plan.runId, "int8")}, ${sql.param(plan.originId, "int4")}, ${sql.param(plan.object.name, "text")}, t.${id}::text, to_jsonb(t), t.xmin
        from ${SET} c join ${plan.table} t on t.${id} = c.target_id where not c.touched`,
    ),
  );
  const refused: { n: number; reason: string }[] = [];
  await writeApart(
    client,
    size,
    async (from, to) => {
      await client.query(
        `update ${plan.table} t set ${ident(lookup.target)} = c.id${typed} from ${SET} c where t.${id} = c.target_id and c.n between $1 and $2`,
        [from + 1, to + 1],
      );
    },
    (at, error) => refused.push({ n: at + 1, reason: refusalReason(error) }),
  );
  if (refused.length === 0) return { refused: 0, found: 0 };
  const { rows } = await client.query<{ found: number }>(
    `with gone as (delete from ${SET} c using jsonb_to_recordset($3::jsonb) as x(n int8, reason text) where c.n = x.n
       returning c.target_id::text as target_id, c.key, c.reference, c.id, x.reason),
     again as (update migrate.deferred d set hash = null from gone where d.run_id = $1 and d.origin_id = $2 and d.target_id = gone.target_id),
     told as (insert into migrate.warning (run_id, origin_id, key, code, field, value, reason)
       select $1, $2, key, 'TARGET_REFUSED', $4, reference, reason || '; left as it was' from gone)
     select count(id)::int4 as found from gone`,
    [plan.runId, plan.originId, JSON.stringify(refused), lookup.field.target],
  );
  return { refused: refused.length, found: rows[0]!.found };
}

/** Records that were counted as unchanged until now are updated; `keys`: a query of their keys. */
export async function moveToUpdated(
  client: pg.ClientBase,
  plan: MergePlan,
  counts: Counts,
  keys: string,
): Promise<void> {
  const mine = "o.run_id = $1 and o.origin_id = $2 and o.bucket = 'unchanged'";
  const moved = await client.query<{ n: number }>(
    `with hit as (
       select o.ctid as place, o.chunk, k from migrate.outcome o, unnest(o.keys) k
       where ${mine} and k in (${keys})),
     cut as (
       update migrate.outcome o set count = o.count - h.n, keys = array(select k from unnest(o.keys) k where k <> all(h.keys))
       from (select place, count(*)::int4 as n, array_agg(k) as keys from hit group by place) h where o.ctid = h.place),
     more as (
       insert into migrate.outcome (run_id, origin_id, chunk, bucket, count, keys)
       select $1, $2, chunk, 'updated', count(*), array_agg(k) from hit group by chunk returning count)
     select coalesce(sum(count), 0)::int4 as n from more`,
    [plan.runId, plan.originId],
  );
  const { n } = moved.rows[0]!;
  if (n === 0) return;
  await client.query(`delete from migrate.outcome o where ${mine} and o.count = 0`, [plan.runId, plan.originId]);
  counts.unchanged -= n;
  counts.updated += n;
}

async function tellUnresolved(client: pg.ClientBase, plan: MergePlan, lookup: LookupPlan): Promise<number> {
  const unresolved = await run(
    client,
    statement((sql) => {
      const missing = `no ${lookup.objects.map((o) => o.name).join(" or ")} with this ${lookup.by ?? "external id"} was loaded`;
      const left = `case when ${leftAlone(plan, lookup)} then '; ${KEPT}' else '; left empty' end`;
      return `with told as (
          insert into migrate.warning (run_id, origin_id, key, code, field, value, reason)
          select d.run_id, d.origin_id, d.key, case when l.n > 1 then 'LOOKUP_AMBIGUOUS' else 'LOOKUP_MISSING' end, d.field, d.reference,
            case when l.n > 1 then ${severalFound("l.names")} else ${sql.param(missing, "text")} end || ${left}
          from migrate.deferred d left join ${ident(lookupTable(lookup))} l on l.k = ${keyOf(lookup)}
          where ${waiting(plan, lookup, sql)} and (l.k is null or l.n > 1)
          returning key),
        again as (
          update migrate.deferred d set hash = null where d.run_id = ${sql.param(plan.runId, "int8")}
            and d.origin_id = ${sql.param(plan.originId, "int4")} and d.key in (select key from told))
        select count(*)::int4 as n from told`;
    }),
  );
  return (unresolved.rows[0] as { n: number }).n;
}

/**
 * Sets the lookup where it differs, with before-images of rows that this run had left alone. Counts move from deferred to
 * resolved or unresolved, and records from unchanged to updated. What stays open loses its hash, so that the next run looks again.
 */
export async function resolveLookup(
  client: pg.ClientBase,
  plan: MergePlan,
  lookup: LookupPlan,
  counts: Counts,
): Promise<void> {
  const all = await run(
    client,
    statement((sql) => `select count(*)::int4 as n from migrate.deferred d where ${waiting(plan, lookup, sql)}`),
  );
  const expected = (all.rows[0] as { n: number }).n;
  if (expected === 0) return;
  await referencedTable(client, plan, lookup, (sql) => waiting(plan, lookup, sql), expected);
  await keepDeferred(client, plan, lookup, (sql) => waiting(plan, lookup, sql), keyOf(lookup), counts);
  const changes = await findChanges(client, plan, lookup);
  let open = 0;
  if (changes > 0) {
    const { refused, found } = await writeChanges(client, plan, lookup, changes);
    counts.warnings += refused;
    open += found;
    for (const step of carryVersions(plan, `(select target_id as tid, was from ${SET})`)) await run(client, step);
    await moveToUpdated(client, plan, counts, `select key from ${SET} where not touched`);
    if (plan.ledger) {
      await client.query(
        `update migrate.ledger g set run_id = $1 from ${SET} c where g.origin_id = $2 and g.target_id = c.target_id and not c.touched`,
        [plan.runId, plan.originId],
      );
    }
  }
  const unresolved = await tellUnresolved(client, plan, lookup);
  counts.warnings += unresolved;
  open += unresolved;
  addReference(counts, lookup.field.target, {
    expected: 0,
    resolved: expected - open,
    deferred: -expected,
    unresolved: open,
  });
}
