import { describe, expect, it } from "vitest";
import { problemsOf, readText } from "./files.ts";

describe("option quote", () => {
  it("undoes doubled quotes, keeps newlines and delimiters in quotes", async () => {
    const { rows, lines } = await readText('a,b\n"x ""y"" z","1\n2,3"\n"","""")\n"""","e"\n');
    expect(rows).toEqual([
      ['x "y" z', "1\n2,3"],
      ['"', "e"],
    ]);
    expect(lines).toEqual([2, 5]);
  });

  it("keeps quotes inside unquoted cells as they are", async () => {
    const { rows } = await readText('a,b\n5" pipe,say "hi"\n');
    expect(rows).toEqual([['5" pipe', 'say "hi"']]);
  });

  it("rejects a quote that seems to hide a missing delimiter: the cells would be shifted", async () => {
    const { rows, bad } = await readText('a,b,c\n$3"Tunic, red",x\n5" pipe,plain,6" pipe\n');
    expect(rows).toEqual([['5" pipe', "plain", '6" pipe']]);
    expect(bad).toEqual([
      {
        line: 2,
        code: "CSV_STRAY_QUOTE",
        field: "a",
        reason:
          'column "a": a quote opens inside the cell and closes at the end of the next one, so a delimiter is probably missing before it; put the cell in quotes, or set `quote: ""` if the file does not quote',
        cells: ['$3"Tunic', ' red"', "x"],
      },
    ]);
    expect((await readText('a,b\n5" pipe,6"\n', { quote: "" })).rows).toEqual([['5" pipe', '6"']]);
  });

  it("says when a record with a wrong quote took the next line along", async () => {
    const { bad } = await readText('a,b\n1,"\n2,"x"\n3,y\n');
    expect(bad).toHaveLength(1);
    expect(bad[0]!.reason).toMatch(/ \(the record covers lines 2 to 3\)$/);
  });

  it("drops blanks between the closing quote and the delimiter", async () => {
    const { rows } = await readText('a,b\n"x"  ,"y"\t\n');
    expect(rows).toEqual([["x", "y"]]);
  });

  it("takes another quote, or none", async () => {
    expect((await readText("a,b\n'x,y','it''s \"z\"'\n", { quote: "'" })).rows).toEqual([["x,y", 'it\'s "z"']]);
    expect((await readText('a,b\n"x,y"\n', { quote: "" })).rows).toEqual([['"x', 'y"']]);
  });

  it("rejects text after a closing quote and goes on", async () => {
    const { rows, bad } = await readText('a,b\n1,2\n"say "hi" now",x\n3,4\n');
    expect(rows).toEqual([
      ["1", "2"],
      ["3", "4"],
    ]);
    expect(bad).toEqual([
      {
        line: 3,
        code: "CSV_TEXT_AFTER_QUOTE",
        field: "a",
        reason:
          'column "a": expected the delimiter or the end of the line after the closing quote, got more text; a quote inside a quoted cell must be doubled',
        cells: ['"say "hi" now"', "x"],
      },
    ]);
  });

  it("takes out only the line of a quote that is never closed", async () => {
    const { rows, bad, lines } = await readText('a,b\n1,"two\nlines"\n2,"open\n3,x\n\n4,y\n');
    expect(rows).toEqual([
      ["1", "two\nlines"],
      ["3", "x"],
      ["4", "y"],
    ]);
    expect(lines).toEqual([2, 5, 7]);
    expect(bad).toEqual([
      {
        line: 4,
        code: "CSV_UNTERMINATED_QUOTE",
        field: "b",
        reason: 'column "b": the quote opened on line 4 is never closed; reading went on at the next line',
        cells: ["2", '"open'],
      },
    ]);
  });

  it("gives up on files whose quotes never match", async () => {
    const problems = await problemsOf(() => readText(`a,b\n${'x","\n'.repeat(200)}`, { maxRecordBytes: 20 }));
    expect(problems).toMatchObject([
      {
        code: "CSV_BROKEN_QUOTES",
        message:
          "a.csv: more than 20 records with a quote that is never closed; this is probably not the right quote character or delimiter",
      },
    ]);
  });

  it("refuses what cannot be a quote", async () => {
    for (const quote of ["''", " ", "é", "\n"]) {
      expect((await problemsOf(() => readText("a\n", { quote }))).map(({ code }) => code)).toContain("OPTION_INVALID");
    }
  });
});
