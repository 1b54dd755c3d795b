/** What a report lists of edits that runs saw in the target and kept: the proof explains them, and hides none. */
import { many } from "./format.ts";
import type { Place } from "./place.ts";
import type { ProofTables } from "./proof-tables.ts";

const NAMED = 5;

/** Sentences per mapping: values that stay, by the run that decided so, and records that stay deleted. `proof_kept` is there. */
export async function keptNotes(tables: ProofTables, place: Place, kept: ReadonlySet<string>): Promise<string[]> {
  const notes: string[] = [];
  const mapping = place.mapping.id;
  if (kept.size > 0) {
    const rows = await tables.rows<{ run: string; n: string; records: string; named: string[] }>(
      `select r.name as run, count(*) as n, count(distinct e.target_id) as records,
              (array_agg(coalesce(p.key, 'id ' || e.target_id) || ' ' || e.field order by p.key, e.field))[1:${NAMED}] as named
         from proof_kept k join migrate.kept_edit e on e.origin_id = $1 and e.target_id = k.id and e.field = k.field
           join migrate.run r on r.id = e.run_id left join proof_target p on p.id::text = e.target_id
        group by r.id, r.name order by r.id`,
      [place.origin],
    );
    for (const { run, n, records, named } of rows) {
      const rest = Number(n) > named.length ? "..." : "";
      notes.push(
        `${mapping}: ${many(Number(n), "value")} of ${many(Number(records), "row")} edited in the target, kept by decision of run ${run}: ${named.join(", ")}${rest}.`,
      );
    }
  }
  const gone = await tables.rows<{ key: string; n: string }>(
    "select min(d.key) as key, count(*) as n from proof_deleted d where not exists (select from proof_target p where p.key = d.key)",
  );
  const count = Number(gone[0]!.n);
  if (count > 0)
    notes.push(
      `${mapping}: ${many(count, "record")} ${count === 1 ? "was" : "were"} deleted in the target and not inserted again, first ${gone[0]!.key}.`,
    );
  return notes;
}
