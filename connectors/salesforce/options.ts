/** Options of `source:` with `connector: salesforce`. */
import { optionValues } from "../../core/option-values.ts";
import { type OptionSpec, OVERLAP, SNAPSHOT_FIELDS } from "../../core/options.ts";

export const FLOWS = ["client-credentials", "jwt", "refresh-token", "password", "session", "sf-cli"] as const;
export type Flow = (typeof FLOWS)[number];

const AUTH: readonly OptionSpec[] = [
  {
    name: "flow",
    type: "string",
    values: FLOWS,
    required: true,
    description: "How to log in: client-credentials, jwt, refresh-token, password, session or sf-cli.",
    example: "client-credentials",
  },
  { name: "clientId", type: "string", description: "Consumer key of the connected app (or External Client App)." },
  { name: "clientSecret", type: "string", secret: true, description: "Consumer secret of the connected app." },
  {
    name: "username",
    type: "string",
    description: "jwt and password: the user to log in as; sf-cli: an alternative to `alias`.",
  },
  { name: "password", type: "string", secret: true, description: "password: the user's password." },
  {
    name: "securityToken",
    type: "string",
    secret: true,
    description: "password: the user's security token, unless the address is trusted.",
  },
  { name: "privateKey", type: "string", secret: true, description: "jwt: the private key, PEM." },
  {
    name: "privateKeyFile",
    type: "string",
    description: "jwt: a file that holds the private key, PEM; relative to migration.yaml.",
    example: "./salesforce.key",
  },
  {
    name: "audience",
    type: "string",
    description: "jwt: the `aud` of the assertion; default: loginUrl.",
    example: "https://login.salesforce.com",
  },
  { name: "refreshToken", type: "string", secret: true, description: "refresh-token: the token." },
  { name: "accessToken", type: "string", secret: true, description: "session: the access token (session id)." },
  {
    name: "instanceUrl",
    type: "string",
    description: "session: the org's address.",
    example: "https://acme.my.salesforce.com",
  },
  {
    name: "alias",
    type: "string",
    description: "sf-cli: alias of an org that `sf org login` knows; default: the CLI's default org.",
  },
];

export const OPTIONS: readonly OptionSpec[] = [
  {
    name: "loginUrl",
    type: "string",
    default: "https://login.salesforce.com",
    description: "Where to log in. Client credentials need the org's own My Domain address.",
    example: "https://acme.my.salesforce.com",
  },
  { name: "auth", type: "object", required: true, members: AUTH, description: "How to log in." },
  { name: "apiVersion", type: "string", default: "66.0", description: "Version of the REST and Bulk API." },
  {
    name: "transport",
    type: "string",
    values: ["auto", "rest", "bulk"],
    default: "auto",
    description: "`rest` reads pages by SOQL, `bulk` by Bulk API 2.0 jobs, `auto` chooses by the number of records.",
  },
  {
    name: "bulkThreshold",
    type: "integer",
    default: 10_000,
    description: "`transport: auto`: objects with this many records or more are read by Bulk API.",
  },
  { name: "maxRecords", type: "integer", default: 50_000, description: "Records per page of a Bulk result, at most." },
  {
    name: "chunkRecords",
    type: "integer",
    default: 2_000_000,
    description: "Objects with more records are read by several Bulk jobs, one range of ids each.",
  },
  { name: "concurrency", type: "integer", default: 5, description: "Requests at the same time, at most." },
  {
    name: "timeout",
    type: "integer",
    default: 120,
    description: "Seconds without an answer after which a request is given up and tried again.",
  },
  { name: "jobTimeout", type: "integer", default: 14_400, description: "Seconds that a Bulk job may take." },
  {
    name: "includeDeleted",
    type: "boolean",
    default: false,
    description:
      "Read the recycle bin and the losers of merges, too; `IsDeleted` and `MasterRecordId` tell them apart.",
  },
  {
    name: "settle",
    type: "integer",
    default: 300,
    description: "Seconds that a delta stays behind the clock: changes become visible late.",
  },
  OVERLAP,
  {
    name: "apiShare",
    type: "number",
    default: 0.8,
    description: "Share of the org's daily API calls that may be used up; `limits.api` sets it.",
  },
  SNAPSHOT_FIELDS,
];

export type Transport = "auto" | "rest" | "bulk";

export interface AuthOptions {
  readonly flow: Flow;
  readonly clientId: string | null;
  readonly clientSecret: string | null;
  readonly username: string | null;
  readonly password: string | null;
  readonly securityToken: string | null;
  readonly privateKey: string | null;
  readonly privateKeyFile: string | null;
  readonly audience: string | null;
  readonly refreshToken: string | null;
  readonly accessToken: string | null;
  readonly instanceUrl: string | null;
  readonly alias: string | null;
}

export interface SalesforceOptions {
  /** Without a slash at its end. */
  readonly loginUrl: string;
  readonly auth: AuthOptions;
  readonly apiVersion: string;
  readonly transport: Transport;
  readonly bulkThreshold: number;
  readonly maxRecords: number;
  readonly chunkRecords: number;
  readonly concurrency: number;
  readonly timeoutMs: number;
  readonly jobTimeoutMs: number;
  readonly includeDeleted: boolean;
  readonly settleMs: number;
  readonly overlapMs: number;
  readonly apiShare: number;
}

/** What each flow needs; of a nested list one is enough. */
const NEEDS: Readonly<Record<Flow, readonly (keyof AuthOptions | readonly (keyof AuthOptions)[])[]>> = {
  "client-credentials": ["clientId", "clientSecret"],
  jwt: ["clientId", "username", ["privateKey", "privateKeyFile"]],
  "refresh-token": ["clientId", "refreshToken"],
  password: ["username", "password"],
  session: ["accessToken", "instanceUrl"],
  "sf-cli": [],
};

/** Reads validated option values; what an OptionSpec cannot express is checked here, all at once. */
export function salesforceOptions(values: Readonly<Record<string, unknown>>): SalesforceOptions {
  const { problem, get, whole, share, finish } = optionValues(OPTIONS, values);

  const auth = authOptions(values.auth);
  if (!(FLOWS as readonly string[]).includes(auth.flow)) {
    problem("OPTION_INVALID", "auth.flow", `expected one of ${FLOWS.join(", ")}, got ${JSON.stringify(auth.flow)}`);
  } else {
    for (const need of NEEDS[auth.flow]) {
      const names = typeof need === "string" ? [need] : need;
      if (names.some((name) => auth[name] !== null)) continue;
      problem(
        "OPTION_REQUIRED",
        `auth.${names[0]}`,
        `is missing: flow ${auth.flow} needs ${namesOf(NEEDS[auth.flow])}`,
        `Set source.auth.${names.join(" or source.auth.")}.`,
      );
    }
  }
  const loginUrl = address(get("loginUrl"), "loginUrl", problem);
  if (auth.instanceUrl !== null) address(auth.instanceUrl, "auth.instanceUrl", problem);
  const apiVersion = String(get("apiVersion"));
  if (!/^\d{2}\.0$/.test(apiVersion) || Number(apiVersion) < 47) {
    problem("OPTION_INVALID", "apiVersion", `expected a version from "47.0" on, got ${JSON.stringify(apiVersion)}`);
  }
  const apiShare = share("apiShare");
  const options: SalesforceOptions = {
    loginUrl,
    auth,
    apiVersion,
    transport: get("transport") as Transport,
    bulkThreshold: whole("bulkThreshold", 0, 1e9),
    maxRecords: whole("maxRecords", 1, 1_000_000),
    chunkRecords: whole("chunkRecords", 1, 1e9),
    concurrency: whole("concurrency", 1, 25),
    timeoutMs: 1000 * whole("timeout", 1, 3600),
    jobTimeoutMs: 1000 * whole("jobTimeout", 1, 7 * 86_400),
    includeDeleted: get("includeDeleted") === true,
    settleMs: 1000 * whole("settle", 0, 86_400),
    overlapMs: 1000 * whole("overlap", 0, 7 * 86_400),
    apiShare,
  };
  finish();
  return options;
}

function authOptions(value: unknown): AuthOptions {
  const given = (typeof value === "object" && value !== null ? value : {}) as Readonly<Record<string, unknown>>;
  const text = (name: string): string | null => {
    const found = given[name];
    return typeof found === "string" && found !== "" ? found : null;
  };
  return {
    flow: given.flow as Flow,
    clientId: text("clientId"),
    clientSecret: text("clientSecret"),
    username: text("username"),
    password: text("password"),
    securityToken: text("securityToken"),
    privateKey: text("privateKey"),
    privateKeyFile: text("privateKeyFile"),
    audience: text("audience"),
    refreshToken: text("refreshToken"),
    accessToken: text("accessToken"),
    instanceUrl: text("instanceUrl")?.replace(/\/+$/, "") ?? null,
    alias: text("alias"),
  };
}

function namesOf(needs: (typeof NEEDS)[Flow]): string {
  return needs.map((need) => (typeof need === "string" ? need : need.join(" or "))).join(", ");
}

function address(
  value: unknown,
  field: string,
  problem: (code: string, field: string, message: string, hint?: string | null) => void,
): string {
  const text = typeof value === "string" ? value.replace(/\/+$/, "") : "";
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    problem(
      "OPTION_INVALID",
      field,
      `expected an address such as https://acme.my.salesforce.com, got ${JSON.stringify(value)}`,
    );
  } else if (url.hostname.includes("lightning.force.com")) {
    problem(
      "OPTION_INVALID",
      field,
      "expected the org's API address, got its Lightning address",
      "Write https://<name>.my.salesforce.com: see Setup, My Domain.",
    );
  }
  return text;
}
