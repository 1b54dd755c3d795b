/** Numbers as people in several countries write them: what Intl prints of an exact decimal is read back, to the last digit. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normalizeDecimal, parseDecimal, shiftDecimal } from "../../../core/mapping/numbers.ts";

const POINT = ["en-US", "en-IN", "ja-JP", "de-CH", "es-MX"];
const COMMA = ["de-DE", "fr-FR", "es-ES", "pt-BR", "it-IT", "nl-NL", "sv-SE", "de-AT", "pl-PL"];
const MARKS = [...POINT.map((locale) => [locale, "."] as const), ...COMMA.map((locale) => [locale, ","] as const)];

/** Exact decimals as text, with at most six digits after the point. */
const decimals = fc
  .tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 10n ** 24n }), fc.nat(6))
  .map(([negative, digits, scale]) => {
    const text = digits.toString().padStart(scale + 1, "0");
    const cut = text.length - scale;
    const size = text.slice(0, cut) + (scale === 0 ? "" : `.${text.slice(cut)}`);
    return negative && digits > 0n ? `-${size}` : size;
  });

describe.each(MARKS)("numbers of %s", (locale, decimal) => {
  const print = (text: string, options: Intl.NumberFormatOptions): string =>
    // texts are formatted exactly, whatever TypeScript's library says of numbers
    new Intl.NumberFormat(locale, { maximumFractionDigits: 6, ...options }).format(text as unknown as number);
  it("plain, with groups, with currencies", () => {
    fc.assert(
      fc.property(decimals, (text) => {
        const expected = normalizeDecimal(text);
        const currencies = ["USD", "EUR", "SEK", "CHF"].map((currency) => ({ style: "currency", currency }) as const);
        for (const options of [{}, { useGrouping: false }, ...currencies]) {
          const shown = print(text, options);
          const read = parseDecimal(shown, decimal);
          expect([shown, typeof read === "string" ? normalizeDecimal(read) : read]).toEqual([shown, expected]);
        }
      }),
      { numRuns: 60 },
    );
  });
  it("percentages", () => {
    fc.assert(
      fc.property(decimals, (text) => {
        const shown = print(text, { style: "percent" });
        const read = parseDecimal(shown, decimal, true);
        expect([shown, typeof read === "string" ? normalizeDecimal(read) : read]).toEqual([
          shown,
          normalizeDecimal(shiftDecimal(text, 2)),
        ]);
      }),
      { numRuns: 60 },
    );
  });
});

it("shortened amounts are exact: the unit moves the point and nothing else", () => {
  const units = [
    ["K", 3],
    ["k", 3],
    ["M", 6],
    ["MM", 6],
    [" Mio.", 6],
    [" mn", 6],
    ["B", 9],
    [" bn", 9],
    [" Mrd.", 9],
  ] as const;
  fc.assert(
    fc.property(decimals, (text) => {
      for (const [unit, places] of units) {
        for (const shown of [`${text}${unit}`, `$${text}${unit}`, `${text}${unit} €`]) {
          if (shown.startsWith("$-")) continue;
          const read = parseDecimal(shown, ".");
          expect([shown, typeof read === "string" ? normalizeDecimal(read) : read]).toEqual([
            shown,
            normalizeDecimal(shiftDecimal(text, places)),
          ]);
        }
      }
    }),
    { numRuns: 60 },
  );
});

it("shiftDecimal is a multiplication by a power of ten", () => {
  fc.assert(
    fc.property(decimals, fc.nat(9), (text, places) => {
      const scaled = (value: string, scale: number): bigint => {
        const [whole, fraction = ""] = value.split(".");
        return BigInt(whole! + fraction.padEnd(scale, "0"));
      };
      expect(scaled(shiftDecimal(text, places), 12)).toBe(scaled(text, 12) * 10n ** BigInt(places));
    }),
  );
});

it("currencies whose names look like units stay currencies", () => {
  for (const [shown, expected] of [
    ["5 KES", "5"],
    ["5 MXN", "5"],
    ["MXN 5", "5"],
    ["KM 5", null],
    ["5 BRL", "5"],
    ["5 BAM", "5"],
    ["B$ 5", "5"],
    ["5 B$", "5"],
    ["5B$", "5000000000"],
    ["5 M€", "5000000"],
    ["5 k€", "5000"],
    ["M$ 5", null],
    ["5 Kč", "5"],
    ["5 kr", "5"],
    ["5 kr.", "5"],
    ["5k kr", "5000"],
    ["5 K", null],
    ["5mm", null],
  ] as const) {
    const read = parseDecimal(shown, ".");
    expect([shown, typeof read === "string" ? read : null]).toEqual([shown, expected]);
  }
});
