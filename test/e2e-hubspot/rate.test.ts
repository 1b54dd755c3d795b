/** Migrations at the portal's limits: they use what is allowed, and are never refused; as the portal itself counted. */
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { runMigration } from "../../core/engine/index.ts";
import type { HubspotOptions } from "../sim/hubspot/index.ts";
import { notAddingUp, type Place, place, quiet } from "./kit.ts";

const soak = process.env.SOAK === "1";
const MAPPINGS: Readonly<Record<string, string>> = {
  account: "object: account\nsource: companies\nkey: id\nfields: { name: [name, domain], phone: phone }\n",
  contact: `object: contact\nsource: contacts\nkey: id\nfields:
  last_name: { from: [lastname, email], default: "(unknown)" }
  account_id: { from: associations.companies, lookup: account }\n`,
  links: `object: association\nsource: contacts_to_companies\nkey: id\nkeyspace: contacts_to_companies\nfields:
  from_id: { from: from_id, lookup: contact, typeInto: from_object }
  to_id: { from: to_id, lookup: account, typeInto: to_object }
  label: label\n`,
};

/** How many came in each second, for people who look at a failure. */
function bySecond(arrivals: readonly number[], from: number): string {
  const counts: number[] = [];
  for (const at of arrivals) {
    const second = Math.floor((at - from) / 1000);
    if (second >= 0) counts[second] = (counts[second] ?? 0) + 1;
  }
  return counts.join(" ");
}

interface Measured {
  readonly seconds: number;
  readonly share: number;
  readonly refused: number;
  readonly told: string;
}

/** From an arrival on, for so many whole seconds as there are until another one: a started second counts like a whole one. */
function measure({ sim: { stats } }: Place, from: number, until: number, about: string): Measured {
  const seconds = Math.floor((until - from) / 1000);
  const utilisation = stats.utilisation(from, from + 1000 * seconds - 1);
  const told = JSON.stringify({ about, seconds, ...utilisation, by: bySecond(stats.arrivals.usual, from) });
  return { seconds, share: utilisation.share, refused: stats.tooMany, told };
}

async function load(at: Place): Promise<void> {
  const report = await runMigration(await at.session(), {}, quiet);
  expect(report).toMatchObject({ status: "completed", clean: true });
  expect(notAddingUp(report)).toEqual([]);
}

const now = (): number => performance.timeOrigin + performance.now();

/**
 * While files are asked for there is always another request to make, however slow the machine is: nothing but the limit is
 * waited for.
 */
async function whileBound(latencyMs: number): Promise<Measured> {
  const files: number[] = [];
  const options: HubspotOptions = {
    records: 300,
    counts: { companies: 100, contacts: 500, notes: 700 },
    latencyMs,
    limits: { tenSeconds: 200, secondly: 20 },
    // looks on only
    faults: [{ kind: "slow", match: ({ path }) => /^\/files\//.test(path) && files.push(now()) < 0 }],
  };
  const at = await place(options, { mappings: "mappings: ./mappings\n" });
  mkdirSync(join(at.dir, "mappings"));
  for (const [name, text] of Object.entries(MAPPINGS)) writeFileSync(join(at.dir, "mappings", `${name}.yaml`), text);
  for (const name of ["file"])
    cpSync(join("mappings", "hubspot", `${name}.yaml`), join(at.dir, "mappings", `${name}.yaml`));
  await load(at);
  const { usual } = at.sim.stats.arrivals;
  // the measure starts with empty windows: so does the second that begins after the longest pause
  const start = usual.findIndex((time) => time >= files[0]!);
  const pauses = usual.slice(start, start + 30).map((time, index) => time - usual[start + index - 1]!);
  const from = usual[start + pauses.indexOf(Math.max(...pauses))]!;
  return measure(at, from, files.at(-20)!, `files, ${latencyMs} ms`);
}

/** A machine that is busy with something else cannot use the rate: how much of it is used is shown on a quiet one, by SOAK=1. */
const LEAST = soak ? 0.95 : 0.5;

it(`at least ${LEAST * 100} % of the allowed requests are used while they bind, and not one too many, with and without latency`, {
  timeout: 120_000,
}, async () => {
  for (const { seconds, share, refused, told } of await Promise.all([0, 60].map(whileBound))) {
    expect(refused, told).toBe(0);
    expect(seconds, told).toBeGreaterThanOrEqual(8);
    expect(share, told).toBeGreaterThanOrEqual(LEAST);
    expect(share, told).toBeLessThanOrEqual(1);
    if (soak) console.log(told);
  }
});

/** Bound until the end of the last second in which all that is allowed was used; then little is left to ask for, one after another. */
function lastBound(arrivals: readonly number[], from: number, perSecond: number): number {
  const counts = bySecond(arrivals, from).split(" ").map(Number);
  return from + 1000 * (counts.findLastIndex((count) => count >= perSecond) + 1);
}

const PER_SECOND = 19;

/** Everything, by the shipped mappings, from the first request after opening on. Takes a machine that has nothing else to do. */
it.runIf(soak)("the whole read of 20,000 records uses at least 95 %", { timeout: 3_600_000 }, async () => {
  const whole = [0, 60].map(async (latencyMs) => {
    const at = await place({ seed: 1, records: 20_000, latencyMs, limits: { tenSeconds: 190, secondly: PER_SECOND } });
    let opened = 0;
    await load({
      ...at,
      session: async () => at.session().finally(() => (opened = at.sim.stats.arrivals.usual.at(-1)!)),
    });
    const { usual } = at.sim.stats.arrivals;
    const from = usual.find((arrival) => arrival > opened)!;
    return measure(at, from, lastBound(usual, from, PER_SECOND), `whole, ${latencyMs} ms`);
  });
  for (const { share, refused, told } of await Promise.all(whole)) {
    console.log(told);
    expect(refused, told).toBe(0);
    expect(share, told).toBeGreaterThanOrEqual(0.95);
  }
});
