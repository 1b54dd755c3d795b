/** What tests can do to a portal besides what portal-edits.test.ts shows, and when search learns of it. */
import { expect, it } from "vitest";
import { startHubspot } from "../../sim/hubspot/index.ts";

const NOON = "2026-11-20T12:00:00Z";

async function portal() {
  const sim = await startHubspot({ seed: 3, records: 300, searchLagMs: 600_000, limits: { search: 0 } });
  sim.clock.set(NOON);
  const contacts = sim.portal.type("contacts")!;
  const ids = sim.portal.list(contacts, { archived: false, after: null, limit: 50 }).map(({ id }) => id);
  const search = async (phone: string) => {
    const filters = [{ propertyName: "phone", operator: "EQ", value: phone }];
    const answer = await fetch(`${sim.url}/crm/v3/objects/contacts/search`, {
      method: "POST",
      headers: { authorization: `Bearer ${sim.token()}`, "content-type": "application/json" },
      body: JSON.stringify({ filterGroups: [{ filters }] }),
    });
    const { results } = (await answer.json()) as { results: { id: string }[] };
    return { ids: results.map(({ id }) => id), date: answer.headers.get("date") };
  };
  return { sim, contacts, ids, search };
}

it("search has the state before until it learns of a change", async () => {
  const { sim, contacts, ids, search } = await portal();
  sim.portal.write(contacts, ids[0]!, { phone: "1" }, { visibleAt: 0 });
  sim.portal.write(contacts, ids[0]!, { phone: "2" });
  const made = sim.portal.write(contacts, null, { phone: "2" });
  sim.clock.advance(599_999);
  expect((await search("1")).ids).toEqual([ids[0]]);
  expect((await search("2")).ids).toEqual([]);
  sim.clock.advance(1);
  expect((await search("1")).ids).toEqual([]);
  expect(await search("2")).toEqual({ ids: [ids[0], made], date: "Fri, 20 Nov 2026 12:10:00 GMT" });
  await sim.close();
});

it("who changed a record is a property; calculations move no time", async () => {
  const { sim, contacts, ids } = await portal();
  sim.portal.write(contacts, ids[0]!, { phone: "1" }, { by: "42" });
  const before = sim.portal.record(contacts, ids[0]!)!;
  expect(before).toMatchObject({
    updatedAt: NOON,
    properties: { hs_updated_by_user_id: "42", lastmodifieddate: NOON },
  });
  sim.clock.advance(1000);
  sim.portal.recalculate(contacts, ids[0]!, { hs_email_open: "9" });
  expect(sim.portal.record(contacts, ids[0]!)).toEqual({
    ...before,
    properties: { ...before.properties, hs_email_open: "9" },
  });
  await sim.close();
});

it("archived and restored: as it was, with the time that it had", async () => {
  const { sim, contacts, ids } = await portal();
  const before = sim.portal.record(contacts, ids[1]!);
  sim.portal.archive(contacts, ids[1]!);
  expect(sim.portal.record(contacts, ids[1]!)).toMatchObject({ archived: true, archivedAt: NOON });
  sim.portal.restore(contacts, ids[1]!);
  expect(sim.portal.record(contacts, ids[1]!)).toEqual(before);
  await sim.close();
});

it("merged into the winner: it keeps its id, the loser's leads to it", async () => {
  const { sim, contacts, ids } = await portal();
  const count = sim.portal.count(contacts);
  const [winner, loser] = ids as [string, string];
  expect(sim.portal.merge(contacts, winner, loser, { into: "winner" })).toBe(winner);
  expect(sim.portal.count(contacts)).toBe(count - 1);
  expect(sim.portal.record(contacts, loser)).toMatchObject({
    id: winner,
    updatedAt: NOON,
    properties: { hs_merged_object_ids: loser },
  });
  await sim.close();
});
