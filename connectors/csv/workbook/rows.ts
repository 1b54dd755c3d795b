/** What readers of workbooks give: rows of texts, and what was met on the way. */

/** Excel's own limits; rows and columns beyond are no spreadsheet's. */
export const MOST_ROWS = 1_048_576;
export const MOST_COLUMNS = 16_384;

export interface SheetRow {
  /** 1-based, as the program shows it. */
  readonly number: number;
  /** By column; undefined: no cell; null: an error such as #N/A. */
  readonly cells: readonly (string | null | undefined)[];
}

/** What people should know of a sheet; counted while it is read. */
export interface Tally {
  /** Error cells by error, and where the first one is. */
  readonly errors: Map<string, number>;
  firstError: string | null;
  /** Ranges of merged cells: the value is in the first cell. */
  merged: number;
  firstMerged: string | null;
  /** Formulas whose result is not stored. */
  uncomputed: number;
  firstUncomputed: string | null;
}

export function newTally(): Tally {
  return { errors: new Map(), firstError: null, merged: 0, firstMerged: null, uncomputed: 0, firstUncomputed: null };
}

export function countError(tally: Tally, error: string, where: string): void {
  tally.errors.set(error, (tally.errors.get(error) ?? 0) + 1);
  tally.firstError ??= where;
}

export interface Sheet {
  readonly name: string;
  readonly hidden: boolean;
  /** Rows with cells, upwards, in chunks; blank rows may be left out. Counts into `tally`. */
  rows(tally: Tally, signal: AbortSignal): AsyncGenerator<readonly SheetRow[]>;
}

/** Column letters as in `AB7`. */
export function columnLetters(column: number): string {
  let text = "";
  for (let rest = column + 1; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    text = String.fromCharCode(65 + ((rest - 1) % 26)) + text;
  }
  return text;
}
