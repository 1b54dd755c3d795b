/**
 * Requests to one portal: the token, the limits, trying again. By our own fetch: the vendor's client would lose fields and
 * digits (see oauth.ts).
 */
import type { Context } from "../../core/context.ts";
import { ConfigError, hasCode, TransientError } from "../../core/errors.ts";
import { parseExact } from "../../core/exact-json.ts";
import { type HttpLimits, send } from "../../core/http.ts";
import { retry } from "../../core/retry.ts";
import type { Api, Bucket, JsonObject } from "./api.ts";
import { RateLimited, refusalError, SCOPE_MISSING, TokenExpired, UNREACHABLE } from "./errors.ts";
import { refreshedToken } from "./oauth.ts";
import type { HubspotOptions } from "./options.ts";
import { createPaths } from "./paths.ts";
import { type Answered, type Assumed, assumedLimits, createRates } from "./rates.ts";
import { fixedToken, madeTokens, type Token, type Tokens } from "./tokens.ts";

/** How often is tried and how long is waited; tests wait less. */
export interface Tuning {
  readonly attempts: number;
  /** Times that a request may be refused for being one too many. */
  readonly turns: number;
  readonly retryBaseMs: number;
  readonly retryMaxMs: number;
  /** Limits until an answer tells them; absent: what the options' plan allows. */
  readonly assumed?: Assumed;
}

export const TUNING: Tuning = { attempts: 7, turns: 60, retryBaseMs: 500, retryMaxMs: 30_000 };

type Query = Readonly<Record<string, string | number | boolean | readonly string[]>>;

interface Asked {
  readonly method: "GET" | "POST";
  /** With the query. */
  readonly path: string;
  readonly body?: string;
  readonly bucket: Bucket;
  /** Method and path without the query: for messages. */
  readonly what: string;
}

/** Makes the way to the portal; nothing is sent before it is asked for. */
export function createApi(options: HubspotOptions, context: Context, tuning: Tuning = TUNING): Api {
  const limits: HttpLimits = { timeoutMs: options.timeoutMs, signal: context.signal, unreachable: UNREACHABLE };
  const paths = createPaths(options.apiPath);
  const rates = createRates({
    concurrency: options.concurrency,
    apiShare: options.apiShare,
    assumed: tuning.assumed ?? assumedLimits(options),
    signal: context.signal,
  });
  const tokens = createTokens();
  const requests = { made: 0, refused: 0 };
  /** What the last answer was dated; null: not told. */
  let dated: number | null = null;

  function persist<T>(what: string, operation: () => Promise<T>): Promise<T> {
    let failures = 0;
    // refusals for being one too many are not failures: others may be using up the same limit
    const once = () =>
      operation().catch((error: unknown) => {
        if (!(error instanceof TransientError) || error instanceof RateLimited) throw error;
        throw ++failures < tuning.attempts ? error : new GivenUp(error);
      });
    return retry(once, {
      attempts: tuning.attempts + tuning.turns,
      baseMs: tuning.retryBaseMs,
      maxMs: tuning.retryMaxMs,
      signal: context.signal,
      random: context.random,
      onRetry: (error, attempt, waitMs) =>
        context.log.debug(`${what}: ${error.message}; trying again in ${waitMs} ms`, { code: error.code, attempt }),
    }).catch((error: unknown) => {
      throw error instanceof GivenUp ? error.error : error;
    });
  }

  function createTokens(): Tokens {
    const { accessToken, auth, baseUrl } = options;
    if (auth === null) return fixedToken(accessToken ?? "");
    const now = () => context.now().getTime();
    return madeTokens(
      () => persist("log-in", () => refreshedToken({ auth, baseUrl, path: paths.token, limits, now })),
      now,
    );
  }

  /** One attempt with one token; `answered` is told of the answer's headers. */
  async function attempt(asked: Asked, token: Token, answered: Answered): Promise<JsonObject> {
    const { method, path, body, what } = asked;
    const headers = {
      authorization: `Bearer ${token.text}`,
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    };
    requests.made++;
    const answer = await send(
      { method, url: options.baseUrl + path, headers, what, ...(body === undefined ? {} : { body }) },
      limits,
    );
    const date = Date.parse(answer.headers.get("date") ?? "");
    dated = Number.isNaN(date) ? null : date;
    if (answer.status < 300) {
      answered(answer.headers, "success");
      return jsonObject(await answer.text(), answer.headers.get("content-type") ?? "", what);
    }
    if (answer.status !== 429) answered(answer.headers, "error");
    const refusal = refusalError({
      status: answer.status,
      headers: answer.headers,
      body: await answer.text(),
      what,
    });
    if (answer.status === 429) {
      requests.refused++;
      answered(answer.headers, refusal instanceof RateLimited ? refusal : "error");
    }
    throw refusal;
  }

  /** An attempt in the turn that the limits allow; a token that ran out is made anew once. */
  async function ask(asked: Asked): Promise<JsonObject> {
    let used: Token | null = null;
    const inTurn = () =>
      rates.run(asked.bucket, async (answered) => {
        used = await tokens.current();
        return await attempt(asked, used, answered);
      });
    try {
      return await inTurn();
    } catch (error) {
      if (!(error instanceof TokenExpired) || used === null) throw error;
      const fresh = await tokens.renew(used);
      if (fresh === null) throw expired(error, "Put a fresh one into source.accessToken.");
      context.log.debug("the access token ran out and was renewed", { refreshes: tokens.refreshes });
    }
    try {
      return await inTurn();
    } catch (error) {
      throw error instanceof TokenExpired ? expired(error, "Check the app and the clock of this machine.") : error;
    }
  }

  const persistently = (asked: Asked) => persist(asked.what, () => ask(asked));
  const get: Api["get"] = (path, query = {}) =>
    persistently({ method: "GET", path: path + queryText(query), bucket: "usual", what: `GET ${path}` });

  return {
    context,
    paths,
    requests,
    rates,
    get,
    async serverTime() {
      // a refusal is dated, too
      await get(paths.account()).catch((error: unknown) => {
        if (!hasCode(error, SCOPE_MISSING, "HUBSPOT_ACCESS_DENIED")) throw error;
      });
      return dated ?? context.now().getTime();
    },
    post: (path, body, bucket = "usual") =>
      persistently({ method: "POST", path, body: JSON.stringify(body), bucket, what: `POST ${path}` }),
  };
}

/** The failure that was one too many. */
class GivenUp extends Error {
  readonly error: TransientError;
  constructor(error: TransientError) {
    super(error.message);
    this.error = error;
  }
}

function expired(error: TokenExpired, hint: string): ConfigError {
  return new ConfigError("HUBSPOT_TOKEN_EXPIRED", `the access token is not valid any more: ${error.message}`, { hint });
}

/** Arrays become one comma-separated parameter; commas stay readable, and short. */
export function queryText(query: Query): string {
  const parts = Object.entries(query).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value)).replaceAll("%2C", ",")}`,
  );
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}

function jsonObject(text: string, type: string, what: string): JsonObject {
  const broken = (message: string, cause?: unknown) =>
    new TransientError("HUBSPOT_UNAVAILABLE", `${what}: ${message}`, { cause });
  if (!/json/i.test(type)) throw broken(`expected JSON, got ${type === "" ? "an answer without Content-Type" : type}`);
  let value: unknown;
  try {
    value = parseExact(text);
  } catch (cause) {
    throw broken("the answer broke off or is no JSON", cause);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw broken("the answer is no JSON object");
  return value as JsonObject;
}
