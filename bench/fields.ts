/**
 * Loads files, then proves every field of every record against them: `migrate run`, then `migrate reconcile --fields`, as whole
 * processes, in turns. At the end some rows are changed behind its back: they must be found, with their number.
 *
 *   node bench/fields.ts [--contacts 1000000] [--rounds 3]
 *
 * Uses DATABASE_URL's server (schemas bench_* and migrate of that database are dropped!), else an embedded one.
 */
import { cpSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import pg from "pg";
import { generate, sizesFor } from "./generate.ts";
import { type Measured, measure, median } from "./measure.ts";
import { benchPlace } from "./place.ts";
import { dropAll, resetOurs } from "./tables.ts";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const { values: options } = parseArgs({
  options: { contacts: { type: "string", default: "1000000" }, rounds: { type: "string", default: "3" } },
});
await benchPlace(root, bench);

async function bench(url: string, work: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const data = join(work, "data");
  await generate(data, sizesFor(Number(options.contacts)));
  const cwd = join(work, "migration");
  cpSync(join(here, "migration"), cwd, { recursive: true });
  const migrate = (...args: string[]): Promise<Measured> =>
    measure({
      file: process.execPath,
      args: [join(root, "dist", "cli", "main.js"), ...args, "--json", "--quiet"],
      cwd,
      env: { DATABASE_URL: url, BENCH_DATA: data },
    });
  const times = { load: [] as number[], fields: [] as number[] };
  const peaks: number[] = [];
  for (let round = 1; round <= Number(options.rounds); round++) {
    await resetOurs(client);
    await client.query("checkpoint").catch(() => undefined);
    const load = await migrate("run");
    await client.query("checkpoint").catch(() => undefined);
    const fields = await migrate("reconcile", "--fields");
    times.load.push(load.seconds);
    times.fields.push(fields.seconds);
    peaks.push(fields.peakMb!);
    console.log(
      `round ${round}: load ${load.seconds.toFixed(1)} s, every field proven in ${fields.seconds.toFixed(1)} s, ${fields.peakMb} MB`,
    );
  }
  await client.query("update bench_crm.contact set last_name = last_name || 'x' where id % 100000 = 7");
  const damaged = await migrate("reconcile", "--fields").then(
    () => "clean",
    (error: Error) => /^.* ended with (\d+)/.exec(error.message)?.[1] ?? "?",
  );
  console.log(`changed rows: exit ${damaged} (3 is due)`);
  console.log(
    `ratio ${(median(times.fields) / median(times.load)).toFixed(2)} of the load (${median(times.fields).toFixed(1)} s against ${median(times.load).toFixed(1)} s), ${Math.max(...peaks)} MB at the peak`,
  );
  await dropAll(client);
  await client.end();
}
