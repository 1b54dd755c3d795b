/** Ids of merged records and the records that they lead to in the end, as a temporary table of one connection. */
import type pg from "pg";
import { ident } from "../../store/quote.ts";
import { type Sql, type Statement, statement } from "../sql.ts";
import type { MergePlan } from "./plan.ts";

/** Columns: id, first (the winner as it was told), winner (the last one of the chain), line, loser, in_scope. */
export const WINNERS = "migrate_winner";

/** Chains of 2^20 merges are followed; what is longer is a cycle. */
const JUMPS = 20;

const run = (client: pg.ClientBase, { text, values }: Statement) => client.query(text, values);

/** Row of the target that has this id as its own, as SQL of its id; null where rows do not say. */
function ownRow(plan: MergePlan, key: string, sql: Sql): string {
  const id = ident(plan.object.idColumn);
  const source = sql.param(plan.externalSource, "text");
  if (plan.object.hasExternalId)
    return `(select x.${id} from ${plan.table} x where x.external_source = ${source} and x.external_id = ${key})`;
  return `(select x.${id} from migrate.id_map m join ${plan.table} x on x.${id} = m.target_id::${plan.object.idType}
    where m.external_source = ${source} and m.object = ${sql.param(plan.object.name, "text")}
      and m.external_id = ${key} and m.kind in ('row', 'match'))`;
}

/** Ids of WINNERS that have a row of their own, or wait for one, and are not losers. */
async function ownIds(client: pg.ClientBase, plan: MergePlan, hold: string | null): Promise<readonly string[]> {
  const { rows } = await run(
    client,
    statement((sql) => {
      const held = hold === null ? "" : ` or exists (select from ${hold} h where h.key = w.id)`;
      return `select w.id from ${WINNERS} w where not w.loser and (${ownRow(plan, "w.id", sql)} is not null${held})`;
    }),
  );
  return (rows as { id: string }[]).map(({ id }) => id);
}

/** Takes those of `ids` out of WINNERS that this run has loaded as records of their own, or is about to. */
async function takeLive(client: pg.ClientBase, plan: MergePlan, hold: string | null, ids: readonly string[]) {
  const { rows } = await client.query<{ id: string; winner: string; line: string }>(
    `delete from ${WINNERS} w where w.id = any($3) and w.id in (
       select k from migrate.outcome o, unnest(o.keys) k
       where o.run_id = $1 and o.origin_id = $2 and o.bucket in ('inserted', 'updated', 'unchanged')
       ${hold === null ? "" : `union all select key from ${hold}`})
     returning w.id, w.first as winner, w.line`,
    [plan.runId, plan.originId, ids],
  );
  return rows;
}

/**
 * Fills WINNERS from what the stage noted. An id that is a live record of its own leads to no other: it is left out, and
 * returned as `taken`. A cycle ends in an id that is in the table itself. Returns false where there is nothing.
 */
export async function findWinners(
  client: pg.ClientBase,
  plan: MergePlan,
  hold: string | null,
): Promise<{ readonly any: boolean; readonly taken: readonly { id: string; winner: string; line: string }[] }> {
  await client.query(`drop table if exists pg_temp.${WINNERS}`);
  const found = await client.query(
    `create temp table ${WINNERS} as
       select distinct on (id) id, winner as first, winner, line, loser, in_scope
       from migrate.alias where origin_id = ${Number(plan.originId)} order by id, loser desc, line desc, winner`,
  );
  if ((found.rowCount ?? 0) === 0) return { any: false, taken: [] };
  await client.query(`create unique index on ${WINNERS} (id)`);
  await client.query(`analyze ${WINNERS}`);
  const own = await ownIds(client, plan, hold);
  const taken = own.length === 0 ? [] : await takeLive(client, plan, hold, own);
  for (let jump = 0; jump < JUMPS; jump++) {
    const moved = await client.query(
      `update ${WINNERS} w set winner = n.winner from ${WINNERS} n where n.id = w.winner and n.id <> n.winner and w.id <> w.winner`,
    );
    if ((moved.rowCount ?? 0) === 0) break;
  }
  return { any: true, taken };
}

/** Rows that wait for a parent which was merged into another wait for that one instead. */
export async function followHeld(client: pg.ClientBase, plan: MergePlan, hold: string): Promise<void> {
  const { any } = await findWinners(client, plan, hold);
  if (!any) return;
  for (const { column, kind } of plan.lookups) {
    if (kind !== "self") continue;
    const name = ident(column.name);
    await client.query(
      `update ${hold} h set ${name} = w.winner from ${WINNERS} w where w.id = h.${name} and w.winner <> w.id`,
    );
  }
}
