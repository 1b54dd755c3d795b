import { chmodSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { folder, over, problemsOf } from "./files.ts";

const CSV = "Id\n1\n";

async function namesOf(dir: string, files: unknown): Promise<string[]> {
  return (await over(dir, { files }).describe()).objects.map(({ name }) => name);
}

describe("option files", () => {
  it("takes a folder: its own delimited files, by name", async () => {
    const dir = folder({
      "d/b.csv": CSV,
      "d/a.CSV": CSV,
      "d/c.tsv": CSV,
      "d/readme.txt": "x",
      "d/.hidden.csv": CSV,
      "d/sub/e.csv": CSV,
    });
    expect(await namesOf(dir, "d")).toEqual(["a.CSV", "b.csv", "c.tsv"]);
    expect(await namesOf(dir, join(dir, "d"))).toEqual(["a.CSV", "b.csv", "c.tsv"]);
  });

  it("takes a file, a glob, and a list of all of them, each file once", async () => {
    const dir = folder({ "d/a.csv": CSV, "d/b.csv": CSV, "d/c.txt": CSV, "d/sub/e.csv": CSV });
    expect(await namesOf(dir, "./d/c.txt")).toEqual(["c.txt"]);
    expect(await namesOf(dir, "d/*.csv")).toEqual(["a.csv", "b.csv"]);
    expect(await namesOf(dir, "d/**/*.csv")).toEqual(["a.csv", "b.csv", "e.csv"]);
    expect(await namesOf(dir, ["d/c.txt", "d", "d/?.csv"])).toEqual(["c.txt", "a.csv", "b.csv"]);
  });

  it("names files of the same name by their path", async () => {
    const dir = folder({ "x/a.csv": CSV, "y/a.csv": "Id\n2\n", "y/b.csv": CSV });
    expect(await namesOf(dir, "*/*.csv")).toEqual(["x/a.csv", "y/a.csv", "b.csv"]);
  });

  it("takes a file name that looks like a glob", async () => {
    const dir = folder({ "a[1].csv": CSV });
    expect(await namesOf(dir, "a[1].csv")).toEqual(["a[1].csv"]);
  });

  it("tells everything that is missing at once", async () => {
    const dir = folder({ "d/readme.txt": "x", "a.csv": CSV });
    const problems = await problemsOf(() => over(dir, { files: ["none.csv", "d", "x*.csv", "a.csv"] }).open());
    expect(problems.map(({ code, message }) => [code, message])).toEqual([
      ["CSV_FILE_NOT_FOUND", `none.csv: no such file or folder (${join(dir, "none.csv")})`],
      [
        "CSV_NO_FILES",
        "d: the folder holds no file of a known kind (.csv, .tsv, .tab, .psv, .ssv, .xlsx, .xlsm, .xls, .ods, .parquet, .jsonl, .ndjson, .zip)",
      ],
      ["CSV_NO_FILES", `x*.csv: no file matches (looked in ${dir})`],
    ]);
    expect(problems.every(({ hint }) => hint !== null)).toBe(true);
  });

  it("refuses what is no file", async () => {
    expect(await problemsOf(() => over("/dev", { files: "null" }).open())).toMatchObject([{ code: "CSV_NOT_A_FILE" }]);
  });

  it.skipIf(process.getuid?.() === 0)("refuses a file that may not be read (skipped for root)", async () => {
    const dir = folder({ "a.csv": CSV });
    chmodSync(join(dir, "a.csv"), 0);
    expect(await problemsOf(() => over(dir, { files: "a.csv" }).open())).toMatchObject([{ code: "CSV_UNREADABLE" }]);
  });

  it("follows links only where they are named", async () => {
    const outside = folder({ "secret.csv": CSV, "s/t.csv": CSV });
    const dir = folder({ "d/a.csv": CSV });
    symlinkSync(join(outside, "secret.csv"), join(dir, "d/link.csv"));
    symlinkSync(join(outside, "s"), join(dir, "d/sub"));
    expect(await namesOf(dir, "d")).toEqual(["a.csv"]);
    expect(await namesOf(dir, "d/*.csv")).toEqual(["a.csv"]);
    expect(await namesOf(dir, "d/**/*.csv")).toEqual(["a.csv"]);
    expect(await namesOf(dir, ["d/link.csv", "d/sub"])).toEqual(["link.csv", "t.csv"]);
  });

  it.each([[undefined], [[]], [7], [[""]]])("refuses %j", async (files) => {
    expect(await problemsOf(async () => over(folder({}), { files }))).toMatchObject([{ code: "OPTION_INVALID" }]);
  });
});
