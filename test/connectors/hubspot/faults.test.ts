import { describe, expect, it } from "vitest";
import { FILE_COLUMNS, OWNER_COLUMNS, PAIR_COLUMNS } from "../../../connectors/hubspot/objects.ts";
import { readAll } from "../read-all.ts";
import { lab, truth, typeOf, widen } from "./kit.ts";

const OBJECTS = [
  ["contacts", ["id", "email", "associations.companies", "associations.companies.ids"]],
  ["deals", ["id", "dealname", "amount", "associations.line_items.ids"]],
  ["contacts_to_companies", PAIR_COLUMNS],
  ["deals_to_line_items", PAIR_COLUMNS],
  ["owners", OWNER_COLUMNS],
  ["files", FILE_COLUMNS],
] as const;

/** Those that are over at once; waits are the client's own tests. */
const QUICK = ["serverError", "edgeError", "cutBefore", "cutMidBody", "untyped", "partial"] as const;

describe("failures", () => {
  it("of one request in ten change nothing in what is read", async () => {
    const { portal, sim, source } = await lab({ records: 1000, faultKinds: QUICK });
    const wide = widen(portal, "tickets");
    const all = [...OBJECTS, ["tickets", wide]] as const;
    const read = async () => {
      const connector = source({ context: { now: () => new Date() } });
      const found: Record<string, unknown> = {};
      for (const [object, fields] of all) found[object] = (await readAll(connector, object, { fields })).rows;
      return found;
    };
    const clean = await read();
    sim.faults.rate = 0.1;
    sim.stats.reset();
    expect(await read()).toEqual(clean);
    const faults = Object.values(sim.stats.faults).reduce((sum, count) => sum + count, 0);
    expect(faults).toBeGreaterThan(5);
  }, 60_000);

  it("of a batch that leaves records out: they are asked for again", async () => {
    const { portal, sim, source } = await lab({ records: 600 });
    const columns = widen(portal, "contacts");
    sim.faults.add({ kind: "partial", times: 3, match: ({ path }) => path.includes("/contacts/batch/read") });
    const { rows } = await readAll(source(), "contacts", { fields: columns });
    expect(rows).toEqual(truth(portal, "contacts", columns));
    const pages = Math.ceil(portal.count(typeOf(portal, "contacts")) / 100);
    expect(sim.stats.byRoute.batchRead).toBeGreaterThanOrEqual(pages + 2);
  });

  it("of an address that is too long for something on the way: properties go in bodies", async () => {
    const { portal, sim, source } = await lab({ records: 600, maxUri: 300 });
    const columns = ["id", ...widen(portal, "deals").slice(1, 40)];
    const { rows } = await readAll(source(), "deals", { fields: columns });
    expect(rows).toEqual(truth(portal, "deals", columns));
    expect(sim.stats.byRoute.batchRead).toBeGreaterThan(0);
  });

  it("for good end the read with what happened", async () => {
    const { sim, source } = await lab({ records: 600 });
    sim.faults.add({ kind: "daily", times: Number.POSITIVE_INFINITY, match: ({ path }) => path.includes("/objects/") });
    await expect(readAll(source(), "contacts", { fields: ["email"] })).rejects.toMatchObject({
      code: "HUBSPOT_DAILY_LIMIT",
      exitCode: 4,
    });
    sim.faults.clear();
    sim.grant(["crm.objects.contacts.read"]);
    await expect(readAll(source(), "deals", { fields: ["dealname"] })).rejects.toMatchObject({
      code: "HUBSPOT_SCOPE_MISSING",
      exitCode: 2,
    });
  });
});
