/** From the scanner's faults to bad records with reasons that people understand. */
import { isUtf8 } from "node:buffer";
import { cutOff } from "../../core/csv/blocks.ts";
import type { Dialect } from "../../core/csv/dialect.ts";
import type { Fault, FaultKind } from "../../core/csv/scan-types.ts";
import type { BadRecord } from "../../core/record.ts";
import { cellTexts } from "./split.ts";

/** Cells of a bad record are kept up to this size and number. */
const LONGEST_CELL = 1 << 20;
const MOST_CELLS = 10_000;
/** Of a record beyond the limit only the beginning is kept. */
const LONGEST_GLIMPSE = 1000;

export interface FaultText {
  readonly columns: readonly string[];
  readonly dialect: Dialect;
  readonly maxRecordBytes: number;
}

const CODES: Readonly<Record<FaultKind, string>> = {
  ragged: "CSV_RAGGED_ROW",
  "text-after-quote": "CSV_TEXT_AFTER_QUOTE",
  "stray-quote": "CSV_STRAY_QUOTE",
  unterminated: "CSV_UNTERMINATED_QUOTE",
  encoding: "CSV_INVALID_ENCODING",
  "too-large": "CSV_RECORD_TOO_LARGE",
};

/** `bytes` is the record as it was found. */
export function faultText(bytes: Buffer, fault: Fault, texts: FaultText): BadRecord {
  const glimpse = fault.kind === "too-large";
  const record = glimpse ? beginning(bytes, Math.min(LONGEST_GLIMPSE, texts.maxRecordBytes)) : bytes;
  const field = fieldOf(bytes, fault, texts);
  return {
    line: fault.line,
    code: CODES[fault.kind],
    reason: reasonOf(bytes, fault, texts, field),
    field,
    cells: cellTexts(record, texts.dialect, MOST_CELLS, glimpse ? LONGEST_GLIMPSE : LONGEST_CELL),
  };
}

/** At most `length` bytes, no character cut through. */
function beginning(bytes: Buffer, length: number): Buffer {
  if (bytes.length <= length) return bytes;
  const cut = bytes.subarray(0, length);
  return cut.subarray(0, length - cutOff(cut));
}

function fieldOf(bytes: Buffer, fault: Fault, { columns, dialect }: FaultText): string | null {
  if (fault.kind !== "encoding") return columns[fault.column] ?? null;
  // A decoded cell shows U+FFFD where it was broken, unless the file itself holds that character.
  const at = cellTexts(bytes, dialect, columns.length, LONGEST_CELL).findIndex((cell) => cell.includes("\ufffd"));
  return columns[at] ?? null;
}

function reasonOf(bytes: Buffer, fault: Fault, texts: FaultText, field: string | null): string {
  const column = field === null ? `column ${fault.column + 1}` : `column ${JSON.stringify(field)}`;
  switch (fault.kind) {
    case "ragged":
      return `expected ${texts.columns.length} cells, got ${fault.cells}`;
    case "text-after-quote":
      return `${column}: expected the delimiter or the end of the line after the closing quote, got more text; a quote inside a quoted cell must be doubled${span(fault)}`;
    case "stray-quote":
      return `${column}: a quote opens inside the cell and closes at the end of the next one, so a delimiter is probably missing before it; put the cell in quotes, or set \`quote: ""\` if the file does not quote`;
    case "unterminated":
      return `${column}: the quote opened on line ${fault.quoteLine} is never closed; reading went on at the next line`;
    case "encoding":
      return `${field === null ? "" : `${column}: `}expected text in the file's encoding, got ${brokenByte(bytes)}; save the file again as UTF-8 or set \`encoding\``;
    case "too-large":
      return `expected a record of at most ${texts.maxRecordBytes} bytes, got a longer one: a quote that is never closed, or \`maxRecordBytes\` is too small; reading went on at the next line`;
  }
}

/** Says so when a record covers several lines: a quote that closes too late takes the lines behind it along. */
function span({ line, lastLine }: Fault): string {
  return lastLine > line ? ` (the record covers lines ${line} to ${lastLine})` : "";
}

/** The first byte that is not part of a character, in words. */
function brokenByte(bytes: Buffer): string {
  let low = 0;
  let high = bytes.length;
  // The shortest prefix that is invalid ends with the byte that shows it.
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    const prefix = bytes.subarray(0, middle);
    if (isUtf8(prefix.subarray(0, middle - cutOff(prefix)))) low = middle;
    else high = middle;
  }
  const from = low - cutOff(bytes.subarray(0, low));
  return `byte 0x${bytes[from]!.toString(16).toUpperCase().padStart(2, "0")}`;
}
