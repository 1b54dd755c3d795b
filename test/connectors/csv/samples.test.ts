/**
 * Public collections of nasty files, each with its expected outcome: the right values, or a clear refusal.
 *
 * csv-spectrum    all 12 files: exactly the values of its JSON.
 * messytables     as written per file below; files with rows above the header need `header`, blanks before a quote make
 *                 the row ragged.
 * pollock         file_*: exactly the values of the clean file (the preamble told by an option; the empty file is refused;
 *                 the file quoted with undoubled apostrophes is right where it can be). row_*: the polluted row is rejected with its line, every other row is exactly right; where the
 *                 header itself is polluted every row is rejected.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { needsShared, sharedDir } from "../../helpers/shared.ts";
import { readAll } from "../read-all.ts";
import { over, problemsOf } from "./files.ts";

const shared = sharedDir();
const nasty = join(shared ?? "", "data/nasty");

async function read(dir: string, file: string, options: Readonly<Record<string, unknown>> = {}) {
  const source = over(dir, { files: file, ...options });
  const { objects } = await source.describe();
  return {
    ...(await readAll(source, file)),
    note: objects[0]!.note,
    names: objects[0]!.fields.map(({ name }) => name),
  };
}

describe.skipIf(shared === null)(needsShared("csv-spectrum"), () => {
  const dir = join(nasty, "nasty-csv-spectrum/csvs");
  const files = shared === null ? [] : readdirSync(dir);

  it("has 12 files", () => {
    expect(files).toHaveLength(12);
  });

  it.each(files)("%s: exactly the values of its JSON", async (file) => {
    const truth = JSON.parse(readFileSync(join(dir, "../json", file.replace(".csv", ".json")), "utf8")) as unknown;
    const { names, rows, bad } = await read(dir, file);
    expect(bad).toEqual([]);
    // location_coordinates.json is a single object instead of a list, and shows another telephone number.
    const expected =
      file === "location_coordinates.csv" ? [{ ...(truth as object), "Contact Phone Number": "2095257564" }] : truth;
    expect(rows.map((row) => Object.fromEntries(row.map((cell, index) => [names[index], cell])))).toEqual(expected);
  });
});

describe.skipIf(shared === null)(needsShared("messytables"), () => {
  const dir = join(nasty, "nasty-messytables-horror");

  it.each([
    ["simple.csv", "UTF-8, comma, LF, 3 columns", 6],
    ["simple.ssv", "UTF-8, semicolon, LF, 3 columns", 6],
    ["simple.psv", "UTF-8, pipe, mixed newlines, 6 columns", 28],
    ["example.tsv", "UTF-8, tab, LF, 17 columns", 140],
    ["long.csv", "UTF-8, comma, LF, 1 column", 3999],
    ["small.csv", "UTF-8, comma, one line, 1 column", 0],
    ["utf8bom.csv", "UTF-8 with BOM, comma, one line, 2 columns", 0],
    ["skip_initials.csv", "UTF-8, comma, LF, 2 columns", 2],
    ["null.csv", "UTF-8, comma, LF, 4 columns; 1 duplicate header renamed", 9],
    ["spanish_chars.csv", "Windows-1252, comma, mixed newlines, 8 columns", 116],
    ["begrotingsanalyse-2011.csv", "UTF-8, comma, LF, 20 columns; 18 empty headers named by position", 42],
  ])("%s: %s, %i records", async (file, note, size) => {
    const found = await read(dir, file);
    expect(found.note).toBe(note);
    expect(found.rows).toHaveLength(size);
    expect(found.bad).toEqual([]);
  });

  it("complex.csv: a blank before a quote does not quote, so that row is ragged", async () => {
    const { rows, bad } = await read(dir, "complex.csv");
    expect(rows).toEqual([
      ["2011-01-01", " 24 October 2011", " 0", ""],
      ["2011-01-02", " 24 October 2012", " -1", "Galway and more"],
    ]);
    expect(bad.map(({ line, code, cells }) => [line, code, cells])).toEqual([
      [4, "CSV_RAGGED_ROW", ["2011-01-03", " ", ' "6', "000", '000"', "Galway"]],
    ]);
  });

  it("excel_pasting.csv: the header is on line 4", async () => {
    const { names, rows, bad } = await read(dir, "excel_pasting.csv", { header: 4 });
    expect(names.slice(0, 3)).toEqual(["Year", "2000", "2001"]);
    expect(rows[0]!.slice(0, 3)).toEqual(["Timber", "2,666", "2,274"]);
    expect(bad).toEqual([]);
  });

  it("spanish_chars.csv: accents are right", async () => {
    expect((await read(dir, "spanish_chars.csv")).names.at(-1)).toBe("Descripción");
  });
});

describe.skipIf(shared === null)(needsShared("pollock"), () => {
  const dir = join(nasty, "nasty-pollock/csv");
  const clean = join(nasty, "nasty-pollock/clean");
  const files = shared === null ? [] : readdirSync(dir);

  it.each([
    ["source.csv", {}],
    ["file_double_trailing_newline.csv", {}],
    ["file_field_delimiter_0x3B.csv", {}],
    ["file_field_delimiter_0x9.csv", {}],
    ["file_header_only.csv", {}],
    ["file_no_trailing_newline.csv", {}],
    ["file_one_data_row.csv", {}],
    ["file_record_delimiter_0xA.csv", {}],
    ["file_preamble.csv", { header: 3 }],
  ])("%s %j: exactly the clean values", async (file, options) => {
    const found = await read(dir, file, options);
    const expected = await read(clean, file);
    expect(found.names).toEqual(expected.names);
    expect(found.rows).toEqual(expected.rows);
    expect(found.bad).toEqual([]);
  });

  it("file_quotation_char_0x27.csv: with the quote told, rows are right or, where an apostrophe is not doubled, rejected", async () => {
    const { rows, lines, bad } = await read(dir, "file_quotation_char_0x27.csv", { quote: "'" });
    const truth = await read(dir, "source.csv");
    // The other quote stayed doubled when the file was made.
    const unified = rows.map((row) => row.map((cell) => cell!.replaceAll('""', '"')));
    expect(unified).toEqual(lines.map((line) => truth.rows[truth.lines.indexOf(line)]));
    expect([rows.length, bad.length]).toEqual([50, 33]);
    expect(new Set(bad.map(({ code }) => code))).toEqual(new Set(["CSV_TEXT_AFTER_QUOTE"]));
  });

  it("file_no_payload.csv: refused as empty", async () => {
    expect(await problemsOf(() => read(dir, "file_no_payload.csv"))).toMatchObject([{ code: "CSV_EMPTY" }]);
  });

  const CODES: Readonly<Record<string, string>> = {
    row_extra_quote: "CSV_TEXT_AFTER_QUOTE",
    row_field_delimiter: "CSV_RAGGED_ROW",
    row_less_sep: "CSV_RAGGED_ROW",
    row_more_sep: "CSV_RAGGED_ROW",
  };
  const polluted = files.filter((file) => /^row_(?!less_sep_row0_)/.test(file));

  it("has 46 files with a polluted row", () => {
    expect(polluted).toHaveLength(46);
  });

  it.each(polluted)("%s: that row is rejected, every other is exactly right", async (file) => {
    const line = Number(/(?:quote|delimiter_|row)(\d+)_/.exec(file.replace("row_", ""))![1]) + 1;
    const family = Object.keys(CODES).find((name) => file.startsWith(name))!;
    // Without the comma `$83.75"Flannel Tunic, Plaid"` has as many cells as it should, but the wrong ones.
    const code = file === "row_less_sep_row54_col5.csv" ? "CSV_STRAY_QUOTE" : CODES[family];
    // A quote at the end of the line takes the next line along, and the reject says so.
    const taken = file === "row_extra_quote39_col8.csv" ? [line, line + 1] : [line];
    const truth = await read(dir, "source.csv");
    const { rows, lines, bad } = await read(dir, file);
    expect(bad.map((record) => [record.line, record.code])).toEqual([[line, code]]);
    if (taken.length > 1) expect(bad[0]!.reason).toContain(`the record covers lines ${line} to ${line + 1}`);
    const kept = truth.lines
      .map((at, index) => ({ at, row: truth.rows[index] }))
      .filter(({ at }) => !taken.includes(at));
    expect(lines).toEqual(kept.map(({ at }) => at));
    expect(rows).toEqual(kept.map(({ row }) => row));
  });

  it("row_less_sep_row0_col1.csv: the header lacks a delimiter, so every row is rejected", async () => {
    const { rows, bad } = await read(dir, "row_less_sep_row0_col1.csv");
    expect(rows).toEqual([]);
    expect(bad).toHaveLength(83);
    expect(new Set(bad.map(({ reason }) => reason))).toEqual(new Set(["expected 8 cells, got 9"]));
  });
});
