/** Column type -> field type, for tables that are used as they are. */
import type { FieldType } from "../../core/schema.ts";
import type { CatalogColumn } from "./catalog.ts";

const TYPES: Readonly<Record<string, FieldType>> = {
  smallint: "integer",
  integer: "integer",
  bigint: "integer",
  numeric: "decimal",
  real: "decimal",
  "double precision": "decimal",
  money: "currency",
  boolean: "boolean",
  date: "date",
  "timestamp with time zone": "datetime",
  "timestamp without time zone": "datetime",
  interval: "duration",
  json: "json",
  jsonb: "json",
  "text[]": "multipicklist",
  "character varying[]": "multipicklist",
};

/** Everything else travels as text and is cast by PostgreSQL (uuid, inet, time...). */
export function fieldType(column: CatalogColumn): FieldType {
  if (column.labels !== null) return column.baseType.endsWith("[]") ? "multipicklist" : "picklist";
  return TYPES[withoutModifier(column.baseType)] ?? "text";
}

/** n of `character varying(n)` and `character(n)`, in characters. */
export function maxLength(column: CatalogColumn): number | null {
  const limit = /^character(?: varying)?\((\d+)\)$/.exec(column.baseType);
  return limit === null ? null : Number(limit[1]);
}

/** `numeric(12,2)` -> `numeric`, `timestamp(3) with time zone` -> `timestamp with time zone`. */
function withoutModifier(type: string): string {
  return type.replace(/\(\d+(,-?\d+)?\)/, "");
}
