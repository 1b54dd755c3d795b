/** The time of a simulated system: the real one until a test moves it, so that nobody has to wait. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Stands still there from now on, until it is moved again. */
  set(at: number | string): void;
  /** Goes this far ahead; a clock that runs goes on running. */
  advance(ms: number): void;
}

export function createClock(real: () => number = Date.now): Clock {
  let fixed: number | null = null;
  let ahead = 0;
  return {
    now: () => fixed ?? real() + ahead,
    set(at) {
      fixed = instantOf(at);
    },
    advance(ms) {
      if (fixed === null) ahead += ms;
      else fixed += ms;
    },
  };
}

/** Milliseconds of an instant; throws RangeError for what is none. */
export function instantOf(at: number | string): number {
  const ms = typeof at === "number" ? at : Date.parse(at);
  if (Number.isNaN(ms)) throw new RangeError(`not an instant: ${at}`);
  return ms;
}
