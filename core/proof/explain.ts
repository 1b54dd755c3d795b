/** Why source and target do not hold the same number of records: every part of the gap, with its reason, its records and what to do. */
import type { Place } from "./place.ts";
import type { ProofTables } from "./proof-tables.ts";
import { adviceFor } from "./reject-advice.ts";
import type { Explanation, ObjectProof } from "./types.ts";

const KEYS_SHOWN = 20;

type Figures = Pick<
  ObjectProof,
  "accounted" | "unexplained" | "missing" | "vanished" | "lost" | "extra" | "gone" | "renamed"
>;

/** What is in no other part, once the findings by key are taken off. */
const rest = ({ unexplained, missing, lost }: Figures): number => unexplained - missing.count - lost.count;

/** `run`: the run's name, as commands take it. Parts of no records are left out. */
export async function explain(
  tables: ProofTables,
  place: Place,
  figures: Figures,
  runIds: readonly string[],
  run: string,
): Promise<Explanation[]> {
  const { mapping, object } = place;
  const list = (bucket: string): string =>
    `List them: migrate runs records ${run} --bucket ${bucket} --object ${object.name}.`;
  const parts: Explanation[] = [];
  const keysOf = async (bucket: string): Promise<string[]> => {
    const rows = await tables.rows<{ key: string }>(
      "select key from proof_key where origin_id = $1 and bucket = $2 and key is not null order by key limit $3",
      [place.origin, bucket, KEYS_SHOWN],
    );
    return rows.map(({ key }) => key);
  };
  const bucket = async (name: "merged" | "filtered" | "deleted", reason: string, next: string): Promise<void> => {
    const count = figures.accounted[name];
    if (count > 0) parts.push({ bucket: name, reason, count, keys: await keysOf(name), next: `${next} ${list(name)}` });
  };
  await bucket(
    "merged",
    "merged into another record, whose row stands for them",
    "Nothing: their ids lead to the winner's row.",
  );
  await bucket(
    "filtered",
    mapping.filter === null
      ? "left out by the sample, the scope or the mode of the mapping"
      : `left out by filter: ${mapping.filter.text}`,
    "Nothing, if they are meant to stay behind; else change the filter and run again.",
  );
  await bucket("deleted", "deleted at the source", "Nothing, if the policy for deleted records is meant so.");
  parts.push(...(await rejects(tables, place, runIds, list("rejected"))));
  const found = (
    name: "missing" | "vanished" | "lost" | "extra" | "gone" | "renamed",
    reason: string,
    next: string,
  ): void => {
    const { count, keys } = figures[name] ?? { count: 0, keys: [] };
    if (count > 0) parts.push({ bucket: name, reason, count, keys, next });
  };
  found(
    "missing",
    "at the source, and the run never met them: added since, or not read",
    "Run again (migrate run, or --delta), then reconcile; freeze the source before the final proof.",
  );
  found(
    "lost",
    "loaded, and their row is no longer in the target",
    "Find out who deleted them; migrate run loads them again.",
  );
  found(
    "vanished",
    "loaded or left out, and no longer at the source: deleted since",
    "Run a delta (migrate run --delta), or delete the rows, then reconcile.",
  );
  found(
    "extra",
    "in the target under this source's name, and no run wrote them",
    "Find out who made them; delete them, or clear external_source.",
  );
  found(
    "renamed",
    "rows that bear another external id or source in the target than they were loaded under",
    "Find out who changed it, and give them their own back: they may be the only copies of their records.",
  );
  found(
    "gone",
    "rows of earlier runs whose record the source no longer holds",
    "See that the export is whole; if the records were deleted, let a delta do the same, or delete the rows.",
  );
  const open = rest(figures);
  if (open !== 0) {
    const count = Math.abs(open);
    const reason =
      open > 0
        ? "counted at the source, and in none of the other parts: the source counts more than it gives when read"
        : "accounted for, and not counted at the source: it holds fewer now";
    parts.push({
      bucket: "unexplained",
      reason,
      count,
      keys: [],
      next: "Reconcile again while nobody changes the source.",
    });
  }
  return parts;
}

async function rejects(
  tables: ProofTables,
  place: Place,
  runIds: readonly string[],
  list: string,
): Promise<Explanation[]> {
  // of several runs, only what the last one to meet the record says
  const still =
    runIds.length === 1
      ? ""
      : `and (coalesce(r.key, '') = '' or exists (select from proof_key k where k.origin_id = $1 and k.key = r.key and k.bucket = 'rejected'))
         and not exists (select from migrate.retried x where x.of_run_id = r.run_id and x.origin_id = r.origin_id and x.line = r.line
           and x.key is not distinct from nullif(r.key, '') and x.run_id = any($2))`;
  const rows = await tables.rows<{ code: string; field: string | null; n: string; keys: string[]; reason: string }>(
    `select r.code, r.field, count(distinct coalesce(nullif(r.key, ''), 'line ' || r.line)) as n, min(r.reason) as reason,
            (array_agg(distinct coalesce(nullif(r.key, ''), 'line ' || r.line)))[1:${KEYS_SHOWN}] as keys
       from migrate.reject r where r.origin_id = $1 and r.run_id = any($2) ${still}
      group by r.code, r.field order by 3 desc, 1, 2`,
    [place.origin, [...runIds]],
  );
  return rows.map(({ code, field, n, keys, reason }) => ({
    bucket: "rejected",
    reason: `${code}${field === null ? "" : ` in ${field}`}: ${reason}`,
    count: Number(n),
    keys,
    next: `${adviceFor(code).advice} ${list}`,
  }));
}
