/**
 * Files of random content, whole and damaged, of every format that we take apart ourselves. Whole ones give exactly what was put in;
 * damaged ones give that, or are refused, or tell what is wrong with which record: never another error, never silence, never without end.
 * `SOAK=1` runs 120 times as many.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decoderFor } from "../../../connectors/csv/decode.ts";
import { ConfigError } from "../../../core/errors.ts";
import { testContext } from "../../helpers/context.ts";
import { type ReadResult, readAll } from "../read-all.ts";
import { over } from "./files.ts";
import { escapeXml, xlsxOf } from "./xlsx-writer.ts";
import { zipOf } from "./zip-writer.ts";

const runs = (count: number) => ({
  numRuns: process.env.SOAK === "1" ? count * 20 : Math.ceil(count / 6),
  seed: 20261126,
});
/** A damaged file that takes longer is one that hangs. */
const LONGEST_MS = 20_000;

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "crm-migrate-fuzz-files-"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

type Table = Pick<ReadResult, "columns" | "rows" | "bad">;

/** Every visible table of the file, or the codes that it is refused with. */
async function read(name: string, bytes: Uint8Array, options = {}): Promise<readonly Table[] | readonly string[]> {
  writeFileSync(join(dir, name), bytes);
  const source = over(dir, { files: name, ...options }, testContext());
  const began = performance.now();
  try {
    const { objects } = await source.describe();
    const tables: Table[] = [];
    for (const { name: object } of objects) tables.push(await readAll(source, object));
    return tables;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const codes = error.problems.map(({ code }) => code);
    for (const code of codes) expect(code).toMatch(/^(?:FILE|CSV|SHEET|JSONL)_[A-Z_]+$/);
    return codes;
  } finally {
    await source.close();
    expect(performance.now() - began).toBeLessThan(LONGEST_MS);
  }
}

const isRefused = (found: readonly Table[] | readonly string[]): found is readonly string[] =>
  typeof found[0] === "string";

const rowsOf = (found: readonly Table[] | readonly string[]): unknown => {
  expect(isRefused(found) ? found : []).toEqual([]);
  const [table] = found as readonly Table[];
  expect(table!.bad).toEqual([]);
  return table!.rows;
};

/** Texts of cells with everything in them that matters to some format; what ends a line or a cell in none of them. */
const plainText = fc
  .array(fc.constantFrom("a", "B", "7", " ", "ü", "ß", "é", "€", "-", "&", "<", "'", ".", "x"), {
    minLength: 1,
    maxLength: 8,
  })
  .map((parts) => parts.join("").trim())
  .filter((text) => text !== "");
const anyText = fc
  .array(fc.constantFrom("a", "7", ",", ";", "|", "\t", '"', "\n", "ü", "東", "𝄞", "&lt;", "]]>", "=", " "), {
    maxLength: 8,
  })
  .map((parts) => parts.join("").trim());

/** At least three columns and rows: fewer say too little about a dialect. */
const grids = (text: fc.Arbitrary<string>) =>
  fc
    .integer({ min: 3, max: 5 })
    .chain((columns) =>
      fc.array(fc.array(text, { minLength: columns, maxLength: columns }), { minLength: 3, maxLength: 12 }),
    );

describe("delimited text, everything detected", () => {
  const ENCODINGS = {
    "utf-8": (text: string) => Buffer.from(text),
    "utf-8 with BOM": (text: string) => Buffer.from(`\ufeff${text}`),
    "utf-16le": (text: string) => Buffer.from(`\ufeff${text}`, "utf16le"),
    "utf-16be": (text: string) => Buffer.from(`\ufeff${text}`, "utf16le").swap16(),
    "windows-1252": (text: string) => Buffer.from(text.replaceAll("€", "\x80"), "latin1"),
  } as const;

  it("cells come out as they went in: delimiter, newline, quotes and encoding", async () => {
    const shapes = fc.record({
      grid: grids(plainText),
      delimiter: fc.constantFrom(",", ";", "\t", "|"),
      newline: fc.constantFrom("\n", "\r\n", "\r"),
      quoted: fc.boolean(),
      last: fc.boolean(),
      encoding: fc.constantFrom(...(Object.keys(ENCODINGS) as (keyof typeof ENCODINGS)[])),
    });
    await fc.assert(
      fc.asyncProperty(shapes, async ({ grid, delimiter, newline, quoted, last, encoding }) => {
        const header = grid[0]!.map((_, index) => `name ${index}`);
        const line = (cells: readonly string[]) =>
          cells.map((cell) => (quoted ? `"${cell.replaceAll('"', '""')}"` : cell)).join(delimiter);
        const text = [header, ...grid].map(line).join(newline) + (last ? newline : "");
        expect(rowsOf(await read("a.csv", ENCODINGS[encoding](text)))).toEqual(grid);
      }),
      runs(100),
    );
  });

  it("quoted cells may hold delimiters, quotes and newlines", async () => {
    await fc.assert(
      fc.asyncProperty(grids(anyText), fc.constantFrom(",", ";", "\t", "|"), async (grid, delimiter) => {
        const line = (cells: readonly string[]) =>
          cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(delimiter);
        const text = [grid[0]!.map((_, index) => `name ${index}`), ...grid].map(line).join("\n");
        expect(rowsOf(await read("a.csv", Buffer.from(text)))).toEqual(grid);
      }),
      runs(100),
    );
  });

  it("decoders give the same wherever their input is cut", () => {
    const LABELS = ["utf-16le", "utf-16be", "windows-1252", "shift_jis", "gb18030", "big5", "euc-kr", "koi8-r"];
    const bytes = fc.array(
      fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0x0a, 0x22, 0x2c, 0xd8, 0xdc, 0x1b)),
      {
        maxLength: 60,
      },
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...LABELS),
        bytes,
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
        (label, list, cuts) => {
          const input = Buffer.from(list);
          const whole = decoderFor(label)!(input, true);
          const decode = decoderFor(label)!;
          const parts: Buffer[] = [];
          let at = 0;
          for (let turn = 0; at < input.length; turn++) {
            const end = at + cuts[turn % cuts.length]!;
            parts.push(Buffer.from(decode(input.subarray(at, end), end >= input.length)));
            at = end;
          }
          if (input.length > 0) expect(Buffer.concat(parts).toString("latin1")).toBe(whole.toString("latin1"));
        },
      ),
      runs(2000),
    );
  });
});

it("an encoding with states: what has none rejects its line, not the file", async () => {
  const bytes = Buffer.concat([
    Buffer.from("Id,Name\n1,"),
    Buffer.from([0x1b, 0x24, 0x42, 0x45, 0x6c, 0x35, 0x7e, 0x1b, 0x28, 0x42]),
    Buffer.from("\n2,"),
    Buffer.from([0x1b, 46, 0]),
    Buffer.from("\n3,x\n"),
  ]);
  const [table] = (await read("a.csv", bytes, { encoding: "iso-2022-jp" })) as readonly Table[];
  expect(table!.rows).toEqual([
    ["1", "東京"],
    ["3", "x"],
  ]);
  expect(table!.bad.map(({ line, code }) => [line, code])).toEqual([[3, "CSV_INVALID_ENCODING"]]);
});

describe("JSON Lines against JSON.parse, line by line", () => {
  const json = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.stringify(value));
  const object = fc.dictionary(
    fc.constantFrom("a", "b", "c", "__proto__", "constructor", ""),
    fc.jsonValue({ maxDepth: 1 }),
    {
      maxKeys: 4,
    },
  );
  const lines = fc.array(
    fc.oneof(
      { weight: 6, arbitrary: object.map((value) => JSON.stringify(value)) },
      { weight: 1, arbitrary: json },
      {
        weight: 1,
        arbitrary: fc.constantFrom("", "  ", "{", '{"a":1', "[]", '{"a":1}}', "\u0000", '{"a":NaN}', "null"),
      },
      { weight: 1, arbitrary: object.map((value) => JSON.stringify(value).slice(1)) },
    ),
    { minLength: 1, maxLength: 12 },
  );

  const parsed = (line: string): Record<string, unknown> | null => {
    try {
      const value = JSON.parse(line) as unknown;
      return typeof value === "object" && value !== null && !Array.isArray(value)
        ? (value as Record<string, unknown>)
        : null;
    } catch {
      return null;
    }
  };

  it("every line is a record, a reject or blank", async () => {
    await fc.assert(
      fc.asyncProperty(lines, fc.constantFrom("\n", "\r\n"), async (list, newline) => {
        const told = list.filter((line) => line.trim() !== "");
        const good = told.map(parsed).filter((value) => value !== null);
        const found = await read("a.jsonl", Buffer.from(list.join(newline)));
        if (good.every((value) => Object.keys(value).length === 0)) {
          expect(found).toEqual([told.length === 0 ? "CSV_EMPTY" : "FILE_UNSUPPORTED"]);
          return;
        }
        const [table] = found as readonly Table[];
        expect(table!.bad).toHaveLength(told.length - good.length);
        const expected = good.map((value) =>
          table!.columns.map((column) => {
            if (!Object.hasOwn(value, column)) return "";
            const cell = value[column];
            if (cell === null) return null;
            if (typeof cell === "string") return cell.replaceAll("\0", "");
            return typeof cell === "object" ? JSON.stringify(cell) : String(cell);
          }),
        );
        // numbers are compared as numbers: they are written as they were, without exponent
        const same = (row: readonly (string | null)[], at: number) =>
          row.map((cell, column) => {
            const wanted = expected[at]![column];
            return cell !== null && cell !== wanted && cell !== "" && Number(cell) === Number(wanted) ? wanted : cell;
          });
        expect(table!.rows.map(same)).toEqual(expected);
      }),
      runs(100),
    );
  });
});

type Sheet = readonly (readonly (string | number | boolean | null)[])[];
const cellValues = fc.oneof(
  { weight: 3, arbitrary: plainText },
  { weight: 1, arbitrary: fc.integer({ min: -1_000_000, max: 1_000_000 }) },
  { weight: 1, arbitrary: fc.boolean() },
  { weight: 1, arbitrary: fc.constant(null) },
);
const sheets: fc.Arbitrary<Sheet> = fc
  .integer({ min: 1, max: 4 })
  .chain((columns) =>
    fc.array(fc.array(cellValues, { minLength: columns, maxLength: columns }), { minLength: 1, maxLength: 6 }),
  );
const withHeader = (sheet: Sheet): Sheet => [sheet[0]!.map((_, index) => `name ${index}`), ...sheet];
/** Rows as they are read: blank ones are skipped. */
const asRead = (sheet: Sheet): readonly (readonly string[])[] =>
  sheet
    .map((row) => row.map((cell) => (cell === null ? "" : String(cell))))
    .filter((row) => row.some((cell) => cell !== ""));

const book = (sheet: Sheet): Buffer => xlsxOf({ sheets: [{ name: "Data", data: withHeader(sheet) }] });

function ods(sheet: Sheet): Buffer {
  const cell = (value: Sheet[number][number]): string => {
    if (value === null) return "<table:table-cell/>";
    if (typeof value === "number")
      return `<table:table-cell office:value-type="float" office:value="${value}"><text:p>${value}</text:p></table:table-cell>`;
    if (typeof value === "boolean")
      return `<table:table-cell office:value-type="boolean" office:boolean-value="${value}"><text:p>${value}</text:p></table:table-cell>`;
    return `<table:table-cell office:value-type="string"><text:p>${escapeXml(value).replace(/ {2,}/g, (spaces) => ` <text:s text:c="${spaces.length - 1}"/>`)}</text:p></table:table-cell>`;
  };
  const rows = withHeader(sheet).map((row) => `<table:table-row>${row.map(cell).join("")}</table:table-row>`);
  const space = (name: string) => `xmlns:${name}="urn:oasis:names:tc:opendocument:xmlns:${name}:1.0"`;
  return zipOf([
    { name: "mimetype", data: "application/vnd.oasis.opendocument.spreadsheet", method: 0 },
    {
      name: "content.xml",
      data: `<?xml version="1.0"?><office:document-content ${space("office")} ${space("table")} ${space("text")}><office:body><office:spreadsheet><table:table table:name="Data">${rows.join("")}</table:table></office:spreadsheet></office:body></office:document-content>`,
    },
  ]);
}

/** A file with some bytes changed, taken out, doubled or cut off. */
const damages = fc.array(
  fc.record({
    kind: fc.constantFrom("flip", "cut", "double", "zero", "end"),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.integer({ min: 1, max: 40 }),
    byte: fc.integer({ min: 1, max: 255 }),
  }),
  { minLength: 1, maxLength: 3 },
);
type Damage = typeof damages extends fc.Arbitrary<infer Value> ? Value : never;

function damaged(bytes: Buffer, list: Damage): Buffer {
  let now = Buffer.from(bytes);
  for (const { kind, at, length, byte } of list) {
    const from = Math.floor(at * Math.max(0, now.length - 1));
    const part = now.subarray(from, from + length);
    if (kind === "flip" && now.length > 0) now[from] = now[from]! ^ byte;
    else if (kind === "cut") now = Buffer.concat([now.subarray(0, from), now.subarray(from + length)]);
    else if (kind === "double") now = Buffer.concat([now.subarray(0, from), part, now.subarray(from)]);
    else if (kind === "zero") part.fill(0);
    else if (kind === "end") now = Buffer.from(now.subarray(0, from));
  }
  return now;
}

describe.each([
  ["xlsx", book],
  ["ods", ods],
] as const)("workbooks: %s", (extension, write) => {
  it("cells come out as they went in", async () => {
    await fc.assert(
      fc.asyncProperty(sheets, async (sheet) => {
        expect(rowsOf(await read(`a.${extension}`, write(sheet)))).toEqual(asRead(sheet));
      }),
      runs(60),
    );
  });

  it("damaged bytes are refused, or change nothing", async () => {
    await fc.assert(
      fc.asyncProperty(sheets, damages, async (sheet, list) => {
        const found = await read(`a.${extension}`, damaged(write(sheet), list));
        if (isRefused(found)) return;
        // checksums cover the cells; what is left is another name, or a part that is not needed
        expect(rowsOf(found)).toEqual(asRead(sheet));
      }),
      runs(80),
    );
  });

  it("XML that is not what it should be is refused, or read with what is wrong told; never another error", async () => {
    const edits = fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        take: fc.integer({ min: 0, max: 12 }),
        put: fc.constantFrom(
          "",
          "<",
          ">",
          "/",
          '"',
          "'",
          "=",
          "&",
          "&#0;",
          "&x;",
          "<c>",
          "</row>",
          "<row>",
          "-1",
          "99999999",
          "1e999",
          "ZZZZ9",
          "<!--",
          "<![CDATA[",
          "\u0000",
          't="s"',
          's="9"',
        ),
      }),
      { minLength: 1, maxLength: 3 },
    );
    await fc.assert(
      fc.asyncProperty(sheets, edits, async (sheet, list) => {
        const source = write(sheet);
        const parts = unpacked(source).map(({ name, text }) => {
          if (!/sheet1\.xml$|content\.xml$/.test(name)) return { name, data: text };
          let changed = text;
          for (const { at, take, put } of list) {
            const from = Math.floor(at * changed.length);
            changed = changed.slice(0, from) + put + changed.slice(from + take);
          }
          return { name, data: changed };
        });
        await read(`a.${extension}`, zipOf(parts));
      }),
      runs(100),
    );
  });
});

/** The parts of an archive that `zipOf` made. */
function unpacked(archive: Buffer): readonly { readonly name: string; readonly text: string }[] {
  const parts: { name: string; text: string }[] = [];
  let at = 0;
  while (archive.readUInt32LE(at) === 0x04034b50) {
    const method = archive.readUInt16LE(at + 8);
    const packed = archive.readUInt32LE(at + 18);
    const length = archive.readUInt16LE(at + 26);
    const body = archive.subarray(at + 30 + length, at + 30 + length + packed);
    parts.push({
      name: archive.toString("utf8", at + 30, at + 30 + length),
      text: (method === 0 ? body : inflateRawSync(body)).toString(),
    });
    at += 30 + length + packed;
  }
  return parts;
}

describe("damaged files of other kinds", () => {
  it("delimited text and JSON Lines: records or rejects, nothing else", async () => {
    await fc.assert(
      fc.asyncProperty(grids(anyText), damages, fc.boolean(), async (grid, list, asJson) => {
        const text = asJson
          ? grid
              .map((row) => JSON.stringify(Object.fromEntries(row.map((cell, index) => [`n${index}`, cell]))))
              .join("\n")
          : grid.map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(",")).join("\n");
        await read(asJson ? "a.jsonl" : "a.csv", damaged(Buffer.from(text), list));
      }),
      runs(150),
    );
  });

  it("archives: refused, or what was put in", async () => {
    await fc.assert(
      fc.asyncProperty(grids(plainText), damages, async (grid, list) => {
        const text = [grid[0]!.map((_, index) => `name ${index}`), ...grid].map((row) => row.join(",")).join("\n");
        const found = await read("a.zip", damaged(zipOf([{ name: "b.csv", data: text }]), list));
        if (!isRefused(found) && found.length > 0) expect(rowsOf(found)).toEqual(grid);
      }),
      runs(80),
    );
  });
});
