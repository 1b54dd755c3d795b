import { expect, test } from "vitest";
import type { OptionSpec } from "../../core/options.ts";
import { readOptions } from "../../core/read-options.ts";
import { parseYaml } from "../../core/yaml.ts";
import { createProblems } from "../../core/yaml-read.ts";

const auth = (required: boolean): readonly OptionSpec[] => [
  {
    name: "auth",
    type: "object",
    required,
    description: "Credentials.",
    members: [
      { name: "user", type: "string", required: true, description: "User." },
      { name: "scheme", type: "string", default: "basic", description: "Scheme." },
    ],
  },
];

function read(yaml: string, specs: readonly OptionSpec[]) {
  const problems = createProblems();
  const values = readOptions(parseYaml("m.yaml", yaml).root, specs, problems, "source", {});
  return { values, told: problems.all.map(({ code, message }) => `${code} ${message}`) };
}

test("an optional group that is not given lacks nothing, and has its defaults", () => {
  expect(read("{}", auth(false))).toEqual({ values: { auth: { scheme: "basic" } }, told: [] });
});

test("one that is given needs what it requires", () => {
  expect(read("{ auth: { scheme: digest } }", auth(false)).told).toEqual([
    "OPTION_REQUIRED source.auth.user is missing: User.",
  ]);
});

test("a required group is missing as a whole", () => {
  expect(read("{}", auth(true)).told).toEqual(["OPTION_REQUIRED source.auth is missing: Credentials."]);
});
