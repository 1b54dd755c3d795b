/** Transforms of numbers and dates, exact. Numbers are read and written with the source's decimal mark. */
import { parseWall, wallDate } from "./dates.ts";
import { multiplyExact, parseDecimal, roundExact, show } from "./numbers.ts";
import type { TransformSpec } from "./transforms-types.ts";
import type { Failure } from "./values-types.ts";

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
    make: ([factor], decimal) => onNumbers(decimal, (number) => multiplyExact(number, String(factor))),
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
    make: ([digits], decimal) => onNumbers(decimal, (number) => roundExact(number, Number(digits))),
  },
  {
    name: "term_months",
    summary:
      "A term as a number of months: a bare number counts months, `P6M` and `P1Y` as ISO 8601 says; days have no number of months.",
    args: [],
    examples: [
      ["10", [], "10"],
      ["P6M", [], "6"],
      ["P1Y6M", [], "18"],
      ["P30D", [], { code: "VALUE_NOT_A_DURATION" }],
    ],
    make: () => (text) => {
      const match = /^\s*(?:(\d{1,6})|P(?=\d)(?:(\d{1,4})Y)?(?:(\d{1,6})M)?)\s*$/i.exec(text);
      if (match !== null) return String(Number(match[1] ?? 0) + Number(match[2] ?? 0) * 12 + Number(match[3] ?? 0));
      return { code: "VALUE_NOT_A_DURATION", reason: `expected months as 10, P6M or P1Y, got ${show(text)}` };
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

function onNumbers(decimal: "." | ",", apply: (number: string) => string): (text: string) => string | Failure {
  return (text) => {
    const number = parseDecimal(text, decimal, true);
    return typeof number === "string" ? apply(number).replace(".", decimal) : number;
  };
}
