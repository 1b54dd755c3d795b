/** The order in which records of one object can be written: parents first, cycles together. */

export interface Families {
  /** Rows (their indexes), parents before their children. */
  readonly order: Int32Array;
  /** Where each family begins in `order`; one entry more than there are families. Rows of a family refer to each other in a cycle. */
  readonly starts: Int32Array;
}

/** Children's and parents' indexes, edge by edge, as lists of parents per child: `parents[from[child] .. from[child + 1]]`. */
function parentLists(size: number, child: ArrayLike<number>, parent: ArrayLike<number>) {
  const from = new Int32Array(size + 1);
  for (let at = 0; at < child.length; at++) from[child[at]! + 1]!++;
  for (let row = 0; row < size; row++) from[row + 1]! += from[row]!;
  const next = from.slice(0, size);
  const parents = new Int32Array(child.length);
  for (let at = 0; at < child.length; at++) parents[next[child[at]!]!++] = parent[at]!;
  return { from, parents };
}

/**
 * Orders `size` rows by their references: edge `at` says that row `child[at]` refers to row `parent[at]`. Strongly connected
 * components by Tarjan's algorithm, which finds them parents first; without recursion, in time and memory linear in rows and edges.
 */
export function parentsFirst(size: number, child: ArrayLike<number>, parent: ArrayLike<number>): Families {
  const { from, parents } = parentLists(size, child, parent);
  const order = new Int32Array(size);
  const starts: number[] = [0];
  let ordered = 0;
  // 0: not seen; otherwise when it was seen, counted from 1; DONE once its family is known
  const DONE = 2 ** 31 - 1;
  const low = new Int32Array(size);
  const seen = new Int32Array(size);
  const next = from.slice(0, size);
  const open = new Int32Array(size);
  let opened = 0;
  const path = new Int32Array(size);
  let time = 0;
  for (let root = 0; root < size; root++) {
    if (seen[root] !== 0) continue;
    let depth = 0;
    path[0] = root;
    seen[root] = low[root] = ++time;
    open[opened++] = root;
    while (depth >= 0) {
      const row = path[depth]!;
      if (next[row]! < from[row + 1]!) {
        const to = parents[next[row]!++]!;
        if (seen[to] === 0) {
          path[++depth] = to;
          seen[to] = low[to] = ++time;
          open[opened++] = to;
        } else if (low[to] !== DONE && seen[to]! < low[row]!) low[row] = seen[to]!;
        continue;
      }
      depth--;
      const lowest = low[row]!;
      if (depth >= 0 && lowest < low[path[depth]!]!) low[path[depth]!] = lowest;
      if (lowest !== seen[row]) continue;
      for (let member = -1; member !== row; ) {
        member = open[--opened]!;
        low[member] = DONE;
        order[ordered++] = member;
      }
      starts.push(ordered);
    }
  }
  return { order, starts: Int32Array.from(starts) };
}
