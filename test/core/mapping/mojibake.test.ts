import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fixMojibake, isMojibake } from "../../../core/mapping/mojibake.ts";

/** UTF-8 that was read as Windows-1252. */
const spoil = (text: string): string => new TextDecoder("windows-1252").decode(Buffer.from(text, "utf8"));

const ACCENTS = "äöüßéèêëàâçñóíúãõøåæœžščřěďťłżćąęőű€’“”–…";

describe("found and repaired", () => {
  it("texts of European languages, however many accents", () => {
    const texts = fc
      .array(fc.constantFrom(...ACCENTS), { minLength: 1, maxLength: 12 })
      .map((list) => `${list.join("a")}b`);
    fc.assert(
      fc.property(texts, (text) => {
        fc.pre(!isMojibake(text));
        expect([isMojibake(spoil(text)), fixMojibake(spoil(text))]).toEqual([true, text]);
      }),
    );
  });
  it("Japanese, Cyrillic and emoji", () => {
    for (const text of ["株式会社アクメ", "Привет, мир", "Thanks 🎉!", "Ελλάδα"]) {
      expect(isMojibake(spoil(text))).toBe(true);
      expect(fixMojibake(spoil(text))).toBe(text);
    }
  });
  it("spoilt twice", () => expect(fixMojibake(spoil(spoil("Müller & Söhne")))).toBe("Müller & Söhne"));
});

it("what is right stays as it is", () => {
  for (const text of [
    "Müller & Söhne GmbH",
    "SÃO PAULO",
    "L’ÉTÉ “CAFÉ” – À la carte",
    "‘le “café’”…",
    "„Ä“ wie Ärger",
    "5 £ + 3 €",
    "Ångström… Å“",
    "株式会社",
    "Ça va ? Où ça ?",
    "naïve façade",
    "plain",
    "Â",
    "Ãb",
  ]) {
    expect([text, isMojibake(text), fixMojibake(text)]).toEqual([text, false, text]);
  }
});

it("repairing again changes nothing, and time is linear", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 40 }), (text) => {
      expect(fixMojibake(fixMojibake(text))).toBe(fixMojibake(text));
    }),
  );
  const began = performance.now();
  for (const text of ["Ã".repeat(300_000), "Ã©".repeat(150_000), "â€".repeat(150_000)]) fixMojibake(text);
  expect(performance.now() - began).toBeLessThan(2000);
});
