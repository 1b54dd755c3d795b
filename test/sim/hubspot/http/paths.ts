/** Both schemes of paths, as one: `/crm/v3/objects/contacts` and `/crm/objects/2026-03/contacts` mean the same. */

export type Route =
  | "list"
  | "get"
  | "batchRead"
  | "search"
  | "create"
  | "update"
  | "archive"
  | "merge"
  | "erase"
  | "associateDefault"
  | "associate"
  | "dissociate"
  | "associations"
  | "associationsV3"
  | "associationsOf"
  | "associationsOfV3"
  | "labels"
  | "properties"
  | "property"
  | "propertiesBatch"
  | "pipelines"
  | "pipeline"
  | "stages"
  | "owners"
  | "owner"
  | "schemas"
  | "schema"
  | "file"
  | "signedUrl"
  | "account"
  | "token"
  | "introspect"
  | "revoke"
  | "accessTokenInfo"
  | "refreshTokenInfo"
  | "privateAppInfo"
  | "none";

export interface Target {
  readonly route: Route;
  /** What the path names, in order: type, id, other type... */
  readonly names: readonly string[];
  /** Whether the path has a date for a version. */
  readonly dated: boolean;
}

const DATE = /^20(2[6-9]|[3-9]\d)-(03|09)$/;

type Method = "GET" | "POST" | "PATCH" | "PUT" | "DELETE";

interface Pattern {
  readonly route: Route;
  readonly method: Method;
  /** Segments; `*` is a name, `DATE` a version such as 2026-03. */
  readonly path: readonly string[];
}

const pattern = (route: Route, method: Method, path: string): Pattern => ({
  route,
  method,
  path: path.split("/"),
});

const PATTERNS: readonly Pattern[] = [
  pattern("list", "GET", "crm/v3/objects/*"),
  pattern("get", "GET", "crm/v3/objects/*/*"),
  pattern("batchRead", "POST", "crm/v3/objects/*/batch/read"),
  pattern("search", "POST", "crm/v3/objects/*/search"),
  pattern("create", "POST", "crm/v3/objects/*"),
  pattern("update", "PATCH", "crm/v3/objects/*/*"),
  pattern("archive", "DELETE", "crm/v3/objects/*/*"),
  pattern("merge", "POST", "crm/v3/objects/*/merge"),
  pattern("erase", "POST", "crm/v3/objects/*/gdpr-delete"),
  pattern("associateDefault", "PUT", "crm/v4/objects/*/*/associations/default/*/*"),
  pattern("associate", "PUT", "crm/v4/objects/*/*/associations/*/*"),
  pattern("dissociate", "DELETE", "crm/v4/objects/*/*/associations/*/*"),
  pattern("associationsOfV3", "GET", "crm/v3/objects/*/*/associations/*"),
  pattern("associationsOf", "GET", "crm/v4/objects/*/*/associations/*"),
  pattern("associations", "POST", "crm/v4/associations/*/*/batch/read"),
  pattern("associationsV3", "POST", "crm/v3/associations/*/*/batch/read"),
  pattern("labels", "GET", "crm/v4/associations/*/*/labels"),
  pattern("properties", "GET", "crm/v3/properties/*"),
  pattern("property", "GET", "crm/v3/properties/*/*"),
  pattern("propertiesBatch", "POST", "crm/v3/properties/*/batch/read"),
  pattern("pipelines", "GET", "crm/v3/pipelines/*"),
  pattern("pipeline", "GET", "crm/v3/pipelines/*/*"),
  pattern("stages", "GET", "crm/v3/pipelines/*/*/stages"),
  pattern("owners", "GET", "crm/v3/owners"),
  pattern("owner", "GET", "crm/v3/owners/*"),
  pattern("schemas", "GET", "crm/v3/schemas"),
  pattern("schema", "GET", "crm/v3/schemas/*"),
  pattern("schemas", "GET", "crm-object-schemas/v3/schemas"),
  pattern("schema", "GET", "crm-object-schemas/v3/schemas/*"),
  pattern("file", "GET", "files/v3/files/*"),
  pattern("signedUrl", "GET", "files/v3/files/*/signed-url"),
  pattern("account", "GET", "account-info/v3/details"),
  pattern("token", "POST", "oauth/v1/token"),
  pattern("token", "POST", "oauth/v3/token"),
  pattern("token", "POST", "oauth/DATE/token"),
  pattern("introspect", "POST", "oauth/v3/introspect"),
  pattern("revoke", "POST", "oauth/v3/revoke"),
  pattern("accessTokenInfo", "GET", "oauth/v1/access-tokens/*"),
  pattern("refreshTokenInfo", "GET", "oauth/v1/refresh-tokens/*"),
  pattern("privateAppInfo", "POST", "oauth/v2/private-apps/get/access-token-info"),
  pattern("list", "GET", "crm/objects/DATE/*"),
  pattern("get", "GET", "crm/objects/DATE/*/*"),
  pattern("batchRead", "POST", "crm/objects/DATE/*/batch/read"),
  pattern("search", "POST", "crm/objects/DATE/*/search"),
  pattern("create", "POST", "crm/objects/DATE/*"),
  pattern("update", "PATCH", "crm/objects/DATE/*/*"),
  pattern("archive", "DELETE", "crm/objects/DATE/*/*"),
  pattern("merge", "POST", "crm/objects/DATE/*/merge"),
  pattern("erase", "POST", "crm/objects/DATE/*/gdpr-delete"),
  pattern("associateDefault", "PUT", "crm/objects/DATE/*/*/associations/default/*/*"),
  pattern("associate", "PUT", "crm/objects/DATE/*/*/associations/*/*"),
  pattern("dissociate", "DELETE", "crm/objects/DATE/*/*/associations/*/*"),
  pattern("associationsOf", "GET", "crm/objects/DATE/*/*/associations/*"),
  pattern("associations", "POST", "crm/associations/DATE/*/*/batch/read"),
  pattern("labels", "GET", "crm/associations/DATE/*/*/labels"),
  pattern("properties", "GET", "crm/properties/DATE/*"),
  pattern("property", "GET", "crm/properties/DATE/*/*"),
  pattern("propertiesBatch", "POST", "crm/properties/DATE/*/batch/read"),
  pattern("pipelines", "GET", "crm/pipelines/DATE/*"),
  pattern("pipeline", "GET", "crm/pipelines/DATE/*/*"),
  pattern("stages", "GET", "crm/pipelines/DATE/*/*/stages"),
  pattern("owners", "GET", "crm/owners/DATE"),
  pattern("owner", "GET", "crm/owners/DATE/*"),
  pattern("schemas", "GET", "crm-object-schemas/DATE/schemas"),
  pattern("schema", "GET", "crm-object-schemas/DATE/schemas/*"),
  pattern("file", "GET", "files/DATE/files/*"),
  pattern("signedUrl", "GET", "files/DATE/files/*/signed-url"),
  pattern("account", "GET", "account-info/DATE/details"),
];

/** By number of segments: few comparisons per request. */
const BY_LENGTH = Map.groupBy(PATTERNS, (entry) => entry.path.length);

const fits = (wanted: string, segment: string): boolean =>
  wanted === "*" ? segment !== "" : wanted === "DATE" ? DATE.test(segment) : wanted === segment;

/** What a path asks for; a slash at its end makes no difference. */
export function targetOf(method: string, path: string): Target {
  const segments = path.slice(1).split("/");
  if (segments.at(-1) === "") segments.pop();
  for (const { route, method: wanted, path: parts } of BY_LENGTH.get(segments.length) ?? []) {
    if (wanted !== method || !parts.every((part, at) => fits(part, segments[at]!))) continue;
    const names = segments.filter((_, at) => parts[at] === "*");
    return { route, names: path.includes("%") ? names.map(decoded) : names, dated: parts.includes("DATE") };
  }
  return { route: "none", names: [], dated: false };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
