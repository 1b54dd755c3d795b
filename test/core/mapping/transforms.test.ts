import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkTransformArgs, compileTransform, transforms } from "../../../core/mapping/transforms.ts";
import { splitName } from "../../../core/mapping/transforms-ids.ts";
import { transformsMarkdown } from "../../../core/mapping/transforms-markdown.ts";

const examples = [...transforms.values()].flatMap((spec) =>
  spec.examples.map(([input, args, output]) => ({ name: spec.name, input, args, output })),
);

describe("the table", () => {
  it("is closed and documented", async () => {
    expect([...transforms.keys()]).toEqual([
      "trim",
      "lower",
      "upper",
      "title",
      "collapse",
      "line_breaks",
      "digits",
      "left",
      "right",
      "pad_start",
      "replace",
      "prefix",
      "suffix",
      "strip_prefix",
      "strip_suffix",
      "split",
      "null_if",
      "nfc",
      "fix_mojibake",
      "slug",
      "strip_html",
      "domain",
      "email_local",
      "email_list",
      "domain_list",
      "first_name",
      "last_name",
      "sf_id18",
      "json_get",
      "number_scale",
      "round",
      "term_months",
      "date_only",
    ]);
    for (const spec of transforms.values()) expect(spec.examples.length, spec.name).toBeGreaterThan(0);
    await expect(transformsMarkdown()).toMatchFileSnapshot("../../../docs/transforms.md");
  });

  it.each(examples)("$name $input $args gives $output", ({ name, input, args, output }) => {
    const result = compileTransform({ name, args })(input);
    if (typeof output === "object" && output !== null)
      expect(result).toEqual({ ...output, reason: expect.stringMatching(/^expected /) });
    // "" and null both mean blank
    else expect(result === "" ? null : result).toBe(output);
  });

  it("never throws, whatever text comes", () => {
    const compiled = [...transforms.values()].map((spec) =>
      compileTransform({ name: spec.name, args: spec.examples[0]![1] }),
    );
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => {
        for (const apply of compiled) apply(text);
      }),
      { numRuns: 60 },
    );
  });

  it("takes long texts in linear time", () => {
    const long = [
      "<".repeat(200_000),
      "<p ".repeat(70_000),
      "<style>".repeat(30_000),
      " ".repeat(200_000),
      "&#".repeat(90_000),
      "-".repeat(200_000),
      "van ".repeat(50_000),
      "[".repeat(200_000),
      "1,".repeat(90_000),
    ];
    const began = performance.now();
    for (const spec of transforms.values()) {
      const apply = compileTransform({ name: spec.name, args: spec.examples[0]![1] });
      for (const text of long) apply(`x${text}x`);
    }
    expect(performance.now() - began).toBeLessThan(5000);
  });
});

describe("arguments", () => {
  it.each([
    ["left", [], "expected left(n), got 0 arguments"],
    ["left", [-1], "expected left(n): n must be a whole number from 0 to 1000000, got -1"],
    ["left", ["3"], 'expected left(n): n must be a whole number from 0 to 1000000, got "3"'],
    ["trim", [1], "expected trim(), got 1 arguments"],
    ["replace", ["", "x"], 'expected replace(search, by): search must be a text that is not empty, got ""'],
    ["null_if", [], "expected null_if(text...), got 0 arguments"],
    ["number_scale", ["1e3"], 'expected number_scale(factor): factor must be a plain number, got "1e3"'],
    ["shout", [], 'there is no transform "shout"'],
    ["left", [3], null],
    ["line_breaks", [], null],
    ["null_if", ["a", "b", "c"], null],
    ["number_scale", [0.5], null],
    ["split", ["/", -1], null],
  ])("%s %j", (name, args, problem) => {
    expect(checkTransformArgs({ name, args })).toBe(problem);
    if (problem !== null) expect(() => compileTransform({ name, args })).toThrow(RangeError);
  });
});

it("splits names of several shapes", () => {
  expect(["Martin Luther King Jr.", "Sammy Davis, Jr.", "de la Cruz", "  ", "J. R. R. Tolkien"].map(splitName)).toEqual(
    [
      { first: "Martin Luther", last: "King Jr." },
      { first: "Sammy", last: "Davis, Jr." },
      { first: "de", last: "la Cruz" },
      { first: null, last: null },
      { first: "J. R. R.", last: "Tolkien" },
    ],
  );
});

it("sf_id18 verifies every id it makes", () => {
  const sf = compileTransform({ name: "sf_id18", args: [] });
  const ids = fc.string({ unit: fc.constantFrom(..."ABCxyz019"), minLength: 15, maxLength: 15 });
  fc.assert(
    fc.property(ids, (id) => {
      const long = sf(id) as string;
      expect(long).toHaveLength(18);
      expect(sf(long)).toBe(long);
      const swapped = long
        .slice(0, 15)
        .replace(/[a-z]/i, (c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase()));
      if (swapped !== long.slice(0, 15))
        expect(sf(swapped + long.slice(15))).toMatchObject({ code: "VALUE_NOT_A_SALESFORCE_ID" });
    }),
  );
});
