import type { FieldType } from "../schema.ts";

/** Column type of managed tables by field type, as `format_type` prints it. Unconstrained on purpose: a column never has to be narrowed. */
export const COLUMN_TYPES: Readonly<Record<FieldType, string>> = {
  text: "text",
  picklist: "text",
  email: "text",
  phone: "text",
  url: "text",
  file: "text",
  integer: "bigint",
  decimal: "numeric",
  currency: "numeric",
  percent: "numeric",
  boolean: "boolean",
  date: "date",
  datetime: "timestamp with time zone",
  duration: "interval",
  multipicklist: "text[]",
  reference: "bigint",
  owner: "bigint",
  json: "jsonb",
};

/** Type of `id` in managed tables. */
export const ID_TYPE = "bigint";

/** Columns that every managed table has besides its fields. */
export const RESERVED_COLUMNS: readonly string[] = ["id", "external_id", "external_source", "custom"];

/** Timestamps that every managed table has; also fields that a mapping may fill. */
export const TIMESTAMP_COLUMNS: readonly string[] = ["created_at", "updated_at"];
