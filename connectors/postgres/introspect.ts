/** Tables, columns, keys and constraints of a schema -> TargetModel, as they are. */
import type { Query } from "../../core/connector.ts";
import { ConfigError } from "../../core/errors.ts";
import { labelOf } from "../../core/labels.ts";
import {
  EXTERNAL_ID,
  EXTERNAL_SOURCE,
  type ModelField,
  type ModelObject,
  type TargetModel,
} from "../../core/schema.ts";
import { type CatalogColumn, type CatalogTable, readCatalog, schemaExists } from "./catalog.ts";
import { fieldType, maxLength } from "./field-types.ts";
import { loadOrder } from "./load-order.ts";
import { qualified, quoteText } from "./names.ts";
import { type PolymorphicLookup, polymorphicLookups } from "./polymorphic.ts";

export interface Introspection {
  readonly model: TargetModel;
  /** Tables that cannot be loaded into, with the reason. */
  readonly skipped: ReadonlyMap<string, string>;
}

/**
 * Reads a schema; every table with a primary key of one column becomes an object of the same name.
 * Throws ConfigError TARGET_SCHEMA_MISSING, or TARGET_SCHEMA_EMPTY when no table can be used.
 */
export async function introspectSchema(query: Query, schema: string): Promise<Introspection> {
  if (!(await schemaExists(query, schema))) {
    throw new ConfigError("TARGET_SCHEMA_MISSING", `model: introspect: the database has no schema "${schema}"`, {
      hint: "Set target.schema to the schema that holds the tables.",
    });
  }
  const catalog = await readCatalog(query, schema, null);
  const skipped = new Map<string, string>();
  const usable = new Map<string, { readonly table: CatalogTable; readonly key: CatalogColumn }>();
  for (const table of catalog.values()) {
    const columns = table.indexes.find((index) => index.primary)?.columns ?? [];
    const key = columns.length === 1 ? table.columns.get(columns[0]!) : undefined;
    if (key === undefined) {
      const why =
        columns.length === 0 ? "no primary key" : `a primary key of ${columns.length} columns (${columns.join(", ")})`;
      skipped.set(table.name, `it has ${why}; expected one column`);
    } else usable.set(table.name, { table, key });
  }
  if (usable.size === 0) {
    throw new ConfigError(
      "TARGET_SCHEMA_EMPTY",
      `model: introspect: schema "${schema}" has no table with a primary key of one column`,
      {
        hint: "Set target.schema to the schema that holds the tables, or use the shipped model.",
      },
    );
  }
  const keyOf = (table: string) => usable.get(table)?.key.name;
  const objects = new Map(
    [...usable.values()].map(({ table, key }) => [table.name, object(schema, table, key, keyOf)]),
  );
  const model = {
    name: "introspect",
    managed: false,
    schema,
    objects,
    order: loadOrder([...objects.values()]),
    place: {},
  };
  return { model, skipped };
}

/** `introspectSchema` without what was left out. */
export async function introspect(query: Query, schema: string): Promise<TargetModel> {
  return (await introspectSchema(query, schema)).model;
}

type KeyOf = (table: string) => string | undefined;

function object(schema: string, table: CatalogTable, key: CatalogColumn, keyOf: KeyOf): ModelObject {
  const idDefault = newId(schema, table.name, key);
  const hasExternalId = hasUnique(table, [EXTERNAL_ID, EXTERNAL_SOURCE]);
  const hasCustom = table.columns.get("custom")?.type === "jsonb";
  const hidden = [
    ...(idDefault === null ? [] : [key.name]),
    ...(hasExternalId ? [EXTERNAL_ID, EXTERNAL_SOURCE] : []),
    ...(hasCustom ? ["custom"] : []),
  ];
  const several = polymorphicLookups(table, (name) => keyOf(name) !== undefined);
  const fields = [...table.columns.values()]
    .filter((column) => !column.generated && column.identity !== "a" && !hidden.includes(column.name))
    .map((column) => field(schema, table, column, several.get(column.name), keyOf));
  return {
    name: table.name,
    label: labelOf(table.name),
    table: table.name,
    fields: new Map(fields.map((each) => [each.name, each])),
    requireAny: [],
    idColumn: key.name,
    idType: key.type,
    idDefault,
    idAlways: key.identity === "a",
    hasExternalId,
    hasCustom,
    hasTimestamps: ["created_at", "updated_at"].every(
      (name) => table.columns.get(name)?.type.startsWith("timestamp") === true,
    ),
  };
}

/** An identity's sequence is looked up once per statement; a default is taken as it is. */
function newId(schema: string, table: string, key: CatalogColumn): string | null {
  if (key.identity === "") return key.generated ? null : key.expression;
  const [name, column] = [quoteText(qualified(schema, table)), quoteText(key.name)];
  return `nextval((select pg_get_serial_sequence(${name}, ${column})::regclass))`;
}

function field(
  schema: string,
  table: CatalogTable,
  column: CatalogColumn,
  several: PolymorphicLookup | undefined,
  keyOf: KeyOf,
): ModelField {
  const lookup = several?.objects ?? single(schema, table, column, keyOf);
  const type = lookup === null ? fieldType(column) : /^owner(_id)?$/i.test(column.name) ? "owner" : "reference";
  const options = column.labels?.map((value) => ({ value, label: labelOf(value) })) ?? null;
  return {
    name: column.name,
    label: labelOf(column.name.replace(/_id$/i, "")),
    type,
    required: column.notNull && column.expression === null && column.identity === "",
    unique: hasUnique(table, [column.name]),
    maxLength: maxLength(column),
    options,
    lookup,
    typeField: several?.typeField ?? null,
    currencyField: null,
    columnType: column.type,
    column: column.name,
    description: column.comment,
  };
}

/** The table that the column refers to, when it refers to that table's primary key. */
function single(schema: string, table: CatalogTable, column: CatalogColumn, keyOf: KeyOf): readonly string[] | null {
  const key = table.foreignKeys.find(
    (each) =>
      each.columns.length === 1 &&
      each.columns[0] === column.name &&
      each.schema === schema &&
      keyOf(each.table) !== undefined &&
      keyOf(each.table) === each.targetColumns[0],
  );
  return key === undefined ? null : [key.table];
}

function hasUnique(table: CatalogTable, columns: readonly string[]): boolean {
  return table.indexes.some(
    (index) =>
      index.unique &&
      index.valid &&
      !index.partial &&
      index.columns.length === columns.length &&
      columns.every((name) => index.columns.includes(name)),
  );
}
