import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { expectProven, migrateAll, outcomes } from "../data/migrated.ts";

const example = fileURLToPath(new URL("../../examples/several-rows", import.meta.url));

test("a manager of one company and contractor of another, in two rows: one contact, two companies, labelled associations", async () => {
  const moved = await migrateAll(example);
  try {
    expect(outcomes(moved.run)).toEqual({
      "account < import": { inserted: 2, merged: 1 },
      "contact < import": { inserted: 2, merged: 1 },
    });
    expectProven(moved, { import: 3 });
    const rows = await moved.rows(
      `select c.first_name, a.name, l.label, l.is_primary from crm.association l
         join crm.contact c on l.from_object = 'contact' and c.id = l.from_id join crm.account a on l.to_object = 'account' and a.id = l.to_id
        order by c.id, a.id, l.label`,
    );
    expect(rows).toEqual([
      ["Luke", "Luke's Diner", "Manager", "false"],
      ["Luke", "The Dragonfly Inn", "Contractor", "false"],
      ["Lorelai", "The Dragonfly Inn", "Billing contact", "true"],
      ["Lorelai", "The Dragonfly Inn", "Manager", "true"],
    ]);
  } finally {
    await moved.close();
  }
});
