/** Edits of the target that a run saw and decided to keep: differences that are explained, as long as the value is still that one. */

import type { CompiledMapping } from "../mapping/compiled.ts";
import { targetHash, writtenEntries, writtenFields } from "../store/written.ts";
import type { Place } from "./place.ts";
import type { ProofTables } from "./proof-tables.ts";

/** SQL: the record `key` has a row, or none that users have deleted with a run's knowledge; `keptFields` comes first. */
export const notLeftDeleted = (key: string): string =>
  `(not exists (select from proof_deleted d where d.key = ${key}) or exists (select from proof_target x where x.key = ${key}))`;

/**
 * Fills `proof_kept` (id, field, reason) with the kept edits of the mapping's rows that stand in the target as they were seen;
 * gives the fields that there are, custom ones as `custom.<key>`. `proof_deleted` (key) gets the records whose row users deleted.
 */
export async function keptFields(
  tables: ProofTables,
  place: Place,
  compiled: CompiledMapping,
): Promise<ReadonlySet<string>> {
  await tables.client.query("drop table if exists pg_temp.proof_kept, pg_temp.proof_deleted");
  await tables.client.query(`create temp table proof_deleted (key text collate "C")`);
  const known = await tables.rows<{ found: string | null }>("select to_regclass('migrate.kept_edit')::text as found");
  if (known[0]!.found === null) return new Set();
  await tables.client.query("create temp table proof_kept (id text, field text, reason text)");
  await tables.rows(
    "insert into proof_deleted select target_id from migrate.kept_edit where origin_id = $1 and field = ''",
    [place.origin],
  );
  await tables.client.query("analyze proof_deleted");
  const given = await tables.rows<{ field: string }>(
    "select distinct field from migrate.kept_edit where origin_id = $1",
    [place.origin],
  );
  const names = new Set(given.map(({ field }) => field));
  for (const field of writtenFields(compiled, place.object, writtenEntries(compiled, place.object))) {
    if (!names.has(field.name)) continue;
    await tables.rows(
      `insert into proof_kept select k.target_id, k.field, k.reason
         from migrate.kept_edit k join ${place.table} t on t.${place.id}::text = k.target_id
        where k.origin_id = $1 and k.field = $2 and k.target = ${targetHash(field, "t")}`,
      [place.origin, field.name],
    );
  }
  const fields = await tables.rows<{ field: string }>("select distinct field from proof_kept");
  if (fields.length > 0) await tables.client.query("create index on proof_kept (id, field)");
  return new Set(fields.map(({ field }) => field));
}

/** SQL of why, in words; `k` is a row of proof_kept. */
export const KEPT_WORDS = `case k.reason when 'edited' then 'edited in the target; the source had not changed'
  when 'target' then 'both sides changed; the target goes first'
  when 'newest' then 'both sides changed; the newer value is in the target'
  when 'review' then 'both sides changed; waits for a decision'
  when 'rewritten' then 'links to old records were rewritten'
  when 'decided' then 'both sides changed; decided for the target' else k.reason end`;

/** Marks the noted differences that are kept edits. */
export async function explainKept(tables: ProofTables, place: Place): Promise<void> {
  await tables.rows(
    `update proof_difference d set explained = ${KEPT_WORDS} from proof_kept k
      where d.origin_id = $1 and k.id = d.id and k.field in (d.field, 'custom.' || d.field)`,
    [place.origin],
  );
}
