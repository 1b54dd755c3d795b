/** The shipped mappings against a simulated portal, through the connector. */
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import hubspot from "../../connectors/hubspot/index.ts";
import { adaptMappings } from "../../core/mapping/adapt.ts";
import { loadMappingSet } from "../../core/mapping/load.ts";
import { wantedOf } from "../../core/mapping/wanted.ts";
import { loadModel } from "../../core/model/load.ts";
import type { SourceSchema } from "../../core/schema.ts";
import { command } from "../helpers/cli.ts";
import { testContext } from "../helpers/context.ts";
import { createTestDatabase } from "../helpers/database.ts";
import { type HubspotOptions, type HubspotSim, PRIVATE_TOKEN, startHubspot } from "../sim/hubspot/index.ts";
import { checkAll, parseAll, shipped } from "./shipped.ts";

const FILES = shipped("hubspot");
const model = await loadModel("hotcrm", "crm");

async function schemaOf(sim: HubspotSim): Promise<SourceSchema> {
  const source = hubspot.create({ accessToken: PRIVATE_TOKEN, baseUrl: sim.url }, tmpdir(), testContext());
  await source.open();
  const schema = await source.describe(wantedOf(parseAll(FILES)));
  await source.close();
  return schema;
}

const UNLIMITED = { tenSeconds: 0, secondly: 0, search: 0 };
const PORTALS: readonly [string, HubspotOptions][] = [
  ["a portal with everything", {}],
  ["a portal of one currency without custom objects", { customObjects: false, multiCurrency: false }],
  [
    "a token that may read people and deals alone",
    {
      scopes: [
        "crm.objects.contacts.read",
        "crm.objects.companies.read",
        "crm.objects.deals.read",
        "crm.objects.owners.read",
      ],
    },
  ],
];

describe.each(PORTALS)("%s", (_, options) => {
  let sim: HubspotSim;
  beforeAll(async () => {
    sim = await startHubspot({ seed: 1, records: 500, limits: UNLIMITED, ...options });
  });
  afterAll(() => sim.close());

  test.each([false, true])("the mappings fit it; additions: %s", async (additions) => {
    const schema = await schemaOf(sim);
    const { files } = adaptMappings(FILES, { schema, model, additions });
    const { told, run } = await checkAll(files, schema, false);
    expect(told).toEqual([]);
    expect(run).toBeGreaterThan(10);
  });
});

test("associations that the token may not see are left out, and the scope is named", async () => {
  const scopes = ["crm.objects.contacts.read", "crm.objects.deals.read", "crm.objects.owners.read"];
  const sim = await startHubspot({ seed: 1, records: 100, limits: UNLIMITED, scopes });
  try {
    const schema = await schemaOf(sim);
    const deals = schema.objects.find(({ name }) => name === "deals")!;
    expect(deals.fields.map(({ name }) => name).filter((name) => name.startsWith("associations."))).toEqual([
      "associations.contacts",
      "associations.contacts.ids",
    ]);
    expect(deals.hiddenFields).toMatch(/^Associations with companies need the scope crm\.objects\.companies\.read\. /);
    // no scope would help: e-mails and leads cannot be associated
    const emails = schema.objects.find(({ name }) => name === "emails")!;
    expect(emails.fields.map(({ name }) => name)).not.toContain("associations.leads");
  } finally {
    await sim.close();
  }
});

test("without `mappings` they are used as far as the portal goes; stages of its own are taken, and told", async () => {
  const sim = await startHubspot({ seed: 1, records: 500, limits: UNLIMITED });
  try {
    const { set, warnings } = await loadMappingSet(
      { baseDir: tmpdir(), mappings: null, owners: null, source: { connector: "hubspot" } },
      {
        sourceSchema: await schemaOf(sim),
        model,
        capabilities: { blankMeansNothing: false, fetchByKey: true, uniqueIds: false },
      },
    );
    expect([...new Set(warnings.map(({ code }) => code))].sort()).toEqual(["MAPPING_ASSUMED", "MAPPING_LEFT_OUT"]);
    const assumed = warnings.find(({ code }) => code === "MAPPING_ASSUMED")!.message;
    expect(assumed).toContain("opportunity_stage: Renewals: Renewal due (50 %) becomes needs_analysis");
    expect(assumed).toContain("case_status: Returns: Refunded (closed) becomes closed");
    const stage = set.mappings
      .find(({ object }) => object === "opportunity")!
      .fields.find(({ target }) => target === "stage")!;
    // listed, by its label in a second pipeline, by its probability
    expect(["contractsent", "12096413", "12096411"].map((id) => stage.picklist!.values.get(id))).toEqual([
      "negotiation",
      "closed_won",
      "needs_analysis",
    ]);
  } finally {
    await sim.close();
  }
});

test("migrate init writes them, with what the portal has besides; migrate check finds nothing wrong", async () => {
  const sim = await startHubspot({ seed: 1, records: 500, limits: UNLIMITED });
  const cwd = mkdtempSync(join(tmpdir(), "init-hubspot-"));
  const database = await createTestDatabase();
  const env = { HS_TOKEN: PRIVATE_TOKEN, DATABASE_URL: database.url };
  try {
    const options = `{ accessToken: "\${HS_TOKEN}", baseUrl: "${sim.url}" }`;
    const { code, stdout } = await command(["init", "--source", "hubspot", "--source-options", options], { cwd, env });
    expect([code, /To check in the mappings/.test(stdout)]).toEqual([0, true]);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: what the file says
    expect(readFileSync(join(cwd, "migration.yaml"), "utf8")).toContain("accessToken: ${HS_TOKEN}");
    const written = [
      ...readdirSync(join(cwd, "mappings")),
      ...readdirSync(cwd).filter((name) => name === "owners.yaml"),
    ];
    expect(FILES.map(({ name }) => name).filter((name) => !written.includes(name))).toEqual([]);
    expect(written.filter((name) => !FILES.some((file) => file.name === name)).sort()).toEqual([
      // labels as the other side reads them have files of their own
      "account-to-cars.yaml",
      "cars-to-account.yaml",
      "cars-to-contact.yaml",
      "cars-to-service-visits.yaml",
      "cars.yaml",
      "case-to-service-visits.yaml",
      "contact-to-cars.yaml",
      "contact-to-service-visits.yaml",
      "service-visits-to-cars.yaml",
      "service-visits-to-case.yaml",
      "service-visits-to-contact.yaml",
      "service-visits.yaml",
    ]);
    const read = (name: string) => readFileSync(join(cwd, "mappings", name), "utf8");
    expect(read("contact.yaml")).toContain("  custom.vip_level: { from: vip_level, type: picklist } # VIP level");
    expect(read("picklists.yaml")).toContain(`
      "12096411": needs_analysis # check: Renewals: Renewal due (50 %)
      "12096412": negotiation # check: Renewals: Negotiating (75 %)
      "12096413": closed_won # Renewals: Closed Won
`);
    expect(read("cars.yaml")).toContain('\nfilter: "archived = false"\n');
    expect(read("cars-to-contact.yaml")).toContain("from_id: { from: from_id, lookup: cars, typeInto: from_object }");
    const checked = await command(["check", "--json"], { cwd, env });
    expect([
      checked.code,
      JSON.parse(checked.stdout).problems.map(({ code: problem }: { code: string }) => problem),
    ]).toEqual([0, []]);

    // leads from contacts: copied, and the filter given, as the first lines of the option say
    const option = readFileSync("mappings/hubspot/optional/lead-from-contact.yaml", "utf8");
    const filter = /^# +(filter: ".*NOT .*")$/m.exec(option)![1]!;
    writeFileSync(join(cwd, "mappings", "lead-from-contact.yaml"), option);
    const contact = read("contact.yaml").replace(/^filter: .*$/m, () => filter);
    writeFileSync(join(cwd, "mappings", "contact.yaml"), contact);
    const again = await command(["check"], { cwd, env });
    expect(again.code, again.stdout + again.stderr).toBe(0);
  } finally {
    await sim.close();
    await database.drop();
  }
});
