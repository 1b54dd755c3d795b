import { describe, expect, test } from "vitest";
import { ask, serve } from "./client.ts";
import { LARGE_ID } from "./tiny-portal.ts";

interface Entry {
  readonly toObjectId: number | string;
  readonly associationTypes: readonly unknown[];
}
interface Result {
  readonly from: { readonly id: string };
  readonly to: readonly Entry[];
  readonly paging?: { readonly next: { readonly after: string; readonly link: string } };
}
interface Batch {
  readonly results: readonly Result[];
  readonly numErrors?: number;
  readonly errors?: readonly unknown[];
}

const PATH = "/crm/v4/associations/contacts/companies/batch/read";

describe("batch/read", () => {
  test("all types of a pair, labels and duplicates included; ids are numbers of any length", async () => {
    const sim = await serve();
    const response = await fetch(sim.url + PATH, {
      method: "POST",
      headers: { authorization: `Bearer ${sim.token()}`, "content-type": "application/json" },
      body: JSON.stringify({ inputs: [{ id: "1001" }] }),
    });
    const text = await response.text();
    expect(response.status).toBe(200);
    expect(text).toContain(
      `"results":[{"from":{"id":"1001"},"to":[{"toObjectId":2001,"associationTypes":[
      {"category":"HUBSPOT_DEFINED","typeId":279,"label":null},
      {"category":"HUBSPOT_DEFINED","typeId":1,"label":"Primary"},
      {"category":"USER_DEFINED","typeId":36,"label":"Billing contact"},
      {"category":"HUBSPOT_DEFINED","typeId":279,"label":null}]},
      {"toObjectId":${LARGE_ID},"associationTypes":[{"category":"HUBSPOT_DEFINED","typeId":279,"label":null}]}]}]`.replace(
        /\n\s+/g,
        "",
      ),
    );
  });

  test("with a date in the path the ids are texts", async () => {
    const path = "/crm/associations/2026-03/contacts/0-2/batch/read";
    const { body } = await ask<Batch>(await serve(), path, { body: { inputs: [{ id: "1001" }] } });
    expect(body.results[0]!.to.map((entry) => entry.toObjectId)).toEqual(["2001", LARGE_ID]);
  });

  test("records without associations are errors of a 207", async () => {
    const { status, body } = await ask<Batch>(await serve(), PATH, {
      body: { inputs: [{ id: "1003" }, { id: "1001" }, { id: "77" }] },
    });
    expect([status, body.results.map((result) => result.from.id), body.numErrors]).toEqual([207, ["1001"], 2]);
    expect(body.errors).toEqual(
      ["1003", "77"].map((id) => ({
        status: "error",
        category: "OBJECT_NOT_FOUND",
        subCategory: "crm.associations.NO_ASSOCIATIONS_FOUND",
        message: `No company is associated with contact ${id}.`,
        context: { fromObjectId: [id], fromObjectType: ["contact"], toObjectType: ["company"] },
      })),
    );
  });

  test("each input has its own pages", async () => {
    const sim = await serve();
    const path = "/crm/v4/associations/deals/line_items/batch/read";
    const seen: (number | string)[] = [];
    const sizes: number[] = [];
    let after: string | undefined;
    do {
      const { body } = await ask<Batch>(sim, path, { body: { inputs: [{ id: "3001", ...(after ? { after } : {}) }] } });
      seen.push(...body.results[0]!.to.map((entry) => entry.toObjectId));
      sizes.push(body.results[0]!.to.length);
      after = body.results[0]!.paging?.next.after;
    } while (after !== undefined);
    expect(sizes).toEqual([500, 500, 200]);
    expect(seen).toEqual(Array.from({ length: 1200 }, (_, at) => 4000 + at));
  });

  test("1,000 inputs at most", async () => {
    const sim = await serve();
    const many = (count: number) => ({ inputs: Array.from({ length: count }, (_, at) => ({ id: String(at) })) });
    expect((await ask(sim, PATH, { body: many(1000) })).status).toBe(207);
    expect(await ask(sim, PATH, { body: many(1001) })).toMatchObject({
      status: 400,
      body: { category: "VALIDATION_ERROR" },
    });
  });

  test("a pair that cannot be associated: 400", async () => {
    const path = "/crm/v4/associations/companies/deals/batch/read";
    expect((await ask(await serve(), path, { body: { inputs: [] } })).status).toBe(400);
  });

  test("version 3 ends after 100 per record", async () => {
    const path = "/crm/v3/associations/deals/line_items/batch/read";
    const { body } = await ask<{ results: { to: unknown[] }[] }>(await serve(), path, {
      body: { inputs: [{ id: "3001" }] },
    });
    expect(body.results[0]!.to).toHaveLength(100);
    expect(body.results[0]!.to[0]).toEqual({ id: "4000", type: "deal_to_line_item" });
  });
});

describe("of one record", () => {
  test.each([
    ["/crm/v4/objects/deals/3001/associations/line_items"],
    ["/crm/objects/2026-09/deals/3001/associations/line_items"],
  ])("%s: pages by limit", async (path) => {
    const sim = await serve();
    type Page = Pick<Result, "paging"> & { readonly results: readonly Entry[] };
    const first = await ask<Page>(sim, `${path}?limit=2`);
    expect(first.body.results.map((entry) => Number(entry.toObjectId))).toEqual([4000, 4001]);
    const second = await ask<Page>(sim, first.body.paging!.next.link.slice(sim.url.length));
    expect(second.body.results.map((entry) => Number(entry.toObjectId))).toEqual([4002, 4003]);
    expect((await ask<Page>(sim, path)).body.results).toHaveLength(500);
    expect((await ask(sim, `${path}?limit=501`)).status).toBe(400);
  });

  test("none is an empty list; no such record is a 404", async () => {
    const sim = await serve();
    expect((await ask(sim, "/crm/v4/objects/contacts/1003/associations/companies")).body).toEqual({ results: [] });
    expect((await ask(sim, "/crm/v4/objects/contacts/77/associations/companies")).status).toBe(404);
  });
});

test.each([
  ["/crm/v4/associations/contacts/companies/labels", [279, 1, 36]],
  ["/crm/associations/2026-03/companies/contacts/labels", [280, 2]],
])("labels of a direction: %s", async (path, typeIds) => {
  const { body } = await ask<{ results: { typeId: number }[] }>(await serve(), path);
  expect(body.results.map((label) => label.typeId)).toEqual(typeIds);
  expect(Object.keys(body.results[0]!)).toEqual(["category", "typeId", "label"]);
});
