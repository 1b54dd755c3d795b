/** What an answer that is no success means, by what the caller can do about it. */
import { ConfigError, StoppedError, TerminalError, TransientError } from "../../core/errors.ts";

/** The access token is not taken any more: log in again and repeat. Never leaves the connector. */
export class SessionExpired extends Error {}

export interface Refusal {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly retryAfter: string | null;
  /** What was asked for, in a few words. */
  readonly what: string;
}

/** Query errors that the connector reacts to by asking for less. */
export const QUERY_TIMEOUT = "SALESFORCE_QUERY_TIMEOUT";
export const LOCATOR_LOST = "SALESFORCE_LOCATOR_LOST";
export const TOO_MANY_ROWS = "SALESFORCE_NO_MORE_PAGES";

/** The error that a refusal is. */
export function refusalError(refusal: Refusal): Error {
  const { status, what } = refusal;
  const { code, message } = problemOf(refusal);
  const text = `${what}: ${message} (HTTP ${status}${code === "" ? "" : `, ${code}`})`;
  const wait = retryAfterMs(refusal.retryAfter);
  if (status === 401) {
    if (/not attached to|not valid for use/i.test(message)) return denied(text);
    return new SessionExpired(message);
  }
  if (code === "REQUEST_LIMIT_EXCEEDED") {
    if (/concurrent/i.test(message)) return new TransientError("SALESFORCE_CONCURRENT_LIMIT", text, wait);
    return new StoppedError(
      "SALESFORCE_DAILY_LIMIT",
      `${what}: the org's API calls of the last 24 hours are used up (${message})`,
      {
        hint: "Resume when calls are free again: `migrate run --resume RUN`.",
      },
    );
  }
  if (status === 408 || status === 420 || status === 429 || status >= 500) {
    return new TransientError("SALESFORCE_UNAVAILABLE", text, wait);
  }
  switch (code) {
    case "QUERY_TIMEOUT":
      // the same query would take as long again: the caller asks for less
      return new TerminalError(QUERY_TIMEOUT, text);
    case "INVALID_QUERY_LOCATOR":
      return new TerminalError(LOCATOR_LOST, text);
    case "EXCEEDED_ID_LIMIT":
      return new TerminalError(TOO_MANY_ROWS, text);
    case "UNABLE_TO_LOCK_ROW":
      return new TransientError("SALESFORCE_UNAVAILABLE", text, wait);
    case "API_DISABLED_FOR_ORG":
    case "API_CURRENTLY_DISABLED":
    case "INSUFFICIENT_ACCESS":
    case "INSUFFICIENT_ACCESS_OR_READONLY":
      return denied(text);
  }
  if (status === 403) return denied(text);
  if (status === 404) return new TerminalError("SALESFORCE_NOT_FOUND", text);
  if (/html/i.test(refusal.contentType)) return new TransientError("SALESFORCE_UNAVAILABLE", text, wait);
  if (status === 400) {
    return new ConfigError("SALESFORCE_QUERY_REFUSED", text, {
      hint: "A field or object was hidden, renamed or removed since the last check, or the API does not offer it: run `migrate check`.",
    });
  }
  return new TerminalError("SALESFORCE_UNEXPECTED_ANSWER", text);
}

/** The error that a failed log-in is; `name` is OAuth's error code, "" for SOAP. */
export function loginError(name: string, message: string, flow: string): Error {
  if (/^ERROR_HTTP_5\d\d$/.test(name))
    return new TransientError("SALESFORCE_UNAVAILABLE", `log-in: ${oneLine(message)}`);
  return new ConfigError(
    "SALESFORCE_LOGIN_FAILED",
    `log-in by ${flow} failed: ${oneLine(message) || "no reason given"}${name === "" ? "" : ` (${name})`}`,
    { hint: LOGIN_HINTS[flow] ?? "Correct source.auth in migration.yaml." },
  );
}

const LOGIN_HINTS: Readonly<Record<string, string>> = {
  "client-credentials":
    "Check clientId and clientSecret, that loginUrl is the org's own My Domain address, and that the app allows the client credentials flow with a run-as user.",
  jwt: "Check clientId, username and the private key, that the app holds its certificate, and that the user is pre-authorised.",
  "refresh-token": "The refresh token is expired or revoked: authorise again.",
  password: "Check username, password and securityToken, and that the org allows this flow.",
};

/** What a connection is that could not be made or broke. */
export const UNREACHABLE = { code: "SALESFORCE_UNREACHABLE", hint: "Check loginUrl and the network." };

function denied(text: string): ConfigError {
  return new ConfigError("SALESFORCE_ACCESS_DENIED", text, {
    hint: 'Give the integration user "API Enabled" and read permission, or log in as another user.',
  });
}

function problemOf({ body, contentType }: Refusal): { readonly code: string; readonly message: string } {
  if (/html/i.test(contentType)) return { code: "", message: "a page for people instead of an answer" };
  try {
    const parsed = JSON.parse(body) as unknown;
    const first = (Array.isArray(parsed) ? parsed[0] : parsed) as Readonly<Record<string, unknown>> | null;
    const code = first?.errorCode ?? first?.error;
    const message = first?.message ?? first?.error_description;
    return {
      code: typeof code === "string" ? code : "",
      message: oneLine(typeof message === "string" ? message : body),
    };
  } catch {
    return { code: "", message: oneLine(body) };
  }
}

/** SOQL errors quote the query over several lines; the last one says what is wrong. */
function oneLine(message: string): string {
  const lines = message.split("\n").filter((line) => line.trim() !== "");
  const text = lines.find((line) => /^ERROR at/.test(line)) === undefined ? lines.join(" ") : (lines.at(-1) ?? "");
  const trimmed = text.trim();
  return trimmed.length > 300 ? `${trimmed.slice(0, 300)}…` : trimmed || "no message";
}

function retryAfterMs(header: string | null): { readonly retryAfterMs?: number } {
  const seconds = Number(header);
  return header !== null && Number.isFinite(seconds) && seconds >= 0 ? { retryAfterMs: seconds * 1000 } : {};
}
