import { describe, expect, it } from "vitest";
import { testContext } from "../../helpers/context.ts";
import { readAll } from "../read-all.ts";
import { folder, over, problemsOf } from "./files.ts";
import { type BookSpec, xlsxOf } from "./xlsx-writer.ts";

/** Reads the first sheet of a workbook, with what was logged. */
async function readBook(
  book: BookSpec | Uint8Array,
  options: Readonly<Record<string, unknown>> = {},
  object = "a.xlsx",
) {
  const warnings: string[] = [];
  const { log, ...rest } = testContext();
  const context = {
    ...rest,
    log: { ...log, debug() {}, info() {}, error() {}, warn: (text: string) => warnings.push(text) },
  };
  const content = book instanceof Uint8Array ? book : xlsxOf(book);
  const source = over(folder({ "a.xlsx": content }), { files: "a.xlsx", ...options }, context);
  const { objects } = await source.describe(new Map([[object, []]]));
  const result = await readAll(source, object);
  const problems = (await source.check?.(new Map(objects.map(({ name }) => [name, []])))) ?? [];
  await source.close();
  return { ...result, objects, warnings, problems };
}

const sheet = (data: BookSpec["sheets"][number]["data"], after?: string): BookSpec => ({
  sheets: [{ name: "Sheet1", data, ...(after === undefined ? {} : { after }) }],
});

/** The cells of row 2 below names `a`, `b`...: each is one `c` element. */
async function cellsOf(cells: readonly string[], book: Omit<BookSpec, "sheets"> = {}, options = {}) {
  const names = cells.map((_, column) => `<c t="inlineStr"><is><t>${String.fromCharCode(97 + column)}</t></is></c>`);
  const data = `<row r="1">${names.join("")}</row><row r="2">${cells.join("")}</row>`;
  const found = await readBook({ ...book, sheets: [{ name: "Sheet1", data }] }, options);
  return { ...found, cells: found.rows[0] };
}

describe("cells of .xlsx", () => {
  it("gives texts as they are: shared, rich, inline, results of formulas", async () => {
    const { cells } = await cellsOf(
      [
        '<c t="s"><v>0</v></c>',
        '<c t="s"><v>1</v></c>',
        '<c t="inlineStr"><is><r><t>in</t></r><r><t xml:space="preserve"> line</t></r></is></c>',
        '<c t="str"><f>A1&amp;"x"</f><v>A &amp; B</v></c>',
        '<c t="s"><v>2</v></c>',
        '<c t="inlineStr"><is><t>00501</t></is></c>',
      ],
      {
        strings: [
          '<t xml:space="preserve"> Müller &amp; Söhne </t>',
          "<r><rPr><b/></rPr><t>bold</t></r><r><t> plain</t></r><rPh><t>phonetic</t></rPh>",
          "<t>line 1_x000D_\nline 2 &#x1F600; _x005F_x000D_</t>",
        ],
      },
    );
    expect(cells).toEqual([
      " Müller & Söhne ",
      "bold plain",
      "in line",
      "A & B",
      "line 1\r\nline 2 😀 _x000D_",
      "00501",
    ]);
  });

  it.each([
    ["758000000", "758000000"],
    ["7.58E8", "758000000"],
    ["1.1000000000000001", "1.1"],
    ["0.30000000000000004", "0.3"],
    ["1E-7", "0.0000001"],
    ["-1.5e-3", "-0.0015"],
    ["1.23456789012345E+21", "1234567890123450000000"],
    ["10203040506070809", "10203040506070809"],
    ["-0", "0"],
    ["4.2400000000000002E+2", "424"],
  ])("writes the number %s as %s", async (raw, text) => {
    expect((await cellsOf([`<c><v>${raw}</v></c>`])).cells).toEqual([text]);
  });

  it.each([
    ["0.25", "0%", "0.25"],
    ["1234.5", "#,##0.00 [$€-407]", "1234.5"],
    ["44985", 14, "2023-02-28"],
    ["44985.75", 22, "2023-02-28T18:00:00"],
    ["44985.75", "yyyy-mm-dd", "2023-02-28T18:00:00"],
    ["44985", "yyyy\\-mm\\-dd\\ hh:mm", "2023-02-28T00:00:00"],
    ["44985", "[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", "2023-02-28"],
    ["44985", 'dd"."mm"."yyyy', "2023-02-28"],
    ["44985", "mmm\\ yy;@", "2023-02-28"],
    ["44985", '[$-411]ggge"年"m"月"d"日"', "2023-02-28"],
    ["0.5625", "h:mm AM/PM", "13:30:00"],
    ["1.1041666666666667", "[h]:mm", "PT26H30M"],
    ["59", 14, "1900-02-28"],
    ["60", 14, "1900-02-29"],
    ["61", 14, "1900-03-01"],
    ["3000000", 14, "3000000"],
    ["-5", 14, "-5"],
    ["0", "[Red]0", "0"],
    ["12", '0 "days"', "12"],
    ["1200", '_-* #,##0.00\\ "DM"_-', "1200"],
    ["501", "00000", "00501"],
    ["123456789", "000-00-0000", "123-45-6789"],
    ["1234567", "00000", "1234567"],
  ])("reads %s with the format %s as %s", async (raw, format, text) => {
    expect((await cellsOf([`<c s="1"><v>${raw}</v></c>`], { formats: [format] })).cells).toEqual([text]);
  });

  it("counts days from 1904 where the workbook says so", async () => {
    const book = { formats: [14, 22], date1904: true };
    expect((await cellsOf(['<c s="1"><v>0</v></c>', '<c s="2"><v>43523.5</v></c>'], book)).cells).toEqual([
      "1904-01-01",
      "2023-02-28T12:00:00",
    ]);
  });

  it("does not mistake an extension of the workbook for its date system", async () => {
    const data = xlsxOf({
      ...sheet('<row r="1"><c t="inlineStr"><is><t>a</t></is></c></row><row r="2"><c s="1"><v>0</v></c></row>'),
      formats: [14],
      parts: [
        {
          name: "xl/workbook.xml",
          data: '<workbook xmlns:r="x"><workbookPr date1904="1"/><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets><extLst><ext><x15:workbookPr chartTrackingRefBase="1"/></ext></extLst></workbook>',
        },
      ],
    });
    expect((await readBook(data)).rows).toEqual([["1904-01-01"]]);
  });

  it("gives ISO dates and booleans", async () => {
    const { cells } = await cellsOf([
      '<c t="d"><v>2024-02-29T08:00:00</v></c>',
      '<c t="b"><v>1</v></c>',
      '<c t="b"><v>0</v></c>',
    ]);
    expect(cells).toEqual(["2024-02-29T08:00:00", "true", "false"]);
  });

  it("gives numbers with the decimal sign of the source", async () => {
    expect((await cellsOf(["<c><v>1234.5</v></c>"], {}, { decimal: "," })).cells).toEqual(["1234,5"]);
  });

  it("reads errors as null, and tells how many and where", async () => {
    const { cells, warnings, problems } = await cellsOf([
      "<c><v>1</v></c>",
      '<c t="e"><f>1/0</f><v>#DIV/0!</v></c>',
      '<c t="e"><v>#N/A</v></c>',
    ]);
    expect(cells).toEqual(["1", null, null]);
    const message = "a.xlsx: cells with errors are read as blank (1 #DIV/0!, 1 #N/A; the first is B2)";
    expect(warnings).toEqual([message]);
    expect(problems).toMatchObject([{ code: "SHEET_ERRORS", message, severity: "warning" }]);
  });

  it("never computes a formula: without a stored result it is blank, and told", async () => {
    const { cells, problems } = await cellsOf(["<c><v>1</v></c>", "<c><f>A2+1</f></c>", "<c><f>A2+1</f><v>2</v></c>"]);
    expect(cells).toEqual(["1", "", "2"]);
    expect(problems).toMatchObject([
      {
        code: "SHEET_UNCOMPUTED",
        message: "a.xlsx: 1 formula without a stored result is read as blank (the first is B2)",
      },
    ]);
  });

  it("keeps the value of merged cells in the first, and tells", async () => {
    const book = sheet(
      [["Name", "City"], ["a", "Rome"], ["b"]],
      '<mergeCells count="1"><mergeCell ref="B2:B3"/></mergeCells>',
    );
    const { rows, problems } = await readBook(book);
    expect(rows).toEqual([
      ["a", "Rome"],
      ["b", ""],
    ]);
    expect(problems).toMatchObject([
      {
        code: "SHEET_MERGED",
        message: "a.xlsx: 1 merged range (the first at B2:B3): the value is in the first cell, the others are blank",
      },
    ]);
  });
});

describe("rows of .xlsx", () => {
  it("numbers records as the program does, and leaves out blank rows", async () => {
    const text = (value: string) => `<c t="inlineStr"><is><t>${value}</t></is></c>`;
    const data = `<row r="2">${text("Id")}${text("Name")}</row><row r="3"/><row r="5"><c r="B5" t="inlineStr"><is><t>x</t></is></c></row><row r="9"><c r="A9"><v>7</v></c><c r="C9" s="1"/></row>`;
    const { objects, rows, lines } = await readBook(sheet(data));
    expect(objects[0]).toMatchObject({
      name: "a.xlsx",
      note: 'Excel workbook, sheet "Sheet1", 2 columns; header in row 2',
    });
    expect(rows).toEqual([
      ["", "x"],
      ["7", ""],
    ]);
    expect(lines).toEqual([5, 9]);
  });

  it("takes the header from the row that is told", async () => {
    const { columns, rows } = await readBook(sheet([["Report of May"], [], ["Id", "Name"], [1, "x"]]), { header: 3 });
    expect(columns).toEqual(["Id", "Name"]);
    expect(rows).toEqual([["1", "x"]]);
  });

  it("takes the header of each sheet from the row that is told for it", async () => {
    const book: BookSpec = {
      sheets: [
        { name: "People", data: [["Id"], [1]] },
        { name: "Deals", data: [["Report"], ["Key"], [2]] },
      ],
    };
    const options = { header: { "a.xlsx#deals": 2 } };
    expect((await readBook(book, options)).columns).toEqual(["Id"]);
    expect((await readBook(book, options, "Deals")).columns).toEqual(["Key"]);
    expect(await problemsOf(() => readBook(book, { header: { Leads: 2 } }))).toMatchObject([
      { code: "CSV_UNKNOWN_OBJECT" },
    ]);
    expect(await problemsOf(() => readBook(book, { header: { Deals: 0 } }))).toMatchObject([
      { code: "OPTION_INVALID", message: "source.header.Deals: expected a whole number from 1 to 1048576, got 0" },
    ]);
  });

  it("rejects rows with values beyond the last column name, and says what may be wrong", async () => {
    const { rows, bad, problems } = await readBook(
      sheet([["Report of May"], ["Id", "Name", "City"], [1, "x", "y"], ["end"]]),
    );
    expect(rows).toEqual([["end"]]);
    expect(bad).toEqual([
      {
        line: 2,
        code: "CSV_RAGGED_ROW",
        reason:
          "cell B2 stands to the right of the last column name (A1); set `header` if row 1 does not hold the names",
        field: null,
        cells: ["Id", "Name", "City"],
      },
      expect.objectContaining({ line: 3, cells: ["1", "x", "y"] }),
    ]);
    expect(problems).toMatchObject([
      {
        code: "SHEET_HEADER_DOUBTFUL",
        message: "a.xlsx: row 1 has 1 column name, row 2 has 3 cells",
        hint: "Set `header: 2` if the names stand there.",
      },
    ]);
  });

  it("takes names from numbers, doubles and gaps", async () => {
    const { columns } = await readBook(sheet([["Id", 2024, null, "Id", ""], [1]]));
    expect(columns).toEqual(["Id", "2024", "column 3", "Id (2)"]);
  });

  it("rejects a record that is too large", async () => {
    const { rows, bad } = await readBook(
      sheet([
        ["Id", "Note"],
        [1, "x".repeat(90)],
        [2, "ok"],
      ]),
      { maxRecordBytes: 90 },
    );
    expect(rows).toEqual([["2", "ok"]]);
    expect(bad).toMatchObject([{ line: 2, code: "CSV_RECORD_TOO_LARGE" }]);
  });
});

describe("sheets of .xlsx", () => {
  const book: BookSpec = {
    sheets: [
      { name: "Notes", state: "hidden", data: [["Secret"], ["x"]] },
      { name: "Empty", data: "" },
      { name: "People & Co", data: [["Id"], [1]] },
      { name: "Deals", data: [["Id"], [2]] },
      { name: "Deep", state: "veryHidden", data: [["Id"], [3]] },
    ],
  };

  it("names them, and leaves out hidden and empty ones", async () => {
    const { objects, rows } = await readBook(book);
    expect(objects.map(({ name }) => name)).toEqual(["a.xlsx#People & Co", "a.xlsx#Deals"]);
    expect(rows).toEqual([["1"]]);
  });

  it.each([
    ["a.xlsx#Deals", "2"],
    ["A.XLSX#deals", "2"],
    ["a#Deals", "2"],
    ["Deals", "2"],
    ["a", "1"],
    ["People & Co", "1"],
    ["a.xlsx#Notes", "x"],
    ["Deep", "3"],
  ])("finds %s", async (object, cell) => {
    const { rows, objects } = await readBook(book, {}, object);
    expect(rows).toEqual([[cell]]);
    expect(
      objects.some(({ name, aliases }) =>
        [name, ...(aliases ?? [])].some((known) => known.toLowerCase() === object.toLowerCase()),
      ),
    ).toBe(true);
  });

  it("refuses a workbook without any cell", async () => {
    expect(await problemsOf(() => readBook(sheet("")))).toMatchObject([
      { code: "CSV_EMPTY", message: "a.xlsx is empty: expected a row with column names" },
    ]);
  });

  it("names the sheets when there is no such one", async () => {
    expect(await problemsOf(() => readBook(book, {}, "a.xlsx#Deal"))).toMatchObject([
      {
        code: "CSV_UNKNOWN_OBJECT",
        message:
          'no file "a.xlsx#Deal": expected one of a.xlsx#People & Co, a.xlsx#Deals; did you mean "a.xlsx#Deals"?',
      },
    ]);
  });

  it("knows parts by their relations, prefixes and UTF-16", async () => {
    const data = `<?xml version="1.0"?><x:worksheet xmlns:x="m"><x:sheetData><x:row><x:c t='inlineStr'><x:is><x:t>Łódź</x:t></x:is></x:c></x:row></x:sheetData></x:worksheet>`;
    const utf16 = Buffer.from(`\ufeff${data}`, "utf16le");
    const content = xlsxOf({ ...sheet(""), parts: [{ name: "xl/worksheets/sheet1.xml", data: utf16 }] });
    expect((await readBook(content)).objects[0]?.fields.map(({ name }) => name)).toEqual(["Łódź"]);
  });
});
