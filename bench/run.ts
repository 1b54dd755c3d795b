/**
 * Loads the same files by `psql` and by `migrate run`, on the same server, in turns, and compares whole-process times.
 *
 *   npm run bench                            1,000,000 contacts, three rounds
 *   npm run bench -- --contacts 50000        a smoke test
 *   npm run bench -- --write                 also keeps the figures in bench/README.md
 *
 * Uses DATABASE_URL's server (schemas bench_* and migrate of that database are dropped!), else an embedded one.
 */
import { spawnSync } from "node:child_process";
import { cpSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import pg from "pg";
import { generate, sizesFor } from "./generate.ts";
import { type Measured, measure, median } from "./measure.ts";
import { benchPlace } from "./place.ts";
import { type Figures, keepFigures } from "./report.ts";
import { differences, dropAll, rememberTables, resetOurs, resetReference } from "./tables.ts";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const { values: options } = parseArgs({
  options: {
    contacts: { type: "string", default: "1000000" },
    rounds: { type: "string", default: "3" },
    write: { type: "boolean", default: false },
  },
});
const sizes = sizesFor(Number(options.contacts));
const rounds = Number(options.rounds);
const say = (text: string) => console.log(text);

if (spawnSync("psql", ["--version"]).status !== 0) {
  say("skipped: psql is not installed, and without the reference there is nothing to compare with");
  process.exit(0);
}
await benchPlace(root, bench);

async function bench(url: string, work: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const [full, tiny] = [join(work, "full"), join(work, "tiny")];
  say(
    `writing ${sizes.contacts.toLocaleString("en")} contacts, ${sizes.accounts.toLocaleString("en")} accounts, ${sizes.users} users`,
  );
  await generate(full, sizes);
  await generate(tiny, sizesFor(100));
  const migration = join(work, "migration");
  cpSync(join(here, "migration"), migration, { recursive: true });

  const ours = (data: string): Promise<Measured> =>
    measure({
      file: process.execPath,
      args: [join(root, "dist", "cli", "main.js"), "run", "--json", "--quiet"],
      cwd: migration,
      env: { DATABASE_URL: url, BENCH_DATA: data },
    });
  const reference = (): Promise<Measured> =>
    measure({
      file: "psql",
      args: ["-X", "-q", "-v", `data=${full}`, "-f", join(here, "reference.sql"), url],
      env: {},
    });

  // A first small run makes migrate's tables; the reference gets copies of them.
  await resetOurs(client);
  await ours(tiny);
  const foreignKeys = await rememberTables(client);

  const times = {
    referenceCold: [] as number[],
    referenceAgain: [] as number[],
    cold: [] as number[],
    again: [] as number[],
  };
  const peaks: number[] = [];
  const settle = () => client.query("checkpoint").catch(() => undefined);
  const measureReference = async () => {
    await resetReference(client, foreignKeys);
    await settle();
    times.referenceCold.push((await reference()).seconds);
    await settle();
    times.referenceAgain.push((await reference()).seconds);
  };
  const measureOurs = async () => {
    await resetOurs(client);
    await settle();
    const cold = await ours(full);
    expectBucket(cold, "inserted");
    await settle();
    const again = await ours(full);
    expectBucket(again, "unchanged");
    times.cold.push(cold.seconds);
    times.again.push(again.seconds);
    peaks.push(cold.peakMb!, again.peakMb!);
  };
  for (let round = 0; round < rounds; round++) {
    // In turns, and the first one changes: neither side always has the warmer caches.
    for (const side of round % 2 === 0 ? [measureReference, measureOurs] : [measureOurs, measureReference])
      await side();
    say(
      `round ${round + 1}: reference ${last(times.referenceCold)} / ${last(times.referenceAgain)} s, migrate ${last(times.cold)} / ${last(times.again)} s`,
    );
    if (round > 0) continue;
    const different = await differences(client);
    if (different !== 0) throw new Error(`the two sides differ in ${different} rows: the comparison is worth nothing`);
  }
  const { rows } = await client.query<{ server_version: string }>("show server_version");
  await dropAll(client);
  await client.end();

  const figures: Figures = {
    contacts: sizes.contacts,
    rounds,
    referenceCold: median(times.referenceCold),
    cold: median(times.cold),
    referenceAgain: median(times.referenceAgain),
    again: median(times.again),
    peakMb: Math.max(...peaks),
    postgres: rows[0]!.server_version,
  };
  say(
    `cold load: ${(figures.cold / figures.referenceCold).toFixed(2)} of the reference (${seconds(figures.cold)} against ${seconds(figures.referenceCold)})`,
  );
  say(
    `re-run:    ${(figures.again / figures.referenceAgain).toFixed(2)} of the reference (${seconds(figures.again)} against ${seconds(figures.referenceAgain)})`,
  );
  say(`peak memory of the process: ${figures.peakMb} MB`);
  if (options.write) keepFigures(here, figures);
}

/** Every record must have gone where the measurement says it goes. */
function expectBucket(measured: Measured, bucket: "inserted" | "unchanged"): void {
  const report = JSON.parse(measured.stdout) as { readonly totals: Readonly<Record<string, number>> };
  const all = sizes.contacts + sizes.accounts + sizes.users;
  if (report.totals[bucket] !== all) throw new Error(`expected ${all} ${bucket}, got ${JSON.stringify(report.totals)}`);
}

function last(values: readonly number[]): string {
  return values.at(-1)!.toFixed(1);
}

function seconds(value: number): string {
  return `${value.toFixed(1)} s`;
}
