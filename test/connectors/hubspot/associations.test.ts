import { describe, expect, it } from "vitest";
import { PAIR_COLUMNS } from "../../../connectors/hubspot/objects.ts";
import { collect, readAll } from "../read-all.ts";
import { lab, liar, over, pairTruth, truth } from "./kit.ts";

const PAIRS = [
  ["contacts", "companies"],
  ["companies", "contacts"],
  ["companies", "companies"],
  ["deals", "contacts"],
  ["deals", "line_items"],
  ["tickets", "contacts"],
  ["quotes", "contacts"],
  ["leads", "contacts"],
  ["leads", "deals"],
  ["notes", "deals"],
  ["car", "contacts"],
  ["service_visit", "car"],
] as const;

describe.each(["v3", "2026-03"])("pairs, paths of %s", (apiPath) => {
  it("are the portal's, with the labels of their direction", async () => {
    const { portal, source } = await lab();
    const connector = source({ options: { apiPath } });
    const labels = new Set<string | null>();
    let primaries = 0;
    for (const [from, to] of PAIRS) {
      const name = `${from}_to_${to}`;
      const { rows } = await readAll(connector, name, { fields: PAIR_COLUMNS });
      expect(rows, name).toEqual(pairTruth(portal, from, to));
      expect(rows.length, name).toBeGreaterThan(0);
      expect(new Set(rows.map(([id]) => id)).size, name).toBe(rows.length);
      expect(await connector.count(name), name).toBe(rows.length);
      for (const row of rows) labels.add(row[3]!);
      primaries += rows.filter((row) => row[6] === "true").length;
    }
    expect([...labels]).toEqual(
      expect.arrayContaining([
        null,
        "Contractor of",
        "Contractor",
        "Parent Company",
        "Child Company",
        "Contact Signer",
      ]),
    );
    expect(labels).not.toContain("Primary");
    expect(primaries).toBeGreaterThan(100);
  });
});

describe("labelled pairs alone", () => {
  it.each(["companies_to_contacts", "deals_to_contacts", "contacts_to_car"])("%s", async (pair) => {
    const { portal, source } = await lab();
    const connector = source();
    const [from = "", to = ""] = pair.split("_to_");
    const { rows } = await readAll(connector, `${pair}.labels`, { fields: PAIR_COLUMNS, batchSize: 7 });
    const expected = pairTruth(portal, from, to).filter((row) => row[3] !== null);
    expect(rows).toEqual(expected);
    expect(rows.length).toBeGreaterThan(0);
    expect(await connector.count(`${pair}.labels`)).toBe(expected.length);
    const keys = rows.slice(0, 3).map(([id]) => [id!]);
    const found = await collect(
      connector.fetch({ object: `${pair}.labels`, fields: PAIR_COLUMNS, key: ["id"], keys: [...keys, ["1:2:3"]] }),
    );
    expect(found.rows.map(String).sort()).toEqual(rows.slice(0, 3).map(String).sort());
  });

  it("cost nothing where the portal has no labels", async () => {
    const { sim, source } = await lab();
    const connector = source();
    const pair = "tickets_to_deals.labels";
    expect((await readAll(connector, pair, { fields: PAIR_COLUMNS })).rows).toEqual([]);
    expect(await connector.count(pair)).toBe(0);
    expect(await connector.estimate!([{ object: pair, fields: ["id"] }])).toMatchObject({ calls: 1 });
    expect(sim.stats.byRoute).toMatchObject({ labels: 1 });
    expect(sim.stats.byRoute.list).toBeUndefined();
  });
});

describe("many of one record", () => {
  it("come whole: each record's own pages are followed", async () => {
    const { portal, source } = await lab({
      counts: { contacts: 3000, companies: 20, deals: 20, line_items: 600 },
      largest: { companyContacts: 1800, dealLineItems: 350 },
    });
    const connector = source();
    for (const [from, to, most] of [
      ["companies", "contacts", 1000],
      ["deals", "line_items", 300],
    ] as const) {
      const { rows } = await readAll(connector, `${from}_to_${to}`, { fields: PAIR_COLUMNS, batchSize: 500 });
      expect(rows).toEqual(pairTruth(portal, from, to));
      const each = new Map<string, Set<string>>();
      for (const [, one, other] of rows) each.set(one!, (each.get(one!) ?? new Set()).add(other!));
      // an answer has 500 of a record at most
      expect(Math.max(...[...each.values()].map((others) => others.size))).toBeGreaterThan(most);
    }
  });
});

describe("associated records as fields", () => {
  it("are the primary one, and all of them", async () => {
    const { portal, source } = await lab();
    const connector = source();
    for (const [object, fields] of [
      ["contacts", ["id", "email", "associations.companies", "associations.companies.ids"]],
      ["deals", ["id", "associations.contacts.ids", "associations.companies", "associations.line_items.ids"]],
      ["notes", ["id", "associations.contacts", "associations.deals", "associations.tickets"]],
    ] as const) {
      const { rows } = await readAll(connector, object, { fields });
      const expected = truth(portal, object, fields);
      expect(rows, object).toEqual(expected);
      const keys = rows.filter((_, index) => index % 37 === 0).map(([id]) => [id!]);
      const found = await collect(connector.fetch({ object, fields, key: ["id"], keys }));
      const wanted = new Set(keys.map(([id]) => id));
      expect(new Set(found.rows.map(String))).toEqual(new Set(expected.filter(([id]) => wanted.has(id!)).map(String)));
    }
    const { rows } = await readAll(connector, "contacts", { fields: ["associations.companies.ids"] });
    expect(rows.some(([, ids]) => ids?.includes(";"))).toBe(true);
  });

  it("may be custom objects, by any of their names", async () => {
    const { portal, source } = await lab();
    const car = portal.type("car")!;
    const connector = source();
    const expected = truth(portal, "service_visit", ["id", `associations.${car.name}`]);
    expect(expected.filter(([, id]) => id !== null).length).toBeGreaterThan(0);
    for (const name of ["car", car.name, car.id]) {
      const { rows, columns } = await readAll(connector, "service_visit", { fields: [`associations.${name}`] });
      expect(columns).toEqual(["id", `associations.${name}`]);
      expect(rows).toEqual(expected);
    }
  });

  it("cost one call for a thousand records", async () => {
    const { sim, source } = await lab({ counts: { contacts: 2500, companies: 100 } });
    await readAll(source(), "contacts", { fields: ["associations.companies"] });
    expect(sim.stats.byRoute.list).toBe(25);
    // groups are small in the beginning
    expect(sim.stats.byRoute.associations).toBeLessThanOrEqual(7);
  });
});

describe("pairs by key", () => {
  it("are found by their id, or by the ids of both", async () => {
    const { source } = await lab();
    const connector = source();
    const object = "contacts_to_companies";
    const { rows } = await readAll(connector, object, { fields: PAIR_COLUMNS });
    const some = rows.filter((_, index) => index % 29 === 0);
    const fetched = async (key: readonly string[]) => {
      const keys = [
        ...some.map((row) => key.map((name) => row[PAIR_COLUMNS.indexOf(name as never)]!)),
        key.map(() => "x"),
      ];
      return (await collect(connector.fetch({ object, fields: PAIR_COLUMNS, key, keys }))).rows.map(String).sort();
    };
    expect(await fetched(["id"])).toEqual(some.map(String).sort());
    const pairs = new Set(some.map(([, from, to]) => `${from},${to}`));
    const ofPairs = rows.filter(([, from, to]) => pairs.has(`${from},${to}`));
    expect(await fetched(["from_id", "to_id"])).toEqual(ofPairs.map(String).sort());
    expect(await fetched(["to_id", "from_id"])).toEqual(ofPairs.map(String).sort());
  });
});

describe("answers that are short", () => {
  it("without a word are completed: what is missing is asked for again", async () => {
    const { sim, portal } = await lab({ records: 600 });
    let lies = 2;
    // dated paths: ids are texts there, which JSON.parse keeps
    const url = await liar(sim.url, (path, answer) => {
      if (!path.includes("/associations/") || lies-- <= 0) return;
      answer.results = (answer.results as unknown[]).slice(3);
      answer.errors = [];
    });
    const source = over(url, { options: { apiPath: "2026-03" } });
    const { rows } = await readAll(source, "contacts_to_companies", { fields: PAIR_COLUMNS });
    expect(rows).toEqual(pairTruth(portal, "contacts", "companies"));
  });

  it("and stay so end the question: such a record has none", async () => {
    const { sim, portal } = await lab({ records: 600 });
    let asked = 0;
    const url = await liar(sim.url, (path, answer) => {
      if (!path.includes("/associations/")) return;
      asked++;
      answer.errors = [];
    });
    const source = over(url, { options: { apiPath: "2026-03" } });
    const { rows } = await readAll(source, "contacts_to_companies", { fields: PAIR_COLUMNS });
    expect(rows).toEqual(pairTruth(portal, "contacts", "companies"));
    expect(asked).toBeLessThanOrEqual(4 * sim.stats.byRoute.list!);
  });

  it("or lead to themselves are an error, not a loop", async () => {
    const { sim } = await lab({ records: 600 });
    const list = await liar(sim.url, (path, answer) => {
      if (path.includes("/objects/") && path.includes("after=")) answer.paging = { next: { after: "12345" } };
    });
    await expect(readAll(over(list), "contacts", { fields: ["email"] })).rejects.toMatchObject({
      code: "HUBSPOT_PAGING_STUCK",
    });
    const associations = await liar(sim.url, (path, answer) => {
      if (!path.includes("/associations/")) return;
      for (const result of (answer.results ?? []) as Record<string, unknown>[])
        result.paging = { next: { after: "MC0xLTU%3D" } };
    });
    await expect(readAll(over(associations), "contacts_to_companies")).rejects.toMatchObject({
      code: "HUBSPOT_PAGING_STUCK",
    });
  });
});
