/** The shipped mappings against a simulated org, through the connector and the command line. */
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import salesforce from "../../connectors/salesforce/index.ts";
import { adaptMappings } from "../../core/mapping/adapt.ts";
import { loadMappingSet } from "../../core/mapping/load.ts";
import { wantedOf } from "../../core/mapping/wanted.ts";
import { loadModel } from "../../core/model/load.ts";
import type { SourceSchema } from "../../core/schema.ts";
import { command } from "../helpers/cli.ts";
import { testContext } from "../helpers/context.ts";
import { expectGolden } from "../helpers/golden.ts";
import { ALL_FEATURES, type Features, type SalesforceSim, startSalesforce } from "../sim/salesforce/index.ts";
import { checkAll, parseAll, shipped } from "./shipped.ts";

const FILES = shipped("salesforce");
const NOTHING = Object.fromEntries(Object.keys(ALL_FEATURES).map((name) => [name, false])) as unknown as Features;

async function schemaOf(sim: SalesforceSim): Promise<SourceSchema> {
  const auth = { flow: "session", accessToken: sim.token(), instanceUrl: sim.url };
  const source = salesforce.create({ loginUrl: sim.url, auth }, tmpdir(), testContext());
  await source.open();
  const schema = await source.describe(wantedOf(parseAll(FILES)));
  await source.close();
  return schema;
}

describe.each([
  ["an org with every feature", ALL_FEATURES],
  ["a plain org", NOTHING],
])("%s", (_, features) => {
  let sim: SalesforceSim;
  beforeAll(async () => {
    sim = await startSalesforce({ seed: 1, records: 500, features });
  });
  afterAll(() => sim.close());

  test.each([false, true])("the mappings fit it; additions: %s", async (additions) => {
    const schema = await schemaOf(sim);
    const { files } = adaptMappings(FILES, { schema, model: await loadModel("hotcrm", "crm"), additions });
    const { told, run } = await checkAll(files, schema);
    expect(told).toEqual([]);
    expect(run).toBeGreaterThan(30);
  });
});

test("without `mappings` they are used as far as the org goes, and what it lacks is a warning", async () => {
  const sim = await startSalesforce({ seed: 1, records: 500, features: NOTHING });
  try {
    const { set, warnings } = await loadMappingSet(
      { baseDir: tmpdir(), mappings: null, owners: null, source: { connector: "salesforce" } },
      {
        sourceSchema: await schemaOf(sim),
        model: await loadModel("hotcrm", "crm"),
        capabilities: { blankMeansNothing: false, fetchByKey: true, uniqueIds: true },
      },
    );
    expect(set.mappings.map(({ object }) => object)).not.toContain("quote");
    expect(set.mappings.map(({ object }) => object)).toContain("opportunity");
    expect(warnings.every(({ severity, code }) => severity === "warning" && code === "MAPPING_LEFT_OUT")).toBe(true);
    expect(warnings.map(({ message }) => message)).toContain("Quote: not in this source; left out: quote.yaml");
  } finally {
    await sim.close();
  }
});

test("migrate init writes them, with what the org has besides", async () => {
  const sim = await startSalesforce({ seed: 1, records: 500 });
  const cwd = mkdtempSync(join(tmpdir(), "init-salesforce-"));
  try {
    const auth = `{ flow: session, accessToken: "\${SF_TOKEN}", instanceUrl: "${sim.url}" }`;
    const { code, stdout } = await command(
      ["init", "--source", "salesforce", "--source-options", `{ loginUrl: "${sim.url}", auth: ${auth} }`],
      { cwd, env: { SF_TOKEN: sim.token() } },
    );
    expect([code, /custom fields added/.test(stdout)]).toEqual([0, true]);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: what the file says
    expect(readFileSync(join(cwd, "migration.yaml"), "utf8")).toContain('accessToken: "${SF_TOKEN}"');
    const own = ["invoice-line.yaml", "invoice.yaml"];
    const shared = FILES.map(({ name }) => name).filter((name) => name !== "owners.yaml");
    expect(readdirSync(join(cwd, "mappings")).sort()).toEqual([...shared, ...own].sort());
    expect(readFileSync(join(cwd, "migration.yaml"), "utf8")).toContain("owners: ./owners.yaml\n");
    expect(readFileSync(join(cwd, "migration.yaml"), "utf8")).toContain("model: ./model.yaml");
    expectGolden(
      "init-own-objects",
      ["model.yaml", "mappings/invoice.yaml", "mappings/invoice-line.yaml"]
        .map((file) => `--- ${file}\n${readFileSync(join(cwd, file), "utf8").replace(/^name: .*$/m, "name: moving")}`)
        .join("\n"),
    );
    expect(readFileSync(join(cwd, "mappings", "task.yaml"), "utf8")).toContain(
      "lookup: [ account, opportunity, quote, contract, case, campaign, product, invoice ]",
    );
    // files and notes hang on the org's own objects, too
    const objects = "product, task, event, invoice, invoice_line";
    for (const name of ["content-document-link", "content-note-link"]) {
      const text = readFileSync(join(cwd, "mappings", `${name}.yaml`), "utf8");
      expect(text, name).toContain("'Event', 'Invoice__c', 'Invoice_Line__c')");
      expect(text, name).toContain(objects);
    }
    expect(readFileSync(join(cwd, "mappings", "note.yaml"), "utf8")).toContain(objects);
    expect(readFileSync(join(cwd, "mappings", "attachment.yaml"), "utf8")).toContain("note, invoice, invoice_line");
    expect(readFileSync(join(cwd, "mappings", "account.yaml"), "utf8")).toContain(
      "  custom.customer_rank: { from: Customer_Rank__c, type: picklist } # Customer Rank",
    );
  } finally {
    await sim.close();
  }
});

test("migrate init asks for what it needs to connect", async () => {
  const cwd = mkdtempSync(join(tmpdir(), "init-salesforce-"));
  const { code, stderr } = await command(["init", "--source", "salesforce"], { cwd });
  expect(code).toBe(2);
  expect(stderr).toContain("INIT_OPTIONS");
  expect(stderr).toContain("environment variable SF_CLIENT_SECRET is not set");
  expect(stderr).toContain("--source-options '{ loginUrl: ");
  expect(readdirSync(cwd)).toEqual([]);
});
