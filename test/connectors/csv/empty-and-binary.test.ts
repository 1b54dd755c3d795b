import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../helpers/context.ts";
import { folder, over, problemsOf, readText } from "./files.ts";

describe("files without records", () => {
  it.each([
    ["nothing", ""],
    ["a byte order mark", "\ufeff"],
    ["blank lines", "\n\r\n \n"],
  ])("refuses a file that holds %s", async (_, content) => {
    expect(await problemsOf(() => readText(content))).toMatchObject([
      { code: "CSV_EMPTY", message: "a.csv is empty: expected a line with column names" },
    ]);
  });

  it.each(["Id,Name", "Id,Name\r\n", "\ufeffId,Name\n\n"])("takes %j as an object without records", async (content) => {
    const { object, rows, bad } = await readText(content);
    expect(object.fields.map(({ name }) => name)).toEqual(["Id", "Name"]);
    expect([rows, bad]).toEqual([[], []]);
  });
});

describe("files that are no text", () => {
  const random = seededRandom();
  it.each([
    ["an Excel workbook or another ZIP archive", Buffer.concat([Buffer.from("PK\x03\x04"), Buffer.alloc(500, 7)])],
    ["a gzip archive", gzipSync("Id,Name\n1,2\n")],
    ["a PDF document", Buffer.from("%PDF-1.7\n1 0 obj\n")],
    ["binary data", Buffer.from(Array.from({ length: 4000 }, () => Math.floor(random() * 256)))],
    ["binary data", Buffer.alloc(4000)],
  ])("refuses %s", async (kind, content) => {
    expect(await problemsOf(() => readText(content))).toMatchObject([
      {
        code: "CSV_BINARY",
        message: `a.csv: expected text, got ${kind}`,
        hint: "Export it as CSV, or leave it out of `files`.",
      },
    ]);
  });

  it("tells the problems of all files at once", async () => {
    const dir = folder({ "a.csv": "", "b.csv": gzipSync("x"), "c.csv": "Id\n1\n" });
    const problems = await problemsOf(() => over(dir).open());
    expect(problems.map(({ code }) => code)).toEqual(["CSV_EMPTY", "CSV_BINARY"]);
  });
});
