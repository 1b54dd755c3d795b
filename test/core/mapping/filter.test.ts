import { describe, expect, it } from "vitest";
import { ConfigError } from "../../../core/errors.ts";
import { parseFilter } from "../../../core/mapping/filter.ts";

const test = (filter: string, record: Record<string, string | null>): boolean =>
  parseFilter(filter).test((column) => record[column] ?? null);

describe("comparisons", () => {
  it.each([
    ["Stage = 'Won'", { Stage: "Won" }, true],
    ["Stage = 'Won'", { Stage: "won" }, false],
    ["Stage != 'Won'", { Stage: "Lost" }, true],
    ["Stage <> 'Won'", { Stage: "Won" }, false],
    ["Stage != 'Won'", { Stage: null }, true],
    ["Stage != 'Won'", { Stage: "" }, true],
    ["Stage = ''", { Stage: null }, true],
    ["Amount > 9", { Amount: "10" }, true],
    ["Amount > 9", { Amount: "9.0" }, false],
    ["Amount >= 9", { Amount: "9.0" }, true],
    ["Amount < -1.5", { Amount: "-2" }, true],
    ["Amount = 1000", { Amount: "1e3" }, true],
    ["Amount > 9", { Amount: "many" }, false],
    ["Amount != 9", { Amount: "many" }, true],
    ["Amount < 9", { Amount: null }, false],
    ["Zip = '01234'", { Zip: "1234" }, false],
    ["Id = 12345678901234567", { Id: "12345678901234568" }, false],
    ["Day >= 2024-01-31", { Day: "2024-02-01" }, true],
    ["Day < 2024-01-31T10:00:00Z", { Day: "2024-01-31T09:59:59Z" }, true],
    ["Day < '2024-01-31'", { Day: null }, false],
  ])("%s on %j is %s", (filter, record, expected) => {
    expect(test(filter, record)).toBe(expected);
  });
});

describe("booleans and null", () => {
  it.each(["1", "true", "TRUE", "t", "yes", "Y"])("true matches %s", (cell) => {
    expect(test("Deleted = true", { Deleted: cell })).toBe(true);
    expect(test("Deleted = false", { Deleted: cell })).toBe(false);
  });
  it.each(["0", "false", "f", "No", "n", "", null])("false matches %s", (cell) => {
    expect(test("Deleted = false", { Deleted: cell })).toBe(true);
    expect(test("Deleted != true", { Deleted: cell })).toBe(true);
  });
  it.each([
    ["A IS NULL", null, true],
    ["A IS NULL", " ", true],
    ["A is not null", "x", true],
    ["A = null", "", true],
    ["A != null", "x", true],
  ])("%s on %j is %s", (filter, cell, expected) => {
    expect(test(filter, { A: cell })).toBe(expected);
  });
});

describe("IN and LIKE", () => {
  it.each([
    ["A IN ('x', 'y')", "y", true],
    ["A NOT IN ('x', 'y')", "y", false],
    ["A NOT IN ('x', 'y')", null, true],
    ["A IN (1, 2, null)", "2.0", true],
    ["A IN (1, 2, null)", "", true],
    ["A LIKE 'Ac%'", "Acme", true],
    ["A LIKE '%m%'", "Ac\nme", true],
    ["A LIKE 'A_me'", "Acme", true],
    ["A LIKE 'A\\_me'", "Acme", false],
    ["A LIKE 'a.c'", "abc", false],
    ["A NOT LIKE 'Ac%'", "Acme", false],
    ["A LIKE '%'", "", true],
  ])("%s on %j is %s", (filter, cell, expected) => {
    expect(test(filter, { A: cell })).toBe(expected);
  });
});

describe("logic and names", () => {
  it("AND binds tighter than OR, NOT tightest; parentheses decide", () => {
    const record = { A: "1", B: "2", C: "3" };
    expect(test("A = 1 OR B = 0 AND C = 0", record)).toBe(true);
    expect(test("(A = 1 OR B = 0) AND C = 0", record)).toBe(false);
    expect(test("NOT A = 0 AND not (B = 0)", record)).toBe(true);
  });

  it("takes quoted column names, dots and letters of any language", () => {
    expect(test("\"Close Date\" = 'x'", { "Close Date": "x" })).toBe(true);
    expect(test("[Close Date] = 'x'", { "Close Date": "x" })).toBe(true);
    expect(test("`Close Date` = 'x'", { "Close Date": "x" })).toBe(true);
    expect(test("Größe > 1 AND Owner.Name = 'O''Hara'", { Größe: "2", "Owner.Name": "O'Hara" })).toBe(true);
  });

  it("lists its columns once each, and keeps the text", () => {
    const filter = parseFilter("A = 1 AND B IN (2) OR NOT A IS NULL");
    expect(filter.columns).toEqual(["A", "B"]);
    expect(filter.text).toBe("A = 1 AND B IN (2) OR NOT A IS NULL");
  });
});

describe("errors say where", () => {
  it.each([
    ["Stage = Won", 9, "expected a value ('text', a number, a date, true, false or null), got Won"],
    ["Stage == 'Won'", 8, "expected a value ('text', a number, a date, true, false or null), got ="],
    ["Stage", 6, "expected one of = != < <= > >= IN, NOT IN, LIKE, IS NULL, IS NOT NULL, got the end"],
    ["", 1, "expected a column name, got the end"],
    ["A = 1 B = 2", 7, "expected AND, OR or the end, got B"],
    ["(A = 1", 7, "expected AND, OR or ), got the end"],
    ["A IN 1", 6, "expected ( after IN, got 1"],
    ["A IN (1", 8, "expected , or ), got the end"],
    ["A LIKE 1", 8, "expected 'text' with % after LIKE, got 1"],
    ["A > true", 3, "expected = or != before true, got >"],
    ["A = 'open", 5, "text that begins with ' is not closed"],
    ["A = 1; B", 6, "unexpected ;"],
    [`${"(".repeat(101)}A = 1`, 101, "expected at most 100 nested conditions, got ("],
  ])("%s", (filter, column, message) => {
    let error: unknown;
    try {
      parseFilter(filter);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(ConfigError);
    expect(error).toMatchObject({
      code: "MAPPING_FILTER_INVALID",
      message: `filter: ${message} at column ${column}`,
      place: { column },
    });
  });
});
