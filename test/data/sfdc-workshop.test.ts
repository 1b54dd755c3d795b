import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needsShared, sharedDir } from "../helpers/shared.ts";
import { expectProven, facts, type Migrated, migrateAll, outcomes, plain, referenceOf, sumOf } from "./migrated.ts";

interface Stage {
  readonly rows: number;
  readonly sum: string;
}

/** Full-width object dumps with a byte order mark, 1 or nothing as booleans, polymorphic tasks, a custom object. */
describe.skipIf(sharedDir() === null)(needsShared("sfdc-data-cloud-workshop"), () => {
  let moved: Migrated;
  const expected = sharedDir() === null ? {} : facts("sfdc-data-cloud-workshop");
  const counts = (expected.row_counts ?? {}) as Record<string, number>;

  beforeAll(async () => {
    moved = await migrateAll(fileURLToPath(new URL("sfdc-workshop", import.meta.url)));
  }, 300_000);
  afterAll(() => moved?.close());

  test("is proven", () => {
    expectProven(moved, counts);
  });

  test("every record of every file is loaded, the custom object's too", () => {
    const objects: Record<string, string> = {
      Account: "account",
      AccountContactRelation: "association",
      Branch__c: "branch",
      Campaign: "campaign",
      CampaignMember: "campaign_member",
      Case: "case",
      Contact: "contact",
      Lead: "lead",
      Opportunity: "opportunity",
      Task: "task",
    };
    const wanted = Object.entries(counts).map(([file, n]) => [`${objects[file]} < ${file}`, { inserted: n }]);
    expect(outcomes(moved.run)).toEqual(Object.fromEntries(wanted));
  });

  test("opportunities by stage", async () => {
    const names: Record<string, string> = { Discovery: "needs_analysis", "Proposal/Quote": "proposal" };
    const target = (stage: string) => names[stage] ?? stage.toLowerCase().replace(" ", "_");
    const rows = await moved.rows("select stage, count(*), sum(amount) from crm.opportunity group by 1");
    const found = Object.fromEntries(rows.map(([stage, n, sum]) => [stage, { rows: Number(n), sum: plain(sum!) }]));
    const stages = Object.entries(expected.opps_by_stage as Record<string, Stage>);
    expect(found).toEqual(
      Object.fromEntries(stages.map(([stage, { rows: n, sum }]) => [target(stage), { rows: n, sum: plain(sum) }])),
    );
    for (const [stage, { sum }] of stages) {
      expect(sumOf(moved, "opportunity", "amount", { stage: target(stage) })).toEqual([plain(sum), plain(sum)]);
    }
    expect(sumOf(moved, "opportunity", "amount")).toEqual([expected.opp_amount, expected.opp_amount]);
    expect(await moved.rows("select count(*) from crm.opportunity where is_won")).toEqual([["12"]]);
    expect(await moved.rows("select count(*) from crm.opportunity where is_won is null")).toEqual([["0"]]);
  });

  test("tasks refer to contacts, leads and accounts by the real record", async () => {
    const who = expected.task_who_prefix as Record<string, number>;
    const what = expected.task_what_prefix as Record<string, number>;
    const rows =
      await moved.rows(`select count(c.id), count(l.id), count(a.id), count(*) filter (where t.related_id is null)
      from crm.task t
      left join crm.contact c on t.who_type = 'contact' and c.id = t.who_id
      left join crm.lead l on t.who_type = 'lead' and l.id = t.who_id
      left join crm.account a on t.related_type = 'account' and a.id = t.related_id`);
    expect(rows).toEqual([[String(who["003"]), String(who["00Q"]), String(what["001"]), String(what[""])]]);
    expect(referenceOf(moved, "task", "who_id")).toEqual([75, 75, 0]);
    expect(referenceOf(moved, "task", "related_id")).toEqual([30, 30, 0]);
  });

  test("campaign members, private contacts, account-contact relations", async () => {
    const members = expected.campaign_members as Record<string, number>;
    expect(await moved.rows("select count(lead_id), count(contact_id) from crm.campaign_member")).toEqual([
      [String(members.Lead), String(members.Contact)],
    ]);
    expect(await moved.rows("select count(*) from crm.contact where account_id is null")).toEqual([
      [String(expected.contacts_without_account)],
    ]);
    const relations = await moved.rows(`select count(*), count(*) filter (where r.is_primary) from crm.association r
      join crm.account a on a.id = r.from_id join crm.contact c on c.id = r.to_id
      where r.from_object = 'account' and r.to_object = 'contact'`);
    expect(relations).toEqual([["22", "18"]]);
    const branches = await moved.rows(
      "select from_object, count(*) from crm.association where to_object = 'branch' group by 1 order by 1",
    );
    expect(branches.map(([object]) => object)).toEqual(["account", "contact", "lead"]);
    const duplicate = await moved.rows("select count(*) from crm.campaign group by name having count(*) > 1");
    expect(duplicate).toEqual([["2"]]);
  });

  test("cases, leads, figures", async () => {
    const names: Record<string, string> = { new: "open" };
    const cases = await moved.rows(
      'select status, count(*), count(*) filter (where is_closed) from crm."case" group by 1',
    );
    expect(
      Object.fromEntries(
        cases.map(([status, n]) => [names[status!] ?? (status === "closed" ? "Closed" : status), Number(n)]),
      ),
    ).toEqual(expected.cases_by_status);
    expect(cases.find(([status]) => status === "closed")).toEqual(["closed", "14", "14"]);
    const leads = await moved.rows("select status, count(*) from crm.lead group by 1");
    const labels: Record<string, string> = { qualified: "Qualified", new: "New", contacted: "Working" };
    expect(Object.fromEntries(leads.map(([status, n]) => [labels[status!], Number(n)]))).toEqual(
      expected.leads_by_status,
    );
    expect(await moved.rows("select count(*) from crm.lead where company like '001%'")).toEqual([
      [String(expected.lead_company_is_record_id)],
    ]);
    const [row] = await moved.rows(
      "select sum(annual_revenue), sum(number_of_employees), count(*) filter (where not is_deleted) from crm.account",
    );
    expect([plain(row![0]!), row![1], row![2]]).toEqual([expected.account_revenue, expected.employees, "22"]);
  });

  test("the byte order mark is no part of the first column, and times are UTC", async () => {
    expect(
      await moved.rows(
        "select external_id, created_at at time zone 'UTC' from crm.account where name = 'Sample Account for Entitlements'",
      ),
    ).toEqual([["001Ec00000FzlUdIAJ", "2024-01-19 09:42:24"]]);
    const city = await moved.rows(
      "select custom -> 'billing_address' ->> 'city' from crm.account where external_id = '001Ec00000GGw3hIAD'",
    );
    expect(city).toEqual([["Katherinemouth"]]);
  });
});
