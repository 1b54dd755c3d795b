import { describe, expect, it } from "vitest";
import { columnNames } from "../../../connectors/csv/headers.ts";
import { problemsOf, readText } from "./files.ts";

describe("header", () => {
  it("renames duplicates, names empty ones by position, and says so", async () => {
    const { object, rows } = await readText("Id,Name,,Name, Name ,\n1,2,3,4,5,6\n");
    expect(object.fields).toEqual(
      ["Id", "Name", "column 3", "Name (2)", "Name (3)", "column 6"].map((name) => ({ name, label: name, type: null })),
    );
    expect(object.note).toBe(
      "UTF-8, comma, LF, 6 columns; 2 duplicate headers renamed; 2 empty headers named by position",
    );
    expect(rows).toEqual([["1", "2", "3", "4", "5", "6"]]);
  });

  it("gives unique names whatever the file uses", () => {
    expect(columnNames(["A", "A (2)", "A", "column 5", "", "a"]).columns).toEqual([
      "A",
      "A (2)",
      "A (3)",
      "column 5",
      "column 5 (2)",
      "a",
    ]);
  });

  it("takes quoted and multi-line names", async () => {
    const { object, rows, lines } = await readText('"Annual\nRevenue","a ""b"""\n1,2\n');
    expect(object.fields.map(({ name }) => name)).toEqual(["Annual Revenue", 'a "b"']);
    expect(rows).toEqual([["1", "2"]]);
    expect(lines).toEqual([3]);
  });
});

describe("option header", () => {
  it("skips the lines before, whatever they hold", async () => {
    const { object, rows, lines } = await readText('Report "Q1\n\n;;;\nId,Name\n1,x\n', { header: 4 });
    expect(object.fields.map(({ name }) => name)).toEqual(["Id", "Name"]);
    expect(object.note).toBe("UTF-8, comma, LF, 2 columns; header on line 4");
    expect(rows).toEqual([["1", "x"]]);
    expect(lines).toEqual([5]);
  });

  it("refuses a line behind the end, and a header with broken quotes", async () => {
    expect(await problemsOf(() => readText("Id\n1\n", { header: 9 }))).toMatchObject([
      { code: "CSV_NO_HEADER", message: "a.csv: expected column names on line 9, got the end of the file" },
    ]);
    expect(await problemsOf(() => readText('Id,"Na"me\n1,2\n'))).toMatchObject([
      { code: "CSV_BAD_HEADER", message: "a.csv, line 1: the quotes around the column names do not match" },
    ]);
    expect(await problemsOf(() => readText("Id\n", { header: 0 }))).toMatchObject([{ code: "OPTION_INVALID" }]);
  });
});
