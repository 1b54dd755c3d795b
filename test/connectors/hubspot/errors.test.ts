import { describe, expect, it } from "vitest";
import { refusalError, TokenExpired } from "../../../connectors/hubspot/errors.ts";
import { ConfigError, StoppedError, TerminalError, TransientError } from "../../../core/errors.ts";
import { apiOver, failure, fake, type Reply } from "./api-kit.ts";

const HTML = { "content-type": "text/html;charset=iso-8859-1" };
const JSON_TYPE = { "content-type": "application/json;charset=utf-8" };
const OK: Reply = { body: '{"results":[{"id":12345678901234567890,"x":0.10}]}' };

/** The error of one refusal. */
function refusal(status: number, body: unknown, headers: Readonly<Record<string, string>> = JSON_TYPE, what = "") {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return refusalError({ status, headers: new Headers(headers), body: text, what: what || "GET /crm/v3/objects/deals" });
}

const limit = (policyName: string) => ({
  status: "error",
  message: `You have reached your ${policyName.toLowerCase()} limit.`,
  errorType: "RATE_LIMIT",
  policyName,
});

describe("what is tried again", () => {
  it.each<[string, Reply]>([
    ["500", { status: 500, body: { status: "error", message: "internal error" } }],
    ["502 in HTML", { status: 502, body: "<html>", headers: HTML }],
    ["504", { status: 504, body: "", headers: HTML }],
    ["521 of the edge", { status: 521, body: "<html>", headers: HTML }],
    ["a page for people with status 200", { body: "<html>", headers: HTML }],
    ["no Content-Type", { body: '{"results":[]}', headers: {} }],
    ["half a body", { body: OK.body, headers: JSON_TYPE, cutAfter: 20 }],
    ["half an answer", { body: '{"results":[{"id":' }],
    ["an empty answer", { body: "" }],
    ["a cut connection", { cutAfter: 0 }],
    ["a list instead of an object", { body: "[]" }],
    [
      "429, after the wait it asks for",
      { status: 429, body: limit("SECONDLY"), headers: { ...JSON_TYPE, "retry-after": "0.01" } },
    ],
    ["477, after the wait it asks for", { status: 477, headers: { ...JSON_TYPE, "retry-after": "0" } }],
  ])("%s", async (_, reply) => {
    const { url, received } = await fake((_request, number) => (number < 3 ? reply : OK));
    const api = apiOver(url);
    // digit for digit
    expect(await api.get("/crm/v3/objects/deals", { limit: 1 })).toEqual({
      results: [{ id: "12345678901234567890", x: "0.10" }],
    });
    expect(received.map(({ path }) => path)).toEqual(Array.from({ length: 3 }, () => "/crm/v3/objects/deals?limit=1"));
    expect(api.requests).toEqual({ made: 3, refused: reply.status === 429 ? 2 : 0 });
  });

  it("gives up after some attempts, and says what came", async () => {
    const { url, received } = await fake(() => ({ status: 503, body: "<html>", headers: HTML }));
    expect(await failure(() => apiOver(url).get("/crm/v3/owners"))).toMatchObject({
      class: "TransientError",
      code: "HUBSPOT_UNAVAILABLE",
      message: "GET /crm/v3/owners: a page for people instead of an answer (HTTP 503)",
    });
    expect(received).toHaveLength(4);
  });

  it("a server that never answers is given up", async () => {
    const { url } = await fake(() => new Promise((resolve) => setTimeout(() => resolve(OK), 3000).unref()));
    const found = await failure(() =>
      apiOver(url, { options: { timeout: 1 }, tuning: { attempts: 1 } }).get("/crm/v3/owners"),
    );
    expect(found).toMatchObject({ class: "TransientError", code: "HUBSPOT_UNREACHABLE" });
    expect(found.message).toContain("no answer within 1 s");
  });
});

describe("what is not tried again", () => {
  it.each<[number, unknown, object]>([
    [
      401,
      { category: "INVALID_AUTHENTICATION", message: "Authentication credentials not found." },
      {
        class: "ConfigError",
        code: "HUBSPOT_TOKEN_INVALID",
        exitCode: 2,
        message: "GET /crm/v3/objects/deals: Authentication credentials not found. (HTTP 401, INVALID_AUTHENTICATION)",
      },
    ],
    [
      400,
      { status: "error", message: "Unable to infer object type from: attachments" },
      {
        class: "ConfigError",
        code: "HUBSPOT_REQUEST_REFUSED",
        message: "GET /crm/v3/objects/deals: Unable to infer object type from: attachments (HTTP 400)",
      },
    ],
    [404, "<html>", { class: "TerminalError", code: "HUBSPOT_NOT_FOUND", exitCode: 1 }],
    [414, "", { class: "TerminalError", code: "HUBSPOT_REQUEST_TOO_LONG" }],
    [429, limit("DAILY"), { class: "StoppedError", code: "HUBSPOT_DAILY_LIMIT", exitCode: 4 }],
  ])("HTTP %i %j", async (status, body, expected) => {
    const { url, received } = await fake(() => ({ status, body }));
    expect(await failure(() => apiOver(url).get("/crm/v3/objects/deals"))).toMatchObject(expected);
    expect(received).toHaveLength(1);
  });

  it("a move of the portal's data that takes longer than minutes", async () => {
    const { url, received } = await fake(() => ({ status: 477, headers: { ...JSON_TYPE, "retry-after": "7200" } }));
    expect(await failure(() => apiOver(url).post("/crm/v3/objects/deals/batch/read", {}))).toEqual({
      class: "StoppedError",
      code: "HUBSPOT_MIGRATING",
      exitCode: 4,
      message:
        "POST /crm/v3/objects/deals/batch/read: HubSpot is moving this portal's data to another place (HTTP 477), for 120 more minutes",
      hint: "Resume after that: `migrate run --resume RUN`.",
    });
    expect(received).toHaveLength(1);
  });
});

describe("waits", () => {
  const waitOf = (error: Error) => (error as TransientError).retryAfterMs;
  it.each([
    [423, {}, JSON_TYPE, 2000],
    [423, {}, { ...JSON_TYPE, "retry-after": "5" }, 5000],
    [429, limit("TEN_SECONDLY_ROLLING"), JSON_TYPE, 2000],
    [429, limit("SECONDLY"), JSON_TYPE, 1000],
    [429, { message: "You have reached your secondly limit." }, JSON_TYPE, 1000],
    [429, limit("SECONDLY"), { ...JSON_TYPE, "retry-after": "3" }, 3000],
    [477, {}, { ...JSON_TYPE, "retry-after": "60" }, 60_000],
    [503, "<html>", { ...HTML, "retry-after": "7" }, 7000],
    [503, "<html>", HTML, null],
  ])("HTTP %i %j %j", (status, body, headers, expected) => {
    const error = refusal(status, body, headers);
    expect(error).toBeInstanceOf(TransientError);
    expect(waitOf(error)).toBe(expected);
  });

  it("a date says when", () => {
    const error = refusal(503, "", { ...HTML, "retry-after": new Date(Date.now() + 60_000).toUTCString() });
    expect(waitOf(error)).toBeGreaterThan(55_000);
    expect(waitOf(error)).toBeLessThanOrEqual(60_000);
  });
});

describe("scopes", () => {
  const scopes = (list: readonly string[], what: string) =>
    refusal(
      403,
      {
        status: "error",
        message: "This app hasn't been granted all required scopes to make this call.",
        errors: [{ message: "One or more of the following scopes are required.", context: { requiredScopes: list } }],
        category: "MISSING_SCOPES",
      },
      JSON_TYPE,
      what,
    );
  const bare = (what: string) =>
    refusal(403, { status: "error", message: "You do not have permissions to view this" }, JSON_TYPE, what);
  const all = ["tickets", "crm.objects.carts.read", "crm.objects.deals.read", "e-commerce"];

  it.each([
    [scopes(["crm.schemas.custom.read"], "GET /crm-object-schemas/v3/schemas"), "crm.schemas.custom.read"],
    [scopes(all, "GET /crm/v3/objects/deals"), "crm.objects.deals.read"],
    [scopes(all, "POST /crm/objects/2026-03/tickets/batch/read"), "tickets"],
    [scopes(["a", "b"], "GET /crm/v3/objects/deals"), "a or b"],
    [bare("GET /crm/v3/properties/companies"), "crm.objects.companies.read"],
    [bare("GET /crm/properties/2026-03/p12_car"), "crm.objects.custom.read"],
    [bare("GET /crm/v3/owners"), "crm.objects.owners.read"],
    [bare("GET /crm/owners/2026-03"), "crm.objects.owners.read"],
    [bare("POST /crm/v4/associations/notes/deals/batch/read"), "crm.objects.contacts.read"],
    [bare("GET /files/v3/files/7"), "files"],
  ])("%s", (error, scope) => {
    expect(error).toBeInstanceOf(ConfigError);
    expect(error).toMatchObject({ code: "HUBSPOT_SCOPE_MISSING", exitCode: 2 });
    expect((error as Error).message).toMatch(new RegExp(`; it needs the scope ${scope}$`));
    expect((error as ConfigError).hint).toContain(`Add the scope ${scope} to the app`);
  });

  it("without any idea which, the app may not do it", () => {
    expect(bare("GET /account-info/v3/details")).toMatchObject({ code: "HUBSPOT_ACCESS_DENIED" });
  });
});

it("every class of the wire has its own kind of error", () => {
  expect(refusal(401, { category: "EXPIRED_AUTHENTICATION", message: "expired" })).toBeInstanceOf(TokenExpired);
  expect(refusal(404, "<html>", HTML)).toBeInstanceOf(TerminalError);
  expect(refusal(429, limit("DAILY"))).toBeInstanceOf(StoppedError);
  expect(refusal(302, "")).toMatchObject({ code: "HUBSPOT_UNEXPECTED_ANSWER" });
});
