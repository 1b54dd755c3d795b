import { describe, expect, test } from "vitest";
import { isId, Org } from "./org-helpers.ts";

const org = new Org({ seed: 1, records: 6000 });

describe("the seeded org", () => {
  test("is the same for the same seed and another for another", () => {
    const rows = (seed: number) => JSON.stringify([...new Org({ seed, records: 2000 }).truth("Opportunity")]);
    expect(rows(1)).toBe(rows(1));
    expect(rows(1)).not.toBe(rows(2));
  });

  test("has about the number of records asked for, and exact ones where asked", () => {
    let total = 0;
    for (const name of org.tables.keys()) total += org.count(name, { deleted: true });
    expect(total).toBeGreaterThan(5700);
    expect(total).toBeLessThan(7800);
    const exact = new Org({ records: 1000, counts: { Lead: 777 } });
    expect(exact.count("Lead", { deleted: true })).toBe(777);
  });

  test("every reference leads to a row of a named object, and live rows only to live ones", () => {
    const wrong: string[] = [];
    for (const [name, { object }] of org.tables) {
      const references = object.fields.filter((field) => field.type === "reference");
      for (const row of org.truth(name, { deleted: true })) {
        for (const field of references) {
          const id = row[field.name];
          if (typeof id !== "string") continue;
          const at = org.find(id);
          const place = `${name}.${field.name} ${String(row.Id)} -> ${id}`;
          if (!isId(id) || at === null) wrong.push(`${place}: nothing`);
          else if (!field.referenceTo.includes(at.table.object.name)) wrong.push(`${place}: ${at.table.object.name}`);
          else if (row.IsDeleted === false && org.row(id)!.IsDeleted === true) wrong.push(`${place}: deleted`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  test("no text is longer than its field, no number finer than its scale", () => {
    const wrong: string[] = [];
    for (const [name, { object }] of org.tables) {
      for (const row of org.truth(name, { deleted: true })) {
        for (const field of object.fields) {
          const value = row[field.name];
          if (typeof value === "string" && field.length > 0 && value.length > field.length)
            wrong.push(`${name}.${field.name}: ${value}`);
          if (typeof value === "number" && Number(value.toFixed(field.scale)) !== value)
            wrong.push(`${name}.${field.name}: ${value}`);
          if (value === null && !field.nillable) wrong.push(`${name}.${field.name}: null`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  test("person accounts have one shadow contact each, with the same name", () => {
    const people = [...org.truth("Account", { deleted: true })].filter((row) => row.IsPersonAccount === true);
    expect(people.length).toBeGreaterThan(20);
    for (const person of people) {
      const shadow = org.row(person.PersonContactId as string)!;
      expect([shadow.IsPersonAccount, shadow.AccountId, shadow.Name]).toEqual([true, person.Id, person.Name]);
    }
    expect(org.count("Contact", { where: (row) => row("IsPersonAccount") === true })).toBe(people.length);
  });

  test("holds what a migration meets", () => {
    const has = (object: string, where: (row: (field: string) => unknown) => boolean, deleted = false) =>
      org.count(object, { deleted, where });
    expect(has("Account", (row) => row("MasterRecordId") !== null, true)).toBeGreaterThan(1);
    expect(has("Account", (row) => row("IsDeleted") === true && row("MasterRecordId") === null, true)).toBeGreaterThan(
      1,
    );
    expect(has("Account", (row) => row("ParentId") !== null)).toBeGreaterThan(50);
    expect(has("Contact", (row) => row("AccountId") === null)).toBeGreaterThan(5);
    expect(has("User", (row) => row("IsActive") === false)).toBeGreaterThan(1);
    expect(has("User", (row) => row("ProfileId") === null)).toBe(2);
    expect(has("Lead", (row) => row("ConvertedContactId") !== null)).toBeGreaterThan(50);
    expect(has("Lead", (row) => String(row("OwnerId")).startsWith("00G"))).toBeGreaterThan(10);
    expect(has("Opportunity", (row) => row("AccountId") === null)).toBeGreaterThan(10);
    expect(has("Task", (row) => String(row("WhatId")).startsWith("a00"))).toBeGreaterThan(10);
    expect(has("Task", (row) => row("IsArchived") === true)).toBe(0);
    expect(has("Task", (row) => row("IsArchived") === true, true)).toBeGreaterThan(10);
    expect(has("Event", (row) => String(row("StartDateTime")).startsWith("3156"))).toBe(1);
    expect(has("OpportunityContactRole", (row) => row("IsPrimary") === true)).toBeGreaterThan(10);
    expect(has("AccountContactRelation", (row) => row("IsDirect") === false)).toBeGreaterThan(10);
    expect(has("CampaignMember", (row) => row("LeadId") !== null)).toBeGreaterThan(10);
    expect(Object.keys(org.sums("Opportunity", "Amount", { by: "CurrencyIsoCode" }))).toEqual([
      "EUR",
      "GBP",
      "JPY",
      "USD",
    ]);
  });

  test("line items add up to their opportunity", () => {
    const lines = new Map<unknown, number>();
    for (const line of org.truth("OpportunityLineItem", { deleted: true })) {
      lines.set(
        line.OpportunityId,
        (lines.get(line.OpportunityId) ?? 0) + Math.round((line.TotalPrice as number) * 100),
      );
    }
    for (const row of org.truth("Opportunity", { deleted: true })) {
      if (row.HasOpportunityLineItem === true) expect(Math.round((row.Amount as number) * 100)).toBe(lines.get(row.Id));
      else expect(lines.has(row.Id)).toBe(false);
    }
  });

  test("campaign members and account contact relations are unique pairs", () => {
    for (const [object, ...keys] of [
      ["CampaignMember", "CampaignId", "LeadId", "ContactId"],
      ["AccountContactRelation", "AccountId", "ContactId"],
    ] as const) {
      const pairs = [...org.truth(object)].map((row) => keys.map((key) => row[key]).join());
      expect(pairs.length - new Set(pairs).size, object).toBe(0);
    }
  });
});

test("edits show in truth and count", () => {
  const own = new Org({ records: 1000, now: () => Date.UTC(2026, 10, 20) });
  const [first] = own.truth("Account");
  const before = own.count("Account");
  own.update(first!.Id as string, { Name: "Renamed" });
  const added = own.insert("Account", { Name: "New", IsDeleted: false, OwnerId: own.userId });
  expect(own.count("Account")).toBe(before + 1);
  expect(own.row(added)).toMatchObject({ Id: added, Name: "New", SystemModstamp: "2026-11-20T00:00:00.000Z" });
  expect([...own.truth("Account")][0]).toMatchObject({ Name: "Renamed", SystemModstamp: "2026-11-20T00:00:00.000Z" });
  own.remove(added);
  expect([own.count("Account"), own.count("Account", { deleted: true })]).toEqual([
    before,
    own.count("Account", { deleted: true }),
  ]);
  own.purge(first!.Id as string);
  expect(own.count("Account")).toBe(before - 1);
});
