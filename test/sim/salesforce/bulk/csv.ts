/** Rows as Bulk API 2.0 prints them: every value quoted, `"` doubled, null as `""`, instants with Z. */
import { doubleText } from "../numbers.ts";
import type { FieldType } from "../org/field.ts";
import type { Column } from "../soql/columns.ts";

const DOUBLES = new Set<FieldType>(["double", "currency", "percent"]);
/** Never hold a quote. */
const CLEAN = new Set<FieldType>(["id", "reference", "date", "datetime", "time"]);

export const DELIMITERS: Readonly<Record<string, string>> = {
  COMMA: ",",
  TAB: "\t",
  SEMICOLON: ";",
  PIPE: "|",
  CARET: "^",
  BACKQUOTE: "`",
};

export const headerLine = (columns: readonly Column[], delimiter: string, ending: string): string =>
  columns.map((column) => `"${column.name}"`).join(delimiter) + ending;

function cell(column: Column): (index: number) => string {
  const { read, type } = column;
  if (CLEAN.has(type)) return (index) => (read(index) as string | null) ?? "";
  if (DOUBLES.has(type)) {
    return (index) => {
      const value = read(index);
      return value === null ? "" : doubleText(value as number);
    };
  }
  if (type === "boolean" || type === "int") {
    return (index) => {
      const value = read(index);
      return value === null ? "" : String(value);
    };
  }
  return (index) => {
    const value = read(index);
    if (value === null) return "";
    const text = String(value);
    return text.includes('"') ? text.replaceAll('"', '""') : text;
  };
}

/** Prints one row, line ending included. */
export function rowLine(columns: readonly Column[], delimiter: string, ending: string): (index: number) => string {
  const cells = columns.map(cell);
  const between = `"${delimiter}"`;
  const last = `"${ending}`;
  return (index) => {
    let line = `"${cells[0]!(index)}`;
    for (let at = 1; at < cells.length; at++) line += between + cells[at]!(index);
    return line + last;
  };
}
