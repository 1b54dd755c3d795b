import { describe, expect, it } from "vitest";
import { FILE_COLUMNS, OWNER_COLUMNS, PAIR_COLUMNS } from "../../../connectors/hubspot/objects.ts";
import { readAll } from "../read-all.ts";
import { byId, lab, liar, over, pairTruth, recordsOf, truth, typeOf, widen } from "./kit.ts";

const LANES = { fromRecords: 500, mostLanes: 3 };

describe("a read goes on after any of its batches", () => {
  it.each([
    ["contacts", ["id", "email", "associations.companies.ids"]],
    ["contacts_to_companies", PAIR_COLUMNS],
    ["companies_to_contacts", PAIR_COLUMNS],
    ["owners", OWNER_COLUMNS],
    ["files", FILE_COLUMNS],
  ] as const)("%s", async (object, fields) => {
    const { source } = await lab({ records: 900 });
    const connector = source({ options: { includeArchived: true } });
    const whole = await readAll(connector, object, { fields, batchSize: 7 });
    expect(whole.rows.length).toBeGreaterThan(10);
    const every = Math.ceil(whole.stops.length / 6);
    for (const stop of whole.stops.filter((_, index) => index % every === 0 || index + 1 === whole.stops.length)) {
      const from = JSON.parse(JSON.stringify(stop.next)) as typeof stop.next;
      expect(JSON.stringify(from).length).toBeLessThan(400);
      const rest = await readAll(source({ options: { includeArchived: true } }), object, {
        fields,
        batchSize: 11,
        from,
      });
      expect(rest.rows).toEqual(whole.rows.slice(stop.rows));
      expect(rest.lines).toEqual(whole.lines.slice(stop.rows));
    }
  });

  it("whose properties do not fit the address", async () => {
    const { portal, source } = await lab({ records: 700 });
    const fields = widen(portal, "deals");
    const whole = await readAll(source(), "deals", { fields, batchSize: 40 });
    const rest = await readAll(source(), "deals", { fields, from: whole.stops[1]!.next });
    expect(rest.rows).toEqual(whole.rows.slice(80));
  });

  it("though the record that it ended with is gone", async () => {
    const { portal, source } = await lab({ records: 700 });
    const fields = ["id", "email"];
    const whole = await readAll(source(), "contacts", { fields, batchSize: 30 });
    const stop = whole.stops[2]!;
    portal.archive(typeOf(portal, "contacts"), whole.rows[stop.rows - 1]![0]!);
    const rest = await readAll(source(), "contacts", { fields, from: stop.next });
    expect(rest.rows).toEqual(whole.rows.slice(stop.rows));
    const pairs = await readAll(source(), "contacts_to_companies", { fields: PAIR_COLUMNS, batchSize: 30 });
    const at = pairs.stops[1]!;
    const victim = pairs.rows[at.rows - 1]![1]!;
    portal.archive(typeOf(portal, "contacts"), victim);
    const others = await readAll(source(), "contacts_to_companies", { fields: PAIR_COLUMNS, from: at.next });
    expect(others.rows).toEqual(pairs.rows.slice(at.rows).filter(([, from]) => from !== victim));
  });
});

describe("a long list is read in lanes", () => {
  const options = { counts: { contacts: 1500, companies: 50 }, latencyMs: 25 };
  const fields = ["id", "email", "associations.companies"];

  it("that give every record once, in the same order each time, and go on from anywhere", async () => {
    const { portal, source, sim } = await lab(options);
    const connector = source({ reading: LANES });
    const whole = await readAll(connector, "contacts", { fields, batchSize: 70 });
    expect(byId(whole.rows)).toEqual(truth(portal, "contacts", fields));
    // not in the order of ids: several lanes by turns
    expect(whole.rows).not.toEqual(byId(whole.rows));
    // one counts, two find where lanes begin
    expect(sim.stats.byRoute.search).toBe(3);
    for (const stop of whole.stops.filter((_, index) => index % 7 === 1 || index + 1 === whole.stops.length)) {
      expect(JSON.stringify(stop.next).length).toBeLessThan(700);
      const rest = await readAll(source(), "contacts", { fields, batchSize: 110, from: stop.next });
      expect(rest.rows).toEqual(whole.rows.slice(stop.rows));
      expect(rest.lines).toEqual(whole.lines.slice(stop.rows));
    }
  });

  it("though records go and come meanwhile", async () => {
    const { portal, source, sim } = await lab(options);
    const contacts = typeOf(portal, "contacts");
    const before = [...recordsOf(portal, "contacts")].map(({ id }) => id);
    const victims = before.filter((_, index) => index % 50 === 49);
    let lists = 0;
    sim.faults.add({
      kind: "slow",
      match: ({ path, method }) => {
        if (method === "GET" && path.endsWith("/contacts") && ++lists === 8) {
          for (const id of victims) portal.archive(contacts, id);
          portal.write(contacts, null, { email: "late@example.com" });
        }
        return false;
      },
    });
    const { rows } = await readAll(source({ reading: LANES }), "contacts", { fields: ["id"] });
    const ids = rows.map(([id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const after = [...recordsOf(portal, "contacts")].map(({ id }) => id);
    expect(new Set(ids)).toEqual(new Set([...ids.filter((id) => victims.includes(id!)), ...after]));
  });

  it("as pairs are, and go on within the pairs of one record", async () => {
    const { portal, source } = await lab({ counts: { contacts: 200, companies: 700 }, latencyMs: 25 });
    const object = "companies_to_contacts";
    const connector = source({ reading: LANES });
    const whole = await readAll(connector, object, { fields: PAIR_COLUMNS, batchSize: 13 });
    const sorted = (rows: readonly (readonly (string | null)[])[]) => rows.map(String).sort();
    const expected = pairTruth(portal, "companies", "contacts");
    expect(sorted(whole.rows)).toEqual(sorted(expected));
    expect(whole.rows).not.toEqual(expected);
    for (const stop of whole.stops.filter((_, index) => index % 9 === 4)) {
      const rest = await readAll(source(), object, { fields: PAIR_COLUMNS, from: stop.next });
      expect(rest.rows).toEqual(whole.rows.slice(stop.rows));
    }
    expect(await connector.count(object)).toBe(expected.length);
  });

  it("and in one, from the beginning, when it turns out not to be in the order of ids", async () => {
    const { portal, sim } = await lab(options);
    let pages = 0;
    const url = await liar(sim.url, (path, answer) => {
      if (/contacts\?limit=100/.test(path) && ++pages % 4 === 0) (answer.results as unknown[]).reverse();
    });
    const source = over(url, { reading: LANES, options: { apiPath: "2026-03" } });
    const { rows } = await readAll(source, "contacts", { fields: ["id", "email"], batchSize: 90 });
    expect(byId(rows)).toEqual(truth(portal, "contacts", ["id", "email"]));
    expect(pages).toBeGreaterThan(18);
    expect(await source.count("contacts", { exact: true })).toBe(rows.length);
  });
});
