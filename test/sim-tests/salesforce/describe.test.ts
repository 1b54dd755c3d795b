import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { needsShared, sharedDir } from "../../helpers/shared.ts";
import { type SalesforceSim, startSalesforce } from "../../sim/salesforce/index.ts";
import { type Client, client } from "./client.ts";

type Json = Record<string, unknown>;
interface Describe extends Json {
  fields: (Json & { name: string; picklistValues: Json[] })[];
  recordTypeInfos: Json[];
  childRelationships: Json[];
}

let sim: SalesforceSim;
let org: Client;
beforeAll(async () => {
  sim = await startSalesforce({
    records: 500,
    hide: { Contact: ["Birthdate"], Quote: "*" },
    features: { stateCountry: false },
  });
  org = client(sim);
});
afterAll(() => sim.close());

const recorded = (name: string): Describe =>
  JSON.parse(readFileSync(`${sharedDir()}/fixtures/salesforce/cumulusci/describe_${name}.json`, "utf8"));

/** Keys that mean something to a reader and must be those of a real org. */
const MEANING = [
  "type",
  "soapType",
  "length",
  "precision",
  "scale",
  "digits",
  "compoundFieldName",
  "relationshipName",
  "calculated",
  "custom",
  "namePointing",
  "polymorphicForeignKey",
  "filterable",
  "sortable",
  "nameField",
  "autoNumber",
];

describe.skipIf(sharedDir() === null)(needsShared("describe answers as recorded"), () => {
  it.each(["Account", "Contact", "Lead", "Opportunity", "Case", "Event", "OpportunityContactRole"])(
    "%s",
    async (name) => {
      const real = recorded(name);
      const ours = await org.json<Describe>(`sobjects/${name}/describe`);
      expect(Object.keys(real).filter((key) => !(key in ours))).toEqual([]);
      const keys = Object.keys(real.fields[0]!).sort();
      expect(keys).toHaveLength(57);
      for (const field of ours.fields) expect(Object.keys(field).sort(), field.name).toEqual(keys);
      expect(Object.keys(ours.recordTypeInfos[0]!).sort()).toEqual(
        Object.keys(recorded("Account").recordTypeInfos[0]!).sort(),
      );
      expect(Object.keys(ours.childRelationships[0] ?? real.childRelationships[0] ?? {}).sort()).toEqual(
        Object.keys(real.childRelationships[0] ?? {}).sort(),
      );
      const differ = ours.fields.flatMap((field) => {
        const same = real.fields.find((other) => other.name === field.name);
        if (same === undefined) return [];
        const wrong = MEANING.filter((key) => same[key] !== field[key]);
        const strange = (field.referenceTo as string[]).filter(
          (to) => !(same.referenceTo as string[]).includes(to) && !to.endsWith("__c") && to !== "Quote",
        );
        return [
          ...wrong.map((key) => `${field.name}.${key}: ${String(same[key])} is ours ${String(field[key])}`),
          ...strange.map((to) => `${field.name} -> ${to}`),
        ];
      });
      expect(differ).toEqual([]);
    },
  );

  it("the list of objects", async () => {
    const real = recorded("global") as unknown as { sobjects: Json[] };
    const ours = await org.json<{ encoding: string; maxBatchSize: number; sobjects: Json[] }>("sobjects");
    expect([ours.encoding, ours.maxBatchSize]).toEqual(["UTF-8", 200]);
    const keys = Object.keys(real.sobjects[0]!).sort();
    for (const entry of ours.sobjects) expect(Object.keys(entry).sort()).toEqual(keys);
  });
});

test("what the user may not see is absent", async () => {
  const contact = await org.json<Describe>("sobjects/Contact/describe");
  expect(contact.fields.some((field) => field.name === "Birthdate")).toBe(false);
  const { sobjects } = await org.json<{ sobjects: { name: string }[] }>("sobjects");
  expect(sobjects.some(({ name }) => name === "Quote")).toBe(false);
  expect((await org.request("sobjects/Quote/describe")).status).toBe(404);
  expect((await org.refused("SELECT Birthdate FROM Contact")).errorCode).toBe("INVALID_FIELD");
  expect((await org.refused("SELECT Id FROM Quote")).errorCode).toBe("INVALID_TYPE");
  const row = await org.json(`sobjects/Contact/${sim.org.world.id("Contact", 0)}`);
  expect("Birthdate" in row).toBe(false);
});

test("an org without a feature has no object for it", async () => {
  const plain = await startSalesforce({
    records: 500,
    features: { quotes: false, personAccounts: false, multiCurrency: false, contactsToMultipleAccounts: false },
  });
  const names = (await client(plain).json<{ sobjects: { name: string }[] }>("sobjects")).sobjects.map(
    ({ name }) => name,
  );
  expect(names).not.toContain("Quote");
  expect(names).not.toContain("AccountContactRelation");
  const account = await client(plain).json<Describe>("sobjects/Account/describe");
  const fields = account.fields.map((field) => field.name);
  expect(fields.filter((name) => name === "CurrencyIsoCode" || name.startsWith("Person"))).toEqual([]);
  await plain.close();
});

test("dependent picklists: each state code belongs to one country", async () => {
  const full = await startSalesforce({ records: 500 });
  const { fields } = await client(full).json<Describe>("sobjects/Account/describe");
  const states = fields.find((field) => field.name === "BillingStateCode")!;
  const countries = fields
    .find((field) => field.name === states.controllerName)!
    .picklistValues.map((value) => value.value);
  const decoded = states.picklistValues.map((value) => {
    const bits = Buffer.from(value.validFor as string, "base64");
    return [value.value, countries.filter((_, at) => ((bits[at >> 3]! >> (7 - (at & 7))) & 1) === 1)];
  });
  expect(Object.fromEntries(decoded)).toEqual({ MA: ["US"], NY: ["US"], CA: ["US"], ON: ["CA"], SP: ["BR"] });
  await full.close();
});

test("an inactive picklist value is in the data, not in describe", async () => {
  const { fields } = await org.json<Describe>("sobjects/Account/describe");
  expect(fields.find((field) => field.name === "Customer_Rank__c")!.picklistValues.map((value) => value.value)).toEqual(
    ["High", "Medium", "Low"],
  );
});
