import { describe, expect, test } from "vitest";
import { ask, serve, UNLIMITED } from "./client.ts";

interface Listed {
  readonly results: readonly Record<string, unknown>[];
  readonly paging?: { readonly next: { readonly after: string; readonly link: string } };
}

describe("properties", () => {
  const names = async (path: string) => {
    const { body } = await ask<Listed>(await serve(), path);
    return body.results.map((property) => property.name);
  };

  test.each([["/crm/v3/properties/contacts"], ["/crm/properties/2026-03/contacts"]])("%s", async (path) => {
    const usual = ["hs_object_id", "createdate", "lastmodifieddate", "email", "firstname", "lastname", "score"];
    expect(await names(path)).toEqual(usual);
    expect(await names(`${path}?archived=true`)).toEqual(["old_fax"]);
    expect(await names(`${path}?dataSensitivity=sensitive`)).toEqual(["iban"]);
  });

  test("sensitive ones need their scope", async () => {
    const sim = await serve({ ...UNLIMITED, scopes: ["crm.objects.contacts.read"] });
    expect((await ask(sim, "/crm/v3/properties/contacts?dataSensitivity=sensitive")).status).toBe(403);
  });

  test("by name, and several", async () => {
    const sim = await serve();
    expect((await ask(sim, "/crm/v3/properties/contacts/email")).body).toMatchObject({ name: "email", type: "string" });
    expect((await ask(sim, "/crm/v3/properties/contacts/nope")).status).toBe(404);
    const some = { inputs: [{ name: "email" }, { name: "nope" }] };
    const { status, body } = await ask<Listed>(sim, "/crm/v3/properties/contacts/batch/read", { body: some });
    expect([status, body.results.map((property) => property.name)]).toEqual([207, ["email"]]);
  });
});

describe("owners", () => {
  test.each([["/crm/v3/owners"], ["/crm/v3/owners/"], ["/crm/owners/2026-03"], ["/crm/owners/2026-09/"]])(
    "%s: pages; archived ones have no userId",
    async (path) => {
      const sim = await serve();
      const first = await ask<Listed>(sim, `${path}?limit=1`);
      expect(first.body.results).toEqual([
        {
          id: "1",
          email: "owner1@acme.example",
          type: "PERSON",
          firstName: "Owner",
          lastName: "1",
          userId: 101,
          userIdIncludingInactive: 101,
          createdAt: "2020-01-01T00:00:00Z",
          updatedAt: "2020-01-02T00:00:00Z",
          archived: false,
        },
      ]);
      const second = await ask<Listed>(sim, first.body.paging!.next.link.slice(sim.url.length));
      expect(second.body.results.map((owner) => owner.id)).toEqual(["2"]);
      expect(second.body).not.toHaveProperty("paging");
      const archived = await ask<Listed>(sim, `${path}?archived=true&limit=500`);
      expect(archived.body.results).toMatchObject([{ id: "3", userIdIncludingInactive: 103, archived: true }]);
      expect(archived.body.results[0]).not.toHaveProperty("userId");
      expect((await ask(sim, `${path}?limit=501`)).status).toBe(400);
    },
  );

  test("by e-mail, by id, by user", async () => {
    const sim = await serve();
    const { body } = await ask<Listed>(sim, "/crm/v3/owners?email=Owner2@acme.example");
    expect(body.results.map((owner) => owner.id)).toEqual(["2"]);
    expect((await ask(sim, "/crm/v3/owners/2")).body.id).toBe("2");
    expect((await ask(sim, "/crm/v3/owners/102?idProperty=userId")).body.id).toBe("2");
    expect((await ask(sim, "/crm/v3/owners/3")).status).toBe(404);
    expect((await ask(sim, "/crm/v3/owners/3?archived=true")).status).toBe(200);
  });
});

test.each([
  ["/crm/v3/pipelines/deals", { results: [{ id: "default", label: "Sales", stages: [{ id: "won" }] }] }],
  ["/crm/pipelines/2026-03/deals", { results: [{ id: "default", label: "Sales", stages: [{ id: "won" }] }] }],
  ["/crm/v3/pipelines/deals/default/stages", { results: [{ id: "won" }] }],
  ["/crm/v3/pipelines/contacts", { results: [] }],
  ["/crm/v3/schemas", { results: [{ objectTypeId: "2-123", fullyQualifiedName: "p77_car" }] }],
  ["/crm-object-schemas/v3/schemas", { results: [{ objectTypeId: "2-123", fullyQualifiedName: "p77_car" }] }],
  ["/crm-object-schemas/2026-03/schemas/car", { objectTypeId: "2-123", fullyQualifiedName: "p77_car" }],
  ["/account-info/v3/details", { portalId: 77, timeZone: "Europe/Berlin", companyCurrency: "EUR" }],
  ["/account-info/2026-03/details", { portalId: 77, timeZone: "Europe/Berlin", companyCurrency: "EUR" }],
  ["/files/v3/files/9001", { id: "9001", name: "offer", extension: "pdf", size: 10, type: "DOCUMENT" }],
])("%s", async (path, expected) => {
  expect(await ask(await serve(), path)).toMatchObject({ status: 200, body: expected });
});

test("a file's link ends", async () => {
  const before = Date.now();
  const { body } = await ask(await serve(), "/files/2026-03/files/9001/signed-url?expirationSeconds=60");
  expect(body).toMatchObject({ name: "offer", extension: "pdf", size: 10, type: "DOCUMENT" });
  expect(Date.parse(String(body.expiresAt)) - before).toBeGreaterThanOrEqual(60_000);
});

test.each([
  ["GET", "/crm/v3/nothing"],
  ["GET", "/crm/objects/2025-03/contacts"],
  ["GET", "/crm/objects/2026-3/contacts"],
  ["DELETE", "/crm/v3/objects/contacts/99999"],
  ["GET", "/files/v3/files/1"],
])("%s %s: 404", async (method, path) => {
  expect((await ask(await serve(), path, { method })).status).toBe(404);
});
