/** Reads all contacts through the connector alone and says how long that took; a process of its own, for its memory. */
import salesforce from "../connectors/salesforce/index.ts";
import type { Context } from "../core/context.ts";
import { silentLogger } from "../core/log.ts";
import { CLIENT_ID, CLIENT_SECRET } from "../test/sim/salesforce/index.ts";

const context: Context = {
  log: silentLogger,
  now: () => new Date(),
  signal: new AbortController().signal,
  env: {},
  random: Math.random,
};
const auth = { flow: "client-credentials", clientId: CLIENT_ID, clientSecret: CLIENT_SECRET };
const source = salesforce.create({ loginUrl: process.argv[2], transport: "bulk", auth }, process.cwd(), context);
await source.open();
const schema = await source.describe(new Map([["Contact", []]]));
const fields = schema.objects.find(({ name }) => name === "Contact")!.fields.map(({ name }) => name);
const began = performance.now();
let records = 0;
for await (const batch of source.read({ object: "Contact", fields, from: null, batchSize: 50_000 }))
  records += batch.size;
console.log(JSON.stringify({ records, seconds: (performance.now() - began) / 1000 }));
await source.close();
