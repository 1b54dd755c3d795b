import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { DescribedObject, ListedObject } from "../../../connectors/salesforce/client.ts";
import { readable, scopeOf, usual } from "../../../connectors/salesforce/objects.ts";
import { usualPaths } from "../../../connectors/salesforce/relations.ts";
import { sourceObject } from "../../../connectors/salesforce/schema.ts";
import { FIELD_TYPES } from "../../../core/schema.ts";
import { sharedDir } from "../../helpers/shared.ts";

const shared = sharedDir();
const folder = shared === null ? null : join(shared, "fixtures/salesforce/cumulusci");
const files = folder === null ? [] : readdirSync(folder).filter((name) => /^describe_(?!global)/.test(name));
const load = (name: string): DescribedObject =>
  JSON.parse(readFileSync(join(folder!, name), "utf8")) as DescribedObject;

describe.skipIf(folder === null)("recorded descriptions", () => {
  it.each(files)("%s is understood", (name) => {
    const described = load(name);
    const object = sourceObject(described);
    expect(object.name).toBe(described.name);
    expect(object.key).toBe("Id");
    const names = object.fields.map((field) => field.name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain("Id");
    for (const field of object.fields) expect(FIELD_TYPES).toContain(field.type);
    const compounds = described.fields.filter(({ type }) => type === "address" || type === "location");
    for (const compound of compounds) expect(names).not.toContain(compound.name);
  });

  it("gives an account's fields their types", () => {
    const account = sourceObject(load("describe_Account.json"));
    const field = (name: string) => account.fields.find((candidate) => candidate.name === name);
    expect(field("BillingAddress")).toBeUndefined();
    expect(field("BillingStreet")).toMatchObject({ type: "text" });
    expect(field("AnnualRevenue")).toMatchObject({ type: "currency" });
    expect(field("NumberOfEmployees")).toMatchObject({ type: "integer" });
    expect(field("ParentId")).toMatchObject({ type: "reference", referenceTo: ["Account"] });
    expect(field("OwnerId")).toMatchObject({ type: "owner", referenceTo: ["User"] });
    expect(field("CreatedDate")).toMatchObject({ type: "datetime" });
    expect(field("Website")).toMatchObject({ type: "url" });
    expect(field("Industry")!.options!.length).toBeGreaterThan(10);
  });

  it("keeps inactive picklist values, and marks what the org computes", () => {
    const { fields } = load("describe_Opportunity.json");
    const inactive = fields.map((field) => ({
      ...field,
      picklistValues: field.picklistValues.map((value) => ({ ...value, active: false })),
      calculated: field.name === "ExpectedRevenue",
    }));
    const object = sourceObject({ name: "Opportunity", label: "Opportunity", queryable: true, fields: inactive });
    expect(object.fields.find(({ name }) => name === "StageName")!.options!.length).toBeGreaterThan(5);
    expect(object.fields.filter(({ calculated }) => calculated).map(({ name }) => name)).toEqual(["ExpectedRevenue"]);
  });

  it("reads archived activities as live, losers of merges, and nothing else that is deleted unless it is asked for", () => {
    const event = load("describe_Event.json");
    const account = load("describe_Account.json");
    expect(scopeOf(event, false)).toMatchObject({ operation: "queryAll", where: "IsDeleted = false" });
    expect(scopeOf(account, false)).toMatchObject({
      operation: "queryAll",
      where: "(IsDeleted = false OR MasterRecordId != null)",
    });
    expect(scopeOf(account, true)).toMatchObject({ operation: "queryAll", where: null });
  });

  it("names columns of referenced records", () => {
    expect(usualPaths(load("describe_Event.json"))).toEqual(
      expect.arrayContaining(["Who.Type", "What.Type", "Owner.Name", "Owner.Type"]),
    );
  });

  it("leaves by-products out of the list of objects", () => {
    const { sobjects } = JSON.parse(readFileSync(join(folder!, "describe_global.json"), "utf8")) as {
      sobjects: ListedObject[];
    };
    const names = readable(sobjects).map(({ name }) => name);
    // an object of its own, whatever its name
    expect(names.filter((name) => /(?:ChangeEvent|Share|History|Feed)$/.test(name))).toEqual(["VerificationHistory"]);
    expect(names).toEqual(expect.arrayContaining(["Account", "Contact", "Opportunity"]));
    expect(usual(readable(sobjects))).toEqual(expect.arrayContaining(["Account", "Contact"]));
  });
});
