/**
 * Runs in a worker of its own: reads an old binary workbook in memory. The package keeps to numbers and their formats;
 * what they mean is decided by the same code as for .xlsx. Formulas are not computed, macros not touched.
 */
import { readFileSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import * as XLSX from "@e965/xlsx";
import { cellNumber } from "./cell-number.ts";
import { kindOfCode, type NumberKind } from "./formats.ts";
import { columnLetters, countError, newTally, type Tally } from "./rows.ts";
import type { PackedSheet, XlsJob, XlsReply } from "./xls-messages.ts";

const ROWS = 500;

function main({ path, decimal, mostCells }: XlsJob): XlsReply {
  const book = XLSX.read(readFileSync(path), {
    type: "buffer",
    dense: true,
    cellNF: true,
    cellText: false,
    cellHTML: false,
    cellFormula: false,
    bookVBA: false,
  });
  const date1904 = book.Workbook?.WBProps?.date1904 === true;
  const kinds = new Map<string, NumberKind>();
  const kindOf = (code: string) => {
    let kind = kinds.get(code);
    if (kind === undefined) {
      kind = kindOfCode(code);
      kinds.set(code, kind);
    }
    return kind;
  };
  let cells = 0;
  const sheets: PackedSheet[] = [];
  for (const [index, name] of book.SheetNames.entries()) {
    const sheet = book.Sheets[name] as XLSX.WorkSheet & { readonly "!data"?: readonly (readonly XLSX.CellObject[])[] };
    const type = sheet["!type"] as string | undefined;
    if (type !== undefined && type !== "sheet") continue;
    const tally = newTally();
    const merges = sheet["!merges"] ?? [];
    tally.merged = merges.length;
    if (merges[0] !== undefined) tally.firstMerged = XLSX.utils.encode_range(merges[0]);
    const rows: Uint8Array[] = [];
    const data = sheet["!data"] ?? [];
    for (let first = 0; first < data.length; first += ROWS) {
      const lines: string[] = [];
      for (let row = first; row < Math.min(first + ROWS, data.length); row++) {
        const texts = Array.from(data[row] ?? [], (cell, column) =>
          cellText(cell, kindOf, date1904, decimal, tally, () => `${columnLetters(column)}${row + 1}`),
        );
        cells += texts.length;
        if (cells > mostCells) return { ok: false, kind: "limit", message: `more than ${mostCells} cells` };
        if (texts.some((text) => text !== 0)) lines.push(JSON.stringify([row + 1, texts]));
      }
      if (lines.length > 0) rows.push(new TextEncoder().encode(lines.join("\n")));
    }
    const hidden = (book.Workbook?.Sheets?.[index]?.Hidden ?? 0) !== 0;
    sheets.push({ name, hidden, tally, rows });
  }
  return { ok: true, sheets };
}

function cellText(
  cell: XLSX.CellObject | undefined,
  kindOf: (code: string) => NumberKind,
  date1904: boolean,
  decimal: string,
  tally: Tally,
  where: () => string,
): string | null | 0 {
  if (cell === undefined || cell === null || cell.v === undefined) return 0;
  switch (cell.t) {
    case "n": {
      const text = cellNumber(String(cell.v), kindOf(String(cell.z ?? "General")), date1904, decimal);
      return text ?? 0;
    }
    case "b":
      return cell.v === true ? "true" : "false";
    case "s":
      return String(cell.v).replaceAll("\0", "");
    case "e":
      countError(tally, ERRORS.get(Number(cell.v)) ?? `#${String(cell.v)}`, where());
      return null;
    default:
      return 0;
  }
}

const ERRORS: ReadonlyMap<number, string> = new Map([
  [0, "#NULL!"],
  [7, "#DIV/0!"],
  [15, "#VALUE!"],
  [23, "#REF!"],
  [29, "#NAME?"],
  [36, "#NUM!"],
  [42, "#N/A"],
  [43, "#GETTING_DATA"],
]);

let reply: XlsReply;
try {
  reply = main(workerData as XlsJob);
} catch (error) {
  // The package stumbles where parts are missing.
  const stumbled = error instanceof TypeError || error instanceof RangeError;
  const message = stumbled ? "its parts do not fit together" : error instanceof Error ? error.message : String(error);
  reply = { ok: false, kind: /password|encrypt/i.test(message) ? "encrypted" : "corrupt", message };
}
parentPort?.postMessage(
  reply,
  reply.ok ? reply.sheets.flatMap(({ rows }) => rows.map(({ buffer }) => buffer as ArrayBuffer)) : [],
);
