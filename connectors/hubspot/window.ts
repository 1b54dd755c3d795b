/**
 * One limit of so many requests per rolling interval, kept so that the server never counts one too many.
 *
 * A request is counted somewhere between its start and its answer. It is given up for counted one interval after its answer
 * came, not after its start: however long the network takes, the server has forgotten it by then. From that a part of the
 * time of the quickest answer may be taken off (`credit`): so long at least passes between a start and its counting,
 * and between a counting and its answer, together. And an answer that says how much was left says how many were counted: of
 * those that were answered before it was asked for, no more than these can count still.
 * All times are milliseconds of one monotonic clock.
 */

/** A request as the window knew it when it began. */
export interface Begun {
  /** Requests of ours that the server may have counted then, this one included. */
  readonly ours: number;
  /** Requests begun until then, this one included; requests answered until then. */
  readonly number: number;
  readonly answered: number;
  readonly at: number;
}

export interface RollingWindow {
  readonly count: number;
  readonly perMs: number;
  /** Milliseconds until a request may begin: 0 now, Infinity not before an answer came. */
  wait(now: number): number;
  begin(now: number): Begun;
  /** The answer came, or never will. */
  end(now: number, credit: number): void;
  /** What an answer tells: the limit, and how much of it was left when the request was counted. */
  learn(count: number, perMs: number): void;
  /** `counted`: the request itself is among those that are not left. */
  remaining(begun: Begun, left: number, now: number, counted: boolean): void;
  /** A request was one too many: somebody else uses the limit, too. */
  refused(now: number): void;
}

/** Room that somebody else takes. */
interface Taken {
  readonly count: number;
  readonly until: number;
}

/** Clocks are read in whole milliseconds, and are set right at up to 500 millionths. */
const marginOf = (perMs: number): number => 1 + perMs / 2000;

export function createWindow(count: number, perMs: number): RollingWindow {
  let flying = 0;
  let begun = 0;
  /** Whether what answers say of what is left has held so far. */
  let trusted = true;
  /** When requests that were answered stop counting, ascending. */
  let ends: number[] = [];
  let first = 0;
  /** Until ascending, count descending: the first one is the largest. */
  let taken: Taken[] = [];

  function forget(now: number): void {
    while (first < ends.length && ends[first]! <= now) first++;
    if (first > 1000) {
      ends = ends.slice(first);
      first = 0;
    }
    while (taken.length > 0 && taken[0]!.until <= now) taken.shift();
  }
  const ours = (): number => flying + ends.length - first;
  /** Somebody else's part, but one request is always left to us: else nobody would notice when room is free again. */
  const others = (): number => Math.min(count - 1, taken[0]?.count ?? 0);
  function take(amount: number, until: number): void {
    if (amount <= 0 || taken.some((other) => other.count >= amount && other.until >= until)) return;
    taken = taken.filter((other) => other.count > amount || other.until > until);
    taken.push({ count: amount, until });
    taken.sort((one, other) => one.until - other.until);
  }

  return {
    get count() {
      return count;
    },
    get perMs() {
      return perMs;
    },
    wait(now) {
      forget(now);
      if (ours() + others() < count) return 0;
      const next = Math.min(ends[first] ?? Number.POSITIVE_INFINITY, taken[0]?.until ?? Number.POSITIVE_INFINITY);
      return next - now;
    },
    begin(now) {
      forget(now);
      flying++;
      begun++;
      return { ours: ours(), number: begun, answered: begun - flying, at: now };
    },
    end(now, credit) {
      flying--;
      ends.push(Math.max(ends.at(-1) ?? 0, now - credit + perMs + marginOf(perMs)));
    },
    learn(newCount, newPerMs) {
      count = Math.max(1, newCount);
      perMs = newPerMs;
    },
    remaining({ ours: then, number, answered, at }, left, now, counted) {
      const used = count - left;
      // those that began since may have been counted before it
      take(used - (then + begun - number), now + perMs + marginOf(perMs));
      if (!counted || !trusted || used < 1 || now - at >= perMs) return;
      const held = ends.length - first;
      const heldBefore = answered - (begun - flying - held);
      first += Math.max(0, Math.min(held, heldBefore - (used - 1)));
    },
    refused(now) {
      trusted = false;
      take((taken[0]?.count ?? 0) + Math.max(1, Math.ceil(count / 10)), now + 3 * perMs);
    },
  };
}
