/** The one place, besides the engine, where something is tried again. */
import { setTimeout as delay } from "node:timers/promises";
import { TransientError } from "./errors.ts";

export interface RetryOptions {
  /** Attempts in all, the first included; at least 1. */
  readonly attempts: number;
  /** The first pause is random below this, the second below twice this, and so on. */
  readonly baseMs: number;
  /** No pause of our own choice is longer; a wait that the other side asked for may be. */
  readonly maxMs: number;
  readonly signal: AbortSignal;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Waits; rejects with the signal's reason when it aborts. For tests. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Called before each pause; `attempt` is the one that failed, from 1. */
  readonly onRetry?: (error: TransientError, attempt: number, waitMs: number) => void;
}

/**
 * Runs `operation` until it succeeds. Only TransientError is tried again, after the wait it asks for, or after a random
 * part of an exponentially growing time (full jitter). Throws the last error; the signal's reason when aborted.
 */
export async function retry<T>(operation: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const { signal } = options;
  const wait = options.sleep ?? sleep;
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    try {
      return await operation(attempt);
    } catch (error) {
      if (!(error instanceof TransientError) || attempt >= options.attempts) throw error;
      signal.throwIfAborted();
      const waitMs = error.retryAfterMs ?? backoff(attempt, options);
      options.onRetry?.(error, attempt, waitMs);
      await wait(waitMs, signal);
    }
  }
}

function backoff(attempt: number, { baseMs, maxMs, random }: RetryOptions): number {
  return Math.round(random() * Math.min(maxMs, baseMs * 2 ** (attempt - 1)));
}

/** Waits `ms`; rejects with the signal's reason as soon as it aborts. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  try {
    await delay(ms, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
