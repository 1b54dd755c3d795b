/** Ids that came already, at eight bytes each as long as they come in order. */

export interface Seen {
  /** Notes the id; false when it came before. */
  add(id: string): boolean;
}

export function createSeen(): Seen {
  let ordered = new BigUint64Array(1024);
  let used = 0;
  const others = new Set<string>();
  const has = (id: bigint): boolean => {
    let low = 0;
    let high = used;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (ordered[middle]! < id) low = middle + 1;
      else high = middle;
    }
    return low < used && ordered[low] === id;
  };
  return {
    add(id) {
      if (!/^\d{1,19}$/.test(id)) {
        if (others.has(id)) return false;
        others.add(id);
        return true;
      }
      const number = BigInt(id);
      if (used === 0 || number > ordered[used - 1]!) {
        if (used === ordered.length) {
          const grown = new BigUint64Array(used * 2);
          grown.set(ordered);
          ordered = grown;
        }
        ordered[used++] = number;
        // one that came out of order may come again in its place
        return !others.has(id);
      }
      if (has(number) || others.has(id)) return false;
      others.add(id);
      return true;
    },
  };
}
