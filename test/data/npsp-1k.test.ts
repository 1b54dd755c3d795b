import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needsShared, sharedDir } from "../helpers/shared.ts";
import { expectProven, facts, type Migrated, migrateAll, outcomes, plain, referenceOf, sumOf } from "./migrated.ts";

/** Every object numbers its rows from 1: account 7 and contact 7 are two records. Thirteen objects, seven of them our own. */
describe.skipIf(sharedDir() === null)(needsShared("npsp-1k-csv"), () => {
  let moved: Migrated;
  const expected = sharedDir() === null ? {} : facts("npsp-1k-csv");
  const counts = (expected.row_counts ?? {}) as Record<string, number>;

  beforeAll(async () => {
    moved = await migrateAll(fileURLToPath(new URL("npsp-1k", import.meta.url)));
  }, 300_000);
  afterAll(() => moved?.close());

  test("is proven", () => {
    expectProven(moved, counts);
  });

  test("every record of every file is loaded", () => {
    const objects: Record<string, string> = {
      Account: "account",
      Address__c: "household_address",
      Allocation__c: "allocation",
      Campaign: "campaign",
      CampaignMember: "campaign_member",
      Contact: "contact",
      General_Accounting_Unit__c: "fund",
      Opportunity: "opportunity",
      OpportunityContactRole: "association",
      Partial_Soft_Credit__c: "soft_credit",
      npe01__OppPayment__c: "payment",
      npe03__Recurring_Donation__c: "recurring_donation",
      npe4__Relationship__c: "relationship",
    };
    const wanted = Object.entries(objects).map(([file, object]) => [`${object} < ${file}`, { inserted: counts[file] }]);
    expect(outcomes(moved.run)).toEqual(Object.fromEntries(wanted));
  });

  test("ids that repeat across objects are not mixed up", async () => {
    const shared = await moved.rows(
      "select count(*) from crm.account a join crm.contact c using (external_source, external_id)",
    );
    expect(shared).toEqual([[String(expected.ids_shared_account_contact)]]);
    const names = await moved.rows(`select a.name, c.first_name || ' ' || c.last_name, o.name
      from crm.opportunity o join crm.account a on a.id = o.account_id join crm.contact c on c.id = o.primary_contact_id
      where o.external_id = '1'`);
    expect(names).toEqual([["Porter Household", "Rebecca Porter", "Rebecca Porter: $811"]]);
    expect(await moved.rows("select first_name, last_name from crm.contact where external_id = '1'")).toEqual([
      ["Amy", "Diaz"],
    ]);
    expect(await moved.rows("select name from crm.account where external_id = '1'")).toEqual([["Shaw Household"]]);
  });

  test("gifts and payments", async () => {
    const stages = expected.opps_by_stage as Record<string, { rows: number; sum: string }>;
    const rows = await moved.rows("select stage, count(*), sum(amount) from crm.opportunity group by 1 order by 1");
    expect(rows.map(([stage, n, sum]) => [stage, Number(n), plain(sum!)])).toEqual([
      ["closed_won", stages["Closed Won"]!.rows, plain(stages["Closed Won"]!.sum)],
      ["negotiation", stages.Pledged!.rows, plain(stages.Pledged!.sum)],
    ]);
    const total = plain(expected.opp_amount as string);
    expect(sumOf(moved, "opportunity", "amount")).toEqual([total, total]);
    const paid = plain(expected.payments as string);
    expect(sumOf(moved, "payment", "amount")).toEqual([paid, paid]);
    const [sums] = await moved.rows(
      "select (select sum(amount) from crm.opportunity), (select sum(amount) from crm.payment)",
    );
    expect(sums!.map(plain)).toEqual([total, paid]);
  });

  test("contact roles are associations, the pair that has two roles keeps both", async () => {
    const rows = await moved.rows(`select count(*), count(*) filter (where r.is_primary) from crm.association r
      join crm.opportunity o on o.id = r.from_id join crm.contact c on c.id = r.to_id
      where r.from_object = 'opportunity' and r.to_object = 'contact'`);
    expect(rows).toEqual([[String(counts.OpportunityContactRole), "1308"]]);
    const twice = await moved.rows(`select count(*) from (select from_id, to_id from crm.association
      where from_object = 'opportunity' and to_object = 'contact' group by 1, 2 having count(*) > 1) q`);
    expect(twice).toEqual([[String(expected.duplicate_contact_roles)]]);
    const links = await moved.rows(
      "select to_object, label, count(*) from crm.association where label in ('primary affiliation', 'instalment') group by 1, 2 order by 1",
    );
    expect(links).toEqual([
      ["account", "primary affiliation", "1022"],
      ["recurring_donation", "instalment", "37"],
    ]);
  });

  test("references are all there", () => {
    for (const [object, field, n] of [
      ["contact", "account_id", 1024],
      ["payment", "opportunity_id", counts.npe01__OppPayment__c],
      ["campaign_member", "campaign_id", counts.CampaignMember],
      ["relationship", "related_contact_id", counts.npe4__Relationship__c],
      ["allocation", "fund_id", counts.Allocation__c],
    ] as const) {
      expect([object, field, ...referenceOf(moved, object, field)]).toEqual([object, field, n, n, 0]);
    }
  });

  test("names from Vietnam, Czechia, France and Spain come through", async () => {
    const rows = await moved.rows(
      "select count(*) from crm.household_address where city ~ '[^ -~]' or street ~ '[^ -~]' or state ~ '[^ -~]'",
    );
    expect(Number(rows[0]![0])).toBeGreaterThan(0);
    expect(await moved.rows("select count(*) from crm.household_address where city like '%\ufffd%'")).toEqual([["0"]]);
  });
});
