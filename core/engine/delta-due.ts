/** Records that a delta reads by their keys: those that sweeps found changed, those that came back, those that waited. */
import type pg from "pg";
import { literal } from "../store/quote.ts";
import { metKeys, resolvedWaiting } from "./delta-met.ts";
import { SWEPT } from "./delta-sweep.ts";
import type { Lane } from "./lane.ts";
import type { MergePlan } from "./merge/plan.ts";
import type { Due } from "./stage-types.ts";

/** Temporary tables: keys to be fetched, and those that were tried (records that are not there any more do not come). */
const DUE = "migrate_due";
const TRIED = "migrate_tried";

/** Keys per round of fetching. */
const PAGE = 5_000;

export interface DueInput {
  readonly plan: MergePlan;
  readonly hold: string | null;
  /** Fills SWEPT; null: no sweep. Told how many records were found by it. */
  readonly sweep: ((lane: Lane) => Promise<unknown>) | null;
  /** The sweep read narrow fields. */
  readonly narrow: boolean;
  readonly onFound: (found: Found) => void;
}

/** Why records are fetched. */
export interface Found {
  readonly derived: number;
  readonly back: number;
  readonly late: number;
  readonly waited: number;
}

/** The keys of one stage, in pages; see `Due`. Begins anew when a run is resumed: what was met is left out. */
export function dueKeys(input: DueInput): Due {
  let begun = false;
  let last = "";
  return {
    async next({ client }) {
      if (!begun) {
        begun = true;
        await client.query(`drop table if exists pg_temp.${DUE}, pg_temp.${TRIED}`);
        await client.query(`create temp table ${DUE} (key text)`);
        await client.query(`create temp table ${TRIED} (key text primary key)`);
        await fill(client, input, true);
      }
      for (let again = 0; again < 2; again++) {
        const { rows } = await client.query<{ key: string }>(
          `select key collate "C" as key from ${DUE} where key collate "C" > $1 order by 1 limit ${PAGE}`,
          [last],
        );
        if (rows.length > 0) {
          last = rows.at(-1)!.key;
          return rows.map(({ key }) => key);
        }
        // what was fetched may be what others waited for
        if (again === 0) await fill(client, input, false);
        last = "";
      }
      return [];
    },
  };
}

async function fill(client: pg.ClientBase, input: DueInput, first: boolean): Promise<void> {
  const { plan, hold } = input;
  await client.query(`truncate ${DUE}`);
  const found = { derived: 0, back: 0, late: 0, waited: 0 };
  const count = async (sql: string, values: readonly unknown[]): Promise<number> =>
    (await client.query(sql, [...values])).rowCount ?? 0;
  if (first && input.sweep !== null) {
    await input.sweep({ client } as Lane);
    if (input.narrow) {
      found.derived = await count(
        `insert into ${DUE} select s.key from ${SWEPT} s join migrate.narrow n on n.origin_id = $1 and n.key = s.key where n.hash <> s.hash`,
        [plan.originId],
      );
    }
    found.back = await count(
      `insert into ${DUE} select s.key from ${SWEPT} s join migrate.gone g on g.origin_id = $1 and g.key = s.key
       where g.how <> 'merged' or g.winner_id is null`,
      [plan.originId],
    );
    found.late = await unmet(client, plan);
  }
  found.waited = await waitingDue(client, plan);
  await client.query(
    `delete from ${DUE} d where d.key in (${metKeys(hold)}) or exists (select from ${TRIED} x where x.key = d.key)`,
    [plan.runId, plan.originId],
  );
  await client.query(`create temp table ${DUE}_once as select distinct key from ${DUE}`);
  await client.query(`truncate ${DUE}`);
  await client.query(`insert into ${DUE} select key from ${DUE}_once`);
  await client.query(`drop table ${DUE}_once`);
  await client.query(`insert into ${TRIED} select key from ${DUE}`);
  if (first) input.onFound(found);
}

async function waitingDue(client: pg.ClientBase, plan: MergePlan): Promise<number> {
  const size = async () => Number((await client.query<{ n: string }>(`select count(*) as n from ${DUE}`)).rows[0]!.n);
  const before = await size();
  await resolvedWaiting(client, plan, DUE);
  return (await size()) - before;
}

/** Records at the source that are not loaded and that no run has met: they became visible late. */
async function unmet(client: pg.ClientBase, plan: MergePlan): Promise<number> {
  await client.query("drop table if exists pg_temp.migrate_unmet");
  const own = plan.object.hasExternalId
    ? `select from ${plan.table} t where t.external_source = $2 and t.external_id = s.key`
    : "select where $2::text is null";
  await client.query(
    `create temp table migrate_unmet as select s.key from ${SWEPT} s
     where not exists (${own.replaceAll("$2", literal(plan.externalSource))})
       and not exists (select from migrate.id_map m where m.external_source = ${literal(plan.externalSource)}
         and m.object = ${literal(plan.object.name)} and m.external_id = s.key)`,
  );
  const any = await client.query("select 1 from migrate_unmet limit 1");
  if ((any.rowCount ?? 0) === 0) return 0;
  await client.query("create index on migrate_unmet (key)");
  await client.query("analyze migrate_unmet");
  // rejected and left out ones were met; samples and dry runs do not count
  const { rowCount } = await client.query(
    `insert into ${DUE} select u.key from migrate_unmet u where not exists (
       select from (select unnest(o.keys) as k from migrate.outcome o join migrate.run r on r.id = o.run_id
         where o.origin_id = $1 and o.bucket in ('filtered', 'rejected', 'merged', 'deleted', 'unchanged') and r.options ->> 'sample' is null) o
       where o.k = u.key)`,
    [plan.originId],
  );
  return rowCount ?? 0;
}
