/**
 * Reads all contacts through the connector, alone or into a staging table, and says how long that took; a process of its
 * own, for its memory.
 *
 *   node bench/salesforce-read.ts <org> [<database>]
 */
import salesforce from "../connectors/salesforce/index.ts";
import type { Context } from "../core/context.ts";
import { silentLogger } from "../core/log.ts";
import { CLIENT_ID, CLIENT_SECRET } from "../test/sim/salesforce/index.ts";
import { STAGED } from "./salesforce-mapping.ts";
import { type Stager, stager } from "./salesforce-stage.ts";

export interface ReadFigures {
  readonly records: number;
  readonly seconds: number;
  /** Processor time of this process meanwhile, all threads. */
  readonly cpu: number;
}

const [, , url, database] = process.argv;
const context: Context = {
  log: silentLogger,
  now: () => new Date(),
  signal: new AbortController().signal,
  env: {},
  random: Math.random,
};
const auth = { flow: "client-credentials", clientId: CLIENT_ID, clientSecret: CLIENT_SECRET };
const source = salesforce.create({ loginUrl: url, transport: "bulk", auth }, process.cwd(), context);
await source.open();
const schema = await source.describe(new Map([["Contact", []]]));
const fields = schema.objects.find(({ name }) => name === "Contact")!.fields.map(({ name }) => name);
let staging: Stager | null = null;
const used = process.cpuUsage();
const began = performance.now();
let records = 0;
for await (const batch of source.read({ object: "Contact", fields, from: null, batchSize: 50_000 })) {
  records += batch.size;
  if (database === undefined) continue;
  staging ??= await stager(database, STAGED);
  await staging.add(batch);
}
if (staging !== null) records = await staging.end();
const seconds = (performance.now() - began) / 1000;
const { user, system } = process.cpuUsage(used);
console.log(JSON.stringify({ records, seconds, cpu: (user + system) / 1e6 } satisfies ReadFigures));
await source.close();
