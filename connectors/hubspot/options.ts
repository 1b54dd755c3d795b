/** Options of `source:` with `connector: hubspot`. */
import { optionValues } from "../../core/option-values.ts";
import { type OptionSpec, OVERLAP, SNAPSHOT_FIELDS } from "../../core/options.ts";

export const PLANS = ["free", "starter", "professional", "enterprise"] as const;
export type Plan = (typeof PLANS)[number];

const AUTH: readonly OptionSpec[] = [
  { name: "clientId", type: "string", required: true, description: "Client ID of the public app." },
  { name: "clientSecret", type: "string", required: true, secret: true, description: "Client secret of the app." },
  {
    name: "refreshToken",
    type: "string",
    required: true,
    secret: true,
    description: "Refresh token of an installation of the app in the portal.",
  },
];

export const OPTIONS: readonly OptionSpec[] = [
  {
    name: "accessToken",
    type: "string",
    secret: true,
    description: "Access token of a private app, or a service key. Instead of `auth`.",
    example: "$" + "{HUBSPOT_TOKEN}",
  },
  {
    name: "auth",
    type: "object",
    members: AUTH,
    description: "OAuth of a public app: access tokens are made from its refresh token. Instead of `accessToken`.",
  },
  {
    name: "baseUrl",
    type: "string",
    default: "https://api.hubapi.com",
    description: "Address of the API.",
    example: "https://api-eu1.hubapi.com",
  },
  {
    name: "apiPath",
    type: "string",
    default: "v3",
    description:
      "Version in the API's paths: `v3` (associations: v4), supported until 2027, or a date such as `2026-03` or `2026-09`.",
    example: "2026-03",
  },
  {
    name: "plan",
    type: "string",
    values: PLANS,
    description: "The portal's subscription: how many requests are assumed to be allowed until the first answer tells.",
  },
  { name: "concurrency", type: "integer", default: 10, description: "Requests at the same time, at most." },
  {
    name: "timeout",
    type: "integer",
    default: 120,
    description: "Seconds without an answer after which a request is given up and tried again.",
  },
  {
    name: "includeArchived",
    type: "boolean",
    default: false,
    description: "Read archived (deleted) records, too; `archived` and `archivedAt` tell them apart.",
  },
  {
    name: "settle",
    type: "integer",
    default: 3600,
    description: "Seconds that a delta stays behind the clock: search learns of changes late.",
  },
  OVERLAP,
  {
    name: "apiShare",
    type: "number",
    default: 0.8,
    description: "Share of the portal's daily API calls that may be used up; `limits.api` sets it.",
  },
  SNAPSHOT_FIELDS,
];

export interface OAuthOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
}

export interface HubspotOptions {
  /** One of `accessToken` and `auth` is null. */
  readonly accessToken: string | null;
  readonly auth: OAuthOptions | null;
  /** Without a slash at its end. */
  readonly baseUrl: string;
  /** `v3` or a date, `2026-03`. */
  readonly apiPath: string;
  readonly plan: Plan | null;
  readonly concurrency: number;
  readonly timeoutMs: number;
  readonly includeArchived: boolean;
  readonly settleMs: number;
  readonly overlapMs: number;
  readonly apiShare: number;
}

/** Reads validated option values; what an OptionSpec cannot express is checked here, all at once. */
export function hubspotOptions(values: Readonly<Record<string, unknown>>): HubspotOptions {
  const { problem, get, whole, share, finish } = optionValues(OPTIONS, values);

  const accessToken = tokenText(values.accessToken);
  const auth = typeof values.auth === "object" && values.auth !== null ? oauth(values.auth, problem) : null;
  if (accessToken === null && auth === null) {
    problem(
      "OPTION_REQUIRED",
      "accessToken",
      "is missing",
      "Set source.accessToken (private app or service key), or source.auth (OAuth).",
    );
  } else if (accessToken !== null && auth !== null) {
    problem("OPTION_INVALID", "auth", "expected either `accessToken` or `auth`, got both", "Remove one of them.");
  } else if (accessToken !== null && /[^\x21-\x7e]/.test(accessToken)) {
    problem("OPTION_INVALID", "accessToken", "expected a token without blanks and special characters");
  }
  const baseUrl = address(get("baseUrl"));
  if (baseUrl === null) {
    problem(
      "OPTION_INVALID",
      "baseUrl",
      `expected an address such as https://api.hubapi.com, got ${JSON.stringify(get("baseUrl"))}`,
    );
  }
  const apiPath = String(get("apiPath"));
  if (!/^(v3|20\d\d-\d\d)$/.test(apiPath)) {
    problem("OPTION_INVALID", "apiPath", `expected v3 or a date such as 2026-03, got ${JSON.stringify(apiPath)}`);
  }
  const plan = get("plan") ?? null;
  if (plan !== null && !(PLANS as readonly unknown[]).includes(plan)) {
    problem("OPTION_INVALID", "plan", `expected one of ${PLANS.join(", ")}, got ${JSON.stringify(plan)}`);
  }
  const apiShare = share("apiShare");
  const options: HubspotOptions = {
    accessToken,
    auth,
    baseUrl: baseUrl ?? "",
    apiPath,
    plan: plan as Plan | null,
    concurrency: whole("concurrency", 1, 100),
    timeoutMs: 1000 * whole("timeout", 1, 3600),
    includeArchived: get("includeArchived") === true,
    settleMs: 1000 * whole("settle", 0, 86_400),
    overlapMs: 1000 * whole("overlap", 0, 7 * 86_400),
    apiShare,
  };
  finish();
  return options;
}

function tokenText(value: unknown): string | null {
  return typeof value === "string" && value.trim() !== "" ? value.trim() : null;
}

function oauth(value: object, problem: (code: string, field: string, message: string) => void): OAuthOptions {
  const given = value as Readonly<Record<string, unknown>>;
  const text = (name: keyof OAuthOptions): string => {
    const found = tokenText(given[name]);
    if (found === null) problem("OPTION_REQUIRED", `auth.${name}`, "is missing");
    return found ?? "";
  };
  return { clientId: text("clientId"), clientSecret: text("clientSecret"), refreshToken: text("refreshToken") };
}

function address(value: unknown): string | null {
  const text = typeof value === "string" ? value.trim().replace(/\/+$/, "") : "";
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.search === "" ? text : null;
}
