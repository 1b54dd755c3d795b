/** The org's API calls of a rolling day: every answer tells them, a share of them is ours. */
import { StoppedError } from "../../core/errors.ts";

export interface Quota {
  /** Requests that this connector made. */
  readonly calls: number;
  /** As the last answer told; null before the first. */
  readonly usage: { readonly used: number; readonly max: number } | null;
  /** Reads a `Sforce-Limit-Info` header: `api-usage=924/15000`. */
  note(header: string | null): void;
  /** Counts a request. Throws StoppedError SALESFORCE_QUOTA_SHARE when the share is used up. */
  spend(): void;
}

/** `share` of the daily calls may be used, by whomever. */
export function createQuota(share: number): Quota {
  let calls = 0;
  let usage: Quota["usage"] = null;
  return {
    get calls() {
      return calls;
    },
    get usage() {
      return usage;
    },
    note(header) {
      const found = /api-usage=(\d+)\/(\d+)/.exec(header ?? "");
      if (found !== null) usage = { used: Number(found[1]), max: Number(found[2]) };
    },
    spend() {
      if (usage !== null && usage.max > 0 && usage.used >= Math.floor(usage.max * share)) {
        throw new StoppedError(
          "SALESFORCE_QUOTA_SHARE",
          `${usage.used.toLocaleString("en")} of the org's ${usage.max.toLocaleString("en")} daily API calls are used, and ${percent(share)} is as far as this migration may go`,
          {
            hint: "Resume later with `migrate run --resume RUN` (calls are counted over 24 hours), or raise limits.api.",
          },
        );
      }
      calls++;
    },
  };
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}
