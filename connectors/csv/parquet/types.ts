/** What Parquet tells of a column. */
import type { FieldType } from "../../../core/schema.ts";

/** How values of a column become texts. */
export type Kind =
  | "text"
  | "json"
  | "number"
  | "float32"
  | "boolean"
  | "date"
  | "datetime"
  | "local-datetime"
  | "binary"
  | { readonly scale: number }
  /** A time of day in so many parts of a second. */
  | { readonly parts: bigint };

/** The part of a Parquet schema element that matters here. */
export interface Element {
  readonly name: string;
  readonly type?: string | undefined;
  readonly converted_type?: string | undefined;
  readonly logical_type?:
    | { readonly type: string; readonly scale?: number; readonly isAdjustedToUTC?: boolean; readonly unit?: string }
    | undefined;
  readonly scale?: number | undefined;
  readonly num_children?: number | undefined;
  readonly repetition_type?: string | undefined;
}

const PARTS: Readonly<Record<string, bigint>> = { MILLIS: 1000n, MICROS: 1_000_000n, NANOS: 1_000_000_000n };

export function kindOf(element: Element): Kind {
  const { converted_type: converted, logical_type: logical, type } = element;
  if ((element.num_children ?? 0) > 0 || element.repetition_type === "REPEATED") return "json";
  if (converted === "DECIMAL" || logical?.type === "DECIMAL") return { scale: element.scale ?? logical?.scale ?? 0 };
  switch (logical?.type) {
    case "STRING":
    case "ENUM":
    case "UUID":
      return "text";
    case "DATE":
      return "date";
    case "TIME":
      return { parts: PARTS[logical.unit ?? "MILLIS"] ?? 1000n };
    case "TIMESTAMP":
      return logical.isAdjustedToUTC === false ? "local-datetime" : "datetime";
    case "JSON":
      return "text";
    case "VARIANT":
    case "GEOMETRY":
    case "GEOGRAPHY":
      return "json";
  }
  if (converted === "DATE") return "date";
  if (converted === "JSON") return "text";
  if (converted?.startsWith("TIMESTAMP") === true || type === "INT96") return "datetime";
  if (converted?.startsWith("TIME_") === true) return { parts: PARTS[converted.slice("TIME_".length)] ?? 1000n };
  if (type === "BOOLEAN") return "boolean";
  if (converted === "UTF8" || converted === "ENUM") return "text";
  if (type === "FLOAT") return "float32";
  return type === "BYTE_ARRAY" || type === "FIXED_LEN_BYTE_ARRAY" ? "binary" : "number";
}

export function fieldTypeOf(element: Element, kind: Kind): FieldType | null {
  if (typeof kind === "object") return "scale" in kind ? "decimal" : null;
  if (element.converted_type === "JSON" || element.logical_type?.type === "JSON") return "json";
  switch (kind) {
    case "number":
      return element.type === "INT32" || element.type === "INT64" ? "integer" : "decimal";
    case "float32":
      return "decimal";
    case "boolean":
    case "date":
    case "json":
      return kind;
    case "datetime":
    case "local-datetime":
      return "datetime";
    case "binary":
      return null;
    case "text":
      return "text";
  }
}
