import type { Logger } from "./log.ts";

/** What every part gets from its caller instead of globals. */
export interface Context {
  readonly log: Logger;
  /** Wall clock; frozen in golden-file tests. */
  readonly now: () => Date;
  /** Aborted on Ctrl-C; long work checks it between batches. */
  readonly signal: AbortSignal;
  /** Environment variables, `.env` already merged in. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Uniform in [0, 1): sampling, jitter, ids. Seeded in tests. */
  readonly random: () => number;
}
