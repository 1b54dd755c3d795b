import { describe, expect, it } from "vitest";
import csv from "../../../connectors/csv/index.ts";
import { readAll } from "../read-all.ts";
import { folder, over, problemsOf } from "./files.ts";
import { xlsxOf } from "./xlsx-writer.ts";

const FILES = { "contacts.csv": "Id\nold\n", "new/contacts-2026.csv": "Id\nnew\n", "deals.csv": "Id\nd\n" };

describe("option as", () => {
  it("gives a file the name of another, which makes way", async () => {
    const source = over(folder(FILES), {
      files: [".", "new"],
      as: { "contacts-2026.csv": "contacts.csv" },
    });
    expect((await source.describe()).objects.map(({ name, aliases }) => [name, aliases?.includes("contacts")])).toEqual(
      [
        ["deals.csv", false],
        ["contacts.csv", true],
      ],
    );
    expect((await readAll(source, "contacts.csv")).rows).toEqual([["new"]]);
    expect((await readAll(source, "contacts")).rows).toEqual([["new"]]);
  });

  it("lets the file that had the name be gone, and keeps the header that is told for it", async () => {
    const dir = folder({ "new.csv": "Report\n\nId\n1\n" });
    const source = over(dir, {
      files: ["contacts.csv", "new.csv"],
      header: { "contacts.csv": 3 },
      as: { "new.csv": "contacts.csv" },
    });
    expect((await readAll(source, "contacts.csv")).rows).toEqual([["1"]]);
    expect(
      await problemsOf(() => over(dir, { files: ["contacts.csv"], as: { "new.csv": "contacts.csv" } }).open()),
    ).toMatchObject([{ code: "CSV_FILE_NOT_FOUND" }]);
  });

  it("refuses a file that is not there, and a name that is none", async () => {
    expect(await problemsOf(() => over(folder(FILES), { as: { "x.csv": "y.csv" } }).open())).toMatchObject([
      { code: "CSV_UNKNOWN_OBJECT" },
    ]);
    expect(await problemsOf(async () => over(folder(FILES), { as: { "deals.csv": 3 } }))).toMatchObject([
      { code: "OPTION_INVALID", place: { field: "as.deals.csv" } },
    ]);
  });
});

describe("replaceFiles", () => {
  it("reads files, and sheets, in the place of others", async () => {
    const dir = folder({ ...FILES });
    const options = csv.replaceFiles!({ files: "." }, [
      { source: "contacts.csv", path: `${dir}/new/contacts-2026.csv` },
    ]);
    const source = over(dir, options);
    expect((await readAll(source, "contacts.csv")).rows).toEqual([["new"]]);
    expect((await readAll(source, "deals.csv")).rows).toEqual([["d"]]);
  });

  it("a sheet of another workbook, too", async () => {
    const sheets = (text: string) =>
      xlsxOf({
        sheets: ["Info", "Deals"].map((name) => ({ name, data: [["Id"], [`${text} ${name}`]] })),
      });
    const dir = folder({ "book.xlsx": sheets("old"), "new/q4.xlsx": sheets("new") });
    const options = csv.replaceFiles!({ files: ["book.xlsx"] }, [
      { source: "book.xlsx#Deals", path: `${dir}/new/q4.xlsx#Deals` },
    ]);
    const source = over(dir, options);
    expect((await readAll(source, "book.xlsx#Deals")).rows).toEqual([["new Deals"]]);
    expect((await readAll(source, "book.xlsx#Info")).rows).toEqual([["old Info"]]);
  });
});
