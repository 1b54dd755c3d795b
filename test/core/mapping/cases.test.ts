import { expect, it } from "vitest";
import { runCases } from "../../../core/mapping/cases.ts";
import { compileMapping } from "../../../core/mapping/compile.ts";
import type { CompileOptions } from "../../../core/mapping/compiled.ts";
import { check, told } from "./kit.ts";

const options: CompileOptions = {
  timezone: "UTC",
  dates: "auto",
  decimal: ".",
  nulls: [""],
  blankMeansNothing: true,
  owners: { resolve: (text) => (text === "ann@acme.com" ? "1" : { code: "OWNER_UNMATCHED", reason: "nobody" }) },
  ownerIdType: "bigint",
};

function run(cases: string) {
  const { set, problems } = check([
    `object: account
source: accounts.csv
key: Id
filter: Active != false
fields:
  name: Name
  since: { from: Since, type: date, format: dd.MM.yyyy }
  annual_revenue: { from: Revenue, currency: EUR }
  parent_id: Parent
  tier: { from: Type, transform: upper }
cases:
${cases.trim().replace(/^/gm, "  ")}
`,
  ]);
  expect(told(problems)).toEqual([]);
  const { run: count, failures } = runCases(set, (mapping) => compileMapping(mapping, options));
  return [
    count,
    ...failures.map(
      ({ name, field, expected, got, place }) => `${place.line} ${name}: ${field}: ${expected}, got ${got}`,
    ),
  ];
}

it("holds what maps as it says", () => {
  expect(
    run(`
- name: everything
  input: { Id: A1, Name: Acme, Since: 31.01.2024, Revenue: "1,234.50", Parent: A0, Type: gold, Active: yes }
  expect: { name: Acme, since: 2024-01-31, annual_revenue: "1234.50", currency: EUR, parent_id: A0, tier: GOLD }
- name: blanks
  input: { Id: A1, Name: Acme, Active: 1 }
  expect: { name: Acme, since: null, tier: null }
- input: { Id: A1, Name: Acme, Since: soon, Active: 1 }
  reject: VALUE_NOT_A_DATE
- input: { Id: A1, Name: Acme, Active: no }
  filtered: true
`),
  ).toEqual([4]);
});

it("tells what does not, with the place", () => {
  expect(
    run(`
- name: value
  input: { Id: A1, Name: Acme, Type: gold, Active: 1 }
  expect: { name: acme, tier: null, parent_id: A0 }
- name: rejected
  input: { Id: A1, Name: Acme, Since: soon, Active: 1 }
  expect: { name: Acme }
- name: not rejected
  input: { Id: A1, Name: Acme, Active: 1 }
  reject: VALUE_NOT_A_DATE
- name: not filtered
  input: { Id: A1, Name: Acme, Active: 1 }
  filtered: true
`),
  ).toEqual([
    4,
    '12 value: name: "acme", got "Acme"',
    '12 value: tier: null, got "GOLD"',
    '12 value: parent_id: "A0", got null',
    "15 rejected: null: loaded, got reject VALUE_NOT_A_DATE",
    "18 not rejected: null: reject VALUE_NOT_A_DATE, got loaded",
    "21 not filtered: null: filtered, got loaded",
  ]);
});
