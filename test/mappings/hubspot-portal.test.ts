/** The shipped mappings against a simulated portal, through the connector. */
import { tmpdir } from "node:os";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import hubspot from "../../connectors/hubspot/index.ts";
import { adaptMappings } from "../../core/mapping/adapt.ts";
import { wantedOf } from "../../core/mapping/wanted.ts";
import { loadModel } from "../../core/model/load.ts";
import type { SourceSchema } from "../../core/schema.ts";
import { testContext } from "../helpers/context.ts";
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
