/**
 * How long a request is at least on its way: from its start until the server counts it, and from there until its answer came,
 * together. Learnt from the answers; whatever is not sure is left out.
 */

export interface NetworkTime {
  /** An answer came so many milliseconds after its request began. */
  answered(ms: number): void;
  /** A request was counted later, or another one earlier, than was thought: nothing is relied on any more. */
  distrust(): void;
  /** Milliseconds that surely pass. */
  sure(): number;
}

/** Answers after which the quickest one is a measure of the network. */
const ENOUGH_ANSWERS = 50;
/** Half the quickest answer's time is relied on, less what a busy machine may add to it. */
const RELIED_ON = 0.5;
const BUSY_MS = 15;
/**
 * More of it where answers are alike: the quickest one had no luck then, neither on its way there nor back. Three times what
 * the quickest tenth of the latest ones differ is left out.
 */
const LATEST = 100;
const TENTH = LATEST / 10 - 1;
const DIFFERENCES = 3;

export function createNetworkTime(): NetworkTime {
  const latest: number[] = [];
  let answers = 0;
  let quickest = Number.POSITIVE_INFINITY;
  return {
    answered(ms) {
      latest[answers++ % LATEST] = ms;
      quickest = Math.min(quickest, ms);
    },
    distrust() {
      quickest = 0;
    },
    sure() {
      if (answers < ENOUGH_ANSWERS) return 0;
      const half = quickest * RELIED_ON;
      const alike =
        answers < LATEST ? 0 : quickest - DIFFERENCES * (latest.toSorted((a, b) => a - b)[TENTH]! - quickest);
      return Math.max(0, Math.max(half, alike) - BUSY_MS);
    },
  };
}
