import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { plainValue, valueKind } from "../../../connectors/hubspot/cells.ts";
import { ahead } from "../../../connectors/hubspot/read-ahead.ts";
import { CUTS, lanesFor } from "../../../connectors/hubspot/read-cuts.ts";
import { fitsAddress } from "../../../connectors/hubspot/read-pages.ts";
import { createSeen } from "../../../connectors/hubspot/read-seen.ts";
import { byNumber } from "../../../connectors/hubspot/read-wire.ts";

describe("values", () => {
  it.each([
    ["1773300966332", "datetime", "2026-03-12T07:36:06.332Z"],
    ["0", "datetime", "1970-01-01T00:00:00.000Z"],
    ["2026-12-31T00:00:00Z", "datetime", "2026-12-31T00:00:00Z"],
    ["2026-03-12T07:36:23.415Z", "datetime", "2026-03-12T07:36:23.415Z"],
    ["1772323200000", "date", "2026-03-01"],
    ["2026-03-01", "date", "2026-03-01"],
    ["2026-03-01T00:00:00Z", "date", "2026-03-01"],
    ["-86400000", "date", "1969-12-31"],
    ["next week", "date", "next week"],
    ["9999999999999999", "datetime", "9999999999999999"],
    ["", "datetime", null],
    [";a;b", "multi", "a;b"],
    [";", "multi", null],
    ["a;b", "multi", "a;b"],
    [";a;b", "text", ";a;b"],
    ["", "text", null],
    [" ", "text", " "],
    ["a\u0000b", "text", "ab"],
    [
      "0.40000000000000002220446049250313080847263336181640625",
      "text",
      "0.40000000000000002220446049250313080847263336181640625",
    ],
    ["1.000000", "text", "1.000000"],
    [null, "text", null],
    [undefined, "text", null],
    [true, "text", "true"],
  ] as const)("%j as %s is %j", (value, kind, plain) => {
    expect(plainValue(value, kind)).toBe(plain);
  });

  it("are of the kind that the type says, not how they are shown", () => {
    expect(valueKind("datetime", "date")).toBe("datetime");
    expect(valueKind("enumeration", "checkbox")).toBe("multi");
    expect(valueKind("enumeration", "booleancheckbox")).toBe("text");
    expect(valueKind("string", "checkbox")).toBe("text");
  });
});

describe("ids", () => {
  it("are ordered as numbers, beyond 2^53, too", () => {
    const ids = ["9007199254740993", "10", "9", "9007199254740992", "100"];
    expect(ids.sort(byNumber)).toEqual(["9", "10", "100", "9007199254740992", "9007199254740993"]);
  });

  it("are seen once, in order or not", () => {
    const seen = createSeen();
    const ids = Array.from({ length: 3000 }, (_, index) => String(9007199254740990n + BigInt(index * 2)));
    for (const id of ids) expect(seen.add(id)).toBe(true);
    for (const id of ids) expect(seen.add(id)).toBe(false);
    expect(seen.add("9007199254740991")).toBe(true);
    expect(seen.add("9007199254740991")).toBe(false);
    expect(seen.add("p1-x")).toBe(true);
    expect(seen.add("p1-x")).toBe(false);
  });
});

describe("properties in the address", () => {
  it("are as many as 4,000 characters hold, as they are sent", () => {
    expect(fitsAddress(Array.from({ length: 300 }, (_, index) => `name_${1000 + index}`))).toBe(true);
    expect(fitsAddress(Array.from({ length: 400 }, (_, index) => `name_${1000 + index}`))).toBe(false);
  });
});

describe("lanes", () => {
  const list = { type: "contacts", records: 1_000_000, pageMs: 200, requestsPerPage: 1 };
  it("are as many as the rate needs, twice over", () => {
    expect(lanesFor(list, 19, CUTS)).toBe(8);
    expect(lanesFor({ ...list, requestsPerPage: 2.1 }, 19, CUTS)).toBe(4);
    expect(lanesFor({ ...list, pageMs: 20 }, 19, CUTS)).toBe(1);
    expect(lanesFor({ ...list, pageMs: 60_000 }, 19, CUTS)).toBe(8);
    expect(lanesFor({ ...list, records: 19_999 }, 19, CUTS)).toBe(1);
  });
});

describe("work begun ahead", () => {
  async function* numbers(count: number, taken: number[] = []) {
    for (let number = 0; number < count; number++) {
      taken.push(number);
      yield number;
    }
  }
  const settle = async () => {
    for (let times = 0; times < 20; times++) await turn();
  };

  it("keeps the order, whichever ends first", async () => {
    const results: number[] = [];
    const work = async (number: number) => {
      for (let waits = 0; waits < (number % 3) * 5; waits++) await turn();
      return number * 10;
    };
    for await (const result of ahead(numbers(20), 4, work)) results.push(result);
    expect(results).toEqual(Array.from({ length: 20 }, (_, index) => index * 10));
  });

  it("never has more under way than allowed, and few in the beginning", async () => {
    const taken: number[] = [];
    const waiting: number[] = [];
    const reading = ahead(numbers(100, taken), 8, async (number) => number);
    for (let step = 0; step < 8; step++) {
      await reading.next();
      await settle();
      waiting.push(taken.length - step - 1);
    }
    // two at first, then twice as many with each result
    expect(waiting).toEqual([4, 8, 8, 8, 8, 8, 8, 8]);
  });

  it("throws an error where its result would have come", async () => {
    const results: number[] = [];
    const work = async (number: number) => {
      if (number === 2) throw new Error("two");
      return number;
    };
    const run = async () => {
      for await (const result of ahead(numbers(9), 8, work)) results.push(result);
    };
    await expect(run()).rejects.toThrow("two");
    expect(results).toEqual([0, 1]);
  });

  it("throws what the iteration throws, after the results before it", async () => {
    async function* broken() {
      yield 1;
      throw new Error("broken");
    }
    const results: number[] = [];
    const run = async () => {
      for await (const result of ahead(broken(), 8, async (number) => number)) results.push(result);
    };
    await expect(run()).rejects.toThrow("broken");
    expect(results).toEqual([1]);
  });

  it("ends the iteration when it is left early", async () => {
    let ended = false;
    const taken: number[] = [];
    async function* endless() {
      try {
        yield* numbers(1_000_000, taken);
      } finally {
        ended = true;
      }
    }
    for await (const result of ahead(endless(), 4, async (number) => number)) if (result === 3) break;
    await settle();
    expect(ended).toBe(true);
    expect(taken.length).toBeLessThan(12);
  });
});
