/** From a request to its answer. */

import type { Jobs } from "../bulk/jobs.ts";
import { describeGlobal, describeObject } from "../describe.ts";
import type { SalesforceOptions } from "../options.ts";
import type { Org } from "../org/org.ts";
import { type Answer, failure, json, notFound } from "./answer.ts";
import { type Auth, USERNAME } from "./auth.ts";
import { changes } from "./changes.ts";
import { dailyRequests, limits, recordCount } from "./limits.ts";
import { batchWish, type Queries } from "./query.ts";
import { blob, record, recordsById } from "./records.ts";
import { type Stats, tick } from "./stats.ts";
import { write } from "./writes.ts";

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly search: URLSearchParams;
  readonly body: string;
  readonly authorization: string | undefined;
  readonly queryOptions: string | undefined;
  readonly contentType: string | undefined;
}

export interface Site {
  readonly org: Org;
  readonly options: SalesforceOptions;
  readonly auth: Auth;
  readonly queries: Queries;
  readonly jobs: Jobs;
  readonly stats: Stats;
  /** `http://127.0.0.1:1234`. */
  readonly base: () => string;
}

const OLDEST = 31;
const SEASONS = ["Spring", "Summer", "Winter"] as const;

/** `Spring '26` is 66. */
function versionLabel(version: number): string {
  const season = SEASONS[version % 3]!;
  const year = 26 + Math.floor((version - 66) / 3) + (season === "Winter" ? 1 : 0);
  return `${season} '${String(year).padStart(2, "0")}`;
}

/** Answers a request outside faults. */
export function route(site: Site, call: Call): Answer {
  const { org, options, auth, stats } = site;
  const { path } = call;
  if (path === "/services/oauth2/token") {
    tick(stats.kinds, "token");
    return call.method === "POST" ? auth.token(new URLSearchParams(call.body), site.base()) : notFound();
  }
  if (path === "/services/oauth2/revoke") return auth.revoke(new URLSearchParams(call.body || call.search.toString()));
  if (path.startsWith("/services/Soap/u/")) {
    tick(stats.kinds, "soap");
    return auth.soap(call.body, site.base());
  }
  if (path === "/services/data" || path === "/services/data/") {
    const newest = options.apiVersionMax ?? 66;
    const versions = Array.from({ length: newest - OLDEST + 1 }, (_, at) => OLDEST + at);
    return json(
      versions.map((version) => ({
        label: versionLabel(version),
        url: `/services/data/v${version}.0`,
        version: `${version}.0`,
      })),
    );
  }
  const refusal = auth.check(call.authorization);
  if (refusal !== null) return refusal;
  if (path === "/services/oauth2/userinfo" || path.startsWith("/id/")) {
    tick(stats.kinds, "identity");
    const identity = `${site.base()}/id/${org.organizationId}/${org.userId}`;
    return json({
      id: identity,
      sub: identity,
      user_id: org.userId,
      organization_id: org.organizationId,
      username: USERNAME,
      preferred_username: USERNAME,
      name: "Integration",
      email: USERNAME,
      urls: { rest: `${site.base()}/services/data/v{version}/` },
    });
  }
  const found = /^\/services\/data\/v(\d+)\.0(?:\/(.*))?$/.exec(path);
  const version = Number(found?.[1]);
  if (found === null || version > (options.apiVersionMax ?? 66) || version < OLDEST) return notFound();
  if (stats.apiCalls >= dailyRequests(options)) {
    tick(stats.kinds, "overLimit");
    return failure(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.");
  }
  stats.apiCalls++;
  return resource(site, call, version, (found[2] ?? "").replace(/\/$/, ""));
}

function resource(site: Site, call: Call, version: number, path: string): Answer {
  const { org, options, jobs, queries, stats } = site;
  const { method, search, body } = call;
  const base = `/services/data/v${version}.0`;
  const parts = path.split("/");
  const kind = (name: string): void => tick(stats.kinds, name);
  if (path === "")
    return json(
      Object.fromEntries(
        ["sobjects", "limits", "query", "queryAll", "jobs", "composite", "identity"].map((name) => [
          name,
          `${base}/${name}`,
        ]),
      ),
    );
  if (path === "limits") {
    kind("limits");
    return json(limits(options, stats.apiCalls, jobs.made()));
  }
  if (path === "limits/recordCount") {
    kind("recordCount");
    return json(recordCount(org, search.get("sObjects")));
  }
  if (parts[0] === "query" || parts[0] === "queryAll") {
    const wish = batchWish(call.queryOptions);
    if (parts[1] !== undefined && parts[1] !== "") {
      kind("queryMore");
      return queries.more(parts[1], base, wish);
    }
    kind("query");
    const soql = search.get("q");
    if (soql === null) return failure(400, "MALFORMED_QUERY", "SOQL statements cannot be empty or null");
    return queries.run(soql, parts[0] === "queryAll", base, wish);
  }
  if (parts[0] === "jobs" && parts[1] === "query") return bulk(site, call, version, base, parts);
  if (parts[0] === "sobjects") return sobjects(site, call, base, parts);
  if (parts[0] === "composite") {
    kind("composite");
    return composite(site, call, version, base, parts, body, method);
  }
  return notFound();
}

function bulk(site: Site, call: Call, version: number, base: string, parts: readonly string[]): Answer {
  const { jobs, options, stats } = site;
  const { method, search } = call;
  const [, , id, action] = parts;
  const kind = (name: string): void => tick(stats.kinds, name);
  if (version < 47) return notFound();
  if (id === undefined || id === "") {
    if (method === "POST") {
      kind("bulkCreate");
      return jobs.create(call.body, version);
    }
    kind("bulkList");
    return jobs.list(base, search.get("queryLocator"));
  }
  if (action === "results") {
    kind("bulkResults");
    return jobs.results(id, search, options.bulk?.gzip ?? true);
  }
  if (action === "resultPages") {
    kind("bulkPages");
    return version < 58 ? notFound() : jobs.pages(id, search, version, base);
  }
  if (action !== undefined) return notFound();
  if (method === "PATCH") {
    kind("bulkAbort");
    return jobs.abort(id, call.body);
  }
  if (method === "DELETE") {
    kind("bulkDelete");
    return jobs.remove(id);
  }
  kind("bulkPoll");
  return jobs.get(id);
}

function sobjects(site: Site, call: Call, base: string, parts: readonly string[]): Answer {
  const { org, options, stats } = site;
  const [, name, action, field] = parts;
  const kind = (text: string): void => tick(stats.kinds, text);
  if (name === undefined) {
    kind("sobjects");
    return json(describeGlobal(org, base));
  }
  const table = org.visibleTable(name);
  if (table === undefined) return notFound();
  const own = action === undefined || !["describe", "deleted", "updated"].includes(action);
  if (own && field === undefined && call.method !== "GET" && call.method !== "HEAD") {
    kind("write");
    return write(org, table, action ?? null, call);
  }
  if (action === undefined) {
    const { fields, childRelationships, ...objectDescribe } = describeObject(org, table, base) as Record<
      string,
      unknown
    >;
    void fields;
    void childRelationships;
    return json({ objectDescribe, recentItems: [] });
  }
  if (action === "describe") {
    kind("describe");
    return json(describeObject(org, table, base));
  }
  if (action === "deleted" || action === "updated") {
    kind(action);
    return changes(org, table, action, call.search, (options.now ?? Date.now)(), options.deletedMost);
  }
  if (field !== undefined) {
    kind("blob");
    return blob(org, table, action, field);
  }
  kind("record");
  return record(org, table, action, call.search.get("fields"), base);
}

interface Part {
  readonly method: string;
  readonly url: string;
  readonly referenceId: string;
  readonly body?: unknown;
}

function composite(
  site: Site,
  call: Call,
  version: number,
  base: string,
  parts: readonly string[],
  body: string,
  method: string,
): Answer {
  if (method !== "POST") return notFound();
  if (parts[1] === "sobjects" && parts[2] !== undefined) {
    const table = site.org.visibleTable(parts[2]);
    return table === undefined ? notFound() : recordsById(site.org, table, body, base);
  }
  if (parts[1] !== undefined) return notFound();
  let asked: { compositeRequest?: Part[] };
  try {
    asked = JSON.parse(body);
  } catch (error) {
    return failure(400, "JSON_PARSER_ERROR", String(error));
  }
  const requests = asked.compositeRequest ?? [];
  if (requests.length > 25)
    return failure(400, "LIMIT_EXCEEDED", "Limit of 25 reached for operations in a composite request.");
  return json({
    compositeResponse: requests.map((part) => {
      const url = new URL(part.url, "http://composite");
      const inner = url.pathname.replace(/^\/services\/data\/v\d+\.0\//, "").replace(/\/$/, "");
      const answer = resource(
        site,
        {
          ...call,
          method: part.method,
          path: url.pathname,
          search: url.searchParams,
          body: JSON.stringify(part.body ?? ""),
          contentType: "application/json",
        },
        version,
        inner,
      );
      const text = typeof answer.body === "string" ? answer.body : "null";
      return {
        body: JSON.parse(text || "null"),
        httpHeaders: {},
        httpStatusCode: answer.status,
        referenceId: part.referenceId,
      };
    }),
  });
}
