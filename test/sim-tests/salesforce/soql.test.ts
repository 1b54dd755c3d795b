import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { needsShared, sharedDir } from "../../helpers/shared.ts";
import { type SalesforceSim, startSalesforce } from "../../sim/salesforce/index.ts";
import { type Client, client } from "./client.ts";

let sim: SalesforceSim;
let org: Client;
beforeAll(async () => {
  sim = await startSalesforce({ records: 6000 });
  org = client(sim);
});
afterAll(() => sim.close());

const truth = (object: string, where: (row: Record<string, unknown>) => boolean): unknown[] =>
  [...sim.org.truth(object)].filter(where).map((row) => row.Id);
const ids = async (soql: string): Promise<unknown[]> => (await org.query(soql)).records.map((row) => row.Id);

describe("conditions find what they say", () => {
  const cases: [string, string, (row: Record<string, unknown>) => boolean][] = [
    ["Lead", "Status = 'Closed - Converted'", (row) => row.Status === "Closed - Converted"],
    [
      "Lead",
      "Status = 'closed - converted' AND NumberOfEmployees > 100",
      (row) => row.Status === "Closed - Converted" && Number(row.NumberOfEmployees) > 100,
    ],
    ["Account", "ParentId != null", (row) => row.ParentId !== null],
    [
      "Account",
      "Industry IN ('Banking', 'Energy') OR (Type = null AND NOT Industry = null)",
      (row) => ["Banking", "Energy"].includes(row.Industry as string) || (row.Type === null && row.Industry !== null),
    ],
    ["Account", "Industry NOT IN ('Banking')", (row) => row.Industry !== "Banking"],
    ["Account", "Name LIKE '%gmbh'", (row) => String(row.Name).endsWith("GmbH")],
    ["Account", "Name LIKE 'The \"Best\"%'", (row) => String(row.Name).startsWith('The "Best"')],
    ["Contact", "LastName = 'O\\'Neill'", (row) => row.LastName === "O'Neill"],
    ["Opportunity", "Amount >= 5000.5 AND IsWon = true", (row) => Number(row.Amount) >= 5000.5 && row.IsWon === true],
    ["Opportunity", "CloseDate < 2024-01-01", (row) => String(row.CloseDate) < "2024-01-01"],
    [
      "Opportunity",
      "SystemModstamp >= 2026-10-25T05:00:00+02:00",
      (row) => String(row.SystemModstamp) >= "2026-10-25T03:00:00.000Z",
    ],
    [
      "Opportunity",
      "CampaignId IN (SELECT Id FROM Campaign WHERE IsActive = true)",
      (row) => row.CampaignId !== null && sim.org.row(row.CampaignId as string)!.IsActive === true,
    ],
    [
      "Contact",
      "Account.Industry = 'Energy'",
      (row) => row.AccountId !== null && sim.org.row(row.AccountId as string)!.Industry === "Energy",
    ],
    ["Invoice__c", "Channels__c INCLUDES ('mail;post')", (row) => String(row.Channels__c).startsWith("mail;post")],
    ["Task", "What.Type = 'Invoice__c'", (row) => String(row.WhatId).startsWith("a00")],
  ];
  it.each(cases)("%s WHERE %s", async (object, where, fits) => {
    const expected = truth(object, fits);
    expect(expected.length).toBeGreaterThan(0);
    expect(await ids(`SELECT Id FROM ${object} WHERE ${where}`)).toEqual(expected);
    expect(await org.count(`SELECT COUNT() FROM ${object} WHERE ${where}`)).toBe(expected.length);
  });

  it("by id: ranges, lists, 15 characters", async () => {
    const all = truth("Account", () => true) as string[];
    const [a, b] = [all[100]!, all[200]!];
    expect(await ids(`SELECT Id FROM Account WHERE Id > '${a}' AND Id <= '${b.slice(0, 15)}'`)).toEqual(
      all.slice(101, 201),
    );
    expect(await ids(`SELECT Id FROM Account WHERE Id >= '001000000000000' AND Id < '${a}'`)).toEqual(
      all.slice(0, 100),
    );
    expect(await ids(`SELECT Id FROM Account WHERE Id IN ('${b.slice(0, 15)}','${a}')`)).toEqual([a, b]);
    expect(await ids(`SELECT Id FROM Account WHERE Id > '${a}' ORDER BY Id LIMIT 3`)).toEqual(all.slice(101, 104));
  });
});

test("queryAll sees deleted, merged and archived rows; query does not", async () => {
  expect(await org.count("SELECT COUNT() FROM Account")).toBe(sim.org.count("Account"));
  expect(await org.count("SELECT COUNT() FROM Account", true)).toBe(sim.org.count("Account", { deleted: true }));
  expect(await org.count("SELECT COUNT() FROM Task WHERE IsArchived = true")).toBe(0);
  expect(
    await org.count("SELECT COUNT() FROM Task WHERE IsArchived = true AND IsDeleted = false", true),
  ).toBeGreaterThan(10);
});

test("order: several keys, nulls first or last", async () => {
  const { records } = await org.query(
    "SELECT Id, Amount, CloseDate FROM Opportunity ORDER BY CloseDate DESC, Amount NULLS LAST, Id",
  );
  const rows = [...sim.org.truth("Opportunity")].sort((a, b) => {
    if (a.CloseDate !== b.CloseDate) return a.CloseDate! < b.CloseDate! ? 1 : -1;
    if (a.Amount === b.Amount) return String(a.Id) < String(b.Id) ? -1 : 1;
    if (a.Amount === null) return 1;
    if (b.Amount === null) return -1;
    return Number(a.Amount) - Number(b.Amount);
  });
  expect(records.map((row) => row.Id)).toEqual(rows.map((row) => row.Id));
});

test("groups and sums agree with the truth", async () => {
  const { records } = await org.query(
    "SELECT CurrencyIsoCode, COUNT(Id), SUM(Amount), MIN(CloseDate) first FROM Opportunity GROUP BY CurrencyIsoCode",
  );
  const sums = sim.org.sums("Opportunity", "Amount", { by: "CurrencyIsoCode" });
  expect(records.map((row) => [row.CurrencyIsoCode, row.expr1])).toEqual(
    Object.entries(sums).map(([code, sum]) => [code, Number(sum)]),
  );
  expect(records.reduce((sum, row) => sum + Number(row.expr0), 0)).toBe(sim.org.count("Opportunity"));
  expect(records[0]).toMatchObject({
    attributes: { type: "AggregateResult" },
    first: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
  });
});

test("rows carry attributes, parents as objects, doubles with a point, instants without a colon", async () => {
  const text = await (
    await org.request(
      `query?q=${encodeURIComponent("SELECT Id, Name, Owner.Name, Account.Parent.Name, Amount, CreatedDate FROM Opportunity WHERE AccountId != null AND Amount > 10000000 LIMIT 1")}`,
    )
  ).text();
  expect(text).toMatch(/"Amount":\d\.\d+E\d+/);
  const [row] = JSON.parse(text).records;
  const at = sim.org.row(row.Id)!;
  expect(Object.keys(row)).toEqual(["attributes", "Id", "Name", "Owner", "Account", "Amount", "CreatedDate"]);
  expect(row).toMatchObject({
    attributes: { type: "Opportunity", url: `/services/data/v66.0/sobjects/Opportunity/${row.Id}` },
    Owner: { attributes: { type: "User" }, Name: sim.org.row(at.OwnerId as string)!.Name },
    Amount: at.Amount,
    CreatedDate: String(at.CreatedDate).replace("Z", "+0000"),
  });
});

it.skipIf(sharedDir() === null)(needsShared("TYPEOF answers as recorded"), async () => {
  const [recorded] = JSON.parse(
    readFileSync(`${sharedDir()}/fixtures/salesforce/cumulusci/query_typeof_events.interactions.json`, "utf8"),
  );
  const { records } = await org.query(new URL(recorded.request.uri).searchParams.get("q")!);
  const [real] = recorded.response.body.records.slice(1);
  const ours = records.find(
    (row) =>
      (row.Who as { attributes?: { type: string } } | null)?.attributes?.type === "Contact" &&
      (row.What as { attributes?: { type: string } } | null)?.attributes?.type === "Account",
  )!;
  for (const part of [
    (row: Record<string, unknown>) => row,
    (row: Record<string, unknown>) => row.Who,
    (row: Record<string, unknown>) => row.What,
  ]) {
    expect(Object.keys(part(ours) as object).sort()).toEqual(Object.keys(part(real) as object).sort());
  }
});

it.skipIf(sharedDir() === null)(needsShared("an unknown object is refused in the recorded words"), async () => {
  const bodies = JSON.parse(readFileSync(`${sharedDir()}/fixtures/salesforce/other/error_bodies.json`, "utf8"));
  const wanted = bodies.rest.find(
    (entry: { body: { errorCode: string }[] }) => entry.body[0]!.errorCode === "INVALID_TYPE",
  );
  const response = await org.request(`query?q=${encodeURIComponent("select count() from XYZZY")}`);
  expect([response.status, await response.json()]).toEqual([wanted.status, wanted.body]);
});

test.each([
  [
    "SELECT Foo FROM Account",
    "INVALID_FIELD",
    "\nSELECT Foo FROM Account\n       ^\nERROR at Row:1:Column:8\nNo such column 'Foo' on entity 'Account'.",
  ],
  ["SELECT Account.Foo.Name FROM Contact", "INVALID_FIELD", "Didn't understand relationship 'Foo'"],
  [
    "SELECT Id FROM Account WHERE Description = 'x'",
    "INVALID_FIELD",
    "field 'Description' can not be filtered in a query call",
  ],
  [
    "SELECT Id FROM Account WHERE IsDeleted = 'false'",
    "INVALID_FIELD",
    "must be of type boolean and should not be enclosed in quotes",
  ],
  ["SELECT Id FROM Account WHERE CreatedDate > 2026-01-01", "INVALID_FIELD", "must be of type dateTime"],
  ["SELECT Id FROM Account WHERE Id = 'nonsense'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field: nonsense"],
  ["SELECT Id FROM Account ORDER BY Description", "MALFORMED_QUERY", "can not be sorted"],
  ["SELECT Id FROM Account GROUP BY Name", "MALFORMED_QUERY", "Field must be grouped or aggregated: Id"],
  ["SELECT Id FROM Account LIMIT x", "MALFORMED_QUERY", "unexpected token: 'x'"],
  ["SELECT Id FROM Account OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000"],
  ["SELECT Id FROM Account WHERE Name = 'a' AND Type = 'b' OR Name = 'c'", "MALFORMED_QUERY", "unexpected token: 'OR'"],
  ["SELECT Id FROM ContentDocumentLink", "MALFORMED_QUERY", "ContentDocumentLink requires a filter by a single Id"],
  ["SELECT Id FROM OpenActivity", "INVALID_TYPE_FOR_OPERATION", "does not support query"],
  ["", "MALFORMED_QUERY", "unexpected token: '<EOF>'"],
])("%s is refused", async (soql, errorCode, text) => {
  const error = await org.refused(soql);
  expect([error.status, error.errorCode]).toEqual([400, errorCode]);
  expect(error.message).toContain(text);
});

test("links are found by document or by record", async () => {
  const link = [...sim.org.truth("ContentDocumentLink")][0]!;
  expect(
    await ids(
      `SELECT Id FROM ContentDocumentLink WHERE ContentDocumentId IN ('${link.ContentDocumentId}') AND ShareType = 'V'`,
    ),
  ).toEqual([link.Id]);
  expect(await ids(`SELECT Id FROM ContentDocumentLink WHERE LinkedEntityId = '${link.LinkedEntityId}'`)).toContain(
    link.Id,
  );
});
