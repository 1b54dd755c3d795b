import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needsShared, sharedDir } from "../helpers/shared.ts";
import { expectProven, facts, type Migrated, migrateAll, outcomes, plain, referenceOf, sumOf } from "./migrated.ts";

interface Stage {
  readonly rows: number;
  readonly sum: string;
}

/** Companies joined by domain, contacts by e-mail, owners who are in no file, five kinds of activity in one. */
describe.skipIf(sharedDir() === null)(needsShared("hubspot-dummy"), () => {
  let moved: Migrated;
  const expected = sharedDir() === null ? {} : facts("hubspot-dummy");
  const counts = Object.fromEntries(
    Object.entries((expected.row_counts ?? {}) as Record<string, number>).map(([name, n]) => [`hubspot_${name}`, n]),
  );
  const owners = [
    "angela.martin",
    "dwight.schrute",
    "jim.halpert",
    "kevin.malone",
    "michael.scott",
    "oscar.martinez",
    "pam.beesly",
  ];

  beforeAll(async () => {
    moved = await migrateAll(fileURLToPath(new URL("hubspot-dummy", import.meta.url)));
  }, 300_000);
  afterAll(() => moved?.close());

  test("is proven", () => {
    expectProven(moved, counts);
  });

  test("activities are split by kind, each into one object", () => {
    const kinds = expected.activities_by_type as Record<string, number>;
    expect(outcomes(moved.run)).toEqual({
      "account < hubspot_companies": { inserted: 200 },
      "contact < hubspot_contacts": { inserted: 950 },
      "opportunity < hubspot_deals": { inserted: 500 },
      "case < hubspot_tickets": { inserted: 300 },
      "task < hubspot_activities": {
        inserted: kinds.Call! + kinds.Email! + kinds.Task!,
        filtered: kinds.Meeting! + kinds.Note!,
      },
      "event < hubspot_activities": { inserted: kinds.Meeting, filtered: 2000 - kinds.Meeting! },
      "note < hubspot_activities": { inserted: kinds.Note, filtered: 2000 - kinds.Note! },
    });
  });

  test("deals by stage", async () => {
    const rows = await moved.rows(
      "select custom ->> 'deal_stage', count(*), sum(amount) from crm.opportunity group by 1",
    );
    const found = Object.fromEntries(rows.map(([stage, n, sum]) => [stage, { rows: Number(n), sum: plain(sum!) }]));
    const wanted = Object.entries(expected.deals_by_stage as Record<string, Stage>);
    expect(found).toEqual(
      Object.fromEntries(wanted.map(([stage, { rows: n, sum }]) => [stage, { rows: n, sum: plain(sum) }])),
    );
    expect(sumOf(moved, "opportunity", "amount")).toEqual([expected.deal_amount, expected.deal_amount]);
    const won = plain((expected.deals_by_stage as Record<string, Stage>)["Closed Won"]!.sum);
    expect(sumOf(moved, "opportunity", "amount", { stage: "closed_won" })).toEqual([won, won]);
  });

  test("companies by domain, contacts by e-mail", async () => {
    expect(await moved.rows("select count(*) from crm.contact where account_id is null")).toEqual([
      [String(expected.contacts_without_company)],
    ]);
    expect(await moved.rows('select count(*) from crm."case" where account_id is null')).toEqual([
      [String(expected.tickets_without_company)],
    ]);
    expect(referenceOf(moved, "contact", "account_id")).toEqual([679, 679, 0]);
    expect(referenceOf(moved, "event", "who_id")).toEqual([412, 412, 0]);
    expect(await moved.rows("select distinct who_type from crm.task")).toEqual([["contact"]]);
  });

  test("owners are invited, inactive", async () => {
    const users = await moved.rows("select email, is_active from crm.user order by email");
    expect(users.map(([, active]) => active)).toEqual(users.map(() => "false"));
    expect(users.map(([email]) => email)).toEqual(owners.map((name) => `${name}@example.com`));
    expect([...moved.run.invited].sort()).toEqual(users.map(([email]) => email));
    expect(await moved.rows("select count(*) from crm.contact where owner_id is null")).toEqual([["0"]]);
  });

  test("leading zeros, exact revenue", async () => {
    expect(await moved.rows("select count(*) from crm.contact where mailing_postal_code like '0%'")).toEqual([
      [String(expected.contact_postal_leading_zero)],
    ]);
    const [row] = await moved.rows(
      "select count(*) filter (where billing_postal_code like '0%'), sum(annual_revenue), sum(number_of_employees) from crm.account",
    );
    expect([row![0], plain(row![1]!), row![2]]).toEqual([
      String(expected.company_postal_leading_zero),
      expected.companies_revenue,
      expected.companies_employees,
    ]);
    expect(sumOf(moved, "account", "annual_revenue")).toEqual([expected.companies_revenue, expected.companies_revenue]);
    expect(await moved.rows("select phone from crm.account where domain = 'flowers.net'")).toEqual([
      ["831.605.2433x72946"],
    ]);
  });

  test("tickets by status, contacts by lifecycle stage", async () => {
    const names: Record<string, string> = {
      waiting_support: "Waiting on us",
      new: "New",
      waiting_customer: "Waiting on contact",
      closed: "Closed",
    };
    const tickets = await moved.rows('select status, count(*) from crm."case" group by 1');
    expect(Object.fromEntries(tickets.map(([status, n]) => [names[status!], Number(n)]))).toEqual(
      expected.tickets_by_status,
    );
    const stages = await moved.rows("select lifecycle_stage, count(*) from crm.contact group by 1");
    expect(Object.fromEntries(stages.map(([stage, n]) => [stage, Number(n)]))).toEqual(expected.lifecycle);
  });
});
