/** What becomes of the rows of records that are gone: merged into a winner's, kept, marked or deleted. */
import type pg from "pg";
import { ident, table } from "../store/quote.ts";
import { noteEmptied, noteUnlinked } from "./delta-emptied.ts";
import { outcome, saveCounts } from "./delta-gone.ts";
import { metKeys } from "./delta-met.ts";
import { DELETED_AT, LINKS, MERGED_INTO } from "./delta-policy.ts";
import { CHANGING, changeReferences, ownWriting, type Referrer, referrersOf, refersTo } from "./delta-refs.ts";
import { MERGED, repoint } from "./delta-repoint.ts";
import type { MergePlan } from "./merge/plan.ts";
import { refusalReason, writeApart } from "./merge/refused.ts";
import type { StageState } from "./stage-types.ts";

/** Temporary table of the rows at hand: `key`, `id` (text), `n` (1, 2, ...), `why` (kept all the same; null: goes on). */
const OPEN = "migrate_gone_open";

type Client = pg.ClientBase;

async function warn(
  client: Client,
  plan: MergePlan,
  code: string,
  from: string,
  values: readonly unknown[] = [],
): Promise<number> {
  const { rowCount } = await client.query(
    `insert into migrate.warning (run_id, origin_id, key, code, field, value, reason)
     select ${Number(plan.runId)}, ${Number(plan.originId)}, x.key, '${code}', x.field, x.value, x.reason from (${from}) x(key, field, value, reason)`,
    [...values],
  );
  return rowCount ?? 0;
}

/**
 * Ids of merged records lead to their winners' rows, and so do references and links in the target. Rows that a merge left
 * behind in an earlier run are found, too. In the caller's transaction; a second call finds nothing.
 */
export async function applyMerges(client: Client, plan: MergePlan, policy: string, state: StageState): Promise<void> {
  const { originId, runId, externalSource, object } = plan;
  const id = ident(object.idColumn);
  if (plan.ledger) {
    // the stage told the merge, and the loser's row is left
    const { rows } = await client.query<{ key: string }>(
      `insert into migrate.gone (origin_id, key, target_id, how, merged_into, winner_id, policy, run_id)
       select $1, m.external_id, t.${id}::text, 'merged', null, m.target_id, $5, $2
       from migrate.id_map m join ${plan.table} t on t.external_source = m.external_source and t.external_id = m.external_id
       where m.kind = 'alias' and m.external_source = $3 and m.object = $4 and m.target_id <> t.${id}::text
         and exists (select from migrate.ledger l where l.origin_id = $1 and l.target_id = t.${id})
         and not exists (select from migrate.gone g where g.origin_id = $1 and g.key = m.external_id and g.policy = $5 and g.target_id = t.${id}::text)
       on conflict (origin_id, key) do update set target_id = excluded.target_id, how = 'merged', winner_id = excluded.winner_id,
         policy = excluded.policy, done = null, reason = null, run_id = excluded.run_id
       returning key`,
      [originId, runId, externalSource, object.name, policy],
    );
    if (rows.length > 0) {
      // losers that the source shows were counted when they were read; those that only their winner names were not
      const { rows: unread } = await client.query<{ key: string }>(
        `select x.key from unnest($3::text[]) as x(key) where x.key not in (${metKeys(null)}) order by 1`,
        [runId, originId, rows.map(({ key }) => key)],
      );
      state.chunk++;
      await outcome(
        client,
        plan,
        state,
        "merged",
        unread.map(({ key }) => key),
      );
      await saveCounts(client, plan, state);
    }
  }
  await client.query(`drop table if exists pg_temp.${MERGED}`);
  await client.query(
    `create temp table ${MERGED} as select key, target_id as old, winner_id as winner from migrate.gone
     where origin_id = ${Number(originId)} and done is null and winner_id is not null`,
  );
  const any = await client.query(`select 1 from ${MERGED} limit 1`);
  if ((any.rowCount ?? 0) === 0) return;
  await followWinners(client);
  await client.query(
    `insert into migrate.id_map (external_source, object, external_id, target_id, origin_id, kind, run_id)
     select $1, $2, key, winner, $3, 'alias', $4 from ${MERGED}
     on conflict (external_source, object, external_id) do update
       set target_id = excluded.target_id, kind = 'alias', hash = null, version = null, origin_id = excluded.origin_id, run_id = excluded.run_id
       where (id_map.target_id, id_map.kind) is distinct from (excluded.target_id, excluded.kind)`,
    [externalSource, object.name, originId, runId],
  );
  // ids that led to the loser lead to the winner
  await client.query(
    `update migrate.id_map m set target_id = x.winner, run_id = $3 from ${MERGED} x
     where m.object = $2 and m.external_source = $1 and m.target_id = x.old and m.kind = 'alias'`,
    [externalSource, object.name, runId],
  );
  await repoint(client, plan, await referrersOf(client, plan.model, object));
}

/** Rounds of following winners that were merged themselves: each doubles the length of the chains that are followed. */
const CHAINS = 20;

async function followWinners(client: Client): Promise<void> {
  for (let round = 0; round < CHAINS; round++) {
    const { rowCount } = await client.query(
      `update ${MERGED} m set winner = n.winner from ${MERGED} n where n.old = m.winner and n.winner not in (m.old, m.winner)`,
    );
    if ((rowCount ?? 0) === 0) return;
  }
}

/**
 * Keeps, marks or deletes the rows that are noted as gone and not dealt with yet. A row that may not go stays and is told
 * (GONE_ROW_KEPT); no row is half deleted. In the caller's transaction; a second call finds nothing. Returns warnings.
 */
export async function applyGone(
  client: Client,
  plan: MergePlan,
  edited: "keep" | "overwrite",
  now: Date,
): Promise<number> {
  const { originId, object } = plan;
  const id = ident(object.idColumn);
  await client.query(`drop table if exists pg_temp.${OPEN}`);
  await client.query(
    `create temp table ${OPEN} as select row_number() over (order by g.key)::int4 as n, g.key, g.target_id as id, g.policy, g.how,
       g.winner_id as winner, g.merged_into, g.gone_at, null::text as why
     from migrate.gone g join ${plan.table} t on t.${id} = g.target_id::${object.idType}
     where g.origin_id = ${Number(originId)} and g.done is null`,
  );
  const { rows } = await client.query<{ n: number }>(`select count(*)::int4 as n from ${OPEN}`);
  // rows that are not there any more: users deleted them, or they went with another
  await client.query(
    `update migrate.gone g set done = 'deleted' where g.origin_id = $1 and g.done is null
     and not exists (select from ${OPEN} o where o.key = g.key)`,
    [originId],
  );
  if (rows[0]!.n === 0) return 0;
  await client.query(`create index on ${OPEN} (id)`);
  await client.query(`analyze ${OPEN}`);
  let told = 0;
  const refs = await referrersOf(client, plan.model, object);
  await client.query(`update ${OPEN} set why = 'policy' where policy = 'keep'`);
  await hindrances(client, plan, refs, edited);
  told += await mark(client, plan, now);
  told += await remove(client, plan, refs);
  await client.query(
    `update migrate.gone g set done = case when o.why is not null then 'kept' when o.policy = 'mark' then 'marked' else 'deleted' end,
       reason = nullif(o.why, 'policy')
     from ${OPEN} o where g.origin_id = $1 and g.key = o.key and g.done is null`,
    [originId],
  );
  told += await warn(
    client,
    plan,
    "GONE_ROW_KEPT",
    `select key, null::text, id, 'gone at the source (' || how || '), and its row stays: ' || why from ${OPEN} where why is not null and why <> 'policy' order by key`,
  );
  return told;
}

/** Why rows stay although the policy deletes them. */
async function hindrances(
  client: Client,
  plan: MergePlan,
  refs: readonly Referrer[],
  edited: "keep" | "overwrite",
): Promise<void> {
  const { originId, object } = plan;
  const open = "o.why is null and o.policy = 'delete'";
  const stays = (why: string, condition: string, values: readonly unknown[] = []) =>
    client.query(`update ${OPEN} o set why = '${why}' where ${open} and ${condition}`, [...values]);
  // rows that were there before, or that are another system's record, too
  await stays(
    "it is a record of another source, too",
    plan.ledger
      ? `(exists (select from migrate.ledger l join migrate.origin x on x.id = l.origin_id
           where l.target_id = o.id::bigint and l.origin_id <> $1 and x.object = $2)
         or exists (select from migrate.id_map m where m.object = $2 and m.target_id = o.id and not m.alias and m.origin_id is distinct from $1))`
      : `exists (select from migrate.id_map m where m.object = $2 and m.target_id = o.id and not m.alias and m.origin_id is distinct from $1)`,
    [originId, object.name],
  );
  if (plan.object.hasExternalId) {
    await stays(
      "it carries the id of another record",
      `exists (select from ${plan.table} t where t.${ident(object.idColumn)} = o.id::${object.idType}
         and (t.external_source, t.external_id) is distinct from ($1, o.key))`,
      [plan.externalSource],
    );
  }
  if (edited === "keep") {
    const id = ident(object.idColumn);
    await stays(
      "it was edited in the target since it was loaded",
      plan.ledger
        ? `(exists (select from migrate.ledger l join ${plan.table} t on t.${id} = l.target_id
             where l.origin_id = $1 and l.target_id = o.id::bigint and l.version is distinct from t.xmin)
           or exists (select from migrate.kept_edit k where k.origin_id = $1 and k.target_id = o.id))`
        : `exists (select from migrate.id_map m join ${plan.table} t on t.${id}::text = m.target_id
             where m.origin_id = $1 and m.external_id = o.key and m.target_id = o.id and m.version is distinct from t.xmin)`,
      [originId],
    );
  }
  for (const ref of refs) {
    const self = ref.object?.name === object.name;
    const own = self
      ? ` and not exists (select from ${OPEN} x where x.id = c.${ident(object.idColumn)}::text and x.why is null and x.policy = 'delete')`
      : "";
    const hit = `exists (select from ${ref.table} c where ${refersTo(ref, object, "c", `o.id::${object.idType}`)}${own})`;
    // tables of others are not ours to change
    if (ref.object === null) await stays(`rows of ${ref.name.replaceAll("'", "''")} refer to it`, hit);
    else if (ref.required)
      await stays(
        `${ref.name.replaceAll("'", "''")}.${ref.column.replaceAll("'", "''")} refers to it and must not be empty`,
        hit,
      );
  }
}

/** Writes when it was deleted, and what it was merged into, into `custom`. */
async function mark(client: Client, plan: MergePlan, now: Date): Promise<number> {
  const { object } = plan;
  const id = ident(object.idColumn);
  await client.query(`drop table if exists pg_temp.${CHANGING}`);
  await client.query(
    `create temp table ${CHANGING} as select t.${id} as id, t.xmin as was, jsonb_strip_nulls(jsonb_build_object(
       '${DELETED_AT}', to_char(coalesce(o.gone_at, '${now.toISOString()}'::timestamptz) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
       '${MERGED_INTO}', case when o.winner is not null then coalesce(o.merged_into, o.winner) end)) as marks
     from ${OPEN} o join ${plan.table} t on t.${id} = o.id::${object.idType} where o.policy = 'mark' and o.why is null`,
  );
  const any = await client.query(`select 1 from ${CHANGING} limit 1`);
  if ((any.rowCount ?? 0) === 0) return 0;
  await image(client, plan, CHANGING, "updated");
  await client.query(
    `update ${plan.table} t set custom = coalesce(t.custom, '{}') || c.marks from ${CHANGING} c where t.${id} = c.id`,
  );
  await ownWriting(client, object, plan.table);
  return 0;
}

/** Takes the marks off rows whose records came back. */
export async function unmark(client: Client, plan: MergePlan, ids: readonly string[]): Promise<void> {
  if (ids.length === 0 || !plan.object.hasCustom) return;
  const id = ident(plan.object.idColumn);
  await client.query(`drop table if exists pg_temp.${CHANGING}`);
  await client.query(
    `create temp table ${CHANGING} as select t.${id} as id, t.xmin as was from ${plan.table} t
     where t.${id}::text in (select jsonb_array_elements_text('${JSON.stringify(ids).replaceAll("'", "''")}'::jsonb)) and t.custom ?| array['${DELETED_AT}', '${MERGED_INTO}']`,
  );
  await image(client, plan, CHANGING, "updated");
  await client.query(
    `update ${plan.table} t set custom = nullif(t.custom - '${DELETED_AT}' - '${MERGED_INTO}', '{}') from ${CHANGING} c where t.${id} = c.id`,
  );
  await ownWriting(client, plan.object, plan.table);
}

/** Keeps the rows of a temporary table (`id`) as they are now. */
async function image(client: Client, plan: MergePlan, rows: string, what: "updated" | "deleted"): Promise<void> {
  const id = ident(plan.object.idColumn);
  await client.query(
    `insert into migrate.before_image (run_id, origin_id, object, target_id, row, what, was)
     select $1, $2, $3, t.${id}::text, to_jsonb(t), $4, t.xmin from ${rows} c join ${plan.table} t on t.${id} = c.id::${plan.object.idType}`,
    [plan.runId, plan.originId, plan.object.name, what],
  );
}

/** Deletes what nothing hinders; references to it become empty and are told (GONE_REFERENCE_EMPTIED), links go with it. */
async function remove(client: Client, plan: MergePlan, refs: readonly Referrer[]): Promise<number> {
  await client.query(
    `update ${OPEN} set n = x.n from (select key, row_number() over (order by key)::int4 as n from ${OPEN} where policy = 'delete' and why is null) x
     where ${OPEN}.key = x.key`,
  );
  const { rows } = await client.query<{ n: number }>(
    `select count(*)::int4 as n from ${OPEN} where policy = 'delete' and why is null`,
  );
  const size = rows[0]!.n;
  let told = 0;
  const refused: { n: number; reason: string }[] = [];
  await writeApart(
    client,
    size,
    async (from, to) => {
      const part = `select key, id from ${OPEN} where policy = 'delete' and why is null and n between ${from + 1} and ${to + 1}`;
      told += await removePart(client, plan, refs, part);
    },
    (at, error) => refused.push({ n: at + 1, reason: refusalReason(error) }),
  );
  if (refused.length > 0) {
    await client.query(
      `update ${OPEN} o set why = x.reason from jsonb_to_recordset($1::jsonb) as x(n int4, reason text)
       where o.n = x.n and o.policy = 'delete' and o.why is null`,
      [JSON.stringify(refused)],
    );
  }
  return told;
}

/** Temporary table of the rows that go now: `key`, `id` (text). */
const GOING = "migrate_going";

async function removePart(client: Client, plan: MergePlan, refs: readonly Referrer[], part: string): Promise<number> {
  const { object, originId } = plan;
  const id = ident(object.idColumn);
  let told = 0;
  await client.query(`drop table if exists pg_temp.${GOING}`);
  await client.query(`create temp table ${GOING} as ${part}`);
  for (const ref of refs) {
    if (ref.object === null || ref.required) continue;
    const other = ident(ref.object.idColumn);
    const spared =
      ref.object.name === object.name ? ` and not exists (select from ${GOING} x where x.id = t.${other}::text)` : "";
    await client.query(`drop table if exists pg_temp.${CHANGING}`);
    await client.query(
      `create temp table ${CHANGING} as select distinct on (t.${other}) t.${other} as id, null::text as new, t.xmin as was, g.key as gone
       from ${GOING} g join ${ref.table} t on ${refersTo(ref, object, "t", `g.id::${object.idType}`)}${spared} order by t.${other}`,
    );
    const key = ref.object.hasExternalId ? `coalesce(t.external_id, t.${other}::text)` : `t.${other}::text`;
    const column = ref.column.replaceAll("'", "''");
    const name = ref.name.replaceAll("'", "''");
    told += await warn(
      client,
      plan,
      "GONE_REFERENCE_EMPTIED",
      `select c.gone, '${name}.${column}', ${key}, 'the record that ${name} ' || ${key} || ' refers to is gone at the source; the reference was emptied'
       from ${CHANGING} c join ${ref.table} t on t.${other} = c.id order by 3`,
    );
    await noteEmptied(client, plan, ref, CHANGING);
    await changeReferences(client, plan, ref);
  }
  await removeLinks(client, plan);
  await image(client, plan, GOING, "deleted");
  await client.query(`delete from ${plan.table} t using ${GOING} g where t.${id} = g.id::${object.idType}`);
  const left = await client.query(
    `select 1 from ${GOING} g join ${plan.table} t on t.${id} = g.id::${object.idType} limit 1`,
  );
  if ((left.rowCount ?? 0) > 0) throw Object.assign(new Error("a trigger kept the row"), { code: "P0001" });
  if (plan.ledger) {
    await client.query(
      `delete from migrate.ledger l using ${GOING} g where l.origin_id = $1 and l.target_id = g.id::bigint`,
      [originId],
    );
  }
  // ids that lead to winners stay; everything that led to these rows goes
  await client.query(`delete from migrate.id_map m using ${GOING} g where m.object = $1 and m.target_id = g.id`, [
    object.name,
  ]);
  await client.query(`delete from migrate.kept_edit k using ${GOING} g where k.origin_id = $1 and k.target_id = g.id`, [
    originId,
  ]);
  await client.query(`delete from migrate.waiting w using ${GOING} g where w.origin_id = $1 and w.key = g.key`, [
    originId,
  ]);
  return told;
}

async function removeLinks(client: Client, plan: MergePlan): Promise<void> {
  const links = plan.model.objects.get(LINKS);
  if (links === undefined || links.idColumn !== "id" || plan.object.name === LINKS || !plan.ledger) return;
  const name = table(plan.model.schema, links.table);
  const there = await client.query<{ there: string | null }>("select to_regclass($1)::text as there", [name]);
  if (there.rows[0]!.there === null) return;
  await client.query("drop table if exists pg_temp.migrate_going_links");
  await client.query(
    `create temp table migrate_going_links as select distinct a.id from ${name} a join ${GOING} g on
       (a.from_object = '${plan.object.name.replaceAll("'", "''")}' and a.from_id = g.id::bigint) or (a.to_object = '${plan.object.name.replaceAll("'", "''")}' and a.to_id = g.id::bigint)`,
  );
  await client.query(
    `insert into migrate.before_image (run_id, origin_id, object, target_id, row, what, was)
     select $1, $2, '${LINKS}', a.id::text, to_jsonb(a), 'deleted', a.xmin from ${name} a join migrate_going_links l on l.id = a.id`,
    [plan.runId, plan.originId],
  );
  await client.query(`delete from ${name} a using migrate_going_links l where a.id = l.id`);
  await client.query(
    `delete from migrate.ledger l using migrate_going_links x, migrate.origin o
     where o.object = '${LINKS}' and l.origin_id = o.id and l.target_id = x.id`,
  );
  await noteUnlinked(client, plan, GOING);
  await client.query(
    `delete from migrate.link k using ${GOING} g, migrate.origin o where o.id = k.origin_id and
       ((o.object = $1 and k.from_id = g.id::bigint) or (k.to_object = $1 and k.to_id = g.id::bigint))`,
    [plan.object.name],
  );
}
