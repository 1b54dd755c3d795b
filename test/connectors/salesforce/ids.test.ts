import { describe, expect, it } from "vitest";
import { boundaries, isId, toLongId } from "../../../connectors/salesforce/ids.ts";

describe("ids", () => {
  it.each([
    ["005R0000000UyrW", "005R0000000UyrWIAS"],
    ["005R0000000Giwj", "005R0000000GiwjIAC"],
    ["750R0000000zlh9", "750R0000000zlh9IAA"],
    ["000000000000000", "000000000000000AAA"],
    ["AAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAA555"],
  ])("makes %s %s", (short, long) => {
    expect(toLongId(short)).toBe(long);
    expect(toLongId(long)).toBe(long);
    expect(isId(short)).toBe(true);
    expect(isId(long)).toBe(true);
  });

  it("does not take other text for an id", () => {
    expect(isId("005R0000000UyrWIAT")).toBe(false);
    expect(isId("no such key")).toBe(false);
    expect(isId("005R0000000Uyr")).toBe(false);
    expect(toLongId("Acme Corporation")).toBe("Acme Corporation");
  });

  it("cuts a range into parts of equal width, in the order of ids", () => {
    const first = "001000000000000AAA";
    const last = "001000000000zzzAAA";
    const cuts = boundaries(first, last, 4);
    expect(cuts.map((id) => id.slice(0, 15))).toEqual(["001000000000FV0", "001000000000V00", "001000000000kV0"]);
    const all = [first, ...cuts, last];
    for (let at = 1; at < all.length; at++) expect(all[at]! > all[at - 1]!).toBe(true);
    expect(cuts.every(isId)).toBe(true);
  });

  it("makes no more parts than there are ids", () => {
    expect(boundaries("001000000000001AAA", "001000000000001AAA", 5)).toEqual([]);
    expect(boundaries("001000000000001AAA", "001000000000002AAA", 5)).toEqual(["001000000000002AAA"]);
  });
});
