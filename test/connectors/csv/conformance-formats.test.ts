import { appendFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { testConnector } from "../conformance.ts";
import { makeFolder, over } from "./files.ts";
import { xlsxOf } from "./xlsx-writer.ts";
import { zipOf } from "./zip-writer.ts";

const BOOK = xlsxOf({
  sheets: [
    {
      name: "Accounts",
      data: [
        ["Id", "Name", "Note"],
        [1, "Müller & Söhne", "two\nlines"],
        [],
        [2, "Comma, Inc", 'says "hi"'],
        [3, "東京", null, "too far right"],
        [4, "Ödland"],
        [5, "Acme", "plain"],
        [6, "𝄞", true],
      ],
    },
    {
      name: "People",
      data: [
        ["Id", "Land"],
        [1, "D"],
        [1, "F"],
        [2, "D"],
      ],
    },
    { name: "Header only", data: [["Id", "Name"]] },
    { name: "Hidden", state: "hidden", data: [["x"], [1]] },
  ],
});

const OTHER = xlsxOf({
  sheets: ["Accounts", "People", "Header only"].map((name) => ({
    name,
    data: [
      ["Id", "Name"],
      [7, "new"],
    ],
  })),
});

testConnector({
  name: "csv over .xlsx",
  make: async (context) => {
    const dir = makeFolder({ "book.xlsx": BOOK });
    return {
      source: over(dir, {}, context),
      change: async () => writeFileSync(join(dir, "book.xlsx"), OTHER),
      dispose: async () => rmSync(dir, { recursive: true, force: true }),
    };
  },
  truth: [
    {
      name: "book.xlsx#Accounts",
      columns: ["Id", "Name", "Note"],
      rows: [
        ["1", "Müller & Söhne", "two\nlines"],
        ["2", "Comma, Inc", 'says "hi"'],
        ["4", "Ödland", ""],
        ["5", "Acme", "plain"],
        ["6", "𝄞", "true"],
      ],
      bad: [{ line: 5, code: "CSV_RAGGED_ROW" }],
      key: ["Id"],
    },
    {
      name: "book.xlsx#People",
      columns: ["Id", "Land"],
      rows: [
        ["1", "D"],
        ["1", "F"],
        ["2", "D"],
      ],
      key: ["Id", "Land"],
    },
    { name: "book.xlsx#Header only", columns: ["Id", "Name"], rows: [], key: ["Id"] },
  ],
});

const LINES = [
  '\ufeff{"Id": 1, "Name": "Müller", "Score": 12345678901234567890}',
  "",
  '{"Id": 2, "Tags": ["a", 1.50], "Name": null}',
  "not json",
  '{"Id": 3, "Name": "x", "Score": 1.5e3, "Ok": true}\r',
  "[1]",
  '{"Id": 4}',
  '{"Id": 5, "Name": ""}',
  '{"Id": 6, "Name": "last"}',
].join("\n");

testConnector({
  name: "csv over JSON Lines and archives",
  make: async (context) => {
    const dir = makeFolder({
      "a.jsonl": LINES,
      "c.zip": zipOf([
        {
          name: "d/Account.csv",
          data: Buffer.from('"Id","Name"\n"1","M\xfcller"\n"2","000000000000000AAA"\n', "latin1"),
        },
      ]),
    });
    return {
      source: over(dir, {}, context),
      change: async (object) => {
        const file = join(dir, object.replace(/#.*/, ""));
        if (object.startsWith("a")) appendFileSync(file, "\n{}");
        else if (object.startsWith("c"))
          writeFileSync(file, zipOf([{ name: "d/Account.csv", data: "Id,Name\n1,x\n" }]));
      },
      dispose: async () => rmSync(dir, { recursive: true, force: true }),
    };
  },
  truth: [
    {
      name: "a.jsonl",
      columns: ["Id", "Name", "Score", "Tags", "Ok"],
      rows: [
        ["1", "Müller", "12345678901234567890", "", ""],
        ["2", null, "", '["a",1.50]', ""],
        ["3", "x", "1500", "", "true"],
        ["4", "", "", "", ""],
        ["5", "", "", "", ""],
        ["6", "last", "", "", ""],
      ],
      bad: [
        { line: 4, code: "JSONL_INVALID_LINE" },
        { line: 6, code: "JSONL_INVALID_LINE" },
      ],
      key: ["Id"],
    },
    {
      name: "c.zip#d/Account.csv",
      columns: ["Id", "Name"],
      rows: [
        ["1", "Müller"],
        ["2", ""],
      ],
      key: ["Id"],
    },
  ],
});
