import { describe, expect, it } from "vitest";
import { readText } from "./files.ts";

describe("newlines", () => {
  it.each([
    ["LF", "\n"],
    ["CRLF", "\r\n"],
    ["CR", "\r"],
  ])("reads %s", async (name, newline) => {
    const { rows, lines, object } = await readText(["a,b", "1,2", '"x', 'y",3', "4,5", ""].join(newline));
    expect(object.note).toBe(`UTF-8, comma, ${name}, 2 columns`);
    expect(rows).toEqual([
      ["1", "2"],
      [`x${newline}y`, "3"],
      ["4", "5"],
    ]);
    expect(lines).toEqual([2, 3, 5]);
  });

  it("reads all of them in one file, and counts physical lines", async () => {
    const { rows, lines } = await readText('a,b\r\n1,2\n3,4\r5,6\r\n\n\r\r\n"7\r\r\n",8\n9,10');
    expect(rows).toEqual([
      ["1", "2"],
      ["3", "4"],
      ["5", "6"],
      ["7\r\r\n", "8"],
      ["9", "10"],
    ]);
    expect(lines).toEqual([2, 3, 4, 8, 11]);
  });

  it("needs no newline at the end, and takes several", async () => {
    expect((await readText("a,b\n1,2")).rows).toEqual([["1", "2"]]);
    expect((await readText("a,b\n1,")).rows).toEqual([["1", ""]]);
    expect((await readText('a,b\n1,"2"')).rows).toEqual([["1", "2"]]);
    expect((await readText("a,b\n1,2\n\n\n\n")).rows).toEqual([["1", "2"]]);
  });

  it("skips lines without any character, in files of one column too; a blank there is written in quotes", async () => {
    const { rows, lines } = await readText('a\n1\n\n""\n \n2\n');
    expect(rows).toEqual([["1"], [""], [" "], ["2"]]);
    expect(lines).toEqual([2, 4, 5, 6]);
  });
});
