/** A simulated org in a process of its own: tells its address, then its figures whenever it is asked. Ends with its parent. */
import { type SalesforceSim, startSalesforce } from "../test/sim/salesforce/index.ts";

export interface OrgStarted {
  readonly url: string;
  readonly contacts: number;
}

export interface OrgFigures {
  readonly apiCalls: number;
  /** Processor time so far, in seconds. */
  readonly cpu: number;
  /** The last Bulk query of contacts. */
  readonly query: string;
}

const contacts = Number(process.argv[2]);
let query = "";
const sim: SalesforceSim = await startSalesforce({
  seed: 1,
  records: 500,
  counts: { Contact: contacts },
  bulk: { polls: [0, 0], unevenPages: false },
  onRequest: ({ method, path, body }) => {
    if (method === "POST" && path.endsWith("/jobs/query")) query = (JSON.parse(body) as { query: string }).query;
  },
});
process.on("message", () => {
  const { user, system } = process.cpuUsage();
  process.send!({ apiCalls: sim.stats.apiCalls, cpu: (user + system) / 1e6, query } satisfies OrgFigures);
});
process.on("disconnect", () => process.exit(0));
process.send!({ url: sim.url, contacts: sim.org.count("Contact") } satisfies OrgStarted);
