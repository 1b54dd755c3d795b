/** What the server has counted, and how well the allowed rate was used. */
import type { HubspotOptions } from "../options.ts";
import type { Policy } from "./answer.ts";
import { limitsOf } from "./limiter.ts";

export type Bucket = "usual" | "search";

export interface Utilisation {
  /** Requests that were admitted in the period. */
  readonly used: number;
  /** The most that any client could have had admitted in it, starting with empty windows; Infinity without limits. */
  readonly allowed: number;
  /** `used / allowed`; 0 where nothing was limited. */
  readonly share: number;
}

export interface Stats {
  requests: number;
  /** By kind: list, get, batchRead, search, associations, associationsOf, labels, properties, pipelines, owners, schemas, files, account, token... */
  readonly byRoute: Record<string, number>;
  readonly byStatus: Record<number, number>;
  /** Requests refused by a limit; faults that look like it are not among them. */
  tooMany: number;
  readonly refused: Record<Policy, number>;
  unauthorized: number;
  readonly faults: Record<string, number>;
  active: number;
  maxConcurrent: number;
  /** Bytes of bodies sent. */
  bytes: number;
  /** OAuth access tokens handed out. */
  tokens: number;
  /** When requests that counted arrived: milliseconds since 1970, ascending. */
  readonly arrivals: Readonly<Record<Bucket, readonly number[]>>;
  /**
   * How much of the allowed rate was used from `fromMs` to `toMs` (both inclusive, milliseconds since 1970; default: first
   * to last request of the bucket). Choose a period in which the client has nothing else to wait for.
   */
  utilisation(
    fromMs?: number,
    toMs?: number,
    options?: { readonly bucket?: Bucket; readonly oauth?: boolean },
  ): Utilisation;
  /** Everything to zero, but what is going on. */
  reset(): void;
}

/** Stats as the server writes them. */
export interface Counters extends Stats {
  readonly arrivals: Record<Bucket, number[]>;
}

/** Milliseconds since 1970, never going back. */
export const clock = (): number => performance.timeOrigin + performance.now();

/** The most requests that fit in `[from, to]` when each window allows `limit` per `span` and none was used before. */
export function mostRequests(from: number, to: number, windows: readonly { limit: number; span: number }[]): number {
  const bound = windows.filter((window) => window.limit > 0);
  if (bound.length === 0) return Infinity;
  const times: number[] = [];
  for (;;) {
    let at = from;
    for (const { limit, span } of bound) {
      const before = times[times.length - limit];
      if (before !== undefined) at = Math.max(at, before + span);
    }
    if (at > to) return times.length;
    times.push(at);
  }
}

export const tick = (counts: Record<string | number, number>, name: string | number): void => {
  counts[name] = (counts[name] ?? 0) + 1;
};

export function newStats(options: HubspotOptions): Counters {
  const fresh = () => ({
    requests: 0,
    byRoute: {} as Record<string, number>,
    byStatus: {} as Record<number, number>,
    tooMany: 0,
    refused: { TEN_SECONDLY_ROLLING: 0, SECONDLY: 0, DAILY: 0 },
    unauthorized: 0,
    faults: {} as Record<string, number>,
    bytes: 0,
    tokens: 0,
    arrivals: { usual: [] as number[], search: [] as number[] },
  });
  return {
    ...fresh(),
    active: 0,
    maxConcurrent: 0,
    utilisation(fromMs, toMs, { bucket = "usual", oauth = false } = {}) {
      const arrivals = this.arrivals[bucket];
      const from = fromMs ?? arrivals[0] ?? 0;
      const to = toMs ?? arrivals.at(-1) ?? 0;
      const used = arrivals.reduce((sum, at) => (at >= from && at <= to ? sum + 1 : sum), 0);
      const limits = limitsOf(options, oauth);
      const windows =
        bucket === "search"
          ? [{ limit: limits.search, span: 1000 }]
          : [
              { limit: limits.tenSeconds, span: 10_000 },
              { limit: limits.secondly, span: 1000 },
            ];
      const allowed = mostRequests(from, to, windows);
      return { used, allowed, share: allowed === Infinity || allowed === 0 ? 0 : used / allowed };
    },
    reset() {
      Object.assign(this, fresh());
      this.maxConcurrent = this.active;
    },
  };
}
