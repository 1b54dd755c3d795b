/** The seeded portal's associations: the same from both sides, with the types and labels that HubSpot has. */
import { describe, expect, test } from "vitest";
import { createPortal } from "../../sim/hubspot/portal/index.ts";
import { associatedPairs, labelledRows, records } from "../../sim/hubspot/portal/truth.ts";
import type { ObjectType } from "../../sim/hubspot/portal/types.ts";

const portal = createPortal({ seed: 9, records: 1400 });
const typeOf = (name: string): ObjectType => {
  const type = portal.type(name);
  if (type === undefined) throw new Error(`No type ${name}`);
  return type;
};
const [contacts, companies, deals, leads, lines] = ["contacts", "companies", "deals", "leads", "line_items"].map(
  typeOf,
) as [ObjectType, ObjectType, ObjectType, ObjectType, ObjectType];
const tie = (from: string, to: string): string => `${from}/${to}`;

describe("associations", () => {
  test("every pair is seen from both sides, where both sides exist", () => {
    let pairs = 0;
    for (const from of portal.types) {
      for (const to of portal.types) {
        if (portal.labels(from, to) === null || portal.labels(to, from) === null) continue;
        const there = [...associatedPairs(portal, from, to)].map(({ fromId, toId }) => tie(fromId, toId));
        const back = [...associatedPairs(portal, to, from)].map(({ fromId, toId }) => tie(toId, fromId));
        expect(new Set(there).size, `${from.name} to ${to.name}`).toBe(there.length);
        expect(there.sort(), `${from.name} to ${to.name}`).toEqual(back.sort());
        pairs += there.length;
      }
    }
    expect(pairs).toBeGreaterThan(3000);
  });

  test("only live records are associated, in the order of their ids", () => {
    const live = new Set([...records(portal, companies)].map(({ id }) => id));
    for (const record of records(portal, contacts)) {
      const ids = portal.associations(contacts, record.id, companies)!.map(({ toId }) => toId);
      expect(ids.every((id) => live.has(id))).toBe(true);
      expect(ids).toEqual([...ids].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1)));
    }
    for (const record of records(portal, contacts, { archived: true })) {
      expect(portal.associations(contacts, record.id, companies)).toEqual([]);
    }
  });

  test("the types used are the ones that the labels name", () => {
    const strays = new Set<string>();
    for (const from of portal.types) {
      for (const to of portal.types) {
        const labels = portal.labels(from, to);
        if (labels === null) continue;
        const known = new Set(labels.map((type) => JSON.stringify(type)));
        for (const { types, fromId, toId } of associatedPairs(portal, from, to)) {
          if (types.length === 0) strays.add(tie(fromId, toId));
          for (const type of types) if (!known.has(JSON.stringify(type))) strays.add(JSON.stringify(type));
        }
      }
    }
    expect([...strays]).toEqual([]);
  });

  test("a contact's company: unlabelled and Primary, labels on top, one type twice now and then", () => {
    const pairs = [...associatedPairs(portal, contacts, companies)];
    const shapes = new Set(pairs.map(({ types }) => types.map(({ typeId }) => typeId).join(",")));
    expect(shapes).toContain("279,1");
    expect(shapes).toContain("279,1,279");
    expect(shapes).toContain("279,1,19,13");
    expect(shapes).toContain("279,3");
    expect(portal.labels(contacts, companies)).toContainEqual({
      category: "INTEGRATOR_DEFINED",
      typeId: 41,
      label: "Ledger contact of",
    });
    const primaries = new Map<string, string>();
    for (const { fromId, toId, types } of pairs) {
      if (!types.some(({ typeId, category }) => typeId === 1 && category === "HUBSPOT_DEFINED")) continue;
      expect(primaries.has(fromId)).toBe(false);
      primaries.set(fromId, toId);
    }
    for (const { id, properties } of records(portal, contacts)) {
      expect(properties.associatedcompanyid ?? undefined).toBe(primaries.get(id));
    }
  });

  test("paired labels have another name in each direction", () => {
    const label = (from: ObjectType, to: ObjectType, typeId: number) =>
      portal.labels(from, to)?.find((type) => type.category === "USER_DEFINED" && type.typeId === typeId)?.label;
    expect([label(contacts, companies, 3), label(companies, contacts, 4)]).toEqual(["Contractor of", "Contractor"]);
    expect(portal.labels(companies, companies)?.map((type) => type.label)).toEqual([
      null,
      "Parent Company",
      "Reseller of",
      "Child Company",
      "Reseller",
    ]);
  });

  test("a parent company by property is one by association", () => {
    const parents = new Map<string, string>();
    for (const { fromId, toId, types } of associatedPairs(portal, companies, companies)) {
      if (types.some(({ label }) => label === "Parent Company")) parents.set(fromId, toId);
    }
    expect(parents.size).toBeGreaterThan(30);
    for (const { id, properties } of records(portal, companies)) {
      expect(properties.hs_parent_company_id ?? undefined).toBe(parents.get(id));
    }
  });

  test("leads know their deals, deals not their leads; unrelated types cannot be associated", () => {
    expect([...associatedPairs(portal, leads, deals)].length).toBeGreaterThan(3);
    expect(portal.labels(deals, leads)).toBeNull();
    const [deal] = portal.list(deals, { archived: false, after: null, limit: 1 });
    expect(portal.associations(deals, deal!.id, leads)).toBeNull();
    expect(portal.associations(deals, deal!.id, typeOf("products"))).toBeNull();
  });

  test("the largest company and the largest deal", () => {
    const [company] = portal.list(companies, { archived: false, after: null, limit: 1 });
    const [deal] = portal.list(deals, { archived: false, after: null, limit: 1 });
    expect(portal.associations(companies, company!.id, contacts)!.length).toBeGreaterThan(190);
    expect(portal.associations(deals, deal!.id, lines)!.length).toBeGreaterThan(80);
    const large = createPortal({ records: 60_000, largest: { companyContacts: 7000 } });
    const firstOf = (name: string) =>
      large.list(large.type(name)!, { archived: false, after: null, limit: 1 })[0]?.id ?? "";
    const staff = large.associations(large.type("companies")!, firstOf("companies"), large.type("contacts")!)!;
    expect(staff.filter(({ types }) => types.some(({ label }) => label === "Primary"))).toHaveLength(7000);
    expect(large.associations(large.type("deals")!, firstOf("deals"), large.type("line_items")!)).toHaveLength(350);
  });

  test("rows by label: Primary marks, unlabelled only where nothing else is", () => {
    const rows = [...labelledRows(portal, contacts, companies)];
    const of = (label: string | null) => rows.filter((row) => row.label === label);
    expect(of("Primary")).toEqual([]);
    expect(of(null).every(({ typeId }) => typeId === 279)).toBe(true);
    expect(of("Decision maker").some(({ primary }) => primary)).toBe(true);
    expect(of("Contractor of").some(({ primary }) => !primary)).toBe(true);
    const keys = rows.map((row) => `${row.fromId}:${row.toId}:${row.typeId}`);
    expect(new Set(keys).size).toBe(keys.length);
  });
});
