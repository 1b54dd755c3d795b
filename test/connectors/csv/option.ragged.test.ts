import { describe, expect, it } from "vitest";
import { problemsOf, readText } from "./files.ts";

const TEXT = "a,b,c\n1,2,3\n4,5\n6,7,8,9\n10,11,12,\n13,14,15\n";

describe("option ragged", () => {
  it("rejects rows with a wrong number of cells, with line and cells, and never shifts", async () => {
    const { rows, bad } = await readText(TEXT);
    expect(rows).toEqual([
      ["1", "2", "3"],
      ["13", "14", "15"],
    ]);
    const code = "CSV_RAGGED_ROW";
    expect(bad).toEqual([
      { line: 3, code, field: null, reason: "expected 3 cells, got 2", cells: ["4", "5"] },
      { line: 4, code, field: null, reason: "expected 3 cells, got 4", cells: ["6", "7", "8", "9"] },
      { line: 5, code, field: null, reason: "expected 3 cells, got 4", cells: ["10", "11", "12", ""] },
    ]);
  });

  it("pads short rows and drops blank cells at the end, but no values", async () => {
    const { rows, bad } = await readText(TEXT, { ragged: "pad" });
    expect(rows).toEqual([
      ["1", "2", "3"],
      ["4", "5", ""],
      ["10", "11", "12"],
      ["13", "14", "15"],
    ]);
    expect(bad.map(({ line, reason }) => [line, reason])).toEqual([[4, "expected 3 cells, got 4"]]);
  });

  it("shows the cells of a rejected row unquoted", async () => {
    const { bad } = await readText('a,b\n"x ""y""",2,"z, w"\n');
    expect(bad[0]!.cells).toEqual(['x "y"', "2", "z, w"]);
  });

  it("refuses other values", async () => {
    expect(await problemsOf(() => readText(TEXT, { ragged: "shift" }))).toMatchObject([
      { code: "OPTION_INVALID", message: 'source.ragged: expected `reject` or `pad`, got "shift"' },
    ]);
  });
});
