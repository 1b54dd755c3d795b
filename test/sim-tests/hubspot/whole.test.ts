/** Server and data together: what is read over HTTP is what the portal holds. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type HubspotSim, type ObjectType, startHubspot } from "../../sim/hubspot/index.ts";
import { ask, UNLIMITED } from "./client.ts";

interface Page {
  readonly results: readonly { readonly id: string; readonly properties: Record<string, string | null> }[];
  readonly paging?: { readonly next: { readonly after: string } };
}

describe.each([1, 7])("seed %i", (seed) => {
  let sim: HubspotSim;
  beforeAll(async () => {
    sim = await startHubspot({ ...UNLIMITED, seed, records: 1500 });
  });
  afterAll(() => sim.close());

  const all = (type: ObjectType, archived = false) =>
    sim.portal.list(type, { archived, after: null, limit: Number.MAX_SAFE_INTEGER });

  async function listed(type: ObjectType, query: string): Promise<Page["results"]> {
    const found = [];
    let after = "";
    for (;;) {
      const { body } = await ask<Page>(sim, `/crm/v3/objects/${type.name}?limit=100${query}${after}`);
      found.push(...body.results);
      if (body.paging === undefined) return found;
      after = `&after=${body.paging.next.after}`;
    }
  }

  test("lists hold every record once, live and archived, by number", async () => {
    for (const type of sim.portal.types) {
      for (const archived of [false, true]) {
        const ids = (await listed(type, `&properties=hs_object_id&archived=${archived}`)).map((row) => row.id);
        expect(ids).toEqual(all(type, archived).map((record) => record.id));
        expect(ids).toHaveLength(sim.portal.count(type, { archived }));
        expect(ids).toEqual([...ids].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1)));
      }
    }
  });

  test("values are the portal's, whether a list brings them or a batch", async () => {
    for (const name of ["contacts", "deals", "notes", "line_items"]) {
      const type = sim.portal.type(name)!;
      const records = all(type).slice(0, 60);
      const known = sim.portal.properties(type).filter((entry) => !entry.archived);
      const names = known.map((entry) => entry.name);
      const body = { inputs: records.map(({ id }) => ({ id })), properties: names };
      const batch = await ask<Page>(sim, `/crm/v3/objects/${name}/batch/read`, { body });
      const rows = new Map(batch.body.results.map((row) => [row.id, row.properties]));
      for (const { id, properties } of records) {
        expect(rows.get(id)).toEqual(Object.fromEntries(names.map((key) => [key, properties[key] ?? null])));
      }
      const some = names.slice(0, 40);
      const page = await ask<Page>(sim, `/crm/v3/objects/${name}?limit=60&properties=${some.join(",")}`);
      for (const row of page.body.results) expect(rows.get(row.id)).toMatchObject(row.properties);
    }
  });

  test("every association, page by page", async () => {
    const { portal } = sim;
    let pairs = 0;
    for (const from of portal.types) {
      for (const to of portal.types) {
        if (portal.labels(from, to) === null) continue;
        const wanted = new Map(
          all(from).map(({ id }) => [id, portal.associations(from, id, to)!.map((entry) => entry.toId)]),
        );
        const found = new Map<string, string[]>([...wanted.keys()].map((id) => [id, []]));
        let inputs: { id: string; after?: string }[] = [...wanted.keys()].map((id) => ({ id }));
        while (inputs.length > 0) {
          const { body } = await ask<{
            results: {
              from: { id: string };
              to: { toObjectId: string }[];
              paging?: { next: { after: string } };
            }[];
          }>(sim, `/crm/associations/2026-03/${from.id}/${to.id}/batch/read`, {
            body: { inputs: inputs.slice(0, 1000) },
          });
          inputs = inputs.slice(1000);
          for (const { from: one, to: list, paging } of body.results) {
            found.get(one.id)!.push(...list.map((entry) => entry.toObjectId));
            if (paging !== undefined) inputs.push({ id: one.id, after: paging.next.after });
          }
        }
        expect(found).toEqual(wanted);
        pairs += [...wanted.values()].reduce((sum, list) => sum + list.length, 0);
      }
    }
    expect(pairs).toBeGreaterThan(1000);
  });

  test("search counts what is live, and finds by time of change", async () => {
    for (const name of ["contacts", "companies", "deals"]) {
      const type = sim.portal.type(name)!;
      const path = `/crm/v3/objects/${name}/search`;
      const { body } = await ask(sim, path, { body: { limit: 1 } });
      expect(body.total).toBe(sim.portal.count(type));
      const times = all(type).map((record) => Date.parse(record.updatedAt));
      const middle = times.toSorted((a, b) => a - b)[times.length >> 1]!;
      const filters = [{ propertyName: type.modified, operator: "GTE", value: String(middle) }];
      const later = await ask(sim, path, { body: { limit: 1, filterGroups: [{ filters }] } });
      expect(later.body.total).toBe(times.filter((at) => at >= middle).length);
    }
  });

  test("search by time is in order but for some", async () => {
    const type = sim.portal.type("contacts")!;
    const [id] = all(type).map((record) => record.id);
    // a minute apart: what stands up to an hour from its place shows
    const start = Date.UTC(2030, 0, 1);
    const written = Array.from({ length: 150 }, (_, at) =>
      sim.portal.write(type, null, { email: `late${at}@acme.example` }, { at: start + at * 60_000, visibleAt: 0 }),
    );
    const filters = [{ propertyName: type.modified, operator: "GTE", value: String(start) }];
    const sorts = [{ propertyName: type.modified, direction: "ASCENDING" }];
    const { body } = await ask<Page & { total: number }>(sim, "/crm/v3/objects/contacts/search", {
      body: { limit: 200, filterGroups: [{ filters }], sorts },
    });
    const ids = body.results.map((row) => row.id);
    expect(ids).not.toContain(id);
    expect([...ids].sort()).toEqual([...written].sort());
    const moved = ids.filter((one, at) => Math.abs(written.indexOf(one) - at) > 5).length;
    expect(ids).not.toEqual(written);
    expect(moved).toBeLessThan(30);
    for (const one of written) sim.portal.erase(type, one);
  });

  test("what was written lately is not found yet", async () => {
    const type = sim.portal.type("contacts")!;
    const email = "fresh@acme.example";
    const id = sim.portal.write(type, null, { email }, { visibleAt: Date.now() + 300 });
    const find = async () => {
      const filters = [{ propertyName: "email", operator: "EQ", value: email }];
      const { body } = await ask(sim, "/crm/v3/objects/contacts/search", { body: { filterGroups: [{ filters }] } });
      return body.total;
    };
    expect(await find()).toBe(0);
    expect((await ask(sim, `/crm/v3/objects/contacts/${id}`)).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 350));
    expect(await find()).toBe(1);
    sim.portal.archive(type, id);
    expect(await find()).toBe(0);
    expect((await ask(sim, `/crm/v3/objects/contacts/${id}`)).status).toBe(404);
    expect((await ask(sim, `/crm/v3/objects/contacts/${id}?archived=true`)).body.archived).toBe(true);
  });

  test("pipelines, owners and schemas are the portal's", async () => {
    const { portal } = sim;
    for (const name of ["deals", "tickets"]) {
      const { body } = await ask(sim, `/crm/v3/pipelines/${name}`);
      expect(body.results).toEqual(portal.pipelines(portal.type(name)!));
      expect((body.results as unknown[]).length).toBeGreaterThan(0);
    }
    for (const archived of [false, true]) {
      const { body } = await ask<Page>(sim, `/crm/v3/owners/?limit=500&archived=${archived}`);
      const wanted = portal.owners.filter((owner) => owner.archived === archived).map((owner) => owner.id);
      expect(body.results.map((owner) => owner.id)).toEqual(wanted);
    }
    const { body } = await ask(sim, "/crm-object-schemas/v3/schemas");
    expect((body.results as { objectTypeId: string }[]).map((schema) => schema.objectTypeId)).toEqual(
      portal.types.filter((type) => type.custom).map((type) => type.id),
    );
  });
});
