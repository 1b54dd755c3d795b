/** What pg_catalog says about the tables of a schema; three set-based queries, whatever the number of tables. */
import type { Query } from "../../core/connector.ts";

export interface CatalogColumn {
  readonly name: string;
  /** As `format_type` prints it. */
  readonly type: string;
  /** The same without domain: `format_type` of the base type. */
  readonly baseType: string;
  readonly notNull: boolean;
  /** `a`: generated always, `d`: by default, "": no identity. */
  readonly identity: "a" | "d" | "";
  readonly generated: boolean;
  /** Default, or the expression of a generated column. */
  readonly expression: string | null;
  /** Labels of an enum (or of an array of enums), in order. */
  readonly labels: readonly string[] | null;
  readonly comment: string | null;
}

export interface CatalogIndex {
  readonly name: string;
  /** In order; expressions are "". */
  readonly columns: readonly string[];
  readonly unique: boolean;
  readonly primary: boolean;
  readonly partial: boolean;
  readonly valid: boolean;
}

export interface CatalogForeignKey {
  readonly name: string;
  readonly columns: readonly string[];
  readonly schema: string;
  readonly table: string;
  readonly targetColumns: readonly string[];
  /** ` ON DELETE CASCADE DEFERRABLE ...`: what must follow REFERENCES so that the key is the same again. */
  readonly suffix: string;
}

export interface CatalogTable {
  readonly name: string;
  /** `r` table, `p` partitioned table; others (`v` view, `S` sequence, `i` index...) occupy the name. */
  readonly kind: string;
  readonly comment: string | null;
  readonly columns: ReadonlyMap<string, CatalogColumn>;
  readonly indexes: readonly CatalogIndex[];
  readonly foreignKeys: readonly CatalogForeignKey[];
}

/** Relations of a schema by name: those of `names`, or with null every table that is not a partition. */
export async function readCatalog(
  query: Query,
  schema: string,
  names: readonly string[] | null,
): Promise<ReadonlyMap<string, CatalogTable>> {
  const columns = await query<ColumnRow>(COLUMNS, [schema, names]);
  const indexes = await query<IndexRow>(INDEXES, [schema, names]);
  const keys = await query<KeyRow>(FOREIGN_KEYS, [schema, names]);
  const tables = new Map<string, CatalogTable & { columns: Map<string, CatalogColumn> }>();
  for (const { table, kind, table_comment, ...column } of columns.rows) {
    if (!tables.has(table)) {
      tables.set(table, {
        name: table,
        kind,
        comment: table_comment,
        columns: new Map(),
        indexes: indexes.rows.filter((row) => row.table === table).map(({ table: _, ...index }) => index),
        foreignKeys: keys.rows.filter((row) => row.table === table).map(foreignKey),
      });
    }
    if (column.name !== null) tables.get(table)!.columns.set(column.name, { ...column, name: column.name });
  }
  return tables;
}

export async function schemaExists(query: Query, schema: string): Promise<boolean> {
  return (await query("select 1 from pg_namespace where nspname = $1", [schema])).rows.length > 0;
}

type ColumnRow = Omit<CatalogColumn, "name"> & {
  readonly table: string;
  readonly kind: string;
  readonly table_comment: string | null;
  readonly name: string | null;
};
type IndexRow = CatalogIndex & { readonly table: string };
interface KeyRow {
  readonly table: string;
  readonly name: string;
  readonly columns: readonly string[];
  readonly target_schema: string;
  readonly target: string;
  readonly target_columns: readonly string[];
  readonly on_delete: string;
  readonly on_update: string;
  readonly deferrable: boolean;
  readonly deferred: boolean;
}

const ACTIONS: Readonly<Record<string, string>> = { r: "RESTRICT", c: "CASCADE", n: "SET NULL", d: "SET DEFAULT" };

function foreignKey(row: KeyRow): CatalogForeignKey {
  const [onDelete, onUpdate] = [ACTIONS[row.on_delete], ACTIONS[row.on_update]];
  const suffix = [
    onUpdate === undefined ? "" : ` ON UPDATE ${onUpdate}`,
    onDelete === undefined ? "" : ` ON DELETE ${onDelete}`,
    row.deferrable ? ` DEFERRABLE${row.deferred ? " INITIALLY DEFERRED" : ""}` : "",
  ].join("");
  return {
    name: row.name,
    columns: row.columns,
    schema: row.target_schema,
    table: row.target,
    targetColumns: row.target_columns,
    suffix,
  };
}

/** $1 schema, $2 names or null. */
const RELATIONS = `
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace and n.nspname = $1`;
const WANTED = `
  where case when $2::text[] is null then c.relkind in ('r', 'p') and not c.relispartition
             else c.relname = any ($2::text[]) end`;

const COLUMNS = `
  select c.relname::text as "table", c.relkind::text as kind, obj_description(c.oid, 'pg_class') as table_comment,
         a.attname::text as name, format_type(a.atttypid, a.atttypmod) as type,
         case when t.typtype = 'd' then format_type(t.typbasetype, t.typtypmod)
              else format_type(a.atttypid, a.atttypmod) end as "baseType",
         a.attnotnull or t.typnotnull as "notNull", a.attidentity::text as identity, a.attgenerated <> '' as generated,
         coalesce(pg_get_expr(d.adbin, d.adrelid), t.typdefault) as expression,
         (select array_agg(e.enumlabel::text order by e.enumsortorder) from pg_catalog.pg_enum e
           where e.enumtypid in (t.oid, t.typelem, t.typbasetype)) as labels,
         col_description(c.oid, a.attnum) as comment
  ${RELATIONS}
  left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  left join pg_catalog.pg_type t on t.oid = a.atttypid
  left join pg_catalog.pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
  ${WANTED}
  order by c.relname, a.attnum`;

const INDEXES = `
  select c.relname::text as "table", i.relname::text as name, x.indisunique as "unique", x.indisprimary as "primary",
         x.indpred is not null as partial, x.indisvalid as valid,
         array(select coalesce(a.attname::text, '')
                 from unnest(x.indkey[0:x.indnkeyatts - 1]::int[]) with ordinality k (attnum, place)
                 left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
                order by k.place) as columns
  ${RELATIONS}
  join pg_catalog.pg_index x on x.indrelid = c.oid
  join pg_catalog.pg_class i on i.oid = x.indexrelid
  ${WANTED}
  order by c.relname, i.relname`;

const FOREIGN_KEYS = `
  select c.relname::text as "table", k.conname::text as name, tn.nspname::text as target_schema, t.relname::text as target,
         k.confdeltype::text as on_delete, k.confupdtype::text as on_update,
         k.condeferrable as "deferrable", k.condeferred as "deferred",
         array(select a.attname::text from unnest(k.conkey) with ordinality u (attnum, place)
                 join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.attnum
                order by u.place) as columns,
         array(select a.attname::text from unnest(k.confkey) with ordinality u (attnum, place)
                 join pg_catalog.pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.attnum
                order by u.place) as target_columns
  ${RELATIONS}
  join pg_catalog.pg_constraint k on k.conrelid = c.oid and k.contype = 'f'
  join pg_catalog.pg_class t on t.oid = k.confrelid
  join pg_catalog.pg_namespace tn on tn.oid = t.relnamespace
  ${WANTED}
  order by c.relname, k.conname`;
