/** Rows made, changed and deleted over HTTP, as in an org. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { type SalesforceSim, startSalesforce } from "../../sim/salesforce/index.ts";
import { type Client, client } from "./client.ts";

const NOON = "2026-11-20T12:00:00.000Z";
let sim: SalesforceSim;
let api: Client;

beforeAll(async () => {
  sim = await startSalesforce({ seed: 2, records: 300 });
  sim.clock.set(NOON);
  api = client(sim);
});
afterAll(() => sim.close());

async function send(method: string, path: string, body?: unknown) {
  const response = await api.request(`sobjects/${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? null : JSON.parse(text) };
}

/** Ids of live rows, companies only where they are accounts. */
const idsOf = (object: string): string[] =>
  [...sim.org.truth(object)].filter((row) => row.IsPersonAccount !== true).map((row) => String(row.Id));

it("PATCH changes a row, stamps it and names the token's user", async () => {
  const [id] = idsOf("Account") as [string];
  expect(await send("PATCH", `Account/${id}`, { phone: "+1 555 0100", AnnualRevenue: 12.5, Site: "" })).toEqual({
    status: 204,
    body: null,
  });
  expect(sim.org.row(id)).toMatchObject({
    Phone: "+1 555 0100",
    AnnualRevenue: 12.5,
    SystemModstamp: NOON,
    LastModifiedDate: NOON,
    LastModifiedById: sim.org.userId,
  });
  const { records } = await api.query("SELECT Id, Phone FROM Account WHERE SystemModstamp >= 2026-11-20T12:00:00Z");
  expect(records).toMatchObject([{ Id: id, Phone: "+1 555 0100" }]);
  // ids of 15 characters are ids, too
  expect((await send("PATCH", `Account/${id.slice(0, 15)}`, { Phone: null })).status).toBe(204);
  expect(sim.org.row(id)?.Phone).toBeNull();
});

it("POST makes a row: owner, currency, number and full name are filled in", async () => {
  const [account] = idsOf("Account") as [string];
  const made = await send("POST", "Contact", { FirstName: "Ada", LastName: "New", AccountId: account.slice(0, 15) });
  expect(made).toEqual({ status: 201, body: { id: expect.stringMatching(/^003\w{15}$/), success: true, errors: [] } });
  expect(await api.json(`sobjects/Contact/${made.body.id}?fields=Name,AccountId,OwnerId,CreatedDate`)).toMatchObject({
    Name: "Ada New",
    AccountId: account,
    OwnerId: sim.org.userId,
    CreatedDate: "2026-11-20T12:00:00.000+0000",
  });
  await send("PATCH", `Contact/${made.body.id}`, { LastName: "Newer" });
  expect(sim.org.row(made.body.id)?.Name).toBe("Ada Newer");
  const numbers = [...sim.org.truth("Case", { deleted: true })].map((row) => Number(row.CaseNumber));
  const { id } = (await send("POST", "Case", { Subject: "New" })).body;
  expect(Number(sim.org.row(id)?.CaseNumber)).toBe(Math.max(...numbers) + 1);
});

it("DELETE puts a row into the recycle bin, and what cannot be without it", async () => {
  const account = (await send("POST", "Account", { Name: "Short-lived" })).body.id;
  const deal = { Name: "Lost", StageName: "Prospecting", CloseDate: "2026-12-01", AccountId: account };
  const opportunity = (await send("POST", "Opportunity", deal)).body.id;
  expect(await send("DELETE", `Account/${account}`)).toEqual({ status: 204, body: null });
  expect(await api.count(`SELECT Id FROM Account WHERE Id = '${account}'`)).toBe(0);
  expect(await api.count(`SELECT Id FROM Account WHERE Id = '${account}' AND IsDeleted = true`, true)).toBe(1);
  expect(sim.org.row(opportunity)?.AccountId).toBeNull();
  for (const method of ["DELETE", "PATCH"]) {
    expect(await send(method, `Account/${account}`, method === "PATCH" ? { Phone: "1" } : undefined)).toEqual({
      status: 404,
      body: [{ message: "entity is deleted", errorCode: "ENTITY_IS_DELETED" }],
    });
  }
});

it("refuses what an org refuses, and changes nothing", async () => {
  const [id] = idsOf("Account") as [string];
  const [contact] = idsOf("Contact") as [string];
  const before = sim.org.row(id);
  const refused = async (method: string, path: string, body?: unknown) => {
    const answer = await send(method, path, body);
    return [answer.status, answer.body[0].errorCode, answer.body[0].fields];
  };
  const patch = (body: unknown) => refused("PATCH", `Account/${id}`, body);
  expect(await send("PATCH", `Account/${id}`, { Phone: "1", Fone: "2" })).toEqual({
    status: 400,
    body: [{ message: "No such column 'Fone' on sobject of type Account", errorCode: "INVALID_FIELD" }],
  });
  expect(await patch({ CreatedDate: NOON })).toEqual([400, "INVALID_FIELD_FOR_INSERT_UPDATE", ["CreatedDate"]]);
  expect(await patch({ LastName: "No" })).toEqual([400, "INVALID_FIELD_FOR_INSERT_UPDATE", ["LastName"]]);
  expect(await patch({ Name: null })).toEqual([400, "REQUIRED_FIELD_MISSING", ["Name"]]);
  expect(await patch({ Phone: "1".repeat(41) })).toEqual([400, "STRING_TOO_LONG", ["Phone"]]);
  expect(await patch({ AnnualRevenue: "much" })).toEqual([400, "JSON_PARSER_ERROR", undefined]);
  expect(await patch({ ParentId: contact })).toEqual([400, "MALFORMED_ID", ["ParentId"]]);
  expect(await patch([])).toEqual([400, "JSON_PARSER_ERROR", undefined]);
  expect(await refused("POST", "Account", { Phone: "1" })).toEqual([400, "REQUIRED_FIELD_MISSING", ["Name"]]);
  expect(await refused("PATCH", `Account/${contact}`, { Phone: "1" })).toEqual([404, "NOT_FOUND", undefined]);
  expect(await refused("POST", "Nothing", {})).toEqual([404, "NOT_FOUND", undefined]);
  expect(await send("PUT", `Account/${id}`, {})).toEqual({
    status: 405,
    body: [
      { message: "HTTP Method 'PUT' not allowed. Allowed are DELETE,GET,HEAD,PATCH", errorCode: "METHOD_NOT_ALLOWED" },
    ],
  });
  expect(await refused("DELETE", `User/${sim.org.userId}`)).toEqual([405, "METHOD_NOT_ALLOWED", undefined]);
  const form = await api.request(`sobjects/Account/${id}`, {
    method: "PATCH",
    body: new URLSearchParams({ Phone: "1" }),
  });
  expect(form.status).toBe(415);
  const stranger = await fetch(`${sim.url}/services/data/v66.0/sobjects/Account/${id}`, { method: "DELETE" });
  expect(stranger.status).toBe(401);
  expect(sim.org.row(id)).toEqual(before);
});

it("a person's contact has the person's name", async () => {
  const person = [...sim.org.truth("Account")].find((row) => row.IsPersonAccount === true)!;
  expect((await send("PATCH", `Account/${person.Id}`, { FirstName: "Grace", LastName: "Renamed" })).status).toBe(204);
  expect(sim.org.row(String(person.Id))?.Name).toBe("Grace Renamed");
  expect(sim.org.row(String(person.PersonContactId))).toMatchObject({ LastName: "Renamed", Name: "Grace Renamed" });
});

it("writes within a composite request", async () => {
  const [id] = idsOf("Account") as [string];
  const answer = await api.json<{ compositeResponse: { httpStatusCode: number }[] }>("composite", {
    method: "POST",
    body: JSON.stringify({
      compositeRequest: [
        { method: "PATCH", url: `/services/data/v66.0/sobjects/Account/${id}`, referenceId: "a", body: { Fax: "7" } },
        { method: "GET", url: `/services/data/v66.0/sobjects/Account/${id}?fields=Fax`, referenceId: "b" },
      ],
    }),
  });
  expect(answer.compositeResponse).toMatchObject([{ httpStatusCode: 204, body: null }, { body: { Fax: "7" } }]);
});
