/**
 * A delta of 1 %: what it costs against the size of what is loaded, and against the size of the change.
 *   node bench/delta.ts [--records 100000,1000000] [--share 0.01]
 * Uses DATABASE_URL's server (schemas bench_delta and migrate of that database are dropped!), else an embedded one.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import postgres from "../connectors/postgres/index.ts";
import { openSession, type RunOptions, runMigration } from "../core/engine/index.ts";
import type { RunReport } from "../core/engine/types.ts";
import { silentLogger } from "../core/log.ts";
import { openDatabase } from "../core/store/database.ts";
import { ensureEmbedded, stopEmbedded } from "../core/store/embedded.ts";
import { type ChangingSource, changingSource } from "../test/helpers/changing-source.ts";
import { memoryRegistry } from "../test/helpers/memory-source.ts";

const { values } = parseArgs({
  options: { records: { type: "string", default: "100000,1000000" }, share: { type: "string", default: "0.01" } },
});
const embedded = (process.env.DATABASE_URL ?? "") === "";
const place = await mkdtemp(join(tmpdir(), "bench-delta-server-"));
const url = embedded ? (await ensureEmbedded(place, { log: silentLogger })).url : process.env.DATABASE_URL!;
const share = Number(values.share);

const MODEL = `version: 1
name: bench
order: [account]
objects:
  account: { fields: { name: text, industry: text, city: text, size: integer, parent_id: { type: reference, lookup: account } } }
`;
const MAPPING = `object: account
source: Account
key: Id
fields:
  name: Name
  industry: Industry
  city: City
  size: Size
  parent_id: { from: Parent, lookup: account, missing: "null" }
  custom.rating: Rating
`;

interface Measured {
  readonly what: string;
  readonly seconds: number;
  readonly calls: number;
  readonly records: number;
  readonly written: number;
}

async function measure(
  folder: string,
  source: ChangingSource,
  what: string,
  config: string,
  options: RunOptions,
): Promise<Measured> {
  await writeFile(
    join(folder, "migration.yaml"),
    `version: 1\nname: bench\nsource: { connector: memory }\ntarget: { connector: postgres, url: "${url}", schema: bench_delta, model: ./model.yaml }\nmappings: ./mappings\n${config}`,
  );
  source.calls.length = 0;
  source.given.clear();
  const session = await openSession(join(folder, "migration.yaml"), {
    registry: memoryRegistry(source, postgres),
    context: {
      log: silentLogger,
      now: () => new Date(),
      signal: new AbortController().signal,
      env: process.env,
      random: Math.random,
    },
  });
  try {
    const began = performance.now();
    const report: RunReport = await runMigration(session, options, () => undefined);
    const { inserted, updated } = report.totals;
    return {
      what,
      seconds: (performance.now() - began) / 1000,
      calls: source.calls.length,
      records: [...source.given.values()].reduce((sum, n) => sum + n, 0),
      written: inserted + updated,
    };
  } finally {
    await session.close();
  }
}

const NO_SWEEPS = "delta: { sweeps: { deleted: false, derived: false, associations: false } }\n";

async function size(records: number): Promise<Measured[]> {
  const folder = await mkdtemp(join(tmpdir(), "bench-delta-"));
  const database = await openDatabase(url, { log: silentLogger });
  await database.query("drop schema if exists bench_delta cascade");
  await database.query("drop schema if exists migrate cascade");
  await database.close();
  await mkdir(join(folder, "mappings"));
  await writeFile(join(folder, "model.yaml"), MODEL);
  await writeFile(join(folder, "mappings", "account.yaml"), MAPPING);
  const source = changingSource({
    Account: {
      columns: ["Id", "Name", "Industry", "City", "Size", "Parent", "Rating"],
      key: "Id",
      derived: ["Rating"],
    },
  });
  const key = (n: number): string => `001${String(n).padStart(9, "0")}`;
  const moment = source.now;
  for (let n = 0; n < records; n++) {
    source.put(
      "Account",
      key(n),
      { Name: `Account ${n}`, Industry: "steel", City: "Rome", Size: `${n % 500}`, Rating: "A" },
      { at: moment },
    );
  }
  source.now += 60_000;
  const change = (text: string): void => {
    source.now += 60_000;
    for (let n = 0; n < records; n += Math.round(1 / share)) source.put("Account", key(n), { Name: `${text} ${n}` });
    source.now += 60_000;
  };
  const done = [await measure(folder, source, "full", NO_SWEEPS, {})];
  change("first");
  done.push(await measure(folder, source, `delta of ${share * 100} %, no sweeps`, NO_SWEEPS, { delta: true }));
  done.push(await measure(folder, source, "delta of nothing, no sweeps", NO_SWEEPS, { delta: true }));
  done.push(await measure(folder, source, "delta of nothing, first sweeps", "", { delta: true }));
  change("second");
  done.push(await measure(folder, source, `delta of ${share * 100} %, with sweeps`, "", { delta: true }));
  await rm(folder, { recursive: true, force: true });
  return done;
}

try {
  process.stdout.write("| loaded | run | seconds | calls | records read | rows written |\n|---|---|---|---|---|---|\n");
  for (const records of values.records.split(",").map(Number)) {
    for (const { what, seconds, calls, records: read, written } of await size(records)) {
      process.stdout.write(
        `| ${records.toLocaleString("en")} | ${what} | ${seconds.toFixed(1)} | ${calls.toLocaleString("en")} | ${read.toLocaleString("en")} | ${written.toLocaleString("en")} |\n`,
      );
    }
  }
} finally {
  if (embedded) await stopEmbedded(place);
  await rm(place, { recursive: true, force: true });
}
