import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createLimiter, mapLimited } from "../../core/limiter.ts";

describe("createLimiter", () => {
  it("runs at most `concurrency` tasks, first come first served", async () => {
    const limiter = createLimiter({ concurrency: 2 });
    const started: number[] = [];
    let most = 0;
    const results = await Promise.all(
      [1, 2, 3, 4, 5].map((n) =>
        limiter.run(async () => {
          started.push(n);
          most = Math.max(most, limiter.running);
          await delay(5);
          return n * 10;
        }),
      ),
    );
    expect(results).toEqual([10, 20, 30, 40, 50]);
    expect(started).toEqual([1, 2, 3, 4, 5]);
    expect(most).toBe(2);
    await limiter.idle();
    expect([limiter.waiting, limiter.running]).toEqual([0, 0]);
  });

  it("never starts more than the rate within any window", async () => {
    const limiter = createLimiter({ concurrency: 100, rate: { count: 3, perMs: 100 } });
    const starts: number[] = [];
    await Promise.all(Array.from({ length: 9 }, () => limiter.run(async () => void starts.push(performance.now()))));
    expect(starts).toHaveLength(9);
    for (let i = 3; i < starts.length; i++) expect(starts[i]! - starts[i - 3]!).toBeGreaterThanOrEqual(100);
  });

  it("keeps the rate by the real starts, also where one is held up after its turn came", async () => {
    const limiter = createLimiter({ concurrency: 100, rate: { count: 2, perMs: 100 } });
    const starts: number[] = [];
    const start = (heldUpMs: number) =>
      limiter.run(async () => {
        const turn = performance.now();
        while (performance.now() < turn + heldUpMs);
        starts.push(performance.now());
      });
    await Promise.all([60, 0, 0, 30, 0, 0].map(start));
    expect(starts).toHaveLength(6);
    for (let i = 2; i < starts.length; i++) expect(starts[i]! - starts[i - 2]!).toBeGreaterThanOrEqual(100);
  });

  it("rejects with the task's error and goes on", async () => {
    const limiter = createLimiter({ concurrency: 1 });
    const error = new Error("no");
    const failing = limiter.run(async () => Promise.reject(error));
    const next = limiter.run(async () => "next");
    await expect(failing).rejects.toBe(error);
    expect(await next).toBe("next");
  });

  it("starts nothing during a pause; the longest pause counts", async () => {
    const limiter = createLimiter({ concurrency: 1 });
    const began = performance.now();
    limiter.pause(80);
    limiter.pause(10);
    await limiter.run(async () => undefined);
    expect(performance.now() - began).toBeGreaterThanOrEqual(75);
  });

  it("drops what has not started when the signal aborts", async () => {
    const controller = new AbortController();
    const limiter = createLimiter({ concurrency: 1, signal: controller.signal });
    const reason = new Error("stop");
    let ran = 0;
    const first = limiter.run(() => delay(10)).catch((error: unknown) => error);
    const second = limiter.run(async () => void ran++);
    controller.abort(reason);
    await expect(second).rejects.toBe(reason);
    await first;
    await expect(limiter.run(async () => void ran++)).rejects.toBe(reason);
    expect(ran).toBe(0);
  });
});

describe("mapLimited", () => {
  it("keeps the order of the items and takes them only as places become free", async () => {
    let taken = 0;
    let done = 0;
    function* items(): Generator<number> {
      for (const n of [30, 1, 20, 2]) {
        taken++;
        expect(taken - done).toBeLessThanOrEqual(2);
        yield n;
      }
    }
    const results = await mapLimited(items(), 2, async (ms, index) => {
      await delay(ms);
      done++;
      return `${index}:${ms}`;
    });
    expect(results).toEqual(["0:30", "1:1", "2:20", "3:2"]);
  });

  it("throws the first error once the others have ended, and takes no more", async () => {
    const events: string[] = [];
    const failing = mapLimited([1, 2, 3, 4], 2, async (n) => {
      await delay(n === 1 ? 5 : 20);
      if (n === 1) throw new Error("one");
      events.push(`done ${n}`);
    });
    await expect(failing).rejects.toThrow("one");
    expect(events).toEqual(["done 2"]);
  });

  it("stops at the signal", async () => {
    const reason = new Error("stop");
    await expect(mapLimited([1], 1, async () => 1, AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it("does nothing with nothing", async () => {
    expect(await mapLimited([], 3, async () => 1)).toEqual([]);
  });
});
