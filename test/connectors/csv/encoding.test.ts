import { describe, expect, it } from "vitest";
import { readAll } from "../read-all.ts";
import { folder, over, problemsOf, readText } from "./files.ts";

const TEXT = "Id,Name\n1,Zoë Müller\n2,Łódź 東京 𝄞\n";
const utf16be = (text: string) => Buffer.from(text, "utf16le").swap16();
const ROWS = [
  ["1", "Zoë Müller"],
  ["2", "Łódź 東京 𝄞"],
];

describe("encoding", () => {
  it.each([
    ["UTF-8, comma, LF, 2 columns", Buffer.from(TEXT)],
    ["UTF-8 with BOM, comma, LF, 2 columns", Buffer.from(`\ufeff${TEXT}`)],
    ["UTF-16 LE with BOM, comma, LF, 2 columns", Buffer.from(`\ufeff${TEXT}`, "utf16le")],
    ["UTF-16 BE with BOM, comma, LF, 2 columns", utf16be(`\ufeff${TEXT}`)],
    ["UTF-16 LE, comma, LF, 2 columns", Buffer.from(TEXT, "utf16le")],
    ["UTF-16 BE, comma, LF, 2 columns", utf16be(TEXT)],
  ])("detects %s", async (note, bytes) => {
    const { object, rows } = await readText(bytes);
    expect(object.note).toBe(note);
    expect(object.fields.map(({ name }) => name)).toEqual(["Id", "Name"]);
    expect(rows).toEqual(ROWS);
  });

  it("detects Windows-1252 and decodes what Latin-1 lacks", async () => {
    const bytes = Buffer.from("Id,Name\n1,M\xfcller \x80 5 \x96 \x93x\x94 \x8e\x9f\n", "latin1");
    const { object, rows } = await readText(bytes);
    expect(object.note).toBe("Windows-1252, comma, LF, 2 columns");
    expect(rows).toEqual([["1", "Müller € 5 – “x” ŽŸ"]]);
  });

  it("warns where a file read as Windows-1252 holds UTF-8, too", async () => {
    const mixed = Buffer.concat([
      Buffer.from("Id,Name\r\n1,M\u00fcller\r\n2,plain\r\n"),
      Buffer.from("3,M\xfcller\r\n4,caf\xe9\r\n", "latin1"),
    ]);
    const { object, rows } = await readText(mixed);
    expect(object.note).toBe(
      "Windows-1252, comma, CRLF, 2 columns; WARNING: also holds UTF-8; first other byte on line 4",
    );
    expect(rows[0]).toEqual(["1", "M\u00c3\u00bcller"]);
    const dir = folder({ "a.csv": mixed, "b.csv": Buffer.from("Id,Name\n1,M\xfcller\n", "latin1") });
    const source = over(dir);
    expect(await source.check!(new Map([["b.csv", []]]))).toEqual([]);
    const found = await source.check!(new Map(["a.csv", "b.csv"].map((name) => [name, []])));
    await source.close();
    expect(found).toEqual([
      {
        code: "CSV_MIXED_ENCODING",
        message:
          'a.csv is read as Windows-1252, and line 4 has the first byte that is not UTF-8; other parts are: texts may come out as "M\u00c3\u00bcller"',
        place: { file: `${dir}/a.csv`, line: 4 },
        hint: "Export it again in one encoding, or set `encoding: utf-8`: records that are not UTF-8 are then rejected.",
        severity: "warning",
      },
    ]);
  });

  it("sees an encoding that shows only far behind the sample", async () => {
    const ascii = "1,plain\n".repeat(400_000);
    const { object, rows } = await readText(
      Buffer.concat([Buffer.from(`Id,Name\n${ascii}`), Buffer.from("2,caf\xe9\n", "latin1")]),
    );
    expect(object.note).toBe("Windows-1252, comma, LF, 2 columns");
    expect(rows.at(-1)).toEqual(["2", "café"]);
  });

  it("rejects single broken records of a UTF-8 file and leaves the others alone", async () => {
    const bytes = Buffer.concat([
      Buffer.from("Id,Name,City\n1,Zoë,Köln\n2,"),
      Buffer.from([0x4d, 0xfc, 0x6c, 0x6c, 0x65, 0x72]),
      Buffer.from(",Bonn\n3,Łukasz,Łódź\n"),
    ]);
    const { rows, bad } = await readText(bytes);
    expect(rows).toEqual([
      ["1", "Zoë", "Köln"],
      ["3", "Łukasz", "Łódź"],
    ]);
    expect(bad).toEqual([
      {
        line: 3,
        code: "CSV_INVALID_ENCODING",
        field: "Name",
        reason:
          'column "Name": expected text in the file\'s encoding, got byte 0xFC; save the file again as UTF-8 or set `encoding`',
        cells: ["2", "M\ufffdller", "Bonn"],
      },
    ]);
  });

  it("keeps U+FFFD that the file itself holds", async () => {
    const { rows, bad } = await readText("Id,Name\n1,a\ufffdb\n");
    expect(rows).toEqual([["1", "a\ufffdb"]]);
    expect(bad).toEqual([]);
  });

  it.each(["latin1", "windows-1252", "iso-8859-1"])("takes %s as said", async (encoding) => {
    const { rows } = await readText(Buffer.from("Id\n\xe9\x80\n", "latin1"), { encoding });
    expect(rows).toEqual([["é€"]]);
  });

  it.each([
    ["shift_jis", [0x93, 0x8c, 0x8b, 0x9e], "東京"],
    ["gb18030", [0xb6, 0xab, 0xbe, 0xa9], "东京"],
    ["iso-8859-2", [0xa3, 0xf3, 0x64, 0xbc], "Łódź"],
    ["koi8-r", [0xed, 0xc9, 0xd2], "Мир"],
  ])("decodes %s", async (encoding, bytes, text) => {
    const { rows } = await readText(Buffer.concat([Buffer.from("Name\n"), Buffer.from(bytes), Buffer.from("\n")]), {
      encoding,
    });
    expect(rows).toEqual([[text]]);
  });

  it("rejects records that other encodings cannot decode", async () => {
    const bytes = Buffer.concat([Buffer.from("Name\nok\n"), Buffer.from([0x93, 0x0a]), Buffer.from("fine\n")]);
    const { rows, bad } = await readText(bytes, { encoding: "shift_jis" });
    expect(rows).toEqual([["ok"], ["fine"]]);
    expect(bad.map(({ line, code }) => [line, code])).toEqual([[3, "CSV_INVALID_ENCODING"]]);
  });

  it("rejects lone surrogates and a half unit at the end of UTF-16", async () => {
    const bytes = Buffer.concat([Buffer.from("\ufeffId,Name\n1,a\ud800b\n2,𝄞\n3,x", "utf16le"), Buffer.from([0x41])]);
    const { rows, bad } = await readText(bytes);
    expect(rows).toEqual([["2", "𝄞"]]);
    expect(bad.map(({ line, code }) => [line, code])).toEqual([
      [2, "CSV_INVALID_ENCODING"],
      [4, "CSV_INVALID_ENCODING"],
    ]);
  });

  it("decodes UTF-16 over chunk borders", async () => {
    const { rows, bad } = await readText(Buffer.from(`\ufeffId,Name\n${"1,x𝄞東\n".repeat(200_000)}`, "utf16le"));
    expect(bad).toEqual([]);
    expect(rows).toHaveLength(200_000);
    expect(new Set(rows.map((row) => row.join()))).toEqual(new Set(["1,x𝄞東"]));
  });

  it("resumes far into a file that has to be decoded again", async () => {
    const text = Array.from({ length: 200_000 }, (_, index) => `${index},x𝄞東\n`).join("");
    const source = over(folder({ "a.csv": Buffer.from(`\ufeffId,Name\n${text}`, "utf16le") }));
    const whole = await readAll(source, "a");
    for (const stop of [whole.stops[1]!, whole.stops[120]!, whole.stops.at(-1)!]) {
      const rest = await readAll(source, "a", { from: stop.next });
      expect(rest.rows).toEqual(whole.rows.slice(stop.rows));
      expect(rest.lines).toEqual(whole.lines.slice(stop.rows));
    }
  });

  it("refuses an unknown encoding, and one that the byte order mark contradicts", async () => {
    expect(await problemsOf(() => readText("Id\n1\n", { encoding: "utf-9" }))).toMatchObject([
      { code: "OPTION_INVALID", message: 'source.encoding: expected `auto` or the name of an encoding, got "utf-9"' },
    ]);
    expect(await problemsOf(() => readText("\ufeffId\n1\n", { encoding: "latin1" }))).toMatchObject([
      {
        code: "CSV_ENCODING_MISMATCH",
        message: "a.csv: the file begins with the byte order mark of utf-8, but `encoding` says windows-1252",
      },
    ]);
  });
});
