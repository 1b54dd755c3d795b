import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CsvFile } from "../../../connectors/csv/inspect.ts";
import { readRecords } from "../../../connectors/csv/records.ts";
import { dialectOf } from "../../../core/csv/dialect.ts";
import type { Position } from "../../../core/record.ts";
import { collect } from "../read-all.ts";

const SOAK = process.env.SOAK === "1";

interface Expected {
  readonly line: number;
  readonly code: string | null;
  readonly cells: readonly string[];
}

/** The rules, one character at a time, over the whole text: slow and plain to see. */
function reference(text: string, delimiter: string, quote: string, columns: number, pad: boolean): Expected[] {
  const records: Expected[] = [];
  let at = 0;
  let line = 1;
  const newline = () => (text.startsWith("\r\n", at) ? 2 : text[at] === "\n" || text[at] === "\r" ? 1 : 0);
  const atEnd = () => at >= text.length || newline() > 0;

  while (at < text.length) {
    if (newline() > 0) {
      at += newline();
      line++;
      continue;
    }
    const startLine = line;
    const cells: string[] = [];
    let code: string | null = null;
    /** The cell before, where it is not quoted. */
    let before: string | null = null;
    const odd = (cell: string) => cell.split(quote).length % 2 === 0;
    for (;;) {
      let cell = "";
      let plain: string | null = null;
      if (quote !== "" && text[at] === quote) {
        const opened = at;
        const openedLine = line;
        let closed = false;
        at++;
        while (at < text.length && !closed) {
          if (text.startsWith(quote + quote, at)) {
            cell += quote;
            at += 2;
          } else if (text[at] === quote) {
            closed = true;
            at++;
          } else {
            const width = newline();
            if (width > 0) line++;
            cell += text.slice(at, at + Math.max(1, width));
            at += Math.max(1, width);
          }
        }
        if (!closed) {
          code = "CSV_UNTERMINATED_QUOTE";
          at = opened;
          line = openedLine;
          while (!atEnd()) at++;
        } else {
          const behind = at;
          while ((text[at] === " " || text[at] === "\t") && !text.startsWith(delimiter, at)) at++;
          if (!atEnd() && !text.startsWith(delimiter, at)) {
            code ??= "CSV_TEXT_AFTER_QUOTE";
            at = behind;
            while (!atEnd() && !text.startsWith(delimiter, at)) at++;
            plain = text.slice(opened, at);
          }
        }
      } else {
        while (!atEnd() && !text.startsWith(delimiter, at)) cell += text[at++];
        plain = cell;
        if (
          quote !== "" &&
          cells.length < columns &&
          before !== null &&
          cell.endsWith(quote) &&
          !before.endsWith(quote)
        ) {
          if (odd(before) && odd(cell)) code ??= "CSV_STRAY_QUOTE";
        }
      }
      before = plain;
      cells.push(cell);
      if (atEnd()) break;
      at += delimiter.length;
    }
    if (newline() > 0) {
      at += newline();
      line++;
    }
    if (code === null && cells.length !== columns) {
      const extra = cells.slice(columns);
      if (pad && extra.every((cell) => cell === "")) {
        cells.length = Math.min(cells.length, columns);
        while (cells.length < columns) cells.push("");
      } else code = "CSV_RAGGED_ROW";
    }
    records.push({ line: startLine, code, cells: cells.map((cell) => cell.replaceAll("\0", "")) });
  }
  return records;
}

let dir: string;
let number = 0;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "crm-migrate-fuzz-"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function fileOf(bytes: Uint8Array, delimiter: string, quote: string, columns: number): CsvFile {
  const path = join(dir, `${number++ % 8}.csv`);
  writeFileSync(path, bytes);
  return {
    path,
    name: "fuzz.csv",
    encoding: "utf-8",
    bom: 0,
    columns: Array.from({ length: columns }, (_, index) => `c${index}`),
    dialect: dialectOf(delimiter, quote),
    dataOffset: 0,
    dataLine: 1,
    survey: { size: 0, mtimeMs: 0, sha256: "", utf8: { valid: 0, invalid: 0 }, nuls: 0 },
    note: "",
  };
}

const signal = new AbortController().signal;

async function parse(
  file: CsvFile,
  options: { blockBytes: number; batchSize: number; pad?: boolean; from?: Position; maxRecordBytes?: number },
) {
  const { blockBytes, batchSize, pad = false, from = null, maxRecordBytes = 1 << 20 } = options;
  return await collect(readRecords(file, { from, batchSize, pad, maxRecordBytes, signal, blockBytes }));
}

const delimiters = fc.constantFrom(",", ";", "\t", "|", " ", "::", "§", "é;");
const quotes = fc.constantFrom('"', "'", "");

/** Texts in which everything that matters is frequent. */
const texts = (delimiter: string, quote: string) =>
  fc
    .array(
      fc.oneof(
        { weight: 6, arbitrary: fc.constantFrom(delimiter, "\n", "\r\n", "\r", "a", "b", " ", "\t") },
        {
          weight: 4,
          arbitrary: fc.constantFrom(quote, quote + quote, delimiter + quote, quote + delimiter, `${quote}\n`),
        },
        { weight: 2, arbitrary: fc.constantFrom("ü", "東", "𝄞", "\0", ":", "Â") },
      ),
      { maxLength: 60 },
    )
    .map((parts) => parts.join(""));

const cases = fc
  .record({ delimiter: delimiters, quote: quotes, columns: fc.integer({ min: 1, max: 4 }), pad: fc.boolean() })
  .chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      text: texts(shape.delimiter, shape.quote),
      blockBytes: fc.integer({ min: 1, max: 40 }),
      batchSize: fc.integer({ min: 1, max: 6 }),
    }),
  );

describe("byte parser against a slow reference", () => {
  it("agrees on cells, lines and faults wherever blocks and batches are cut, and resumes anywhere", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ shape, text, blockBytes, batchSize }) => {
        const { delimiter, quote, columns, pad } = shape;
        const expected = reference(text, delimiter, quote, columns, pad);
        // Too many broken quotes are another test.
        fc.pre(expected.filter(({ code }) => code === "CSV_UNTERMINATED_QUOTE").length <= 20);
        const file = fileOf(Buffer.from(text), delimiter, quote, columns);
        const found = await parse(file, { blockBytes, batchSize, pad });
        const good = expected.filter(({ code }) => code === null);
        expect(found.rows).toEqual(good.map(({ cells }) => cells));
        expect(found.lines).toEqual(good.map(({ line }) => line));
        const bad = expected.filter(({ code }) => code !== null);
        expect(found.bad.map(({ line, code }) => ({ line, code }))).toEqual(
          bad.map(({ line, code }) => ({ line, code })),
        );
        for (const [index, { code, cells }] of bad.entries()) {
          if (code === "CSV_RAGGED_ROW") expect(found.bad[index]!.cells).toEqual(cells);
        }
        const stop = found.stops[Math.floor(found.stops.length / 2)];
        if (stop === undefined) return;
        const rest = await parse(file, { blockBytes: blockBytes + 3, batchSize, pad, from: stop.next });
        expect(rest.rows).toEqual(found.rows.slice(stop.rows));
        expect(rest.lines).toEqual(found.lines.slice(stop.rows));
        expect(rest.bad).toEqual(found.bad.slice(stop.bad));
      }),
      { numRuns: SOAK ? 30_000 : 1000, seed: 20261121 },
    );
  });

  it("gives the same for any bytes and any limit, however they are cut", async () => {
    const bytes = fc
      .array(
        fc.oneof(
          fc.constantFrom(0x22, 0x2c, 0x0a, 0x0d, 0x61, 0x00),
          fc.constantFrom(0xc3, 0xa4, 0xe6, 0x9d, 0xb1, 0xff, 0xf0, 0x80),
        ),
        { maxLength: 80 },
      )
      .map((values) => Uint8Array.from(values));
    await fc.assert(
      fc.asyncProperty(
        bytes,
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 4, max: 60 }),
        fc.integer({ min: 1, max: 5 }),
        async (content, blockBytes, maxRecordBytes, batchSize) => {
          const file = fileOf(content, ",", '"', 2);
          const attempt = async (options: Parameters<typeof parse>[1]) => {
            try {
              const { rows, lines, bad } = await parse(file, options);
              return { rows, lines, bad };
            } catch (error) {
              return { code: (error as { readonly code?: unknown }).code };
            }
          };
          const whole = await attempt({ blockBytes: 1 << 16, batchSize: 1000, maxRecordBytes });
          const cut = await attempt({ blockBytes, batchSize, maxRecordBytes });
          expect(cut).toEqual(whole);
        },
      ),
      { numRuns: SOAK ? 20_000 : 700, seed: 7 },
    );
  });
});
