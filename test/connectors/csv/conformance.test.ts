import { appendFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { testConnector } from "../conformance.ts";
import { makeFolder, over } from "./files.ts";

const ACCOUNTS = [
  "\ufeffId,Name,Note",
  '1,Müller & Söhne,"two\nlines"',
  '2,"Comma, Inc","says ""hi"""',
  "3,short",
  "",
  "4,Ödland,",
  '5,"broken" quote,x',
  "6,Acme,plain",
  "7,Last,no newline",
].join("\r\n");

testConnector({
  name: "csv",
  make: async (context) => {
    const dir = makeFolder({
      "accounts.csv": ACCOUNTS,
      "people.csv": "Id;Land\n1;D\n1;F\n2;D\n",
      "empty.csv": "Id,Name\n",
      "wide.csv": Buffer.from("\ufeffId\tName\n1\tŁódź\n2\t東京\n3\t𝄞\n", "utf16le"),
    });
    return {
      source: over(dir, {}, context),
      change: async (object) => appendFileSync(join(dir, object), "\n"),
      dispose: async () => rmSync(dir, { recursive: true, force: true }),
    };
  },
  truth: [
    {
      name: "accounts.csv",
      columns: ["Id", "Name", "Note"],
      rows: [
        ["1", "Müller & Söhne", "two\nlines"],
        ["2", "Comma, Inc", 'says "hi"'],
        ["4", "Ödland", ""],
        ["6", "Acme", "plain"],
        ["7", "Last", "no newline"],
      ],
      bad: [
        { line: 5, code: "CSV_RAGGED_ROW" },
        { line: 8, code: "CSV_TEXT_AFTER_QUOTE" },
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
    {
      name: "wide.csv",
      columns: ["Id", "Name"],
      rows: [
        ["1", "Łódź"],
        ["2", "東京"],
        ["3", "𝄞"],
      ],
      key: ["Id"],
    },
  ],
});
