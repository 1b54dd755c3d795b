import { describe, expect, test } from "vitest";
import { CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN } from "../../sim/hubspot/http/auth.ts";
import type { FaultKind, HubspotOptions } from "../../sim/hubspot/options.ts";
import { ask, serve, UNLIMITED } from "./client.ts";

const LIST = "/crm/v3/objects/contacts";
const BATCH = "/crm/v3/objects/contacts/batch/read";
const INPUTS = { inputs: ["1001", "1003", "1004", "1005"].map((id) => ({ id })), properties: ["email"] };
const faulty = (kind: FaultKind, times = 1): HubspotOptions => ({
  ...UNLIMITED,
  faults: [{ kind, times, match: () => true }],
});

describe("scripted", () => {
  test("the next so many requests that match, from the first after so many", async () => {
    const sim = await serve();
    sim.faults.add({ kind: "locked", times: 2, after: 1, match: ({ path }) => path === LIST });
    const statuses: number[] = [];
    for (const path of [LIST, "/crm/v3/owners", LIST, LIST, LIST]) statuses.push((await ask(sim, path)).status);
    expect(statuses).toEqual([200, 200, 423, 423, 200]);
    expect(sim.stats.faults).toEqual({ locked: 2 });
    expect(sim.stats.byStatus).toEqual({ 200: 3, 423: 2 });
  });

  test("serverError: JSON of the API or HTML of a gateway", async () => {
    const sim = await serve(faulty("serverError", 40));
    const seen = new Set<string>();
    for (let at = 0; at < 40; at++) {
      const { status, headers } = await ask<unknown>(sim, LIST);
      seen.add(`${status} ${headers.get("content-type")!.split(";")[0]}`);
    }
    expect([...seen].sort()).toEqual(["500 application/json", "502 text/html", "503 text/html", "504 text/html"]);
  });

  test("edgeError: HTML", async () => {
    const { status, body } = await ask<unknown>(await serve(faulty("edgeError")), LIST);
    expect([521, 523, 524, 526]).toContain(status);
    expect(body).toContain("cloudflare");
  });

  test.each([["cutBefore"], ["cutMidBody"]] as const)("%s: the connection breaks", async (kind) => {
    const sim = await serve(faulty(kind));
    await expect(ask(sim, LIST)).rejects.toThrow();
    expect((await ask(sim, LIST)).status).toBe(200);
  });

  test("tooMany and daily: as the limits answer, yet not counted as such", async () => {
    const sim = await serve(faulty("tooMany"));
    sim.faults.add({ kind: "daily", match: () => true });
    expect(await ask(sim, LIST)).toMatchObject({ status: 429, body: { policyName: "TEN_SECONDLY_ROLLING" } });
    expect(await ask(sim, LIST)).toMatchObject({
      status: 429,
      body: { policyName: "DAILY", message: "You have reached your daily limit." },
    });
    sim.faults.add({ kind: "daily", match: () => true });
    expect((await ask(sim, LIST)).headers.get("x-hubspot-ratelimit-daily-remaining")).toBe("0");
    expect(sim.stats.tooMany).toBe(0);
  });

  test("migrating: 477, and when to come again", async () => {
    const { status, headers } = await ask(await serve(faulty("migrating")), LIST);
    expect([status, headers.get("retry-after")]).toEqual([477, "1"]);
  });

  test("untyped: a success without Content-Type", async () => {
    const { status, headers, body } = await ask<string>(await serve(faulty("untyped")), LIST);
    expect([status, headers.get("content-type"), JSON.parse(body).results.length]).toEqual([200, null, 6]);
  });

  test("slow: late, but whole", async () => {
    const sim = await serve(faulty("slow"));
    const started = performance.now();
    expect((await ask(sim, LIST)).status).toBe(200);
    expect(performance.now() - started).toBeGreaterThan(250);
  });

  test("expired: the token is no good any more", async () => {
    const sim = await serve();
    const form = {
      grant_type: "refresh_token",
      client_id: CLIENT_ID,
      client_secret: CLIENT_SECRET,
      refresh_token: REFRESH_TOKEN,
    };
    const answer = await fetch(`${sim.url}/oauth/v1/token`, { method: "POST", body: new URLSearchParams(form) });
    const { access_token: token } = (await answer.json()) as { access_token: string };
    sim.faults.add({ kind: "expired", match: () => true });
    const expired = { status: 401, body: { category: "EXPIRED_AUTHENTICATION" } };
    expect(await ask(sim, LIST, { token })).toMatchObject(expired);
    expect(await ask(sim, LIST, { token })).toMatchObject(expired);
    expect((await ask(sim, LIST)).status).toBe(200);
  });

  test("partial: some of what exists is missing, and comes when asked for again", async () => {
    const sim = await serve(faulty("partial"));
    const first = await ask<{ results: unknown[]; numErrors: number }>(sim, BATCH, { body: INPUTS });
    expect([first.status, first.body.results.length, first.body.numErrors]).toEqual([207, 2, 1]);
    expect((await ask<{ results: unknown[] }>(sim, BATCH, { body: INPUTS })).body.results).toHaveLength(4);
  });

  test("partial associations: inputs that are neither found nor refused", async () => {
    const sim = await serve(faulty("partial"));
    const path = "/crm/v4/associations/contacts/companies/batch/read";
    const body = { inputs: ["1003", "1001"].map((id) => ({ id })) };
    const { body: answer } = await ask(sim, path, { body });
    expect(answer).toMatchObject({ results: [], numErrors: 1 });
  });
});

describe("random", () => {
  async function statuses(options: HubspotOptions, count = 120): Promise<string> {
    const sim = await serve({ ...UNLIMITED, ...options });
    const seen: string[] = [];
    for (let at = 0; at < count; at++) {
      const asked = at % 2 === 0 ? ask<unknown>(sim, LIST) : ask<unknown>(sim, BATCH, { body: INPUTS });
      seen.push(await asked.then(({ status }) => String(status)).catch(() => "cut"));
    }
    return seen.join(" ");
  }
  const KINDS: readonly FaultKind[] = [
    "serverError",
    "edgeError",
    "cutBefore",
    "tooMany",
    "locked",
    "expired",
    "partial",
  ];

  test("by seed: the same requests fail in the same way", async () => {
    const options = { seed: 5, faultRate: 0.3, faultKinds: KINDS };
    const first = await statuses(options);
    expect(await statuses(options)).toBe(first);
    expect(await statuses({ ...options, seed: 6 })).not.toBe(first);
    const failed = first.split(" ").filter((status) => status !== "200").length;
    expect(failed).toBeGreaterThan(15);
    expect(failed).toBeLessThan(60);
    // the token of a private app never expires, and only batches are partial
    expect(first).not.toContain("401");
    expect(first.split(" ").filter((_, at) => at % 2 === 0)).not.toContain("207");
  });

  test("the rate can change while the server runs", async () => {
    const sim = await serve({ ...UNLIMITED, faultKinds: ["locked"] });
    sim.faults.rate = 1;
    expect((await ask(sim, LIST)).status).toBe(423);
    sim.faults.rate = 0;
    expect((await ask(sim, LIST)).status).toBe(200);
  });
});
