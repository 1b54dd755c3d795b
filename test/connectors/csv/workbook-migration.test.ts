import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, expect, it } from "vitest";
import { command } from "../../helpers/cli.ts";
import { asAdmin, urlWith } from "../../helpers/database.ts";
import { rowsXml, xlsxOf } from "./xlsx-writer.ts";

const name = `workbook_${process.pid}`;
afterAll(async () => {
  await asAdmin(`drop database if exists "${name}" with (force)`);
});

it("a workbook goes from init to reconcile as it is", async () => {
  const cwd = mkdtempSync(join(tmpdir(), "migrate-workbook-"));
  const accounts = rowsXml([
    ["Account ID", "Account Name", "Industry", "Zip", "Annual Revenue", "Founded On", "Owner"],
    ["A1", "Acme & Co", "Banking", "01234", 758000000, null, "ann@acme.example"],
    ["A2", "Bolt: Söhne", "Banking", "12345", 1234.5, null, "bob@acme.example"],
  ])
    .replace('</c><c r="G2"', '</c><c r="F2" s="1"><v>36922</v></c><c r="G2"')
    .replace('</c><c r="G3"', '</c><c r="F3" s="1"><v>38048</v></c><c r="G3"');
  writeFileSync(
    join(cwd, "crm.xlsx"),
    xlsxOf({
      formats: [14],
      sheets: [
        {
          name: "Users",
          data: [
            ["Id", "Name", "Email"],
            ["U1", "Ann Lee", "ann@acme.example"],
            ["U2", "Bob Ray", "bob@acme.example"],
          ],
        },
        { name: "Accounts", data: accounts },
        { name: "Old", state: "hidden", data: [["Account ID"], ["A0"]] },
      ],
    }),
  );
  await asAdmin(`create database "${name}"`);
  const url = urlWith({ database: name });
  const migrate = async (...args: string[]) => {
    const done = await command(args, { cwd, env: { DATABASE_URL: url } });
    expect(done.code, `${args.join(" ")}: ${done.stdout}${done.stderr}`).toBe(0);
    return done;
  };

  await migrate("init", "--source", "csv", "--files", "crm.xlsx");
  const mapping = readFileSync(join(cwd, "mappings/account.yaml"), "utf8");
  expect(mapping).toContain("crm.xlsx#Accounts");
  await migrate("check");
  await migrate("run", "--yes");
  await migrate("reconcile");

  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query(
      "select external_id, name, annual_revenue::text, custom from crm.account order by external_id",
    );
    expect(rows).toMatchObject([
      { external_id: "A1", name: "Acme & Co", annual_revenue: "758000000" },
      { external_id: "A2", name: "Bolt: Söhne", annual_revenue: "1234.5" },
    ]);
    const zips = await client.query(
      "select to_jsonb(account)::text as row from crm.account account order by external_id",
    );
    expect(zips.rows[0].row).toContain('"01234"');
    expect(zips.rows[0].row).toMatch(/2001-01-31/);
  } finally {
    await client.end();
  }
  const again = await migrate("run", "--yes", "--json");
  expect((JSON.parse(again.stdout) as { totals: object }).totals).toMatchObject({
    read: 4,
    inserted: 0,
    updated: 0,
    unchanged: 4,
  });
});
