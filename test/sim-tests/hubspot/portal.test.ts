/** The seeded portal: what it holds, and that the same seed holds the same. */
import { describe, expect, test } from "vitest";
import { createPortal } from "../../sim/hubspot/portal/index.ts";
import { associatedPairs, attachedFiles, mergedIds, records, sums } from "../../sim/hubspot/portal/truth.ts";
import type { ObjectType, Portal } from "../../sim/hubspot/portal/types.ts";

const SMALL = { seed: 5, records: 1000 };
const typeOf = (portal: Portal, name: string): ObjectType => {
  const type = portal.type(name);
  if (type === undefined) throw new Error(`No type ${name}`);
  return type;
};
const values = (portal: Portal, type: string, property: string): (string | null)[] =>
  [...records(portal, typeOf(portal, type))].map((record) => record.properties[property] ?? null);
const dump = (portal: Portal): string =>
  JSON.stringify(portal.types.map((type) => [type, portal.properties(type), [...records(portal, type)]]));

const portal = createPortal({ ...SMALL, unknownOptions: true });

describe("what a portal is made of", () => {
  test("the same seed gives the same portal, another seed another", () => {
    const first = dump(createPortal(SMALL));
    expect(dump(createPortal(SMALL))).toBe(first);
    expect(dump(createPortal({ ...SMALL, seed: 6 }))).not.toBe(first);
  });

  test("types by plural, singular, id, full and bare name", () => {
    const car = portal.type("car");
    expect(car).toMatchObject({ custom: true, name: `p${portal.account.portalId}_car` });
    expect(portal.type(car?.id ?? "")).toBe(car);
    expect(portal.type(car?.name ?? "")).toBe(car);
    expect(portal.type("0-1")).toBe(portal.type("contact"));
    expect(portal.type("CONTACTS")?.name).toBe("contacts");
    expect(portal.type("unheard_of")).toBeUndefined();
    expect(portal.types.map((type) => type.name)).toHaveLength(17);
    expect(createPortal({ ...SMALL, customObjects: false }).types).toHaveLength(15);
    expect(createPortal({ ...SMALL, customObjects: false }).schemas).toEqual([]);
  });

  test("about as many records as asked for, exactly as many of a type", () => {
    const all = portal.types.reduce(
      (sum, type) => sum + portal.count(type) + portal.count(type, { archived: true }),
      0,
    );
    expect(all).toBeGreaterThan(930);
    expect(all).toBeLessThan(1070);
    const exact = createPortal({ records: 300, counts: { contacts: 1234, deals: 17 } });
    expect(exact.count(typeOf(exact, "contacts"))).toBe(1234);
    expect([...records(exact, typeOf(exact, "contacts"))]).toHaveLength(1234);
    expect(exact.count(typeOf(exact, "deals"))).toBe(17);
  });

  test.each([0, 1, 2, 3, 9])("portals of %i records of each type", (number) => {
    const names = createPortal({ records: 1 }).types.map(({ name }) => name.replace(/^p\d+_/, ""));
    const few = createPortal({ counts: Object.fromEntries(names.map((name) => [name, number])) });
    expect(few.types).toHaveLength(17);
    for (const type of few.types) {
      expect([...records(few, type)]).toHaveLength(number);
      expect(few.count(type)).toBe(number);
      for (const to of few.types) {
        if (few.labels(type, to) === null) continue;
        const known = new Set([...records(few, to)].map(({ id }) => id));
        for (const { toId } of associatedPairs(few, type, to)) expect(known).toContain(toId);
      }
      expect(few.record(type, few.write(type, null, {}))?.archived).toBe(false);
      expect(few.count(type)).toBe(number + 1);
    }
  });

  test("lists go by numeric id, live and archived records add up, counts agree", () => {
    for (const type of portal.types) {
      for (const archived of [false, true]) {
        const found = [...records(portal, type, { archived })];
        expect(found.every((record) => record.archived === archived && (record.archivedAt !== null) === archived)).toBe(
          true,
        );
        expect(found).toHaveLength(portal.count(type, { archived }));
        const ids = found.map((record) => BigInt(record.id));
        expect(ids.every((id, at) => at === 0 || id > ids[at - 1]!)).toBe(true);
      }
      expect(portal.count(type, { archived: true })).toBeGreaterThan(0);
    }
  });

  test("a page goes on after any id, one that is gone or never was included", () => {
    const type = typeOf(portal, "contacts");
    const all = [...records(portal, type)].map((record) => record.id);
    const page = (after: string | null) => portal.list(type, { archived: false, after, limit: 3 }).map(({ id }) => id);
    expect(page(null)).toEqual(all.slice(0, 3));
    expect(page(all[2]!)).toEqual(all.slice(3, 6));
    expect(page(String(BigInt(all[3]!) - 1n))).toEqual(all.slice(3, 6));
    expect(page("2000000000")).toEqual(all.filter((id) => BigInt(id) > 2_000_000_000n).slice(0, 3));
    expect(page(all.at(-1)!)).toEqual([]);
    const lean = portal.list(type, { archived: false, after: null, limit: 1, lean: true });
    expect(Object.keys(lean[0]!.properties).sort()).toEqual(["createdate", "hs_object_id", "lastmodifieddate"]);
  });

  test("one number names records of several types, and the newest ids are above what a double holds", () => {
    const contacts = new Set([...records(portal, typeOf(portal, "contacts"))].map(({ id }) => id));
    const shared = (type: string) => [...records(portal, typeOf(portal, type))].filter(({ id }) => contacts.has(id));
    expect(shared("companies").length).toBeGreaterThan(10);
    expect(shared("deals").length).toBeGreaterThan(10);
    const large = [...contacts].filter((id) => BigInt(id) > 2n ** 53n);
    expect(large.length).toBeGreaterThan(2);
    expect(new Set(large.map(Number)).size).toBeLessThan(large.length);
  });

  test("a portal of 300,000 is made at once", () => {
    const before = performance.now();
    const large = createPortal({ seed: 2, records: 300_000 });
    const type = typeOf(large, "contacts");
    const page = large.list(type, { archived: false, after: "9007199254740993", limit: 2 });
    expect(page.map(({ id }) => id)).toEqual(["9007199254740994", "9007199254740995"]);
    expect(performance.now() - before).toBeLessThan(20_000);
  });
});

describe("values", () => {
  test("are strings or null and belong to a property of the type", () => {
    for (const type of portal.types) {
      const names = new Set(portal.properties(type).map(({ name }) => name));
      for (const record of records(portal, type)) {
        for (const [name, value] of Object.entries(record.properties)) {
          if (!names.has(name)) throw new Error(`${type.name}.${name} is no property`);
          if (value !== null && typeof value !== "string") throw new Error(`${type.name}.${name} is no string`);
        }
        expect(record.properties.hs_object_id).toBe(record.id);
        expect(record.properties[type.created]).toBe(record.createdAt);
        expect(record.properties[type.modified]).toBe(record.updatedAt);
      }
    }
  });

  test("of the kinds that go wrong elsewhere", () => {
    const some = (type: string, property: string, pattern: RegExp): void => {
      expect(
        values(portal, type, property).some((value) => value !== null && pattern.test(value)),
        `${type}.${property} like ${pattern}`,
      ).toBe(true);
    };
    some("contacts", "hs_predictivecontactscore_v2", /^0\.\d{50,}$/);
    some("contacts", "hs_predictivecontactscore_v2", /^1\.000000$/);
    some("contacts", "hs_date_entered_lead", /^1\d{12}$/);
    some("contacts", "createdate", /^2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    some("contacts", "createdate", /T\d\d:\d\d:\d\d\.\d{3}Z$/);
    some("contacts", "birthday", /^19\d\d-\d\d-\d\d$/);
    some("contacts", "birthday", /^-\d{11,12}$/);
    some("companies", "regions", /^;amer$/);
    some("deals", "hs_next_step", /^$/);
    some("contacts", "interests", /^\w+;\w+/);
    some("contacts", "hs_additional_emails", /@.*;.*@/);
    some("contacts", "customer_number", /^0\d{7}$/);
    some("companies", "hs_additional_domains", /;/);
    some("deals", "dealname", /\n/);
    some("deals", "hs_open_deal_create_date", /^0$/);
    some("deals", "amount", /^0$/);
    some("notes", "hs_note_body", /^<div.*<br>/s);
    some("notes", "hs_note_body", /^.{50000,}$/s);
    some("tasks", "hs_attachment_ids", /^\d+;\d+/);
    some("emails", "hs_email_headers", /^\{"from"/);
    for (const [type, property] of [
      ["contacts", "firstname"],
      ["contacts", "email"],
      ["companies", "name"],
      ["deals", "amount"],
      ["deals", "closedate"],
      ["tickets", "subject"],
      ["contacts", "hubspot_owner_id"],
    ] as const) {
      expect(values(portal, type, property), `${type}.${property}`).toContain(null);
    }
  });

  test("options are listed, but for what unknownOptions adds", () => {
    const strays = (of: Portal): string[] => {
      const found = new Set<string>();
      for (const type of of.types) {
        const stages = of.pipelines(type).flatMap((pipeline) => pipeline.stages as { id: string }[]);
        const listed = new Map<string, ReadonlySet<string>>();
        for (const { name, type: kind, options } of of.properties(type)) {
          const values = (options as readonly { value: string }[]).map(({ value }) => value);
          if (name === "dealstage" || name === "hs_pipeline_stage")
            listed.set(name, new Set(stages.map(({ id }) => id)));
          else if (kind === "enumeration" && values.length > 0) listed.set(name, new Set(values));
        }
        for (const { properties } of records(of, type)) {
          for (const [name, known] of listed) {
            for (const value of properties[name]?.split(";") ?? [])
              if (value !== "" && !known.has(value)) found.add(`${name}=${value}`);
          }
        }
      }
      return [...found].sort();
    };
    expect(strays(createPortal(SMALL))).toEqual([]);
    expect(strays(portal)).toEqual(
      expect.arrayContaining([
        "dealtype=partner_deal",
        "dealstage=99999999",
        "hs_lead_status=LEGACY_STATUS",
        "industry=BLOCKCHAIN_AND_CRYPTO",
        "lifecyclestage=38820116",
        "vip_level=platinum",
      ]),
    );
  });

  test("several currencies, or one", () => {
    expect(new Set(values(portal, "deals", "deal_currency_code"))).toEqual(new Set(["USD", "EUR", "GBP", "JPY"]));
    const one = createPortal({ ...SMALL, multiCurrency: false });
    expect(one.properties(typeOf(one, "deals")).some(({ name }) => name === "deal_currency_code")).toBe(false);
    expect(new Set(values(one, "line_items", "hs_line_item_currency_code"))).toEqual(new Set(["USD"]));
  });

  test("sums are exact and add up over groups", () => {
    const deals = typeOf(portal, "deals");
    const byHand = values(portal, "deals", "amount").map((text) => {
      const [whole = "0", fraction = ""] = (text ?? "0").split(".");
      return BigInt(whole) * 1_000_000n + BigInt(fraction.padEnd(6, "0"));
    });
    const total = sums(portal, deals, "amount").get("") ?? "";
    const [whole = "", fraction = ""] = total.split(".");
    expect(BigInt(whole + fraction.padEnd(6, "0"))).toBe(byHand.reduce((sum, value) => sum + value, 0n));
    const grouped = [...sums(portal, deals, "amount", "deal_currency_code").values()];
    expect(grouped).toHaveLength(4);
    expect(sums(portal, typeOf(portal, "contacts"), "hs_predictivecontactscore_v2").get("")).toMatch(/^\d+\.\d{50,}$/);
  });
});

describe("around the records", () => {
  test("definitions are shaped as recorded", () => {
    const contacts = portal.properties(typeOf(portal, "contacts"));
    const named = (name: string) => contacts.find((property) => property.name === name);
    expect(contacts.length).toBeGreaterThan(100);
    expect(new Set(contacts.map(({ name }) => name)).size).toBe(contacts.length);
    expect(named("hubspot_owner_id")).toMatchObject({
      type: "enumeration",
      options: [],
      externalOptions: true,
      referencedObjectType: "OWNER",
      modificationMetadata: { readOnlyValue: false },
    });
    expect(named("email")).toMatchObject({ hasUniqueValue: false, formField: true });
    expect(named("annualrevenue")?.type).toBe("string");
    expect(named("hs_clicked_linkedin_ad")).toMatchObject({ type: "enumeration", fieldType: "booleancheckbox" });
    expect(named("hs_count_is_unworked")).toMatchObject({
      fieldType: "calculation_equation",
      calculated: false,
      modificationMetadata: { readOnlyValue: true },
    });
    expect((named("favourite_store")!.options as unknown[]).length).toBeGreaterThan(1500);
    expect(named("tax_id")?.dataSensitivity).toBe("sensitive");
    expect(named("health_notes")?.dataSensitivity).toBe("highly_sensitive");
    expect(named("old_score")).toMatchObject({ archived: true, archivedAt: expect.any(String) });
    expect(named("firstname")).not.toHaveProperty("referencedObjectType");
  });

  test("owners: deactivated ones have no user id, old ones another than their own, queues no e-mail", () => {
    const people = portal.owners.filter(({ type }) => type === "PERSON");
    const archived = people.filter((owner) => owner.archived);
    expect(archived.length).toBeGreaterThan(0);
    expect(archived.every((owner) => owner.userId === null && owner.userIdIncludingInactive !== null)).toBe(true);
    const active = people.filter((owner) => !owner.archived);
    expect(active.some((owner) => owner.id !== String(owner.userId))).toBe(true);
    expect(active.some((owner) => owner.id === String(owner.userId))).toBe(true);
    expect(portal.owners.filter(({ type }) => type === "QUEUE").every(({ email }) => email === null)).toBe(true);
    expect(new Set(portal.owners.map(({ id }) => id)).size).toBe(portal.owners.length);
    const ids = new Set(portal.owners.map(({ id }) => id));
    const used = values(portal, "deals", "hubspot_owner_id").filter((id) => id !== null);
    expect(used.every((id) => ids.has(id))).toBe(true);
    expect(used.some((id) => archived.some((owner) => owner.id === id))).toBe(true);
  });

  test("pipelines: several for deals, words, numbers and UUIDs as ids", () => {
    const stages = portal
      .pipelines(typeOf(portal, "deals"))
      .flatMap((pipeline) => pipeline.stages as { id: string; metadata: Record<string, string> }[]);
    expect(new Set(stages.map(({ id }) => id)).size).toBe(16);
    for (const pattern of [/^closedwon$/, /^\d+$/, /^[0-9a-f]{8}-/]) {
      expect(stages.some(({ id }) => pattern.test(id))).toBe(true);
    }
    expect(stages[0]?.metadata).toEqual({ isClosed: "false", probability: "0.2" });
    expect(portal.pipelines(typeOf(portal, "contacts"))).toEqual([]);
    expect(portal.pipelines(typeOf(portal, "car"))).toHaveLength(1);
    const used = new Set(values(portal, "deals", "pipeline"));
    expect(used.size).toBe(3);
  });

  test("schemas describe the custom objects, with their properties as they are now", () => {
    const own = createPortal(SMALL);
    const car = typeOf(own, "car");
    expect(own.schemas.map(({ fullyQualifiedName }) => fullyQualifiedName)).toEqual([
      car.name,
      typeOf(own, "service_visit").name,
    ]);
    expect(own.schemas[0]).toMatchObject({ name: "car", objectTypeId: car.id, primaryDisplayProperty: "model" });
    own.defineProperty(car, "plate", null);
    const names = (own.schemas[0]!.properties as { name: string }[]).map(({ name }) => name);
    expect(names).toContain("model");
    expect(names).not.toContain("plate");
  });

  test("attached files: most are there, some hidden, some gone", () => {
    const ids = [...attachedFiles(portal)];
    const files = ids.map((id) => portal.file(id));
    expect(ids.length).toBeGreaterThan(30);
    expect(files.some((file) => file === undefined)).toBe(true);
    expect(files.filter((file) => file !== undefined).length).toBeGreaterThan(ids.length * 0.8);
    expect(files.some((file) => file?.access === "HIDDEN_PRIVATE")).toBe(true);
    expect(portal.file("1")).toBeUndefined();
    expect(portal.file("nonsense")).toBeUndefined();
  });

  test("ids that were merged away lead to the survivor and are listed nowhere", () => {
    for (const name of ["contacts", "companies", "deals", "tickets"]) {
      const type = typeOf(portal, name);
      const merged = mergedIds(portal, type);
      expect(merged.size).toBeGreaterThan(0);
      const listed = new Set([...records(portal, type)].map(({ id }) => id));
      for (const [old, survivor] of merged) {
        expect(listed.has(old)).toBe(false);
        expect(portal.record(type, old)?.id).toBe(survivor);
      }
    }
    expect(portal.record(typeOf(portal, "contacts"), "3")).toBeUndefined();
  });
});
