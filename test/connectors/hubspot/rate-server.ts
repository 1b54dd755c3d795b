/** A server that counts requests by rolling windows, and a network with jitter, on the fake clock of vitest. */
import type { Bucket } from "../../../connectors/hubspot/api.ts";
import type { Rates } from "../../../connectors/hubspot/rates.ts";
import { createWindow, type Window } from "../../sim/hubspot/http/limiter.ts";
import { mostRequests } from "../../sim/hubspot/http/stats.ts";

export interface Network {
  /** Milliseconds: the way there, the work, the way back. */
  readonly there: () => number;
  readonly work: () => number;
  readonly back: () => number;
}

export interface ServerLimits {
  readonly tenSeconds: number;
  readonly secondly: number;
  /** Whether answers name the limit per second. */
  readonly namesSecondly?: boolean;
  readonly daily?: number;
  readonly usedToday?: number;
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export class RateServer {
  readonly arrivals: number[] = [];
  refused = 0;
  used: number;
  readonly #ten: Window;
  readonly #one: Window;
  readonly #search: Window = createWindow(5, 1000);
  readonly #limits: ServerLimits;
  readonly #network: Network;

  constructor(limits: ServerLimits, network: Network) {
    this.#limits = limits;
    this.#network = network;
    this.#ten = createWindow(limits.tenSeconds, 10_000);
    this.#one = createWindow(limits.secondly, 1000);
    this.used = limits.usedToday ?? 0;
  }

  /** A request of somebody else, or of a process before. */
  strange(): boolean {
    const now = performance.now();
    if (!this.#ten.fits(now) || !this.#one.fits(now)) return false;
    this.#ten.add(now);
    this.#one.add(now);
    this.used++;
    return true;
  }

  /** One request through `rates`; whether it was taken. */
  request(rates: Rates, bucket: Bucket = "usual"): Promise<boolean> {
    return rates.run(bucket, async (answered) => {
      await pause(this.#network.there());
      const now = performance.now();
      const search = bucket === "search";
      const windows = search ? [this.#search] : [this.#ten, this.#one];
      const full = windows.find((window) => !window.fits(now));
      const headers = new Headers();
      if (full === undefined) {
        for (const window of windows) window.add(now);
        if (!search) this.arrivals.push(now);
        this.used++;
      } else this.refused++;
      if (!search) {
        headers.set("x-hubspot-ratelimit-interval-milliseconds", "10000");
        headers.set("x-hubspot-ratelimit-max", String(this.#ten.limit));
        headers.set("x-hubspot-ratelimit-remaining", String(this.#ten.remaining(now)));
        if (this.#limits.namesSecondly !== false) {
          headers.set("x-hubspot-ratelimit-secondly", String(this.#one.limit));
          headers.set("x-hubspot-ratelimit-secondly-remaining", String(this.#one.remaining(now)));
        }
      }
      if (this.#limits.daily !== undefined) {
        headers.set("x-hubspot-ratelimit-daily", String(this.#limits.daily));
        headers.set("x-hubspot-ratelimit-daily-remaining", String(this.#limits.daily - this.used));
      }
      await pause(this.#network.work());
      await pause(this.#network.back());
      const policy = full === this.#ten ? "TEN_SECONDLY_ROLLING" : "SECONDLY";
      answered(headers, full === undefined ? "success" : { policy, waitMs: 1000 });
      return full === undefined;
    });
  }

  /** Requests that arrived from `from` on, of the most that could have. */
  share(from: number): number {
    const came = this.arrivals.filter((at) => at >= from);
    const windows = [
      { limit: this.#ten.limit, span: 10_000 },
      { limit: this.#one.limit, span: 1000 },
    ];
    return came.length / mostRequests(came[0]!, came.at(-1)!, windows);
  }
}
