import { expect, it } from "vitest";
import { collect } from "../read-all.ts";
import { folder, over, problemsOf } from "./files.ts";

const source = () => over(folder({ "a.csv": 'Id,Kind,Name\n1,x,one\n1,y,two\n2,x,"a ""b"""\n2,x,again\nbad\n' }));
const fetched = async (key: readonly string[], keys: readonly (readonly string[])[]) =>
  await collect(source().fetch({ object: "a", fields: ["Name"], key, keys }));

it("fetches by one field or several, every record of a repeated key", async () => {
  expect((await fetched(["Id"], [["2"], ["9"]])).rows).toEqual([
    ["2", "x", 'a "b"'],
    ["2", "x", "again"],
  ]);
  const one = await fetched(["Id", "Kind"], [["1", "y"]]);
  expect(one.rows).toEqual([["1", "y", "two"]]);
  expect(one.lines).toEqual([3]);
  expect((await fetched(["Id"], [])).rows).toEqual([]);
});

it("refuses a key that is no column", async () => {
  expect(await problemsOf(() => fetched(["ID"], [["1"]]))).toMatchObject([
    { code: "SOURCE_COLUMN_MISSING", message: 'a.csv: no column "ID": expected one of Id, Kind, Name' },
  ]);
});
