import { expect, it } from "vitest";
import { PRIVATE_TOKEN, startHubspot } from "../../sim/hubspot/index.ts";
import { afterTest, apiOver, FAST, failure } from "./api-kit.ts";

/** As the connector starts: it knows no limits. */
const UNKNOWN = { ...FAST, assumed: { tenSeconds: 100, secondly: 10 } };

it("uses the rate that a portal allows, and never more", async () => {
  const sim = await startHubspot({ records: 2000, limits: { tenSeconds: 190, secondly: 19 } });
  afterTest(() => sim.close());
  const api = apiOver(sim.url, { options: { accessToken: PRIVATE_TOKEN }, tuning: UNKNOWN });
  const page = () => api.get(api.paths.objects("contacts"), { limit: 100, properties: ["email", "firstname"] });
  const search = () => api.post(`${api.paths.objects("deals")}/search`, { filterGroups: [], limit: 1 }, "search");
  await Promise.all([...Array.from({ length: 120 }, page), ...Array.from({ length: 12 }, search)]);
  expect(sim.stats.tooMany).toBe(0);
  expect(api.requests).toEqual({ made: 132, refused: 0 });
  // the exact figure is proved on a clock of its own; here the machine may be busy with anything
  const [first] = sim.stats.arrivals.usual;
  expect(sim.stats.utilisation(first, first! + 5990).share).toBeGreaterThan(0.25);
}, 30_000);

it("stops where the share of the day is used up, and starts no request beyond it", async () => {
  const sim = await startHubspot({ records: 200, limits: { tenSeconds: 0, secondly: 0, daily: 1000, usedToday: 750 } });
  afterTest(() => sim.close());
  const api = apiOver(sim.url, { options: { accessToken: PRIVATE_TOKEN, apiShare: 0.8 } });
  const page = () => api.get(api.paths.objects("contacts"), { limit: 10 });
  const ended = await Promise.allSettled(Array.from({ length: 80 }, page));
  expect(ended.filter(({ status }) => status === "fulfilled")).toHaveLength(50);
  expect(sim.stats.requests).toBe(50);
  expect(await failure(page)).toMatchObject({ class: "StoppedError", code: "HUBSPOT_QUOTA_SHARE", exitCode: 4 });
});

it("gets through where requests fail", async () => {
  const sim = await startHubspot({
    records: 200,
    faultRate: 0.3,
    faultKinds: ["serverError", "edgeError", "cutBefore", "cutMidBody", "tooMany", "untyped"],
    limits: { tenSeconds: 0, secondly: 0 },
  });
  afterTest(() => sim.close());
  const api = apiOver(sim.url, { options: { accessToken: PRIVATE_TOKEN }, tuning: { attempts: 12, turns: 20 } });
  const pages = await Promise.all(
    Array.from({ length: 30 }, () => api.get(api.paths.objects("companies"), { limit: 5, properties: ["name"] })),
  );
  expect(new Set(pages.map((page) => JSON.stringify(page))).size).toBe(1);
  expect(Object.values(sim.stats.faults).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(5);
  expect(api.requests.made).toBe(sim.stats.requests);
}, 30_000);
