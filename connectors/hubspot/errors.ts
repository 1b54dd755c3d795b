/** What an answer that is no success means, by what the caller can do about it. */
import { ConfigError, StoppedError, TerminalError, TransientError } from "../../core/errors.ts";
import { missingScope, objectOf } from "./scopes.ts";

/** The access token ran out: make a new one and repeat. Never leaves the connector. */
export class TokenExpired extends Error {}

/** 429: one request too many. */
export class RateLimited extends TransientError {
  /** `TEN_SECONDLY_ROLLING`, `SECONDLY`, or "" where the answer does not tell. */
  readonly policy: string;
  readonly waitMs: number;
  constructor(message: string, policy: string, waitMs: number) {
    super("HUBSPOT_RATE_LIMIT", message, { retryAfterMs: waitMs });
    this.policy = policy;
    this.waitMs = waitMs;
  }
}

export interface Refusal {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  /** Method and path. */
  readonly what: string;
}

export const NOT_FOUND = "HUBSPOT_NOT_FOUND";
export const SCOPE_MISSING = "HUBSPOT_SCOPE_MISSING";

/** A longer wait than this is not waited for: the run stops and can be resumed. */
const LONGEST_WAIT_MS = 5 * 60_000;
/** How long a locked resource is left alone at least. */
const LOCKED_MS = 2000;

/** What a connection is that could not be made or broke. */
export const UNREACHABLE = { code: "HUBSPOT_UNREACHABLE", hint: "Check source.baseUrl and the network." };

/** The parts of an error's body that are used; all may be missing. */
export interface ErrorBody {
  readonly message: string;
  readonly category: string;
  readonly policy: string;
  readonly raw: Readonly<Record<string, unknown>>;
}

/** The error that a refusal is. */
export function refusalError(refusal: Refusal): Error {
  const { status, headers, what } = refusal;
  const body = errorBody(refusal);
  const text = `${what}: ${body.message} (HTTP ${status}${body.category === "" ? "" : `, ${body.category}`})`;
  const wait = retryAfterMs(headers.get("retry-after"));
  switch (status) {
    case 401:
      return unauthorised(body, text);
    case 403:
      return forbidden(refusal, body, text);
    case 404:
      return new TerminalError(NOT_FOUND, `${what}: there is no such record, object or address (HTTP 404)`);
    case 414:
      return new TerminalError("HUBSPOT_REQUEST_TOO_LONG", text);
    case 423:
      return new TransientError("HUBSPOT_LOCKED", text, { retryAfterMs: Math.max(wait ?? 0, LOCKED_MS) });
    case 429:
      return tooMany(body, headers, text, wait);
    case 477:
      return migrating(what, wait);
  }
  const page = /html/i.test(headers.get("content-type") ?? "");
  if (status === 408 || status >= 500 || page) {
    return new TransientError("HUBSPOT_UNAVAILABLE", text, wait === null ? {} : { retryAfterMs: wait });
  }
  if (status >= 400) {
    return new ConfigError("HUBSPOT_REQUEST_REFUSED", text, {
      hint: "Something was renamed or removed in the portal since the last check, or the API does not offer it: run `migrate check`.",
    });
  }
  return new TerminalError("HUBSPOT_UNEXPECTED_ANSWER", text);
}

/** The error that a refused log-in by refresh token is. */
export function loginError(refusal: Refusal): Error {
  const { status } = refusal;
  if (status === 429 || status >= 500 || status === 423 || status === 477) return refusalError(refusal);
  const body = errorBody(refusal);
  const kind = body.category || String(body.raw.error ?? "");
  if (kind === "" && !/json/i.test(refusal.headers.get("content-type") ?? "")) {
    return new TransientError("HUBSPOT_UNAVAILABLE", `log-in: ${body.message} (HTTP ${status})`);
  }
  return new ConfigError(
    "HUBSPOT_LOGIN_FAILED",
    `log-in by refresh token failed: ${body.message} (HTTP ${status}${kind === "" ? "" : `, ${kind}`})`,
    { hint: LOGIN_HINTS[kind] ?? "Check source.auth in migration.yaml." },
  );
}

const LOGIN_HINTS: Readonly<Record<string, string>> = {
  BAD_REFRESH_TOKEN: "The refresh token is wrong or revoked: install the app in the portal again and use its new one.",
  BAD_CLIENT_ID: "Check source.auth.clientId: it is in the app's Auth settings.",
  BAD_CLIENT_SECRET: "Check source.auth.clientSecret: it is in the app's Auth settings.",
  BAD_HUB: "The portal of this refresh token is gone, or the app is not installed in it any more.",
};

function unauthorised(body: ErrorBody, text: string): Error {
  if (body.category === "EXPIRED_AUTHENTICATION") return new TokenExpired(body.message);
  return new ConfigError("HUBSPOT_TOKEN_INVALID", text, {
    hint: "Check source.accessToken: copy it again from the private app (or service key) of this portal; it changes when it is rotated.",
  });
}

function forbidden({ what }: Refusal, body: ErrorBody, text: string): Error {
  const scope = missingScope(body, what);
  if (scope === null) {
    return new ConfigError("HUBSPOT_ACCESS_DENIED", text, {
      hint: "The app may not do this: check its scopes and the portal's subscription.",
    });
  }
  const object = objectOf(what);
  return new ConfigError(SCOPE_MISSING, `${text}; it needs the scope ${scope}`, {
    place: object === null ? {} : { object },
    hint: `Add the scope ${scope} to the app (private apps: Settings, Integrations, Private Apps, Scopes) and use its token.`,
  });
}

function tooMany(body: ErrorBody, headers: Headers, text: string, wait: number | null): Error {
  const daily = body.policy === "DAILY" || headers.get("x-hubspot-ratelimit-daily-remaining") === "0";
  if (daily && !/SECONDLY/.test(body.policy)) {
    return new StoppedError("HUBSPOT_DAILY_LIMIT", `the portal's API calls of today are used up (${body.message})`, {
      hint: "They are free again at midnight in the portal's time zone: `migrate run --resume RUN`.",
    });
  }
  return new RateLimited(text, body.policy, wait ?? (body.policy === "TEN_SECONDLY_ROLLING" ? 2000 : 1000));
}

function migrating(what: string, wait: number | null): Error {
  const message = `${what}: HubSpot is moving this portal's data to another place (HTTP 477)`;
  if (wait === null || wait <= LONGEST_WAIT_MS) {
    return new TransientError("HUBSPOT_MIGRATING", message, wait === null ? {} : { retryAfterMs: wait });
  }
  const minutes = Math.ceil(wait / 60_000).toLocaleString("en");
  return new StoppedError("HUBSPOT_MIGRATING", `${message}, for ${minutes} more minutes`, {
    hint: "Resume after that: `migrate run --resume RUN`.",
  });
}

function errorBody({ body, headers }: Refusal): ErrorBody {
  const none = { category: "", policy: "", raw: {} };
  if (/html/i.test(headers.get("content-type") ?? "") || /^\s*</.test(body)) {
    return { ...none, message: "a page for people instead of an answer" };
  }
  try {
    const raw = JSON.parse(body) as ErrorBody["raw"];
    const text = (name: string) => (typeof raw[name] === "string" ? (raw[name] as string) : "");
    return {
      message: short(text("message") || text("error_description") || body),
      category: text("category") || (/^[A-Z_]+$/.test(text("status")) ? text("status") : ""),
      policy: text("policyName") || (/secondly limit/i.test(text("message")) ? "SECONDLY" : ""),
      raw,
    };
  } catch {
    return { ...none, message: short(body) };
  }
}

function short(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 300 ? `${line.slice(0, 300)}…` : line || "no message";
}

/** Seconds, or a date; null: not told. */
function retryAfterMs(header: string | null): number | null {
  if (header === null || header.trim() === "") return null;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return seconds >= 0 ? seconds * 1000 : null;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - Date.now());
}
