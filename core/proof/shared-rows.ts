/** Rows that are a record of this source and one of another: two systems loaded into one target, matched by their values. */
import type { Place } from "./place.ts";
import type { ProofTables } from "./proof-tables.ts";

/** SQL that is true for external sources that are not this migration's; the parameter holds `source.name`. */
const others = (column: string, name: string): string =>
  `not (${column} = ${name} or starts_with(${column}, ${name} || '/'))`;

/** Notes the mapping's keys whose row is another source's record, too, for `ProofTables.shared`. Returns how many. */
export async function noteShared(tables: ProofTables, place: Place, sourceName: string): Promise<number> {
  const { rowCount } = await tables.client.query(
    `insert into proof_shared
       select $1, m.external_id from migrate.id_map m
        where m.external_source = $2 and m.object = $3 and not m.alias
          and exists (select from migrate.id_map x where x.object = m.object and x.target_id = m.target_id
                and ${others("x.external_source", "$4")})
          and exists (select from migrate.origin o where o.object = $3 and ${others("o.external_source", "$4")})`,
    [place.origin, place.externalSource, place.object.name, sourceName],
  );
  if (rowCount !== 0) tables.expectShared(place.origin);
  return rowCount ?? 0;
}

/**
 * Fills `proof_target.later`: the source that wrote a shared row after this mapping did, as long as the row is as it was left
 * then. What anybody else changed is nobody's excuse. `locateLoaded` comes first.
 */
export async function findLaterWriters(tables: ProofTables, place: Place, sourceName: string): Promise<void> {
  const { origin, object, table, id } = place;
  const shared = `proof_shared s join proof_target p on p.key = s.key join ${table} t on t.${id} = p.id`;
  const writers = place.ledger
    ? `select distinct on (p.id) p.id, o.external_source from ${shared}
         join migrate.ledger own on own.origin_id = $1 and own.target_id = p.id
         join migrate.ledger l on l.target_id = p.id and l.version = t.xmin and l.run_id > own.run_id
         join migrate.origin o on o.id = l.origin_id and o.object = $2 and ${others("o.external_source", "$3")}
        where s.origin_id = $1 order by p.id, l.run_id desc`
    : `select distinct on (p.id) p.id, x.external_source from ${shared}
         join migrate.id_map x on x.object = $2 and x.target_id = p.id::text and x.version = t.xmin
           and ${others("x.external_source", "$3")}
        where s.origin_id = $1 order by p.id, x.run_id desc`;
  await tables.client.query(
    `update proof_target p set later = w.external_source from (${writers}) w where w.id = p.id`,
    [origin, object.name, sourceName],
  );
}

/** What the report says of them. */
export function sharedNote(mapping: string, count: number): string {
  const words =
    count === 1
      ? "1 record is one row with a record of another source: its amounts are"
      : `${count.toLocaleString("en-US")} records are one row each with a record of another source: their amounts are`;
  return `${mapping}: ${words} left out of the sums, and what the other source wrote later is not held against them.`;
}
