/** A sheet as a table: the header row chosen, the rows below it as records. */

import type { Problem } from "../../../core/errors.ts";
import type { Logger } from "../../../core/log.ts";
import { type BadRecord, BatchBuilder, type RecordBatch } from "../../../core/record.ts";
import { fileError, warning } from "../fail.ts";
import { columnNames } from "../headers.ts";
import { plainFields, type Table } from "../table.ts";
import { columnLetters, newTally, type Sheet, type SheetRow, type Tally } from "./rows.ts";
import { tallyProblems } from "./tally-problems.ts";

/** Bytes of a batch: it is cut once it has so many. */
const BATCH_BYTES = 8 << 20;
const MAX_CELLS = 1 << 21;
/** Rows behind the header in which another is looked for. */
const NEAR = 15;
/** Cells of a bad record are kept up to this size and number. */
const LONGEST_CELL = 1000;
const MOST_CELLS = 1000;

export interface SheetTableOptions {
  readonly path: string;
  /** The object's name. */
  readonly name: string;
  /** What the file is, for the note: "Excel workbook". */
  readonly kind: string;
  readonly maxColumns: number;
  readonly maxRecordBytes: number;
  readonly fingerprint: string;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** Throws ConfigError CSV_TOO_MANY_COLUMNS. */
export function sheetTable(sheet: Sheet, found: Header, options: SheetTableOptions): Table {
  const { path, name, signal } = options;
  const { header } = found;
  let width = header.cells.length;
  while (width > 0 && isBlank(header.cells[width - 1])) width--;
  if (width > options.maxColumns) {
    throw fileError(
      "CSV_TOO_MANY_COLUMNS",
      path,
      `${name}: expected at most ${options.maxColumns} columns, got ${width}`,
      "Raise `maxColumns`, or delete what stands to the right.",
    );
  }
  const { columns, notes } = columnNames(Array.from({ length: width }, (_, index) => header.cells[index] ?? ""));

  async function* read(from: number, batchSize: number, tally: Tally): AsyncGenerator<RecordBatch> {
    signal.throwIfAborted();
    const most = Math.max(1, Math.min(batchSize, Math.floor(MAX_CELLS / width)));
    let builder = new BatchBuilder(columns);
    let bad = 0;
    let last = from;
    const build = () => {
      const batch = builder.build({ row: last });
      builder = new BatchBuilder(columns);
      bad = 0;
      return batch;
    };
    for await (const rows of sheet.rows(tally, signal)) {
      for (const row of rows) {
        if (row.number <= from || row.cells.every(isBlank)) continue;
        const problem = problemOf(row, columns, options.maxRecordBytes, header.number);
        last = row.number;
        if (problem === null) builder.add(row.number, padded(row.cells, width));
        else {
          builder.addBad(problem);
          bad++;
        }
        if (builder.size + bad >= most || builder.bytes >= BATCH_BYTES) {
          yield build();
          signal.throwIfAborted();
        }
      }
    }
    if (builder.size + bad > 0) yield build();
  }

  return {
    path,
    name,
    columns,
    fields: plainFields(columns),
    fingerprint: `${options.fingerprint}:${sheet.name}`,
    note: [
      `${options.kind}, sheet ${JSON.stringify(sheet.name)}, ${width} ${width === 1 ? "column" : "columns"}`,
      ...(sheet.hidden ? ["hidden"] : []),
      ...(header.number > 1 ? [`header in row ${header.number}`] : []),
      ...notes,
    ].join("; "),
    async *read({ from, batchSize }) {
      const row = from?.row;
      const tally = newTally();
      yield* read(typeof row === "number" ? row : header.number, batchSize, tally);
      for (const { message, code } of tallyProblems(tally, path, name)) options.log.warn(message, { file: path, code });
    },
    async problems(): Promise<readonly Problem[]> {
      const tally = newTally();
      for await (const _ of sheet.rows(tally, signal)) signal.throwIfAborted();
      return [...doubtful(found, path, name), ...tallyProblems(tally, path, name)];
    },
  };
}

export interface Header {
  readonly header: SheetRow;
  /** The row soon after it with most cells, where that has many more. */
  readonly wider: SheetRow | null;
}

/** The first row with cells from `from` on, and whether a later one looks more like a header; null: there is none. */
export async function findHeader(sheet: Sheet, from: number, signal: AbortSignal): Promise<Header | null> {
  let header: SheetRow | null = null;
  let wider: SheetRow | null = null;
  for await (const rows of sheet.rows(newTally(), signal)) {
    for (const row of rows) {
      if (row.number < from || row.cells.every(isBlank)) continue;
      if (header === null) header = row;
      else if (row.number > header.number + NEAR) return { header, wider };
      else if (filled(row) > Math.max(filled(wider ?? header), 2 * filled(header))) wider = row;
    }
  }
  return header === null ? null : { header, wider };
}

function filled({ cells }: SheetRow): number {
  return cells.filter((cell) => !isBlank(cell)).length;
}

function doubtful({ header, wider }: Header, path: string, name: string): Problem[] {
  if (wider === null) return [];
  const names = filled(header);
  return [
    warning(
      "SHEET_HEADER_DOUBTFUL",
      path,
      `${name}: row ${header.number} has ${names} column ${names === 1 ? "name" : "names"}, row ${wider.number} has ${filled(wider)} cells`,
      `Set \`header: ${wider.number}\` if the names stand there.`,
    ),
  ];
}

function isBlank(cell: string | null | undefined): boolean {
  return cell === undefined || cell === "";
}

function padded(cells: SheetRow["cells"], width: number): (string | null)[] {
  return Array.from({ length: width }, (_, index) => {
    const cell = cells[index];
    if (cell === undefined) return "";
    return cell?.includes("\0") ? cell.replaceAll("\0", "") : cell;
  });
}

function problemOf(row: SheetRow, columns: readonly string[], most: number, header: number): BadRecord | null {
  const { number: line, cells } = row;
  for (let column = columns.length; column < cells.length; column++) {
    if (isBlank(cells[column])) continue;
    const letters = columnLetters(column);
    const reason = `cell ${letters}${line} stands to the right of the last column name (${columnLetters(columns.length - 1)}${header}); set \`header\` if row ${header} does not hold the names`;
    return { line, code: "CSV_RAGGED_ROW", reason, field: null, cells: glimpse(cells) };
  }
  let size = 0;
  for (const cell of cells) size += cell?.length ?? 0;
  if (size <= most) return null;
  const reason = `expected at most ${most} bytes in a record, got ${size} or more`;
  return { line, code: "CSV_RECORD_TOO_LARGE", reason, field: null, cells: glimpse(cells) };
}

function glimpse(cells: SheetRow["cells"]): string[] {
  return Array.from(cells.slice(0, MOST_CELLS), (cell) => {
    const text = cell ?? "";
    return text.length > LONGEST_CELL ? `${text.slice(0, LONGEST_CELL)}…` : text;
  });
}
