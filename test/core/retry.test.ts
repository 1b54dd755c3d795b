import { expect, it } from "vitest";
import { ConfigError, RecordError, TerminalError, TransientError } from "../../core/errors.ts";
import { type RetryOptions, retry, sleep } from "../../core/retry.ts";

const transient = (retryAfterMs?: number): TransientError =>
  new TransientError("BUSY", "busy", retryAfterMs === undefined ? {} : { retryAfterMs });

/** Options whose pauses are only noted. */
function noting(overrides: Partial<RetryOptions> = {}): { options: RetryOptions; waits: number[] } {
  const waits: number[] = [];
  const options: RetryOptions = {
    attempts: 5,
    baseMs: 100,
    maxMs: 1000,
    signal: new AbortController().signal,
    random: () => 0.5,
    sleep: async (ms) => void waits.push(ms),
    ...overrides,
  };
  return { options, waits };
}

it("returns at once what succeeds at once", async () => {
  const { options, waits } = noting();
  expect(await retry(async (attempt) => attempt, options)).toBe(1);
  expect(waits).toEqual([]);
});

it("tries a TransientError again, with growing, jittered, capped pauses, and gives up with the last error", async () => {
  const { options, waits } = noting({ attempts: 7 });
  const errors: Error[] = [];
  const failing = retry(async () => {
    const error = transient();
    errors.push(error);
    throw error;
  }, options);
  await expect(failing).rejects.toBe(errors[6] ?? (await failing.catch((e) => e)));
  expect(errors).toHaveLength(7);
  expect(waits).toEqual([50, 100, 200, 400, 500, 500]);
});

it("jitter is full: from nothing to the whole pause", async () => {
  for (const [random, wait] of [
    [0, 0],
    [0.999, 100],
  ] as const) {
    const { options, waits } = noting({ attempts: 2, random: () => random });
    await retry(async () => Promise.reject(transient()), options).catch(() => undefined);
    expect(waits).toEqual([wait]);
  }
});

it("waits as long as the error says, also beyond maxMs", async () => {
  const { options, waits } = noting();
  const told: unknown[] = [];
  const result = await retry(
    async (attempt) => {
      if (attempt < 3) throw transient(attempt === 1 ? 30_000 : 0);
      return "done";
    },
    { ...options, onRetry: (error, attempt, waitMs) => told.push([error.code, attempt, waitMs]) },
  );
  expect(result).toBe("done");
  expect(waits).toEqual([30_000, 0]);
  expect(told).toEqual([
    ["BUSY", 1, 30_000],
    ["BUSY", 2, 0],
  ]);
});

it.each([new ConfigError("A", "a"), new RecordError("B", "b"), new TerminalError("C", "c"), new TypeError("bug")])(
  "does not try %s again",
  async (error) => {
    const { options } = noting();
    let calls = 0;
    const failing = retry(async () => {
      calls++;
      throw error;
    }, options);
    await expect(failing).rejects.toBe(error);
    expect(calls).toBe(1);
  },
);

it("ends with the signal's reason: before, between and during pauses", async () => {
  const reason = new Error("stop");
  const before = noting({ signal: AbortSignal.abort(reason) });
  let calls = 0;
  await expect(retry(async () => calls++, before.options)).rejects.toBe(reason);
  expect(calls).toBe(0);

  const controller = new AbortController();
  const during = noting({ signal: controller.signal, sleep, baseMs: 1e6, maxMs: 1e6 });
  const failing = retry(async () => Promise.reject(transient()), during.options);
  setTimeout(() => controller.abort(reason), 20);
  await expect(failing).rejects.toBe(reason);
});
