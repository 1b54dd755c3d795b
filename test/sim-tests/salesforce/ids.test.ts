import { readFileSync } from "node:fs";
import { expect, it, test } from "vitest";
import { needsShared, sharedDir } from "../../helpers/shared.ts";
import { idSpace, isId, to18 } from "../../sim/salesforce/ids.ts";

it.skipIf(sharedDir() === null)(needsShared("checksums of recorded ids are right"), () => {
  const text = readFileSync(
    `${sharedDir()}/fixtures/salesforce/cumulusci/query_standard_objects.interactions.json`,
    "utf8",
  );
  const ids = [...new Set([...text.matchAll(/"(001[0-9A-Za-z]{15})"/g)].map((found) => found[1]!))];
  expect(ids.length).toBeGreaterThan(5);
  expect(ids.filter((id) => to18(id.slice(0, 15)) !== id)).toEqual([]);
});

test("ids go up in binary order and come back to their index", () => {
  const space = idSpace("003", "Ag");
  const ids = Array.from({ length: 9000 }, (_, index) => space.id(index));
  expect(ids.every(isId)).toBe(true);
  expect([...ids].sort()).toEqual(ids);
  expect(ids.map((id) => space.index(id))).toEqual(ids.map((_, index) => index));
  expect(space.index(ids[77]!.slice(0, 15))).toBe(77);
  expect(space.index("001Ag0000000b05")).toBe(-1);
});

test("some ids differ by case only, and their checksums tell them apart", () => {
  const space = idSpace("003", "Ag");
  const ids = Array.from({ length: 200 }, (_, index) => space.id(index));
  const folded = new Map<string, string[]>();
  for (const id of ids)
    folded.set(id.slice(0, 15).toLowerCase(), [...(folded.get(id.slice(0, 15).toLowerCase()) ?? []), id]);
  const twins = [...folded.values()].filter((same) => same.length > 1);
  expect(twins.length).toBeGreaterThan(10);
  expect(twins.every((same) => new Set(same.map((id) => id.toLowerCase())).size === same.length)).toBe(true);
});

test("a wrong checksum is no id", () => {
  expect(isId("001Da00000xnAiyIAE")).toBe(true);
  expect(isId("001Da00000xnAiyIAA")).toBe(false);
  expect(isId("001Da00000xnAiy")).toBe(true);
  expect(isId("001Da00000xnAi")).toBe(false);
});
