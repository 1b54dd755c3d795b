import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { plainStyle } from "../../../cli/style.ts";
import { runLines } from "../../../cli/views/run.ts";
import { readReportData } from "../../../core/proof/report-data.ts";
import { renderMarkdown } from "../../../core/proof/report-markdown.ts";
import { migration } from "./kit.ts";

test("a record with several problems has all of them in its reject, and counts under each", async () => {
  const subject = await migration({
    files: {
      "accounts.csv": "Id,Name,Size,Mail\nA1,One,many,nobody\nA2,Two,few,b@x.example\n,Three,3,c@x.example\n",
    },
    mappings: {
      account: `
        object: account
        source: accounts.csv
        key: Id
        fields:
          name: Name
          size: Size
          custom.mail: { from: Mail, type: email }
          domain: { from: Mail, values: { nobody: "" }, required: true }
      `,
    },
    config: "limits: { rejects: 1 }\n",
  });
  const report = await subject.run();
  expect(report.totals).toMatchObject({ read: 3, rejected: 3 });
  const folder = join(subject.folder, "runs", report.run);
  const lines = (await readFile(join(folder, "rejects", "account.csv"), "utf8")).split("\r\n");
  const cells = lines[1]!.split(",").slice(0, 3);
  expect(cells).toEqual([
    "VALUE_NOT_AN_INTEGER; REQUIRED_MISSING; VALUE_NOT_AN_EMAIL",
    "size; domain; mail",
    "many; nobody; nobody",
  ]);
  const data = await readReportData(folder, new Date(0));
  expect(data.rejects.map(({ code, field, count }) => [code, field, count])).toEqual([
    ["VALUE_NOT_AN_INTEGER", "size", 2],
    ["KEY_MISSING", "", 1],
    ["REQUIRED_MISSING", "domain", 1],
    ["VALUE_NOT_AN_EMAIL", "mail", 1],
  ]);
  const [size] = data.rejects;
  expect(size!.examples.map(({ key, value }) => [key, value])).toEqual([
    ["A1", "many"],
    ["A2", "few"],
  ]);
  expect(size!.examples[0]!.reason).not.toMatch(/^size: /);
  const shown = runLines(
    report,
    data.rejects.map((group) => ({ ...group, file: "f.csv" })),
    plainStyle,
  ).join("\n");
  expect(shown).toContain("Rejects by reason (records may appear under several reasons)\n  2 account.size");
  expect(shown).toContain("    for example line 4: expected a value in the key (Id), got none");
  expect(renderMarkdown(data)).toContain("Records may appear under several reasons.");
});
