import { describe, expect, it } from "vitest";
import { changingSource } from "../../helpers/changing-source.ts";
import { buckets, MAPPINGS, ORG, org } from "./delta-kit.ts";

/** Two accounts (one the parent of the other), two contacts, a deal, a pair. */
async function loaded(config = "") {
  const at = await org({ config });
  const { source } = at;
  source.put("Account", "A1", { Name: "Acme", Industry: "steel", Rating: "10" });
  source.put("Account", "A2", { Name: "Beta", Parent: "A1", Rating: "20", Main: "C1" });
  source.put("Contact", "C1", { Name: "Ann", Email: "ann@acme.com", Account: "A1", Deals: "D1" });
  source.put("Contact", "C2", { Name: "Bob", Account: "A2" });
  source.put("Deal", "D1", { Name: "First", Account: "A2", Contact: "C1" });
  source.put("Pair", "P1", { Contact: "C1", Account: "A2", Label: "advisor" });
  at.later();
  await at.run();
  await at.clean();
  at.later();
  source.calls.length = 0;
  source.given.clear();
  return at;
}

const ACCOUNTS = `select a.external_id, a.name, a.industry, p.external_id, c.external_id, a.custom ->> 'rating'
  from crm.account a left join crm.account p on p.id = a.parent_id left join crm.contact c on c.id = a.primary_contact_id order by 1`;

describe("a delta", () => {
  it("reads what changed alone, and nothing the second time", async () => {
    const at = await loaded();
    at.source.put("Account", "A1", { Name: "Acme AG" });
    at.source.put("Contact", "C3", { Name: "Cid", Account: "A1" });
    expect(buckets(await at.delta())).toEqual({
      account: { read: 1, updated: 1 },
      contact: { read: 1, inserted: 1 },
      deal: {},
      association: { read: 1, unchanged: 1 },
    });
    expect(at.source.given.get("changed Account")).toBe(1);
    expect(at.source.given.get("changed Deal")).toBe(0);
    expect(await at.sql(ACCOUNTS)).toEqual([
      ["A1", "Acme AG", "steel", null, null, "10"],
      ["A2", "Beta", null, "A1", "C1", "20"],
    ]);
    await at.clean();
    at.later();
    const again = await at.delta();
    expect(again.totals).toMatchObject({ inserted: 0, updated: 0, deleted: 0 });
    await at.clean();
  });

  it("finds what changes without a timestamp, and links that go", async () => {
    const at = await loaded();
    at.source.recalculate("Account", "A2", { Rating: "25" });
    at.source.recalculate("Contact", "C1", { Deals: null });
    at.source.objects.Pair!.rows.clear();
    at.source.put("Pair", "P2", { Contact: "C2", Account: "A1", Label: "owner" });
    expect(buckets(await at.delta())).toEqual({
      account: { read: 1, updated: 1 },
      contact: { read: 1, updated: 1 },
      deal: {},
      association: { read: 2, inserted: 1, deleted: 1 },
    });
    expect(await at.sql(ACCOUNTS)).toEqual([
      ["A1", "Acme", "steel", null, null, "10"],
      ["A2", "Beta", null, "A1", "C1", "25"],
    ]);
    expect(await at.sql("select from_object, to_object, label from crm.association order by 1, 2, 3")).toEqual([
      ["contact", "account", "owner"],
    ]);
    await at.clean();
  });

  it("lets children follow once their parents are there, and references be filled in", async () => {
    const at = await loaded();
    at.source.put("Contact", "C9", { Name: "Zoe", Account: "A9" });
    at.source.put("Deal", "D9", { Name: "Orphan", Account: "A9", Contact: "C9" });
    at.source.put("Account", "A1", { Main: "C9" });
    expect(buckets(await at.delta())).toMatchObject({
      contact: { read: 1, rejected: 1 },
      deal: { read: 1, inserted: 1 },
    });
    at.later();
    at.source.put("Account", "A9", { Name: "Late" });
    expect(buckets(await at.delta())).toEqual({
      account: { read: 2, inserted: 1, updated: 1 },
      contact: { read: 1, inserted: 1 },
      deal: { read: 1, updated: 1 },
      association: { read: 1, unchanged: 1 },
    });
    expect((await at.sql(ACCOUNTS)).map(([id, , , , main]) => [id, main])).toEqual([
      ["A1", "C9"],
      ["A2", "C1"],
      ["A9", null],
    ]);
    expect(
      await at.sql(
        "select d.external_id, a.external_id, c.external_id from crm.deal d left join crm.account a on a.id = d.account_id left join crm.contact c on c.id = d.contact_id order by 1",
      ),
    ).toEqual([
      ["D1", "A2", "C1"],
      ["D9", "A9", "C9"],
    ]);
    await at.clean();
  });

  it("finds rows that became visible late", async () => {
    const at = await loaded();
    // stamped before the watermark, seen long after it
    at.source.put("Account", "A5", { Name: "Late" }, { at: at.source.now - 50_000, lateMs: 3_600_000 });
    at.later();
    await at.delta();
    at.later(3_600_000);
    expect(buckets(await at.delta())).toMatchObject({ account: { read: 1, inserted: 1 } });
    await at.clean();
  });
});

describe("what is gone", () => {
  it("is marked where the table has a place for it, and comes back", async () => {
    const at = await loaded();
    at.source.remove("Contact", "C2", { by: "ann" });
    expect(buckets(await at.delta())).toMatchObject({ contact: { read: 1, deleted: 1 } });
    expect(await at.sql("select external_id, custom from crm.contact order by 1")).toEqual([
      ["C1", null],
      ["C2", { deleted_at_source: "2026-11-21T12:02:00Z" }],
    ]);
    await at.clean();
    at.later();
    await at.delta();
    await at.clean();
    at.source.put("Contact", "C2", { Name: "Bob", Account: "A2" }, { at: 0 });
    expect(buckets(await at.delta())).toMatchObject({ contact: { read: 1, updated: 1 } });
    expect(await at.sql("select external_id, custom from crm.contact order by 1")).toEqual([
      ["C1", null],
      ["C2", null],
    ]);
    await at.clean();
  });

  it("is deleted with its links, and references to it are emptied", async () => {
    const at = await loaded("delta: { deleted: delete }\n");
    at.source.remove("Contact", "C1");
    at.source.put("Account", "A2", { Main: null }, { at: 0 });
    at.source.put("Deal", "D1", { Contact: null }, { at: 0 });
    at.source.objects.Pair!.rows.clear();
    expect(buckets(await at.delta())).toMatchObject({
      contact: { read: 1, deleted: 1 },
      association: { read: 1, deleted: 1 },
    });
    expect(await at.sql("select external_id from crm.contact")).toEqual([["C2"]]);
    expect(await at.sql("select contact_id from crm.deal")).toEqual([[null]]);
    expect(await at.sql("select count(*)::int from crm.association")).toEqual([[0]]);
    expect(await at.sql("select code, key, field, value from migrate.warning order by field")).toEqual([
      ["GONE_REFERENCE_EMPTIED", "C1", "account.primary_contact_id", "A2"],
      ["GONE_REFERENCE_EMPTIED", "C1", "deal.contact_id", "D1"],
    ]);
    await at.clean();
    at.later();
    expect((await at.delta()).totals).toMatchObject({ updated: 0, inserted: 0, deleted: 0 });
    at.source.put("Contact", "C1", { Name: "Ann" });
    expect(buckets(await at.delta())).toMatchObject({ contact: { inserted: 1 } });
    await at.clean();
  });

  it("stays where the policy says keep, and is accounted for", async () => {
    const at = await loaded("delta: { deleted: keep }\n");
    at.source.remove("Contact", "C2");
    await at.delta();
    expect(await at.sql("select external_id, custom from crm.contact order by 1")).toEqual([
      ["C1", null],
      ["C2", null],
    ]);
    await at.clean();
    at.later();
    expect((await at.delta()).totals.deleted).toBe(0);
    await at.clean();
  });
});

describe("a merge", () => {
  for (const policy of ["mark", "delete", "keep"] as const) {
    it(`leads to the winner, with its children (${policy})`, async () => {
      const at = await loaded(`delta: { deleted: ${policy} }\n`);
      at.source.remove("Account", "A2", { into: "A1" });
      // the source re-points children without a stamp
      at.source.recalculate("Contact", "C2", { Account: "A1" });
      at.source.recalculate("Deal", "D1", { Account: "A1" });
      at.source.recalculate("Pair", "P1", { Account: "A1" });
      expect(buckets(await at.delta())).toMatchObject({ account: { read: 1, merged: 1 } });
      expect(
        await at.sql(
          "select c.external_id, a.external_id from crm.contact c join crm.account a on a.id = c.account_id order by 1",
        ),
      ).toEqual([
        ["C1", "A1"],
        ["C2", "A1"],
      ]);
      expect(await at.sql("select a.external_id from crm.deal d join crm.account a on a.id = d.account_id")).toEqual([
        ["A1"],
      ]);
      const left = { mark: [["A1"], ["A2"]], keep: [["A1"], ["A2"]], delete: [["A1"]] }[policy];
      expect(await at.sql("select external_id from crm.account order by 1")).toEqual(left);
      await at.clean();
      at.later();
      // what still names the loser finds the winner
      at.source.put("Contact", "C7", { Name: "Old link", Account: "A2" });
      expect(buckets(await at.delta())).toMatchObject({ contact: { inserted: 1 } });
      await at.clean();
    });
  }
});

describe("a merge that only the winner tells of", () => {
  it("takes the loser's row over, and accounts for it", async () => {
    const source = changingSource({ Company: { columns: ["Id", "Name", "Merged"], key: "Id" }, Contact: ORG.Contact });
    const at = await org({
      config: "delta: { deleted: delete }\n",
      source,
      mappings: {
        account: `
          object: account
          source: Company
          key: Id
          aliases: Merged
          fields: { name: Name }
        `,
        contact: MAPPINGS.contact!.replace(/ +associations:[\s\S]*$/, ""),
      },
    });
    source.put("Company", "1", { Name: "one" });
    source.put("Company", "2", { Name: "two" });
    source.put("Contact", "C1", { Name: "Ann", Account: "2" });
    at.later();
    await at.run();
    at.later();
    // both become a third
    source.remove("Company", "1", { into: "3" });
    source.remove("Company", "2", { into: "3" });
    source.put("Company", "3", { Name: "three", Merged: "1;2" });
    source.recalculate("Contact", "C1", { Account: "3" });
    expect(buckets(await at.delta())).toEqual({ account: { read: 3, inserted: 1, merged: 2 }, contact: {} });
    expect(
      await at.sql("select c.external_id, a.external_id from crm.contact c join crm.account a on a.id = c.account_id"),
    ).toEqual([["C1", "3"]]);
    expect(await at.sql("select external_id from crm.account")).toEqual([["3"]]);
    await at.clean();
  });
});
