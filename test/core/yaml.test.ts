import { describe, expect, it } from "vitest";
import { ConfigError, placeText } from "../../core/errors.ts";
import { nearest } from "../../core/nearest.ts";
import { parseYaml, scalarText, YAML_MAX_BYTES } from "../../core/yaml.ts";
import {
  createProblems,
  readBoolean,
  readKnown,
  readNumber,
  readOneOf,
  readText,
  readTextMap,
  readTextOrTexts,
  readTexts,
} from "../../core/yaml-read.ts";

function failure(text: string): ConfigError {
  try {
    parseYaml("m.yaml", text);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("expected a ConfigError");
}

const told = (error: { problems: readonly { code: string; message: string; place: object }[] }) =>
  error.problems.map((problem) => `${placeText(problem.place)} ${problem.code} ${problem.message}`);

describe("parseYaml", () => {
  it("keeps the place of keys, values and items", () => {
    const { root } = parseYaml("m.yaml", "a: 1\nb:\n  - x\n  - {c: 2}\n");
    const [a, b] = root.entries();
    expect(a).toMatchObject({ key: "a", place: { file: "m.yaml", line: 1, column: 1 } });
    expect(a!.node.place).toEqual({ file: "m.yaml", line: 1, column: 4 });
    expect(b!.node.items().map((item) => item.place.line)).toEqual([3, 4]);
    expect(b!.node.items()[1]!.get("c")!.place).toEqual({ file: "m.yaml", line: 4, column: 9 });
    expect(root.value).toEqual({ a: 1, b: ["x", { c: 2 }] });
  });

  it("gives scalars as written", () => {
    const source = "01: 007\n1: 1.0\nnull: ~\nyes: no\n1e3: 0x1F\n'q: 1': \"a\\tb\"\nempty:\nfalse: True\n";
    const entries = parseYaml("m.yaml", source).root.entries();
    expect(entries.map((entry) => [entry.key, scalarText(entry.node)])).toEqual([
      ["01", "007"],
      ["1", "1.0"],
      ["null", "~"],
      ["yes", "no"],
      ["1e3", "0x1F"],
      ["q: 1", "a\tb"],
      ["empty", ""],
      ["false", "True"],
    ]);
    expect(entries[6]!.node).toMatchObject({ value: null, quoted: false });
  });

  it("accepts an empty file and a byte order mark", () => {
    expect(parseYaml("m.yaml", "").root).toMatchObject({ kind: "scalar", value: null });
    const { root } = parseYaml("m.yaml", "\uFEFFa: 1");
    expect(root.entries()[0]).toMatchObject({ key: "a", place: { line: 1, column: 1 } });
  });

  it("reports duplicate keys with the place of both", () => {
    expect(told(failure("a: 1\nb: {x: 1, x: 2}\na: 2\n"))).toEqual([
      'm.yaml:2:11 YAML_SYNTAX duplicate key "x" (first on line 2); keep one of them',
      'm.yaml:3:1 YAML_SYNTAX duplicate key "a" (first on line 1); keep one of them',
    ]);
  });

  it("reports syntax errors with line and column", () => {
    const error = failure("a: [1, 2\nb: {\n");
    expect(error.code).toBe("YAML_SYNTAX");
    expect(error.place).toMatchObject({ file: "m.yaml", line: 2 });
    expect(error.exitCode).toBe(2);
  });

  it.each(["a: !secret x", "a: !!binary aGk=", "? [1]\n: x", "a: *nope", "a: &x [*x]", "a: 1\n---\nb: 2"])(
    "refuses %j",
    (text) => {
      expect(failure(text).code).toBe("YAML_SYNTAX");
    },
  );

  it("follows aliases but not a bomb", () => {
    expect(parseYaml("m.yaml", "a: &x [1]\nb: *x").root.value).toEqual({ a: [1], b: [1] });
    const levels = Array.from(
      { length: 12 },
      (_, n) => `l${n + 1}: &l${n + 1} [${Array(9).fill(`*l${n}`).join(", ")}]`,
    );
    expect(failure(`l0: &l0 x\n${levels.join("\n")}\n`).code).toBe("YAML_TOO_LARGE");
  });

  it("refuses files that are too large or too deep", () => {
    expect(failure(`a: ${"x".repeat(YAML_MAX_BYTES)}`).code).toBe("YAML_TOO_LARGE");
    expect(failure(`a: ${"[".repeat(100)}${"]".repeat(100)}`).code).toBe("YAML_TOO_LARGE");
    expect(["YAML_TOO_LARGE", "YAML_SYNTAX"]).toContain(failure(`a: ${"[".repeat(20_000)}`).code);
  });

  it("keeps __proto__ an ordinary key", () => {
    const { root } = parseYaml("m.yaml", "__proto__: {x: 1}");
    expect(Object.keys(root.value as object)).toEqual(["__proto__"]);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });
});

describe("reading", () => {
  const root = parseYaml(
    "m.yaml",
    "name: 01\nlist: [1.0, yes]\nflag: true\ncount: 7\nmode: upser\nmap: {01: null, GTXPro: GTX Pro}\nnothing:\nnmae: x\n",
  ).root;

  it("reads texts as written", () => {
    const problems = createProblems();
    expect(readText(root.get("name"), problems, "name")).toBe("01");
    expect(readTexts(root.get("list"), problems, "list")).toEqual(["1.0", "yes"]);
    expect(readTextOrTexts(root.get("name"), problems, "name")).toEqual(["01"]);
    expect(readBoolean(root.get("flag"), problems, "flag")).toBe(true);
    expect(readNumber(root.get("count"), problems, "count", { min: 1, max: 9, integer: true })).toBe(7);
    expect([...readTextMap(root.get("map"), problems, "map")!]).toEqual([
      ["01", "null"],
      ["GTXPro", "GTX Pro"],
    ]);
    expect(readText(root.get("absent"), problems, "absent")).toBeNull();
    expect(problems.all).toEqual([]);
    problems.throwIfAny();
  });

  it("collects every problem with place, expectation and nearest name", () => {
    const problems = createProblems();
    readKnown(root, problems, "model", ["name", "list", "flag", "count", "mode", "map", "nothing"]);
    readTexts(root.get("count"), problems, "count");
    readText(root.get("list"), problems, "list");
    readText(root.get("nothing"), problems, "nothing");
    readBoolean(root.get("name"), problems, "name");
    readNumber(root.get("count"), problems, "count", { min: 10 });
    readOneOf(root.get("mode"), problems, "mode", ["upsert", "insert"]);
    expect(told({ problems: problems.all })).toEqual([
      'm.yaml:8:1 YAML_UNKNOWN_KEY model: unknown key "nmae"; known keys: name, list, flag, count, mode, map, nothing',
      "m.yaml:4:8 YAML_WRONG_TYPE count: expected a list of texts, got a number",
      "m.yaml:2:7 YAML_WRONG_TYPE list: expected a text, got a list",
      "m.yaml:7:9 YAML_WRONG_TYPE nothing: expected a text, got nothing",
      "m.yaml:1:7 YAML_WRONG_TYPE name: expected true or false, got a number",
      "m.yaml:4:8 YAML_WRONG_VALUE count: expected a number from 10, got 7",
      'm.yaml:5:7 YAML_WRONG_VALUE mode: expected upsert, insert, got "upser"',
    ]);
    expect(problems.all[0]!.hint).toBe('did you mean "name"?');
    expect(problems.all[6]!.hint).toBe('did you mean "upsert"?');
    expect(() => problems.throwIfAny()).toThrow(/\(and 6 more\)$/);
  });
});

describe("nearest", () => {
  it("finds the likely name and nothing far away", () => {
    expect(nearest("acount_id", ["owner_id", "account_id"])).toBe("account_id");
    expect(nearest("AccountID", ["owner_id", "account_id"])).toBe("account_id");
    expect(nearest("zip", ["owner_id", "account_id"])).toBeNull();
    expect(nearest("", ["a"])).toBeNull();
  });
});
