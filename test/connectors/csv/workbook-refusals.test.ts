import { randomBytes } from "node:crypto";
import { deflateRawSync } from "node:zlib";
import * as XLSX from "@e965/xlsx";
import { describe, expect, it } from "vitest";
import { readAll } from "../read-all.ts";
import { folder, over, problemsOf } from "./files.ts";
import { xlsxOf } from "./xlsx-writer.ts";
import { zipOf } from "./zip-writer.ts";

const GOOD = xlsxOf({
  sheets: [{ name: "S", data: [["Id", "Name"], ...Array.from({ length: 300 }, (_, i) => [i, `n${i}`])] }],
});

/** Opens the file and reads all of it; the problems it is refused with. */
async function refusal(content: Uint8Array, name = "a.xlsx", options: Readonly<Record<string, unknown>> = {}) {
  const source = over(folder({ [name]: content }), { files: name, ...options });
  const problems = await problemsOf(async () => {
    await source.open();
    await readAll(source, name);
  });
  await source.close();
  expect(problems[0]!.hint).not.toBeNull();
  return problems;
}

const sheetXml = (xml: string) =>
  xlsxOf({ sheets: [{ name: "S", data: "" }], parts: [{ name: "xl/worksheets/sheet1.xml", data: xml }] });

describe("workbooks that are refused", () => {
  it.each([0.2, 0.5, 0.9, 0.999])("cut off at %d of its length", async (share) => {
    expect(await refusal(GOOD.subarray(0, Math.floor(GOOD.length * share)))).toMatchObject([{ code: "FILE_CORRUPT" }]);
  });

  it("with bytes that were changed", async () => {
    const at = GOOD.indexOf("xl/worksheets/sheet1.xml") + 60;
    const content = Buffer.from(GOOD);
    content.fill(0x55, at, at + 40);
    expect(await refusal(content)).toMatchObject([{ code: "FILE_CORRUPT" }]);
  });

  it("with a wrong checksum", async () => {
    const xml = '<worksheet><sheetData><row><c t="str"><v>Id</v></c></row></sheetData></worksheet>';
    const content = xlsxOf({
      sheets: [{ name: "S", data: "" }],
      parts: [{ name: "xl/worksheets/sheet1.xml", data: xml, crc: 7 }],
    });
    expect(await refusal(content)).toMatchObject([
      { code: "FILE_CORRUPT", message: "a.xlsx is damaged: the checksum of xl/worksheets/sheet1.xml does not fit" },
    ]);
  });

  it.each([
    [
      "a document type",
      '<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet/>',
      "it has a document type, which may hide anything",
    ],
    ["an unknown entity", "<worksheet>&bomb;</worksheet>", "unknown reference &bomb;"],
    ["elements that cross", "<worksheet><a><b></a></b></worksheet>", "expected </b>, got </a>"],
    ["no end", "<worksheet><sheetData><row>", "it ends before </row>"],
    ["nothing", "", "it is empty"],
    ["endless depth", "<a>".repeat(300), "elements are nested too deeply"],
  ])("with XML that has %s", async (_, xml, message) => {
    expect(await refusal(sheetXml(xml))).toMatchObject([
      {
        code: "FILE_CORRUPT",
        message: `a.xlsx is damaged: xl/worksheets/sheet1.xml is not well-formed XML (${message})`,
      },
    ]);
  });

  it.each([
    ['<row r="2"/><row r="1"><c><v>1</v></c></row>', "after row 2, expected a row up to 1048576, got 1"],
    ['<row r="9999999"><c><v>1</v></c></row>', "after row 0, expected a row up to 1048576, got 9999999"],
    ['<row r="1"><c r="ZZZZ1"><v>1</v></c></row>', "in row 1, cell ZZZZ1 is out of order"],
    ['<row r="1"><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>', "in row 1, cell A1 is out of order"],
    ['<row r="1"><c t="s"><v>5</v></c></row>', "cell A1 refers to shared text 5, there are 0"],
    ['<row r="1"><c><v>abc</v></c></row>', 'cell A1: expected a number, got "abc"'],
  ])("with cells %s", async (cells, message) => {
    expect(await refusal(sheetXml(`<worksheet><sheetData>${cells}</sheetData></worksheet>`))).toMatchObject([
      { code: "FILE_CORRUPT", message: `a.xlsx is damaged: ${message}` },
    ]);
  });

  it("with a sheet missing", async () => {
    const workbook = xlsxOf({ sheets: [{ name: "S", data: [["Id"]] }] });
    const content = Buffer.from(workbook.toString("latin1").replaceAll("sheet1.xml", "sheet9.xml"), "latin1");
    expect((await refusal(content))[0]!.code).toBe("FILE_CORRUPT");
  });

  it.each([0.05, 0.3, 0.6, 0.9])("as .xls, cut off at %d of its length", async (share) => {
    const book = XLSX.utils.book_new();
    const rows = Array.from({ length: 2000 }, (_, index) => [index, `name ${index}`]);
    XLSX.utils.book_append_sheet(book, XLSX.utils.aoa_to_sheet([["Id", "Name"], ...rows]), "S");
    const content = new Uint8Array(XLSX.write(book, { type: "buffer", bookType: "biff8" }) as Buffer);
    const cut = content.subarray(0, Math.floor(content.length * share));
    expect(await refusal(cut, "a.xls")).toMatchObject([{ code: "FILE_CORRUPT" }]);
  });

  it("encrypted, as .xlsx, as .zip and as .ods", async () => {
    const manifest = '<m:manifest xmlns:m="x"><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>';
    const ods = zipOf([
      { name: "mimetype", data: "application/vnd.oasis.opendocument.spreadsheet", method: 0 },
      { name: "META-INF/manifest.xml", data: manifest },
      { name: "content.xml", data: randomBytes(200), method: 0 },
    ]);
    expect(await refusal(ods, "a.ods")).toMatchObject([{ code: "FILE_ENCRYPTED" }]);
    const zip = zipOf([{ name: "a.csv", data: randomBytes(50), flags: 1 }]);
    expect(await refusal(zip, "a.zip")).toMatchObject([
      { code: "FILE_ENCRYPTED", message: "a.zip is encrypted: it can only be read with its password" },
    ]);
  });

  it.each([
    ["a.xls", Buffer.from("<html><table><tr><td>Id</td></tr></table></html>"), "FILE_UNSUPPORTED"],
    ["a.xls", Buffer.from('<?xml version="1.0"?><Workbook/>'), "FILE_UNSUPPORTED"],
    ["a.xlsx", zipOf([{ name: "a.csv", data: "Id\n1\n" }]), "FILE_UNSUPPORTED"],
    ["a.zip", zipOf([{ name: "readme.txt", data: "x" }]), "CSV_NO_FILES"],
    ["a.xlsx", Buffer.alloc(0), "CSV_EMPTY"],
    [
      "a.xls",
      Buffer.concat([Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]), randomBytes(3000)]),
      "FILE_CORRUPT",
    ],
    ["a.parquet", Buffer.concat([Buffer.from("PAR1"), randomBytes(500)]), "FILE_CORRUPT"],
  ])("that are something else: %s %#", async (name, content, code) => {
    expect((await refusal(content, name))[0]!.code).toBe(code);
  });
});

describe("bombs", () => {
  /** So many bytes of one character, packed once and repeated. */
  function bomb(megabytes: number, head: string): { data: Uint8Array; size: number } {
    const all = Buffer.concat([Buffer.from(head), Buffer.alloc(megabytes << 20, " ")]);
    return { data: deflateRawSync(all), size: all.length };
  }
  const timed = async (work: () => Promise<unknown>) => {
    const start = performance.now();
    await work();
    return performance.now() - start;
  };

  it("is refused before it is unpacked when it says what it is", async () => {
    const { data, size } = bomb(64, "<worksheet>");
    const content = xlsxOf({
      sheets: [{ name: "S", data: "" }],
      parts: [{ name: "xl/worksheets/sheet1.xml", data, packed: true, size, crc: 0 }],
    });
    expect(content.length).toBeLessThan(1 << 20);
    const took = await timed(async () => {
      expect(await refusal(content)).toMatchObject([
        {
          code: "FILE_LIMIT",
          message: expect.stringMatching(/^a\.xlsx: xl\/worksheets\/sheet1\.xml unpacks to \d+ times its size/),
        },
      ]);
    });
    expect(took).toBeLessThan(20_000);
  });

  it("is stopped when it lies about its size", async () => {
    const { data } = bomb(64, "<worksheet>");
    const content = xlsxOf({
      sheets: [{ name: "S", data: "" }],
      parts: [{ name: "xl/worksheets/sheet1.xml", data, packed: true, size: 1000, crc: 0 }],
    });
    const took = await timed(async () => {
      expect(await refusal(content)).toMatchObject([
        { code: "FILE_CORRUPT", message: expect.stringContaining("should have 1000 bytes, got") },
      ]);
    });
    expect(took).toBeLessThan(20_000);
  });

  it("of shared texts is stopped by their size", async () => {
    const content = xlsxOf({
      sheets: [{ name: "S", data: [["Id"]] }],
      strings: Array.from({ length: 500 }, (_, i) => `<t>${i}${"x".repeat(1000)}</t>`),
    });
    expect(await refusal(content, "a.xlsx", { maxSharedTextBytes: 100_000 })).toMatchObject([
      { code: "FILE_LIMIT", message: "a.xlsx: its shared texts need more than 100000 bytes of memory" },
    ]);
  });

  it("of one long text that many cells share makes rejects, not memory", async () => {
    const cells = '<c t="s"><v>1</v></c>'.repeat(200);
    const names = Array.from({ length: 200 }, (_, i) => `<c t="str"><v>c${i}</v></c>`).join("");
    const content = xlsxOf({
      sheets: [{ name: "S", data: `<row>${names}</row>${`<row>${cells}</row>`.repeat(50)}` }],
      strings: ["<t>x</t>", `<t>${"y".repeat(1 << 20)}</t>`],
    });
    const source = over(folder({ "a.xlsx": content }), { files: "a.xlsx" });
    const before = process.memoryUsage().rss;
    const { rows, bad } = await readAll(source, "a");
    expect(rows).toEqual([]);
    expect(bad).toHaveLength(50);
    expect(bad[0]).toMatchObject({ line: 2, code: "CSV_RECORD_TOO_LARGE" });
    expect(process.memoryUsage().rss - before).toBeLessThan(1 << 30);
  });

  it("of columns is stopped by their number", async () => {
    const content = xlsxOf({ sheets: [{ name: "S", data: [Array.from({ length: 30 }, (_, i) => `c${i}`)] }] });
    expect(await refusal(content, "a.xlsx", { maxColumns: 20 })).toMatchObject([{ code: "CSV_TOO_MANY_COLUMNS" }]);
  });

  it("of repeated cells in .ods is stopped by the limits of sheets", async () => {
    const content = (xml: string) =>
      zipOf([
        { name: "mimetype", data: "application/vnd.oasis.opendocument.spreadsheet", method: 0 },
        {
          name: "content.xml",
          data: `<office:document-content xmlns:office="o"><office:spreadsheet><table:table>${xml}</table:table></office:spreadsheet></office:document-content>`,
        },
      ]);
    const cell = (times: number) =>
      `<table:table-cell office:value-type="string" table:number-columns-repeated="${times}"><text:p>x</text:p></table:table-cell>`;
    expect(await refusal(content(`<table:table-row>${cell(99_999_999)}</table:table-row>`), "a.ods")).toMatchObject([
      { code: "FILE_LIMIT" },
    ]);
    expect(
      await refusal(
        content(`<table:table-row table:number-rows-repeated="99999999">${cell(1)}</table:table-row>`),
        "a.ods",
      ),
    ).toMatchObject([{ code: "FILE_LIMIT" }]);
  });
});
