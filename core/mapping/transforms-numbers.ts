/** Transforms of numbers and dates, exact. Numbers are plain or as the source writes them with `.` as decimal mark. */
import { parseWall, wallDate } from "./dates.ts";
import { multiplyExact, parseDecimal, roundExact } from "./numbers.ts";
import type { TransformSpec } from "./transforms-types.ts";

export const NUMBER_TRANSFORMS: readonly TransformSpec[] = [
  {
    name: "number_scale",
    summary: "Multiplies by a factor, exactly: `number_scale(100)` makes 25 of 0.25.",
    args: [{ name: "factor", type: "decimal", description: "a plain number" }],
    examples: [
      ["0.25", [100], "25.00"],
      ["1100.04", [1_000_000], "1100040000.00"],
      ["75", ["0.01"], "0.75"],
      ["many", [100], { code: "VALUE_NOT_A_NUMBER" }],
    ],
    make: ([factor]) => {
      const by = String(factor);
      return (text) => {
        const number = parseDecimal(text, ".", true);
        return typeof number === "string" ? multiplyExact(number, by) : number;
      };
    },
  },
  {
    name: "round",
    summary: "Rounds half away from zero to n digits after the decimal mark.",
    args: [{ name: "n", type: "integer", description: "digits", min: -30, max: 30 }],
    examples: [
      ["2.345", [2], "2.35"],
      ["-2.5", [0], "-3"],
      ["1250", [-2], "1300"],
      ["7", [2], "7.00"],
    ],
    make:
      ([digits]) =>
      (text) => {
        const number = parseDecimal(text, ".", true);
        return typeof number === "string" ? roundExact(number, Number(digits)) : number;
      },
  },
  {
    name: "date_only",
    summary: "The date of an ISO date and time, in the time zone it is written in.",
    args: [],
    examples: [
      ["2024-01-23T23:54:57.000+0000", [], "2024-01-23"],
      ["2024-01-23", [], "2024-01-23"],
      ["soon", [], { code: "VALUE_NOT_A_DATE" }],
    ],
    make: () => (text) => {
      const wall = parseWall(text, "auto");
      return "code" in wall ? wall : wallDate(wall);
    },
  },
];
