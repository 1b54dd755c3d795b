/** Rejects that a later run has tried again: they count there, and records that somebody edited are not held against the source. */
import type { Place } from "./place.ts";
import { type ProofTables, SEEN } from "./proof-tables.ts";

/** A record of the source that was loaded, or rejected again, as somebody edited it. */
export interface EditedReject {
  /** The key that it was given. */
  readonly key: string;
  readonly loaded: boolean;
}

export interface RetriedRecords {
  /** By the key that the source still has. */
  readonly edited: ReadonlyMap<string, EditedReject>;
  /** Records in the target that come from edited files, those included that the source has no key of. */
  readonly count: number;
}

const NONE: RetriedRecords = { edited: new Map(), count: 0 };

interface Row {
  readonly key: string | null;
  /** What outcomes call the record: its key, else its line. */
  readonly name: string;
  readonly newKey: string | null;
  readonly edited: boolean;
  readonly loaded: boolean;
}

/**
 * Takes retried rejects out of `proof_key` where they have another key now, or never had one, and notes what comes from edited
 * files as shared: what the source says of it is not what the target must hold. Comes after `create`, before the source is read.
 */
export async function noteRetried(
  tables: ProofTables,
  { origin }: Pick<Place, "origin">,
  runIds: readonly string[],
): Promise<RetriedRecords> {
  const known = await tables.rows<{ there: string | null }>("select to_regclass('migrate.retried')::text as there");
  if (known[0]!.there === null) return NONE;
  const rows = await tables.rows<Row>(
    `select nullif(x.key, '') as key, coalesce(nullif(x.key, ''), 'line ' || x.line) as name, nullif(x.new_key, '') as "newKey", x.edited,
       exists (select from proof_key k where k.origin_id = $1 and k.key = x.new_key
         and k.bucket in ('inserted', 'updated', 'unchanged')) as loaded
     from migrate.retried x where x.origin_id = $1 and x.run_id = any($2) and x.of_run_id = any($2) order by x.run_id, x.line`,
    [origin, [...runIds]],
  );
  if (rows.length === 0) return NONE;
  const moved = rows.filter(({ name, newKey }) => newKey !== null && newKey !== name).map(({ name }) => name);
  await tables.client.query(
    `delete from proof_key where ctid in (
       select p.ctid from (select ctid, key, row_number() over (partition by key) as n
           from proof_key where origin_id = $1 and bucket = 'rejected') p
         join (select key, count(*) as n from unnest($2::text[]) as m(key) group by 1) c on c.key = p.key and p.n <= c.n)`,
    [origin, moved],
  );
  tables.changed();
  return noteEdited(tables, origin, rows);
}

async function noteEdited(tables: ProofTables, origin: number, rows: readonly Row[]): Promise<RetriedRecords> {
  const edited = new Map<string, EditedReject>();
  const keyless: EditedReject[] = [];
  // a record that was rejected again under its new key, and then edited once more, is found by the key that the source has
  const begun = new Map<string, string>();
  for (const { key, newKey, loaded, edited: isEdited } of rows) {
    if (!isEdited || newKey === null) continue;
    if (key === null) {
      keyless.push({ key: newKey, loaded });
      continue;
    }
    const own = begun.get(key) ?? key;
    begun.set(newKey, own);
    edited.set(own, { key: newKey, loaded });
  }
  const all = [...edited.values(), ...keyless].filter(({ loaded }) => loaded).map(({ key }) => key);
  await tables.client.query(
    "insert into proof_shared select distinct $1::integer, k from unnest($2::text[]) k on conflict do nothing",
    [origin, all],
  );
  for (const { key, loaded } of keyless) tables.addSeen(origin, loaded ? SEEN.loaded : SEEN.rejected, key, []);
  return { edited, count: new Set(all).size };
}

/** What the report says of them. */
export function retriedNote(mapping: string, count: number): string {
  const words =
    count === 1
      ? "1 record was loaded from an edited reject file: the source still holds it as it was rejected, so its values are"
      : `${count.toLocaleString("en-US")} records were loaded from edited reject files: the source still holds them as they were rejected, so their values are`;
  return `${mapping}: ${words} not compared with it.`;
}
