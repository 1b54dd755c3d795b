/** A bare client of the simulator, and a server of the tiny portal. */
import { afterEach } from "vitest";
import { type HubspotSim, serveHubspot } from "../../sim/hubspot/http/serve.ts";
import type { HubspotOptions } from "../../sim/hubspot/options.ts";
import { tinyPortal } from "./tiny-portal.ts";

export type Body = Record<string, unknown>;

export interface Reply<T = Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

/** No limits: what most tests want. */
export const UNLIMITED: HubspotOptions = { limits: { tenSeconds: 0, secondly: 0, search: 0 } };

const running: HubspotSim[] = [];
afterEach(async () => {
  for (const sim of running.splice(0)) await sim.close();
});

/** Starts a server that ends with the test. */
export async function serve(options: HubspotOptions = UNLIMITED, portal = tinyPortal()): Promise<HubspotSim> {
  const sim = await serveHubspot(portal, options);
  running.push(sim);
  return sim;
}

/** One request with the private app's token; the body parsed where it is JSON, else as text. */
export async function ask<T = Body>(
  sim: HubspotSim,
  path: string,
  { body, token = sim.token(), method }: { body?: unknown; token?: string; method?: string } = {},
): Promise<Reply<T>> {
  const response = await fetch(sim.url + path, {
    method: method ?? (body === undefined ? "GET" : "POST"),
    headers: {
      ...(token === "" ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const type = response.headers.get("content-type") ?? "";
  return {
    status: response.status,
    headers: response.headers,
    body: (type.startsWith("application/json") ? JSON.parse(text) : text) as T,
  };
}
