/** The simulator's answers have the keys and headers of recorded ones. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needsShared, sharedDir } from "../../helpers/shared.ts";
import { type HubspotSim, startHubspot } from "../../sim/hubspot/index.ts";
import { ask, type Reply } from "./client.ts";

interface Recording {
  readonly cassette: string;
  readonly request: { readonly method: string; readonly uri: string; readonly body: unknown };
  readonly response: { readonly status: number; readonly headers: Record<string, string>; readonly body: unknown };
}

const folder = join(sharedDir() ?? "", "fixtures/hubspot");
const there = existsSync(join(folder, "sensadrome/crm_v3_interactions.json"));
const read = <T>(path: string): T => JSON.parse(readFileSync(join(folder, path), "utf8")) as T;

/** Keys of an object, of the first entry of each list below it, as paths; `url` came after 2024. */
function shape(value: unknown, path = ""): string[] {
  if (Array.isArray(value)) return value.length === 0 ? [] : shape(value[0], `${path}[]`);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value)
    .filter(([key]) => key !== "url")
    .flatMap(([key, part]) => [`${path}.${key}`, ...shape(part, `${path}.${key}`)])
    .sort();
}

/** Headers that the connection makes, not the API. */
const TRANSPORT = new Set(["date", "connection", "keep-alive", "transfer-encoding", "content-length", "location"]);
const headerNames = (names: Iterable<string>): string[] => [...names].filter((name) => !TRANSPORT.has(name)).sort();

describe.skipIf(!there)(needsShared("as recorded"), () => {
  let sim: HubspotSim;
  const recordings = there ? read<Recording[]>("sensadrome/crm_v3_interactions.json") : [];
  const recorded = (cassette: string, method = "GET", status = 200): Recording["response"] => {
    const found = recordings.find(
      (entry) => entry.cassette === cassette && entry.request.method === method && entry.response.status === status,
    );
    if (found === undefined) throw new Error(`no recording ${cassette}`);
    return found.response;
  };
  const agrees = (reply: Reply<unknown>, { status, headers, body }: Recording["response"]) => {
    expect(reply.status).toBe(status);
    expect(headerNames(reply.headers.keys())).toEqual(headerNames(Object.keys(headers)));
    expect(reply.headers.get("content-type")?.toLowerCase()).toBe(headers["content-type"]);
    expect(shape(reply.body)).toEqual(shape(body));
  };

  beforeAll(async () => {
    sim = await startHubspot({ records: 300 });
  });
  afterAll(() => sim.close());
  const first = (name: string): string => {
    const type = sim.portal.type(name)!;
    return sim.portal.list(type, { archived: false, after: null, limit: 1 })[0]!.id;
  };

  it("list", async () => {
    agrees(await ask(sim, "/crm/v3/objects/contacts?limit=1"), recorded("contacts/list_first_no_props.yml"));
    const some = await ask(sim, "/crm/v3/objects/contacts?limit=1&properties=email,firstname");
    agrees(some, recorded("contacts/list_first_with_props.yml"));
  });

  it("one record, and none", async () => {
    agrees(await ask(sim, `/crm/v3/objects/companies/${first("companies")}`), recorded("companies/find_by_id.yml"));
    const lost = await ask<unknown>(sim, "/crm/v3/objects/companies/1");
    agrees(lost, recorded("companies/delete.yml", "GET", 404));
    expect(lost.body).toBe(recorded("companies/delete.yml", "GET", 404).body);
  });

  it("search", async () => {
    const reply = await ask(sim, "/crm/v3/objects/contacts/search", {
      body: { limit: 5, properties: ["email", "firstname", "lastname"] },
    });
    agrees(reply, recorded("contacts/search_by_string.yml", "POST"));
  });

  it("the two refusals for want of a scope", async () => {
    sim.grant([]);
    agrees(await ask(sim, "/crm/v3/objects/contacts/1"), recorded("contacts/find_by_id_no_scope.yml", "GET", 403));
    agrees(await ask(sim, "/crm/v3/properties/contacts"), recorded("contacts/properties_no_scope.yml", "GET", 403));
    sim.grant(null);
  });

  it("batches", async () => {
    const body = { inputs: [{ id: first("contacts") }] };
    const { body: answer } = await ask(sim, "/crm/v3/objects/contacts/batch/read", { body });
    const { body: other } = recorded("lifecycle/contacts/batches/search.yml", "POST", 201);
    expect(Object.keys(answer).sort()).toEqual(Object.keys(other as object).sort());
  });

  it("properties: no key that no portal has, and all that every property has", async () => {
    const { response } = read<Recording>("sensadrome/properties_contacts_2024.trimmed.json");
    const known = (response.body as { results: Record<string, unknown>[] }).results;
    const { body } = await ask<{ results: Record<string, unknown>[] }>(sim, "/crm/v3/properties/contacts");
    const keys = (list: readonly Record<string, unknown>[]) => new Set(list.flatMap((entry) => Object.keys(entry)));
    // newer than the recording
    const allowed = new Set([...keys(known), "currencyPropertyName", "dateDisplayHint"]);
    expect([...keys(body.results)].filter((key) => !allowed.has(key))).toEqual([]);
    const always = [...keys(known)].filter((key) => known.every((entry) => key in entry));
    expect(body.results.filter((entry) => !always.every((key) => key in entry)).map((entry) => entry.name)).toEqual([]);
  });

  it.each(["contacts", "companies", "deals", "tickets", "products", "quotes"])(
    "usual properties of %s",
    async (type) => {
      const page = read<{ results: { properties: object }[] }>(`other/dlt_${type}_data.json`);
      const { body } = await ask<typeof page>(sim, `/crm/v3/objects/${type}?limit=1`);
      const names = Object.keys(page.results[0]!.properties);
      const known = sim.portal.properties(sim.portal.type(type)!).map((property) => property.name);
      expect(Object.keys(body.results[0]!.properties)).toEqual(names.filter((name) => known.includes(name)));
    },
  );

  it("errors", async () => {
    const { items } = read<{ items: { status: number; body: Record<string, unknown> | string }[] }>(
      "other/error_bodies.json",
    );
    const body = (status: number, text: string) =>
      shape(items.find((item) => item.status === status && JSON.stringify(item.body).includes(text))!.body);
    sim.faults.add({ kind: "tooMany", match: () => true });
    const tooMany = shape((await ask(sim, "/crm/v3/owners")).body);
    expect(body(429, "TEN_SECONDLY").filter((key) => !tooMany.includes(key))).toEqual([]);
    sim.faults.add({ kind: "expired", match: () => true });
    expect(shape((await ask(sim, "/crm/v3/owners")).body)).toEqual(body(401, "EXPIRED"));
    const unknown = await ask(sim, "/crm/v3/objects/contacts?associations=attachments");
    expect(shape(unknown.body)).toEqual(body(400, "attachments"));
    const refused = await fetch(`${sim.url}/oauth/v1/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "refresh_token",
        client_id: "sandbox-client",
        client_secret: "sandbox-secret",
      }),
    });
    expect(shape(await refused.json())).toEqual(body(400, "BAD_REFRESH_TOKEN"));
    const none = await ask(sim, "/crm/v4/associations/deals/companies/batch/read", { body: { inputs: [{ id: "1" }] } });
    const extra = [".completedAt", ".startedAt"];
    expect(shape(none.body).filter((key) => !extra.includes(key))).toEqual(body(207, "NO_ASSOCIATIONS_FOUND"));
  });
});
