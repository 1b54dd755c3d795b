/**
 * A Salesforce org over HTTP: sign-in, describe, SOQL, Bulk API 2.0, changes and files, with failures on demand.
 * Rows are made from (seed, object, index) when they are asked for: an org of any size takes no memory.
 * For tests, benchmarks and `migrate sandbox salesforce`.
 */
import { type Clock, createClock } from "../clock.ts";
import { createJobs } from "./bulk/jobs.ts";
import { type Auth, CLIENT_ID, CLIENT_SECRET, createAuth } from "./http/auth.ts";
import { createFaults, type Faults } from "./http/faults.ts";
import { createQueries } from "./http/query.ts";
import type { Site } from "./http/routes.ts";
import { listen, portOf } from "./http/server.ts";
import { newStats, type Stats } from "./http/stats.ts";
import type { SalesforceOptions } from "./options.ts";
import { Org } from "./org/org.ts";

export { CLIENT_ID, CLIENT_SECRET, PASSWORD, REFRESH_TOKEN, USERNAME } from "./http/auth.ts";
export { RANDOM_FAULTS } from "./http/faults.ts";
export type { Stats } from "./http/stats.ts";
export type { FaultKind, FaultRequest, Features, SalesforceOptions, ScriptedFault } from "./options.ts";
export { ALL_FEATURES } from "./options.ts";
export type { Value } from "./org/field.ts";
export { type Merge, Org, type Row, type Touch } from "./org/org.ts";

export interface SalesforceSim {
  /** `http://127.0.0.1:PORT`: login URL and instance URL. */
  readonly url: string;
  /** The truth: rows, counts and sums as they are; edits for deltas. */
  readonly org: Org;
  readonly stats: Stats;
  readonly faults: Faults;
  /** The org's time: stamps of edits, `Date` headers, log of deletions. Sessions end in real time (or `options.now`). */
  readonly clock: Clock;
  /** Ends all sessions: the next call of each client gets a 401. */
  expireSessions(): void;
  /** Access token for tests that do not sign in. */
  token(): string;
  /** Frees the port and the result files. */
  close(): Promise<void>;
}

/** Starts a simulator on a free loopback port (or `port`). Same options, same org, same faults. */
export async function startSalesforce(given: SalesforceOptions = {}): Promise<SalesforceSim> {
  const clock = createClock(given.now);
  const options = { ...given, now: clock.now };
  const org = new Org(options);
  const stats = newStats();
  const faults = createFaults(options);
  const auth: Auth = createAuth(org, given, stats);
  const jobs = createJobs(org, options);
  let url = "";
  const site: Site = { org, options, auth, stats, jobs, queries: createQueries(org, options), base: () => url };
  const server = await listen(site, faults, options);
  url = `http://${options.host ?? "127.0.0.1"}:${portOf(server)}`;
  return {
    url,
    org,
    stats,
    faults,
    clock,
    expireSessions: () => auth.expireAll(),
    token() {
      const form = new URLSearchParams({
        grant_type: "client_credentials",
        client_id: options.clientId ?? CLIENT_ID,
        client_secret: options.clientSecret ?? CLIENT_SECRET,
      });
      return (JSON.parse(auth.token(form, url).body as string) as { access_token: string }).access_token;
    },
    async close() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      await jobs.close();
    },
  };
}

/** Lines to copy into `.env`; `source:` of migration.yaml refers to them. */
export function describeSandbox(sim: { readonly url: string }, options: SalesforceOptions = {}): string {
  return [
    `SF_LOGIN_URL=${sim.url}`,
    `SF_CLIENT_ID=${options.clientId ?? CLIENT_ID}`,
    `SF_CLIENT_SECRET=${options.clientSecret ?? CLIENT_SECRET}`,
    "",
  ].join("\n");
}
