/** The org's API calls of a rolling day: every answer tells them, a share of them is ours. */
import { StoppedError } from "../../core/errors.ts";

export interface Quota {
  /** Requests that this connector made. */
  readonly calls: number;
  /** As the last answer told, and what was surely used since; null before the first. */
  readonly usage: { readonly used: number; readonly max: number } | null;
  /** Reads a `Sforce-Limit-Info` header: `api-usage=924/15000`. */
  note(header: string | null): void;
  /** Counts a request that the daily calls do not count: a log-in. Throws as `spend`. */
  count(): void;
  /**
   * Makes one request, counted from its beginning: with all that are under way the share is never exceeded. Where those under
   * way may use it up, it waits for their answers. Throws StoppedError SALESFORCE_QUOTA_SHARE when the share is used up.
   */
  spend<T>(request: () => Promise<T>): Promise<T>;
}

/** `share` of the daily calls may be used, by whomever. */
export function createQuota(share: number): Quota {
  let calls = 0;
  let usage: Quota["usage"] = null;
  let underWay = 0;
  /** Requests that are done, and answers that told the usage. */
  let done = 0;
  let told = 0;
  /** Answers that told nothing: what is told by requests that were under way beside them may leave them out. */
  let untold = 0;
  /** True while answers may come in another order than that in which they were counted. */
  let overlapping = false;
  const waiting: (() => void)[] = [];

  const allowed = (max: number): number => Math.floor(max * share);

  function assertShare(): void {
    if (usage === null || usage.max <= 0 || usage.used < allowed(usage.max)) return;
    throw new StoppedError(
      "SALESFORCE_QUOTA_SHARE",
      `${usage.used.toLocaleString("en")} of the org's ${usage.max.toLocaleString("en")} daily API calls are used, and ${percent(share)} is as far as this migration may go`,
      {
        hint: "Try again later (calls are counted over 24 hours), or raise limits.api. A run that had begun goes on with `migrate run --resume RUN`.",
      },
    );
  }

  /** Whether those under way may leave nothing; before the first answer nobody knows. */
  function mustWait(): boolean {
    if (underWay === 0) return false;
    if (usage === null) return done === 0;
    return usage.max > 0 && usage.used + underWay >= allowed(usage.max);
  }

  function end(): void {
    underWay--;
    done++;
    // an answer that told nothing may have been counted; those that told may not all have ended yet
    const silent = done - told;
    if (usage !== null && silent > 0) {
      untold += silent;
      usage = { ...usage, used: usage.used + silent };
      told = done;
    }
    if (underWay === 0) overlapping = false;
    for (const go of waiting.splice(0)) go();
  }

  return {
    get calls() {
      return calls;
    },
    get usage() {
      return usage;
    },
    note(header) {
      const found = /api-usage=(\d+)\/(\d+)/.exec(header ?? "");
      if (found === null) return;
      if (!overlapping) untold = 0;
      const used = Number(found[1]) + untold;
      usage = { used: overlapping ? Math.max(used, usage?.used ?? 0) : used, max: Number(found[2]) };
      told++;
    },
    count() {
      assertShare();
      calls++;
    },
    async spend(request) {
      for (;;) {
        assertShare();
        if (!mustWait()) break;
        await new Promise<void>((go) => waiting.push(go));
      }
      if (underWay > 0) overlapping = true;
      underWay++;
      calls++;
      try {
        return await request();
      } finally {
        end();
      }
    },
  };
}

function percent(share: number): string {
  // two digits that matter: 80 %, 0.01 %
  return `${Number((share * 100).toPrecision(share < 0.1 ? 2 : 3))} %`;
}
