/** The portal's API calls of one day: answers tell how many are used, by whomever; a share of them is ours. */
import { StoppedError } from "../../core/errors.ts";

export interface Usage {
  readonly used: number;
  readonly max: number;
}

/** A request as the day knew it when it began. */
export interface BegunToday {
  readonly answers: number;
  readonly loose: number;
}

export interface Daily {
  /** As the answers told; null before the first one that did. */
  readonly usage: Usage | null;
  /** Calls that this migration may still make; null: not known. */
  readonly left: number | null;
  /**
   * Whether a request may begin; false: when those under way are answered, it will be known better. Throws StoppedError
   * HUBSPOT_QUOTA_SHARE when the share is used up.
   */
  mayBegin(): boolean;
  begin(): BegunToday;
  /** `usage` null: the answer does not tell, or never came. */
  end(begun: BegunToday, usage: Usage | null): void;
}

/** `share` of the daily calls may be used. */
export function createDaily(share: number): Daily {
  let usage: Usage | null = null;
  /** Requests under way, and answers so far; how many there were when `usage` was told. */
  let flying = 0;
  let answers = 0;
  let told = 0;
  /** Answers so far that told nothing, and how many of them are in `usage` for sure. */
  let loose = 0;
  let covered = 0;

  /** Calls that may be used already: those that no answer counts yet are added. */
  const mostUsed = ({ used }: Usage): number => used + flying + loose - covered;
  const leftOf = (known: Usage): number => Math.max(0, Math.floor(known.max * share) - mostUsed(known));

  return {
    get usage() {
      return usage;
    },
    get left() {
      return usage === null ? null : leftOf(usage);
    },
    mayBegin() {
      if (usage === null || leftOf(usage) > 0) return true;
      if (flying > 0) return false;
      throw new StoppedError(
        "HUBSPOT_QUOTA_SHARE",
        `${mostUsed(usage).toLocaleString("en")} of the portal's ${usage.max.toLocaleString("en")} API calls of today are used, and ${percent(share)} is as far as this migration may go`,
        {
          hint: "Resume tomorrow with `migrate run --resume RUN` (the count starts anew at midnight in the portal's time zone), or raise limits.api.",
        },
      );
    },
    begin() {
      flying++;
      return { answers, loose };
    },
    end(begun, now) {
      flying--;
      answers++;
      if (now === null) {
        loose++;
        return;
      }
      covered = Math.max(covered, begun.loose);
      // a request that began after the count was told finds a smaller one: a new day
      const anew = usage !== null && begun.answers >= told && now.used < usage.used;
      if (usage === null || anew || now.used >= usage.used) {
        usage = now;
        told = answers;
      }
    },
  };
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}
