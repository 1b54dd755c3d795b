/** The HTTP server: reads requests, keeps the limits, applies faults, writes answers. */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import type { FaultKind, FaultRequest } from "../options.ts";
import { type Answer, failure, html, tooMany } from "./answer.ts";
import { targetOf } from "./paths.ts";
import { OPEN, route } from "./routes.ts";
import type { Site } from "./site.ts";
import { clock, tick } from "./stats.ts";

const MAX_BODY = 16 * 1024 * 1024;
const SLOW_MS = 300;

const EDGE: readonly (readonly [status: number, title: string])[] = [
  [521, "Web server is down"],
  [523, "Origin is unreachable"],
  [524, "A timeout occurred"],
  [526, "Invalid SSL certificate"],
];
const GATEWAY: readonly (readonly [status: number, title: string])[] = [
  [502, "Bad Gateway"],
  [503, "Service Temporarily Unavailable"],
  [504, "Gateway Time-out"],
];

const groupOf = (oauth: boolean, portalId: number): string =>
  oauth
    ? `publicapi:oauth-api-calls-ten-secondly:1512050:${portalId}`
    : `publicapi:private_app-api-calls-ten-secondly:1512050:${portalId}`;

/** The answer that stands for a fault, or null where the fault is in the delivery. */
function faultAnswer(kind: FaultKind, site: Site, authorization: string | undefined, oauth: boolean): Answer | null {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(site.faults.random() * items.length)]!;
  switch (kind) {
    case "serverError":
      if (site.faults.random() < 0.4) return failure(500, "internal error", { category: "INTERNAL_ERROR" });
      return html(...pick(GATEWAY));
    case "edgeError":
      return html(...pick(EDGE));
    case "tooMany":
      return {
        ...tooMany("TEN_SECONDLY_ROLLING", groupOf(oauth, site.portal.account.portalId)),
        headers: { "X-HubSpot-RateLimit-Remaining": "0" },
      };
    case "daily":
      return {
        ...tooMany("DAILY", groupOf(oauth, site.portal.account.portalId)),
        headers: { "X-HubSpot-RateLimit-Daily-Remaining": "0" },
      };
    case "locked":
      return failure(423, "This resource is locked. Wait at least two seconds before trying again.");
    case "migrating":
      return {
        ...failure(477, "This account is being moved to another data centre. Try again later."),
        headers: { "Retry-After": "1" },
      };
    case "expired":
      return site.auth.expire(authorization);
    default:
      return null;
  }
}

/** Starts to listen; resolves when ready. */
export async function listen(site: Site): Promise<Server> {
  const { stats, options } = site;
  const server = createServer({ maxHeaderSize: 64 * 1024, keepAliveTimeout: 30_000 }, (request, response) => {
    stats.requests++;
    stats.active++;
    if (stats.active > stats.maxConcurrent) stats.maxConcurrent = stats.active;
    response.once("close", () => {
      stats.active--;
    });
    const exchange = receive(site, request, response);
    if (request.method === "GET" || request.method === "HEAD") {
      finish(exchange, "");
      return;
    }
    const parts: Buffer[] = [];
    let size = 0;
    request.on("data", (part: Buffer) => {
      size += part.length;
      if (size > MAX_BODY) request.destroy();
      else parts.push(part);
    });
    request.once("end", () => finish(exchange, Buffer.concat(parts).toString()));
    request.once("error", () => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, options.host ?? "127.0.0.1", resolve);
  });
  return server;
}

export const portOf = (server: Server): number => (server.address() as AddressInfo).port;

interface Exchange {
  readonly site: Site;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: string;
  readonly path: string;
  readonly query: string;
  readonly target: ReturnType<typeof targetOf>;
  readonly oauth: boolean;
  /** Headers of the limits, as they were when the request came. */
  readonly limits: Record<string, string>;
  /** What is answered whatever the request says: no token, too many, too long. */
  readonly refusal: Answer | null;
}

/** All that is decided the moment a request arrives. */
function receive(site: Site, request: IncomingMessage, response: ServerResponse): Exchange {
  const { stats, limiter, auth, options } = site;
  const url = request.url ?? "/";
  const mark = url.indexOf("?");
  const path = mark < 0 ? url : url.slice(0, mark);
  const target = targetOf(request.method ?? "GET", path);
  tick(stats.byRoute, target.route);
  const made = { site, request, response, url, path, query: mark < 0 ? "" : url.slice(mark + 1), target };
  const free = { ...made, oauth: false, limits: {} };
  if (url.length > (options.maxUri ?? 8192)) return { ...free, refusal: html(414, "Request-URI Too Large") };
  if (OPEN.has(target.route)) return { ...free, refusal: null };
  const caller = auth.caller(request.headers.authorization);
  if ("refusal" in caller) return { ...free, refusal: caller.refusal };
  const { oauth } = caller;
  const search = target.route === "search";
  const now = clock();
  const policy = limiter.admit(now, search, oauth);
  const limits = limiter.headers(now, search, oauth);
  if (policy === null) {
    stats.arrivals[search ? "search" : "usual"].push(now);
    return { ...made, oauth, limits, refusal: null };
  }
  stats.tooMany++;
  stats.refused[policy]++;
  return { ...made, oauth, limits, refusal: tooMany(policy, groupOf(oauth, site.portal.account.portalId)) };
}

function finish(exchange: Exchange, body: string): void {
  const { site, response } = exchange;
  const { latencyMs } = site.options;
  const work = () => {
    try {
      answer(exchange, body);
    } catch (error) {
      if (response.headersSent || response.destroyed) response.destroy();
      else send(exchange, failure(500, `simulator: ${String(error instanceof Error ? error.stack : error)}`), null);
    }
  };
  if (latencyMs) void wait(latencyMs).then(work);
  else work();
}

function answer(exchange: Exchange, body: string): void {
  const { site, request, response, path, target, oauth, refusal } = exchange;
  if (refusal !== null) {
    send(exchange, refusal, null);
    return;
  }
  const method = request.method ?? "GET";
  const search = new URLSearchParams(exchange.query);
  const fault = site.faults.next(
    { method, path, search, body, headers: request.headers } satisfies FaultRequest,
    oauth,
  );
  if (fault !== null) tick(site.stats.faults, fault);
  if (fault === "cutBefore") {
    response.destroy();
    return;
  }
  const stand = fault === null ? null : faultAnswer(fault, site, request.headers.authorization, oauth);
  if (stand !== null) {
    send(exchange, stand, null);
    return;
  }
  const call = {
    method,
    path,
    search,
    body,
    headers: request.headers,
    dated: target.dated,
    partial: fault === "partial",
  };
  const result = route(site, target, call);
  if (fault === "slow") void wait(SLOW_MS).then(() => send(exchange, result, null));
  else send(exchange, result, fault);
}

function send({ site, response, limits }: Exchange, result: Answer, fault: FaultKind | null): void {
  if (response.destroyed) return;
  const { status, type, body } = result;
  tick(site.stats.byStatus, status);
  const data = Buffer.from(body);
  site.stats.bytes += data.length;
  const headers: Record<string, string | number> = {
    ...(result.unlimited ? {} : limits),
    ...result.headers,
    Date: new Date((site.options.now ?? Date.now)()).toUTCString(),
    "X-HubSpot-Correlation-Id": randomUUID(),
    Vary: "origin, Accept-Encoding",
  };
  if (type !== "" && !(fault === "untyped" && status < 300)) headers["Content-Type"] = type;
  if (status !== 204) headers["Content-Length"] = data.length;
  response.writeHead(status, headers);
  if (fault === "cutMidBody" && data.length > 1) {
    response.write(data.subarray(0, data.length >> 1), () => response.destroy());
  } else if (status === 204) response.end();
  else response.end(data);
}
