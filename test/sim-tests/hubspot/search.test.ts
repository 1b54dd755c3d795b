import { describe, expect, test } from "vitest";
import { ask, type Body, serve, UNLIMITED } from "./client.ts";
import { tinyPortal } from "./tiny-portal.ts";

interface Found {
  readonly total: number;
  readonly results: readonly { readonly id: string; readonly properties: Record<string, string | null> }[];
  readonly paging?: { readonly next: Body };
}

async function find(body: Body, portal = tinyPortal(), type = "contacts") {
  const sim = await serve(UNLIMITED, portal);
  return ask<Found>(sim, `/crm/v3/objects/${type}/search`, { body });
}
const filtered = (propertyName: string, operator: string, more: Body = {}) => ({
  filterGroups: [{ filters: [{ propertyName, operator, ...more }] }],
});
const ids = ({ body }: { body: Found }) => body.results.map((row) => row.id);

describe("filters", () => {
  test.each([
    ["EQ", "email", { value: "PERSON3@acme.example" }, ["1003"]],
    ["NEQ", "firstname", { value: "Person 1" }, ["1004", "1005", "1006", "1007"]],
    ["LT", "score", { value: "4" }, ["1001", "1003"]],
    ["LTE", "score", { value: "4" }, ["1001", "1003", "1004"]],
    ["GT", "hs_object_id", { value: "1005" }, ["1006", "1007"]],
    ["GTE", "lastmodifieddate", { value: String(Date.UTC(2026, 0, 8, 8)) }, ["1006", "1007"]],
    ["BETWEEN", "score", { value: "4", highValue: "5" }, ["1004", "1005"]],
    ["IN", "firstname", { values: ["person 1", "Person 4"] }, ["1001"]],
    ["NOT_IN", "firstname", { values: ["person 1"] }, ["1004", "1005", "1006", "1007"]],
    ["HAS_PROPERTY", "firstname", {}, ["1001", "1004", "1005", "1006", "1007"]],
    ["NOT_HAS_PROPERTY", "firstname", {}, ["1003"]],
    ["CONTAINS_TOKEN", "email", { value: "person4*" }, ["1004"]],
    ["GTE", "hs_lastmodifieddate", { value: "0" }, []],
  ])("%s %s %j", async (operator, name, more, expected) => {
    const found = await find(filtered(name, operator, more));
    expect([found.status, ids(found), found.body.total]).toEqual([200, expected, expected.length]);
  });

  test("ids beyond 2^53 are told apart", async () => {
    const found = await find(filtered("hs_object_id", "GT", { value: "9007199254740992" }), undefined, "companies");
    expect(ids(found)).toEqual(["9007199254740993"]);
  });

  test("groups are alternatives", async () => {
    const filterGroups = ["1", "5"].map((value) => ({ filters: [{ propertyName: "score", operator: "EQ", value }] }));
    expect(ids(await find({ filterGroups }))).toEqual(["1001", "1005"]);
  });

  test("by association, and by text", async () => {
    expect(ids(await find(filtered("associations.company", "EQ", { value: "2001" })))).toEqual(["1001"]);
    expect(ids(await find({ query: "son 7" }))).toEqual(["1007"]);
  });

  const one = { propertyName: "score", operator: "EQ", value: "1" };
  test.each([
    [{ filterGroups: Array(6).fill({ filters: [one] }) }],
    [{ filterGroups: [{ filters: Array(7).fill(one) }] }],
    [{ filterGroups: Array(4).fill({ filters: Array(5).fill(one) }) }],
    [filtered("score", "LIKE", { value: "1" })],
    [filtered("score", "EQ")],
    [{ sorts: ["score", "email"] }],
    [{ limit: 201 }],
    [{ query: "x".repeat(3001) }],
    [{ after: 9990, limit: 11 }],
  ])("refused: 400 (%#)", async (body) => {
    expect((await find(body)).status).toBe(400);
  });
});

test("pages by number, without a link; total is of all", async () => {
  const first = await find({ limit: 4, properties: ["score"] });
  expect(first.body).toMatchObject({ total: 6, paging: { next: { after: "4" } } });
  expect(Object.keys(first.body.paging!.next)).toEqual(["after"]);
  expect(Object.keys(first.body.results[0]!.properties)).toEqual([
    "createdate",
    "hs_object_id",
    "lastmodifieddate",
    "score",
  ]);
  const last = await find({ limit: 4, after: "4" });
  expect(ids(last)).toEqual(["1006", "1007"]);
  expect(last.body).not.toHaveProperty("paging");
});

test("nothing beyond 10,000", async () => {
  const portal = tinyPortal({ contacts: 10_300 });
  const last = await find({ limit: 200, after: "9800" }, portal);
  expect([last.status, last.body.total, last.body.paging]).toEqual([200, 10_299, { next: { after: "10000" } }]);
  expect((await find({ limit: 200, after: "10000" }, portal)).status).toBe(400);
});

test("what the index has not seen yet is not found", async () => {
  const later = await find({}, tinyPortal({ visibleAt: Date.now() + 60_000 }));
  expect(later.body).toEqual({ total: 0, results: [] });
});

test("order: by number as asked, by time only about", async () => {
  const portal = tinyPortal({ contacts: 400 });
  const sorted = (propertyName: string) =>
    find({ sorts: [{ propertyName, direction: "DESCENDING" }], limit: 200 }, portal);
  const byScore = ids(await sorted("score"));
  expect(byScore).toEqual(Array.from({ length: 200 }, (_, at) => String(1400 - at)));
  const times = (await sorted("lastmodifieddate")).body.results.map((row) => row.properties.lastmodifieddate!);
  expect(times).toEqual([...times].sort().reverse());
});
