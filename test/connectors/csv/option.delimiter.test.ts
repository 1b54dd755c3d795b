import { describe, expect, it } from "vitest";
import { problemsOf, readText } from "./files.ts";

describe("option delimiter", () => {
  it.each([
    [";", "a;b\n1;2,3\n", "semicolon"],
    ["tab", "a\tb\n1\t2,3\n", "tab"],
    ["\\t", "a\tb\n1\t2,3\n", "tab"],
    ["::", "a::b\n1::2,3\n", '"::"'],
    ["¦", "a¦b\n1¦2,3\n", '"¦"'],
    [" ", "a b\n1 2,3\n", "space"],
  ])("cuts at %j", async (delimiter, text, name) => {
    const { rows, object } = await readText(text, { delimiter });
    expect(rows).toEqual([["1", "2,3"]]);
    expect(object.note).toBe(`UTF-8, ${name}, LF, 2 columns`);
  });

  it("overrides a wrong guess", async () => {
    const { rows } = await readText("a,b\n1;5,2\n", { delimiter: ";" });
    expect(rows).toEqual([]);
    expect((await readText("a;b\n1,5;2\n3,5;4\n", { delimiter: "," })).bad).toHaveLength(2);
  });

  it("follows Excel's sep= line and does not take it for the header", async () => {
    const { rows, lines, object } = await readText("sep=|\r\na|b\r\n1,5|2\r\n");
    expect(object.fields.map(({ name }) => name)).toEqual(["a", "b"]);
    expect(object.note).toBe("UTF-8, pipe, CRLF, 2 columns; header on line 2");
    expect(rows).toEqual([["1,5", "2"]]);
    expect(lines).toEqual([3]);
  });

  it("refuses what cannot be a delimiter", async () => {
    for (const delimiter of ["", "\n", '"', "123456789"]) {
      expect((await problemsOf(() => readText("a\n", { delimiter }))).map(({ code }) => code)).toEqual([
        "OPTION_INVALID",
      ]);
    }
  });
});
