/**
 * Public workbooks, each with its expected outcome.
 *
 * readxl       76 workbooks that the R package is tested with: objects, good and bad records as listed below. Where a workbook exists
 *              as .xls and as .xlsx, both give the same cells, though they are read by different code.
 * messytables  two .ods, two .xls, one .xlsx: as below.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { testContext } from "../../helpers/context.ts";
import { needsShared, sharedDir } from "../../helpers/shared.ts";
import { type ReadResult, readAll } from "../read-all.ts";
import { over } from "./files.ts";

const shared = sharedDir();
const readxl = join(shared ?? "", "data/nasty/nasty-xlsx-readxl");
const messy = join(shared ?? "", "data/nasty/nasty-messytables-horror");

/** `object good` or `object good+bad` of each object; the object without the file's name where the file has several. */
const OUTCOMES: Readonly<Record<string, string>> = {
  "65536-rows-xls.xls": "1",
  "Ekaterinburg_IP_9.xlsx": "1+2192",
  "biff5-label-records.xls": "1+15",
  "biff5-rich-text-string.xls": "0+14",
  "big-texty-numbers-xls.xls": "6",
  "big-texty-numbers-xlsx.xlsx": "6",
  "blanks.xls": "different_rows 2, same_row_first 1, same_row_middle 2",
  "blanks.xlsx": "different_rows 2, same_row_first 1, same_row_middle 2",
  "clippy.xls": "list-column 4, two-row-header 2",
  "clippy.xlsx": "list-column 4, two-row-header 2",
  "color-date-lowercase-xlsx.xlsx": "7",
  "color-date-xls.xls": "7",
  "color-date-xlsx.xlsx": "7",
  "currency-formats-xlsx.xlsx": "2",
  "datasets.xls": "mtcars 32, chickwts 71, quakes 1000",
  "datasets.xlsx": "mtcars 32, chickwts 71, quakes 1000",
  "dates-1900-LibreOffice.xlsx": "0",
  "dates-1900.xls": "0",
  "dates-1904.xls": "0",
  "dates-leap-year-1900-xls.xls": "for_testing 7, for_human_eyes 10",
  "dates-leap-year-1900-xlsx.xlsx": "for_testing 7, for_human_eyes 10",
  "datetime-rounding.xls": "4",
  "datetime-rounding.xlsx": "4",
  "deaths.xls": "arts 1+17, other 2+16",
  "deaths.xlsx": "arts 1+17, other 2+16",
  "embedded-chartsheet.xlsx": "iris 150, mtcars 32, chickwts 71, quakes 1000",
  "empty-named-column.xls": "3",
  "empty-named-column.xlsx": "3",
  "empty-sheets.xls": "0",
  "empty-sheets.xlsx": "0",
  "geometry.xls": "Sheet1 3, warning_B6 3, warning_AT6 3",
  "geometry.xlsx": "Sheet1 3, warning_B6 3, warning_AT6 3, warning_AKE6 3",
  "inlineStr.xlsx": "1",
  "inlineStr2.xlsx": "1",
  "iris-excel-xls.xls": "150",
  "iris-excel-xlsx.xlsx": "150",
  "iris-google-doc.xlsx": "150",
  "list_type.xls": "5",
  "list_type.xlsx": "5",
  "los-angeles-arrests-xlsx.xlsx": "1+194",
  "missing-first-column.xls": "2",
  "missing-first-column.xlsx": "2",
  "missing-v-node-xlsx.xlsx": "1",
  "missing-values-xls.xls": "3",
  "missing-values-xlsx.xlsx": "3",
  "more-than-256-unique-strings-xls.xls": "257",
  "mtcars.xls": "6",
  "names-need-repair-xls.xls": "2",
  "names-need-repair-xlsx.xlsx": "2",
  "new_line_errors.xlsx": "2",
  "no-styles-or-sharedStrings-parts.xlsx": "11",
  "no-yes-col-names.xls": "no-col-names 0, yes-col-names 1, empty-col-names 0",
  "no-yes-col-names.xlsx": "no-col-names 0, yes-col-names 1, empty-col-names 0",
  "nonstandard-xml-ns-prefix.xlsx": "2",
  "numbers-as-na-and-shared-strings-xls.xls": "1",
  "numbers-as-na-and-shared-strings-xlsx.xlsx": "1",
  "richtext-coloured.xlsx": "1",
  "sheet-xml-lookup.xlsx": "Africa 5, Americas 5, Asia 5, Europe 5, Oceania 5",
  "skipping.xls": "two_blank_rows 2, occupied_row_and_blank_row 0+3, two_occupied_rows 0+4",
  "skipping.xlsx": "two_blank_rows 2, occupied_row_and_blank_row 0+3, two_occupied_rows 0+4",
  "style-only-cells.xls": "3",
  "style-only-cells.xlsx": "3",
  "texty-dates-xls.xls": "2",
  "texty-dates-xlsx.xlsx": "2",
  "type-me.xls": "logical_coercion 10, numeric_coercion 7, date_coercion 7, text_coercion 6",
  "type-me.xlsx": "logical_coercion 10, numeric_coercion 7, date_coercion 7, text_coercion 6",
  "types.xls":
    "guess_me 4, guess_max 3, smorgasbord 19, logical_coercion 17, date_coercion 6, numeric_coercion 6, text_coercion 8",
  "types.xlsx":
    "guess_me 4, guess_max 3, smorgasbord 19, logical_coercion 17, date_coercion 6, numeric_coercion 6, text_coercion 8",
  "unnamed-duplicated-columns.xls": "2",
  "unnamed-duplicated-columns.xlsx": "2",
  "utf8-sheet-names.xls": "µ 1, ∂ 1",
  "utf8-sheet-names.xlsx": "µ 1, ∂ 1",
  "vietnamese-utf8.xls": "6",
  "vietnamese-utf8.xlsx": "6",
  "whitespace-xls.xls": "whitespace 6, logical_and_NA 2",
  "whitespace-xlsx.xlsx": "whitespace 6, logical_and_NA 2",
};

type Book = ReadonlyMap<string, ReadResult & { readonly names: readonly string[] }>;
const books = new Map<string, Promise<Book>>();

/** Records by object; a workbook is read once with the same options. */
function readBook(dir: string, file: string, options: Readonly<Record<string, unknown>> = {}): Promise<Book> {
  const key = JSON.stringify([dir, file, options]);
  const book = books.get(key) ?? readNow(dir, file, options);
  books.set(key, book);
  return book;
}

async function readNow(dir: string, file: string, options: Readonly<Record<string, unknown>>): Promise<Book> {
  const source = over(dir, { files: file, ...options }, testContext());
  try {
    const { objects } = await source.describe();
    const found = new Map<string, ReadResult & { readonly names: readonly string[] }>();
    for (const { name, fields } of objects) {
      const names = fields.map((field) => field.name);
      found.set(name.replace(`${file}#`, ""), { ...(await readAll(source, name)), names });
    }
    return found;
  } finally {
    await source.close();
  }
}

describe.skipIf(shared === null)(needsShared("readxl"), () => {
  const files = shared === null ? [] : readdirSync(readxl);

  it("is listed whole", () => {
    expect(Object.keys(OUTCOMES)).toEqual(files.filter((file) => /\.xlsx?$/.test(file)).sort());
  });

  it.each(Object.entries(OUTCOMES))("%s: %s", async (file, outcome) => {
    const found = await readBook(readxl, file);
    const text = [...found].map(
      ([name, { rows, bad }]) =>
        `${name === file ? "" : `${name} `}${rows.length}${bad.length > 0 ? `+${bad.length}` : ""}`,
    );
    expect(text.join(", ")).toBe(outcome);
  });

  const twins = files
    .filter((file) => file.endsWith(".xls"))
    .map((file) => [file, file.replace(/-xls\.xls$/, "-xlsx.xlsx").replace(/\.xls$/, ".xlsx")] as const)
    .filter(([, other]) => files.includes(other));

  it.each(twins)("%s and %s give the same cells", async (xls, xlsx) => {
    const one = await readBook(readxl, xls);
    const other = await readBook(readxl, xlsx);
    const kept = (book: Book) =>
      [...book].map(([name, { names, rows, lines }]) => ({
        name: name.replace(/^.*\.xlsx?$/, ""),
        names,
        rows,
        lines,
      }));
    // One sheet exists in the newer format only: it is too wide for the older.
    expect(kept(other).filter(({ name }) => name !== "warning_AKE6")).toEqual(kept(one));
  });

  it("deaths.xlsx: the header is in row 5, the rows below the data are records, too", async () => {
    const { names, rows } = (await readBook(readxl, "deaths.xlsx", { header: 5 })).get("arts")!;
    expect(names).toEqual(["Name", "Profession", "Age", "Has kids", "Date of birth", "Date of death"]);
    expect(rows[0]).toEqual(["David Bowie", "musician", "69", "true", "1947-01-08", "2016-01-10"]);
    expect(rows[9]).toEqual(["George Michael", "musician", "53", "false", "1963-06-25", "2016-12-25"]);
  });

  it("Ekaterinburg_IP_9.xlsx and los-angeles-arrests-xlsx.xlsx: with the header told, every row is a record", async () => {
    const one = [...(await readBook(readxl, "Ekaterinburg_IP_9.xlsx", { header: 4 })).values()][0]!;
    expect([one.names[0], one.names[5], one.rows.length, one.bad]).toEqual(["ФИО", "ИНН", 2192, []]);
    const other = [...(await readBook(readxl, "los-angeles-arrests-xlsx.xlsx", { header: 3 })).values()][0]!;
    expect([other.names[0], other.rows.length, other.bad]).toEqual(["BKG_NUM", 193, []]);
  });

  it.each(["dates-1900.xls", "dates-1904.xls", "dates-1900-LibreOffice.xlsx"])(
    "%s: the same day, whatever the date system",
    async (file) => {
      const [book] = (await readBook(readxl, file)).values();
      expect(book!.names.map((name) => name.slice(0, 10))).toEqual(Array.from({ length: 5 }, () => "2000-01-01"));
    },
  );

  it.each(["dates-leap-year-1900-xls.xls", "dates-leap-year-1900-xlsx.xlsx"])(
    "%s: every time as it is written beside it",
    async (file) => {
      for (const { rows } of (await readBook(readxl, file)).values()) {
        for (const [read, written] of rows) expect(read!.replace("T", " ")).toBe(written);
      }
    },
  );

  it.each(["datetime-rounding.xls", "datetime-rounding.xlsx"])("%s: to the second", async (file) => {
    const [{ rows }] = (await readBook(readxl, file)).values() as unknown as [{ rows: string[][] }];
    for (const [read, written] of rows) expect(read!.replace("T", " ")).toBe(written);
  });
});

describe.skipIf(shared === null)(needsShared("messytables workbooks"), () => {
  it.each(["simple.ods", "loffice-4.4.1.2.ods"])("%s", async (file) => {
    const [book] = (await readBook(messy, file)).values();
    expect(book).toMatchObject({
      names: ["Name", "Age", "When"],
      rows: [
        ["Bob", "20", "2010-10-10"],
        ["Jane", "23", "2012-01-01"],
        ["Ian", "34", "2015-11-11"],
      ],
      lines: [2, 3, 4],
    });
  });

  it.each(["simple.xls", "simple.xlsx"])("%s", async (file) => {
    const [book] = (await readBook(messy, file)).values();
    expect(book!.rows).toEqual([
      ["2011-01-01", "1", "Galway"],
      ["2011-01-02", "-1", "Galway"],
      ["2011-01-03", "0", "Galway"],
      ["2011-01-01", "6", "Berkeley"],
      ["2011-01-02", "8", "Berkeley"],
      ["2011-01-03", "5", "Berkeley"],
    ]);
  });

  it("span_rich.xls", async () => {
    const [book] = (await readBook(messy, "span_rich.xls")).values();
    expect(book!.names).toEqual(["I", "h", "g", "f"]);
    expect(book!.rows).toEqual([
      ["j", "MERGE", "", "e"],
      ["k", "", "", "d"],
      ["l", "s", "r", "c"],
      ["m", "bold and italic", "q", "b"],
      ["n", "o", "p", "a"],
    ]);
  });
});
