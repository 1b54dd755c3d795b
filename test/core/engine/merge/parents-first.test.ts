import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parentsFirst } from "../../../../core/engine/merge/parents-first.ts";

/** Families as lists, members sorted. */
function families(size: number, edges: readonly (readonly [number, number])[]): number[][] {
  const { order, starts } = parentsFirst(
    size,
    edges.map(([child]) => child),
    edges.map(([, parent]) => parent),
  );
  return [...starts]
    .slice(0, -1)
    .map((start, at) => [...order.subarray(start, starts[at + 1])].sort((one, other) => one - other));
}

describe("parentsFirst", () => {
  test("nothing, and rows that refer to nothing", () => {
    expect(families(0, [])).toEqual([]);
    expect(families(2, [])).toEqual([[0], [1]]);
  });

  test("parents before children, a row that is its own parent alone", () => {
    expect(
      families(4, [
        [0, 1],
        [1, 3],
        [2, 2],
      ]),
    ).toEqual([[3], [1], [0], [2]]);
  });

  test("cycles are one family, what hangs on them comes later", () => {
    expect(
      families(6, [
        [0, 1],
        [1, 2],
        [2, 3],
        [3, 1],
        [3, 5],
        [4, 0],
      ]),
    ).toEqual([[5], [1, 2, 3], [0], [4]]);
  });

  test("a chain of a million rows, children first", () => {
    const size = 1_000_000;
    const child = Int32Array.from({ length: size - 1 }, (_, at) => at);
    const parent = child.map((at) => at + 1);
    const { order, starts } = parentsFirst(size, child, parent);
    expect(starts.length).toBe(size + 1);
    expect([order[0], order[size - 1]]).toEqual([size - 1, 0]);
  });

  test("any references: every row once, families are what reaches each other, parents are never later", () => {
    const graph = fc.integer({ min: 1, max: 9 }).chain((size) => {
      const row = fc.nat({ max: size - 1 });
      return fc.record({ size: fc.constant(size), edges: fc.array(fc.tuple(row, row), { maxLength: 16 }) });
    });
    fc.assert(
      fc.property(graph, ({ size, edges }) => {
        const found = families(size, edges);
        expect(found.flat().sort((one, other) => one - other)).toEqual([...Array(size).keys()]);
        const reach = Array.from({ length: size }, (_, row) => new Set([row]));
        for (let round = 0; round < size; round++) {
          for (const [child, parent] of edges) for (const further of reach[parent]!) reach[child]!.add(further);
        }
        const place = new Map(found.flatMap((members, at) => members.map((row) => [row, at] as const)));
        for (let one = 0; one < size; one++) {
          for (let other = 0; other < size; other++) {
            const together = reach[one]!.has(other) && reach[other]!.has(one);
            expect(place.get(one) === place.get(other)).toBe(together);
          }
        }
        for (const [child, parent] of edges) expect(place.get(parent)!).toBeLessThanOrEqual(place.get(child)!);
      }),
    );
  });
});
