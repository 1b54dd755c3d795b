import { expect, it } from "vitest";
import { testContext } from "../../helpers/context.ts";
import { readAll } from "../read-all.ts";
import { folder, over } from "./files.ts";

it("cuts NUL bytes out of cells, counts them in the note and in the log", async () => {
  const warnings: unknown[] = [];
  const log = { debug() {}, info() {}, error() {}, warn: (message: string) => warnings.push(message) };
  const source = over(folder({ "a.csv": 'Id,Name\n1,A\0c\0me\n"2\0","x""\0y"\n\0,\n3\n' }), {}, testContext({ log }));
  const { objects } = await source.describe();
  expect(objects[0]!.note).toBe("UTF-8, comma, LF, 2 columns; 5 NUL bytes left out");
  const { rows, bad } = await readAll(source, "a.csv");
  expect(rows).toEqual([
    ["1", "Acme"],
    ["2", 'x"y'],
    ["", ""],
  ]);
  expect(bad.map(({ cells }) => cells)).toEqual([["3"]]);
  expect(warnings).toEqual(["a.csv: 5 NUL bytes left out"]);
});
