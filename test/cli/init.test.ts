import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { stopEmbedded } from "../../core/store/embedded.ts";
import { command } from "../helpers/cli.ts";
import { asAdmin, urlWith } from "../helpers/database.ts";
import { expectGolden } from "../helpers/golden.ts";
import { needsShared, sharedDir } from "../helpers/shared.ts";

const FILES: Readonly<Record<string, string>> = {
  "users.csv": "Id,Name,Email\nU1,Ann Lee,ann@acme.example\nU2,Bob Ray,bob@acme.example\n",
  "accounts.csv":
    "Account ID,Account Name,Industry,Parent Account,Zip,Founded On,Owner,Fax\nA1,Acme,Banking,,01234,31.01.2001,ann@acme.example,\nA2,Bolt: Sons,Steel,A1,12345,02.03.2004,bob@acme.example,\n",
  "deals.csv":
    "Deal ID,Deal Name,Account,Deal Stage,Amount,Owner\nD1,Big,A1,Won,10.50,ann@acme.example\nD2,Small,A2,Lost,7,gone@acme.example\n",
  "weather.csv": "day,rain\n1,2\n",
};

function folder(files = FILES): string {
  const dir = mkdtempSync(join(tmpdir(), "migrate-init-"));
  mkdirSync(join(dir, "data"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, "data", name), text);
  return dir;
}

const databases: string[] = [];
/** An empty database of the test server. */
async function database(): Promise<string> {
  const name = `init_${process.pid}_${databases.length}`;
  await asAdmin(`create database "${name}"`);
  databases.push(name);
  return urlWith({ database: name });
}
afterAll(async () => {
  for (const name of databases) await asAdmin(`drop database if exists "${name}" with (force)`);
});

describe("migrate init", () => {
  test("writes a whole migration that passes check and plan", async () => {
    const cwd = folder();
    const made = await command(["init", "moving", "--source", "csv", "--files", "data/*.csv"], { cwd });
    expect(made.code, made.stderr).toBe(0);
    const written = readdirSync(join(cwd, "moving"), { recursive: true }).map(String).sort();
    expect(written).toEqual([
      ".gitignore",
      "mappings",
      "mappings/account.yaml",
      "mappings/opportunity.yaml",
      "mappings/user.yaml",
      "migration.yaml",
      "owners.yaml",
    ]);
    const text = ["migration.yaml", "owners.yaml", "mappings/account.yaml", "mappings/opportunity.yaml"]
      .map((file) => `--- ${file}\n${readFileSync(join(cwd, "moving", file), "utf8")}`)
      .join("\n");
    expectGolden("init", `${made.stdout}\n${text}`);
    const options = { cwd: join(cwd, "moving"), env: { DATABASE_URL: await database() } };
    const checked = await command(["check"], options);
    expect(checked.code, checked.stderr).toBe(0);
    const planned = await command(["plan"], options);
    expect(planned.code, planned.stderr).toBe(0);
    expectGolden("init-plan", planned.stdout);
  });

  test("overwrites nothing, and names what is there; --yes does", async () => {
    const cwd = folder();
    writeFileSync(join(cwd, "migration.yaml"), "mine\n");
    const args = ["init", "--source", "csv", "--files", "data/*.csv"];
    const refused = await command(args, { cwd });
    expect(refused).toEqual({
      code: 2,
      stdout: "",
      stderr:
        "error INIT_EXISTS\n  nothing was written: migration.yaml exists already\n  Choose another folder, or overwrite with --yes.\n",
    });
    expect(readdirSync(cwd).sort()).toEqual(["data", "migration.yaml"]);
    expect((await command([...args, "--yes"], { cwd })).code).toBe(0);
    expect(readFileSync(join(cwd, "migration.yaml"), "utf8")).toContain("version: 1");
  });

  test("several files after --files, as a shell writes them; a folder behind them is the one to write into", async () => {
    const cwd = folder();
    const names = ["data/users.csv", "data/accounts.csv"];
    const first = await command(["init", "--source", "csv", "--files", ...names, "moving"], { cwd });
    expect(first.code, first.stderr).toBe(0);
    expect(readdirSync(join(cwd, "moving", "mappings"))).toEqual(["account.yaml", "user.yaml"]);
    expect(readFileSync(join(cwd, "moving", "migration.yaml"), "utf8")).toContain("../data/users.csv");
    const again = await command(["init", "moving", "--source", "csv", "--files", ...names, "--yes"], { cwd });
    expect(again.code, again.stderr).toBe(0);
  });

  test("--json: one document", async () => {
    const cwd = folder();
    const { code, stdout } = await command(["init", "--source", "csv", "--files", "data", "--json"], { cwd });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      files: [
        "migration.yaml",
        "owners.yaml",
        "mappings/user.yaml",
        "mappings/account.yaml",
        "mappings/opportunity.yaml",
        ".gitignore",
      ],
      mappings: [
        { object: "user", key: ["Id"], records: 2 },
        { object: "account", lookups: 1 },
        { object: "opportunity", lookups: 1 },
      ],
      leftOut: [{ source: "weather.csv" }],
      owners: { match: "email" },
    });
  });

  test(".gitignore keeps what it holds", async () => {
    const cwd = folder();
    writeFileSync(join(cwd, ".gitignore"), "mine\n/runs/");
    await command(["init", "--source", "csv", "--files", "data"], { cwd });
    expect(readFileSync(join(cwd, ".gitignore"), "utf8")).toBe("mine\n/runs/\n.migrate/\n.env\n");
  });

  test.each([
    [["init", "--source", "csv"], "INIT_OPTIONS"],
    [["init", "--source", "cvs", "--files", "data"], "CONNECTOR_UNKNOWN"],
    [["init", "--source", "hubspot"], "INIT_OPTIONS"],
  ])("migrate %j: %s, nothing written", async (args, code) => {
    const cwd = folder();
    const result = await command(args, { cwd });
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(`error ${code}`);
    expect(readdirSync(cwd)).toEqual(["data"]);
  });

  test("files that match nothing: told why, nothing written", async () => {
    const cwd = folder({ "weather.csv": "day,rain\n1,2\n" });
    const result = await command(["init", "--source", "csv", "--files", "data"], { cwd });
    expect(result.code).toBe(2);
    expect(result.stderr).toContain("error INIT_NOTHING\n  none of the 1 source object can be mapped");
    expect(readdirSync(cwd)).toEqual(["data"]);
  });
});

describe("migrate map", () => {
  test("template: header and an example row, never over a file", async () => {
    const cwd = mkdtempSync(join(tmpdir(), "migrate-template-"));
    const made = await command(["map", "template", "contact,account"], { cwd });
    expect(made).toEqual({ code: 0, stdout: "contact.csv\naccount.csv\n", stderr: "" });
    const [header, row] = readFileSync(join(cwd, "account.csv"), "utf8").split("\r\n");
    expect(header).toMatch(/^id \*,name \(\*\),account_number,domain \(\*\),website,phone,/);
    expect(row!.split(",")).toHaveLength(header!.split(",").length);
    expect((await command(["map", "template", "account"], { cwd })).stderr).toContain("error TEMPLATE_EXISTS");
    expect((await command(["map", "template", "acount"], { cwd })).stderr).toContain("Did you mean account?");
  });

  test("suggest, values and owners of a draft", async () => {
    const cwd = folder();
    await command(["init", "--source", "csv", "--files", "data"], { cwd });
    const env = { DATABASE_URL: await database() };
    const mapping = join(cwd, "mappings/account.yaml");
    writeFileSync(mapping, readFileSync(mapping, "utf8").replace(/^ {2}(?:industry|founded_on|parent_id).*\n/gm, ""));
    const suggest = await command(["map", "suggest", "account"], { cwd, env });
    const values = await command(["map", "values", "opportunity.stage"], { cwd, env });
    const owners = await command(["map", "owners"], { cwd, env });
    expect([suggest.code, values.code, owners.code], suggest.stderr + values.stderr + owners.stderr).toEqual([0, 0, 0]);
    expectGolden("map", [suggest.stdout, values.stdout, owners.stdout].join("\n"));
    const wrong = await command(["map", "values", "opportunity.stge"], { cwd, env });
    expect(wrong.stderr).toContain(
      'error FIELD_UNKNOWN\n  no mapped picklist field is called "opportunity.stge"\n  Did you mean opportunity.stage?',
    );
  });
});

describe("migrate db", () => {
  test("status, url and stop without a database", async () => {
    const cwd = folder();
    expect((await command(["db"], { cwd })).stdout).toContain("No embedded database here.");
    expect((await command(["db", "url"], { cwd })).code).toBe(2);
    expect((await command(["db", "stop", "--json"], { cwd })).stdout).toBe('{\n  "stopped": false\n}\n');
  });

  test("started by check, shown, stopped", async () => {
    const cwd = folder();
    try {
      await command(["init", "--source", "csv", "--files", "data"], { cwd });
      expect((await command(["check"], { cwd })).code).toBe(0);
      const status = await command(["db", "--json"], { cwd });
      expect(JSON.parse(status.stdout)).toMatchObject({ exists: true, running: true });
      expect(status.stdout).toContain(":***@127.0.0.1:");
      expect((await command(["db", "url"], { cwd })).stdout).toMatch(
        /^postgres:\/\/migrate:[^*@]+@127\.0\.0\.1:\d+\/crm\n$/,
      );
      expect((await command(["db", "stop"], { cwd })).stdout).toBe("stopped\n");
    } finally {
      await stopEmbedded(cwd);
    }
  });
});

/** The other public files are loaded by their own mappings in test/data. */
const FEWER = ["sfdc-data-cloud-workshop", "basudev-sales-crm"];

describe("drafts of public files pass check and plan", () => {
  const shared = sharedDir();
  const all: [string, string, Readonly<Record<string, number>>][] = [
    ["maven-crm-sales-opportunities", "*.csv", { user: 35, product: 7, account: 85, opportunity: 8800 }],
    [
      "hubspot-dummy",
      "*.csv",
      { account: 200, contact: 950, opportunity: 500, case: 300, task: 1185, event: 412, note: 403 },
    ],
    [
      "sfdc-data-cloud-workshop",
      "*.csv",
      { account: 22, contact: 102, lead: 60, opportunity: 50, case: 40, campaign: 8, campaign_member: 68, task: 75 },
    ],
    ["npsp-1k-csv", "*.csv", { account: 1223, contact: 1024, opportunity: 1517, campaign: 13, campaign_member: 1699 }],
    ["basudev-sales-crm", "*.csv", { product: 200, contact: 100, lead: 200, opportunity: 500, task: 406, event: 94 }],
  ];
  const chosen = all.filter(([name]) => process.env.SOAK === "1" || !FEWER.includes(name));
  test.skipIf(shared === null).each(chosen)(needsShared("%s"), async (name, glob, counts) => {
    const cwd = mkdtempSync(join(tmpdir(), "migrate-draft-"));
    const env = { DATABASE_URL: await database() };
    const made = await command(["init", "--source", "csv", "--files", join(shared!, "data", name, glob)], { cwd });
    expect(made.code, made.stderr).toBe(0);
    const checked = await command(["check"], { cwd, env });
    expect(checked.code, checked.stderr + checked.stdout).toBe(0);
    const planned = await command(["plan", "--json"], { cwd, env });
    expect(planned.code, planned.stderr).toBe(0);
    const { stages } = JSON.parse(planned.stdout) as {
      stages: { object: string; count: number; filtered: number }[];
    };
    expect(Object.fromEntries(stages.map((stage) => [stage.object, stage.count - stage.filtered]))).toEqual(counts);
    const ran = await command(["run", "--json"], { cwd, env });
    expect(ran.code, ran.stderr).toBe(0);
    const { totals, clean, objects } = JSON.parse(ran.stdout) as {
      totals: { rejected: number; inserted: number };
      clean: boolean;
      objects: { object: string; references: { field: string; resolved: number; unresolved: number }[] }[];
    };
    const loaded = Object.values<number>(counts).reduce((sum, n) => sum + n, 0);
    expect({ clean, ...totals }).toMatchObject({ clean: true, rejected: 0, inserted: loaded });
    if (name.startsWith("maven")) {
      const deals = objects.find(({ object }) => object === "opportunity")!;
      expect(deals.references.find(({ field }) => field === "product_id")).toMatchObject({
        resolved: 8800,
        unresolved: 0,
      });
    }
  });
});
