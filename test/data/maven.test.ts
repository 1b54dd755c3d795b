import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needsShared, sharedDir } from "../helpers/shared.ts";
import { expectProven, facts, type Migrated, migrateAll, outcomes, plain, referenceOf, sumOf } from "./migrated.ts";

/** 85 accounts, 7 products, 35 agents, 8,800 opportunities, joined by names alone. */
describe.skipIf(sharedDir() === null)(needsShared("maven-crm-sales-opportunities"), () => {
  let moved: Migrated;
  const expected = sharedDir() === null ? {} : facts("maven-crm-sales-opportunities");
  const stages = expected.by_stage as Record<string, { rows: number; sum: string }>;
  const target = { Won: "closed_won", Lost: "closed_lost", Engaging: "qualification", Prospecting: "prospecting" };

  beforeAll(async () => {
    moved = await migrateAll(fileURLToPath(new URL("maven", import.meta.url)));
  }, 300_000);
  afterAll(() => moved?.close());

  test("is proven", () => {
    expectProven(moved, expected.row_counts as Record<string, number>);
  });

  test("every record is loaded, lines for won deals only", () => {
    expect(outcomes(moved.run)).toEqual({
      "user < sales_teams": { inserted: 35 },
      "product < products": { inserted: 7 },
      "account < accounts": { inserted: 85 },
      "opportunity < sales_pipeline": { inserted: 8800 },
      "opportunity_line_item < sales_pipeline": { inserted: 4238, filtered: 4562 },
    });
  });

  test("stages and their amounts", async () => {
    const rows = await moved.rows(
      "select stage, count(*), coalesce(sum(amount), 0) from crm.opportunity group by stage order by stage",
    );
    const wanted = Object.entries(target)
      .map(([name, stage]) => [stage, String(stages[name]!.rows), stages[name]!.sum])
      .sort();
    expect(rows).toEqual(wanted);
    // open deals have no amount at all: nothing to add up
    for (const [name, stage] of Object.entries({ Won: target.Won, Lost: target.Lost })) {
      expect(sumOf(moved, "opportunity", "amount", { stage })).toEqual([stages[name]!.sum, stages[name]!.sum]);
    }
    expect(sumOf(moved, "opportunity", "amount")).toEqual([expected.close_value_sum, expected.close_value_sum]);
    expect(sumOf(moved, "opportunity_line_item", "total_price")).toEqual(["10005534", "10005534"]);
  });

  test("GTXPro is GTX Pro", async () => {
    const rows =
      await moved.rows(`select count(*), count(*) filter (where stage = 'closed_won'), sum(amount) filter (where stage = 'closed_won')
      from crm.opportunity o join crm.product p on p.id = o.product_id where p.name = 'GTX Pro'`);
    expect(rows).toEqual([["1480", "729", "3510578"]]);
    expect(referenceOf(moved, "opportunity", "product_id")).toEqual([8800, 8800, 0]);
  });

  test("blanks stay blank, zero stays zero", async () => {
    const rows = await moved.rows(`select count(*) filter (where amount is null), count(*) filter (where amount = 0),
      count(*) filter (where account_id is null), count(*) filter (where open_date is null), count(*) filter (where close_date is null),
      min(close_date), max(close_date) from crm.opportunity`);
    const [from, to] = expected.close_date_min_max as string[];
    expect(rows).toEqual([
      [
        String(expected.close_value_blank),
        String(expected.close_value_zero),
        String(expected.account_blank),
        String(expected.engage_blank),
        String(expected.close_date_blank),
        from,
        to,
      ],
    ]);
    expect(referenceOf(moved, "opportunity", "account_id")).toEqual([7375, 7375, 0]);
  });

  test("owners by name; five agents without deals", async () => {
    const idle = await moved.rows(
      "select name from crm.user u where not exists (select from crm.opportunity o where o.owner_id = u.id) order by name",
    );
    expect(idle.flat()).toEqual(expected.agents_without_deals);
    expect(await moved.rows("select count(*) from crm.opportunity where owner_id is null")).toEqual([["0"]]);
  });

  test("subsidiaries, typos, revenue", async () => {
    const [row] =
      await moved.rows(`select count(parent_id), count(distinct parent_id), sum(annual_revenue), sum(number_of_employees),
      count(*) filter (where custom ->> 'sector' = 'technolgy'), count(*) filter (where billing_country = 'Philipines') from crm.account`);
    expect([row![0], row![1], plain(row![2]!), row![3], row![4], row![5]]).toEqual([
      String(expected.subsidiaries),
      "7",
      plain(expected.accounts_revenue_sum as string),
      expected.accounts_employees_sum,
      String(expected.sector_technolgy),
      String(expected.office_Philipines),
    ]);
    expect(referenceOf(moved, "account", "parent_id")).toEqual([15, 15, 0]);
  });
});
