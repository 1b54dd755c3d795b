import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type SalesforceSim, startSalesforce } from "../../sim/salesforce/index.ts";
import { BASE, type Client, client } from "./client.ts";

let sim: SalesforceSim;
let org: Client;
beforeAll(async () => {
  sim = await startSalesforce({ records: 1000, counts: { Lead: 4500 } });
  org = client(sim);
});
afterAll(() => sim.close());

test("pages are uneven once long text is selected; nothing is lost or doubled", async () => {
  const plain = await org.query("SELECT Id FROM Lead");
  expect(plain.pages.slice(0, 2)).toEqual([2000, 2000]);
  const long = await org.query("SELECT Id, Description FROM Lead");
  expect(Math.max(...long.pages)).toBeLessThanOrEqual(1000);
  expect(new Set(long.pages).size).toBeGreaterThan(1);
  for (const { records, totalSize } of [plain, long]) {
    expect(records.map((row) => row.Id)).toEqual([...sim.org.truth("Lead")].map((row) => row.Id));
    expect(records.length).toBe(totalSize);
  }
});

test("locators look like the API's, may be asked again, and end", async () => {
  let now = Date.UTC(2026, 10, 25);
  const own = await startSalesforce({ records: 500, counts: { Lead: 2500 }, now: () => now, tokenSeconds: 1e9 });
  const first = await client(own).json<{ nextRecordsUrl: string }>("query?q=SELECT+Id+FROM+Lead");
  expect(first.nextRecordsUrl).toMatch(/^\/services\/data\/v66\.0\/query\/0r8\w{15}-2000$/);
  const again = async () => client(own).request(first.nextRecordsUrl);
  expect(await (await again()).text()).toBe(await (await again()).text());
  now += 3 * 86_400_000;
  const late = await again();
  expect([late.status, await late.json()]).toEqual([
    400,
    [{ message: "invalid query locator", errorCode: "INVALID_QUERY_LOCATOR" }],
  ]);
  await own.close();
});

test("knobs: no queryMore, query time-outs by window", async () => {
  const own = await startSalesforce({
    records: 500,
    counts: { Lead: 2500 },
    query: { noQueryMore: ["Lead"], timeouts: { Case: 10 } },
  });
  const api = client(own);
  expect((await api.refused("SELECT Id FROM Lead")).errorCode).toBe("EXCEEDED_ID_LIMIT");
  expect(await api.refused("SELECT Id FROM Case")).toEqual({
    status: 400,
    errorCode: "QUERY_TIMEOUT",
    message: "Your query request was running for too long.",
  });
  const cases = [...own.org.truth("Case", { deleted: true })].map((row) => row.Id);
  expect(
    (await api.query(`SELECT Id FROM Case WHERE Id >= '${cases[0]}' AND Id < '${cases[10]}'`)).records,
  ).toHaveLength(10);
  await own.close();
});

test("a long URL is refused with 414", async () => {
  const response = await org.request(`query?q=SELECT+Id+FROM+Lead+WHERE+Id+IN+('${"x".repeat(17_000)}')`);
  expect(response.status).toBe(414);
  expect(response.headers.get("content-type")).toContain("text/html");
});

test("limits go down with each call and ride on each answer", async () => {
  const left = async () =>
    (await org.json<Record<string, { Max: number; Remaining: number }>>("limits")).DailyApiRequests!.Remaining;
  const before = await left();
  await org.request("sobjects");
  expect(await left()).toBe(before - 2);
  const header = (await org.request("sobjects")).headers.get("sforce-limit-info");
  expect(header).toBe(`api-usage=${sim.stats.apiCalls}/100000`);
  expect((await org.json<Record<string, unknown>>("limits")).DailyBulkV2QueryJobs).toMatchObject({ Max: 10_000 });
});

test("the daily limit stops everything with 403", async () => {
  const own = await startSalesforce({ records: 500, dailyRequests: 2 });
  const api = client(own);
  await api.request("limits");
  await api.request("limits");
  expect(await api.refused("SELECT Id FROM Lead")).toEqual({
    status: 403,
    errorCode: "REQUEST_LIMIT_EXCEEDED",
    message: "TotalRequests Limit exceeded.",
  });
  await own.close();
});

test("recordCount is stale and leaves out empty objects", async () => {
  const { sObjects } = await org.json<{ sObjects: { name: string; count: number }[] }>(
    "limits/recordCount?sObjects=Lead,AccountHistory",
  );
  expect(sObjects.map(({ name }) => name)).toEqual(["Lead"]);
  expect(sObjects[0]!.count).toBeLessThan(sim.org.count("Lead"));
});

test("versions go up to the newest; a newer one is not found", async () => {
  const versions = (await (await fetch(`${sim.url}/services/data`)).json()) as {
    version: string;
    label: string;
    url: string;
  }[];
  expect(versions).toHaveLength(36);
  expect(versions.at(-1)).toEqual({ label: "Spring '26", url: "/services/data/v66.0", version: "66.0" });
  expect((await org.request("/services/data/v67.0/sobjects")).status).toBe(404);
});

test("bytes of files match their size and checksum", async () => {
  for (const row of [...sim.org.truth("ContentVersion")]) {
    const data = Buffer.from(await (await org.request(`sobjects/ContentVersion/${row.Id}/VersionData`)).arrayBuffer());
    expect([data.length, createHash("md5").update(data).digest("hex")]).toEqual([row.ContentSize, row.Checksum]);
  }
  const attachment = [...sim.org.truth("Attachment")][0]!;
  expect((await (await org.request(`sobjects/Attachment/${attachment.Id}/Body`)).arrayBuffer()).byteLength).toBe(
    attachment.BodyLength,
  );
  const { records } = await org.query("SELECT Id, Content FROM ContentNote LIMIT 1");
  expect(records[0]!.Content).toBe(`${BASE}/sobjects/ContentNote/${records[0]!.Id}/Content`);
  expect(await (await org.request(records[0]!.Content as string)).text()).toContain("<p>");
});

test("deleted and updated list what changed in a window", async () => {
  const own = await startSalesforce({ records: 500 });
  const api = client(own);
  const [one, two, three] = [...own.org.truth("Account")]
    .filter((row) => row.IsPersonAccount === false)
    .map((row) => row.Id as string);
  own.org.remove(one!);
  own.org.update(two!, { Name: "Changed" });
  own.org.remove(three!, two!);
  const window = new URLSearchParams({
    start: new Date(Date.now() - 3_600_000).toISOString(),
    end: new Date(Date.now() + 60_000).toISOString(),
  });
  const deleted = await api.json<{ deletedRecords: { id: string }[] }>(`sobjects/Account/deleted/?${window}`);
  const updated = await api.json<{ ids: string[] }>(`sobjects/Account/updated?${window}`);
  expect(deleted.deletedRecords.map(({ id }) => id)).toEqual([one, three]);
  expect(Object.keys(deleted).sort()).toEqual(["deletedRecords", "earliestDateAvailable", "latestDateCovered"]);
  expect(updated.ids).toEqual([two]);
  const { records } = await api.query(`SELECT MasterRecordId FROM Account WHERE Id = '${three}'`, true);
  expect(records[0]!.MasterRecordId).toBe(two);
  expect((await api.request(`sobjects/ContentDocumentLink/deleted?${window}`)).status).toBe(400);
  await own.close();
});

test("rows by id keep the order asked, null where there is none", async () => {
  const [a, b] = [...sim.org.truth("Contact")].map((row) => row.Id as string);
  const rows = await org.json<({ Id: string } | null)[]>("composite/sobjects/Contact", {
    method: "POST",
    body: JSON.stringify({ ids: [b, "003000000000000AAA", a], fields: ["Id", "Name"] }),
  });
  expect(rows.map((row) => row?.Id ?? null)).toEqual([b, null, a]);
});

test("composite carries a status per part", async () => {
  const { compositeResponse } = await org.json<{
    compositeResponse: { httpStatusCode: number; referenceId: string; body: unknown }[];
  }>("composite", {
    method: "POST",
    body: JSON.stringify({
      compositeRequest: [
        { method: "GET", url: `${BASE}/query/?q=select count() from Lead`, referenceId: "a" },
        { method: "GET", url: `${BASE}/sobjects/Foo`, referenceId: "b" },
      ],
    }),
  });
  expect(compositeResponse.map((part) => [part.referenceId, part.httpStatusCode])).toEqual([
    ["a", 200],
    ["b", 404],
  ]);
  expect(compositeResponse[0]!.body).toEqual({ totalSize: sim.org.count("Lead"), done: true, records: [] });
  expect(compositeResponse[1]!.body).toEqual([
    { errorCode: "NOT_FOUND", message: "The requested resource does not exist" },
  ]);
});
