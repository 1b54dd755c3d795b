/** Divides held rows into batches: parents in the same batch as their children, or in an earlier one. */
import type pg from "pg";
import { ident } from "../store/quote.ts";
import { parentsFirst } from "./merge/parents-first.ts";
import type { MergePlan } from "./merge/plan.ts";
import type { Statement } from "./sql.ts";

export interface HoldBatches {
  readonly count: number;
  /** SELECT of `ctid` of the rows of a batch. */
  pick(batch: number): Statement;
}

/** Rows fetched or sent at once. */
const AT_ONCE = 50_000;

/** References between held rows, as pairs of their numbers. Eight bytes each. */
async function readReferences(client: pg.ClientBase, plan: MergePlan, hold: string) {
  const references = plan.lookups
    .filter((lookup) => lookup.kind === "self")
    .map(
      ({ column }) => `select c.n as child, p.n as parent from ${hold} h join migrate_held c on c.key = h.key
        join migrate_held p on p.key = h.${ident(column.name)} where p.n <> c.n`,
    );
  await client.query(`create temp table migrate_held_pair as ${references.join(" union all ")}`);
  const total = await client.query<{ n: number }>("select count(*)::int4 as n from migrate_held_pair");
  const size = total.rows[0]!.n;
  const [child, parent] = [new Int32Array(size), new Int32Array(size)];
  await client.query("declare migrate_held_pairs no scroll cursor for select child, parent from migrate_held_pair");
  for (let at = 0; at < size; ) {
    const { rows } = await client.query<[number, number]>({
      text: `fetch ${AT_ONCE} from migrate_held_pairs`,
      rowMode: "array",
    });
    for (const [from, to] of rows) {
      child[at] = from;
      parent[at++] = to;
    }
  }
  await client.query("close migrate_held_pairs");
  await client.query("drop table migrate_held_pair");
  return { child, parent };
}

/** Batches of about `limit` rows: a cycle is never divided. */
function divide(size: number, child: Int32Array, parent: Int32Array, limit: number) {
  const { order, starts } = parentsFirst(size, child, parent);
  const batchOf = new Int32Array(size);
  let batch = 0;
  let used = 0;
  for (let family = 0; family + 1 < starts.length; family++) {
    const members = starts[family + 1]! - starts[family]!;
    if (used > 0 && used + members > limit) {
      batch++;
      used = 0;
    }
    used += members;
    for (let at = starts[family]!; at < starts[family + 1]!; at++) batchOf[order[at]!] = batch;
  }
  return { count: batch + 1, batchOf };
}

/** Works out the batches; the caller owns the transaction. One batch is taken as it is, whatever its order. */
export async function holdBatches(
  client: pg.ClientBase,
  plan: MergePlan,
  hold: string,
  limit: number,
): Promise<HoldBatches> {
  await client.query("drop table if exists pg_temp.migrate_held, pg_temp.migrate_held_batch");
  const total = await client.query<{ n: number }>(`select count(*)::int4 as n from ${hold}`);
  const size = total.rows[0]!.n;
  if (size <= limit) return { count: 1, pick: () => ({ text: `select ctid from ${hold}`, values: [] }) };
  await client.query(
    `create temp table migrate_held as select (row_number() over (order by line, key) - 1)::int4 as n, key from ${hold}`,
  );
  await client.query("create index on migrate_held (key)");
  await client.query("analyze migrate_held");
  const { child, parent } = await readReferences(client, plan, hold);
  const { count, batchOf } = divide(size, child, parent, limit);
  await client.query("create temp table migrate_held_batch (n int4, batch int4)");
  for (let at = 0; at < size; at += AT_ONCE) {
    await client.query(
      "insert into migrate_held_batch select $1 + o - 1, b from unnest($2::int4[]) with ordinality as x(b, o)",
      [at, [...batchOf.subarray(at, at + AT_ONCE)]],
    );
  }
  await client.query("create index on migrate_held_batch (batch)");
  await client.query("create index on migrate_held (n)");
  await client.query("analyze migrate_held_batch");
  return {
    count,
    pick: (batch) => ({
      text: `select h.ctid from ${hold} h where h.key in (select k.key from migrate_held_batch b join migrate_held k on k.n = b.n where b.batch = $1)`,
      values: [batch],
    }),
  };
}
