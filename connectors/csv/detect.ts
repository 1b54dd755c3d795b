/** Guesses how a file is written. Pure functions over its bytes; every guess can be overridden by an option. */
import { CR, type Dialect, dialectOf, LF } from "../../core/csv/dialect.ts";
import { outline } from "./split.ts";
import { type Utf8Evidence, utf8Evidence } from "./survey.ts";

export interface DetectedEncoding {
  /** WHATWG name: utf-8, utf-16le, utf-16be, windows-1252. */
  readonly encoding: string;
  /** Bytes of the byte order mark; 0: none. */
  readonly bom: number;
}

/**
 * Byte order mark, else the NUL pattern of UTF-16, else UTF-8 if most characters beyond ASCII are valid in it, else
 * Windows-1252. `evidence` is that of the whole file when it is known: the sample may be plain ASCII.
 */
export function detectEncoding(sample: Buffer, evidence: Utf8Evidence = utf8Evidence(sample)): DetectedEncoding {
  const mark = byteOrderMark(sample);
  if (mark !== null) return mark;
  const wide = wideEncoding(sample);
  if (wide !== null) return { encoding: wide, bom: 0 };
  return { encoding: evidence.invalid === 0 || evidence.valid > evidence.invalid ? "utf-8" : "windows-1252", bom: 0 };
}

/** The encoding that a byte order mark tells, or null without one. */
export function byteOrderMark(sample: Buffer): DetectedEncoding | null {
  if (sample[0] === 0xef && sample[1] === 0xbb && sample[2] === 0xbf) return { encoding: "utf-8", bom: 3 };
  if (sample[0] === 0xff && sample[1] === 0xfe) return { encoding: "utf-16le", bom: 2 };
  if (sample[0] === 0xfe && sample[1] === 0xff) return { encoding: "utf-16be", bom: 2 };
  return null;
}

/** UTF-16 without a mark: western text has NUL in nearly every other byte, and only there. */
function wideEncoding(sample: Buffer): string | null {
  const pairs = Math.min(sample.length, 4096) >> 1;
  if (pairs < 2) return null;
  let even = 0;
  let odd = 0;
  for (let pair = 0; pair < pairs; pair++) {
    if (sample[2 * pair] === 0) even++;
    if (sample[2 * pair + 1] === 0) odd++;
  }
  if (odd > pairs * 0.4 && even < pairs * 0.05) return "utf-16le";
  if (even > pairs * 0.4 && odd < pairs * 0.05) return "utf-16be";
  return null;
}

const CANDIDATES = [",", ";", "\t", "|"] as const;
const SAMPLE_RECORDS = 200;

/**
 * The delimiter whose records agree best on their number of cells, quoting respected. `preferred` (from the file's
 * extension) wins ties; a text that no delimiter cuts is one column and gets `preferred` or a comma.
 */
export function detectDelimiter(
  text: Buffer,
  options: { readonly quote: string; readonly final: boolean; readonly preferred?: string | null },
): string {
  const preferred = options.preferred ?? null;
  let best: string | null = null;
  let bestScore = 0;
  for (const delimiter of preferred === null ? CANDIDATES : [preferred, ...CANDIDATES]) {
    const score = agreement(text, dialectOf(delimiter, options.quote), options.final);
    if (score > bestScore) {
      best = delimiter;
      bestScore = score;
    }
  }
  return best ?? preferred ?? ",";
}

/** Share of records with the commonest number of cells (broken quoting counts against), a little more for more cells. */
function agreement(text: Buffer, dialect: Dialect, final: boolean): number {
  let { records } = outline(text, dialect, { maxRecords: SAMPLE_RECORDS, final });
  // One long record only, cut off by the end of the sample.
  if (records.length === 0) records = outline(text, dialect, { maxRecords: SAMPLE_RECORDS, final: true }).records;
  const tally = new Map<number, number>();
  for (const { kind, cells } of records) if (kind === "ragged") tally.set(cells, (tally.get(cells) ?? 0) + 1);
  let cells = 1;
  let most = 0;
  for (const [count, times] of tally) {
    if (count > 1 && (times > most || (times === most && count > cells))) {
      cells = count;
      most = times;
    }
  }
  if (cells === 1) return 0;
  const header = records[0]?.cells === cells ? 1 : 0.5;
  return (most / records.length) * header * (1 - 1 / (cells + 8));
}

export type Newline = "LF" | "CRLF" | "CR" | "mixed newlines" | "one line";

/** Newlines of a text, those inside quotes included; for the note only. */
export function detectNewline(text: Buffer): Newline {
  let lf = 0;
  let crlf = 0;
  let cr = 0;
  for (let p = 0; p < text.length; p++) {
    if (text[p] === LF) lf++;
    else if (text[p] === CR) {
      if (text[p + 1] === LF) {
        crlf++;
        p++;
      } else if (p + 1 < text.length) cr++;
    }
  }
  const kinds = [lf, crlf, cr].filter((count) => count > 0).length;
  if (kinds > 1) return "mixed newlines";
  return lf > 0 ? "LF" : crlf > 0 ? "CRLF" : cr > 0 ? "CR" : "one line";
}

/** What Excel writes and reads as a first line: `sep=;`. */
export function sepLine(text: Buffer): { readonly delimiter: string; readonly length: number } | null {
  const found = /^sep=([^\r\n])(\r\n|\n|\r)/i.exec(text.toString("latin1", 0, 16));
  return found === null ? null : { delimiter: found[1]!, length: found[0].length };
}
