/** Slow but thorough looks at a few records: for detection, headers and rejects. */
import type { Dialect } from "../../core/csv/dialect.ts";
import { scanRecords } from "../../core/csv/scan.ts";
import { type Fault, newScan } from "../../core/csv/scan-types.ts";

/**
 * The first records of a text with the number of cells of each. `kind: "ragged"` means nothing here: no number is expected.
 * An incomplete last record is left out unless `final`.
 */
export function outline(
  text: Buffer,
  dialect: Dialect,
  options: { readonly maxRecords: number; readonly final: boolean },
): { readonly records: readonly Fault[]; readonly at: number; readonly line: number } {
  const scan = newScan(dialect, 0, options.maxRecords);
  const records: Fault[] = [];
  // A scan ends after a broken record; go on a few times.
  for (let round = 0; round < 5 && records.length < options.maxRecords; round++) {
    scanRecords(text, scan, {
      maxRecords: options.maxRecords - records.length,
      final: options.final,
      maxBytes: Number.MAX_SAFE_INTEGER,
      checkUtf8: false,
      hasNul: false,
    });
    records.push(...scan.faults);
    if (scan.exhausted) break;
  }
  return { records, at: scan.at, line: scan.line };
}

/**
 * The cells of one record as text, quotes undone where the quoting is sound, NUL bytes cut out. `longest` bounds the
 * bytes of a cell and `most` the number of cells.
 */
export function cellTexts(record: Buffer, dialect: Dialect, most: number, longest: number): string[] {
  const b = Buffer.from(record);
  const count = Math.min(most, outline(b, dialect, { maxRecords: 1, final: true }).records[0]?.cells ?? 0);
  const scan = newScan(dialect, count, 1);
  scanRecords(b, scan, {
    maxRecords: 1,
    maxBytes: Number.MAX_SAFE_INTEGER,
    final: true,
    checkUtf8: false,
    hasNul: false,
  });
  const quote = dialect.quote < 0 ? null : String.fromCharCode(dialect.quote);
  return Array.from({ length: count }, (_, column) => {
    const start = scan.starts[column]!;
    const end = scan.ends[column]!;
    const cut = end - start > longest;
    let text = b.toString("utf8", start, cut ? start + longest : end).replaceAll("\0", "");
    // Doubled quotes were undone only if the record as a whole is sound.
    if (scan.rows === 0 && quote !== null && start > 0 && b[start - 1] === dialect.quote) {
      text = text.replaceAll(quote + quote, quote);
    }
    return cut ? `${text}…` : text;
  });
}
