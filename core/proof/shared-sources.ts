/** Source objects that several mappings read: each of their records counts once, whatever the mappings made of it. */
import { count } from "./format.ts";
import type { Place } from "./place.ts";
import type { ProofTables } from "./proof-tables.ts";
import type { SharedSource } from "./types.ts";

/** Mappings whose records can be told apart from nothing else: the same source objects, the same key. */
function groupsOf(places: readonly Place[]): Place[][] {
  const groups = Map.groupBy(places, ({ mapping }) => JSON.stringify([mapping.sources.toSorted(), mapping.key]));
  return [...groups.values()].filter((group) => group.length > 1);
}

/**
 * What became of the records of each shared source object, from the outcomes of all its mappings. Loaded by any of them is
 * loaded; left out is what every one left out. A key that occurs several times counts as often as one mapping met it.
 */
export async function sharedSources(
  tables: ProofTables,
  places: readonly Place[],
  counts: ReadonlyMap<string, number>,
): Promise<SharedSource[]> {
  const found: SharedSource[] = [];
  for (const group of groupsOf(places)) {
    const rows = await tables.rows<Record<"loaded" | "merged" | "deleted" | "rejected" | "filtered" | "twice", string>>(
      `with one as (
         select origin_id, coalesce(key, '') as key, count(*) as n,
                count(*) filter (where bucket in ('inserted', 'updated', 'unchanged')) as loaded,
                count(*) filter (where bucket = 'merged') as merged, count(*) filter (where bucket = 'deleted') as deleted,
                count(*) filter (where bucket = 'rejected') as rejected
           from proof_key where origin_id = any($1) group by 1, 2),
       every as (
         select max(n) as n, max(loaded) as loaded, max(merged) as merged, max(deleted) as deleted, max(rejected) as rejected,
                count(*) filter (where loaded > 0) as takers from one group by key),
       cut1 as (select *, least(merged, n - loaded) as m from every),
       cut2 as (select *, least(deleted, n - loaded - m) as d from cut1),
       cut3 as (select *, least(rejected, n - loaded - m - d) as r from cut2)
       select coalesce(sum(loaded), 0) as loaded, coalesce(sum(m), 0) as merged, coalesce(sum(d), 0) as deleted,
              coalesce(sum(r), 0) as rejected, coalesce(sum(n - loaded - m - d - r), 0) as filtered,
              count(*) filter (where takers > 1) as twice from cut3`,
      [group.map(({ origin }) => origin)],
    );
    const row = rows[0]!;
    found.push({
      source: group[0]!.mapping.sources.join(", "),
      mappings: group.map(({ mapping }) => mapping.id),
      count: Math.max(...group.map(({ mapping }) => counts.get(mapping.id) ?? 0)),
      loaded: Number(row.loaded),
      merged: Number(row.merged),
      filtered: Number(row.filtered),
      rejected: Number(row.rejected),
      deleted: Number(row.deleted),
      twice: Number(row.twice),
    });
  }
  return found;
}

/** `line_items: 247 records, read by 2 mappings (...); 0 taken by none of them, 3 by more than one.` */
export function sharedSourceLine({ source, mappings, count: all, filtered, twice }: SharedSource): string {
  const records = all === 1 ? "1 record" : `${count(all)} records`;
  return `${source}: ${records}, read by ${mappings.length} mappings (${mappings.join(", ")}); ${count(filtered)} taken by none of them, ${count(twice)} by more than one.`;
}
