/** What becomes of the rows of records that are gone: merged into a winner's, kept, marked or deleted. */
import { ident } from "../store/quote.ts";
import { outcome, saveCounts } from "./delta-gone.ts";
import { metKeys } from "./delta-met.ts";
import { type Client, image, OPEN, warn } from "./delta-open.ts";
import { DELETED_AT, MERGED_INTO } from "./delta-policy.ts";
import { CHANGING, ownWriting, type Referrer, referrersOf, refersTo } from "./delta-refs.ts";
import { remove } from "./delta-remove.ts";
import { MERGED, repoint } from "./delta-repoint.ts";
import type { MergePlan } from "./merge/plan.ts";
import type { StageState } from "./stage-types.ts";

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

/** Takes the marks off rows whose records came back. Returns the ids of the rows that had one. */
export async function unmark(client: Client, plan: MergePlan, ids: readonly string[]): Promise<readonly string[]> {
  if (ids.length === 0 || !plan.object.hasCustom) return [];
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
  const { rows } = await client.query<{ id: string }>(`select id::text as id from ${CHANGING}`);
  return rows.map((row) => row.id);
}
