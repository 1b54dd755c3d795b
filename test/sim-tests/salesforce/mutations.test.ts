/** What tests can do to an org, and when and how the API shows it. */
import { describe, expect, it } from "vitest";
import { startSalesforce } from "../../sim/salesforce/index.ts";
import { text } from "../../sim/salesforce/org/field.ts";
import { Org } from "../../sim/salesforce/org/org.ts";

const at = Date.UTC(2026, 10, 20, 12);
const made = (now = () => at) => new Org({ seed: 2, records: 200, features: { personAccounts: false }, now });
const idsOf = (org: Org, object: string) => [...org.truth(object)].map((row) => String(row.Id));

describe("an org that is changed", () => {
  it("an edit stamps the row and names who did it; a calculation does not", () => {
    const org = made();
    const [one, other] = idsOf(org, "Account") as [string, string];
    const user = idsOf(org, "User")[5]!;
    const before = org.row(other)!;
    org.update(one, { Phone: "1" }, { by: user });
    org.recalculate(other, { Legacy_Id__c: "x" });
    expect(org.row(one)).toMatchObject({
      Phone: "1",
      SystemModstamp: "2026-11-20T12:00:00.000Z",
      LastModifiedDate: "2026-11-20T12:00:00.000Z",
      LastModifiedById: user,
    });
    expect(org.row(other)).toEqual({ ...before, Legacy_Id__c: "x" });
  });

  it("what is late shows later, with its own stamp", () => {
    let now = at;
    const org = made(() => now);
    const [one] = idsOf(org, "Account") as [string];
    const before = org.row(one);
    const count = org.count("Account");
    org.update(one, { Phone: "late" }, { lateMs: 3000 });
    const id = org.insert("Account", { Name: "late" }, { lateMs: 2000 });
    now += 1999;
    expect([org.row(one), org.count("Account")]).toEqual([before, count]);
    now += 1;
    expect([org.row(one), org.count("Account")]).toEqual([before, count + 1]);
    now += 1000;
    expect(org.row(one)).toMatchObject({ Phone: "late", SystemModstamp: "2026-11-20T12:00:00.000Z" });
    expect(org.row(id)).toMatchObject({ Name: "late", CreatedDate: "2026-11-20T12:00:00.000Z" });
  });

  it("deleted, restored, merged, gone", () => {
    const org = made();
    const [one, winner, loser, gone] = idsOf(org, "Account") as [string, string, string, string];
    org.remove(one);
    expect(idsOf(org, "Account")).not.toContain(one);
    org.restore(one);
    expect(idsOf(org, "Account")).toContain(one);
    org.update(loser, { ParentId: null });
    const child = org.insert("Contact", { LastName: "Child", AccountId: loser });
    const quiet = org.insert("Contact", { LastName: "Quiet", AccountId: gone }, { at: at - 60_000 });
    org.merge(winner, loser);
    expect(org.row(loser)).toMatchObject({ IsDeleted: true, MasterRecordId: winner });
    expect(org.row(child)?.AccountId).toBe(winner);
    org.merge(winner, gone, { children: "silent" });
    expect(org.row(quiet)).toMatchObject({ AccountId: winner, SystemModstamp: "2026-11-20T11:59:00.000Z" });
    org.destroy(one);
    expect(org.count("Account", { deleted: true, where: (field) => field("Id") === one })).toBe(0);
    expect(org.destroyed("Account")).toEqual([{ object: "Account", id: one, at: "2026-11-20T12:00:00.000Z" }]);
  });

  it("a field more", () => {
    const org = made();
    org.addField(
      "Account",
      text("Extra__c", "Extra", 40, (index) => `extra ${index}`),
    );
    const [one] = idsOf(org, "Account");
    expect(org.row(one!)?.Extra__c).toBe("extra 0");
    org.update(one!, { Extra__c: null });
    expect(org.row(one!)?.Extra__c).toBeNull();
  });
});

describe("the clock", () => {
  it("moves the dates of answers and the log of deletions", async () => {
    const sim = await startSalesforce({ seed: 2, records: 200 });
    try {
      sim.clock.set("2026-11-20T12:00:40Z");
      const answer = await fetch(`${sim.url}/services/data`);
      expect(answer.headers.get("date")).toBe("Fri, 20 Nov 2026 12:00:40 GMT");
      const [one] = idsOf(sim.org, "CampaignMember");
      sim.org.destroy(one!);
      const deleted = async (start: string, end: string) => {
        const path = `/services/data/v66.0/sobjects/CampaignMember/deleted/?start=${start}&end=${end}`;
        const answer = await fetch(sim.url + path, { headers: { authorization: `Bearer ${sim.token()}` } });
        return ((await answer.json()) as { deletedRecords: unknown[] }).deletedRecords;
      };
      // seconds do not count
      expect(await deleted("2026-11-20T11:00:00Z", "2026-11-20T12:00:59Z")).toEqual([]);
      expect(await deleted("2026-11-20T12:00:59Z", "2026-11-20T12:01:00Z")).toEqual([
        { id: one, deletedDate: "2026-11-20T12:00:40.000+0000" },
      ]);
      sim.clock.advance(86_400_000);
      expect((await fetch(`${sim.url}/services/data`)).headers.get("date")).toBe("Sat, 21 Nov 2026 12:00:40 GMT");
    } finally {
      await sim.close();
    }
  });
});
