/** HubSpot's limits: rolling windows of ten seconds and of one second per app, searches per second and requests per day. */
import type { HubspotOptions } from "../options.ts";
import type { Policy } from "./answer.ts";

/** What an unlimited portal says in its headers. */
const UNLIMITED = 1_000_000;

/** At most `limit` admissions within any `span` milliseconds; 0: any number. */
export interface Window {
  readonly limit: number;
  readonly span: number;
  /** Whether one more fits at `now` (milliseconds, never going back). */
  fits(now: number): boolean;
  add(now: number): void;
  /** How many more fit at `now`. */
  remaining(now: number): number;
}

export function createWindow(limit: number, span: number): Window {
  if (limit === 0) return { limit, span, fits: () => true, add: () => undefined, remaining: () => UNLIMITED };
  const times = new Float64Array(limit);
  let head = 0;
  let tail = 0;
  const settle = (now: number): void => {
    while (tail < head && times[tail % limit]! <= now - span) tail++;
  };
  return {
    limit,
    span,
    fits(now) {
      settle(now);
      return head - tail < limit;
    },
    add(now) {
      times[head % limit] = now;
      head++;
    },
    remaining(now) {
      settle(now);
      return limit - (head - tail);
    },
  };
}

export interface Limits {
  readonly tenSeconds: number;
  readonly secondly: number;
  readonly search: number;
  readonly daily: number;
}

/** The limits of an app of this kind; 0: unlimited. OAuth apps have no daily limit. */
export function limitsOf(options: HubspotOptions, oauth: boolean): Limits {
  const { limits = {} } = options;
  const tenSeconds = limits.tenSeconds ?? (oauth ? 110 : 190);
  return {
    tenSeconds,
    secondly: limits.secondly ?? Math.ceil(tenSeconds / 10),
    search: limits.search ?? 5,
    daily: oauth ? 0 : (limits.daily ?? 650_000),
  };
}

export interface Limiter {
  /** Counts a request that came at `now`, or says what it is over. Refused ones do not count. */
  admit(now: number, search: boolean, oauth: boolean): Policy | null;
  /** Headers of an answer. Searches have none of the ten-second pair, OAuth apps none of the daily pair. */
  headers(now: number, search: boolean, oauth: boolean): Record<string, string>;
  /** Requests counted today against the daily limit. */
  readonly usedToday: number;
}

/** Milliseconds since 1970 of the next midnight in a time zone. */
function nextMidnight(now: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", second: "2-digit" })
    .format(now)
    .split(":")
    .map(Number);
  const passed = ((parts[0]! * 60 + parts[1]!) * 60 + parts[2]!) * 1000 + (now % 1000);
  return now - passed + 86_400_000;
}

export function createLimiter(options: HubspotOptions, timeZone: string): Limiter {
  const app = (oauth: boolean) => {
    const limits = limitsOf(options, oauth);
    return { limits, ten: createWindow(limits.tenSeconds, 10_000), one: createWindow(limits.secondly, 1000) };
  };
  const apps = { private: app(false), oauth: app(true) };
  const search = createWindow(limitsOf(options, false).search, 1000);
  let used = options.limits?.usedToday ?? 0;
  let midnight = 0;
  const today = (): number => {
    const now = Date.now();
    if (now >= midnight) {
      if (midnight !== 0) used = 0;
      midnight = nextMidnight(now, timeZone);
    }
    return used;
  };

  return {
    admit(now, isSearch, oauth) {
      const { limits, ten, one } = oauth ? apps.oauth : apps.private;
      if (limits.daily > 0 && today() >= limits.daily) return "DAILY";
      if (isSearch) {
        if (!search.fits(now)) return "SECONDLY";
        search.add(now);
      } else {
        if (!ten.fits(now)) return "TEN_SECONDLY_ROLLING";
        if (!one.fits(now)) return "SECONDLY";
        ten.add(now);
        one.add(now);
      }
      used++;
      return null;
    },
    headers(now, isSearch, oauth) {
      const { limits, ten, one } = oauth ? apps.oauth : apps.private;
      const headers: Record<string, string> = {};
      if (!oauth) {
        const most = limits.daily || UNLIMITED;
        headers["X-HubSpot-RateLimit-Daily"] = String(most);
        headers["X-HubSpot-RateLimit-Daily-Remaining"] = String(Math.max(0, most - today()));
      }
      if (isSearch) return headers;
      headers["X-HubSpot-RateLimit-Interval-Milliseconds"] = "10000";
      headers["X-HubSpot-RateLimit-Max"] = String(limits.tenSeconds || UNLIMITED);
      headers["X-HubSpot-RateLimit-Remaining"] = String(ten.remaining(now));
      headers["X-HubSpot-RateLimit-Secondly"] = String(limits.secondly || UNLIMITED / 10);
      headers["X-HubSpot-RateLimit-Secondly-Remaining"] = String(
        limits.secondly === 0 ? UNLIMITED / 10 : one.remaining(now),
      );
      return headers;
    },
    get usedToday() {
      return today();
    },
  };
}
