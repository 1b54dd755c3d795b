/** A simulated org in a process of its own: tells its address, then its figures whenever it is asked. Ends with its parent. */
import { type SalesforceSim, startSalesforce } from "../test/sim/salesforce/index.ts";

export interface OrgStarted {
  readonly url: string;
}

export interface OrgFigures {
  readonly apiCalls: number;
  /** Processor time so far, in seconds. */
  readonly cpu: number;
  /** The last Bulk query of contacts, and whether it asked for deleted records, too (`query`, `queryAll`). */
  readonly query: string;
  readonly operation: string;
}

const contacts = Number(process.argv[2]);
let asked = { query: "", operation: "" };
const sim: SalesforceSim = await startSalesforce({
  seed: 1,
  records: 500,
  counts: { Contact: contacts },
  bulk: { polls: [0, 0], unevenPages: false },
  onRequest: ({ method, path, body }) => {
    if (method === "POST" && path.endsWith("/jobs/query")) asked = JSON.parse(body) as typeof asked;
  },
});
process.on("message", () => {
  const { user, system } = process.cpuUsage();
  const { query, operation } = asked;
  process.send!({ apiCalls: sim.stats.apiCalls, cpu: (user + system) / 1e6, query, operation } satisfies OrgFigures);
});
process.on("disconnect", () => process.exit(0));
process.send!({ url: sim.url } satisfies OrgStarted);
