import type { Context } from "../../core/context.ts";
import { silentLogger } from "../../core/log.ts";

/** The moment at which tests happen. */
export const TEST_NOW = "2026-11-21T23:30:00.000Z";

/** Uniform numbers in [0, 1), the same ones for the same seed (mulberry32). */
export function seededRandom(seed = 1): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A context that says nothing, at a frozen time, with seeded randomness, no environment, never aborted. */
export function testContext(overrides: Partial<Context> = {}): Context {
  return {
    log: silentLogger,
    now: () => new Date(TEST_NOW),
    signal: new AbortController().signal,
    env: {},
    random: seededRandom(),
    ...overrides,
  };
}
