import { expect, it } from "vitest";
import {
  CLIENT_ID,
  CLIENT_SECRET,
  type HubspotSim,
  PRIVATE_TOKEN,
  REFRESH_TOKEN,
  type HubspotOptions as SimOptions,
  startHubspot,
} from "../../sim/hubspot/index.ts";
import { afterTest, apiOver, failure, fake } from "./api-kit.ts";

const AUTH = { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET, refreshToken: REFRESH_TOKEN };
const UNLIMITED = { tenSeconds: 0, secondly: 0, search: 0 };

async function start(options: SimOptions = {}): Promise<HubspotSim> {
  const sim = await startHubspot({ records: 200, limits: UNLIMITED, ...options });
  afterTest(() => sim.close());
  return sim;
}

it("sends a private app's token", async () => {
  const sim = await start();
  const api = apiOver(sim.url, { options: { accessToken: PRIVATE_TOKEN } });
  const answer = await api.get(api.paths.account());
  expect(answer.portalId).toBe(String(sim.portal.account.portalId));
  expect(sim.stats.tokens).toBe(0);
});

it.each(["v3", "2026-03"])("makes one access token for all requests (%s)", async (apiPath) => {
  const { url, received } = await fake(({ path }) =>
    path.startsWith("/oauth")
      ? { body: { access_token: "A1", refresh_token: "r", expires_in: 1800, token_type: "bearer" } }
      : { body: { results: [] } },
  );
  const api = apiOver(url, { options: { auth: { ...AUTH, refreshToken: "r+1" }, apiPath } });
  await Promise.all([1, 2, 3].map(() => api.get(api.paths.owners())));
  expect(received.map(({ path }) => path)).toEqual(
    apiPath === "v3"
      ? ["/oauth/v1/token", "/crm/v3/owners", "/crm/v3/owners", "/crm/v3/owners"]
      : ["/oauth/2026-03/token", "/crm/owners/2026-03", "/crm/owners/2026-03", "/crm/owners/2026-03"],
  );
  expect(received[0]).toMatchObject({
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: `grant_type=refresh_token&client_id=${CLIENT_ID}&client_secret=${CLIENT_SECRET}&refresh_token=r%2B1`,
  });
  expect(received[1]!.headers.authorization).toBe("Bearer A1");
});

it("renews the token before it runs out, by the clock, not by refusals", async () => {
  const sim = await start();
  let now = Date.now();
  const api = apiOver(sim.url, { options: { auth: AUTH }, context: { now: () => new Date(now) } });
  await api.get(api.paths.account());
  now += 1735 * 1000;
  await api.get(api.paths.account());
  expect(sim.stats).toMatchObject({ tokens: 1, unauthorized: 0 });
  now += 10 * 1000;
  await Promise.all([1, 2, 3, 4].map(() => api.get(api.paths.account())));
  expect(sim.stats).toMatchObject({ tokens: 2, unauthorized: 0 });
});

it("logs in under a date, too", async () => {
  const sim = await start();
  const api = apiOver(sim.url, { options: { auth: AUTH, apiPath: "2026-03" } });
  await api.get(api.paths.account());
  expect(sim.stats.tokens).toBe(1);
});

it("renews a token that is refused as expired, once for all", async () => {
  const sim = await start({ latencyMs: 20 });
  const lines: string[] = [];
  const log = { debug: (line: string) => lines.push(line) } as never;
  const api = apiOver(sim.url, { options: { auth: AUTH }, context: { log } });
  await api.get(api.paths.account());
  sim.expireTokens();
  await Promise.all([1, 2, 3, 4].map(() => api.get(api.paths.account())));
  expect(sim.stats.tokens).toBe(2);
  expect(lines.filter((line) => line.includes("renewed"))).not.toEqual([]);
});

it("does not renew for ever", async () => {
  const { url, received } = await fake(({ path }, number) =>
    path.startsWith("/oauth")
      ? { body: { access_token: `A${number}`, expires_in: 1800 } }
      : {
          status: 401,
          body: { status: "error", message: "The OAuth token ... expired.", category: "EXPIRED_AUTHENTICATION" },
        },
  );
  const api = apiOver(url, { options: { auth: AUTH } });
  expect(await failure(() => api.get("/crm/v3/owners"))).toMatchObject({
    class: "ConfigError",
    code: "HUBSPOT_TOKEN_EXPIRED",
    exitCode: 2,
    message: "the access token is not valid any more: The OAuth token ... expired.",
  });
  expect(received).toHaveLength(4);
});

it.each([
  [
    { status: "BAD_REFRESH_TOKEN", error: "invalid_grant", message: "refresh token is invalid, expired or revoked" },
    "log-in by refresh token failed: refresh token is invalid, expired or revoked (HTTP 400, BAD_REFRESH_TOKEN)",
    /install the app in the portal again/,
  ],
  [
    { status: "BAD_CLIENT_ID", message: "missing or unknown client id" },
    "log-in by refresh token failed: missing or unknown client id (HTTP 400, BAD_CLIENT_ID)",
    /auth\.clientId/,
  ],
  [
    { status: "BAD_HUB", message: "missing or unknown hub id", error: "access_denied" },
    "log-in by refresh token failed: missing or unknown hub id (HTTP 400, BAD_HUB)",
    /portal of this refresh token is gone/,
  ],
])("a refused refresh token is an error of the configuration: %j", async (body, message, hint) => {
  const { url, received } = await fake(() => ({ status: 400, body }));
  const api = apiOver(url, { options: { auth: AUTH } });
  const found = await failure(() => api.get("/crm/v3/owners"));
  expect(found).toMatchObject({ class: "ConfigError", code: "HUBSPOT_LOGIN_FAILED", exitCode: 2, message });
  expect(found.hint).toMatch(hint);
  expect(received).toHaveLength(1);
});

it("a log-in that fails for the moment is tried again", async () => {
  const { url } = await fake(({ path }, number) => {
    if (!path.startsWith("/oauth")) return { body: { results: [] } };
    if (number === 1) return { status: 503, body: "<html>", headers: { "content-type": "text/html" } };
    if (number === 2) return { cutAfter: 0 };
    if (number === 3) return { body: '{"access_token":' };
    return { body: { access_token: "A", expires_in: 1800 } };
  });
  const api = apiOver(url, { options: { auth: AUTH } });
  expect(await api.get("/crm/v3/owners")).toEqual({ results: [] });
});

it("a private app's token is not renewed; what is wrong with it is said without showing it", async () => {
  const sim = await start();
  const api = apiOver(sim.url, { options: { accessToken: "pat-wrong" } });
  const found = await failure(() => api.get(api.paths.account()));
  expect(found).toMatchObject({ class: "ConfigError", code: "HUBSPOT_TOKEN_INVALID", exitCode: 2 });
  expect(`${found.message} ${found.hint}`).not.toContain("pat-wrong");
  expect(sim.stats.requests).toBe(1);
});
