/** `migrate map template --format xlsx`: a workbook that spreadsheet programs help to fill in, and that imports as it is. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { templateColumns } from "../../cli/template/columns.ts";
import { excelDate } from "../../cli/template/excel-date.ts";
import { templateWorkbook } from "../../cli/template/workbook.ts";
import { openZip } from "../../connectors/csv/archive/zip.ts";
import type { RunReport } from "../../core/engine/types.ts";
import { loadModel } from "../../core/model/load.ts";
import { folder, over } from "../connectors/csv/files.ts";
import { readAll } from "../connectors/read-all.ts";
import { command } from "../helpers/cli.ts";
import { createTestDatabase, type TestDatabase } from "../helpers/database.ts";

describe("a template as a workbook", () => {
  let db: TestDatabase;
  const cwd = mkdtempSync(join(tmpdir(), "migrate-template-"));
  const migrate = (...args: string[]) => command(args, { cwd, env: { DATABASE_URL: db.url } });
  beforeAll(async () => {
    db = await createTestDatabase();
  });
  afterAll(async () => {
    await db.drop();
    rmSync(cwd, { recursive: true, force: true });
  });

  test("init takes it as it is, and everything in it is loaded without a warning", async () => {
    const made = await migrate("map", "template", "account,contact,opportunity", "--format", "xlsx");
    expect([made.code, made.stdout, made.stderr]).toEqual([0, "template.xlsx\n", ""]);
    expect(readdirSync(cwd)).toEqual(["template.xlsx"]);
    const draft = await migrate("init", "--source", "csv", "--files", "template.xlsx", "--json");
    expect(draft.code, draft.stderr).toBe(0);
    const { mappings, leftOut } = JSON.parse(draft.stdout) as {
      mappings: { object: string; key: string[]; custom: number }[];
      leftOut: unknown[];
    };
    expect(leftOut).toEqual([]);
    expect(mappings.map(({ object, key, custom }) => [object, key, custom])).toEqual([
      ["account", ["id *"], 0],
      ["contact", ["id *"], 0],
      ["opportunity", ["id *"], 0],
    ]);
    const run = await migrate("run", "--json");
    expect(run.code, run.stderr).toBe(0);
    expect((JSON.parse(run.stdout) as RunReport).totals).toMatchObject({
      read: 3,
      inserted: 3,
      rejected: 0,
      warnings: 0,
    });
    const { rows } = await db.database.query(
      `select o.name, o.stage, o.amount::text, o.close_date::text, o.is_won, a.name as account, c.last_name as contact
       from crm.opportunity o join crm.account a on a.id = o.account_id join crm.contact c on c.id = o.primary_contact_id`,
    );
    expect(rows).toEqual([
      {
        name: "Name",
        stage: "prospecting",
        amount: "1234.5",
        close_date: "2026-01-31",
        is_won: false,
        account: "Name",
        contact: "Last Name",
      },
    ]);
  });

  test("never over a file; one object gives the workbook its name", async () => {
    expect((await migrate("map", "template", "account,contact", "--format", "xlsx")).stderr).toContain(
      "error TEMPLATE_EXISTS",
    );
    expect((await migrate("map", "template", "case", "--format", "xlsx")).stdout).toBe("case.xlsx\n");
  });
});

describe("the parts of the workbook", () => {
  const parts = async (book: Buffer): Promise<ReadonlyMap<string, string>> => {
    const dir = folder({ "a.xlsx": book });
    const { entries } = await openZip(join(dir, "a.xlsx"), { maxUnpackedBytes: 1 << 24, maxUnpackRatio: 1000 });
    const texts = new Map<string, string>();
    for (const entry of entries) {
      const chunks: Buffer[] = [];
      for await (const chunk of entry.stream()) chunks.push(chunk);
      texts.set(entry.name, Buffer.concat(chunks).toString());
    }
    return texts;
  };

  test("a frozen header, required columns in another colour with a prompt, drop-downs from a hidden sheet", async () => {
    const object = (await loadModel("hotcrm", "crm")).objects.get("opportunity")!;
    const columns = templateColumns(object, new Set(["opportunity"]));
    const found = await parts(templateWorkbook([{ name: "opportunity", columns }]));
    expect([...found.keys()].sort()).toEqual([
      "[Content_Types].xml",
      "_rels/.rels",
      "xl/_rels/workbook.xml.rels",
      "xl/styles.xml",
      "xl/workbook.xml",
      "xl/worksheets/sheet1.xml",
      "xl/worksheets/sheet2.xml",
    ]);
    const sheet = found.get("xl/worksheets/sheet1.xml")!;
    expect(sheet).toContain('<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>');
    expect(columns.filter(({ required }) => required === "yes").map(({ header }) => header)).toEqual([
      "id *",
      "name *",
      "stage *",
    ]);
    expect(sheet).toMatch(/<c r="B1" s="2" t="inlineStr"><is><t xml:space="preserve">name \*<\/t>/);
    expect(sheet).toMatch(
      /<dataValidation allowBlank="1" showInputMessage="1" promptTitle="name \*" prompt="Name&#10;Required\." sqref="B1"\/>/,
    );
    const stage = columns.findIndex(({ header }) => header === "stage *");
    expect(columns[stage]!.choices).toEqual([
      "Prospecting",
      "Qualification",
      "Needs Analysis",
      "Proposal",
      "Negotiation",
      "Closed Won",
      "Closed Lost",
    ]);
    const [, letter, last] =
      /<dataValidation type="list" allowBlank="1" showErrorMessage="1" errorStyle="warning" sqref="I2:I1048576"><formula1>lists!\$([A-Z]+)\$2:\$[A-Z]+\$(\d+)<\/formula1>/.exec(
        sheet,
      )!;
    expect([String.fromCharCode(65 + stage), last]).toEqual(["I", "8"]);
    expect(found.get("xl/worksheets/sheet2.xml")).toContain(
      `<c r="${letter}8" s="4" t="inlineStr"><is><t xml:space="preserve">Closed Lost</t></is></c>`,
    );
    expect(found.get("xl/workbook.xml")).toContain('<sheet name="lists" sheetId="2" state="hidden" r:id="rId2"/>');
  });

  test("whatever stands in names and values, the workbook is read back as it was meant", async () => {
    const odd = "<&>\"'\u0001]]>\n\u{1f600}\ud800";
    const long = Array.from({ length: 300 }, (_, index) => `${index}, "${"x".repeat(40)}"`);
    const base = { required: "no", type: "text", open: false, choices: null } as const;
    const book = templateWorkbook([
      {
        name: "a:b[c]'d",
        columns: [
          { ...base, header: odd, example: odd, help: odd.repeat(200), choices: [odd, "b"] },
          { ...base, header: "zip", example: "00501", help: "", choices: long },
          { ...base, header: "day", example: "2024-02-29", help: "", type: "date" },
        ],
      },
      { name: "lists", columns: [{ ...base, header: "x", example: "=1+1", help: "" }] },
    ]);
    const source = over(folder({ "t.xlsx": book }));
    const { objects } = await source.describe();
    expect(objects.map(({ name }) => name)).toEqual(["t.xlsx#a_b_c__d", "t.xlsx#lists_2"]);
    expect((await readAll(source, "t.xlsx#a_b_c__d")).rows).toEqual([
      ["<&>\"']]>\n\u{1f600}\ufffd", "00501", "2024-02-29"],
    ]);
    expect((await readAll(source, "t.xlsx#lists_2")).rows).toEqual([["=1+1"]]);
    expect((await readAll(source, "t.xlsx#lists")).rows).toHaveLength(300);
    const sheet = (await parts(book)).get("xl/worksheets/sheet1.xml")!;
    expect(sheet).toContain("<formula1>lists!$B$2:$B$301</formula1>");
    // no prompt is longer than spreadsheet programs take
    for (const [, prompt] of sheet.matchAll(/ prompt="([^"]*)"/g)) {
      expect(prompt!.replace(/&[^;]+;/g, ".").length).toBeLessThanOrEqual(255);
    }
  });

  test.each([
    ["1900-03-01", "61"],
    ["2026-01-31", "46053"],
    ["2026-01-31T12:00:00Z", "46053.5"],
  ])("%s is day %s", (iso, day) => expect(excelDate(iso)).toBe(day));
});
