/** Weeks of rehearsal in one test: the old CRM stays in use, deltas catch up, people work in the target already. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { RunReport } from "../../core/engine/types.ts";
import { withClient } from "../e2e/target.ts";
import { notAddingUp, type Place, place } from "./kit.ts";
import { differences, mergedDifferences } from "./truth.ts";
import { records } from "./truth-values.ts";

const DAY = 86_400_000;
/** Every step is proven in long trials; else the last one, where edits and conflicts are kept. */
const PROVEN = process.env.SOAK === "1";
const PLAIN = { category: "HUBSPOT_DEFINED", typeId: 279, label: null } as const;
const PRIMARY = { category: "HUBSPOT_DEFINED", typeId: 1, label: "Primary" } as const;

/** First lines of the reject files. */
function rejects(at: Place, { run: name }: RunReport): string[] {
  const folder = join(at.dir, "runs", name, "rejects");
  const files = existsSync(folder) ? readdirSync(folder) : [];
  return files.map((file) => `${file}: ${readFileSync(join(folder, file), "utf8").slice(0, 1500)}`);
}

/** One step's end: buckets add up, the target is as the portal says but for these lines, the proof is clean. */
async function expectStep(at: Place, report: RunReport, kept: readonly string[] = [], proven = PROVEN): Promise<void> {
  expect(report).toMatchObject({ status: "completed", error: null });
  expect(notAddingUp(report)).toEqual([]);
  expect(rejects(at, report)).toEqual([]);
  expect(await differences(at.database.url, at.sim.portal)).toEqual(kept);
  expect(await mergedDifferences(at.database.url, at.sim.portal)).toEqual([]);
  if (!proven) return;
  const proof = await at.reconcile();
  expect(proof.objects.filter(({ ok, unexplained }) => !ok || unexplained !== 0)).toEqual([]);
  expect(proof.spotChecks.filter(({ ok }) => !ok)).toEqual([]);
  expect(proof).toMatchObject({ ok: true });
}

const edit = (at: Place, sql: string, values: readonly unknown[]) =>
  withClient(at.database.url, (client) => client.query(sql, [...values]));

// the engine's part of it is shown by the rehearsal of the other system, the connector's by the conformance suite
it.runIf(process.env.SOAK === "1")(
  "ten steps, from the first load to the freeze",
  async () => {
    const at = await place(
      { seed: 1, records: 400, customObjects: false },
      { mappings: "delta: { deleted: delete }\nconflicts: review\n" },
    );
    const { portal, clock } = at.sim;
    const delta = () => at.run({ delta: true });
    const type = (name: string) => portal.type(name)!;
    const ids = (name: string) => [...records(portal, name)].map(({ id }) => id);
    const [companies, contacts, deals, tickets] = ["companies", "contacts", "deals", "tickets"].map(type) as [
      ReturnType<typeof type>,
      ReturnType<typeof type>,
      ReturnType<typeof type>,
      ReturnType<typeof type>,
    ];
    clock.set("2026-11-20T09:00:00Z");

    // 1: everything
    await expectStep(at, await at.run());

    // 2, 3: changes of every kind, and a delta
    clock.advance(DAY);
    const company = ids("companies");
    const person = ids("contacts");
    const deal = ids("deals");
    portal.write(companies, company[2]!, { city: "Bonn", description: "edited" }, { by: "12345" });
    portal.write(contacts, person[3]!, { jobtitle: "Moved" });
    // no timestamp tells: calculations, associations, labels
    portal.recalculate(deals, deal[1]!, { hs_projected_amount: "12345.5" });
    portal.recalculate(companies, company[3]!, { notes_last_updated: "2026-11-20T10:00:00Z" });
    const [first] = portal.associations(contacts, person[4]!, companies)!;
    if (first !== undefined) portal.dissociate(contacts, person[4]!, companies, first.toId);
    portal.associate(contacts, person[4]!, companies, company[5]!, [PRIMARY, PLAIN]);
    portal.associate(contacts, person[5]!, companies, company[6]!, [
      PLAIN,
      { category: "USER_DEFINED", typeId: 3, label: "Contractor of" },
    ]);
    const made = portal.write(companies, null, { name: "New company", domain: "new.example" });
    const child = portal.write(contacts, null, { firstname: "New", lastname: "Child", email: "child@new.example" });
    portal.associate(contacts, child, companies, made, [PRIMARY, PLAIN]);
    portal.archive(contacts, person[8]!);
    portal.erase(tickets, ids("tickets")[1]!);
    const [archived] = portal.list(contacts, { archived: true, after: null, limit: 1 });
    portal.restore(contacts, archived!.id);
    clock.advance(2 * 3_600_000);
    const second = await delta();
    expect(second.totals.inserted).toBeGreaterThanOrEqual(3);
    await expectStep(at, second);

    // 4, 5: people edit the target; the source changes the same record, the same field, or neither
    clock.advance(DAY);
    const set = "update crm.account set billing_city = $2 where external_id = $1";
    await edit(at, set, [company[8], "edited in the target"]);
    await edit(at, set, [company[9], "both, differently"]);
    await edit(at, set, [company[10], "both, the same"]);
    portal.write(companies, company[8]!, { description: "source only" });
    portal.write(companies, company[9]!, { city: "the source's own" });
    portal.write(companies, company[10]!, { city: "both, the same" });
    clock.advance(2 * 3_600_000);
    const city = (id: string) => JSON.stringify(portal.record(companies, id)!.properties.city ?? null);
    const kept = () => [
      "companies: 2 differences",
      `  ${company[8]} billing_city: "edited in the target" instead of ${city(company[8]!)}`,
      `  ${company[9]} billing_city: "both, differently" instead of ${city(company[9]!)}`,
    ];
    await expectStep(at, await delta(), kept());

    // 6: deleted
    clock.advance(DAY);
    portal.archive(deals, deal[3]!);
    portal.archive(contacts, person[9]!);
    clock.advance(2 * 3_600_000);
    await expectStep(at, await delta(), kept());

    // 7, 8: merged into a new record, and into the winner
    clock.advance(DAY);
    portal.merge(contacts, person[12]!, person[13]!);
    portal.merge(companies, company[12]!, company[13]!, { into: "winner" });
    clock.advance(2 * 3_600_000);
    await expectStep(at, await delta(), kept());

    // 9: a freeze that somebody breaks
    const changes = (await at.session()).source.changes!;
    const frozen = await changes.now!();
    clock.advance(60_000);
    for (const object of ["companies", "contacts", "deals", "tickets"])
      expect(await changes.touchedSince(object, frozen, 5)).toEqual({ count: 0, records: [] });
    portal.write(contacts, person[14]!, { jobtitle: "After the freeze" }, { by: "4711" });
    expect(await changes.touchedSince("contacts", frozen, 5)).toMatchObject({
      count: 1,
      records: [{ id: person[14], how: "changed", by: "user 4711" }],
    });

    // 10: the final delta, and one more that finds nothing
    clock.advance(DAY);
    await expectStep(at, await delta(), kept());
    clock.advance(DAY);
    const last = await delta();
    expect(last.totals).toMatchObject({ inserted: 0, updated: 0, deleted: 0 });
    await expectStep(at, last, kept(), true);
  },
  900_000,
);
