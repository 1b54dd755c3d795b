/** Merged records whose id leads to no row: nothing refers to them, or the references would say so. */
import { many } from "./format.ts";
import type { Place } from "./place.ts";
import type { ProofTables } from "./proof-tables.ts";

const KEYS_TOLD = 3;

/** `locateLoaded` comes first. null: each of them leads to a row, or has one of its own. */
export async function mergedNote(tables: ProofTables, { origin, object, table, mapping, externalSource }: Place) {
  if (!(await tables.outcomes(origin)).has("merged")) return null;
  const own = object.hasExternalId
    ? `and not exists (select from ${table} t where t.external_source = $2 and t.external_id collate "C" = k.key)`
    : "";
  const rows = await tables.rows<{ n: string; keys: string[] | null }>(
    `with found as (
       select distinct k.key from proof_key k
        where k.origin_id = $1 and k.bucket = 'merged' and coalesce(k.key, '') <> ''
          and not exists (select from proof_key x where x.origin_id = $1 and x.key = k.key and x.bucket <> 'merged')
          and not exists (select from proof_gone g where g.origin_id = $1 and g.key = k.key)
          and not exists (select from migrate.id_map m where m.external_source = $2 and m.object = $3 and m.external_id = k.key) ${own})
     select (select count(*) from found) as n, (select array_agg(key) from (select key from found order by key limit ${KEYS_TOLD}) f) as keys`,
    [origin, externalSource, object.name],
  );
  const count = Number(rows[0]!.n);
  if (count === 0) return null;
  return `${mapping.id}: the id${count === 1 ? "" : "s"} of ${many(count, "merged record")} ${count === 1 ? "leads" : "lead"} to no row of the target, first ${rows[0]!.keys!.join(", ")}; migrate ids export leaves ${count === 1 ? "it" : "them"} out. A full run writes ${count === 1 ? "it" : "them"} again.`;
}
