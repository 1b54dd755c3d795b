import { describe, expect, it } from "vitest";
import { tidyCells } from "../../../connectors/salesforce/cells.ts";
import type { ValueKind } from "../../../connectors/salesforce/schema.ts";
import { plainDatetime, plainNumber } from "../../../connectors/salesforce/values.ts";
import { parseExact } from "../../../core/exact-json.ts";

const NUMBERS: readonly (readonly [string, string])[] = [
  ["1.39E8", "139000000"],
  ["1.2345678901234567E17", "123456789012345670"],
  ["15000.0", "15000"],
  ["300", "300"],
  ["12.50", "12.5"],
  ["-0.0", "0"],
  ["-1.5E-3", "-0.0015"],
  ["1E-7", "0.0000001"],
  ["0.0", "0"],
  ["0", "0"],
  ["100", "100"],
  ["007", "7"],
  [".5", "0.5"],
  ["+3.10", "3.1"],
  ["9.99999999999999999E2", "999.999999999999999"],
  ["NaN", "NaN"],
  ["", ""],
];

describe("numbers", () => {
  it.each(NUMBERS)("%s is %s", (text, plain) => {
    expect(plainNumber(text)).toBe(plain);
  });

  it("are the same in cells of a block", () => {
    const texts = NUMBERS.map(([text]) => text).filter((text) => text !== "");
    expect(tidied(texts, ["number"])).toEqual(texts.map(plainNumber));
  });

  it("keep every digit of JSON", () => {
    expect(parseExact('{"a":123456789012345678.25,"b":1.10,"c":"x","d":true,"e":null}')).toEqual({
      a: "123456789012345678.25",
      b: "1.10",
      c: "x",
      d: true,
      e: null,
    });
  });
});

describe("cells of a block", () => {
  it("are null when empty, end datetimes in Z, make ids long, and leave text alone", () => {
    const row = ["001R0000000UyrW", "", "1.50", "2026-05-01T07:25:37.000+0000", "Note 1.50 ü"];
    expect(tidied(row, ["id", "text", "number", "datetime", "text"])).toEqual([
      "001R0000000UyrWIAS",
      null,
      "1.5",
      "2026-05-01T07:25:37.000Z",
      "Note 1.50 ü",
    ]);
  });

  it("keep a datetime of the Bulk API as it is", () => {
    expect(tidied(["2026-05-01T07:25:37.000Z"], ["datetime"])).toEqual(["2026-05-01T07:25:37.000Z"]);
    expect(plainDatetime("2026-05-01T07:25:37.000+0000")).toBe("2026-05-01T07:25:37.000Z");
  });
});

/** The cells, written one behind the other as a scanner would find them. */
function tidied(cells: readonly string[], kinds: readonly ValueKind[]): (string | null)[] {
  const starts = new Int32Array(cells.length);
  const ends = new Int32Array(cells.length);
  let text = "";
  for (const [index, cell] of cells.entries()) {
    starts[index] = Buffer.byteLength(text);
    text += cell;
    ends[index] = Buffer.byteLength(text);
    text += ",";
  }
  const data = tidyCells(Buffer.from(text), starts, ends, cells.length / kinds.length, kinds);
  return cells.map((_, index) => (starts[index]! < 0 ? null : data.toString("utf8", starts[index], ends[index])));
}
