/** Tables of the target model under their names in SQL; one that is gone is an empty one, so that its rows count as lost, and a column that is gone an empty one. */
import type pg from "pg";
import { EXTERNAL_ID, EXTERNAL_SOURCE, type ModelObject, type TargetModel } from "../schema.ts";
import { ident, table } from "../store/quote.ts";

export interface TargetTables {
  /** Quoted name, to be used on the connection that `targetTables` was given. */
  name(object: ModelObject): string;
  /** Objects whose table is not in the target. */
  readonly absent: ReadonlySet<string>;
  /** Columns that are not in the target, by object. */
  readonly absentColumns: ReadonlyMap<string, readonly string[]>;
  /** Takes the stand-ins away. */
  drop(): Promise<void>;
}

/** Looks which tables and columns of the model exist, and makes empty temporary stand-ins for those that do not. */
export async function targetTables(client: pg.ClientBase, model: TargetModel): Promise<TargetTables> {
  const objects = [...model.objects.values()];
  const { rows } = await client.query<{ found: string | null }>(
    "select to_regclass(name)::text as found from unnest($1::text[]) with ordinality as n(name, at) order by at",
    [objects.map((object) => table(model.schema, object.table))],
  );
  const gone = objects.filter((_, index) => rows[index]!.found === null);
  const standIns = new Map(gone.map((object, index) => [object.name, `pg_temp.proof_absent_${index}`]));
  for (const object of gone) {
    const name = standIns.get(object.name)!;
    await client.query(`drop table if exists ${name}`);
    await client.query(
      `create temp table ${name.replace("pg_temp.", "")} (${[...columnsOf(object)].map(([column, type]) => `${ident(column)} ${type}`).join(", ")})`,
    );
  }
  const absentColumns = await columnsGone(
    client,
    model,
    objects.filter((object) => !standIns.has(object.name)),
  );
  const views = new Map([...absentColumns.keys()].map((name, index) => [name, `pg_temp.proof_short_${index}`]));
  for (const [name, view] of views) {
    const object = model.objects.get(name)!;
    const types = columnsOf(object);
    const empty = absentColumns.get(name)!.map((column) => `null::${types.get(column)!} as ${ident(column)}`);
    await client.query(`drop view if exists ${view}`);
    await client.query(
      `create temp view ${view.replace("pg_temp.", "")} as select t.xmin, t.*, ${empty.join(", ")} from ${table(model.schema, object.table)} t`,
    );
  }
  return {
    name: (object) => standIns.get(object.name) ?? views.get(object.name) ?? table(model.schema, object.table),
    absent: new Set(standIns.keys()),
    absentColumns,
    drop: async () => {
      for (const name of standIns.values()) await client.query(`drop table if exists ${name}`);
      for (const name of views.values()) await client.query(`drop view if exists ${name}`);
    },
  };
}

async function columnsGone(
  client: pg.ClientBase,
  model: TargetModel,
  objects: readonly ModelObject[],
): Promise<Map<string, readonly string[]>> {
  const { rows } = await client.query<{ columns: string[] }>(
    `select array(select attname::text from pg_attribute where attrelid = to_regclass(name) and attnum > 0 and not attisdropped) as columns
       from unnest($1::text[]) with ordinality as n(name, at) order by at`,
    [objects.map((object) => table(model.schema, object.table))],
  );
  const gone = new Map<string, readonly string[]>();
  for (const [index, object] of objects.entries()) {
    const held = new Set(rows[index]!.columns);
    const columns = [...columnsOf(object).keys()].filter((column) => !held.has(column));
    if (columns.length > 0) gone.set(object.name, columns);
  }
  return gone;
}

function columnsOf(object: ModelObject): Map<string, string> {
  const columns = new Map([[object.idColumn, object.idType]]);
  for (const field of object.fields.values()) columns.set(field.column, field.columnType);
  if (object.hasExternalId) columns.set(EXTERNAL_SOURCE, "text").set(EXTERNAL_ID, "text");
  if (object.hasCustom) columns.set("custom", "jsonb");
  if (object.hasTimestamps) columns.set("created_at", "timestamptz").set("updated_at", "timestamptz");
  return columns;
}
