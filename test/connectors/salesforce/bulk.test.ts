import { describe, expect, it } from "vitest";
import type { Position } from "../../../core/record.ts";
import { problemsOf } from "../csv/files.ts";
import { readAll } from "../read-all.ts";
import { byId, lab, truth } from "./kit.ts";

const COLUMNS = ["Id", "LastName", "Email", "Description", "MailingStreet", "AccountId", "CreatedDate"];
const isResults = ({ path }: { readonly path: string }) => /\/results$/.test(path);
const bulk = { transport: "bulk", maxRecords: 90 };

describe("Bulk results", () => {
  it.each([true, false])("come in pages, whether they repeat the header (%s) or not", async (repeatHeader) => {
    const { sim, source } = await lab({ bulk: { repeatHeader } });
    const { rows, lines } = await readAll(source({ options: bulk }), "Contact", { fields: COLUMNS, batchSize: 25 });
    expect(byId(rows)).toEqual(truth(sim.org, "Contact", COLUMNS));
    expect(lines).toEqual(rows.map((_, index) => index + 1));
    expect(sim.stats.kinds.bulkResults).toBeGreaterThanOrEqual(Math.ceil(rows.length / 90));
    expect(sim.stats.kinds.bulkCreate).toBe(1);
  });

  it.each([64, 1000, 12 << 20])("are the same with blocks of %i bytes", async (blockBytes) => {
    const { sim, source } = await lab({ records: 600, bulk: { gzip: blockBytes > 64 } });
    const { rows } = await readAll(source({ options: bulk, tuning: { blockBytes } }), "Contact", { fields: COLUMNS });
    expect(byId(rows)).toEqual(truth(sim.org, "Contact", COLUMNS));
  });

  it("resume after every batch, by another process, with the same job and no page read twice", async () => {
    const { sim, source } = await lab({ records: 1500 });
    const request = { fields: COLUMNS, batchSize: 40 };
    const whole = await readAll(source({ options: bulk }), "Contact", request);
    expect(whole.stops.length).toBeGreaterThan(4);
    const total = sim.stats.kinds.bulkResults!;
    expect(whole.stops.filter(({ next }) => next?.row === 0)).toHaveLength(total - 1);
    let done = 0;
    for (const stop of whole.stops) {
      const pages = sim.stats.kinds.bulkResults!;
      if (stop.next?.row === 0) done++;
      const from = JSON.parse(JSON.stringify(stop.next)) as Position;
      const rest = await readAll(source({ options: bulk }), "Contact", { ...request, from });
      expect(rest.rows).toEqual(whole.rows.slice(stop.rows));
      expect(rest.lines).toEqual(whole.lines.slice(stop.rows));
      // pages that were read whole are not asked for again
      expect(sim.stats.kinds.bulkResults! - pages).toBe(total - done);
    }
    expect(sim.stats.kinds.bulkCreate).toBe(1);
  });

  it.each([
    "cutMidBody",
    "truncated",
    "cutBefore",
    "serverError",
    "maintenance",
    "expired",
    "concurrentLimit",
  ] as const)("survive %s in every page", async (kind) => {
    const { sim, source } = await lab();
    let before = "";
    // every page fails once
    sim.faults.add({
      kind,
      times: Number.POSITIVE_INFINITY,
      match: (request) => {
        const page = `${request.path}?${request.search.get("locator")}`;
        const first = isResults(request) && page !== before;
        if (first) before = page;
        return first;
      },
    });
    const { rows, lines } = await readAll(source({ options: bulk, tuning: { blockBytes: 4000 } }), "Contact", {
      fields: COLUMNS,
    });
    expect(byId(rows)).toEqual(truth(sim.org, "Contact", COLUMNS));
    expect(lines).toEqual(rows.map((_, index) => index + 1));
    expect(sim.stats.faults[kind]).toBeGreaterThan(3);
  });

  it("that never come whole end the read; nothing is taken as complete", async () => {
    const { sim, source } = await lab();
    sim.faults.add({ kind: "truncated", times: Number.POSITIVE_INFINITY, match: isResults });
    await expect(
      readAll(source({ options: { transport: "bulk" } }), "Contact", { fields: COLUMNS }),
    ).rejects.toMatchObject({ code: "SALESFORCE_PAGE_INCOMPLETE" });
  });

  it("that are gone say so", async () => {
    const { source } = await lab({ records: 400 });
    const from = { via: "bulk", job: "750000000000000AAA", locator: null, row: 3, id: "x", left: 5, line: 3, to: null };
    await expect(readAll(source(), "Contact", { fields: COLUMNS, from })).rejects.toMatchObject({
      code: "SALESFORCE_JOB_GONE",
    });
  });
});

describe("Bulk jobs", () => {
  it("of huge objects cover ranges of ids, and resume in the middle of them", async () => {
    const { sim, source } = await lab();
    const options = { transport: "bulk", chunkRecords: 100, maxRecords: 60 };
    const request = { fields: COLUMNS, batchSize: 35 };
    const whole = await readAll(source({ options }), "Contact", request);
    expect(byId(whole.rows)).toEqual(truth(sim.org, "Contact", COLUMNS));
    expect(sim.stats.kinds.bulkCreate).toBeGreaterThan(3);
    const ids = (rows: readonly (readonly (string | null)[])[]) => rows.map((row) => row[0]).sort();
    for (const stop of whole.stops.filter((_, index) => index % 4 === 1)) {
      const rest = await readAll(source({ options }), "Contact", { ...request, from: stop.next });
      expect(ids(rest.rows)).toEqual(ids(whole.rows.slice(stop.rows)));
      expect(rest.lines).toEqual(whole.lines.slice(stop.rows));
    }
  });

  it("are halved when the server gives up on them", async () => {
    const failed: string[] = [];
    const { sim, source, lines } = await lab({
      bulk: {
        fail: ({ query }) => {
          if (/Id [<>]/.test(query)) return null;
          failed.push(query);
          return "Failed";
        },
      },
    });
    const { rows } = await readAll(source({ options: { transport: "bulk" } }), "Contact", { fields: COLUMNS });
    expect(byId(rows)).toEqual(truth(sim.org, "Contact", COLUMNS));
    expect(failed).toHaveLength(1);
    expect(lines.map(({ message }) => message)).toContainEqual(expect.stringContaining("reading it in halves"));
  });

  it("are halved until they are small enough for the server's time limit", async () => {
    const { sim, source } = await lab({ query: { timeouts: { Contact: 150 } } });
    const { rows } = await readAll(source({ options: { transport: "bulk" } }), "Contact", { fields: COLUMNS });
    expect(byId(rows)).toEqual(truth(sim.org, "Contact", COLUMNS));
    expect(sim.stats.kinds.bulkCreate).toBeGreaterThan(2);
  });

  it("that always fail end the read with the job's name", async () => {
    const { source } = await lab({ records: 400, bulk: { fail: () => "Failed" } });
    await expect(
      readAll(source({ options: { transport: "bulk" } }), "Campaign", { fields: ["Name"] }),
    ).rejects.toMatchObject({ code: "SALESFORCE_JOB_FAILED", message: expect.stringMatching(/gave up on job 750\w+/) });
  });

  it("that somebody aborts end the read", async () => {
    const { source } = await lab({ records: 400, bulk: { fail: () => "Aborted" } });
    await expect(
      readAll(source({ options: { transport: "bulk" } }), "Campaign", { fields: ["Name"] }),
    ).rejects.toMatchObject({ code: "SALESFORCE_JOB_ABORTED" });
  });

  it("that take too long are aborted", async () => {
    const { sim, source } = await lab({ records: 400, bulk: { polls: [1, 100_000] } });
    const options = { transport: "bulk", jobTimeout: 1 };
    await expect(readAll(source({ options }), "Campaign", { fields: ["Name"] })).rejects.toMatchObject({
      code: "SALESFORCE_JOB_TIMEOUT",
    });
    expect(sim.stats.kinds.bulkPoll).toBeGreaterThan(10);
  });
});

describe("an object that changes while it is read", () => {
  it("by a job is read with what was there, and told", async () => {
    let sim: Awaited<ReturnType<typeof lab>>["sim"] | null = null;
    let grown = 0;
    const world = await lab({
      records: 400,
      onRequest: ({ method, path }) => {
        if (method === "GET" && /\/jobs\/query\/\w+$/.test(path) && grown < 3) {
          sim!.org.insert("Campaign", { Name: `late ${grown++}`, IsDeleted: false });
        }
      },
    });
    sim = world.sim;
    const before = sim.org.count("Campaign");
    const { rows } = await readAll(world.source({ options: { transport: "bulk" } }), "Campaign", { fields: ["Name"] });
    expect(rows.length).toBeGreaterThanOrEqual(before);
    expect(world.lines.filter(({ level }) => level === "warn").map(({ message }) => message)).toEqual([
      expect.stringMatching(/^Campaign changed while it was read: \d+ records before, \d+ after, \d+ read/),
    ]);
  });

  it("page by page is read with what came behind, and told", async () => {
    let sim: Awaited<ReturnType<typeof lab>>["sim"] | null = null;
    let done = false;
    const world = await lab({
      records: 600,
      onRequest: ({ soql }) => {
        if (done || soql === null || !soql.includes("Id > ")) return;
        done = true;
        sim!.org.insert("Contact", { LastName: "Late", IsDeleted: false });
        sim!.org.remove(String([...sim!.org.truth("Contact")][0]!.Id));
      },
    });
    sim = world.sim;
    const before = truth(sim.org, "Contact", ["Id"]).length;
    const made = world.source({ options: { transport: "rest" }, tuning: { pageRecords: 50 } });
    const { rows } = await readAll(made, "Contact", { fields: ["LastName"] });
    expect(rows).toHaveLength(before + 1);
    expect(world.lines.map(({ message }) => message)).toContainEqual(
      `Contact changed while it was read: ${before} records before, ${before} after, ${before + 1} read; run again (or a delta) for the rest`,
    );
  });
});

it("unknown fields are one error that names the permission to ask for", async () => {
  const { source } = await lab({ records: 400, hide: { Contact: ["Email"] } });
  expect(await problemsOf(() => readAll(source(), "Contact", { fields: ["LastName", "Email"] }))).toMatchObject([
    {
      code: "SALESFORCE_UNKNOWN_FIELD",
      message: expect.stringContaining('the org shows no field "Email" in Contact'),
      hint: expect.stringContaining("field-level security"),
    },
  ]);
});
