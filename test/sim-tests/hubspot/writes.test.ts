/** Records made, changed, archived, merged and associated over HTTP, as in a portal. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { type HubspotSim, type ObjectType, startHubspot } from "../../sim/hubspot/index.ts";
import { ask, UNLIMITED } from "./client.ts";

const NOON = "2026-11-20T12:00:00Z";
let sim: HubspotSim;
let contacts: ObjectType;
let companies: ObjectType;

beforeAll(async () => {
  sim = await startHubspot({ ...UNLIMITED, seed: 3, records: 300 });
  sim.clock.set(NOON);
  contacts = sim.portal.type("contacts")!;
  companies = sim.portal.type("companies")!;
});
afterAll(() => sim.close());

const idsOf = (type: ObjectType) =>
  sim.portal.list(type, { archived: false, after: null, limit: 20 }).map(({ id }) => id);
const write = (method: string, path: string, body?: unknown) =>
  ask<Record<string, unknown> & { id: string; message: string; category: string }>(sim, path, { method, body });

it.each(["/crm/v3/objects/contacts", "/crm/objects/2026-03/0-1"])("PATCH %s changes a record", async (base) => {
  const id = idsOf(contacts)[base.length % 2]!;
  const { status, body } = await write("PATCH", `${base}/${id}`, { properties: { firstname: base, phone: "" } });
  expect([status, body]).toEqual([
    200,
    expect.objectContaining({
      id,
      properties: expect.objectContaining({ firstname: base, phone: null, lastmodifieddate: NOON }),
      updatedAt: NOON,
      archived: false,
    }),
  ]);
  expect(sim.portal.record(contacts, id)?.properties).toMatchObject({
    firstname: base,
    phone: null,
    hs_updated_by_user_id: "100001",
  });
});

it("POST makes a record with its associations", async () => {
  const [company] = idsOf(companies) as [string];
  const types = [{ associationCategory: "HUBSPOT_DEFINED", associationTypeId: 1 }];
  const { status, body } = await write("POST", "/crm/v3/objects/contacts", {
    properties: { email: "new@writes.example", lastname: "New" },
    associations: [{ to: { id: company }, types }],
  });
  expect([status, body]).toEqual([
    201,
    expect.objectContaining({
      properties: expect.objectContaining({ email: "new@writes.example", lastname: "New", createdate: NOON }),
      createdAt: NOON,
    }),
  ]);
  expect((await ask(sim, `/crm/v4/objects/contacts/${body.id}/associations/companies`)).body).toEqual({
    results: [
      {
        toObjectId: Number(company),
        associationTypes: [
          { category: "HUBSPOT_DEFINED", typeId: 279, label: null },
          { category: "HUBSPOT_DEFINED", typeId: 1, label: "Primary" },
        ],
      },
    ],
  });
  const again = await write("POST", "/crm/v3/objects/contacts", { properties: { email: "NEW@writes.example" } });
  expect([again.status, again.body.message]).toEqual([409, `Contact already exists. Existing ID: ${body.id}`]);
  const path = "/crm/v3/objects/contacts/new@writes.example?idProperty=email";
  expect((await write("PATCH", path, { properties: { lastname: "Newer" } })).body.id).toBe(body.id);
});

it("DELETE archives a record; a request more changes nothing", async () => {
  const id = idsOf(contacts)[4]!;
  for (const _ of [1, 2]) expect((await write("DELETE", `/crm/v3/objects/contacts/${id}`)).status).toBe(204);
  expect(sim.portal.record(contacts, id)).toMatchObject({ archived: true, archivedAt: NOON });
  expect((await write("PATCH", `/crm/v3/objects/contacts/${id}`, { properties: {} })).status).toBe(404);
});

it("merges two records into a new one, to which both ids lead", async () => {
  const [winner, loser] = idsOf(companies).slice(5, 7) as [string, string];
  const { status, body } = await write("POST", "/crm/v3/objects/companies/merge", {
    primaryObjectId: winner,
    objectIdToMerge: loser,
  });
  expect(status).toBe(200);
  expect([winner, loser]).not.toContain(body.id);
  for (const old of [winner, loser]) expect(sim.portal.record(companies, old)?.id).toBe(body.id);
  expect(sim.portal.record(companies, body.id)?.properties.hs_merged_object_ids).toContain(`${winner};${loser}`);
});

it("erases a contact without a trace", async () => {
  const id = idsOf(contacts)[6]!;
  expect((await write("POST", "/crm/v3/objects/contacts/gdpr-delete", { objectId: id })).status).toBe(204);
  expect(sim.portal.record(contacts, id)).toBeUndefined();
});

it("associates, labels and dissociates", async () => {
  const { id } = (await write("POST", "/crm/v3/objects/contacts", { properties: { lastname: "Linked" } })).body;
  const [company] = idsOf(companies) as [string];
  const types = () => sim.portal.associations(contacts, id, companies)?.map((one) => one.types.map((t) => t.typeId));
  const pair = `/crm/v4/objects/contacts/${id}/associations`;
  const made = await write("PUT", `${pair}/default/companies/${company}`);
  expect([made.status, made.body.status, types()]).toEqual([200, "COMPLETE", [[279]]]);
  const label = [{ associationCategory: "USER_DEFINED", associationTypeId: 19 }];
  const labelled = await write("PUT", `${pair}/companies/${company}`, label);
  expect([labelled.status, labelled.body.labels, types()]).toEqual([201, ["Decision maker"], [[279, 19]]]);
  expect(sim.portal.associations(companies, company, contacts)?.map((one) => one.toId)).toContain(id);
  expect((await write("DELETE", `${pair}/companies/${company}`)).status).toBe(204);
  expect(types()).toEqual([]);
});

it("refuses what a portal refuses, and changes nothing", async () => {
  const id = idsOf(contacts)[2]!;
  const before = sim.portal.record(contacts, id);
  const path = `/crm/v3/objects/contacts/${id}`;
  const patch = async (properties: Record<string, unknown>) => {
    const { status, body } = await write("PATCH", path, { properties });
    const problems = /^Property values were not valid: (.*)$/.exec(body.message)?.[1] ?? "[]";
    return [status, body.category, JSON.parse(problems).map((one: { error: string; name: string }) => one.error)];
  };
  expect(await patch({ firstname: "No", frstname: "No" })).toEqual([
    400,
    "VALIDATION_ERROR",
    ["PROPERTY_DOESNT_EXIST"],
  ]);
  expect(await patch({ hs_object_id: "1" })).toEqual([400, "VALIDATION_ERROR", ["READ_ONLY_VALUE"]]);
  expect(await patch({ hs_lead_status: "nobody" })).toEqual([400, "VALIDATION_ERROR", ["INVALID_OPTION"]]);
  const status = async (method: string, at: string, body?: unknown) => (await write(method, at, body)).status;
  expect(await status("PATCH", path, {})).toBe(400);
  expect(await status("PATCH", "/crm/v3/objects/contacts/99999999999999", { properties: {} })).toBe(404);
  expect(await status("DELETE", "/crm/v3/objects/contacts/99999999999999")).toBe(404);
  expect(await status("POST", "/crm/v3/objects/nothings", { properties: {} })).toBe(400);
  expect(await status("POST", "/crm/v3/objects/contacts/merge", { primaryObjectId: id, objectIdToMerge: id })).toBe(
    400,
  );
  expect((await ask(sim, path, { method: "DELETE", token: "" })).status).toBe(401);
  sim.grant(["crm.objects.contacts.read"]);
  expect(await status("PATCH", path, { properties: {} })).toBe(403);
  sim.grant(null);
  expect(sim.portal.record(contacts, id)).toEqual(before);
});

it("writes count against the limits", async () => {
  const small = await startHubspot({ seed: 3, records: 300, limits: { tenSeconds: 2, secondly: 0, search: 0 } });
  const id = small.portal.list(contacts, { archived: false, after: null, limit: 1 })[0]!.id;
  const statuses: number[] = [];
  for (const phone of ["1", "2", "3"]) {
    const body = { properties: { phone } };
    statuses.push((await ask(small, `/crm/v3/objects/contacts/${id}`, { method: "PATCH", body })).status);
  }
  expect([statuses, small.portal.record(contacts, id)?.properties.phone]).toEqual([[200, 200, 429], "2"]);
  await small.close();
});
