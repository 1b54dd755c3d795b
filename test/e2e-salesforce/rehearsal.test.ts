/** Weeks of rehearsal in one test: the old CRM stays in use, deltas catch up, people work in the target already. */
import { appendFileSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { compilerFor, runMigration } from "../../core/engine/index.ts";
import type { RunReport } from "../../core/engine/types.ts";
import { reconcile } from "../../core/proof/index.ts";
import { withClient } from "../e2e/target.ts";
import type { Org } from "../sim/salesforce/index.ts";
import { notAddingUp, type Place, place, SOURCE } from "./kit.ts";
import { differences } from "./truth.ts";
import { mergedDifferences } from "./truth-merged.ts";

const DAY = 86_400_000;
/** Every step is proven in long trials; else the last one, where edits and conflicts are kept. */
const PROVEN = process.env.SOAK === "1";

const ids = (org: Org, object: string, deleted = false): string[] =>
  [...org.truth(object, { deleted })].map((row) => String(row.Id));

async function run(at: Place, delta: boolean): Promise<RunReport> {
  return await runMigration(await at.session(), { delta }, () => undefined);
}

/** One step's end: buckets add up, the target is as the org says but for these lines, the proof is clean. */
async function expectStep(at: Place, report: RunReport, kept: readonly string[] = [], proven = PROVEN): Promise<void> {
  expect(report).toMatchObject({ status: "completed", error: null });
  expect(notAddingUp(report)).toEqual([]);
  expect(rejects(at, report)).toEqual([]);
  expect(await differences(at.database.url, at.sim.org)).toEqual(kept);
  expect(await mergedDifferences(at.database.url, at.sim.org)).toEqual([]);
  if (!proven) return;
  const session = await at.session();
  const proof = await reconcile(session, { run: null, spotChecks: 10, compile: await compilerFor(session) });
  expect(proof.objects.filter(({ ok, unexplained }) => !ok || unexplained !== 0)).toEqual([]);
  expect(proof.spotChecks.filter(({ ok }) => !ok)).toEqual([]);
  expect(proof).toMatchObject({ ok: true });
}

/** First lines of the reject files. */
function rejects(at: Place, { run: name }: RunReport): string[] {
  const folder = join(at.dir, "runs", name, "rejects");
  const files = existsSync(folder) ? readdirSync(folder) : [];
  return files.map((file) => `${file}: ${readFileSync(join(folder, file), "utf8").slice(0, 1500)}`);
}

const edit = (at: Place, sql: string, values: readonly unknown[]) =>
  withClient(at.database.url, (client) => client.query(sql, [...values]));

it("ten steps, from the first load to the freeze", async () => {
  const at = await place({ seed: 1, records: 200, bulk: { polls: [0, 0] } });
  const init = await at.migrate("init", "--source", "salesforce", "--source-options", SOURCE);
  expect(init.code, init.stderr).toBe(0);
  appendFileSync(join(at.dir, "migration.yaml"), "\ndelta: { deleted: delete }\nconflicts: review\n");
  const { org, clock } = at.sim;
  clock.set("2026-11-20T09:00:00Z");
  const user = ids(org, "User")[5]!;

  // 1: everything
  await expectStep(at, await run(at, false));

  // 2, 3: changes of every kind, and a delta
  clock.advance(DAY);
  const account = ids(org, "Account");
  const contact = ids(org, "Contact");
  const opportunity = ids(org, "Opportunity");
  org.update(account[2]!, { BillingCity: "Bonn", Description: "edited" }, { by: user });
  org.update(contact[3]!, { AccountId: account[4]!, Title: "Moved" });
  // no stamp of the record itself: a formula, a price, the contact in the primary role
  org.recalculate(opportunity[1]!, { Commission_Rate__c: 9.5 });
  const standard = [...org.truth("Pricebook2")].find((book) => book.IsStandard === true)!.Id;
  const entry = [...org.truth("PricebookEntry")].find(
    (row) => row.Pricebook2Id === standard && row.CurrencyIsoCode === "USD",
  );
  org.update(String(entry!.Id), { UnitPrice: 77.5 });
  const role = [...org.truth("OpportunityContactRole")].find((row) => row.IsPrimary === true)!;
  org.update(String(role.Id), { ContactId: contact[5]! });
  const parent = org.insert("Account", { Name: "New parent", OwnerId: user, CurrencyIsoCode: "EUR" });
  org.insert("Contact", { LastName: "New child", AccountId: parent, OwnerId: user, CurrencyIsoCode: "EUR" });
  org.update(account[5]!, { ParentId: parent });
  org.delete(ids(org, "Task")[0]!);
  org.delete(ids(org, "Case").at(-1)!);
  org.delete(ids(org, "CampaignMember")[0]!);
  const binned = [...org.truth("Opportunity", { deleted: true })].find((row) => row.IsDeleted === true);
  if (binned !== undefined) org.restore(String(binned.Id));
  const archived = [...org.truth("Task", { deleted: true })].find((row) => row.IsArchived && !row.IsDeleted);
  org.update(String(archived!.Id), { Subject: "Archived and edited" });
  // shows three seconds after it was made: the delta's watermark lies before it
  org.update(account[6]!, { BillingCity: "late" }, { lateMs: 3000 });
  clock.advance(2000);
  const second = await run(at, true);
  expect(second.totals.inserted).toBeGreaterThanOrEqual(2);
  clock.advance(5000);
  await expectStep(at, await run(at, true));

  // 4, 5: people edit the target; the source changes the same record, the same field, or neither
  clock.advance(DAY);
  const set = "update crm.account set billing_city = $2 where external_id = $1";
  await edit(at, set, [account[8], "edited in the target"]);
  await edit(at, set, [account[9], "both, differently"]);
  await edit(at, set, [account[10], "both, the same"]);
  org.update(account[8]!, { Description: "source only" });
  org.update(account[9]!, { BillingCity: "the source's own" });
  org.update(account[10]!, { BillingCity: "both, the same" });
  const city = (id: string) => JSON.stringify(org.row(id)!.BillingCity);
  const kept = () => [
    "Account: 2 differences",
    `  ${account[8]} billing_city: "edited in the target" instead of ${city(account[8]!)}`,
    `  ${account[9]} billing_city: "both, differently" instead of ${city(account[9]!)}`,
  ];
  await expectStep(at, await run(at, true), kept());

  // 6: deleted
  clock.advance(DAY);
  org.delete(opportunity[3]!);
  org.delete(contact[7]!, { children: "stamped" });
  await expectStep(at, await run(at, true), kept());

  // 7, 8: merged, once with children that the org stamps and once in silence
  clock.advance(DAY);
  const leads = ids(org, "Lead");
  org.merge(leads[1]!, leads[2]!);
  const people = ids(org, "Contact");
  org.merge(people[10]!, people[11]!, { children: "silent" });
  await expectStep(at, await run(at, true), kept());

  // 9: a freeze that somebody breaks
  const session = await at.session();
  const changes = session.source.changes!;
  clock.advance(3_600_000);
  const frozen = await changes.now!();
  clock.advance(60_000);
  for (const object of ["Account", "Contact", "Lead", "Opportunity"])
    expect(await changes.touchedSince(object, frozen, 5)).toEqual({ count: 0, records: [] });
  org.update(people[12]!, { Title: "After the freeze" }, { by: user });
  expect(await changes.touchedSince("Contact", frozen, 5)).toMatchObject({
    count: 1,
    records: [{ id: people[12], how: "changed", by: org.row(user)!.Name }],
  });

  // 10: the final delta, and one more that finds nothing
  clock.advance(DAY);
  await expectStep(at, await run(at, true), kept());
  clock.advance(DAY);
  const last = await run(at, true);
  expect(last.totals).toMatchObject({ inserted: 0, updated: 0, deleted: 0 });
  await expectStep(at, last, kept(), true);
}, 900_000);
