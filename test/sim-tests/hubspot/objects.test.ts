import { describe, expect, test } from "vitest";
import { ask, serve } from "./client.ts";
import { tinyPortal } from "./tiny-portal.ts";

interface Row {
  readonly id: string;
  readonly properties: Record<string, string | null>;
}
interface Page {
  readonly results: readonly Row[];
  readonly paging?: { readonly next: { readonly after: string; readonly link?: string } };
}
const ids = (page: Page): string[] => page.results.map((row) => row.id);

describe("list", () => {
  test.each([["/crm/v3/objects/contacts"], ["/crm/objects/2026-03/contacts"], ["/crm/objects/2026-09/0-1/"]])(
    "%s: by id, ten at most, no total",
    async (path) => {
      const { status, body } = await ask<Page>(await serve(), path);
      expect([status, ids(body)]).toEqual([200, ["1001", "1003", "1004", "1005", "1006", "1007"]]);
      expect(Object.keys(body)).toEqual(["results"]);
    },
  );

  test("one record, whole: the asked-for properties and the three that always come, in order of their names", async () => {
    const sim = await serve();
    const { body } = await ask<Page>(
      sim,
      "/crm/v3/objects/contacts?limit=2&properties=firstname&properties=score,nope,old_fax",
    );
    expect(body).toEqual({
      results: [
        {
          id: "1001",
          properties: {
            createdate: "2026-01-02T08:00:00Z",
            firstname: "Person 1",
            hs_object_id: "1001",
            lastmodifieddate: "2026-01-03T08:00:00Z",
            score: "1",
          },
          createdAt: "2026-01-02T08:00:00Z",
          updatedAt: "2026-01-03T08:00:00Z",
          archived: false,
          url: "https://app.hubspot.com/contacts/77/record/0-1/1001",
        },
        {
          id: "1003",
          properties: {
            createdate: "2026-01-04T08:00:00Z",
            firstname: null,
            hs_object_id: "1003",
            lastmodifieddate: "2026-01-05T08:00:00Z",
            score: "3",
          },
          createdAt: "2026-01-04T08:00:00Z",
          updatedAt: "2026-01-05T08:00:00Z",
          archived: false,
          url: "https://app.hubspot.com/contacts/77/record/0-1/1003",
        },
      ],
      paging: {
        next: {
          after: "1004",
          link: `${sim.url}/crm/v3/objects/contacts?limit=2&properties=firstname&properties=score%2Cnope%2Cold_fax&after=1004`,
        },
      },
    });
    expect(Object.keys(body.results[0]!.properties)).toEqual(Object.keys(body.results[0]!.properties).sort());
  });

  test("`after` and `link` lead through all pages", async () => {
    const sim = await serve();
    const seen: string[] = [];
    let path = "/crm/v3/objects/contacts?limit=4";
    for (;;) {
      const { body } = await ask<Page>(sim, path);
      seen.push(...ids(body));
      if (body.paging === undefined) break;
      path = body.paging.next.link!.slice(sim.url.length);
    }
    expect(seen).toEqual(["1001", "1003", "1004", "1005", "1006", "1007"]);
  });

  test("without properties the usual ones of the type come", async () => {
    const { body } = await ask<Page>(await serve(), "/crm/v3/objects/contacts?limit=1");
    expect(body.results[0]!.properties).toEqual({
      createdate: "2026-01-02T08:00:00Z",
      email: "person1@acme.example",
      firstname: "Person 1",
      hs_object_id: "1001",
      lastmodifieddate: "2026-01-03T08:00:00Z",
      lastname: null,
    });
  });

  test("archived records on demand, with archivedAt", async () => {
    const { body } = await ask<Page>(await serve(), "/crm/v3/objects/contacts?archived=true&properties=email");
    expect(body.results).toMatchObject([{ id: "1002", archived: true, archivedAt: "2026-01-05T08:00:00Z" }]);
  });

  test.each([
    ["limit=101", 400],
    ["limit=0", 400],
    ["limit=x", 400],
    ["limit=51&propertiesWithHistory=email", 400],
    ["limit=100", 200],
    ["limit=50&propertiesWithHistory=email", 200],
    ["after=abc", 400],
  ])("%s: %i", async (query, expected) => {
    const { status, body } = await ask(await serve(), `/crm/v3/objects/contacts?${query}`);
    expect(status).toBe(expected);
    if (expected === 400) expect(body).toMatchObject({ status: "error", category: "VALIDATION_ERROR" });
  });

  test("history: every property's values with times", async () => {
    const { body } = await ask<Page>(await serve(), "/crm/v3/objects/contacts?limit=2&propertiesWithHistory=firstname");
    expect(body.results).toMatchObject([
      { propertiesWithHistory: { firstname: [{ value: "Person 1", timestamp: "2026-01-03T08:00:00Z" }] } },
      { propertiesWithHistory: { firstname: [] } },
    ]);
  });

  test("associations in version 3 style: an id twice under different types, no key where there is none", async () => {
    const { body } = await ask<Page>(await serve(), "/crm/v3/objects/contacts?limit=2&associations=companies");
    expect(body.results.map((row) => (row as { associations?: unknown }).associations)).toEqual([
      {
        companies: {
          results: [
            { id: "2001", type: "contact_to_company_unlabeled" },
            { id: "2001", type: "contact_to_company" },
            { id: "2001", type: "billing_contact" },
            { id: "2001", type: "contact_to_company_unlabeled" },
            { id: "9007199254740993", type: "contact_to_company_unlabeled" },
          ],
        },
      },
      undefined,
    ]);
  });

  test("associations in line end after 100, with a link", async () => {
    const sim = await serve();
    const { body } = await ask(sim, "/crm/v3/objects/deals?associations=line_items");
    const [deal] = body.results as { associations: Record<string, { results: unknown[]; paging: Page["paging"] }> }[];
    const lines = deal!.associations["line items"]!;
    expect(lines.results).toHaveLength(100);
    expect(lines.results[0]).toEqual({ id: "4000", type: "deal_to_line_item" });
    const rest = await ask<Page>(sim, lines.paging!.next.link!.slice(sim.url.length));
    expect(rest.body.results[0]).toEqual({ id: "4100", type: "deal_to_line_item" });
  });

  test.each([["/crm/v3/objects/wombats"], ["/crm/v3/objects/contacts?associations=attachments"]])(
    "%s: an unknown type",
    async (path) => {
      const { status, body } = await ask(await serve(), path);
      expect([status, body.message]).toEqual([
        400,
        `Unable to infer object type from: ${path.includes("wombats") ? "wombats" : "attachments"}`,
      ]);
    },
  );

  test("values of sensitive properties need their scope", async () => {
    const sim = await serve();
    const path = "/crm/v3/objects/contacts?limit=1&properties=iban";
    expect((await ask<Page>(sim, path)).body.results[0]!.properties.iban).toBe("DE1");
    sim.grant(["crm.objects.contacts.read"]);
    expect((await ask<Page>(sim, path)).body.results[0]!.properties).not.toHaveProperty("iban");
    sim.grant(["crm.objects.contacts.read", "crm.objects.contacts.sensitive.read"]);
    expect((await ask<Page>(sim, path)).body.results[0]!.properties.iban).toBe("DE1");
  });
});

describe("a single record", () => {
  test.each([
    ["/crm/v3/objects/contacts/1003?properties=email"],
    ["/crm/objects/2026-03/contact/1003?properties=email"],
    ["/crm/v3/objects/contacts/Person3@acme.example?idProperty=email&properties=email"],
  ])("%s", async (path) => {
    const { status, body } = await ask(await serve(), path);
    expect(status).toBe(200);
    expect(body).toMatchObject({ id: "1003", properties: { email: "person3@acme.example", hs_object_id: "1003" } });
  });

  test("the id of a merged record leads to the survivor", async () => {
    expect((await ask(await serve(), "/crm/v3/objects/contacts/1000")).body.id).toBe("1001");
  });

  test.each([
    ["/crm/v3/objects/contacts/999"],
    ["/crm/v3/objects/contacts/1002"],
    ["/crm/v3/objects/contacts/1001?archived=true"],
  ])("%s: 404 as HTML", async (path) => {
    const { status, headers, body } = await ask<unknown>(await serve(), path);
    expect(status).toBe(404);
    expect(headers.get("content-type")).toBe("text/html;charset=iso-8859-1");
    expect(headers.get("x-hubspot-notfound")).toBe("true");
    expect(body).toContain("<h2>HTTP ERROR 404</h2>");
  });
});

describe("batch/read", () => {
  const read = async (body: unknown, path = "/crm/v3/objects/contacts/batch/read") =>
    ask<Page & { numErrors?: number; errors?: unknown[] }>(await serve(), path, { body });
  const inputs = (...list: (string | number)[]) => list.map((id) => ({ id }));

  test("results come in another order than asked for", async () => {
    const asked = ["1001", "1003", "1004", "1005", "1006", "1007"];
    const { status, body } = await read({ inputs: inputs(...asked), properties: ["score"] });
    expect(status).toBe(200);
    expect(ids(body)).not.toEqual(asked);
    expect(ids(body).sort()).toEqual(asked);
    expect(Object.keys(body).sort()).toEqual(["completedAt", "results", "startedAt", "status"]);
  });

  test("what is missing: 207, absent from the results, one error for all", async () => {
    const { status, body } = await read({ inputs: inputs("1001", "1002", "1000", "77", "1001"), properties: [] });
    expect([status, ids(body), body.numErrors]).toEqual([207, ["1001"], 1]);
    expect(body.errors).toMatchObject([{ status: "error", category: "OBJECT_NOT_FOUND" }]);
  });

  test("archived ones with archived=true", async () => {
    const { status, body } = await read(
      { inputs: inputs("1002") },
      "/crm/objects/2026-03/contacts/batch/read?archived=true",
    );
    expect([status, ids(body)]).toEqual([200, ["1002"]]);
  });

  test("by another property", async () => {
    const { body } = await read({ inputs: inputs("person4@acme.example"), idProperty: "email" });
    expect(ids(body)).toEqual(["1004"]);
  });

  test.each([
    [{ inputs: Array.from({ length: 101 }, (_, at) => ({ id: at })) }, "batch request is 100"],
    [
      { inputs: Array.from({ length: 51 }, (_, at) => ({ id: at })), propertiesWithHistory: ["email"] },
      "property histories is 50",
    ],
    [{}, "inputs"],
  ])("too many or none: 400 (%#)", async (body, message) => {
    const reply = await read(body);
    expect(reply.status).toBe(400);
    expect((reply.body as unknown as { message: string }).message).toContain(message);
  });

  test("a body that is not JSON, or not said to be", async () => {
    const sim = await serve();
    const post = (type: string, body: string) =>
      fetch(`${sim.url}/crm/v3/objects/contacts/batch/read`, {
        method: "POST",
        headers: { authorization: `Bearer ${sim.token()}`, "content-type": type },
        body,
      });
    expect((await post("application/json", "{")).status).toBe(400);
    expect((await post("text/plain", "{}")).status).toBe(415);
  });
});

test("paths that are too long: 414, as HTML", async () => {
  const { status, headers } = await ask(await serve(), `/crm/v3/objects/contacts?properties=${"x".repeat(8200)}`);
  expect([status, headers.get("content-type")]).toEqual([414, "text/html; charset=UTF-8"]);
});

test("a record that comes while a list is read is found where its id is still ahead", async () => {
  const portal = tinyPortal();
  const rows = portal.list(portal.type("contacts")!, { archived: false, after: null, limit: 100 });
  const shown = rows.filter((row) => row.id !== "1005");
  const sim = await serve(undefined, {
    ...portal,
    list: (_, { after, limit }) =>
      shown.filter((row) => after === null || BigInt(row.id) > BigInt(after)).slice(0, limit),
  });
  const first = await ask<Page>(sim, "/crm/v3/objects/contacts?limit=3");
  expect(ids(first.body)).toEqual(["1001", "1003", "1004"]);
  shown.splice(0, shown.length, ...rows);
  const second = await ask<Page>(sim, `/crm/v3/objects/contacts?limit=3&after=${first.body.paging!.next.after}`);
  expect(ids(second.body)).toEqual(["1005", "1006", "1007"]);
});
