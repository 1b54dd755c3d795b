/**
 * The limits that all requests to a portal share: so many per ten seconds and per second, searches per second, calls per
 * day, and how many at the same time. Answers tell the limits; until the first one came, one request is under way at a time.
 */
import type { Bucket } from "./api.ts";
import { type BegunToday, createDaily, type Daily } from "./daily.ts";
import { createNetworkTime } from "./network-time.ts";
import type { HubspotOptions } from "./options.ts";
import { type Begun, createWindow, type RollingWindow } from "./window.ts";

export interface Rates {
  readonly daily: Daily;
  /** Requests per second that the limits allow in the long run. */
  readonly perSecond: number;
  readonly searchesPerSecond: number;
  /**
   * Runs `request` in its turn; it calls `answered` as soon as the headers are there. Rejects with the request's error,
   * StoppedError HUBSPOT_QUOTA_SHARE, or the signal's reason.
   */
  run<T>(bucket: Bucket, request: (answered: Answered) => Promise<T>): Promise<T>;
}

/** What came of a request: a success, another error, or one request too many (`policy`: of which limit). */
export type Outcome = "success" | "error" | { readonly policy: string; readonly waitMs: number };
export type Answered = (headers: Headers, outcome: Outcome) => void;

/** Requests per interval. */
export interface Assumed {
  readonly tenSeconds: number;
  readonly secondly: number;
}

export interface RatesOptions {
  readonly concurrency: number;
  readonly apiShare: number;
  readonly assumed: Assumed;
  readonly signal: AbortSignal;
}

const TEN_SECONDS = 10_000;
const SECOND = 1000;
/** Searches are limited per portal, and no header says so. */
const SEARCHES = 5;

/** What is assumed to be allowed until an answer tells. */
export function assumedLimits({ auth, plan }: HubspotOptions): Assumed {
  const tenSeconds = auth !== null ? 110 : plan === "professional" || plan === "enterprise" ? 190 : 100;
  return { tenSeconds, secondly: Math.floor(tenSeconds / 10) };
}

interface Waiting {
  readonly windows: readonly RollingWindow[];
  readonly start: () => void;
  readonly reject: (reason: unknown) => void;
}

export function createRates({ concurrency, apiShare, assumed, signal }: RatesOptions): Rates {
  const daily = createDaily(apiShare);
  const tenSeconds = createWindow(assumed.tenSeconds, TEN_SECONDS);
  const secondly = createWindow(assumed.secondly, SECOND);
  const searches = createWindow(SEARCHES, SECOND);
  // searches do not count as ordinary requests: their answers have no headers of those limits
  const windowsOf: Readonly<Record<Bucket, readonly RollingWindow[]>> = {
    usual: [tenSeconds, secondly],
    search: [searches],
  };
  const queues: Readonly<Record<Bucket, Waiting[]>> = { usual: [], search: [] };
  let flying = 0;
  const network = createNetworkTime();
  let answers = 0;
  let pausedUntil = 0;
  let timer: NodeJS.Timeout | null = null;

  const clock = (): number => performance.now();

  function rejectAll(reason: unknown): void {
    for (const queue of Object.values(queues)) for (const { reject } of queue.splice(0)) reject(reason);
  }

  /** Starts what may start, and sets the timer for what has to wait. */
  function pump(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    let waitMs = Number.POSITIVE_INFINITY;
    for (const queue of [queues.search, queues.usual]) {
      while (queue.length > 0) {
        if (flying >= (answers === 0 ? 1 : concurrency)) return;
        const now = clock();
        const wait = Math.max(pausedUntil - now, ...queue[0]!.windows.map((window) => window.wait(now)));
        if (wait > 0) {
          waitMs = Math.min(waitMs, wait);
          break;
        }
        try {
          if (!daily.mayBegin()) return;
        } catch (stopped) {
          rejectAll(stopped);
          return;
        }
        queue.shift()!.start();
      }
    }
    if (Number.isFinite(waitMs)) timer = setTimeout(pump, Math.ceil(waitMs));
  }

  function learn(headers: Headers, begun: ReadonlyMap<RollingWindow, Begun>, now: number, counted: boolean): void {
    const number = (name: string): number | null => {
      const text = headers.get(`x-hubspot-ratelimit-${name}`);
      return text !== null && /^\d+$/.test(text) ? Number(text) : null;
    };
    const told = (window: RollingWindow, max: number | null, perMs: number, left: number | null) => {
      if (max === null || max === 0 || perMs <= 0) return;
      window.learn(max, perMs);
      const then = begun.get(window);
      if (left !== null && then !== undefined) window.remaining(then, left, now, counted);
    };
    const max = number("max");
    const perSecond = number("secondly");
    told(tenSeconds, max, number("interval-milliseconds") ?? TEN_SECONDS, number("remaining"));
    told(secondly, perSecond, SECOND, number("secondly-remaining"));
    // a server that limits by ten seconds only lets them all come at once
    if (max !== null && perSecond === null) secondly.learn(Math.max(secondly.count, max), SECOND);
  }

  function usageOf(headers: Headers) {
    const max = headers.get("x-hubspot-ratelimit-daily");
    const left = headers.get("x-hubspot-ratelimit-daily-remaining");
    if (max === null || left === null || !/^\d+$/.test(max) || !/^-?\d+$/.test(left)) return null;
    return { used: Math.max(0, Number(max) - Number(left)), max: Number(max) };
  }

  function begin(windows: readonly RollingWindow[]): { readonly answered: Answered; readonly ended: () => void } {
    const startedAt = clock();
    flying++;
    const today: BegunToday = daily.begin();
    const begun = new Map(windows.map((window) => [window, window.begin(startedAt)]));
    let open = true;
    const close = (headers: Headers | null): number => {
      open = false;
      const now = clock();
      answers++;
      if (headers !== null) network.answered(now - startedAt);
      const sure = headers === null ? 0 : network.sure();
      for (const window of windows) window.end(now, sure);
      daily.end(today, headers === null ? null : usageOf(headers));
      return now;
    };
    return {
      answered(headers, outcome) {
        if (!open) return;
        const now = close(headers);
        learn(headers, begun, now, outcome === "success");
        if (typeof outcome === "object") {
          const limit = windows[0] === searches ? searches : /TEN/.test(outcome.policy) ? tenSeconds : secondly;
          limit.refused(now);
          network.distrust();
          pausedUntil = Math.max(pausedUntil, now + outcome.waitMs);
        }
        pump();
      },
      ended() {
        if (open) close(null);
        flying--;
        pump();
      },
    };
  }

  signal.addEventListener("abort", () => rejectAll(signal.reason), { once: true });

  return {
    daily,
    get perSecond() {
      return Math.min(secondly.count, tenSeconds.count / (tenSeconds.perMs / SECOND));
    },
    searchesPerSecond: SEARCHES,
    async run(bucket, request) {
      signal.throwIfAborted();
      const windows = windowsOf[bucket];
      const { answered, ended } = await new Promise<ReturnType<typeof begin>>((resolve, reject) => {
        queues[bucket].push({ windows, start: () => resolve(begin(windows)), reject });
        pump();
      });
      try {
        return await request(answered);
      } finally {
        ended();
      }
    },
  };
}
