/** What became of records, which fields move no stamp, who touched what: as an org tells it. */
import { describe, expect, it } from "vitest";
import type { SourceConnector } from "../../../core/connector.ts";
import { ConfigError } from "../../../core/errors.ts";
import { collect } from "../read-all.ts";
import { lab } from "./kit.ts";

const NOON = "2026-11-20T12:00:00.000Z";

async function org(options: Parameters<typeof lab>[0] = {}) {
  const made = await lab({ seed: 3, records: 300, ...options });
  made.sim.clock.set(NOON);
  const source = made.source();
  await source.open();
  const ids = (object: string) => [...made.sim.org.truth(object)].map((row) => String(row.Id));
  const users = [...made.sim.org.truth("User")].map((row) => ({ id: String(row.Id), name: String(row.Name) }));
  return { ...made, source, changes: source.changes!, ids, users };
}

async function changedIds(source: SourceConnector, object: string, since: string): Promise<string[]> {
  const request = { object, fields: ["Id"], since: { at: since }, from: null, batchSize: 500 };
  return (await collect(source.changes!.changed(request))).rows.map(([id]) => id!).sort();
}

describe("what became of records", () => {
  it("deleted: when and by whom; those that are there are left out", async () => {
    const { sim, changes, ids, users } = await org();
    const [one, other] = ids("Opportunity");
    sim.org.remove(one!, null, { by: users[4]!.id });
    expect(await changes.gone("Opportunity", [one!, other!])).toEqual([
      { id: one, how: "deleted", mergedInto: null, at: NOON, by: users[4]!.name },
    ]);
  });

  it("merged: the last winner of a chain; ids of 15 characters are answered as they were asked", async () => {
    const { sim, changes, ids, users } = await org();
    const [first, second, third] = ids("Contact") as [string, string, string];
    sim.org.merge(second, first, { by: users[5]!.id });
    sim.org.merge(third, second);
    const [gone] = await changes.gone("Contact", [first.slice(0, 15)]);
    expect(gone).toEqual({
      id: first.slice(0, 15),
      how: "merged",
      mergedInto: third,
      at: NOON,
      by: users[5]!.name,
    });
  });

  it("without a recycle bin the log of deletions tells, for fifteen days", async () => {
    const { sim, changes, ids } = await org();
    const [one, other, third] = ids("CampaignMember") as [string, string, string];
    sim.org.destroy(one);
    sim.clock.advance(16 * 86_400_000);
    sim.org.destroy(other);
    sim.org.purge(third);
    sim.clock.advance(1000);
    expect(await changes.gone("CampaignMember", [one, other, third])).toEqual([
      { id: one, how: "unknown", mergedInto: null, at: null, by: null },
      { id: other, how: "deleted", mergedInto: null, at: "2026-12-06T12:00:00.000Z", by: null },
      { id: third, how: "unknown", mergedInto: null, at: null, by: null },
    ]);
  });

  it("a log that is too long is asked for in pieces", async () => {
    const { sim, changes, ids } = await org({ deletedMost: 1 });
    const [one, other] = ids("CampaignMember") as [string, string];
    sim.org.destroy(one);
    sim.clock.advance(86_400_000);
    sim.org.destroy(other);
    const gone = await changes.gone("CampaignMember", [one, other]);
    expect(gone.map(({ how }) => how)).toEqual(["deleted", "deleted"]);
    expect(sim.stats.kinds.deleted).toBeGreaterThan(2);
  });

  it("links of documents are not known by their ids, users are not deleted", async () => {
    const { changes, ids } = await org();
    const [link] = ids("ContentDocumentLink");
    expect(await changes.gone("ContentDocumentLink", [link!])).toEqual([
      { id: link, how: "unknown", mergedInto: null, at: null, by: null },
    ]);
    expect(await changes.gone("User", ids("User").slice(0, 2))).toEqual([]);
  });

  it("many at once, with failures on the way", async () => {
    const { sim, changes, ids } = await org({
      records: 2000,
      faultRate: 0.2,
      faultKinds: ["serverError", "cutBefore"],
    });
    const all = ids("Task").slice(0, 90);
    for (const id of all) sim.org.remove(id);
    const gone = await changes.gone("Task", all);
    expect(gone.map(({ id, how }) => [id, how]).sort()).toEqual(all.map((id) => [id, "deleted"]).sort());
  });
});

describe("fields that change without the stamp", () => {
  it("formulas, joined columns, paths to other records; not what a record keeps for life", async () => {
    const { changes } = await org();
    const fields = ["Id", "Name", "Amount", "Owner.Name", "PrimaryContact.ContactId"];
    expect(await changes.derived("Opportunity", fields)).toEqual(["Owner.Name", "PrimaryContact.ContactId"]);
    expect(await changes.derived("Account", ["Id", "Legacy_Id__c", "LastActivityDate", "Phone"])).toEqual([
      "Legacy_Id__c",
      "LastActivityDate",
    ]);
    expect(await changes.derived("OpportunityLineItem", ["Quantity", "PricebookEntry.Product2Id"])).toEqual([]);
    expect(await changes.derived("Product2", ["Name", "StandardPrice.UnitPrice"])).toEqual(["StandardPrice.UnitPrice"]);
  });
});

describe("stamps", () => {
  it("automation counts, too: SystemModstamp tells, LastModifiedDate does not", async () => {
    const { sim, source, ids } = await org();
    const [one] = ids("Lead");
    sim.org.recalculate(one!, { SystemModstamp: NOON });
    expect(await changedIds(source, "Lead", NOON)).toEqual([one]);
  });

  it("objects without any: no watermark, and a delta reads them whole", async () => {
    const { source, changes, ids } = await org();
    expect(await changes.watermark("ContentDocumentLink")).toBeNull();
    const found = await changedIds(source, "ContentDocumentLink", NOON);
    expect(found).toEqual(ids("ContentDocumentLink").sort());
    expect((await changes.watermark("Account"))!).toEqual({ at: "2026-11-20T11:55:00.000Z", field: "SystemModstamp" });
  });

  it("losers of merges come, to lead on; archived activities come like others", async () => {
    const { sim, source, ids } = await org();
    const [winner, loser] = ids("Lead") as [string, string];
    sim.org.merge(winner, loser);
    expect(await changedIds(source, "Lead", NOON)).toEqual([winner, loser].sort());
    const archived = [...sim.org.truth("Task", { deleted: true })].find((row) => row.IsArchived === true)!;
    sim.org.update(String(archived.Id), { Subject: "late" });
    expect(await changedIds(source, "Task", NOON)).toEqual([String(archived.Id)]);
  });

  it("children that a merge re-points come where the org stamps them", async () => {
    const { sim, source, ids } = await org();
    const [winner, loser] = [...new Set([...sim.org.truth("Opportunity")].map((row) => String(row.AccountId)))];
    const children = [...sim.org.truth("Opportunity")].filter((row) => row.AccountId === loser);
    sim.org.merge(winner!, loser!);
    expect(await changedIds(source, "Opportunity", NOON)).toEqual(children.map((row) => String(row.Id)).sort());
    const again = ids("Account").find((id) => id !== winner)!;
    sim.clock.advance(3_600_000);
    sim.org.merge(winner!, again, { children: "silent" });
    expect(await changedIds(source, "Opportunity", "2026-11-20T13:00:00Z")).toEqual([]);
  });

  it("an unknown field is refused", async () => {
    const { changes } = await org();
    const request = { object: "Account", fields: ["Nope"], since: { at: NOON }, from: null, batchSize: 5 };
    await expect(collect(changes.changed(request))).rejects.toBeInstanceOf(ConfigError);
  });
});

describe("a delta while the org goes on", () => {
  it.each(["rest", "bulk"])("records that come and go meanwhile are no failure (%s)", async (transport) => {
    let busy = false;
    const made = await lab({
      seed: 3,
      records: 300,
      counts: { Account: 120 },
      bulk: { polls: [0, 0] },
      onRequest: ({ path, soql }) => {
        if (!busy || !(soql?.includes("ORDER BY Id LIMIT 10") || path.endsWith("/results"))) return;
        // one behind the page enters, one before it leaves
        const rows = [...made.sim.org.truth("Account")].map((row) => String(row.Id));
        made.sim.org.update(rows[0]!, { Phone: "meanwhile" });
        made.sim.org.remove(rows.at(-1)!);
      },
    });
    made.sim.clock.set(NOON);
    const source = made.source({ options: { transport }, tuning: { pageRecords: 10 } });
    await source.open();
    const ids = [...made.sim.org.truth("Account")].map((row) => String(row.Id));
    made.sim.clock.advance(86_400_000);
    for (const id of ids.slice(30)) made.sim.org.update(id, { Phone: "changed" });
    made.sim.clock.advance(3_600_000);
    busy = true;
    const found = await changedIds(source, "Account", "2026-11-21T12:00:00Z");
    busy = false;
    const left = [...made.sim.org.truth("Account")].map((row) => String(row.Id)).slice(30);
    expect(left.filter((id) => !found.includes(id))).toEqual([]);
  });
});

describe("a freeze", () => {
  it("tells who did it, also what only the log of deletions knows", async () => {
    const { sim, changes, ids, users } = await org();
    const [edited, gone] = ids("CampaignMember") as [string, string];
    const at = await changes.now!();
    sim.clock.advance(5000);
    sim.org.update(edited, { Status: "Responded" }, { by: users[6]!.id });
    sim.org.destroy(gone);
    expect(await changes.touchedSince("CampaignMember", at, 5)).toEqual({
      count: 2,
      records: [
        { id: edited, how: "changed", at: "2026-11-20T12:00:05.000Z", by: users[6]!.name },
        { id: gone, how: "deleted", at: "2026-11-20T12:00:05.000Z", by: null },
      ],
    });
  });

  it("counts all, shows the first ones; links of documents count, too", async () => {
    const { sim, changes, ids } = await org();
    const at = await changes.now!();
    sim.clock.advance(1000);
    const touched = ids("Case").slice(0, 7);
    for (const id of touched) sim.org.update(id, { Subject: "again" });
    const { count, records } = await changes.touchedSince("Case", at, 3);
    expect([count, records.length]).toEqual([7, 3]);
    const [link] = ids("ContentDocumentLink");
    sim.org.update(link!, { ShareType: "V" });
    expect((await changes.touchedSince("ContentDocumentLink", at, 3)).records).toMatchObject([{ id: link }]);
  });
});
