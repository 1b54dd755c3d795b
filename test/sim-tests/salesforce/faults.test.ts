import { afterAll, beforeEach, expect, test } from "vitest";
import { type FaultKind, type SalesforceSim, startSalesforce } from "../../sim/salesforce/index.ts";
import { cells, client } from "./client.ts";

const sim: SalesforceSim = await startSalesforce({ records: 500, counts: { Contact: 2000 } });
let org = client(sim);
beforeEach(() => {
  sim.faults.clear();
  org = client(sim);
});
afterAll(() => sim.close());

const once = (kind: FaultKind, path: RegExp) => sim.faults.add({ kind, match: (request) => path.test(request.path) });
const COUNT = "query?q=SELECT+COUNT()+FROM+Contact";

test.each([
  ["serverError", 500, "application/json", "UNKNOWN_EXCEPTION"],
  ["maintenance", 503, "text/html", "<html>"],
  ["expired", 401, "application/json", "INVALID_SESSION_ID"],
  ["concurrentLimit", 403, "application/json", "ConcurrentRequests"],
  ["dailyLimit", 403, "application/json", "TotalRequests"],
  ["queryTimeout", 400, "application/json", "QUERY_TIMEOUT"],
] as const)("%s", async (kind, status, type, text) => {
  once(kind, /\/query$/);
  const failed = await org.request(COUNT);
  expect(failed.status).toBe(status);
  expect(failed.headers.get("content-type")).toContain(type);
  expect(await failed.text()).toContain(text);
  expect((await org.request(COUNT)).status).toBe(kind === "expired" ? 401 : 200);
});

test("connections are cut before the headers and in the body", async () => {
  once("cutBefore", /limits$/);
  await expect(org.request("limits")).rejects.toThrow();
  once("cutMidBody", /sobjects$/);
  const response = await org.request("sobjects");
  expect(response.status).toBe(200);
  await expect(response.text()).rejects.toThrow();
});

test.each(["gzip", "identity"])("CSV is cut in the middle (%s)", async (encoding) => {
  const { id } = await org.bulk("SELECT Id, Name FROM Contact");
  once("cutMidBody", /results$/);
  const response = await org.request(`jobs/query/${id}/results`, { headers: { "accept-encoding": encoding } });
  await expect(response.text()).rejects.toThrow();
});

test("truncated CSV ends without an error; only the record count tells", async () => {
  const { id } = await org.bulk("SELECT Id, Name FROM Contact");
  once("truncated", /results$/);
  const response = await org.request(`jobs/query/${id}/results`);
  const rows = cells(await response.text()).length - 1;
  expect(rows).toBeGreaterThan(0);
  expect(rows).toBeLessThan(Number(response.headers.get("sforce-numberofrecords")));
});

test("scripted faults wait, repeat and end", async () => {
  sim.faults.add({
    kind: "serverError",
    after: 1,
    times: 2,
    match: (request) => request.soql?.includes("Contact") ?? false,
  });
  const statuses: number[] = [];
  for (let at = 0; at < 5; at++) statuses.push((await org.request(COUNT)).status);
  expect(statuses).toEqual([200, 500, 500, 200, 200]);
});

test("random faults come at their rate, in the same order for the same seed", async () => {
  const run = async (seed: number) => {
    const own = await startSalesforce({
      records: 500,
      seed,
      faultRate: 0.2,
      faultKinds: ["serverError", "maintenance"],
    });
    const statuses: number[] = [];
    for (let at = 0; at < 100; at++) statuses.push((await client(own).request("limits")).status);
    const served = Object.values(own.stats.faults).reduce((sum, count) => sum + count, 0);
    await own.close();
    return { statuses, served };
  };
  const one = await run(1);
  expect(one.served).toBe(one.statuses.filter((status) => status >= 500).length);
  expect(one.served).toBeGreaterThan(8);
  expect(one.served).toBeLessThan(35);
  expect(await run(1)).toEqual(one);
  expect((await run(2)).statuses).not.toEqual(one.statuses);
});

test("too many at once: 403", async () => {
  const own = await startSalesforce({ records: 500, concurrentRequests: 2, latencyMs: 60 });
  const api = client(own);
  const statuses = await Promise.all(Array.from({ length: 4 }, async () => (await api.request("limits")).status));
  expect(statuses.sort()).toEqual([200, 200, 403, 403]);
  expect(own.stats.maxConcurrent).toBe(4);
  await own.close();
});

test("the org may grow in the middle of a read", async () => {
  const own: SalesforceSim = await startSalesforce({
    records: 500,
    onRequest: (request) => {
      if (request.path.endsWith("/results")) own.org.insert("Contact", { LastName: "Late", IsDeleted: false });
    },
  });
  const api = client(own);
  const before = await api.count("SELECT COUNT() FROM Contact");
  const { pages } = await api.bulk("SELECT Id FROM Contact");
  expect(cells(pages[0]!).length - 1).toBe(before);
  expect(await api.count("SELECT COUNT() FROM Contact")).toBe(before + 1);
  await own.close();
});
