import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CopyRow } from "../../../core/proof/copy-row.ts";
import {
  compareDecimals,
  DecimalSum,
  decimalText,
  parseDecimal,
  subtract,
  sumDecimals,
} from "../../../core/proof/decimal.ts";
import { CopyWriter } from "../../../core/store/copy-writer.ts";

/** Units and scale as they were made: the reference that texts are checked against. */
const decimals = fc.record({
  units: fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }),
  scale: fc.integer({ min: 0, max: 30 }),
});

function plain({ units, scale }: { units: bigint; scale: number }): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, "0");
  const point = digits.length - scale;
  return `${units < 0n ? "-" : ""}${digits.slice(0, point)}${scale === 0 ? "" : `.${digits.slice(point)}`}`;
}

describe("exact decimals", () => {
  test("text survives reading and writing, to the last digit and with its scale", () => {
    fc.assert(
      fc.property(decimals, (value) => {
        expect(decimalText(parseDecimal(plain(value))!)).toBe(plain(value));
      }),
    );
  });

  test("a sum equals the sum of whole numbers at a common scale", () => {
    fc.assert(
      fc.property(fc.array(decimals, { maxLength: 30 }), (values) => {
        const scale = Math.max(0, ...values.map((value) => value.scale));
        const units = values.reduce((sum, value) => sum + value.units * 10n ** BigInt(scale - value.scale), 0n);
        expect(sumDecimals(values.map(plain))).toBe(plain({ units, scale }));
      }),
    );
  });

  test("comparison and subtraction agree with whole numbers", () => {
    fc.assert(
      fc.property(decimals, decimals, (left, right) => {
        const scale = Math.max(left.scale, right.scale);
        const units = left.units * 10n ** BigInt(scale - left.scale) - right.units * 10n ** BigInt(scale - right.scale);
        expect(subtract(left, right)).toEqual({ units, scale });
        expect(compareDecimals(left, right)).toBe(units < 0n ? -1 : units > 0n ? 1 : 0);
      }),
    );
  });

  test("what a float loses is kept", () => {
    expect(sumDecimals(["0.1", "0.2"])).toBe("0.3");
    expect(sumDecimals(["12345678901234567.89", "0.01"])).toBe("12345678901234567.90");
    expect(sumDecimals([])).toBe("0");
    expect(sumDecimals(["-0.10", "0.1"])).toBe("0.00");
  });

  test.each([
    ["1e3", "1000"],
    ["-1.5E-3", "-0.0015"],
    [".5", "0.5"],
    ["+7.", "7"],
    [" 12.50 ", "12.50"],
  ])("reads %j", (text, expected) => {
    expect(decimalText(parseDecimal(text)!)).toBe(expected);
  });

  test.each(["", ".", "-", "NaN", "Infinity", "1,5", "1 000", "0x10", "1e", "--1"])("refuses %j", (text) => {
    expect(parseDecimal(text)).toBeNull();
    expect(() => new DecimalSum().addText(text)).toThrow(RangeError);
  });
});

describe("rows in binary COPY format", () => {
  test("numeric fields come back exactly as they were written", () => {
    fc.assert(
      fc.property(decimals, (value) => {
        const out = new CopyWriter(64);
        const at = out.length;
        out.row(1);
        out.numeric(plain(value));
        const row = new CopyRow();
        row.locate(out.buffer, at);
        const scale = value.scale;
        expect(row.numeric(0)).toEqual({ units: value.units, scale });
      }),
    );
  });

  test("each field is found, whatever comes before it", () => {
    const out = new CopyWriter(64);
    out.text("something before");
    const at = out.length;
    out.row(6);
    out.int8(-9_007_199_254_740_993n);
    out.null();
    out.text("Größe ☃");
    out.text("");
    out.jsonb('{"a":1.10}');
    out.numeric("-0.00");
    const row = new CopyRow();
    row.locate(out.buffer, at);
    expect(row.int8(0)).toEqual({ units: -9_007_199_254_740_993n, scale: 0 });
    expect([row.isNull(1), row.text(1), row.numeric(1), row.json(1), row.int8(1)]).toEqual([
      true,
      null,
      null,
      null,
      null,
    ]);
    expect(row.text(2)).toBe("Größe ☃");
    expect([row.isNull(3), row.isBlank(3), row.isBlank(2)]).toEqual([false, true, false]);
    expect(row.json(4)).toBe('{"a":1.10}');
    expect(row.numeric(5)).toEqual({ units: 0n, scale: 2 });
  });
});
