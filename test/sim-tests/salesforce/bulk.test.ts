import { afterAll, beforeAll, expect, it, test } from "vitest";
import { type SalesforceSim, startSalesforce } from "../../sim/salesforce/index.ts";
import { doubleText } from "../../sim/salesforce/numbers.ts";
import { type Client, cells, client } from "./client.ts";

let sim: SalesforceSim;
let org: Client;
beforeAll(async () => {
  sim = await startSalesforce({ records: 2000, counts: { Contact: 3000 } });
  org = client(sim);
});
afterAll(() => sim.close());

const create = (query: string, more: object = {}) =>
  org.request("jobs/query", { method: "POST", body: JSON.stringify({ operation: "query", query, ...more }) });

test("a job goes through its states; the answer has the documented keys", async () => {
  const made = (await (await create("SELECT Id FROM Account")).json()) as Record<string, unknown>;
  expect(made).toMatchObject({
    operation: "query",
    object: "Account",
    state: "UploadComplete",
    contentType: "CSV",
    apiVersion: 66,
    lineEnding: "LF",
    columnDelimiter: "COMMA",
    concurrencyMode: "Parallel",
  });
  expect((await org.request(`jobs/query/${made.id}/results`)).status).toBe(400);
  const states: unknown[] = [];
  let job: Record<string, unknown> = made;
  while (job.state !== "JobComplete") {
    job = await org.json(`jobs/query/${made.id}`);
    if (states.at(-1) !== job.state) states.push(job.state);
  }
  expect(states).toEqual(["UploadComplete", "InProgress", "JobComplete"]);
  expect(job).toMatchObject({
    jobType: "V2Query",
    numberRecordsProcessed: sim.org.count("Account"),
    retries: 0,
    isPkChunkingSupported: true,
  });
  expect((await org.request(`jobs/query/${made.id}`, { method: "DELETE" })).status).toBe(204);
  expect((await org.request(`jobs/query/${made.id}`)).status).toBe(404);
});

test("every page repeats the header; all rows come once, shuffled, the same each time", async () => {
  const soql = "SELECT Id, Name, Owner.Name, Description, HasOptedOutOfEmail, CreatedDate, Birthdate FROM Contact";
  const one = await org.bulk(soql, { maxRecords: 700 });
  expect(one.pages.length).toBeGreaterThan(4);
  const header = ["Id", "Name", "Owner.Name", "Description", "HasOptedOutOfEmail", "CreatedDate", "Birthdate"];
  for (const page of one.pages) expect(page.startsWith(`${header.map((name) => `"${name}"`).join(",")}\n`)).toBe(true);
  const rows = one.pages.flatMap((page) => cells(page).slice(1));
  const expected = [...sim.org.truth("Contact")].map((row) => [
    row.Id,
    row.Name,
    sim.org.row(row.OwnerId as string)!.Name,
    row.Description ?? "",
    String(row.HasOptedOutOfEmail),
    row.CreatedDate,
    row.Birthdate ?? "",
  ]);
  expect(rows.map((row) => row[0])).not.toEqual(expected.map((row) => row[0]));
  const sorted = (list: unknown[][]) => [...list].sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));
  expect(sorted(rows)).toEqual(sorted(expected));
  const two = await org.bulk(soql, { maxRecords: 700 });
  expect(two.pages).toEqual(one.pages);
});

test("headers of a page: records, locator, repeatable", async () => {
  const { id } = await org.bulk("SELECT Id FROM Contact");
  const first = await org.request(`jobs/query/${id}/results?maxRecords=100`);
  expect([first.headers.get("content-type"), first.headers.get("sforce-numberofrecords")]).toEqual(["text/csv", "100"]);
  const path = `jobs/query/${id}/results?maxRecords=100&locator=${first.headers.get("sforce-locator")}`;
  expect(await (await org.request(path)).text()).toBe(await (await org.request(path)).text());
  const last = await org.request(`jobs/query/${id}/results?maxRecords=100000`);
  expect(last.headers.get("sforce-locator")).toBe("null");
  expect((await org.request(`jobs/query/${id}/results?locator=MTAwMDA`)).status).toBe(400);
});

test("pages are gzipped when the client accepts it", async () => {
  const { id } = await org.bulk("SELECT Id FROM Contact");
  const zipped = await org.request(`jobs/query/${id}/results`);
  const plain = await org.request(`jobs/query/${id}/results`, { headers: { "accept-encoding": "identity" } });
  expect([zipped.headers.get("content-encoding"), plain.headers.get("content-encoding")]).toEqual(["gzip", null]);
  expect(await zipped.text()).toBe(await plain.text());
});

test("large doubles come in exponent form", async () => {
  const { pages } = await org.bulk("SELECT Id, Big_Number__c, Amount__c FROM Invoice__c");
  for (const [id, big, amount] of cells(pages[0]!).slice(1)) {
    const row = sim.org.row(id!)!;
    expect(big).toMatch(/^1\.39\d*E8$/);
    expect([big, amount]).toEqual([doubleText(row.Big_Number__c as number), doubleText(row.Amount__c as number)]);
  }
});

test("queryAll and ORDER BY", async () => {
  const all = await org.bulk("SELECT Id, IsDeleted FROM Account", { operation: "queryAll" });
  expect(cells(all.pages[0]!).length - 1).toBe(sim.org.count("Account", { deleted: true }));
  const ordered = await org.bulk("SELECT Id FROM Account ORDER BY Id LIMIT 20");
  const ids = cells(ordered.pages[0]!)
    .slice(1)
    .map(([id]) => id);
  expect(ids).toEqual([...sim.org.truth("Account")].slice(0, 20).map((row) => row.Id));
});

it.each([
  ["SELECT COUNT() FROM Account", "API_ERROR", "Aggregate"],
  ["SELECT Name FROM Account GROUP BY Name", "API_ERROR", "GROUP BY"],
  ["SELECT Id FROM Account OFFSET 5", "API_ERROR", "OFFSET"],
  ["SELECT TYPEOF What WHEN Account THEN Name END FROM Event", "API_ERROR", "TYPEOF"],
  ["SELECT Id, (SELECT Id FROM Contacts) FROM Account", "API_ERROR", "Nested"],
  ["SELECT BillingAddress FROM Account", "API_ERROR", "compound"],
  ["SELECT VersionData FROM ContentVersion", "API_ERROR", "Binary"],
  ["SELECT Id FROM ContentDocumentLink", "INVALIDENTITY", "not supported by the Bulk API"],
  ["SELECT Foo FROM Account", "INVALID_FIELD", "No such column"],
])("%s is refused", async (query, errorCode, text) => {
  const response = await create(query);
  const [error] = (await response.json()) as [{ errorCode: string; message: string }];
  expect([response.status, error.errorCode]).toEqual([400, errorCode]);
  expect(error.message).toContain(text);
});

test("resultPages lists up to five URLs and insists on the job's version", async () => {
  const own = await startSalesforce({ records: 500, counts: { Contact: 1000 }, bulk: { pageRows: 100 } });
  const api = client(own);
  const { id } = await api.bulk("SELECT Id FROM Contact");
  interface Pages {
    resultPages: { resultUrl: string }[];
    nextRecordsUrl: string | null;
    done: boolean;
  }
  const ids: string[] = [];
  let next: string | null = `jobs/query/${id}/resultPages`;
  while (next !== null) {
    const page: Pages = await api.json<Pages>(next);
    expect(page.resultPages.length).toBeLessThanOrEqual(5);
    for (const { resultUrl } of page.resultPages)
      ids.push(
        ...cells(await (await api.request(resultUrl)).text())
          .slice(1)
          .map(([at]) => at!),
      );
    next = page.nextRecordsUrl;
  }
  expect(ids.sort()).toEqual([...own.org.truth("Contact")].map((row) => row.Id));
  expect((await api.request(`/services/data/v65.0/jobs/query/${id}/resultPages`)).status).toBe(409);
  await own.close();
});

test("jobs fail, abort and time out on demand", async () => {
  const own = await startSalesforce({
    records: 500,
    query: { timeouts: { Lead: 10 } },
    bulk: {
      fail: ({ object }) => (object === "Case" ? "Failed" : object === "Task" ? "Aborted" : null),
      polls: [0, 0],
    },
  });
  const api = client(own);
  const end = async (query: string) => {
    const { id } = await api.json<{ id: string }>("jobs/query", {
      method: "POST",
      body: JSON.stringify({ operation: "query", query }),
    });
    return api.json<Record<string, unknown>>(`jobs/query/${id}`);
  };
  expect(await end("SELECT Id FROM Case")).toMatchObject({ state: "Failed", retries: 15 });
  expect(await end("SELECT Id FROM Task")).toMatchObject({ state: "Aborted" });
  expect(await end("SELECT Id FROM Lead")).toMatchObject({
    state: "Failed",
    errorMessage: expect.stringContaining("QUERY_TIMEOUT"),
  });
  const { id } = await api.json<{ id: string }>("jobs/query", {
    method: "POST",
    body: JSON.stringify({ operation: "query", query: "SELECT Id FROM User" }),
  });
  expect(
    await api.json(`jobs/query/${id}`, { method: "PATCH", body: JSON.stringify({ state: "Aborted" }) }),
  ).toMatchObject({ state: "Aborted" });
  await own.close();
});
