import { expect, test } from "vitest";
import { DecimalSum, doubleText } from "../../sim/salesforce/numbers.ts";

test.each([
  [0, "0.0"],
  [15_000, "15000.0"],
  [0.1, "0.1"],
  [9_999_999.99, "9999999.99"],
  [10_000_000, "1.0E7"],
  [139_000_000, "1.39E8"],
  [123_456_789.12, "1.2345678912E8"],
  [-139_000_000, "-1.39E8"],
  [0.0005, "5.0E-4"],
])("%d prints as %s", (value, text) => {
  expect(doubleText(value)).toBe(text);
  expect(Number(text)).toBe(value);
});

test("sums are exact", () => {
  const sum = new DecimalSum(2);
  for (let at = 0; at < 100_000; at++) sum.add(0.1);
  sum.add(9_000_000_000_000.25);
  expect(sum.text()).toBe("9000000010000.25");
  const less = new DecimalSum(0);
  less.add(-5);
  expect(less.text()).toBe("-5");
});
