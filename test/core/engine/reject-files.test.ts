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

test("references that lead nowhere are all told, in one row", async () => {
  const subject = await migration({
    files: {
      "accounts.csv": "Id,Name\nA1,Acme\n",
      "contacts.csv": "Id,Name,Account,Billing,Employer\nC1,One,x,y,A1\nC2,Two,A1,z,\nC3,Three,A1,A1,v\n",
    },
    mappings: {
      account: `
        object: account
        source: accounts.csv
        key: Id
        fields:
          name: Name
      `,
      contact: `
        object: contact
        source: contacts.csv
        key: Id
        fields:
          name: Name
          account_id: { from: Account, lookup: account }
          billing_id: { from: Billing, lookup: account }
          employer_id: { from: Employer, lookup: account, missing: "null" }
      `,
    },
    config: "limits: { rejects: 1 }\n",
  });
  const report = await subject.run();
  expect(report.totals).toMatchObject({ read: 4, inserted: 2, rejected: 2 });
  const text = await readFile(join(subject.folder, "runs", report.run, "rejects", "contact.csv"), "utf8");
  const rows = text
    .split("\r\n")
    .slice(1, -1)
    .map((line) => line.split(","));
  expect(rows.map((cells) => [...cells.slice(0, 3), cells[4]])).toEqual([
    ["LOOKUP_MISSING; LOOKUP_MISSING", "account_id; billing_id", "x; y", "C1"],
    ["LOOKUP_MISSING", "billing_id", "z", "C2"],
  ]);
  expect(rows[0]![3]).toBe(
    "account_id: no account by external id with this value was loaded; billing_id: no account by external id with this value was loaded",
  );
});
