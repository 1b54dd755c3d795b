/** Work that is begun before its result is wanted. */

/**
 * Runs `work` on the items and gives the results in the items' order. Up to `most` items are under way or wait to be taken;
 * it begins with two and doubles with each result taken, so that who stops early has not asked for much. The first error,
 * of an item or of the iteration, is thrown where its result would have come. Leaving early ends the iteration.
 */
export async function* ahead<Item, Result>(
  items: AsyncIterable<Item>,
  most: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const iterator = items[Symbol.asyncIterator]();
  const begun: Promise<Result>[] = [];
  let allowed = Math.min(2, most);
  let done = false;
  let left = false;
  let wakePump = () => {};
  let wakeTaker = () => {};
  const pump = async (): Promise<void> => {
    while (!left) {
      if (begun.length >= allowed) {
        await new Promise<void>((wake) => {
          wakePump = wake;
        });
        continue;
      }
      const next = await iterator.next();
      if (next.done === true || left) break;
      const result = work(next.value);
      // seen by whoever takes it; this keeps Node from calling it unhandled in between
      result.catch(() => undefined);
      begun.push(result);
      wakeTaker();
    }
  };
  const pumping = pump().catch((error: unknown) => {
    const failed = Promise.reject<Result>(error);
    failed.catch(() => undefined);
    begun.push(failed);
  });
  void pumping.then(() => {
    done = true;
    wakeTaker();
  });
  try {
    for (;;) {
      const first = begun[0];
      if (first === undefined) {
        if (done) return;
        await new Promise<void>((wake) => {
          wakeTaker = wake;
        });
        continue;
      }
      const result = await first;
      begun.shift();
      allowed = Math.min(most, allowed * 2);
      wakePump();
      yield result;
    }
  } finally {
    left = true;
    wakePump();
    // not waited for: a request that is under way ends by itself
    void pumping.then(() => iterator.return?.()).catch(() => undefined);
  }
}
