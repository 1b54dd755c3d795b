/** Bounds how many things happen at once, and how many per time. */
import PQueue from "p-queue";

export interface LimiterOptions {
  /** Tasks that run at the same time; at least 1. */
  readonly concurrency: number;
  /** At most `count` tasks start within any `perMs` milliseconds (a sliding window of the real starts, so never more, wherever one measures). */
  readonly rate?: { readonly count: number; readonly perMs: number };
  /** Tasks that have not started when it aborts never do. */
  readonly signal?: AbortSignal;
}

export interface Limiter {
  /** Runs `task` in its turn, first come first served. Rejects with the task's error, or the signal's reason. */
  run<T>(task: () => Promise<T>): Promise<T>;
  /** Starts nothing for this long (Retry-After); a longer pause that is under way goes on. */
  pause(ms: number): void;
  /** Tasks waiting, and tasks running. */
  readonly waiting: number;
  readonly running: number;
  /** Resolves when nothing waits or runs. */
  idle(): Promise<void>;
}

export function createLimiter({ concurrency, rate, signal }: LimiterOptions): Limiter {
  const queue = new PQueue({ concurrency });
  /** When the last tasks started, as many as the rate lets start at once; monotonic, like all times here. */
  const starts: number[] = [];
  let pausedUntil = 0;
  let timer: NodeJS.Timeout | undefined;
  const wait = (): void => {
    clearTimeout(timer);
    timer = setTimeout(resume, pausedUntil - performance.now());
    // a pause that nobody waits for does not keep the process
    if (queue.size === 0) timer.unref();
  };
  const resume = (): void => {
    timer = undefined;
    // timers may come a little early
    if (performance.now() < pausedUntil) wait();
    else queue.start();
  };
  const pauseUntil = (at: number): void => {
    if (at <= Math.max(pausedUntil, performance.now())) return;
    pausedUntil = at;
    queue.pause();
    wait();
  };
  /** Called once a task was started, not before: however long that took, the next one keeps its distance. */
  const started = ({ count, perMs }: NonNullable<LimiterOptions["rate"]>): void => {
    starts.push(performance.now());
    if (starts.length === count) pauseUntil(starts.shift()! + perMs);
  };
  return {
    run: (task) => {
      const result = queue.add(
        () => {
          signal?.throwIfAborted();
          try {
            return task();
          } finally {
            if (rate !== undefined) started(rate);
          }
        },
        signal === undefined ? {} : { signal },
      );
      if (queue.size > 0) timer?.ref();
      return result;
    },
    pause: (ms) => pauseUntil(performance.now() + ms),
    get waiting() {
      return queue.size;
    },
    get running() {
      return queue.pending;
    },
    idle: () => queue.onIdle(),
  };
}

/**
 * Runs `work` for every item, `concurrency` at a time, and gives the results in the items' order. Items are taken one by
 * one as places become free. The first error stops the taking; it is thrown once the tasks under way have ended.
 */
export async function mapLimited<Item, Result>(
  items: Iterable<Item>,
  concurrency: number,
  work: (item: Item, index: number) => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result[]> {
  const results: Result[] = [];
  const iterator = items[Symbol.iterator]();
  let index = 0;
  let failure: { readonly error: unknown } | null = null;
  const worker = async (): Promise<void> => {
    while (failure === null) {
      try {
        signal?.throwIfAborted();
        const { done, value } = iterator.next();
        if (done === true) return;
        const at = index++;
        results[at] = await work(value, at);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  // TypeScript does not see the assignment inside the closure
  const failed = failure as { readonly error: unknown } | null;
  if (failed !== null) throw failed.error;
  return results;
}
