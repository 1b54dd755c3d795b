/** The XML of one .xlsx sheet into rows. */
import { beyondLimit, corrupt } from "../fail.ts";
import { cellNumber } from "./cell-number.ts";
import type { NumberKind } from "./formats.ts";
import { columnLetters, countError, MOST_COLUMNS, MOST_ROWS, type SheetRow, type Tally } from "./rows.ts";
import { RichText, type SharedStrings, sharedString, unescapeText } from "./strings.ts";
import { attribute, type XmlHandler } from "./xml.ts";

export interface XlsxCellOptions {
  readonly path: string;
  readonly strings: SharedStrings;
  readonly styles: readonly NumberKind[];
  readonly date1904: boolean;
  readonly decimal: string;
  /** Characters of a cell at most. */
  readonly longest: number;
}

/** An XML handler that gathers rows; `take` gives those that are complete. */
export class XlsxCells implements XmlHandler {
  readonly #options: XlsxCellOptions;
  readonly #tally: Tally;
  #rows: SheetRow[] = [];
  #row = 0;
  #cells: (string | null | undefined)[] | null = null;
  #column = -1;
  #type = "n";
  #style = 0;
  #inCell = false;
  #inValue = false;
  #value = "";
  #hasValue = false;
  #hasFormula = false;
  #rich: RichText | null = null;
  #inData = false;

  constructor(options: XlsxCellOptions, tally: Tally) {
    this.#options = options;
    this.#tally = tally;
  }

  take(): SheetRow[] {
    const rows = this.#rows;
    this.#rows = [];
    return rows;
  }

  start(name: string, attributes: string): void {
    if (this.#inCell) {
      if (name === "v") this.#inValue = true;
      else if (name === "f") this.#hasFormula = true;
      else if (name === "is") this.#rich = new RichText(this.#options.longest);
      else this.#rich?.start(name);
    } else if (this.#inData) {
      if (name === "c") this.#startCell(attributes);
      else if (name === "row") this.#startRow(attributes);
    } else if (name === "sheetData") this.#inData = true;
    else if (name === "mergeCell") {
      this.#tally.merged++;
      this.#tally.firstMerged ??= attribute(attributes, "ref");
    }
  }

  end(name: string): void {
    if (this.#inCell) {
      if (name === "v") this.#inValue = false;
      else if (name === "c") this.#endCell();
      else if (name === "is") {
        this.#value = this.#rich?.take() ?? "";
        this.#hasValue = true;
        this.#rich = null;
      } else this.#rich?.end(name);
    } else if (name === "row" && this.#cells !== null) {
      this.#rows.push({ number: this.#row, cells: this.#cells });
      this.#cells = null;
    } else if (name === "sheetData") this.#inData = false;
  }

  text(text: string): void {
    if (this.#inValue) {
      this.#value += text;
      this.#hasValue = true;
      if (this.#value.length > this.#options.longest) throw this.#tooLong();
    } else if (this.#rich !== null && !this.#rich.add(text)) throw this.#tooLong();
  }

  #startRow(attributes: string): void {
    const given = attribute(attributes, "r");
    const row = given === null ? this.#row + 1 : Number(given);
    if (!Number.isInteger(row) || row <= this.#row || row > MOST_ROWS) {
      throw corrupt(
        this.#options.path,
        `after row ${this.#row}, expected a row up to ${MOST_ROWS}, got ${given ?? row}`,
      );
    }
    this.#row = row;
    this.#cells = [];
    this.#column = -1;
  }

  #startCell(attributes: string): void {
    const reference = attribute(attributes, "r");
    const column = reference === null ? this.#column + 1 : columnOf(reference);
    if (column <= this.#column || column >= MOST_COLUMNS || this.#cells === null) {
      throw corrupt(this.#options.path, `in row ${this.#row}, cell ${reference ?? column + 1} is out of order`);
    }
    this.#column = column;
    this.#type = attribute(attributes, "t") ?? "n";
    const style = attribute(attributes, "s");
    this.#style = style === null ? 0 : Number(style);
    this.#inCell = true;
    this.#value = "";
    this.#hasValue = false;
    this.#hasFormula = false;
    this.#rich = null;
  }

  #endCell(): void {
    this.#inCell = false;
    this.#inValue = false;
    if (!this.#hasValue) {
      if (this.#hasFormula && this.#type !== "str") {
        this.#tally.uncomputed++;
        this.#tally.firstUncomputed ??= this.#where();
      }
      return;
    }
    const cells = this.#cells!;
    while (cells.length < this.#column) cells.push(undefined);
    cells.push(this.#cell());
  }

  #cell(): string | null {
    const { path, strings, styles, date1904, decimal } = this.#options;
    const value = this.#value;
    switch (this.#type) {
      case "s":
        return sharedString(strings, value, path, () => this.#where());
      case "inlineStr":
        return value;
      case "str":
        return unescapeText(value);
      case "b":
        return value.trim() === "1" || value.trim() === "true" ? "true" : "false";
      case "e":
        countError(this.#tally, value, this.#where());
        return null;
      case "d":
        return value;
      case "n": {
        const text = cellNumber(value, styles[this.#style] ?? "number", date1904, decimal);
        if (text === null)
          throw corrupt(path, `cell ${this.#where()}: expected a number, got ${JSON.stringify(value.slice(0, 40))}`);
        return text;
      }
      default:
        throw corrupt(path, `cell ${this.#where()} has the unknown type ${JSON.stringify(this.#type)}`);
    }
  }

  #where(): string {
    return `${columnLetters(this.#column)}${this.#row}`;
  }

  #tooLong(): Error {
    return beyondLimit(
      this.#options.path,
      `cell ${this.#where()} is longer than ${this.#options.longest} characters`,
      "Raise `maxRecordBytes` if you trust the file.",
    );
  }
}

/** 0-based column of `AB7`; -1 when it is none. */
function columnOf(reference: string): number {
  let column = 0;
  let p = 0;
  for (; p < reference.length; p++) {
    const c = reference.charCodeAt(p) & ~32;
    if (c < 65 || c > 90) break;
    column = column * 26 + c - 64;
    if (column > MOST_COLUMNS) return MOST_COLUMNS;
  }
  return column - 1;
}
