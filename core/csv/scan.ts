/**
 * The byte scanner: finds records and cell boundaries in a buffer without making a string.
 *
 * Rules. A cell that begins with the quote is quoted up to the next single quote; two quotes in it stand for one;
 * blanks between the closing quote and the delimiter are dropped. Everywhere else a quote is an ordinary
 * character, unless it seems to hide a delimiter (see `straddles`). Records end with LF, CRLF or CR outside quotes. Lines without any character are no records.
 */
import { isUtf8 } from "node:buffer";
import { cutNul, unescapeCell } from "./cells.ts";
import { CR, LF, SPACE, TAB } from "./dialect.ts";
import type { FaultKind, Scan, ScanLimits } from "./scan-types.ts";

/**
 * Scans records from `scan.at` on. Stops after `maxRecords`, after an unterminated record (the caller decides how many of
 * them are too many: each costs a scan to the end), at the end, or before an incomplete record (`scan.at` is its start). Doubled quotes of good records are undone in place, inside their own cells.
 */
export function scanRecords(b: Buffer, scan: Scan, limits: ScanLimits): void {
  const { starts, ends, lines, columns } = scan;
  const { final, maxRecords } = limits;
  const delimiter = scan.dialect.delimiter;
  const d0 = delimiter[0]!;
  const width = delimiter.length;
  const quote = scan.dialect.quote;
  // Most bytes are above every byte that matters: one comparison decides.
  const top = Math.max(d0, CR);
  const quoteTop = Math.max(quote, CR);
  const end = b.length;
  const doubledCells: number[] = [];

  let p = scan.at;
  let line = scan.line;
  let rows = 0;
  let c = 0;
  scan.rows = 0;
  scan.faults = [];
  scan.openQuote = -1;
  scan.exhausted = true;
  scan.oversize = false;

  record: while (p < end) {
    if (rows + scan.faults.length >= maxRecords) {
      scan.exhausted = false;
      break;
    }
    c = b[p]!;
    if (c === LF) {
      p++;
      line++;
      continue;
    }
    if (c === CR) {
      if (p + 1 >= end && !final) break;
      p += p + 1 < end && b[p + 1] === LF ? 2 : 1;
      line++;
      continue;
    }

    const start = p;
    const base = rows * columns;
    const startLine = line;
    let cells = 0;
    let extra = 0;
    let doubled = 0;
    let recordEnd = -1;
    let fault: FaultKind | null = null;
    let faultColumn = -1;
    let quoteLine = -1;
    let stray = false;

    cell: while (recordEnd < 0) {
      if (width === 1 && b[p] === quote) {
        // the usual quoted cell at once: no line break, no quote in it, a delimiter or LF right behind it
        let q = p + 1;
        while (q + 1 < end && b[q] === quote && b[q + 1] === d0 && cells < columns) {
          // blank ones often come in rows
          starts[base + cells] = q;
          ends[base + cells++] = q;
          p = q + 2;
          if (b[p] !== quote || p >= end) continue cell;
          q = p + 1;
        }
        // biome-ignore lint/suspicious/noAssignInExpressions: the hottest loop; a statement more costs a third of its speed
        while (q < end && ((c = b[q]!) > quoteTop || (c !== quote && c !== LF && c !== CR))) q++;
        if (q + 1 < end && c === quote) {
          c = b[q + 1]!;
          if (c === d0 || c === LF) {
            if (cells < columns) {
              starts[base + cells] = p + 1;
              ends[base + cells] = q;
            } else extra += q - p - 1;
            cells++;
            p = q + 2;
            if (c === d0) continue;
            recordEnd = q + 1;
            line++;
            break;
          }
        }
      }
      let s = p;
      let e = p;
      let plain = true;
      if (p < end && b[p] === quote) {
        plain = false;
        const openLine = line;
        let open = true;
        let hasDoubled = false;
        s = ++p;
        while (open) {
          // biome-ignore lint/suspicious/noAssignInExpressions: the hottest loop; a statement more costs a third of its speed
          while (p < end && ((c = b[p]!) > quoteTop || (c !== quote && c !== LF && c !== CR))) p++;
          if (p >= end || (p + 1 >= end && c !== LF && !final)) {
            if (!final) {
              scan.openQuote = s - 1;
              scan.openQuoteLine = openLine;
              scan.stopLine = line;
              p = start;
              line = startLine;
              break record;
            }
            if (p >= end) {
              if (end - start > limits.maxBytes) {
                scan.oversize = true;
                p = start;
                line = startLine;
                break record;
              }
              // Never closed: only the line of the opening quote is taken out, the next line is read as a record.
              fault = "unterminated";
              faultColumn = cells;
              quoteLine = openLine;
              s--;
              e = s;
              while (e < end && b[e] !== LF && b[e] !== CR) e++;
              p = e;
              line = openLine;
              break;
            }
          }
          if (c === LF) {
            line++;
            p++;
          } else if (c === CR) {
            if (b[p + 1] !== LF) line++;
            p++;
          } else if (p + 1 < end && b[p + 1] === quote) {
            hasDoubled = true;
            p += 2;
          } else {
            e = p++;
            open = false;
          }
        }
        if (hasDoubled && cells < columns && fault === null) doubledCells[doubled++] = base + cells;
        if (!open) {
          let t = p;
          while (t < end && (b[t] === SPACE || (b[t] === TAB && d0 !== TAB)) && !isDelimiter(b, t, delimiter)) t++;
          if (t + width > end && !final) {
            scan.stopLine = line;
            p = start;
            line = startLine;
            break record;
          }
          if (t >= end || b[t] === LF || b[t] === CR || isDelimiter(b, t, delimiter)) p = t;
          else {
            if (fault === null) {
              fault = "text-after-quote";
              faultColumn = cells;
              quoteLine = openLine;
            }
            s--;
            plain = true;
          }
        }
      }
      if (plain) {
        for (;;) {
          // biome-ignore lint/suspicious/noAssignInExpressions: the hottest loop; a statement more costs a third of its speed
          while (p < end && ((c = b[p]!) > top || (c !== d0 && c !== LF && c !== CR))) p++;
          if (width === 1 || p >= end || c !== d0) break;
          if (p + width > end && !final) {
            scan.stopLine = line;
            p = start;
            line = startLine;
            break record;
          }
          if (isDelimiter(b, p, delimiter)) break;
          p++;
        }
        e = p;
        if (e > s && b[e - 1] === quote) stray = true;
      }

      if (cells < columns) {
        starts[base + cells] = s;
        ends[base + cells] = e;
      } else extra += e - s;
      cells++;

      if ((p >= end || (p + 1 >= end && b[p] === CR)) && !final) {
        scan.stopLine = line;
        p = start;
        line = startLine;
        break record;
      }
      if (p >= end) {
        recordEnd = p;
        break;
      }
      c = b[p]!;
      if (c === LF) {
        recordEnd = p++;
        line++;
      } else if (c === CR) {
        recordEnd = p;
        p += p + 1 < end && b[p + 1] === LF ? 2 : 1;
        line++;
      } else p += width;
    }

    if (recordEnd - start > limits.maxBytes) {
      scan.oversize = true;
      p = start;
      line = startLine;
      break;
    }
    if (fault === null && stray) {
      const cell = straddling(b, starts, ends, base, base + Math.min(cells, columns), quote);
      if (cell >= 0) {
        fault = "stray-quote";
        faultColumn = cell - base;
      }
    }
    if (fault === null && limits.checkUtf8 && !isUtf8(b.subarray(start, recordEnd))) fault = "encoding";
    if (fault === null && cells !== columns) {
      if (!scan.pad || (cells > columns && extra > 0)) fault = "ragged";
      else for (; cells < columns; cells++) starts[base + cells] = ends[base + cells] = recordEnd;
    }
    if (fault !== null) {
      const lastLine = p > recordEnd ? line - 1 : line;
      scan.faults.push({
        kind: fault,
        line: startLine,
        start,
        end: recordEnd,
        cells,
        column: faultColumn,
        quoteLine,
        lastLine,
      });
      if (fault === "unterminated") {
        scan.exhausted = false;
        break;
      }
      continue;
    }
    for (let index = 0; index < doubled; index++) {
      const cell = doubledCells[index]!;
      ends[cell] = unescapeCell(b, starts[cell]!, ends[cell]!, quote);
    }
    if (limits.hasNul) {
      for (let cell = base; cell < base + columns; cell++) {
        const before = ends[cell]!;
        ends[cell] = cutNul(b, starts[cell]!, before);
        scan.nuls += before - ends[cell]!;
      }
    }
    lines[rows++] = startLine;
  }
  scan.at = p;
  scan.line = line;
  scan.rows = rows;
}

/**
 * The first cell, or -1, in which a quote opens that closes at the end of the next one, both unquoted: `3"Tunic, red"`.
 * Very likely a delimiter is missing before the quote, and the one behind it belongs to the text: cells would be shifted.
 */
function straddling(
  b: Buffer,
  starts: Int32Array,
  ends: Int32Array,
  first: number,
  last: number,
  quote: number,
): number {
  for (let cell = first; cell + 1 < last; cell++) {
    const nextEnd = ends[cell + 1]!;
    if (b[nextEnd - 1] !== quote || b[ends[cell]! - 1] === quote) continue;
    if (b[starts[cell]! - 1] === quote || b[starts[cell + 1]! - 1] === quote) continue;
    if (isOdd(b, starts[cell]!, ends[cell]!, quote) && isOdd(b, starts[cell + 1]!, nextEnd, quote)) return cell;
  }
  return -1;
}

function isOdd(b: Buffer, start: number, end: number, byte: number): boolean {
  let count = 0;
  for (let p = start; p < end; p++) if (b[p] === byte) count++;
  return count % 2 === 1;
}

function isDelimiter(b: Buffer, at: number, delimiter: Uint8Array): boolean {
  for (let index = 0; index < delimiter.length; index++) if (b[at + index] !== delimiter[index]) return false;
  return true;
}
