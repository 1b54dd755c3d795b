/** Settles merged records once their stage is read: their ids lead to the rows of the winners. */
import type pg from "pg";
import { ident } from "../../store/quote.ts";
import type { StageReject } from "../counts.ts";
import { type Statement, statement } from "../sql.ts";
import { lookAgain } from "./look-again.ts";
import type { MergePlan } from "./plan.ts";
import { findWinners, WINNERS } from "./winners.ts";

export interface SettledAliases {
  readonly merged: number;
  readonly filtered: number;
  readonly rejects: readonly StageReject[];
  readonly warnings: number;
}

const NOTHING: SettledAliases = { merged: 0, filtered: 0, rejects: [], warnings: 0 };

const run = (client: pg.ClientBase, { text, values }: Statement) => client.query(text, values);

/**
 * Takes everything that the stage noted about merged records and writes it into the id map; losers end in their buckets.
 * A loser whose winner was not loaded is rejected (MERGED_INTO_MISSING), unless the winner was left out, or the filter leaves
 * the loser out, too. The caller owns the transaction; a second call finds nothing.
 */
export async function settleAliases(client: pg.ClientBase, plan: MergePlan, chunk: number): Promise<SettledAliases> {
  const { any, taken } = await findWinners(client, plan, null);
  if (!any) return NOTHING;
  await locate(client, plan);
  await judge(client, plan);
  const moved = await movedRows(client, plan);
  const left = await warnLeft(client, plan);
  await writeAliases(client, plan);
  await lookAgain(client, plan, moved);
  await warnTaken(client, plan, taken);
  const { rows: counted } = await run(
    client,
    statement(
      (sql) => `insert into migrate.outcome (run_id, origin_id, chunk, bucket, count, keys)
        select ${sql.param(plan.runId, "int8")}, ${sql.param(plan.originId, "int4")}, ${sql.param(chunk, "int4")},
          verdict, count(*), array_agg(id order by line, id)
        from ${WINNERS} where loser group by verdict returning bucket, count`,
    ),
  );
  const counts = new Map((counted as { bucket: string; count: number }[]).map(({ bucket, count }) => [bucket, count]));
  const rejects = await rejected(client);
  await client.query("delete from migrate.alias where origin_id = $1", [plan.originId]);
  return {
    merged: counts.get("merged") ?? 0,
    filtered: counts.get("filtered") ?? 0,
    rejects,
    warnings: left + taken.length,
  };
}

/** What is known of the ids in WINNERS. Columns: id, own (its own row), mapped (the row that the id map knows), kind. */
const KNOWN = "migrate_winner_known";

/** `tid`: the winner's row; `old`: a row that was loaded for the id itself, when it was a record of its own; `was`: where the id led. */
async function locate(client: pg.ClientBase, plan: MergePlan): Promise<void> {
  const { idType } = plan.object;
  await know(client, plan);
  await client.query(
    `alter table ${WINNERS} add column tid ${idType}, add column old ${idType}, add column was ${idType}, add column verdict text`,
  );
  await client.query(
    `update ${WINNERS} w set
       tid = case when k.kind = 'alias' then coalesce(k.mapped, k.own) else coalesce(k.own, k.mapped) end,
       old = i.own, was = case when i.kind in ('alias', 'merge') then i.mapped end
     from ${KNOWN} k, ${KNOWN} i
     where k.id = w.winner and i.id = w.id and not exists (select from ${WINNERS} n where n.id = w.winner)`,
  );
  await client.query(`update ${WINNERS} set old = null where old = tid`);
}

/** Fills KNOWN, set by set: the target was filled just now, and nobody has told the planner. */
async function know(client: pg.ClientBase, plan: MergePlan): Promise<void> {
  const { idType, hasExternalId, name } = plan.object;
  const id = ident(plan.object.idColumn);
  const { externalSource } = plan;
  await client.query(`drop table if exists pg_temp.${KNOWN}`);
  await client.query(
    `create temp table ${KNOWN} as
       select id, null::${idType} as own, null::${idType} as mapped, null::text as kind, null::${idType} as led
       from (select id from ${WINNERS} union select winner from ${WINNERS}) w`,
  );
  await client.query(`create unique index on ${KNOWN} (id)`);
  await client.query(
    `update ${KNOWN} k set led = m.target_id::${idType}, kind = m.kind from migrate.id_map m
     where m.external_source = $1 and m.object = $2 and m.external_id = k.id`,
    [externalSource, name],
  );
  await client.query(`analyze ${KNOWN}`);
  await client.query(
    `analyze ${plan.table} (${[id, ...(hasExternalId ? ["external_source", "external_id"] : [])].join(", ")})`,
  );
  await client.query(`update ${KNOWN} k set mapped = x.${id} from ${plan.table} x where x.${id} = k.led`);
  if (hasExternalId) {
    await client.query(
      `update ${KNOWN} k set own = x.${id} from ${plan.table} x where x.external_source = $1 and x.external_id = k.id`,
      [externalSource],
    );
  } else await client.query(`update ${KNOWN} set own = mapped where kind in ('row', 'match')`);
}

/** Fills `verdict`: merged, filtered, rejected; ids that nothing was read for and that lead nowhere are forgotten. */
async function judge(client: pg.ClientBase, plan: MergePlan): Promise<void> {
  const { sample } = plan;
  const sampled = sample !== null && (sample.root || sample.tree.has(plan.object.name));
  await client.query(`delete from ${WINNERS} where tid is null and not loser`);
  await client.query(`update ${WINNERS} set verdict = 'merged' where tid is not null`);
  await run(
    client,
    statement((sql) => {
      const ended = (bucket: string) =>
        `w.winner in (select k from migrate.outcome o, unnest(o.keys) k where o.run_id = ${sql.param(plan.runId, "int8")}
          and o.origin_id = ${sql.param(plan.originId, "int4")} and o.bucket = '${bucket}')`;
      return `update ${WINNERS} w set verdict = case when ${ended("rejected")} then 'rejected'
          when ${sampled ? "true" : `not w.in_scope or ${ended("filtered")}`} then 'filtered' else 'rejected' end
        where w.tid is null`;
    }),
  );
}

/** Rows that references may still lead to although the ids that they name lead elsewhere now. */
async function movedRows(client: pg.ClientBase, plan: MergePlan): Promise<readonly string[]> {
  const { rows } = await client.query<{ id: string }>(
    `select distinct v.id::text as id from ${WINNERS} w cross join lateral (values (w.old), (w.was)) v(id)
     where w.verdict = 'merged' and v.id is distinct from w.tid and v.id is not null`,
  );
  if (rows.length > 0 && plan.ledger) {
    // should it become a record of its own again, it is not what it was
    await client.query(
      `update migrate.ledger g set hash = null from ${WINNERS} w where g.origin_id = $1 and w.verdict = 'merged' and g.target_id = w.old`,
      [plan.originId],
    );
  }
  return rows.map(({ id }) => id);
}

async function warnLeft(client: pg.ClientBase, plan: MergePlan): Promise<number> {
  const { rowCount } = await client.query(
    `insert into migrate.warning (run_id, origin_id, line, key, code, field, value, reason)
     select $1, $2, line, id, 'MERGED_ROW_LEFT', null, first,
       'merged into ' || winner || '; the row that was loaded for it before (id ' || old || ') is still in the target'
     from ${WINNERS} where verdict = 'merged' and old is not null`,
    [plan.runId, plan.originId],
  );
  return rowCount ?? 0;
}

async function writeAliases(client: pg.ClientBase, plan: MergePlan): Promise<void> {
  await client.query(
    `insert into migrate.id_map (external_source, object, external_id, target_id, origin_id, kind, run_id)
     select $1, $2, id, tid::text, $3, 'alias', $4 from ${WINNERS} where verdict = 'merged'
     on conflict (external_source, object, external_id) do update
       set target_id = excluded.target_id, kind = 'alias', hash = null, version = null, origin_id = excluded.origin_id, run_id = excluded.run_id
       where (id_map.target_id, id_map.kind) is distinct from (excluded.target_id, excluded.kind)`,
    [plan.externalSource, plan.object.name, plan.originId, plan.runId],
  );
}

async function warnTaken(
  client: pg.ClientBase,
  plan: MergePlan,
  taken: readonly { id: string; winner: string; line: string }[],
): Promise<void> {
  if (taken.length === 0) return;
  await client.query(
    `insert into migrate.warning (run_id, origin_id, line, key, code, field, value, reason)
     select $1, $2, x.line, x.winner, 'ALIAS_TAKEN', null, x.id, 'this other id is a record of its own in the source; it leads there'
     from jsonb_to_recordset($3::jsonb) as x(id text, winner text, line int8)`,
    [plan.runId, plan.originId, JSON.stringify(taken)],
  );
}

async function rejected(client: pg.ClientBase): Promise<StageReject[]> {
  const { rows } = await client.query<{ line: string; key: string; first: string; winner: string; cycle: boolean }>(
    `select line, id as key, first, winner, exists (select from ${WINNERS} n where n.id = w.winner) as cycle
     from ${WINNERS} w where loser and verdict = 'rejected' order by line, id`,
  );
  return rows.map(({ line, key, first, winner, cycle }) => ({
    line: Number(line),
    key,
    code: "MERGED_INTO_MISSING",
    field: null,
    value: first,
    reason: cycle
      ? `merged into ${first}, and on from there in a circle`
      : `merged into ${first}${winner === first ? "" : `, in the end into ${winner}`}, which was not loaded`,
  }));
}
