import * as XLSX from "@e965/xlsx";
import { describe, expect, it, onTestFinished } from "vitest";
import { readAll } from "../read-all.ts";
import { folder, over } from "./files.ts";
import { type ZipPart, zipOf } from "./zip-writer.ts";

async function read(name: string, content: Uint8Array, object = name) {
  const source = over(folder({ [name]: content }));
  onTestFinished(() => source.close());
  const { objects } = await source.describe();
  const problems = (await source.check?.(new Map(objects.map((found) => [found.name, []])))) ?? [];
  return {
    ...(await readAll(source, object)),
    objects,
    problems: problems.map(({ code, message }) => [code, message]),
  };
}

describe(".xls", () => {
  it("is read like .xlsx: sheets, formats, errors, merged cells", async () => {
    const sheet = XLSX.utils.aoa_to_sheet([
      ["Id", "Text", "Share", "Day", "Time", "Zip", "Bad", "Big"],
      [1, "00501", 0.25, 44985, 44985.75, 501, "x", 758000000],
    ]);
    for (const [cell, z] of Object.entries({
      C2: "0%",
      D2: "m/d/yy",
      E2: "yyyy-mm-dd hh:mm",
      F2: "00000",
      H2: "0.00E+00",
    }))
      sheet[cell].z = z;
    sheet.G2 = { t: "e", v: 42 };
    sheet["!merges"] = [XLSX.utils.decode_range("A4:B5")];
    const book = XLSX.utils.book_new();
    XLSX.utils.book_append_sheet(book, sheet, "Deals");
    XLSX.utils.book_append_sheet(book, XLSX.utils.aoa_to_sheet([["x"], [1]]), "Hidden");
    XLSX.utils.book_append_sheet(book, XLSX.utils.aoa_to_sheet([["Name"], ["Ödland"]]), "Second");
    book.Workbook = { Sheets: [{}, { Hidden: 1 }, {}] };
    const content = new Uint8Array(XLSX.write(book, { type: "buffer", bookType: "biff8" }) as Buffer);
    const first = await read("a.xls", content);
    expect(first.objects.map(({ name, note }) => [name, note])).toEqual([
      ["a.xls#Deals", 'Excel 97 workbook, sheet "Deals", 8 columns'],
      ["a.xls#Second", 'Excel 97 workbook, sheet "Second", 1 column'],
    ]);
    expect(first.rows).toEqual([
      ["1", "00501", "0.25", "2023-02-28", "2023-02-28T18:00:00", "00501", null, "758000000"],
    ]);
    expect(first.problems).toEqual([
      ["SHEET_ERRORS", "a.xls#Deals: cells with errors are read as blank (1 #N/A; the first is G2)"],
      [
        "SHEET_MERGED",
        "a.xls#Deals: 1 merged range (the first at A4:B5): the value is in the first cell, the others are blank",
      ],
    ]);
    expect((await read("a.xls", content, "Second")).rows).toEqual([["Ödland"]]);
    expect((await read("a.xls", content, "Hidden")).rows).toEqual([["1"]]);
  });
});

describe(".ods", () => {
  const ods = (tables: string, styles = ""): Buffer => {
    const names = ["office", "table", "text", "style", "calcext"].map((name) => `xmlns:${name}="${name}"`).join(" ");
    const parts: ZipPart[] = [
      { name: "mimetype", data: "application/vnd.oasis.opendocument.spreadsheet", method: 0 },
      {
        name: "content.xml",
        data: `<?xml version="1.0"?><office:document-content ${names}><office:automatic-styles>${styles}</office:automatic-styles><office:body><office:spreadsheet>${tables}</office:spreadsheet></office:body></office:document-content>`,
      },
    ];
    return zipOf(parts);
  };
  const row = (...cells: string[]) => `<table:table-row>${cells.join("")}</table:table-row>`;
  const text = (value: string, attributes = "") =>
    `<table:table-cell office:value-type="string"${attributes}><text:p>${value}</text:p></table:table-cell>`;
  const value = (type: string, attributes: string, shown = "") =>
    `<table:table-cell office:value-type="${type}" ${attributes}><text:p>${shown}</text:p></table:table-cell>`;

  it("gives values by their type, not as they are shown", async () => {
    const names = ["a", "b", "c", "d", "e", "f", "g", "h", "i"].map((name) => text(name));
    const table = `<table:table table:name="S">${row(...names)}${row(
      value("float", 'office:value="758000000"', "7.58E8"),
      value("percentage", 'office:value="0.25"', "25%"),
      value("currency", 'office:currency="EUR" office:value="1234.5"', "1.234,50 €"),
      value("date", 'office:date-value="2024-02-29"', "29.02.24"),
      value("date", 'office:date-value="2024-02-29T08:30:00"', "29.02.24 08:30"),
      value("time", 'office:time-value="PT08H30M00S"', "08:30"),
      value("boolean", 'office:boolean-value="true"', "WAHR"),
      '<table:table-cell office:value-type="string" calcext:value-type="error"><text:p>#N/A</text:p></table:table-cell>',
      '<table:table-cell office:value-type="string"><office:annotation><text:p>note</text:p></office:annotation><text:p>two<text:s text:c="2"/>blanks <text:span>&amp;</text:span></text:p><text:p>lines</text:p></table:table-cell>',
    )}</table:table>`;
    const { rows, problems } = await read("a.ods", ods(table));
    expect(rows).toEqual([
      [
        "758000000",
        "0.25",
        "1234.5",
        "2024-02-29",
        "2024-02-29T08:30:00",
        "08:30:00",
        "true",
        null,
        "two  blanks &\nlines",
      ],
    ]);
    expect(problems).toEqual([
      ["SHEET_ERRORS", "a.ods: cells with errors are read as blank (1 #N/A; the first is H2)"],
    ]);
  });

  it("repeats what is repeated, and skips what is blank, hidden or covered", async () => {
    const blank = (times: number) => `<table:table-cell table:number-columns-repeated="${times}"/>`;
    const tables = [
      `<table:table table:name="Secret" table:style-name="h">${row(text("x"))}</table:table>`,
      `<table:table table:name="S">${row(text("a"), text("b"), text("c"), blank(16_000))}`,
      `<table:table-row table:number-rows-repeated="2">${text("x", ' table:number-columns-repeated="2"')}</table:table-row>`,
      `<table:table-row table:number-rows-repeated="1000">${blank(16_384)}</table:table-row>`,
      row(blank(2), text("last")),
      row(
        '<table:table-cell table:number-columns-spanned="2" office:value-type="string"><text:p>m</text:p></table:table-cell>',
        '<table:covered-table-cell office:value-type="string"><text:p>under</text:p></table:covered-table-cell>',
      ),
      `<table:table-row table:number-rows-repeated="1047000">${blank(1)}</table:table-row></table:table>`,
    ].join("");
    const styles =
      '<style:style style:name="h" style:family="table"><style:table-properties table:display="false"/></style:style>';
    const { objects, rows, lines, problems } = await read("a.ods", ods(tables, styles));
    expect(objects.map(({ name }) => name)).toEqual(["a.ods"]);
    expect(rows).toEqual([
      ["x", "x", ""],
      ["x", "x", ""],
      ["", "", "last"],
      ["m", "", ""],
    ]);
    expect(lines).toEqual([2, 3, 1004, 1005]);
    expect(problems).toMatchObject([["SHEET_MERGED", expect.stringContaining("1 merged range (the first at A1005)")]]);
    expect((await read("a.ods", ods(tables, styles), "Secret")).rows).toEqual([]);
  });
});

describe("archives of CSV", () => {
  it("gives one object per file, blanks references to nothing, and tells what is left out", async () => {
    const content = zipOf([
      {
        name: "Account.csv",
        data: Buffer.from('"ID","NAME","OWNERID"\r\n"001","M\xfcller","000000000000000AAA"\r\n', "latin1"),
      },
      { name: "Contact.csv", data: '"ID","ACCOUNTID"\n"003","001"\n' },
      { name: "Attachments/00P000000000001AAA", data: "body" },
      { name: "__MACOSX/._Account.csv", data: "x" },
    ]);
    const { objects, rows, problems } = await read("WE_00D_1.ZIP", content, "Account");
    expect(objects.map(({ name, note }) => [name, note])).toEqual([
      ["WE_00D_1.ZIP#Account.csv", "Windows-1252, comma, CRLF, 3 columns; in WE_00D_1.ZIP"],
      ["WE_00D_1.ZIP#Contact.csv", "UTF-8, comma, LF, 2 columns; in WE_00D_1.ZIP"],
    ]);
    expect(rows).toEqual([["001", "Müller", ""]]);
    expect(problems).toEqual([
      [
        "ARCHIVE_FILES_IGNORED",
        "WE_00D_1.ZIP: 1 file that is not delimited text is not read (Attachments/00P000000000001AAA)",
      ],
    ]);
    for (const object of ["contact", "WE_00D_1.zip#Contact.csv", "Contact.csv"]) {
      expect((await read("WE_00D_1.ZIP", content, object)).rows).toEqual([["003", "001"]]);
    }
  });
});
