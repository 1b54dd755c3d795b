/** Hashes of rows that are in the target exactly as we last wrote or saw them. */
import type pg from "pg";
import { to as copyTo } from "pg-copy-streams";
import { ident, literal } from "../store/quote.ts";
import { HashSet } from "./hash-set.ts";
import type { MergePlan } from "./merge/plan.ts";

/** Tuple of one uuid in binary COPY: field count (2), length (4), value (16). */
const TUPLE = 22;
const HEADER = 19;

/**
 * Reads them into a set; null when there are none. A target row that was edited since (its xmin changed) or that is gone
 * does not count, so that its record takes the long way.
 */
export async function knownHashes(client: pg.ClientBase, plan: MergePlan): Promise<HashSet | null> {
  const id = ident(plan.object.idColumn);
  const kept = await client.query("select 1 from migrate.kept_edit where origin_id = $1 limit 1", [plan.originId]);
  // rows that differ from the source by a decision are decided anew
  const decided = (target: string): string =>
    (kept.rowCount ?? 0) === 0
      ? ""
      : ` and not exists (select from migrate.kept_edit e where e.origin_id = ${Number(plan.originId)} and e.target_id = ${target})`;
  const query = plan.ledger
    ? `select l.hash from migrate.ledger l join ${plan.table} t on t.${id} = l.target_id
       where l.origin_id = ${Number(plan.originId)} and l.hash is not null and t.xmin = l.version${decided("l.target_id::text")}`
    : `select m.hash from migrate.id_map m join ${plan.table} t on t.${id} = m.target_id::${plan.object.idType}
       where m.external_source = ${literal(plan.externalSource)} and m.object = ${literal(plan.object.name)}
         and m.origin_id = ${Number(plan.originId)} and m.hash is not null and t.xmin = m.version${decided("m.target_id")}`;
  const size = await client.query<{ n: string }>(
    `select count(*) as n from ${plan.ledger ? "migrate.ledger" : "migrate.id_map"} where origin_id = $1`,
    [plan.originId],
  );
  const expected = Number(size.rows[0]!.n);
  if (expected === 0) return null;
  const set = new HashSet(expected);
  const stream = client.query(copyTo(`copy (${query}) to stdout (format binary)`));
  let rest: Buffer = Buffer.alloc(0);
  let skip = HEADER;
  for await (const part of stream as AsyncIterable<Buffer>) {
    const data = rest.length === 0 ? part : Buffer.concat([rest, part]);
    let at = 0;
    if (skip > 0) {
      const step = Math.min(skip, data.length);
      skip -= step;
      at = step;
    }
    for (; at + TUPLE <= data.length; at += TUPLE) set.add(data, at + 6);
    rest = data.subarray(at);
  }
  return set;
}
