import { describe, expect, test } from "vitest";
import { CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN } from "../../sim/hubspot/http/auth.ts";
import { ask, serve, UNLIMITED } from "./client.ts";

const CONTACTS = "/crm/v3/objects/contacts";

async function post(sim: { url: string }, path: string, form: Record<string, string>) {
  const response = await fetch(sim.url + path, { method: "POST", body: new URLSearchParams(form) });
  const text = await response.text();
  return { status: response.status, body: (text === "" ? {} : JSON.parse(text)) as Record<string, unknown> };
}
const GOOD = {
  grant_type: "refresh_token",
  client_id: CLIENT_ID,
  client_secret: CLIENT_SECRET,
  refresh_token: REFRESH_TOKEN,
};

describe("OAuth", () => {
  test.each([["/oauth/v1/token"], ["/oauth/v3/token"]])("%s: a token that reads", async (path) => {
    const sim = await serve();
    const { status, body } = await post(sim, path, GOOD);
    expect(status).toBe(200);
    expect(body).toMatchObject({ token_type: "bearer", expires_in: 1800, refresh_token: REFRESH_TOKEN, hub_id: 77 });
    expect((await ask(sim, CONTACTS, { token: String(body.access_token) })).status).toBe(200);
    expect(sim.stats.tokens).toBe(1);
    expect(sim.stats.arrivals.usual).toHaveLength(1);
  });

  test.each([
    [{ refresh_token: "other" }, "BAD_REFRESH_TOKEN", "invalid_grant"],
    [{ client_id: "other" }, "BAD_CLIENT_ID", "invalid_client"],
    [{ client_secret: "other" }, "BAD_CLIENT_SECRET", "invalid_client"],
    [{ grant_type: "password" }, "BAD_GRANT_TYPE", "unsupported_grant_type"],
  ])("%j: %s", async (wrong, status, error) => {
    const reply = await post(await serve(), "/oauth/v1/token", { ...GOOD, ...wrong });
    expect([reply.status, reply.body.status, reply.body.error]).toEqual([400, status, error]);
  });

  test("tokens end by time and on demand", async () => {
    const sim = await serve({ ...UNLIMITED, tokenSeconds: 0.3 });
    const open = async () => String((await post(sim, "/oauth/v1/token", GOOD)).body.access_token);
    const read = (token: string) => ask(sim, CONTACTS, { token });
    const first = await open();
    expect((await read(first)).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 350));
    expect(await read(first)).toMatchObject({
      status: 401,
      body: { category: "EXPIRED_AUTHENTICATION", context: { "expire time": [expect.stringMatching(/^20/)] } },
    });
    const second = await open();
    sim.expireTokens();
    expect((await read(second)).status).toBe(401);
    expect(sim.stats.unauthorized).toBe(2);
  });

  test("introspect, token info, revoke", async () => {
    const sim = await serve();
    const token = String((await post(sim, "/oauth/v3/token", GOOD)).body.access_token);
    expect((await post(sim, "/oauth/v3/introspect", { token })).body).toMatchObject({ active: true, hub_id: 77 });
    expect((await ask(sim, `/oauth/v1/access-tokens/${token}`, { token: "" })).body).toMatchObject({
      token,
      hub_id: 77,
    });
    await post(sim, "/oauth/v3/revoke", { token: REFRESH_TOKEN });
    expect((await post(sim, "/oauth/v1/token", GOOD)).body.status).toBe("BAD_REFRESH_TOKEN");
    await post(sim, "/oauth/v3/revoke", { token });
    expect((await post(sim, "/oauth/v3/introspect", { token })).body).toEqual({ active: false });
  });

  test("no daily figures for an OAuth app, and 110 requests in ten seconds", async () => {
    const sim = await serve({});
    const token = String((await post(sim, "/oauth/v1/token", GOOD)).body.access_token);
    const { headers } = await ask(sim, CONTACTS, { token });
    expect(headers.get("x-hubspot-ratelimit-max")).toBe("110");
    expect(headers.get("x-hubspot-ratelimit-secondly")).toBe("11");
    expect(headers.get("x-hubspot-ratelimit-daily")).toBeNull();
  });
});

test.each([[""], ["pat-na1-other"]])("without a known token: 401 (%j)", async (token) => {
  const sim = await serve();
  expect(await ask(sim, CONTACTS, { token })).toMatchObject({
    status: 401,
    body: { status: "error", category: "INVALID_AUTHENTICATION" },
  });
});

describe("scopes", () => {
  test("an object out of reach: the long refusal, without the headers of the limits", async () => {
    const sim = await serve({ scopes: ["crm.objects.companies.read"] });
    const { status, headers, body } = await ask(sim, CONTACTS);
    expect(status).toBe(403);
    expect(body).toMatchObject({
      category: "MISSING_SCOPES",
      errors: [{ context: { requiredGranularScopes: ["crm.objects.contacts.read"] } }],
      links: { scopes: "https://developers.hubspot.com/scopes" },
    });
    expect(headers.get("x-hubspot-ratelimit-max")).toBeNull();
    expect((await ask(sim, "/crm/v3/objects/companies")).status).toBe(200);
  });

  test("its properties: a message only, with them", async () => {
    const sim = await serve({ scopes: [] });
    const { status, headers, body } = await ask(sim, "/crm/v3/properties/contacts");
    expect([status, Object.keys(body).sort()]).toEqual([403, ["correlationId", "message", "status"]]);
    expect(body.message).toBe(
      "You do not have permissions to view object type ObjectTypeId{legacyObjectType=CONTACT} in portal 77 (requires one of [contacts-read])",
    );
    expect(headers.get("x-hubspot-ratelimit-max")).toBe("190");
  });

  test("owners, schemas, files and both ends of an association", async () => {
    const sim = await serve({ ...UNLIMITED, scopes: ["crm.objects.contacts.read"] });
    const status = async (path: string, body?: unknown) => (await ask(sim, path, { body })).status;
    expect(await status("/crm/v3/owners")).toBe(403);
    expect(await status("/crm-object-schemas/v3/schemas")).toBe(403);
    expect(await status("/files/v3/files/9001")).toBe(403);
    expect(await status("/crm/v4/associations/contacts/companies/batch/read", { inputs: [] })).toBe(403);
    expect(await status("/account-info/v3/details")).toBe(200);
    expect(await status(CONTACTS)).toBe(200);
  });

  test("what a private app's token may read can be asked for", async () => {
    const sim = await serve({ scopes: ["files"] });
    const path = "/oauth/v2/private-apps/get/access-token-info";
    const { body } = await ask(sim, path, { token: "", body: { tokenKey: sim.token() } });
    expect(body).toMatchObject({ hubId: 77, scopes: ["files"] });
  });
});
