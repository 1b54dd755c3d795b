import { expect, it } from "vitest";
import { SourceCounts } from "../../../core/proof/source-counts.ts";

/** A source whose cheap figure lags behind. */
function source(cheap: Record<string, number>, exact: Record<string, number>) {
  const asked: string[] = [];
  let hour = 0;
  const counts = new SourceCounts(
    {
      async count(object, options) {
        asked.push(`${object}${options?.exact === true ? " exactly" : ""}`);
        return (options?.exact === true ? exact : cheap)[object]!;
      },
    },
    () => new Date(Date.UTC(2026, 0, 1, hour++)),
  );
  return { asked, counts };
}

it("the cheap figure is enough where it is what was accounted for", async () => {
  const { asked, counts } = source({ a: 3, b: 4 }, { a: 9, b: 9 });
  await counts.cheap("a");
  await counts.cheap("b");
  expect(await counts.expecting(["a", "b"], 7)).toBe(7);
  expect(asked).toEqual(["a", "b"]);
  expect(counts.countedAt(["a", "b"])).toBe("2026-01-01T01:00:00.000Z");
});

it("a figure that differs is asked for again, exactly, and once", async () => {
  const { asked, counts } = source({ a: 3, b: 4 }, { a: 5, b: 4 });
  await counts.cheap("a");
  await counts.cheap("b");
  expect(await counts.expecting(["a"], 5)).toBe(5);
  expect(await counts.expecting(["a"], 6)).toBe(5);
  expect(asked).toEqual(["a", "b", "a exactly"]);
  expect(counts.countedAt(["a"])).toBe("2026-01-01T02:00:00.000Z");
  expect(counts.of(["a", "b"])).toBe(9);
});
