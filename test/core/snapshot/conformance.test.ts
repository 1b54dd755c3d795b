import { appendFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { objectDir } from "../../../core/snapshot/format.ts";
import { snapshotSource } from "../../../core/snapshot/index.ts";
import { type TruthObject, testConnector } from "../../connectors/conformance.ts";
import { makeFolder, over } from "../../connectors/csv/files.ts";
import { readThrough, recorded, temporary } from "./worlds.ts";

const FILES = {
  "accounts.csv": [
    "Id,Name,Note",
    '1,Müller & Söhne,"two\nlines\tand a \\ backslash"',
    '2,"Comma, Inc","says ""hi"""',
    "3,short",
    '4,Ödland,"\u0001\u001f"',
    '5,"broken" quote,x',
    "6,東京 𝄞,",
    '7,Last,"[1,2]"',
  ].join("\r\n"),
  "people.csv": "Id;Land\n1;D\n1;F\n2;D\n",
  "empty.csv": "Id,Name\n",
};

/** What a change appends. */
const MORE: Readonly<Record<string, string>> = {
  "accounts.csv": "\r\n9,More,x",
  "people.csv": "9;X\n",
  "empty.csv": "9,More\n",
};

const truth: readonly TruthObject[] = [
  {
    name: "accounts.csv",
    columns: ["Id", "Name", "Note"],
    rows: [
      ["1", "Müller & Söhne", "two\nlines\tand a \\ backslash"],
      ["2", "Comma, Inc", 'says "hi"'],
      ["4", "Ödland", "\u0001\u001f"],
      ["6", "東京 𝄞", ""],
      ["7", "Last", "[1,2]"],
    ],
    bad: [
      { line: 5, code: "CSV_RAGGED_ROW" },
      { line: 7, code: "CSV_TEXT_AFTER_QUOTE" },
    ],
    key: ["Id"],
  },
  {
    name: "people.csv",
    columns: ["Id", "Land"],
    rows: [
      ["1", "D"],
      ["1", "F"],
      ["2", "D"],
    ],
    key: ["Id", "Land"],
  },
  { name: "empty.csv", columns: ["Id", "Name"], rows: [], key: ["Id"] },
];

testConnector({
  name: "a source that is recorded",
  make: async (context) => {
    const files = makeFolder(FILES);
    const dir = temporary();
    const inner = over(files, {}, context);
    await inner.open();
    return {
      source: await recorded(inner, dir, context),
      change: async (object) => {
        appendFileSync(join(files, object), "\n");
      },
      dispose: async () => {
        for (const folder of [files, dir]) rmSync(folder, { recursive: true, force: true });
      },
    };
  },
  truth,
});

testConnector({
  name: "a snapshot",
  make: async (context) => {
    const files = makeFolder(FILES);
    const dir = temporary();
    const take = async (objects: readonly string[]) => {
      const inner = over(files, {});
      await inner.open();
      await readThrough(await recorded(inner, dir), objects, 2);
      await inner.close();
    };
    await take(Object.keys(FILES));
    return {
      source: await snapshotSource(dir, context.signal),
      change: async (object) => {
        appendFileSync(join(files, object), MORE[object]!);
        rmSync(objectDir(dir, object), { recursive: true });
        await take([object]);
      },
      dispose: async () => {
        for (const folder of [files, dir]) rmSync(folder, { recursive: true, force: true });
      },
    };
  },
  truth,
});
