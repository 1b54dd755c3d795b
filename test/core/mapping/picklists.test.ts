import { describe, expect, it } from "vitest";
import { resolvePicklist } from "../../../core/mapping/picklists.ts";
import type { Picklist } from "../../../core/mapping/types.ts";

const options = [
  { value: "closed_won", label: "Closed Won" },
  { value: "open", label: "In Progress" },
];
const picklist = (unmapped: Picklist["unmapped"], values: Record<string, string> = {}): Picklist => ({
  name: "stage",
  values: new Map(Object.entries(values)),
  unmapped,
});
const value = (text: string, how: string) => ({ kind: "value", value: text, how });

describe("resolvePicklist", () => {
  it("prefers values exactly, then ignoring case, then the option's value, then its label", () => {
    const list = picklist("stop", { Won: "closed_won", won: "open" });
    expect(resolvePicklist(list, options, "Won")).toEqual(value("closed_won", "mapped"));
    expect(resolvePicklist(list, options, "won")).toEqual(value("open", "mapped"));
    expect(resolvePicklist(list, options, " WON ")).toEqual(value("closed_won", "mapped"));
    expect(resolvePicklist(list, options, "OPEN")).toEqual(value("open", "same"));
    expect(resolvePicklist(list, options, "in progress")).toEqual(value("open", "label"));
  });

  it("does what unmapped says with other values", () => {
    expect(resolvePicklist(picklist("stop"), options, "new")).toEqual({ kind: "unmapped" });
    expect(resolvePicklist(picklist("reject"), options, "new")).toEqual({ kind: "unmapped" });
    expect(resolvePicklist(picklist("null"), options, "new")).toEqual({ kind: "unmapped" });
    expect(resolvePicklist(picklist("keep"), options, " New ")).toEqual(value("New", "kept"));
    expect(resolvePicklist(picklist({ value: "open" }), options, "new")).toEqual(value("open", "fallback"));
  });

  it("without a picklist takes the options; without both, everything", () => {
    expect(resolvePicklist(null, options, "closed won")).toEqual(value("closed_won", "label"));
    expect(resolvePicklist(null, options, "new")).toEqual({ kind: "unmapped" });
    expect(resolvePicklist(null, null, "new")).toEqual(value("new", "same"));
  });
});
