import { width } from "./format.ts";

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
}

/** Lines of a table: titles, then rows, two blanks between columns, none at the end. Columns that are empty in every row are left out. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  options: { readonly indent?: number; readonly titles?: boolean; readonly title?: (text: string) => string } = {},
): readonly string[] {
  const shown = columns.map((_, at) => at).filter((at) => rows.some((row) => (row[at] ?? "") !== ""));
  const titles = options.titles !== false;
  const indent = " ".repeat(options.indent ?? 0);
  const style = options.title ?? ((text: string) => text);
  const widths = new Map(
    shown.map((at) => [
      at,
      Math.max(titles ? width(columns[at]!.title) : 0, ...rows.map((row) => width(row[at] ?? ""))),
    ]),
  );
  const line = (cells: readonly string[]): string => {
    const parts = shown.map((at, position) => {
      const cell = cells[at] ?? "";
      const gap = " ".repeat(widths.get(at)! - width(cell));
      if (columns[at]!.align === "right") return gap + cell;
      return position === shown.length - 1 ? cell : cell + gap;
    });
    return (indent + parts.join("  ")).trimEnd();
  };
  const head = titles ? [style(line(columns.map((column) => column.title)))] : [];
  return [...head, ...rows.map(line)];
}
