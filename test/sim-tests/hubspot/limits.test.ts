import { describe, expect, test } from "vitest";
import { createLimiter, createWindow } from "../../sim/hubspot/http/limiter.ts";
import { clock, mostRequests, newStats } from "../../sim/hubspot/http/stats.ts";
import { ask, serve } from "./client.ts";

const CONTACTS = "/crm/v3/objects/contacts?limit=1";
const SEARCH = "/crm/v3/objects/contacts/search";

describe("headers", () => {
  test("of a private app", async () => {
    const { headers } = await ask(await serve({ limits: { usedToday: 100 } }), CONTACTS);
    expect(Object.fromEntries([...headers].filter(([name]) => name.startsWith("x-hubspot-ratelimit")))).toEqual({
      "x-hubspot-ratelimit-daily": "650000",
      "x-hubspot-ratelimit-daily-remaining": "649899",
      "x-hubspot-ratelimit-interval-milliseconds": "10000",
      "x-hubspot-ratelimit-max": "190",
      "x-hubspot-ratelimit-remaining": "189",
      "x-hubspot-ratelimit-secondly": "19",
      "x-hubspot-ratelimit-secondly-remaining": "18",
    });
    expect(headers.get("x-hubspot-correlation-id")).toMatch(/^[\da-f-]{36}$/);
  });

  test("of a search: the daily pair only", async () => {
    const { headers } = await ask(await serve({}), SEARCH, { body: {} });
    expect([...headers].map(([name]) => name).filter((name) => name.startsWith("x-hubspot-ratelimit"))).toEqual([
      "x-hubspot-ratelimit-daily",
      "x-hubspot-ratelimit-daily-remaining",
    ]);
  });
});

async function burst(sim: Awaited<ReturnType<typeof serve>>, count: number, path = CONTACTS, body?: unknown) {
  const replies = await Promise.all(Array.from({ length: count }, () => ask(sim, path, { body })));
  return { replies, refused: replies.filter((reply) => reply.status === 429) };
}

describe("429", () => {
  test("over the second's limit", async () => {
    const sim = await serve({ limits: { tenSeconds: 100, secondly: 5 } });
    const { refused } = await burst(sim, 8);
    expect(refused).toHaveLength(3);
    expect(refused[0]!.body).toMatchObject({
      status: "error",
      message: "You have reached your secondly limit.",
      errorType: "RATE_LIMIT",
      policyName: "SECONDLY",
      groupName: expect.stringContaining("private_app"),
    });
    expect(sim.stats).toMatchObject({ tooMany: 3, refused: { SECONDLY: 3 }, requests: 8 });
    expect(sim.stats.arrivals.usual).toHaveLength(5);
  });

  test("over the ten seconds' limit", async () => {
    const sim = await serve({ limits: { tenSeconds: 5, secondly: 0 } });
    const { refused } = await burst(sim, 6);
    expect(refused).toHaveLength(1);
    expect(refused[0]!.body).toMatchObject({
      message: "You have reached your ten_secondly_rolling limit.",
      policyName: "TEN_SECONDLY_ROLLING",
    });
    expect(refused[0]!.headers.get("x-hubspot-ratelimit-remaining")).toBe("0");
  });

  test("over the day's limit", async () => {
    const sim = await serve({ limits: { daily: 10, usedToday: 9 } });
    expect((await ask(sim, CONTACTS)).status).toBe(200);
    const { status, headers, body } = await ask(sim, SEARCH, { body: {} });
    expect([status, body.policyName, headers.get("x-hubspot-ratelimit-daily-remaining")]).toEqual([429, "DAILY", "0"]);
  });

  test("searches have a limit of their own, and leave the others alone", async () => {
    const sim = await serve({ limits: { tenSeconds: 4, secondly: 4 } });
    expect((await burst(sim, 7, SEARCH, {})).refused).toHaveLength(2);
    expect((await burst(sim, 4)).refused).toHaveLength(0);
  });
});

describe("rolling windows", () => {
  test("a place is free again exactly one span after it was taken", () => {
    const window = createWindow(2, 1000);
    window.add(0);
    window.add(400);
    expect([window.fits(999), window.remaining(999)]).toEqual([false, 0]);
    expect([window.fits(1000), window.remaining(1000)]).toEqual([true, 1]);
    window.add(1000);
    expect([window.fits(1399), window.fits(1400)]).toEqual([false, true]);
  });

  test("refused requests take no place", () => {
    const limiter = createLimiter({ limits: { tenSeconds: 10, secondly: 1 } }, "UTC");
    const admitted = [0, 500, 999, 1000, 1999, 2000].map((now) => limiter.admit(now, false, false));
    expect(admitted).toEqual([null, "SECONDLY", "SECONDLY", null, "SECONDLY", null]);
  });
});

describe("utilisation", () => {
  test("the most that fits: bursts at the start of each window", () => {
    const windows = [
      { limit: 190, span: 10_000 },
      { limit: 19, span: 1000 },
    ];
    expect([0, 999, 1000, 9999, 10_000].map((to) => mostRequests(0, to, windows))).toEqual([19, 19, 38, 190, 209]);
    expect(mostRequests(0, 10_000, [{ limit: 100, span: 10_000 }, windows[1]!])).toBe(119);
    expect(mostRequests(0, 1000, [{ limit: 0, span: 10_000 }])).toBe(Infinity);
  });

  test("what was used of it", () => {
    const stats = newStats({ limits: { tenSeconds: 20, secondly: 2 } });
    // evenly, and never more than two a second
    for (let at = 0; at < 40; at++) stats.arrivals.usual.push(1_000_000 + at * 500);
    expect(stats.utilisation()).toEqual({ used: 40, allowed: 40, share: 1 });
    expect(stats.utilisation(1_000_000, 1_039_000)).toEqual({ used: 40, allowed: 80, share: 0.5 });
    expect(stats.utilisation(1_010_000, 1_012_000)).toEqual({ used: 5, allowed: 6, share: 5 / 6 });
    stats.reset();
    expect(stats.utilisation().used).toBe(0);
  });

  test("of a real client", async () => {
    const sim = await serve({ limits: { tenSeconds: 0, secondly: 4 } });
    const started = clock();
    await burst(sim, 4);
    await new Promise((resolve) => setTimeout(resolve, 1050));
    await burst(sim, 4);
    expect(sim.stats.utilisation()).toEqual({ used: 8, allowed: 8, share: 1 });
    expect(sim.stats.arrivals.usual[0]! - started).toBeLessThan(500);
    expect(sim.stats.byRoute).toEqual({ list: 8 });
  });
});
