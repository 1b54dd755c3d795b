/** Whole migrations of simulated portals: what arrives is what the portal holds, record by record, whatever happens on the way. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { RunReport } from "../../core/engine/types.ts";
import { type FaultKind, type ObjectType, type Portal, RANDOM_FAULTS } from "../sim/hubspot/index.ts";
import { notAddingUp, type Place, place, SOURCE } from "./kit.ts";
import { differences, mergedAway, mergedDifferences, portalSums, targetSums } from "./truth.ts";
import { MIGRATION, records } from "./truth-values.ts";

const soak = process.env.SOAK === "1";
type Sizes = readonly (readonly [seed: number, records: number])[];
/** `SOAK_RECORDS=20000`: of the long ones only those. */
const chosen = (sizes: Sizes): Sizes =>
  sizes.filter(([, records]) => (process.env.SOAK_RECORDS ?? String(records)) === String(records));

/** Migrated without disturbance. */
const SIZES = soak
  ? chosen([
      [1, 20_000],
      [2, 20_000],
      [1, 300_000],
      [2, 300_000],
    ])
  : [[1, 350] as const];
/** Migrated with faults, and by the paths that have a date. */
const FAULTY = soak
  ? chosen([
      [1, 20_000],
      [2, 20_000],
      [2, 300_000],
    ])
  : [[2, 800] as const];
const QUICK: readonly FaultKind[] = ["serverError", "edgeError", "cutBefore", "cutMidBody", "untyped", "partial"];
/** Those that are waited for seconds have their own tests, and are in the soak of 20,000: at 300,000 they would take an hour. */
const faultsOf = (size: number): readonly FaultKind[] => (soak && size <= 20_000 ? RANDOM_FAULTS : QUICK);
const HOUR = 3_600_000;
const LARGE = 2n ** 53n;

/** `migrate init` in an empty folder; the migration is called as the truth expects it. */
async function init(at: Place, source = SOURCE): Promise<void> {
  const ended = await at.migrate("init", "--source", "hubspot", "--source-options", source);
  expect(ended.code, ended.stderr + ended.stdout).toBe(0);
  edit(at, "migration.yaml", /^name: .*$/m, `name: ${MIGRATION}`);
}

function edit({ dir }: Place, file: string, what: RegExp, by: string): void {
  const text = readFileSync(join(dir, file), "utf8");
  expect(text).toMatch(what);
  writeFileSync(join(dir, file), text.replace(what, by));
}

/** The end state of a run: every bucket adds up, and every record, reference, owner, pair and sum is that of the portal. */
async function expectWhole({ sim, database, lastRun }: Place): Promise<RunReport> {
  const report = lastRun();
  expect(report).toMatchObject({ status: "completed", clean: true, error: null });
  expect(notAddingUp(report)).toEqual([]);
  expect(report.totals).toMatchObject({ rejected: 0, merged: 0, deleted: 0 });
  expect(await differences(database.url, sim.portal, { custom: true })).toEqual([]);
  expect(await mergedDifferences(database.url, sim.portal)).toEqual([]);
  for (const [table, column, type, property, currency] of [
    ["opportunity", "amount", "deals", "amount", "deal_currency_code"],
    ["opportunity", "expected_revenue", "deals", "hs_projected_amount", "deal_currency_code"],
    ["quote", "total_price", "quotes", "hs_quote_amount", "hs_currency"],
  ] as const) {
    const sums = await targetSums(database.url, table, column);
    expect(sums.length).toBeGreaterThan(3);
    expect(sums).toEqual(portalSums(records(sim.portal, type), property, currency));
  }
  return report;
}

/** Figures of the long runs, for people. */
function watch({ sim: { stats } }: Place): (step: string) => void {
  let [at, calls] = [performance.now(), 0];
  return (step) => {
    if (!soak) return;
    const seconds = Math.round((performance.now() - at) / 1000);
    const megabytes = Math.round(process.memoryUsage().rss / 2 ** 20);
    console.log(JSON.stringify({ step, seconds, calls: stats.requests - calls, tooMany: stats.tooMany, megabytes }));
    [at, calls] = [performance.now(), stats.requests];
  };
}

/** Counts by mapping, without how long it took. */
const counts = (report: RunReport) =>
  Object.fromEntries(report.objects.map(({ seconds: _, ...object }) => [object.mapping, object]));

const typeOf = (portal: Portal, name: string): ObjectType => portal.type(name)!;
const largest = (portal: Portal, from: string, to: string): number =>
  [...records(portal, from)].reduce(
    (most, { id }) => Math.max(most, portal.associations(typeOf(portal, from), id, typeOf(portal, to))!.length),
    0,
  );

/** What the issue is about must be in the portal, or the test proves nothing. */
function expectEverything({ sim: { portal }, lastRun }: Place): void {
  const report = lastRun();
  for (const name of ["contacts", "companies", "deals", "tickets", "notes", "line_items"]) {
    expect([...records(portal, name)].filter(({ id }) => BigInt(id) > LARGE).length, name).toBeGreaterThan(1);
    const read = report.objects.find(({ source }) => source === name)!.read;
    expect([name, read]).toEqual([name, portal.count(typeOf(portal, name))]);
  }
  const left = new Set(portal.owners.filter(({ archived }) => archived).map(({ id }) => id));
  expect(
    [...records(portal, "deals")].filter(({ values }) => left.has(values.hubspot_owner_id ?? "")).length,
  ).toBeGreaterThan(1);
  expect(mergedAway(portal, typeOf(portal, "contacts")).size).toBeGreaterThan(1);
  // in the soak more than one answer holds: pages of a single record's associations
  const most = (type: string, limit: number) => Math.min(limit, 0.4 * portal.count(typeOf(portal, type)));
  expect(largest(portal, "companies", "contacts")).toBeGreaterThanOrEqual(most("contacts", 12_000));
  expect(largest(portal, "deals", "line_items")).toBeGreaterThanOrEqual(most("line_items", 350));
}

it.each(SIZES)(
  "init, dry run, run, reconcile, run again: seed %i, %i records",
  async (seed, size) => {
    const at = await place({ seed, records: size }, null);
    const step = watch(at);
    await init(at);
    step("init");

    const dry = await at.run({ dryRun: true });
    expect(dry).toMatchObject({ dryRun: true, status: "completed", clean: true });
    expect(await at.database.database.query("select 1 from pg_namespace where nspname = 'crm'")).toMatchObject({
      rows: [],
    });

    step("dry run");
    await at.run();
    step("run");
    const report = await expectWhole(at);
    step("compared");
    expect(counts(report)).toEqual(counts(dry));
    expect(at.notes).toEqual([]);
    expectEverything(at);

    const proof = await at.reconcile();
    expect(proof).toMatchObject({ ok: true, clean: true });
    expect(proof.objects.filter(({ ok, unexplained }) => !ok || unexplained !== 0)).toEqual([]);
    // the load knows every row as it left it: nobody edited any
    expect(proof.objects.filter(({ edited }) => edited !== undefined)).toEqual([]);
    expect(proof.spotChecks.length).toBeGreaterThanOrEqual(25);
    expect(proof.spotChecks.filter(({ ok }) => !ok)).toEqual([]);

    step("reconcile");
    // the same again changes nothing
    await at.run();
    step("run again");
    expect(at.lastRun().totals).toMatchObject({
      read: report.totals.read,
      inserted: 0,
      updated: 0,
      unchanged: report.totals.inserted,
    });
    expect(at.sim.stats.tooMany).toBe(0);
  },
  soak ? HOUR : 600_000,
);

it.runIf(soak).each(FAULTY)(
  "the same with faults, unknown options, new merges and paths with a date: seed %i, %i records",
  async (seed, size) => {
    const at = await place(
      { seed, records: size, faultRate: 0.02, faultKinds: faultsOf(size), unknownOptions: true },
      null,
    );
    const { sim } = at;
    const { portal } = sim;
    // a record that was merged is merged again: three ids lead to the newest one
    const contacts = typeOf(portal, "contacts");
    const [merged] = mergedAway(portal, contacts);
    const [first] = records(portal, "contacts");
    const survivor = portal.merge(contacts, merged![1], first!.id);
    expect(mergedAway(portal, contacts).get(merged![0])).toBe(survivor);

    sim.faults.rate = 0;
    await init(at, `${SOURCE.slice(0, -1)}, apiPath: "2026-03" }`);
    // a stage that deals still have and their pipeline has no more
    edit(at, "mappings/picklists.yaml", /^( +)appointmentscheduled: /m, '$1"99999999": prospecting\n$&');
    sim.faults.rate = 0.02;
    sim.stats.reset();
    const step = watch(at);
    await at.run();
    step("run with faults");
    expect(Object.values(sim.stats.faults).reduce((sum, times) => sum + times, 0)).toBeGreaterThan(5);
    await expectWhole(at);
    const { rows } = await at.database.database.query<{ unknown: number }>(
      `select (select count(*)::int from crm.account where sub_industry = 'BLOCKCHAIN_AND_CRYPTO' and industry = 'other') as unknown`,
    );
    expect(rows[0]!.unknown).toBeGreaterThan(0);

    const proof = await at.reconcile();
    expect(proof).toMatchObject({ ok: true, clean: true });
    expect(proof.objects.filter(({ unexplained }) => unexplained !== 0)).toEqual([]);
    step("compared, reconciled");
  },
  soak ? HOUR : 600_000,
);
