/**
 * Reads contacts of a simulated org by Bulk API: a bare `fetch` that throws the pages away, the connector alone, the
 * connector with a COPY of what is mapped into a staging table, and a whole `migrate run`, in turns, from the same simulator in a process of
 * its own. Tells times, processor time, peak memory and API calls.
 *
 *   node bench/salesforce.ts                       1,000,000 contacts, three rounds
 *   node bench/salesforce.ts --contacts 20000      a smoke test
 *
 * Uses DATABASE_URL's server (schemas bench_crm and migrate of that database are dropped!), else an embedded one.
 */
import { fork } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import pg from "pg";
import { silentLogger } from "../core/log.ts";
import { ensureEmbedded, stopEmbedded } from "../core/store/embedded.ts";
import { CLIENT_ID, CLIENT_SECRET } from "../test/sim/salesforce/index.ts";
import { measure, median } from "./measure.ts";
import { MAPPING } from "./salesforce-mapping.ts";
import type { OrgFigures, OrgStarted } from "./salesforce-org.ts";
import type { ReadFigures } from "./salesforce-read.ts";

const here = dirname(fileURLToPath(import.meta.url));
const { values: options } = parseArgs({
  options: { contacts: { type: "string", default: "1000000" }, rounds: { type: "string", default: "3" } },
});
interface Reading {
  readonly seconds: number;
  /** Processor time of the reading process and of the org; null: not measured. */
  readonly cpu: number | null;
  readonly orgCpu: number;
  readonly peakMb: number | null;
  readonly calls: number;
}

/** The connector's default. */
const PAGE = 50_000;

const say = (text: string) => console.log(text);
const rate = (records: number, seconds: number) => `${Math.round(records / seconds).toLocaleString("en")}/s`;

const org = fork(join(here, "salesforce-org.ts"), [String(options.contacts)]);
const told = <T>() => new Promise<T>((resolve) => org.once("message", (message) => resolve(message as T)));
const work = mkdtempSync(join(tmpdir(), "crm-migrate-bench-salesforce-"));
const embedded = (process.env.DATABASE_URL ?? "") === "";
try {
  const started = await told<OrgStarted>();
  const database = embedded ? (await ensureEmbedded(work, { log: silentLogger })).url : process.env.DATABASE_URL!;
  await bench(started, database);
} finally {
  org.disconnect();
  if (embedded) await stopEmbedded(work);
  rmSync(work, { recursive: true, force: true });
}

async function figures(): Promise<OrgFigures> {
  const answer = told<OrgFigures>();
  org.send("figures");
  return answer;
}

async function bench({ url }: OrgStarted, database: string): Promise<void> {
  const folder = join(work, "migration");
  mkdirSync(join(folder, "mappings"), { recursive: true });
  writeFileSync(join(folder, "mappings", "contact.yaml"), MAPPING);
  writeFileSync(
    join(folder, "migration.yaml"),
    `version: 1
name: bench
source: { connector: salesforce, loginUrl: "${url}", transport: bulk, auth: { flow: client-credentials, clientId: ${CLIENT_ID}, clientSecret: ${CLIENT_SECRET} } }
target: { connector: postgres, url: "\${DATABASE_URL}", schema: bench_crm, model: hotcrm }
mappings: ./mappings
`,
  );

  /** Records that the connector finds worth reading, deleted ones that were merged into others included. */
  let contacts = null as number | null;
  const read = async (target: readonly string[]): Promise<Reading> => {
    const before = await figures();
    const { stdout, peakMb } = await measure({
      file: process.execPath,
      args: [join(here, "salesforce-read.ts"), url, ...target],
      env: {},
    });
    const { records, seconds, cpu } = JSON.parse(stdout) as ReadFigures;
    contacts ??= records;
    if (records !== contacts) throw new Error(`expected ${contacts} records, got ${records}`);
    const after = await figures();
    return { seconds, cpu, orgCpu: after.cpu - before.cpu, peakMb: peakMb!, calls: after.apiCalls - before.apiCalls };
  };
  const run = async (): Promise<Reading> => {
    await dropAll(database);
    const before = await figures();
    const { seconds, peakMb, stdout } = await measure({
      file: process.execPath,
      args: [join(dirname(here), "cli", "main.ts"), "run", "--json", "--quiet"],
      cwd: folder,
      env: { DATABASE_URL: database },
    });
    rmSync(join(folder, "runs"), { recursive: true, force: true });
    const { totals } = JSON.parse(stdout) as { readonly totals: Readonly<Record<string, number>> };
    if (totals.read !== contacts || totals.inserted! + totals.merged! !== contacts)
      throw new Error(`expected ${contacts} inserted or merged, got ${JSON.stringify(totals)}`);
    const after = await figures();
    const calls = after.apiCalls - before.apiCalls;
    return { seconds, cpu: null, orgCpu: after.cpu - before.cpu, peakMb: peakMb!, calls };
  };

  // the first reading makes the org write its result file; the others are answered from it
  await read([]);
  const order = await figures();
  const records = contacts!;
  let bytes = 0;
  const ways: readonly (readonly [string, () => Promise<Reading>])[] = [
    [
      "bare fetch",
      async () => {
        const drained = await drain(url, order, records);
        bytes = drained.bytes;
        return drained;
      },
    ],
    ["connector", () => read([])],
    ["into staging", () => read([database])],
    ["migrate run", run],
  ];
  const readings = ways.map((): Reading[] => []);
  for (let round = 1; round <= Number(options.rounds); round++) {
    const told: string[] = [];
    for (const [index, [name, measured]] of ways.entries()) {
      const reading = await measured();
      readings[index]!.push(reading);
      told.push(`${name} ${reading.seconds.toFixed(2)} s`);
    }
    say(`round ${round}: ${told.join(", ")}`);
  }
  await dropAll(database);
  say(`${records.toLocaleString("en")} contacts, ${(bytes / 1e6).toFixed(0)} MB of CSV; medians of ${options.rounds}`);
  const least = readings[0]![0]!.calls;
  const bare = median(readings[0]!.map(({ seconds }) => seconds));
  for (const [index, [name]] of ways.entries()) {
    const all = readings[index]!;
    const seconds = median(all.map((reading) => reading.seconds));
    // each round against its own fetch: what else the machine does counts for both
    const ratio = median(all.map((reading, round) => readings[0]![round]!.seconds / reading.seconds));
    const { calls } = all.at(-1)!;
    const parts = [
      `${name.padEnd(13)} ${seconds.toFixed(2)} s (${rate(records, seconds)})`,
      ...(index === 0 ? [] : [`${(bare / seconds).toFixed(2)} of the bare fetch, by rounds ${ratio.toFixed(2)}`]),
      `${all[0]!.cpu === null ? "" : `${median(all.map(({ cpu }) => cpu!)).toFixed(1)} s of processor, `}org ${median(all.map(({ orgCpu }) => orgCpu)).toFixed(1)} s`,
      ...(all[0]!.peakMb === null ? [] : [`${Math.max(...all.map(({ peakMb }) => peakMb!))} MB at the peak`]),
      `${calls} API calls${index === 0 ? ", the least there can be" : `, ${calls - least} more than the least`}`,
    ];
    say(parts.join("; "));
  }
}

/** Orders the same job and throws its pages away: as few calls as there can be. */
async function drain(
  url: string,
  { query, operation }: OrgFigures,
  contacts: number,
): Promise<Reading & { readonly bytes: number }> {
  const base = `${url}/services/data/v66.0/jobs/query`;
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: CLIENT_ID,
    client_secret: CLIENT_SECRET,
  });
  const signedIn = await fetch(`${url}/services/oauth2/token`, { method: "POST", body: form });
  const { access_token: token } = (await signedIn.json()) as { readonly access_token: string };
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const org = (await figures()).cpu;
  const used = process.cpuUsage();
  const began = performance.now();
  const order = { operation, query, contentType: "CSV", columnDelimiter: "COMMA", lineEnding: "LF" };
  const made = await fetch(base, { method: "POST", headers, body: JSON.stringify(order) });
  const { id } = (await made.json()) as { readonly id: string };
  let calls = 1;
  for (let state = ""; state !== "JobComplete"; calls++) {
    ({ state } = (await (await fetch(`${base}/${id}`, { headers })).json()) as { readonly state: string });
  }
  let bytes = 0;
  let records = 0;
  for (let locator: string | null = ""; locator !== null; calls++) {
    const more: string = locator === "" ? "" : `&locator=${locator}`;
    const answer: Response = await fetch(`${base}/${id}/results?maxRecords=${PAGE}${more}`, { headers });
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
    for await (const chunk of answer.body!) bytes += chunk.length;
    records += Number(answer.headers.get("sforce-numberofrecords"));
    const next = answer.headers.get("sforce-locator");
    locator = next === null || next === "null" ? null : next;
  }
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(used);
  if (records !== contacts) throw new Error(`expected ${contacts} records, fetch got ${records}`);
  const orgCpu = (await figures()).cpu - org;
  return { seconds, cpu: (user + system) / 1e6, orgCpu, peakMb: null, bytes, calls };
}

async function dropAll(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query("drop schema if exists bench_crm cascade; drop schema if exists migrate cascade");
  await client.end();
}
