/** The XML of one .ods sheet into rows. */
import { beyondLimit, corrupt } from "../fail.ts";
import { storedNumber } from "./numbers.ts";
import { columnLetters, countError, MOST_COLUMNS, MOST_ROWS, type SheetRow, type Tally } from "./rows.ts";
import { attribute, type XmlHandler } from "./xml.ts";

export interface OdsCellOptions {
  readonly path: string;
  /** Which table, from 0. */
  readonly table: number;
  readonly decimal: string;
  readonly longest: number;
}

/** Cells that a chunk of rows may hold because of repetition. */
const MOST_REPEATED = 4_000_000;

/** An XML handler that gathers the rows of one table; `done` when it has ended. */
export class OdsCells implements XmlHandler {
  readonly #options: OdsCellOptions;
  readonly #tally: Tally;
  #rows: SheetRow[] = [];
  #table = -1;
  #depth = 0;
  #row = 0;
  #rowRepeat = 1;
  #cells: (string | null | undefined)[] = [];
  /** Blank cells before the next one with a value: most rows end in thousands of them. */
  #column = 0;
  #repeated = 0;
  #attributes: string | null = null;
  #text = "";
  #paragraphs = 0;
  #paragraph = 0;
  #note = 0;
  done = false;

  constructor(options: OdsCellOptions, tally: Tally) {
    this.#options = options;
    this.#tally = tally;
  }

  take(): SheetRow[] {
    const rows = this.#rows;
    this.#rows = [];
    return rows;
  }

  start(name: string, attributes: string): void {
    if (name === "table") {
      if (this.#depth++ === 0) this.#table++;
      return;
    }
    if (this.done || this.#depth !== 1 || this.#table !== this.#options.table) return;
    if (name === "table-row") {
      this.#rowRepeat = repeat(attributes, "number-rows-repeated");
      this.#cells = [];
      this.#column = 0;
    } else if (name === "table-cell" || name === "covered-table-cell") {
      this.#attributes = attributes;
      this.#text = "";
      this.#paragraphs = 0;
      const spans = repeat(attributes, "number-columns-spanned") * repeat(attributes, "number-rows-spanned");
      if (spans > 1) {
        this.#tally.merged++;
        this.#tally.firstMerged ??= this.#where();
      }
    } else if (this.#attributes === null) return;
    else if (name === "annotation" || name === "shape") this.#note++;
    else if (this.#note > 0) return;
    else if (name === "p" || name === "h") {
      if (this.#paragraphs++ > 0) this.#add("\n");
      this.#paragraph++;
    } else if (name === "s") this.#add(" ".repeat(Math.min(repeat(attributes, "c"), this.#options.longest + 1)));
    else if (name === "tab") this.#add("\t");
    else if (name === "line-break") this.#add("\n");
  }

  end(name: string): void {
    if (name === "table") {
      this.#depth--;
      if (this.#depth === 0 && this.#table === this.#options.table) this.done = true;
      return;
    }
    if (this.done || this.#depth !== 1 || this.#table !== this.#options.table) return;
    if (name === "annotation" || name === "shape") this.#note--;
    else if (this.#note > 0) return;
    else if ((name === "p" || name === "h") && this.#paragraph > 0) this.#paragraph--;
    else if (name === "table-cell" || name === "covered-table-cell") this.#endCell(name === "covered-table-cell");
    else if (name === "table-row") this.#endRow();
  }

  text(text: string): void {
    if (this.#attributes !== null && this.#paragraph > 0 && this.#note === 0) this.#add(text.replace(/[\t\n ]+/g, " "));
  }

  #add(text: string): void {
    this.#text += text;
    if (this.#text.length > this.#options.longest) {
      throw beyondLimit(
        this.#options.path,
        `cell ${this.#where()} is longer than ${this.#options.longest} characters`,
        "Raise `maxRecordBytes` if you trust the file.",
      );
    }
  }

  #endCell(covered: boolean): void {
    const attributes = this.#attributes;
    if (attributes === null) return;
    this.#attributes = null;
    const times = repeat(attributes, "number-columns-repeated");
    // What lies under a merged cell is not shown.
    const value = covered ? undefined : this.#value(attributes);
    if (value !== undefined && value !== "") {
      this.#repeated += times * this.#rowRepeat;
      if (this.#column + times > MOST_COLUMNS || this.#repeated > MOST_REPEATED) {
        throw beyondLimit(
          this.#options.path,
          `cell ${this.#where()} is repeated too often`,
          "Save it anew, or as CSV.",
        );
      }
      while (this.#cells.length < this.#column) this.#cells.push(undefined);
      for (let time = 0; time < times; time++) this.#cells.push(value);
    }
    this.#column += times;
  }

  #endRow(): void {
    const cells = this.#cells;
    if (cells.length === 0) {
      this.#row += this.#rowRepeat;
      return;
    }
    if (this.#row + this.#rowRepeat > MOST_ROWS) {
      throw corrupt(this.#options.path, `expected at most ${MOST_ROWS} rows, got ${this.#row + this.#rowRepeat}`);
    }
    for (let time = 0; time < this.#rowRepeat; time++) this.#rows.push({ number: ++this.#row, cells });
    this.#repeated = 0;
  }

  #value(attributes: string): string | null | undefined {
    const type = attribute(attributes, "value-type");
    const { decimal, path } = this.#options;
    // LibreOffice marks errors in an attribute of its own of the same name.
    const isError = attributes.includes('calcext:value-type="error"');
    if (isError || (type !== "string" && /^(?:#[A-Z\d/]+[!?]?|Err:\d+)$/.test(this.#text))) {
      countError(this.#tally, this.#text, this.#where());
      return null;
    }
    switch (type) {
      case "float":
      case "percentage":
      case "currency": {
        const raw = attributeOf(attributes, "value") ?? "";
        const text = storedNumber(raw);
        if (text === null)
          throw corrupt(path, `cell ${this.#where()}: expected a number, got ${JSON.stringify(raw.slice(0, 40))}`);
        if (/^0\d+$/.test(this.#text) && /^\d+$/.test(text) && Number(this.#text) === Number(text)) return this.#text;
        return decimal === "." ? text : text.replace(".", decimal);
      }
      case "date":
        return (attributeOf(attributes, "date-value") ?? "").replace(/T00:00:00(?:\.0+)?$/, "");
      case "time":
        return timeOf(attributeOf(attributes, "time-value") ?? "", this.#text);
      case "boolean":
        return attributeOf(attributes, "boolean-value") ?? "";
      case "string":
        return attributeOf(attributes, "string-value") ?? this.#text;
      default:
        return this.#text === "" ? undefined : this.#text;
    }
  }

  #where(): string {
    return `${columnLetters(Math.min(this.#column, MOST_COLUMNS))}${this.#row + 1}`;
  }
}

function repeat(attributes: string, name: string): number {
  const raw = attribute(attributes, name);
  const count = raw === null ? 1 : Number(raw);
  return Number.isInteger(count) && count >= 1 ? count : 1;
}

/** The attribute of this very local name: `value`, not `value-type`. */
function attributeOf(attributes: string, name: string): string | null {
  return attribute(attributes, name);
}

/** `PT13H45M00S` is a time of day where it is shown as one, else elapsed time. */
function timeOf(duration: string, shown: string): string {
  const parts = /^PT(\d+)H(\d+)M(\d+)(?:[.,](\d+))?S$/.exec(duration);
  if (parts === null || Number(parts[1]) > 23 || /^\d{3,}:/.test(shown)) return duration;
  const fraction = (parts[4] ?? "").replace(/0+$/, "").slice(0, 3);
  return `${parts[1]}:${parts[2]}:${parts[3]}${fraction === "" ? "" : `.${fraction}`}`;
}
