/** Edits of a portal: writes, archives, merges, associations, drift of definitions. */
import { beforeEach, describe, expect, test } from "vitest";
import { createPortal } from "../../sim/hubspot/portal/index.ts";
import { associatedPairs, records } from "../../sim/hubspot/portal/truth.ts";
import type { ObjectType, Portal } from "../../sim/hubspot/portal/types.ts";

let portal: Portal;
let contacts: ObjectType;
let companies: ObjectType;
let deals: ObjectType;
let ids: readonly string[];

beforeEach(() => {
  portal = createPortal({ seed: 3, records: 600 });
  [contacts, companies, deals] = ["contacts", "companies", "deals"].map((name) => portal.type(name)!) as [
    ObjectType,
    ObjectType,
    ObjectType,
  ];
  ids = [...records(portal, contacts)].map(({ id }) => id);
});

const partners = (id: string): string[] =>
  portal.associations(contacts, id, companies)!.map(({ toId, types }) => `${toId}:${types.map((type) => type.typeId)}`);

describe("records", () => {
  test("a new one comes last, above all ids, and is counted", () => {
    const at = Date.UTC(2026, 10, 20, 8, 0, 0);
    const id = portal.write(contacts, null, { email: "new@x.example", firstname: null }, { at });
    expect(BigInt(id)).toBeGreaterThan(BigInt(ids.at(-1)!));
    expect(portal.record(contacts, id)).toEqual({
      id,
      properties: {
        email: "new@x.example",
        firstname: null,
        hs_object_id: id,
        createdate: "2026-11-20T08:00:00Z",
        lastmodifieddate: "2026-11-20T08:00:00Z",
      },
      createdAt: "2026-11-20T08:00:00Z",
      updatedAt: "2026-11-20T08:00:00Z",
      archived: false,
      archivedAt: null,
      visibleAt: at + 2000,
    });
    expect([...records(portal, contacts)].at(-1)?.id).toBe(id);
    expect(portal.count(contacts)).toBe(ids.length + 1);
    expect(portal.associations(contacts, id, companies)).toEqual([]);
    const next = portal.write(contacts, null, {});
    expect(BigInt(next)).toBeGreaterThan(BigInt(id));
  });

  test("types without ids above 2^53 get new ids too", () => {
    const leads = portal.type("leads")!;
    const made = [0, 1, 2].map(() => portal.write(leads, null, {}));
    expect(made.every((id) => portal.record(leads, id)?.id === id)).toBe(true);
    expect([...records(portal, leads)].slice(-3).map(({ id }) => id)).toEqual(made);
  });

  test("a change touches what it names and the times", () => {
    const before = portal.record(contacts, ids[4]!)!;
    portal.write(contacts, ids[4]!, { phone: "1" }, { at: Date.UTC(2027, 0, 1) + 5, visibleAt: 7 });
    const after = portal.record(contacts, ids[4]!)!;
    expect(after).toEqual({
      ...before,
      properties: { ...before.properties, phone: "1", lastmodifieddate: "2027-01-01T00:00:00.005Z" },
      updatedAt: "2027-01-01T00:00:00.005Z",
      visibleAt: 7,
    });
  });

  test("archived: gone from the list, found in the archive, without associations on either side", () => {
    const [company] = [...records(portal, companies)].map(({ id }) => id);
    const staff = portal.associations(companies, company!, contacts)!.map(({ toId }) => toId);
    const archivedBefore = portal.count(contacts, { archived: true });
    portal.archive(contacts, staff[0]!);
    expect(portal.count(contacts)).toBe(ids.length - 1);
    expect(portal.count(contacts, { archived: true })).toBe(archivedBefore + 1);
    expect(portal.record(contacts, staff[0]!)).toMatchObject({ archived: true, archivedAt: expect.any(String) });
    expect([...records(portal, contacts, { archived: true })].map(({ id }) => id)).toContain(staff[0]);
    expect(portal.associations(contacts, staff[0]!, companies)).toEqual([]);
    expect(portal.associations(companies, company!, contacts)!.map(({ toId }) => toId)).toEqual(staff.slice(1));
  });

  test("erased: never seen again", () => {
    portal.erase(contacts, ids[5]!);
    expect(portal.record(contacts, ids[5]!)).toBeUndefined();
    expect(portal.count(contacts)).toBe(ids.length - 1);
    for (const archived of [false, true]) {
      expect([...records(portal, contacts, { archived })].map(({ id }) => id)).not.toContain(ids[5]);
    }
  });

  test("merged: a new record with the ids, values and associations of both", () => {
    const [winner, loser] = [ids[8]!, ids[9]!];
    const [kept, lost] = [portal.record(contacts, winner)!, portal.record(contacts, loser)!];
    portal.write(contacts, winner, { message: null });
    portal.write(contacts, loser, { message: "only here" });
    const both = new Set([...partners(winner), ...partners(loser)].map((text) => text.split(":")[0]));
    const id = portal.merge(contacts, winner, loser);
    expect(portal.record(contacts, winner)?.id).toBe(id);
    expect(portal.record(contacts, loser)?.id).toBe(id);
    expect(portal.count(contacts)).toBe(ids.length - 1);
    const { properties } = portal.record(contacts, id)!;
    expect(properties).toMatchObject({
      email: kept.properties.email,
      message: "only here",
      hs_merged_object_ids: `${winner};${loser}`,
    });
    expect(properties.hs_additional_emails?.split(";")).toContain(lost.properties.email);
    expect(new Set(partners(id).map((text) => text.split(":")[0]))).toEqual(both);
    for (const company of both) {
      const back = portal.associations(companies, company!, contacts)!.map(({ toId }) => toId);
      expect(back).toContain(id);
      expect(back).not.toContain(winner);
      expect(back).not.toContain(loser);
    }
    const again = portal.merge(contacts, id, ids[10]!);
    expect(portal.record(contacts, loser)?.id).toBe(again);
    expect(portal.record(contacts, again)?.properties.hs_merged_object_ids).toBe(`${winner};${loser};${id};${ids[10]}`);
  });
});

describe("associations", () => {
  const label = { category: "USER_DEFINED", typeId: 3, label: "Contractor of" } as const;
  const plain = { category: "HUBSPOT_DEFINED", typeId: 279, label: null } as const;

  test("added and removed on both sides, with the label of each side, without a change of the record", () => {
    const free = [...records(portal, companies)].map(({ id }) => id).at(-1)!;
    const updated = portal.record(contacts, ids[11]!)?.updatedAt;
    portal.associate(contacts, ids[11]!, companies, free, [plain, label]);
    expect(portal.associations(contacts, ids[11]!, companies)).toContainEqual({ toId: free, types: [plain, label] });
    expect(portal.associations(companies, free, contacts)).toContainEqual({
      toId: ids[11],
      types: [
        { category: "HUBSPOT_DEFINED", typeId: 280, label: null },
        { category: "USER_DEFINED", typeId: 4, label: "Contractor" },
      ],
    });
    expect(portal.record(contacts, ids[11]!)?.updatedAt).toBe(updated);
    portal.dissociate(companies, free, contacts, ids[11]!);
    expect(partners(ids[11]!).some((text) => text.startsWith(`${free}:`))).toBe(false);
  });

  test("a seeded one can be removed", () => {
    const [pair] = associatedPairs(portal, deals, companies);
    portal.dissociate(deals, pair!.fromId, companies, pair!.toId);
    expect(portal.associations(deals, pair!.fromId, companies)!.map(({ toId }) => toId)).not.toContain(pair!.toId);
    expect(portal.associations(companies, pair!.toId, deals)!.map(({ toId }) => toId)).not.toContain(pair!.fromId);
  });

  test("a label that was not there before is listed", () => {
    const own = { category: "USER_DEFINED", typeId: 901, label: "Godparent" } as const;
    const [company] = records(portal, companies);
    portal.associate(contacts, ids[2]!, companies, company!.id, [own]);
    expect(portal.labels(contacts, companies)).toContainEqual(own);
    expect(portal.labels(companies, contacts)).toContainEqual(own);
  });
});

describe("definitions", () => {
  test("a property that is removed takes its values with it; a new one has none", () => {
    const email = portal.properties(contacts).find(({ name }) => name === "email")!;
    portal.write(contacts, ids[0]!, { email: "x@y.example" });
    portal.defineProperty(contacts, "email", null);
    expect(portal.properties(contacts).map(({ name }) => name)).not.toContain("email");
    expect(portal.record(contacts, ids[0]!)?.properties).not.toHaveProperty("email");
    portal.defineProperty(contacts, "mail", { ...email, name: "mail" });
    expect(portal.properties(contacts).map(({ name }) => name)).toContain("mail");
    expect(portal.record(contacts, ids[0]!)?.properties.mail ?? null).toBeNull();
  });

  test("renamed: the definition moves, the values with it", () => {
    const phone = portal.properties(contacts).find(({ name }) => name === "phone")!;
    const values = [...records(portal, contacts)].map(({ properties }) => properties.phone ?? null);
    portal.defineProperty(contacts, "phone", { ...phone, name: "telephone" });
    expect(portal.properties(contacts).map(({ name }) => name)).not.toContain("phone");
    const after = [...records(portal, contacts)];
    expect(after.map(({ properties }) => properties.telephone ?? null)).toEqual(values);
    expect(after.every(({ properties }) => !("phone" in properties))).toBe(true);
  });

  test("pipelines are replaced whole", () => {
    portal.definePipelines(deals, [{ id: "only", label: "Only", stages: [] }]);
    expect(portal.pipelines(deals)).toEqual([{ id: "only", label: "Only", stages: [] }]);
  });
});
