import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needsShared, sharedDir } from "../helpers/shared.ts";
import { expectProven, facts, type Migrated, migrateAll, outcomes, plain, referenceOf, sumOf } from "./migrated.ts";

/** A chain opportunity - activity - lead - contact, sales that several opportunities share, lines of products no longer sold. */
describe.skipIf(sharedDir() === null)(needsShared("basudev-sales-crm"), () => {
  let moved: Migrated;
  const expected = sharedDir() === null ? {} : facts("basudev-sales-crm");
  const counts = (expected.row_counts ?? {}) as Record<string, number>;

  beforeAll(async () => {
    moved = await migrateAll(fileURLToPath(new URL("basudev", import.meta.url)));
  }, 300_000);
  afterAll(() => moved?.close());

  test("is proven", () => {
    expectProven(moved, counts);
  });

  test("every record is loaded", () => {
    expect(outcomes(moved.run)).toEqual({
      "contact < Contacts": { inserted: counts.Contacts },
      "lead < Leads": { inserted: counts.Leads },
      "task < Activity": { inserted: counts.Activity },
      "product < Products": { inserted: counts.Products },
      "quote < Sales": { inserted: counts.Sales },
      "quote_line_item < SalesLines": { inserted: counts.SalesLines },
      "opportunity < Opportunity": { inserted: counts.Opportunity },
    });
  });

  test("opportunities by stage", async () => {
    const names: Record<string, string> = { "Proposal Sent": "proposal" };
    const rows = await moved.rows("select stage, count(*), sum(amount) from crm.opportunity group by 1");
    const found = Object.fromEntries(rows.map(([stage, n, sum]) => [stage, { rows: Number(n), sum: plain(sum!) }]));
    const stages = Object.entries(expected.opps_by_stage as Record<string, { rows: number; sum: string }>);
    expect(found).toEqual(
      Object.fromEntries(
        stages.map(([stage, { rows: n, sum }]) => [
          names[stage] ?? stage.toLowerCase().replace(" ", "_"),
          { rows: n, sum: plain(sum) },
        ]),
      ),
    );
    expect(sumOf(moved, "opportunity", "amount")).toEqual([expected.opp_value, expected.opp_value]);
  });

  test("lines add up, those of inactive products too", async () => {
    const rows = await moved.rows(`select sum(l.total_price), sum(l.quantity), count(*) filter (where not p.is_active)
      from crm.quote_line_item l join crm.product p on p.id = l.product_id join crm.quote q on q.id = l.quote_id`);
    expect(rows.map(([total, quantity, inactive]) => [plain(total!), plain(quantity!), Number(inactive)])).toEqual([
      [expected.line_total, expected.line_qty, expected.lines_of_inactive_products],
    ]);
    expect(sumOf(moved, "quote_line_item", "total_price")).toEqual([expected.line_total, expected.line_total]);
    expect(sumOf(moved, "quote_line_item", "quantity")).toEqual([expected.line_qty, expected.line_qty]);
    expect(referenceOf(moved, "quote_line_item", "product_id")).toEqual([3761, 3761, 0]);
  });

  test("sales are linked, also those that several opportunities share", async () => {
    const link =
      "crm.association r on r.from_object = 'opportunity' and r.from_id = o.id and r.to_object = 'quote' and r.label = 'sale'";
    const without = await moved.rows(
      `select count(*), count(*) filter (where stage = 'closed_won') from crm.opportunity o left join ${link} where r.id is null`,
    );
    expect(without).toEqual([[String(expected.opps_without_sale), String(expected.won_without_sale)]]);
    const shared = await moved.rows(
      `select count(*), sum(n) from (select count(*) as n from crm.opportunity o join ${link} group by r.to_id having count(*) > 1) q`,
    );
    expect(shared[0]!.map(Number)).toEqual(expected.sales_referenced_more_than_once);
  });

  test("the chain to the contact holds for every opportunity", async () => {
    const rows = await moved.rows(`select count(*) from crm.opportunity o
      join crm.association r on r.from_object = 'opportunity' and r.from_id = o.id and r.to_object = 'task' and r.label = 'origin'
      join crm.task t on t.id = r.to_id join crm.lead l on t.who_type = 'lead' and l.id = t.who_id
      join crm.contact c on c.id = l.converted_contact_id`);
    expect(rows).toEqual([["500"]]);
  });
});
