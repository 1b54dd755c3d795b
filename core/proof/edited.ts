/** Rows that somebody changed since the run wrote them: PostgreSQL says which, and each is compared with the source. */
import { count, listed, quoted } from "./format.ts";
import { ownerNames, ownerText, type Users } from "./owner-names.ts";
import type { Place } from "./place.ts";
import type { ProofTables } from "./proof-tables.ts";
import type { Spot } from "./spot-check.ts";
import type { EditedRecord, EditedRows, SpotCheck } from "./types.ts";

/** Rows compared field by field per mapping, at most. */
export const MOST_COMPARED = 10_000;
const RECORDS_KEPT = 100;
const RECORDS_TOLD = 5;

/**
 * Loaded records whose row has another version (xmin) than the one that the load left: any edit shows, of whatever column. Rows
 * that another source wrote later are its own. The first in order of their keys are given to be compared.
 */
export async function findEdited(
  tables: ProofTables,
  place: Place,
): Promise<{ readonly count: number; readonly spots: readonly Spot[] }> {
  await tables.client.query("drop table if exists pg_temp.proof_edited");
  await tables.client.query(`create temp table proof_edited (key text collate "C", id text, fresh boolean)`);
  await tables.client.query(
    "insert into proof_edited select distinct key, id::text, fresh from proof_target where later is null and not as_left",
  );
  const counted = await tables.rows<{ n: string }>("select count(*) as n from proof_edited");
  const all = Number(counted[0]!.n);
  if (all === 0) return { count: 0, spots: [] };
  const spots = await tables.rows<Spot>(
    `select e.key, e.id, e.fresh, (select k.bucket from proof_key k where k.origin_id = $1 and k.key = e.key
         and k.bucket in ('inserted', 'updated', 'unchanged') limit 1) as bucket, null::text as later
       from (select * from proof_edited order by key limit ${MOST_COMPARED}) e order by e.key`,
    [place.origin],
  );
  return { count: all, spots };
}

/** What comparing them gave. Records that the source no longer holds, or leaves out now, are told elsewhere. */
export function editedRows(all: number, checks: readonly SpotCheck[]): EditedRows {
  const compared = checks.filter(({ problem }) => problem === null);
  const differing = compared.filter(({ ok }) => !ok);
  const left = new Set(
    compared.flatMap(({ ok, fields }) => (ok ? fields.flatMap((f) => (f.skipped === null ? [] : [f.field])) : [])),
  );
  const records = differing.slice(0, RECORDS_KEPT).map(
    ({ key, fields }): EditedRecord => ({
      key,
      fields: fields.flatMap(({ field, expected, target, ok }) => (ok ? [] : [{ field, expected, target }])),
    }),
  );
  return {
    count: all,
    compared: compared.length,
    differing: differing.length,
    records,
    ...(left.size === 0 ? {} : { left: [...left].sort() }),
  };
}

/** Owners by their names. */
export async function withOwners(users: Users, { mapping }: Place, rows: EditedRows): Promise<EditedRows> {
  const owners = new Set(mapping.fields.flatMap(({ owner, custom, target }) => (owner && !custom ? [target] : [])));
  const ids = rows.records.flatMap(({ fields }) =>
    fields.flatMap(({ field, expected, target }) =>
      owners.has(field) ? [expected, target].filter((id) => id !== null) : [],
    ),
  );
  const names = await ownerNames(users, ids);
  const records = rows.records.map(({ key, fields }) => ({
    key,
    fields: fields.map(({ field, expected, target }) =>
      owners.has(field)
        ? { field, expected: ownerText(names, expected), target: ownerText(names, target) }
        : { field, expected, target },
    ),
  }));
  return { ...rows, records };
}

/** A sentence per row that differs, naming record, field and both values; the first ones. */
export function editedProblems({ records, differing }: EditedRows): string[] {
  const told = records.slice(0, RECORDS_TOLD).map(({ key, fields }) => {
    const list = fields.map(({ field, expected, target }) => {
      const [source, held] = quoted(expected, target);
      return `${field} is ${held} in the target, the source says ${source}`;
    });
    return `${key} was edited in the target since: ${list.join("; ")}.`;
  });
  const more = differing - told.length;
  if (more > 0) {
    told.push(
      `${count(more)} further ${more === 1 ? "row was" : "rows were"} edited in the target since and ${more === 1 ? "differs" : "differ"} from the source.`,
    );
  }
  return told;
}

/** What the report says of edits that do not fail the proof, and of those that nobody looked at. */
export function editedNote(mapping: string, { count: all, compared, differing, left }: EditedRows): string | null {
  const equal = compared - differing;
  const bounded = all > MOST_COMPARED;
  if (equal === 0 && !bounded) return null;
  const rows = all === 1 ? "1 row was" : `${count(all)} rows were`;
  const which = equal === all ? "the mapped fields hold" : `in ${count(equal)} of them the mapped fields hold`;
  const but = left === undefined ? "" : `, but for ${listed(left)}, which a policy leaves to the target`;
  const bound = bounded ? ` Only the first ${count(MOST_COMPARED)} were looked at.` : "";
  return `${mapping}: ${rows} edited in the target since; ${which} what the source says${but}.${bound}`;
}
