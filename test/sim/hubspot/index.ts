/**
 * A HubSpot portal over HTTP: records, associations, search, metadata, owners and files, with real limits and failures on demand.
 * Records are made from (seed, type, index) when they are asked for: a portal of any size takes little memory.
 * For tests, benchmarks and `migrate sandbox hubspot`.
 */
import { createClock } from "../clock.ts";
import { PRIVATE_TOKEN } from "./http/auth.ts";
import { type HubspotSim, serveHubspot } from "./http/serve.ts";
import type { HubspotOptions } from "./options.ts";
import { createPortal } from "./portal/index.ts";

export { CLIENT_ID, CLIENT_SECRET, PRIVATE_TOKEN, REFRESH_TOKEN } from "./http/auth.ts";
export { RANDOM_FAULTS } from "./http/faults.ts";
export { type HubspotSim, serveHubspot } from "./http/serve.ts";
export type { Bucket, Stats, Utilisation } from "./http/stats.ts";
export type { FaultKind, FaultRequest, HubspotOptions, ScriptedFault } from "./options.ts";
export type { Association, AssociationType, ObjectType, OwnerRecord, Portal, PortalRecord } from "./portal/types.ts";

/** Starts a simulator on a free loopback port (or `port`). Same options, same portal, same faults. */
export function startHubspot(options: HubspotOptions = {}): Promise<HubspotSim> {
  const clock = createClock(options.now);
  return serveHubspot(createPortal({ ...options, now: clock.now }), options, clock);
}

/** Lines to copy into `.env`; `source:` of migration.yaml refers to them. */
export function describeSandbox(sim: { readonly url: string }): string {
  return [`HUBSPOT_BASE_URL=${sim.url}`, `HUBSPOT_TOKEN=${PRIVATE_TOKEN}`, ""].join("\n");
}
