/** What refers to rows of an object: foreign keys of the database, and references that name their object in another column. */
import type pg from "pg";
import type { ModelObject, TargetModel } from "../schema.ts";
import { ident, literal, table } from "../store/quote.ts";
import { LINKS } from "./delta-policy.ts";
import { hasLedger, type MergePlan } from "./merge/plan.ts";
import { hashSql } from "./merge/written.ts";

/** A column that may refer to rows of the object. */
export interface Referrer {
  /** Quoted table, and its name for people. */
  readonly table: string;
  readonly name: string;
  /** null: the model does not know the table. */
  readonly object: ModelObject | null;
  readonly column: string;
  /** Its type, as PostgreSQL prints it. */
  readonly type: string;
  readonly required: boolean;
  /** Column that names the object referred to; null: it is always this one. */
  readonly typeColumn: string | null;
}

/** Every referrer, links (see LINKS) aside. */
export async function referrersOf(
  client: pg.ClientBase,
  model: TargetModel,
  object: ModelObject,
): Promise<readonly Referrer[]> {
  const byTable = new Map([...model.objects.values()].map((each) => [each.table, each]));
  const { rows } = await client.query<{
    schema: string;
    name: string;
    column: string;
    type: string;
    required: boolean;
    made: boolean;
  }>(
    `select n.nspname as schema, c.relname as name, a.attname::text as column, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as required, a.attgenerated <> '' as made
     from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
       join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
     where k.contype = 'f' and k.confrelid = $1::regclass and array_length(k.conkey, 1) = 1 order by 1, 2, 3`,
    [table(model.schema, object.table)],
  );
  // references that name their object in another column have a generated column per object, for its foreign key
  const plain = rows.filter((row) => !(row.made && row.schema === model.schema && byTable.has(row.name)));
  const found: Referrer[] = plain.map((row) => ({
    table: table(row.schema, row.name),
    name: row.name,
    object: row.schema === model.schema ? (byTable.get(row.name) ?? null) : null,
    column: row.column,
    type: row.type,
    required: row.required,
    typeColumn: null,
  }));
  for (const from of model.objects.values()) {
    if (from.name === LINKS || (await absent(client, table(model.schema, from.table)))) continue;
    for (const field of from.fields.values()) {
      if (field.lookup?.includes(object.name) !== true) continue;
      if (found.some((each) => each.object === from && each.column === field.column)) continue;
      const typed = field.typeField === null ? undefined : from.fields.get(field.typeField);
      if (field.lookup.length > 1 && typed === undefined) continue;
      found.push({
        table: table(model.schema, from.table),
        name: from.table,
        object: from,
        column: field.column,
        type: field.columnType,
        required: field.required,
        typeColumn: typed?.column ?? null,
      });
    }
  }
  return found;
}

async function absent(client: pg.ClientBase, name: string): Promise<boolean> {
  const { rows } = await client.query<{ there: string | null }>("select to_regclass($1)::text as there", [name]);
  return rows[0]!.there === null;
}

/** SQL that is true where row `alias` of a referrer refers to a row whose id, as text, is `id`. */
export function refersTo(ref: Referrer, object: ModelObject, alias: string, id: string): string {
  const type = ref.typeColumn === null ? "" : ` and ${alias}.${ident(ref.typeColumn)} = ${literal(object.name)}`;
  return `${alias}.${ident(ref.column)} = ${id}${type}`;
}

/** Temporary table of rows of a referrer that change: `id`, `new` (id referred to from now on, as text; null: none), `was` (xmin). */
export const CHANGING = "migrate_changing";

/**
 * Changes the references of the rows in CHANGING: before-images, the update, and everything that must not take it for an edit of
 * users. In the caller's transaction.
 */
export async function changeReferences(client: pg.ClientBase, plan: MergePlan, ref: Referrer): Promise<number> {
  const { object } = ref;
  if (object === null) return 0;
  const id = ident(object.idColumn);
  await client.query(
    `insert into migrate.before_image (run_id, origin_id, object, target_id, row, what, was)
     select $1, $2, $3, t.${id}::text, to_jsonb(t), 'updated', t.xmin from ${CHANGING} c join ${ref.table} t on t.${id} = c.id`,
    [plan.runId, plan.originId, object.name],
  );
  const typed =
    ref.typeColumn === null
      ? ""
      : `, ${ident(ref.typeColumn)} = case when c.new is null then null else t.${ident(ref.typeColumn)} end`;
  const done = await client.query(
    `update ${ref.table} t set ${ident(ref.column)} = c.new::${ref.type}${typed} from ${CHANGING} c where t.${id} = c.id`,
  );
  await ownWriting(client, object, ref.table);
  await rememberWritten(client, object, ref);
  return done.rowCount ?? 0;
}

/** The rows in CHANGING (`id`, `was`) were changed by us: who knew their version knows the new one. */
export async function ownWriting(client: pg.ClientBase, object: ModelObject, name: string): Promise<void> {
  const id = ident(object.idColumn);
  if (hasLedger(object)) {
    await client.query(
      `update migrate.ledger l set version = t.xmin from ${CHANGING} c join ${name} t on t.${id} = c.id, migrate.origin o
       where o.object = $1 and l.origin_id = o.id and l.target_id = c.id::bigint and l.version = c.was`,
      [object.name],
    );
    return;
  }
  await client.query(
    `update migrate.id_map m set version = t.xmin from ${CHANGING} c join ${name} t on t.${id} = c.id
     where m.object = $1 and m.target_id = c.id::text and m.version = c.was`,
    [object.name],
  );
}

/** What was written into the references is what the rows hold now. */
async function rememberWritten(client: pg.ClientBase, object: ModelObject, ref: Referrer): Promise<void> {
  const field = [...object.fields.values()].find(({ column }) => column === ref.column);
  if (field === undefined) return;
  const { rows } = await client.query<{ id: number; columns: string[] }>(
    "select id, columns from migrate.origin where object = $1 order by id",
    [object.name],
  );
  const id = ident(object.idColumn);
  for (const origin of rows) {
    const position = origin.columns.findIndex((entry) => entry.startsWith(`${field.name} `)) + 1;
    if (position === 0) continue;
    const types = origin.columns[position - 1]!.slice(field.name.length + 1).split(" + ");
    const hashes = [ref.column, ref.typeColumn].flatMap((column, index) =>
      column === null || types[index] === undefined
        ? []
        : [`coalesce(${hashSql(`t.${ident(column)}`, types[index])}, 0)`],
    );
    const known = `from ${CHANGING} c join ${ref.table} t on t.${id} = c.id`;
    const set = `set written[${position}] = ${hashes.join(" # ")}`;
    await client.query(
      hasLedger(object)
        ? `update migrate.ledger l ${set} ${known} where l.origin_id = $1 and l.target_id = c.id::bigint and l.written[${position}] is not null`
        : `update migrate.id_map l ${set} ${known} where l.origin_id = $1 and l.target_id = c.id::text and l.written[${position}] is not null`,
      [origin.id],
    );
  }
}
