/** What `migrate check` tells of the user's permissions. */
import { expect, it } from "vitest";
import type { SalesforceOptions } from "../../sim/salesforce/index.ts";
import { lab } from "./kit.ts";

const codes = async (options: SalesforceOptions, objects = ["Account", "ContentVersion"]) => {
  const org = await lab({ records: 300, ...options });
  const source = org.source();
  await source.open();
  const problems = await source.check!(new Map(objects.map((name) => [name, []])));
  expect(problems.every(({ severity }) => severity === "warning")).toBe(true);
  return problems.map(({ code, hint }) => [code, hint]);
};

it("a user that may see everything: nothing to tell", async () => {
  expect(await codes({})).toEqual([]);
});

it("records of others, and files of others, are told with the permission to ask for", async () => {
  expect(await codes({ features: { viewAllData: false, queryAllFiles: false } })).toEqual([
    ["SALESFORCE_NO_VIEW_ALL_DATA", 'Ask an administrator for a permission set with "View All Data".'],
    ["SALESFORCE_NO_QUERY_ALL_FILES", 'Ask an administrator for a permission set with "Query All Files".'],
  ]);
  const noFiles = await codes({ features: { queryAllFiles: false } }, ["Account"]);
  expect(noFiles).toEqual([]);
});

it("encrypted fields that a mapping reads come masked, and the permission is named", async () => {
  const org = await lab({ records: 300 });
  const source = org.source();
  await source.open();
  const told = async (...fields: string[]) => await source.check!(new Map([["Invoice__c", fields]]));
  expect(await told("Id", "Amount__c")).toEqual([]);
  expect(await told("Id", "Tax_Number__c")).toMatchObject([
    {
      code: "SALESFORCE_MASKED",
      message: expect.stringContaining("Invoice__c.Tax_Number__c"),
      hint: expect.stringContaining('"View Encrypted Data"'),
      severity: "warning",
    },
  ]);
  const { objects } = await source.describe(new Map([["Invoice__c", []]]));
  const invoice = objects.find(({ name }) => name === "Invoice__c")!;
  expect(invoice.fields.filter(({ note }) => note !== undefined).map(({ name }) => name)).toEqual(["Tax_Number__c"]);
});

it("objects that hold records are told with about how many, setup left out", async () => {
  const org = await lab({ records: 3000 });
  const source = org.source();
  await source.open();
  const sizes = await source.sizes!();
  expect(sizes.get("EmailMessage")).toBeGreaterThan(5);
  expect(sizes.get("PricebookEntry")).toBeGreaterThan(5);
  expect(
    [...sizes.keys()].filter((name) => /^(Profile|Group|PermissionSet|RecordType|ContentDocument)$/.test(name)),
  ).toEqual([]);
});

it("a user that may not look at its permissions is told so", async () => {
  const told = await codes({ hide: { PermissionSetAssignment: "*" } });
  expect(told.map(([code]) => code)).toEqual(["SALESFORCE_PERMISSIONS_UNKNOWN"]);
});
