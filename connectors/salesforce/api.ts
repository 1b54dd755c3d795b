/** Requests to one org: the session, the quota, how many at once, and trying again. */
import type { Context } from "../../core/context.ts";
import { ConfigError, hasCode, TransientError } from "../../core/errors.ts";
import { parseExact } from "../../core/exact-json.ts";
import { type HttpAnswer, type HttpLimits, send } from "../../core/http.ts";
import { download } from "../../core/http-download.ts";
import { createLimiter } from "../../core/limiter.ts";
import { retry, sleep } from "../../core/retry.ts";
import type { Session } from "./auth.ts";
import { type Client, createClient, logIn } from "./client.ts";
import { QUERY_TIMEOUT, SessionExpired, UNREACHABLE } from "./errors.ts";
import { sendForSuccess } from "./http.ts";
import type { SalesforceOptions } from "./options.ts";
import { createQuota, type Quota } from "./quota.ts";
import { createSessions } from "./session.ts";

/** How often and how long is waited; tests wait less. */
export interface Tuning {
  readonly attempts: number;
  readonly retryBaseMs: number;
  readonly retryMaxMs: number;
  readonly pollMs: number;
  readonly pollMaxMs: number;
  /** Bytes of a Bulk page that are scanned at a time. */
  readonly blockBytes: number;
  /** Records per SOQL page, at most. */
  readonly pageRecords: number;
  /** Characters of a query in an address. */
  readonly urlChars: number;
}

export const TUNING: Tuning = {
  attempts: 7,
  retryBaseMs: 500,
  retryMaxMs: 30_000,
  pollMs: 500,
  pollMaxMs: 10_000,
  blockBytes: 8 << 20,
  pageRecords: 2000,
  urlChars: 12_000,
};

export interface QueryPage {
  readonly totalSize: number;
  readonly done: boolean;
  readonly nextRecordsUrl: string | null;
  readonly records: readonly Readonly<Record<string, unknown>>[];
}

export type Operation = "query" | "queryAll";

export interface Api {
  readonly options: SalesforceOptions;
  readonly context: Context;
  readonly tuning: Tuning;
  readonly quota: Quota;
  readonly refreshes: number;
  /** Records of objects that were told to have changed while they were read, as counted then. */
  readonly changes: Map<string, number>;
  session(): Promise<Session>;
  /** Tries `operation` again while it throws TransientError. */
  persist<T>(what: string, operation: (attempt: number) => Promise<T>): Promise<T>;
  /** Waits before attempt `attempt + 1`, as `persist` would. Throws `error` when it is not worth another attempt. */
  again(what: string, error: unknown, attempt: number): Promise<void>;
  /** A call through the vendor's client, tried again as needed. */
  call<T>(what: string, operation: (client: Client) => Promise<T>): Promise<T>;
  /**
   * The first page of a query, numbers as their own text; tried again as needed. A query that takes the server too long is
   * tried `patience` times (default 3) before QUERY_TIMEOUT is thrown.
   */
  query(soql: string, operation?: Operation, patience?: number): Promise<QueryPage>;
  /** The page that `nextRecordsUrl` names. */
  more(nextRecordsUrl: string): Promise<QueryPage>;
  /** Milliseconds since 1970 by the org's own clock, to the second, cut. Costs no API call. */
  serverTime(): Promise<number>;
  /** Opens an answer to be streamed: one attempt, a session that ran out aside. */
  open(path: string, accept: string): Promise<HttpAnswer>;
  /** As `open`, for answers of many megabytes. */
  download(path: string, accept: string): Promise<HttpAnswer>;
}

const LOGINS_PER_REQUEST = 3;

export function createApi(options: SalesforceOptions, baseDir: string, context: Context, tuning: Tuning): Api {
  const limits: HttpLimits = { timeoutMs: options.timeoutMs, signal: context.signal, unreachable: UNREACHABLE };
  const quota = createQuota(options.apiShare);
  const limiter = createLimiter({ concurrency: options.concurrency, signal: context.signal });

  function persist<T>(what: string, operation: (attempt: number) => Promise<T>): Promise<T> {
    return retry(operation, {
      attempts: tuning.attempts,
      baseMs: tuning.retryBaseMs,
      maxMs: tuning.retryMaxMs,
      signal: context.signal,
      random: context.random,
      onRetry: (error, attempt, waitMs) => {
        // everybody is told to slow down, not only who asked
        if (error.code === "SALESFORCE_CONCURRENT_LIMIT") limiter.pause(waitMs);
        context.log.debug(`${what}: ${error.message}; trying again in ${waitMs} ms`, { code: error.code, attempt });
      },
    });
  }

  async function again(what: string, error: unknown, attempt: number): Promise<void> {
    if (!(error instanceof TransientError) || attempt >= tuning.attempts) throw error;
    const waitMs =
      error.retryAfterMs ??
      Math.round(context.random() * Math.min(tuning.retryMaxMs, tuning.retryBaseMs * 2 ** (attempt - 1)));
    context.log.debug(`${what}: ${error.message}; trying again in ${waitMs} ms`, { code: error.code, attempt });
    await sleep(waitMs, context.signal);
  }

  const sessions = createSessions(() =>
    persist("log-in", async () => {
      quota.count();
      const session = await logIn(options, baseDir, context, limits);
      if (!/^https?:\/\//.test(session.instanceUrl)) {
        throw new ConfigError("SALESFORCE_LOGIN_FAILED", `the log-in named no address: ${session.instanceUrl}`);
      }
      return session;
    }),
  );

  /** One attempt in the limiter's turn; a session that ran out is made anew a few times (it may be very short-lived). */
  async function inSession<T>(operation: (session: Session) => Promise<T>): Promise<T> {
    let session = await sessions.current();
    for (let logins = 0; ; logins++) {
      try {
        const now = session;
        return await limiter.run(() => quota.spend(() => operation(now)));
      } catch (error) {
        if (!(error instanceof SessionExpired)) throw error;
        if (options.auth.flow === "session") {
          throw new ConfigError(
            "SALESFORCE_SESSION_EXPIRED",
            `the access token is not valid (any more): ${error.message}`,
            {
              hint: "Put a fresh one into source.auth.accessToken, or use a flow that can renew it.",
            },
          );
        }
        if (logins === LOGINS_PER_REQUEST) {
          throw new ConfigError(
            "SALESFORCE_LOGIN_FAILED",
            `${logins} fresh access tokens in a row were refused: ${error.message}`,
            { hint: "Check the session settings of the connected app and the user's login IP ranges." },
          );
        }
        session = await sessions.renew(session);
        context.log.debug("the access token ran out and was renewed", { refreshes: sessions.refreshes });
      }
    }
  }

  const clients = new WeakMap<Session, Client>();
  function clientOf(session: Session): Client {
    const known = clients.get(session);
    if (known !== undefined) return known;
    const made = createClient(session, options.apiVersion, limits, quota.note);
    clients.set(session, made);
    return made;
  }

  function openBy(by: typeof send, path: string, accept: string): Promise<HttpAnswer> {
    return inSession(async (session) => {
      const headers = { authorization: `Bearer ${session.accessToken}`, accept };
      const what = `GET ${path.split("?")[0]}`;
      const request = { method: "GET", url: session.instanceUrl + path, headers, what };
      const answer = await sendForSuccess(request, limits, by);
      quota.note(answer.headers.get("sforce-limit-info"));
      return answer;
    });
  }

  const open = (path: string, accept: string) => openBy(send, path, accept);

  function getPage(path: string): Promise<QueryPage> {
    return persist("query", async () => {
      const answer = await open(path, "application/json");
      const text = await answer.text();
      try {
        return readPage(parseExact(text));
      } catch (cause) {
        throw new TransientError("SALESFORCE_UNAVAILABLE", "query: the answer broke off or is no JSON", { cause });
      }
    });
  }

  async function query(soql: string, operation: Operation = "query", patience = 3): Promise<QueryPage> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await getPage(queryPath(options.apiVersion, soql, operation));
      } catch (error) {
        if (!hasCode(error, QUERY_TIMEOUT) || attempt >= patience) throw error;
      }
    }
  }

  return {
    options,
    context,
    tuning,
    quota,
    changes: new Map(),
    get refreshes() {
      return sessions.refreshes;
    },
    session: () => sessions.current(),
    persist,
    again,
    call: (what, operation) => persist(what, () => inSession((session) => operation(clientOf(session)))),
    query,
    more: getPage,
    serverTime: () =>
      persist("the org's time", async () => {
        // the list of versions is open to everybody
        const answer = await open("/services/data", "application/json");
        await answer.text();
        const told = Date.parse(answer.headers.get("date") ?? "");
        return Number.isNaN(told) ? context.now().getTime() : told;
      }),
    open,
    download: (path, accept) => openBy(download, path, accept),
  };
}

/** The address of a query, as short as it may be. */
export function queryPath(version: string, soql: string, operation: Operation): string {
  const text = encodeURIComponent(soql).replaceAll("%20", "+").replaceAll("%2C", ",");
  return `/services/data/v${version}/${operation}?q=${text}`;
}

function readPage(value: unknown): QueryPage {
  const page = value as Readonly<Record<string, unknown>>;
  if (!Array.isArray(page.records) || typeof page.done !== "boolean") throw new TypeError("not a query result");
  return {
    totalSize: Number(page.totalSize),
    done: page.done,
    nextRecordsUrl: typeof page.nextRecordsUrl === "string" ? page.nextRecordsUrl : null,
    records: page.records as QueryPage["records"],
  };
}
