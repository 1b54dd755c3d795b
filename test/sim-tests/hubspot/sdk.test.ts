/** HubSpot's own client reads from the simulator. */
import { Client } from "@hubspot/api-client";
import { expect, test } from "vitest";
import { CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN } from "../../sim/hubspot/http/auth.ts";
import { serve } from "./client.ts";

test("lists, records, batches, search, associations, metadata, sign-in", async () => {
  const sim = await serve();
  const client = new Client({ accessToken: sim.token(), basePath: sim.url });
  const { crm, oauth } = client;

  const page = await crm.contacts.basicApi.getPage(2, undefined, ["email", "score"]);
  expect(page.results.map((row) => [row.id, row.properties.score])).toEqual([
    ["1001", "1"],
    ["1003", "3"],
  ]);
  expect(page.paging?.next?.after).toBe("1004");
  expect((await crm.contacts.getAll(4)).map((row) => row.id)).toEqual(["1001", "1003", "1004", "1005", "1006", "1007"]);
  expect((await crm.companies.basicApi.getById("2001")).properties.name).toBe("Acme");
  await expect(crm.companies.basicApi.getById("1")).rejects.toMatchObject({ code: 404 });

  const batch = await crm.objects.batchApi.read("p77_car", {
    inputs: [{ id: "5001" }, { id: "1" }],
    properties: ["plate"],
    propertiesWithHistory: [],
  });
  expect(batch.results.map((row) => row.properties.plate)).toEqual(["B-AB 1"]);
  expect("numErrors" in batch && batch.numErrors).toBe(1);

  const found = await crm.contacts.searchApi.doSearch({
    filterGroups: [{ filters: [{ propertyName: "score", operator: "GTE" as never, value: "6" }] }],
    properties: [],
    sorts: [],
    limit: 10,
  } as never);
  expect([found.total, found.results.map((row) => row.id)]).toEqual([2, ["1006", "1007"]]);

  const linked = await crm.associations.v4.batchApi.getPage("deals", "line_items", { inputs: [{ id: "3001" }] });
  expect(linked.results[0]!.to).toHaveLength(500);
  expect(linked.results[0]!.paging?.next?.after).toEqual(expect.any(String));
  const labels = await crm.associations.v4.schema.definitionsApi.getAll("contacts", "companies");
  expect(labels.results.map((label) => label.typeId)).toEqual([279, 1, 36]);

  expect((await crm.owners.ownersApi.getPage()).results.map((owner) => owner.id)).toEqual(["1", "2"]);
  expect((await crm.properties.coreApi.getAll("companies")).results.map((entry) => entry.name)).toContain("domain");
  expect((await crm.pipelines.pipelinesApi.getAll("deals")).results.map((entry) => entry.id)).toEqual(["default"]);
  expect((await crm.schemas.coreApi.getAll()).results.map((entry) => entry.objectTypeId)).toEqual(["2-123"]);
  expect((await client.files.filesApi.getById("9001")).name).toBe("offer");

  const { expiresIn } = await oauth.tokensApi.create(
    "refresh_token",
    undefined,
    undefined,
    CLIENT_ID,
    CLIENT_SECRET,
    REFRESH_TOKEN,
  );
  expect(expiresIn).toBe(1800);
  expect(sim.stats.byRoute.none).toBeUndefined();
});
