import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { instant, sameCustom, sameValue } from "../../../core/proof/canonical.ts";
import { amount, clip, difference, duration, moment, shortAmount, title } from "../../../core/proof/format.ts";
import { readCsv } from "../../../core/proof/read-csv.ts";
import { distinctBelow, keyParts, spread } from "../../../core/proof/spot-pick.ts";
import { FieldSums, MOST_GROUPS } from "../../../core/proof/sums.ts";
import { seededRandom } from "../../helpers/context.ts";

describe("which records are looked at", () => {
  test.each([
    [10, [100, 100, 0], [5, 5, 0]],
    [3, [1000, 1, 1], [1, 1, 1]],
    [10, [1, 2, 3], [1, 2, 3]],
    [10, [8800, 85, 7, 35], [7, 1, 1, 1]],
    [0, [5, 5], [0, 0]],
    [4, [], []],
  ])("%i over %j", (total, counts, expected) => {
    expect(spread(total, counts, seededRandom())).toEqual(expected);
  });

  test("fewer records than mappings: as many mappings, one each, the large ones more often", () => {
    const random = seededRandom();
    const taken = [0, 0, 0];
    for (let i = 0; i < 300; i++) {
      const shares = spread(1, [1000, 10, 10], random);
      expect(shares.toSorted()).toEqual([0, 0, 1]);
      taken[shares.indexOf(1)]!++;
    }
    expect(taken[0]).toBeGreaterThan(270);
  });

  test("different places, all of them possible", () => {
    const random = seededRandom();
    const met = new Set<number>();
    for (let i = 0; i < 200; i++) {
      const places = distinctBelow(3, 10, random);
      expect(new Set(places).size).toBe(3);
      for (const place of places) met.add(place);
    }
    expect([...met].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(distinctBelow(5, 3, random)).toEqual([0, 1, 2]);
  });

  test("compound keys come apart as they were joined", () => {
    expect(keyParts("a|b\\|c|d\\\\", 3)).toEqual(["a", "b|c", "d\\"]);
    expect(keyParts("a|b\\c", 1)).toEqual(["a|b\\c"]);
  });
});

describe("comparing values by column type", () => {
  test.each([
    ["numeric", "1.50", "1.5", true],
    ["numeric(18,2)", "1.50", "1.51", false],
    ["bigint", "007", "7", true],
    ["timestamp with time zone", "2026-03-29T01:30:00.5Z", "2026-03-29 03:30:00.5+02", true],
    ["timestamp with time zone", "2026-03-29 01:30:00.000001+00", "2026-03-29 01:30:00+00", false],
    ["date", "2026-01-31", "2026-01-30", false],
    ["boolean", "true", "t", true],
    ["boolean", "true", "false", false],
    ["jsonb", '{"b":1,"a":[1,2]}', '{"a": [1, 2], "b": 1}', true],
    ["text", "a", "A", false],
    ["text", "1.0", "1", false],
    ["character(5)", "ab", "ab   ", true],
    ["double precision", "0.1", "0.10000000000000001", true],
    ["interval", "1 day", "24:00:00", null],
  ])("%s: %j and %j", (type, left, right, expected) => {
    expect(sameValue(type, left, right)).toBe(expected);
  });

  test("null only equals null", () => {
    expect([sameValue("text", null, null), sameValue("text", null, ""), sameValue("numeric", "0", null)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test("custom fields by their own type", () => {
    expect([
      sameCustom("decimal", "1.50", "1.5"),
      sameCustom("text", "007", "7"),
      sameCustom("json", "[1]", "[1 ]"),
    ]).toEqual([true, false, true]);
  });

  test("instants before our era of computers", () => {
    expect(instant("0099-01-01T00:00:00Z")).toBe(BigInt(Date.parse("0099-01-01T00:00:00Z")) * 1000n);
    expect(instant("yesterday")).toBeNull();
  });
});

describe("sums", () => {
  test("too many stages: told apart by currency only, nothing lost", () => {
    const sums = new FieldSums("amount", true, true);
    for (let i = 0; i <= MOST_GROUPS; i++)
      sums.addSource({ units: 1n, scale: 0 }, i % 2 === 0 ? "EUR" : "USD", `stage ${i}`, i === 0);
    sums.addTarget({ units: 500n, scale: 0 }, "EUR", "any");
    sums.addTarget({ units: 500n, scale: 0 }, "USD", "other");
    expect(sums.byStage).toBe(false);
    expect(sums.checks(null).map(({ by, source, excluded, target, ok }) => [by, source, excluded, target, ok])).toEqual(
      [
        [{}, "1001", "1", "1000", true],
        [{ currency: "EUR" }, "501", "1", "500", true],
        [{ currency: "USD" }, "500", "0", "500", true],
      ],
    );
  });

  test("a difference that a policy allows is told as such", () => {
    const sums = new FieldSums("amount", false, false);
    sums.addSource({ units: 1n, scale: 0 }, null, null, false);
    expect(sums.checks("values that the target had stay")).toEqual([
      {
        field: "amount",
        by: {},
        source: "1",
        excluded: "0",
        target: "0",
        ok: true,
        note: "values that the target had stay",
      },
    ]);
  });
});

describe("words", () => {
  test("numbers keep their digits", () => {
    expect([amount("10005534.00"), amount("-1234"), amount("12"), amount("12345678901234567.89")]).toEqual([
      "10,005,534.00",
      "-1,234",
      "12",
      "12,345,678,901,234,567.89",
    ]);
    expect([difference("1.10", "0.1", "1.00"), difference("5", "0", "7.5")]).toEqual(["0", "-2.5"]);
  });

  test("names, times, long texts", () => {
    expect([title("opportunity_line_item"), title("account_id"), title("_id"), title("id")]).toEqual([
      "Opportunity line item",
      "Account",
      "Id",
      "Id",
    ]);
    expect([moment("2026-11-21T23:30:00.000Z"), moment(null), moment("soon")]).toEqual([
      "21 Nov 2026, 23:30 UTC",
      "not yet",
      "soon",
    ]);
    expect([
      duration("2026-11-21T23:30:00Z", "2026-11-21T23:34:12Z"),
      duration("2026-11-21T23:00:00Z", "2026-11-22T01:05:09Z"),
      duration("2026-11-21T23:30:00Z", null),
    ]).toEqual(["4 min 12 s", "2 h 5 min", "unknown"]);
    expect(clip("😀😀😀😀", 3)).toBe("😀😀…");
  });
});

describe("CSV files of a run", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "proof-csv-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const read = async (text: string): Promise<Record<string, string>[]> => {
    const file = join(folder, "file.csv");
    await writeFile(file, text);
    const rows: Record<string, string>[] = [];
    for await (const row of readCsv(file)) rows.push(Object.fromEntries(row));
    return rows;
  };

  test("quotes, line ends inside and outside, short rows, a mark in front", async () => {
    expect(await read('\ufeff_code,_reason\r\nA,"x, ""y""\r\nz"\r\nB\n"C",""\n\nD,last')).toEqual([
      { _code: "A", _reason: 'x, "y"\r\nz' },
      { _code: "B", _reason: "" },
      { _code: "C", _reason: "" },
      { _code: "D", _reason: "last" },
    ]);
  });

  test("no file, no rows", async () => {
    const rows = [];
    for await (const row of readCsv(join(folder, "none.csv"))) rows.push(row);
    expect(rows).toEqual([]);
  });
});

test.each([
  ["12500.50", "12,500.50", null],
  ["-1234.123456", "-1,234.123456", null],
  ["1234.1234567890123456789012345678901234567890", "1,234.123456…", "1,234.1234567890123456789012345678901234567890"],
  ["0.0000000000000000000000000000000000000001", "0.000000…", "0.0000000000000000000000000000000000000001"],
  ["5.0000000000", "5.000000", "5.0000000000"],
])("%s is shown as %s", (text, shown, exact) => {
  expect(shortAmount(text)).toEqual({ text: shown, exact });
});
