/** Compares a model with the database and says what must be created. Reads only. */
import type { ForeignKey, Query, TableChanges } from "../../core/connector.ts";
import { ConfigError, type Problem } from "../../core/errors.ts";
import type { ModelObject, TargetModel } from "../../core/schema.ts";
import { type CatalogTable, readCatalog, schemaExists } from "./catalog.ts";
import { canHold } from "./column-fit.ts";
import {
  addColumn,
  createIndex,
  createTable,
  fieldColumn,
  type WantedForeignKey,
  type WantedIndex,
  wantedColumns,
  wantedForeignKeys,
  wantedIndexes,
} from "./columns.ts";
import { qualified, quoteName } from "./names.ts";

const NOTHING: TableChanges = { create: [], extend: [], statements: [], foreignKeys: [] };
const KINDS: Readonly<Record<string, string>> = {
  v: "a view",
  m: "a materialized view",
  S: "a sequence",
  i: "an index",
  I: "an index",
  f: "a foreign table",
  c: "a type",
};

/**
 * What is missing so that the tables hold the model; statements create and add, in order, foreign keys apart.
 * Introspected models are used as they are: nothing but the columns that mappings create. Throws one ConfigError with every TARGET_COLUMN_TYPE,
 * TARGET_COLUMN_REQUIRED and TARGET_TABLE_KIND found.
 */
export async function planTables(query: Query, model: TargetModel): Promise<TableChanges> {
  if (!model.managed) return planCreated(query, model);
  const objects = [...model.objects.values()];
  const found = await readCatalog(
    query,
    model.schema,
    objects.map((object) => object.table),
  );
  const problems = objects.flatMap((object) => check(model, object, found.get(object.table)));
  if (problems.length > 0) throw ConfigError.of(problems);
  const create: string[] = [];
  const extend = new Set<string>();
  const statements = (await schemaExists(query, model.schema)) ? [] : [`CREATE SCHEMA ${quoteName(model.schema)}`];
  for (const object of objects) {
    const table = found.get(object.table);
    if (table === undefined) {
      create.push(object.name);
      statements.push(createTable(model.schema, object));
    } else {
      for (const column of wantedColumns(object)) {
        if (table.columns.has(column.name)) continue;
        extend.add(`${object.name}.${column.field}`);
        statements.push(addColumn(model.schema, object, column));
      }
    }
    for (const index of wantedIndexes(object)) {
      if (!hasIndex(table, index)) statements.push(createIndex(model.schema, object, index));
    }
  }
  const foreignKeys = objects.flatMap((object) =>
    wantedForeignKeys(model, object).map((key) => foreignKey(model.schema, object, key, found.get(object.table))),
  );
  return { create, extend: [...extend], statements, foreignKeys };
}

/** Columns that mappings create in tables that are used as they are. */
async function planCreated(query: Query, model: TargetModel): Promise<TableChanges> {
  const objects = [...model.objects.values()].filter(({ fields }) =>
    [...fields.values()].some(({ created }) => created),
  );
  if (objects.length === 0) return NOTHING;
  const found = await readCatalog(
    query,
    model.schema,
    objects.map(({ table }) => table),
  );
  const extend: string[] = [];
  const statements: string[] = [];
  for (const object of objects) {
    for (const field of object.fields.values()) {
      if (field.created !== true || found.get(object.table)?.columns.has(field.column) !== false) continue;
      extend.push(`${object.name}.${field.name}`);
      statements.push(addColumn(model.schema, object, fieldColumn(field)));
    }
  }
  return { ...NOTHING, extend, statements };
}

function check(model: TargetModel, object: ModelObject, table: CatalogTable | undefined): readonly Problem[] {
  if (table === undefined) return [];
  const problems: Problem[] = [];
  const add = (code: string, name: string, expected: string, got: string, hint: string) => {
    const where = [model.schema, object.table, ...(name === "" ? [] : [name])].join(".");
    const place = { object: object.name, ...(name === "" ? {} : { field: name }) };
    problems.push({ code, message: `${where}: expected ${expected}, found ${got}`, place, hint, severity: "error" });
  };
  if (!["r", "p"].includes(table.kind)) {
    add("TARGET_TABLE_KIND", "", "a table", KINDS[table.kind] ?? "something else", "Rename it, or use another schema.");
    return problems;
  }
  const wanted = new Map(wantedColumns(object).map((column) => [column.name, column]));
  for (const column of wanted.values()) {
    const found = table.columns.get(column.name);
    if (found === undefined) {
      if (column.name === object.idColumn)
        add("TARGET_COLUMN_TYPE", column.name, column.type, "no such column", OTHER_TABLES);
      continue;
    }
    if (!canHold(found.type, column.type, column.maxLength)) {
      add("TARGET_COLUMN_TYPE", column.name, column.type, found.type, CONVERT);
    } else if (found.generated !== column.generated) {
      const [expected, got] = column.generated
        ? ["a generated column", "an ordinary one"]
        : ["a column that can be written", "a generated one"];
      add("TARGET_COLUMN_TYPE", column.name, expected, got, CONVERT);
    } else if (column.name === object.idColumn && found.identity === "" && found.expression === null) {
      add("TARGET_COLUMN_TYPE", column.name, "an identity or a default", "neither", OTHER_TABLES);
    }
  }
  for (const found of table.columns.values()) {
    if (
      wanted.has(found.name) ||
      !found.notNull ||
      found.generated ||
      found.identity !== "" ||
      found.expression !== null
    )
      continue;
    add(
      "TARGET_COLUMN_REQUIRED",
      found.name,
      "a column that may be empty or has a default, because the model does not know it",
      `${found.type} not null`,
      "Give it a default, or add it to the model.",
    );
  }
  return problems;
}

const CONVERT = "Convert the column, use another schema, or set model: introspect to load into the tables as they are.";
const OTHER_TABLES = "The table was not made for this model: use another schema, or set model: introspect.";

function hasIndex(table: CatalogTable | undefined, wanted: WantedIndex): boolean {
  if (table === undefined) return false;
  return table.indexes.some((index) => {
    if (!index.valid || (wanted.unique && !index.unique)) return false;
    if (wanted.partial) return index.name === wanted.name && index.partial;
    if (index.partial) return false;
    const columns = index.columns.slice(0, wanted.unique ? undefined : wanted.columns.length);
    return sameSet(columns, wanted.columns);
  });
}

function sameSet(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((name) => right.includes(name));
}

/** A key that exists already keeps its name and actions, so that dropping and adding leaves it as it was. */
function foreignKey(
  schema: string,
  object: ModelObject,
  wanted: WantedForeignKey,
  table: CatalogTable | undefined,
): ForeignKey & { readonly missing: boolean } {
  const found = table?.foreignKeys.find(
    (key) =>
      sameSet(key.columns, [wanted.column]) &&
      key.schema === schema &&
      key.table === wanted.target.table &&
      sameSet(key.targetColumns, [wanted.target.idColumn]),
  );
  const name = found?.name ?? wanted.name;
  const alter = `ALTER TABLE ${qualified(schema, object.table)}`;
  const references = `${qualified(schema, wanted.target.table)} (${quoteName(wanted.target.idColumn)})`;
  const suffix = found?.suffix ?? "";
  return {
    object: object.name,
    name,
    add: `${alter} ADD CONSTRAINT ${quoteName(name)} FOREIGN KEY (${quoteName(wanted.column)}) REFERENCES ${references}${suffix}`,
    drop: `${alter} DROP CONSTRAINT ${quoteName(name)}`,
    missing: found === undefined,
  };
}
