import { describe, expect, it } from "vitest";
import { nameFiles, resolveObject } from "../../../connectors/csv/objects.ts";
import { problemsOf } from "./files.ts";

const files = nameFiles(
  ["/m/data/People.csv", "/m/x/deals.csv", "/m/y/deals.csv", "/m/data/notes.tsv", "/m/data/notes.csv"].map((path) => ({
    path,
    members: [{ id: null, hidden: false }],
  })),
  "/m",
);
const find = (name: string) => resolveObject(files, name).path;

describe("resolveObject", () => {
  it.each([
    ["People.csv", "/m/data/People.csv"],
    ["People", "/m/data/People.csv"],
    ["people", "/m/data/People.csv"],
    ["PEOPLE.CSV", "/m/data/People.csv"],
    ["data/People.csv", "/m/data/People.csv"],
    ["./data/People.csv", "/m/data/People.csv"],
    ["data/people", "/m/data/People.csv"],
    ["/m/data/People.csv", "/m/data/People.csv"],
    ["x/deals.csv", "/m/x/deals.csv"],
    ["y/deals", "/m/y/deals.csv"],
    ["notes.tsv", "/m/data/notes.tsv"],
  ])("finds %s", (name, path) => {
    expect(find(name)).toBe(path);
  });

  it("refuses a name that several files have", async () => {
    expect(await problemsOf(async () => find("deals.csv"))).toMatchObject([
      { code: "CSV_AMBIGUOUS_OBJECT", message: '"deals.csv" may be any of "x/deals.csv", "y/deals.csv"' },
    ]);
    expect(await problemsOf(async () => find("notes"))).toMatchObject([{ code: "CSV_AMBIGUOUS_OBJECT" }]);
  });

  it("names what there is, and the nearest", async () => {
    expect(await problemsOf(async () => find("Poeple.csv"))).toMatchObject([
      {
        code: "CSV_UNKNOWN_OBJECT",
        message:
          'no file "Poeple.csv": expected one of People.csv, x/deals.csv, y/deals.csv, notes.tsv, notes.csv; did you mean "People.csv"?',
      },
    ]);
  });
});
