import { describe, expect, it } from "vitest";
import { problemsOf } from "../csv/files.ts";
import { readAll } from "../read-all.ts";
import { byId, lab, truth } from "./kit.ts";

const COLUMNS = ["Id", "Name", "AnnualRevenue", "ParentId", "Description"];

describe("faults", () => {
  it.each([1, 2, 3])("in many requests change nothing (seed %i)", async (seed) => {
    const { sim, source } = await lab({ seed, faultRate: 0.08, tokenSeconds: 1, latencyMs: 1 });
    for (const transport of ["rest", "bulk"]) {
      const made = source({
        options: { transport, maxRecords: 100 },
        tuning: { pageRecords: 50, blockBytes: 3000, attempts: 12 },
      });
      await made.open();
      for (const object of ["Account", "Product2", "ContentNote"]) {
        const table = sim.org.table(object)!;
        const columns = COLUMNS.filter((name) => table.field(name) !== undefined);
        const { rows } = await readAll(made, object, { fields: columns });
        expect(byId(rows), object).toEqual(truth(sim.org, object, columns));
      }
    }
    expect(Object.keys(sim.stats.faults).length).toBeGreaterThan(2);
  });

  it("in describe, counts and jobs are tried again", async () => {
    const { sim, source } = await lab({ records: 400 });
    for (const kind of ["serverError", "maintenance", "cutBefore", "cutMidBody", "concurrentLimit"] as const) {
      sim.faults.add({ kind, times: 1, match: ({ path }) => path.endsWith("/describe") });
      sim.faults.add({ kind, times: 1, match: ({ soql }) => soql?.includes("COUNT()") === true });
      sim.faults.add({ kind, times: 1, match: ({ path }) => /\/jobs\/query/.test(path) });
    }
    const { rows } = await readAll(source({ options: { transport: "bulk" } }), "Campaign", { fields: ["Name"] });
    expect(rows).toHaveLength(sim.org.count("Campaign"));
  });

  it("at log-in are tried again", async () => {
    const { sim, source } = await lab({ records: 400 });
    for (const kind of ["serverError", "maintenance", "cutBefore", "cutMidBody"] as const) {
      sim.faults.add({ kind, times: 1, match: ({ path }) => path.endsWith("/token") });
    }
    const made = source();
    await made.open();
    expect(sim.stats.tokens).toBeGreaterThanOrEqual(1);
  });

  it("that stay end with what happened", async () => {
    const { sim, source } = await lab({ records: 400 });
    const made = source();
    await made.open();
    sim.faults.add({ kind: "maintenance", times: Number.POSITIVE_INFINITY, match: () => true });
    await expect(made.count("Campaign")).rejects.toMatchObject({
      code: "SALESFORCE_UNAVAILABLE",
      message: expect.stringContaining("a page for people instead of an answer (HTTP 503"),
    });
  });

  it("no answer in time is tried again", async () => {
    const { sim, source } = await lab({ records: 400 });
    sim.faults.add({ kind: "cutBefore", times: 2, match: ({ path }) => path.endsWith("/query") });
    expect(await source({ options: { timeout: 1 } }).count("Campaign")).toBe(sim.org.count("Campaign"));
  });
});

describe("locators", () => {
  it("that end at once cost a smaller page, not a record", async () => {
    const { sim, source } = await lab({ query: { pageSize: 20 } });
    sim.faults.add({ kind: "invalidLocator", times: 3, match: ({ path }) => /\/query\/0r8/.test(path) });
    const made = source({ options: { transport: "rest" }, tuning: { pageRecords: 100 } });
    const { rows } = await readAll(made, "Account", { fields: COLUMNS });
    expect(rows).toEqual(truth(sim.org, "Account", COLUMNS));
  });

  it("are not needed for objects that have none", async () => {
    const { sim, source } = await lab({ query: { pageSize: 60, noQueryMore: ["Account"] } });
    const made = source({ options: { transport: "rest" }, tuning: { pageRecords: 200 } });
    const { rows } = await readAll(made, "Account", { fields: COLUMNS });
    expect(rows).toEqual(truth(sim.org, "Account", COLUMNS));
  });
});

describe("queries that take too long", () => {
  it("are asked for in smaller pages", async () => {
    const { sim, source } = await lab();
    sim.faults.add({ kind: "queryTimeout", times: 2, match: ({ soql }) => soql?.includes("LIMIT 2000") === true });
    const { rows } = await readAll(source({ options: { transport: "rest" } }), "Account", { fields: COLUMNS });
    expect(rows).toEqual(truth(sim.org, "Account", COLUMNS));
  });
});

describe("limits", () => {
  it("of the day stop the read so that it can be resumed", async () => {
    const { sim, source } = await lab();
    const made = source({ options: { transport: "rest" }, tuning: { pageRecords: 50 } });
    await made.open();
    sim.faults.add({
      kind: "dailyLimit",
      times: Number.POSITIVE_INFINITY,
      after: 4,
      match: ({ soql }) => soql !== null,
    });
    const stops: { next: Record<string, unknown>; rows: number }[] = [];
    let rows = 0;
    const reading = async () => {
      for await (const batch of made.read({ object: "Account", fields: ["Name"], from: null, batchSize: 50 })) {
        rows += batch.size;
        stops.push({ next: { ...batch.next }, rows });
      }
    };
    await expect(reading()).rejects.toMatchObject({ code: "SALESFORCE_DAILY_LIMIT", exitCode: 4 });
    expect(rows).toBeGreaterThan(0);
    sim.faults.clear();
    const rest = await readAll(source(), "Account", { fields: ["Name"], from: stops.at(-1)!.next as never });
    expect(rest.rows.length + rows).toBe(truth(sim.org, "Account", ["Id"]).length);
  });

  it("are kept: no request goes beyond the share", async () => {
    const { sim, source } = await lab({ dailyRequests: 30 });
    const made = source({ options: { transport: "rest", apiShare: 0.5 }, tuning: { pageRecords: 10 } });
    await expect(readAll(made, "Account", { fields: ["Name"] })).rejects.toMatchObject({
      code: "SALESFORCE_QUOTA_SHARE",
      exitCode: 4,
      message: "15 of the org's 30 daily API calls are used, and 50 % is as far as this migration may go",
    });
    expect(sim.stats.apiCalls).toBe(15);
  });

  it("on requests at a time are waited out", async () => {
    const { sim, source } = await lab({ records: 400, concurrentRequests: 2, latencyMs: 5 });
    const made = source({ options: { concurrency: 6 }, tuning: { attempts: 20 } });
    const objects = ["Account", "Contact", "Lead", "Case", "Campaign", "Task"];
    const counts = await Promise.all(objects.map((object) => made.count(object)));
    expect(counts[0]).toBe(truth(sim.org, "Account", ["Id"]).length);
  });

  it("are part of the estimate", async () => {
    const { sim, source } = await lab({ records: 4000 });
    const made = source({ options: { bulkThreshold: 500, maxRecords: 100 } });
    await made.open();
    const contacts = truth(sim.org, "Contact", ["Id"]).length;
    const estimate = await made.estimate!([
      { object: "Contact", fields: ["LastName"] },
      { object: "Campaign", fields: ["Name"] },
    ]);
    expect(estimate.calls).toBe(8 + Math.ceil(contacts / 100) + 3);
    expect(estimate.max).toBe(100_000);
    expect(estimate.remaining).toBe(80_000 - sim.stats.apiCalls);
  });
});

describe("check", () => {
  it("warns of permissions that hide records, and of calls that are few", async () => {
    const { source } = await lab({ records: 400, dailyRequests: 100 });
    const made = source({ options: { apiShare: 0.1 } });
    await made.open();
    const problems = await made.check!(new Map([["ContentVersion", []]]));
    expect(problems.every(({ severity }) => severity === "warning")).toBe(true);
    expect(problems.map(({ code }) => code)).toContain("SALESFORCE_FEW_CALLS_LEFT");
  });

  it("says why objects and fields may be missing", async () => {
    const { source } = await lab({
      records: 400,
      hide: { Quote: "*", Contact: ["Email"] },
      features: { notes: false },
    });
    const schema = await source().describe(new Map([["Contact", ["Email"]]]));
    expect(schema.objects.map(({ name }) => name)).not.toContain("Quote");
    expect(schema.objects.map(({ name }) => name)).not.toContain("ContentNote");
    expect(schema.hiddenObjects).toContain("Read permission on the object");
    const contact = schema.objects.find(({ name }) => name === "Contact")!;
    expect(contact.fields.map(({ name }) => name)).not.toContain("Email");
    expect(contact.hiddenFields).toContain("Object Settings, Contact, Field Permissions");
  });

  it("refuses an API version that the org does not offer", async () => {
    const { source } = await lab({ records: 400, apiVersionMax: 60 });
    expect(await problemsOf(() => source().open())).toMatchObject([
      { code: "SALESFORCE_VERSION_UNKNOWN", hint: 'Write apiVersion: "60.0".' },
    ]);
  });
});
