/** Whole migrations of simulated orgs: what arrives is what the org holds, row by row, whatever happens on the way. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Plan, RunReport } from "../../core/engine/types.ts";
import type { Reconciliation } from "../../core/proof/types.ts";
import type { Ended } from "../e2e/kit.ts";
import type { Org } from "../sim/salesforce/index.ts";
import { notAddingUp, type Place, place, SOURCE } from "./kit.ts";
import { measured } from "./measured.ts";
import { differences, loadable, orgSums, targetSums } from "./truth.ts";
import { losers, mergedDifferences } from "./truth-merged.ts";
import { SPECS, STAGES } from "./truth-objects.ts";

const soak = process.env.SOAK === "1";
/** In long trials: only so many records, only this seed, only `plain` or `faulty` ones. */
const { SOAK_RECORDS, SOAK_SEED, SOAK_ONLY } = process.env;
type Size = readonly [seed: number, records: number];
const chosen = <Some extends readonly [...Size, ...unknown[]]>(kind: string, sizes: readonly Some[]): readonly Some[] =>
  sizes.filter(
    ([seed, records]) =>
      (SOAK_ONLY ?? kind) === kind &&
      (SOAK_RECORDS ?? String(records)) === String(records) &&
      (SOAK_SEED ?? String(seed)) === String(seed),
  );
const LONG: readonly Size[] = [
  [1, 20_000],
  [2, 20_000],
  [1, 500_000],
  [2, 500_000],
];
const SIZES: readonly Size[] = soak ? chosen("plain", LONG) : [[1, 700]];
/** With faults, and with access tokens that end that soon. */
const FAULTY: readonly (readonly [...Size, tokenSeconds: number])[] = soak
  ? chosen("faulty", LONG).map((size) => [...size, 20] as const)
  : [[2, 700, 3]];
const HOUR = 3_600_000;

/** `migrate ...args`; long trials tell what it cost. */
async function command(at: Place, ...args: readonly string[]): Promise<Ended> {
  if (!soak) return await at.migrate(...args);
  const { figures, ...ended } = await measured(at, ...args);
  console.log(JSON.stringify(figures));
  return ended;
}

/** The end state of a run: every bucket adds up, and every row, reference, owner and sum is that of the org. */
async function expectWhole({ sim, database, lastRun }: Place): Promise<RunReport> {
  const report = lastRun();
  expect(report).toMatchObject({ status: "completed", clean: true });
  expect(notAddingUp(report)).toEqual([]);
  const merged = ["Account", "Contact", "Lead"].reduce((sum, object) => sum + losers(sim.org, object).length, 0);
  if (soak) console.log(JSON.stringify({ run: report.run, ...report.totals }));
  expect(report.totals).toMatchObject({ rejected: 0, merged, deleted: 0 });
  expect(await differences(database.url, sim.org)).toEqual([]);
  expect(await mergedDifferences(database.url, sim.org)).toEqual([]);
  expect(await targetSums(database.url)).toEqual(orgSums(sim.org, STAGES));
  return report;
}

/** Merges a pair of each kind: a small org has hardly any of its own. */
function mergePairs(org: Org): void {
  for (const object of ["Account", "Contact", "Lead"]) {
    const rows = [...org.truth(object)].filter((row) => row.IsPersonAccount !== true && row.IsConverted !== true);
    org.merge(String(rows[1]!.Id), String(rows[2]!.Id));
  }
}

const countBy = (org: Org, object: string, where: (row: Readonly<Record<string, unknown>>) => boolean) =>
  [...org.truth(object, { deleted: true })].filter(where).length;

it.each(SIZES)(
  "init, check, plan, run, reconcile: seed %i, %i records",
  async (seed, records) => {
    const at = await place({ seed, records });
    const { sim, database, dir } = at;
    mergePairs(sim.org);
    const ok = async (...args: string[]) => {
      const ended = await command(at, ...args);
      expect(ended.code, ended.stderr + ended.stdout).toBe(0);
      return ended;
    };

    await ok("init", "--source", "salesforce", "--source-options", SOURCE);
    await ok("check");
    const plan = JSON.parse((await ok("plan", "--json")).stdout) as Plan;
    // counted at the source, and told before anything is loaded
    expect(plan.stages.find(({ source }) => source === "Contact")?.count).toBe(
      sim.org.count("Contact") + losers(sim.org, "Contact").length,
    );
    expect(Math.min(...["Account", "Contact", "Lead"].map((object) => losers(sim.org, object).length))).toBeGreaterThan(
      0,
    );
    expect(plan.apiCalls).toBeGreaterThan(50);
    expect(plan.apiCallsLeft).toBeLessThan(80_000);

    const before = sim.stats.apiCalls;
    await ok("run", "--quiet");
    const report = await expectWhole(at);
    // a run costs about what the plan said
    const used = sim.stats.apiCalls - before;
    expect(used / plan.apiCalls!).toBeGreaterThan(0.5);
    expect(used / plan.apiCalls!).toBeLessThan(1.6);

    // every kind of row is there that this test is about
    const { org } = sim;
    const read = (object: string) => report.objects.find(({ source }) => source === object)!.read;
    const { rows } = await database.database.query<Record<string, number>>(
      `select (select count(*)::int from crm.account where is_person_account) as persons,
       (select count(*)::int from crm.contact c join crm.account a on a.id = c.account_id and a.is_person_account) as shadows,
       (select count(*)::int from crm.lead where is_converted) as converted,
       (select count(*)::int from crm.task where is_archived) as archived,
       (select count(*)::int from crm.lead l join crm."user" u on u.id = l.owner_id where u.is_queue) as queued,
       (select count(*)::int from crm.account a join crm."user" u on u.id = a.owner_id where not u.is_active) as inactive,
       (select count(distinct currency)::int from crm.opportunity) as currencies,
       (select count(*)::int from crm.account where (custom->>'lifetime_value')::numeric >= 10000000) as exponents`,
    );
    const live = (row: Readonly<Record<string, unknown>>) => row.IsDeleted === false;
    const inactive = new Set(
      [...org.truth("User")].filter((user) => user.IsActive === false).map(({ Id }) => String(Id)),
    );
    expect(rows[0]).toEqual({
      persons: countBy(org, "Account", (row) => live(row) && row.IsPersonAccount === true),
      shadows: countBy(org, "Contact", (row) => live(row) && row.IsPersonAccount === true),
      converted: countBy(org, "Lead", (row) => live(row) && row.IsConverted === true),
      archived: countBy(org, "Task", (row) => live(row) && row.IsArchived === true),
      queued: countBy(org, "Lead", (row) => live(row) && String(row.OwnerId).startsWith("00G")),
      inactive: countBy(org, "Account", (row) => live(row) && inactive.has(String(row.OwnerId))),
      currencies: 4,
      exponents: countBy(org, "Account", (row) => live(row) && Number(row.Lifetime_Value__c) >= 1e7),
    });
    for (const [what, count] of Object.entries(rows[0]!)) expect(count, what).toBeGreaterThan(0);
    expect(read("Task")).toBe(countBy(org, "Task", live));

    await ok("reconcile", "--quiet", "--spot-checks", "25");
    const proof = JSON.parse(
      readFileSync(join(dir, "runs", report.run, "reconciliation.json"), "utf8"),
    ) as Reconciliation;
    expect(proof.ok).toBe(true);
    expect(proof.objects.filter(({ ok, unexplained }) => !ok || unexplained !== 0)).toEqual([]);
    expect(proof.spotChecks.length).toBeGreaterThanOrEqual(25);

    // the same again changes nothing
    await ok("run", "--quiet");
    expect(at.lastRun().totals).toMatchObject({ inserted: 0, updated: 0, unchanged: report.totals.inserted });
  },
  soak ? 4 * HOUR : 600_000,
);

it.each(FAULTY)(
  "the same with faults and short-lived tokens: seed %i, %i records, tokens of %i s",
  async (seed, records, tokenSeconds) => {
    const at = await place({ seed, records, tokenSeconds, faultRate: 0.02 });
    const { sim } = at;
    mergePairs(sim.org);
    // deleted and merged records are read, too, and must be accounted for; small pages make many requests
    sim.faults.rate = 0;
    const init = await at.migrate(
      "init",
      "--source",
      "salesforce",
      "--source-options",
      `${SOURCE.slice(0, -1)}, includeDeleted: true, bulkThreshold: 100, maxRecords: ${records > 100_000 ? 500 : 100} }`,
    );
    expect(init.code, init.stderr).toBe(0);
    sim.faults.rate = 0.02;
    const { tokens } = sim.stats;
    const ended = await command(at, "run", "--quiet");
    expect(ended.code, ended.stderr + ended.stdout).toBe(0);
    if (soak) console.log(JSON.stringify({ faults: sim.stats.faults, tokens: sim.stats.tokens - tokens }));
    expect(Object.values(sim.stats.faults).reduce((sum, times) => sum + times, 0)).toBeGreaterThan(0);
    // signed in, and anew when the token ran out
    expect(sim.stats.tokens - tokens).toBeGreaterThanOrEqual(2);
    expect(sim.stats.unauthorized).toBeGreaterThan(0);

    const report = await expectWhole(at);
    for (const spec of SPECS) {
      const loaded = [...loadable(sim.org, spec)].length;
      const objects = report.objects.filter(({ source }) => source === spec.object);
      const sum = (name: "read" | "inserted" | "filtered") => objects.reduce((total, each) => total + each[name], 0);
      // files and notes take their links from one object
      const all = objects.length * sim.org.count(spec.object, { deleted: true });
      expect([spec.object, sum("read"), sum("inserted"), sum("filtered")]).toEqual([
        spec.object,
        all,
        loaded,
        all - loaded - losers(sim.org, spec.object).length,
      ]);
    }
    const proved = await command(at, "reconcile", "--quiet");
    expect(proved.code, proved.stderr + proved.stdout).toBe(0);
  },
  soak ? 4 * HOUR : 600_000,
);
