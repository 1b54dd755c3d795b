/** The HTTP server: reads requests, applies faults, writes answers. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";
import { setTimeout as wait } from "node:timers/promises";
import { createGzip, gzipSync } from "node:zlib";
import type { FaultKind, FaultRequest, SalesforceOptions } from "../options.ts";
import { type Answer, failure, html } from "./answer.ts";
import { sessionExpired } from "./auth.ts";
import type { Faults } from "./faults.ts";
import { dailyRequests } from "./limits.ts";
import { route, type Site } from "./routes.ts";
import { tick } from "./stats.ts";

const MAX_BODY = 8 * 1024 * 1024;

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    size += (part as Buffer).length;
    if (size > MAX_BODY) throw new Error("request body too large");
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts).toString();
}

/** The answer that stands for a fault, or null where the fault is in the delivery. */
function faultAnswer(kind: FaultKind, site: Site, authorization: string | undefined): Answer | null {
  switch (kind) {
    case "serverError":
      return failure(
        500,
        "UNKNOWN_EXCEPTION",
        "An unexpected error occurred. Please include this ErrorId if you contact support: 1148112512-5541 (-1204312348)",
      );
    case "maintenance":
      return html(503, "Service Unavailable");
    case "expired":
      site.auth.expire(authorization);
      site.stats.unauthorized++;
      return sessionExpired();
    case "concurrentLimit":
      return failure(403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded.");
    case "dailyLimit":
      return failure(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.");
    case "queryTimeout":
      return failure(400, "QUERY_TIMEOUT", "Your query request was running for too long.");
    case "invalidLocator":
      return failure(400, "INVALID_QUERY_LOCATOR", "invalid query locator");
    default:
      return null;
  }
}

/** Starts to listen; resolves when ready. */
export async function listen(site: Site, faults: Faults, options: SalesforceOptions): Promise<Server> {
  const { stats } = site;
  const server = createServer({ maxHeaderSize: 64 * 1024, keepAliveTimeout: 30_000 }, (request, response) => {
    stats.requests++;
    stats.active++;
    stats.maxConcurrent = Math.max(stats.maxConcurrent, stats.active);
    response.once("close", () => {
      stats.active--;
    });
    serve(site, faults, options, request, response).catch((error: unknown) => {
      if (!response.headersSent && !response.destroyed) {
        response.writeHead(500, { "content-type": "application/json;charset=UTF-8" });
        response.end(JSON.stringify([{ message: `simulator: ${String(error)}`, errorCode: "UNKNOWN_EXCEPTION" }]));
      } else response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, options.host ?? "127.0.0.1", resolve);
  });
  return server;
}

export const portOf = (server: Server): number => (server.address() as AddressInfo).port;

async function serve(
  site: Site,
  faults: Faults,
  options: SalesforceOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? "/", "http://salesforce");
  const body = await readBody(request);
  const { authorization } = request.headers;
  const seen: FaultRequest = {
    method: request.method ?? "GET",
    path: url.pathname,
    search: url.searchParams,
    soql: url.searchParams.get("q"),
    body,
    headers: request.headers,
  };
  options.onRequest?.(seen);
  if (options.latencyMs) await wait(options.latencyMs);
  const limit = options.maxUri ?? 16_384;
  const headers = request.rawHeaders.reduce((sum, text) => sum + text.length + 2, 0);
  if ((request.url ?? "").length > limit)
    return send(site, options, request, response, html(414, "URI Too Long"), null);
  if ((request.url ?? "").length + headers > limit + 4096)
    return send(site, options, request, response, html(431, "Request Header Fields Too Large"), null);
  if (site.stats.active > (options.concurrentRequests ?? 1000)) {
    return send(site, options, request, response, faultAnswer("concurrentLimit", site, authorization)!, null);
  }
  const fault = faults.next(seen);
  if (fault !== null) tick(site.stats.faults, fault);
  const stand = fault === null ? null : faultAnswer(fault, site, authorization);
  if (stand !== null) return send(site, options, request, response, stand, null);
  const call = {
    method: seen.method,
    path: url.pathname,
    search: url.searchParams,
    body,
    authorization,
    queryOptions: request.headers["sforce-query-options"]?.toString(),
    contentType: request.headers["content-type"],
  };
  site.org.settle();
  const answer = route(site, call);
  if (fault === "slow") await wait(300);
  if (fault === "cutBefore") {
    response.destroy();
    return;
  }
  return send(site, options, request, response, answer, fault);
}

async function send(
  site: Site,
  options: SalesforceOptions,
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  fault: FaultKind | null,
): Promise<void> {
  const { stats } = site;
  const date = new Date((options.now ?? Date.now)()).toUTCString();
  const headers: Record<string, string | number> = { date, ...answer.headers };
  if (answer.type !== "") headers["content-type"] = answer.type;
  if (request.url?.startsWith("/services/data/v")) {
    headers["Sforce-Limit-Info"] = `api-usage=${stats.apiCalls}/${dailyRequests(options)}`;
  }
  const zip = answer.gzip !== false && /\bgzip\b/.test(request.headers["accept-encoding"] ?? "");
  const cut = fault === "cutMidBody" ? "cut" : fault === "truncated" ? "short" : null;
  if (typeof answer.body === "string" || Buffer.isBuffer(answer.body)) {
    let data = typeof answer.body === "string" ? Buffer.from(answer.body) : answer.body;
    if (zip && data.length > 1000) {
      data = gzipSync(data, { level: 1 });
      headers["content-encoding"] = "gzip";
    }
    if (answer.status !== 204 && cut !== "short") headers["content-length"] = data.length;
    response.writeHead(answer.status, headers);
    const sent = cut === null ? data : data.subarray(0, data.length >> 1);
    stats.bytes += sent.length;
    if (cut === "cut") response.write(sent, () => response.destroy());
    else response.end(sent);
    return;
  }
  const { size, head } = answer.body;
  if (zip) headers["content-encoding"] = "gzip";
  else if (cut !== "short") headers["content-length"] = size;
  response.writeHead(answer.status, headers);
  const source = answer.body.open();
  stats.bytes += cut === null ? size : Math.floor(size / 2);
  try {
    if (cut === null && !zip) {
      response.write(head);
      await pipeline(source, response);
    } else {
      const parts = portion(head, source, cut === null ? size : Math.floor(size / 2), cut === "cut");
      if (zip) await pipeline(parts, createGzip({ level: 1 }), response);
      else await pipeline(parts, response);
    }
  } catch {
    response.destroy();
  }
}

/** The first `most` bytes; then an end, or a failure. */
async function* portion(
  head: Buffer,
  source: AsyncIterable<Buffer>,
  most: number,
  fail: boolean,
): AsyncGenerator<Buffer> {
  let left = most;
  const take = (part: Buffer): Buffer => {
    const kept = part.subarray(0, Math.min(part.length, left));
    left -= kept.length;
    return kept;
  };
  yield take(head);
  for await (const part of source) {
    if (left <= 0) break;
    yield take(part);
  }
  if (fail) throw new Error("cut");
}
