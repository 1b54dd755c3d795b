/** A portal behind a server. */
import { type Clock, createClock } from "../../clock.ts";
import type { HubspotOptions } from "../options.ts";
import type { Portal } from "../portal/types.ts";
import { createAuth, PRIVATE_TOKEN } from "./auth.ts";
import { createFaults, type Faults } from "./faults.ts";
import { createLimiter } from "./limiter.ts";
import { listen, portOf } from "./server.ts";
import type { Site } from "./site.ts";
import { newStats, type Stats } from "./stats.ts";

export interface HubspotSim {
  /** `http://127.0.0.1:PORT`: base URL of the API. */
  readonly url: string;
  /** The truth: records, associations and counts as they are; edits for deltas and drift. */
  readonly portal: Portal;
  readonly stats: Stats;
  readonly faults: Faults;
  /** The portal's time: timestamps of edits, `Date` headers, lag of search. Limits and tokens keep real time. */
  readonly clock: Clock;
  /** The private app's access token. */
  token(): string;
  /** What tokens may read from now on (as HubSpot names scopes); null: everything. */
  grant(scopes: readonly string[] | null): void;
  /** Ends all OAuth access tokens: the next call of each client gets a 401. */
  expireTokens(): void;
  /** Frees the port. */
  close(): Promise<void>;
}

/** Serves a portal on a free loopback port (or `port`). `clock`: the one that the portal goes by. */
export async function serveHubspot(
  portal: Portal,
  given: HubspotOptions = {},
  clock: Clock = createClock(given.now),
): Promise<HubspotSim> {
  const options = { ...given, now: clock.now };
  const stats = newStats(options);
  const faults = createFaults(options);
  const auth = createAuth(portal, options, stats);
  const limiter = createLimiter(options, portal.account.timeZone);
  let url = "";
  const site: Site = { portal, options, auth, stats, limiter, faults, base: () => url };
  const server = await listen(site);
  url = `http://${options.host ?? "127.0.0.1"}:${portOf(server)}`;
  return {
    url,
    portal,
    stats,
    faults,
    clock,
    token: () => PRIVATE_TOKEN,
    grant: (scopes) => auth.grant(scopes),
    expireTokens: () => auth.expireAll(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
