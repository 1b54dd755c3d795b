/** Whether the keys to be loaded are in the target already under another name: a source renamed, or a key changed. */
import { counted } from "../counted.ts";
import type { Problem } from "../errors.ts";
import type { Stage } from "../mapping/types.ts";
import { ident, table } from "../store/quote.ts";
import type { StageScan } from "./coverage.ts";
import { sourcesOf } from "./merge/plan.ts";
import type { Session } from "./session.ts";

/** Share of the sampled keys that must be there under another external_source. */
const LARGELY = 0.5;

interface Held {
  readonly source: string;
  readonly keys: number;
}

/**
 * SOURCE_RENAMED where at least half of an object's first keys are in the target under an external_source that is not this
 * migration's, and not under its own; KEY_CHANGED where this mapping loaded records before and none of its first keys is
 * among them. Both would load everything a second time. Reads only.
 */
export async function keyWarnings(session: Session, scans: readonly StageScan[]): Promise<Problem[]> {
  const renamed = new Map<string, string[]>();
  const warnings: Problem[] = [];
  for (const [index, stage] of session.stages.entries()) {
    const keys = [...new Set(scans[index]!.keys)];
    if (keys.length === 0 || stage.mapping.mode === "update") continue;
    const { mapping } = stage;
    const held = await holders(session, stage, keys);
    const own = sourcesOf(session.mappings.mappings, mapping.object, session.config.source.name);
    const mine = held.filter(({ source }) => own.includes(source)).reduce((sum, { keys: n }) => sum + n, 0);
    if (mine > 0) continue;
    const other = held.filter(({ source }) => !own.includes(source)).sort((a, b) => b.keys - a.keys)[0];
    if (other !== undefined && other.keys >= keys.length * LARGELY) {
      const name = sourceName(other.source, mapping.keyspace);
      const share = `${mapping.object} (${other.keys} of the first ${counted(keys.length, "key")})`;
      renamed.set(name, [...(renamed.get(name) ?? []), share]);
      continue;
    }
    const loaded = await loadedBefore(session, stage);
    if (loaded > 0) warnings.push(keyChanged(stage, keys.length, loaded));
  }
  for (const [name, objects] of renamed) warnings.unshift(sourceRenamed(session, name, objects));
  return warnings;
}

/** The source's name in an external_source; a keyspace is said by the mapping. */
function sourceName(external: string, keyspace: string | null): string {
  const suffix = keyspace === null ? "" : `/${keyspace}`;
  return suffix !== "" && external.endsWith(suffix) ? external.slice(0, -suffix.length) : external;
}

function sourceRenamed(session: Session, name: string, objects: readonly string[]): Problem {
  const now = session.config.source.name;
  return {
    code: "SOURCE_RENAMED",
    message: `the target holds these records already, loaded from "${name}": ${objects.join(", ")}; as "${now}" they would be loaded a second time`,
    place: { file: session.config.file },
    hint: `If the migration was renamed, set \`source.name: ${name}\`; if it is another system whose ids happen to be the same, go on.`,
    severity: "warning",
  };
}

function keyChanged({ mapping }: Stage, keys: number, loaded: number): Problem {
  return {
    code: "KEY_CHANGED",
    message: `${mapping.object}: none of the first ${counted(keys, "key")} (${mapping.key.join(" + ")}) is among the ${counted(loaded, "record")} that this mapping loaded before; they would be loaded as new records`,
    place: mapping.place,
    hint: "If `key` was changed, put it back, or roll the earlier run back first; if the source holds new records only, go on.",
    severity: "warning",
  };
}

/** Where the keys are: in external_id, and in the id map. */
async function holders(session: Session, { mapping }: Stage, keys: readonly string[]): Promise<readonly Held[]> {
  const { model, database } = session;
  const object = model.objects.get(mapping.object)!;
  const name = table(model.schema, object.table);
  const counts = new Map<string, number>();
  const add = async (sql: string, values: readonly unknown[]): Promise<void> => {
    const { rows } = await database.query<{ source: string | null; keys: string }>(sql, values);
    for (const { source, keys: n } of rows)
      if (source !== null) counts.set(source, (counts.get(source) ?? 0) + Number(n));
  };
  if (object.hasExternalId && (await hasExternal(session, name))) {
    await add(
      `select external_source as source, count(*) as keys from ${name} where external_id = any($1::text[]) group by 1`,
      [keys],
    );
  }
  if (await exists(session, `${ident("migrate")}.${ident("id_map")}`)) {
    await add(
      "select external_source as source, count(*) as keys from migrate.id_map where object = $2 and external_id = any($1::text[]) and (kind <> 'row' or not $3) group by 1",
      // rows that hold their own id are counted above
      [keys, mapping.object, object.hasExternalId],
    );
  }
  return [...counts].map(([source, n]) => ({ source, keys: n }));
}

/** Records in the target that this mapping loaded. */
async function loadedBefore(session: Session, { mapping }: Stage): Promise<number> {
  if (!(await exists(session, `${ident("migrate")}.${ident("ledger")}`))) return 0;
  const external =
    mapping.keyspace === null ? session.config.source.name : `${session.config.source.name}/${mapping.keyspace}`;
  const { rows } = await session.database.query<{ loaded: string }>(
    `select count(*) as loaded from migrate.ledger
     where origin_id = (select id from migrate.origin where external_source = $1 and mapping = $2)`,
    [external, mapping.id],
  );
  return Number(rows[0]!.loaded);
}

async function exists(session: Session, name: string): Promise<boolean> {
  const { rows } = await session.database.query<{ found: string | null }>("select to_regclass($1)::text as found", [
    name,
  ]);
  return rows[0]!.found !== null;
}

/** A table that is there may lack the columns yet. */
async function hasExternal(session: Session, name: string): Promise<boolean> {
  const { rows } = await session.database.query<{ columns: string }>(
    "select count(*) as columns from pg_attribute where attrelid = to_regclass($1) and attname in ('external_id', 'external_source') and not attisdropped",
    [name],
  );
  return Number(rows[0]!.columns) === 2;
}
