/** Tables of the target model under their names in SQL; one that is gone is an empty one, so that its rows count as lost. */
import type pg from "pg";
import { EXTERNAL_ID, EXTERNAL_SOURCE, type ModelObject, type TargetModel } from "../schema.ts";
import { ident, table } from "../store/quote.ts";

export interface TargetTables {
  /** Quoted name, to be used on the connection that `targetTables` was given. */
  name(object: ModelObject): string;
  /** Objects whose table is not in the target. */
  readonly absent: ReadonlySet<string>;
  /** Takes the stand-ins away. */
  drop(): Promise<void>;
}

/** Looks which tables of the model exist, and makes empty temporary stand-ins for those that do not. */
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
  return {
    name: (object) => standIns.get(object.name) ?? table(model.schema, object.table),
    absent: new Set(standIns.keys()),
    drop: async () => {
      for (const name of standIns.values()) await client.query(`drop table if exists ${name}`);
    },
  };
}

function columnsOf(object: ModelObject): Map<string, string> {
  const columns = new Map([[object.idColumn, object.idType]]);
  for (const field of object.fields.values()) columns.set(field.column, field.columnType);
  if (object.hasExternalId) columns.set(EXTERNAL_SOURCE, "text").set(EXTERNAL_ID, "text");
  if (object.hasCustom) columns.set("custom", "jsonb");
  if (object.hasTimestamps) columns.set("created_at", "timestamptz").set("updated_at", "timestamptz");
  return columns;
}
