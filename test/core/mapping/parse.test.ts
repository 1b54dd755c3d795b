import { describe, expect, it } from "vitest";
import { ConfigError } from "../../../core/errors.ts";
import { parseMappingFile } from "../../../core/mapping/parse.ts";
import { parseTemplate } from "../../../core/mapping/parse-template.ts";
import { createProblems } from "../../../core/yaml-read.ts";
import { told } from "./kit.ts";

function parse(text: string) {
  const problems = createProblems();
  const mappings = parseMappingFile("m.yaml", text, problems);
  return { mappings, problems: told(problems.all) };
}

const HEAD = "object: account\nsource: A\nkey: Id\n";
const fieldProblems = (field: string) => parse(`${HEAD}fields:\n  ${field}\n`).problems;

describe("parseMappingFile", () => {
  it("overwrite and blank of the mapping are those of all fields that do not say their own", () => {
    const { mappings, problems } = parse(
      `${HEAD}overwrite: if-empty\nblank: ignore\nfields:\n  name: Name\n  phone: { from: P, overwrite: always }\n  fax: { from: F, blank: clear }\n`,
    );
    expect(problems).toEqual([]);
    expect(mappings[0]!.fields.map(({ target, overwrite, blank }) => [target, overwrite, blank])).toEqual([
      ["name", "if-empty", "ignore"],
      ["phone", "always", "ignore"],
      ["fax", "if-empty", "clear"],
    ]);
    expect(parse(`${HEAD}overwrite: sometimes\nfields: { name: Name }\n`).problems).toEqual([
      'm.yaml:4:12 YAML_WRONG_VALUE account: overwrite: expected always, if-empty, never, got "sometimes"',
    ]);
  });

  it("reads every key", () => {
    const { mappings, problems } = parse(`
object: opportunity
source: [Opportunity, Deal]
key: [Id, Line]
mode: update
match: [external_id, email]
duplicates: last
keyspace: deals
filter: "IsDeleted = false"
fields:
  name: Name
  email: [Email, SecondaryEmail]
  amount: { from: Amount, type: currency, currency: EUR, default: 0, onError: null }
  stage: { from: Stage, picklist: stages, blank: clear, overwrite: if-empty }
  priority: { from: P, picklist: { values: { 1: high }, unmapped: null } }
  account_id: { from: A, lookup: account, by: name, missing: null }
  related_id: { from: W, lookup: [account, case], typeInto: related_type, missing: defer }
  owner_id: { from: O, owner: true }
  full: { template: "{First} {Last}" }
  code: { value: 007 }
  count: { value: 7 }
  none: { value: null }
  custom.tier: { from: T, type: text, transform: [trim, { truncate: 80 }, { replace: { find: a, with: "" } }] }
  phone: { from: Ph, country: US, required: true, values: { none: "", 01: one } }
associations:
  - { to: contact, from: C, by: email, label: Role, primary: true, missing: null, separator: ";" }
  - { to: contact, from: C, label: { value: Fixed } }
picklists:
  stages: { values: { Won: closed_won }, unmapped: prospecting }
cases:
  - { name: a, input: { Name: x, Amount: null, Code: 01 }, expect: { name: x, amount: null } }
  - { input: { Name: x }, reject: VALUE_MISSING }
  - { input: { Name: x }, filtered: true }
`);
    expect(problems).toEqual([]);
    const [mapping] = mappings;
    expect(mapping).toMatchObject({
      object: "opportunity",
      sources: ["Opportunity", "Deal"],
      key: ["Id", "Line"],
      mode: "update",
      match: ["external_id", "email"],
      duplicates: "last",
      keyspace: "deals",
    });
    expect(mapping!.filter!.columns).toEqual(["IsDeleted"]);
    const field = (name: string) => mapping!.fields.find((candidate) => candidate.target === name)!;
    expect(field("name").input).toEqual({ kind: "from", columns: ["Name"] });
    expect(field("email").input).toEqual({ kind: "from", columns: ["Email", "SecondaryEmail"] });
    expect(field("amount")).toMatchObject({ type: "currency", currency: "EUR", default: "0", onError: "null" });
    expect(field("stage")).toMatchObject({ picklist: "stages", blank: "clear", overwrite: "if-empty" });
    expect(field("priority").picklist).toMatchObject({
      picklist: { values: new Map([["1", "high"]]), unmapped: "null" },
    });
    expect(field("account_id")).toMatchObject({ lookup: ["account"], by: "name", missing: "null" });
    expect(field("related_id")).toMatchObject({
      lookup: ["account", "case"],
      typeInto: "related_type",
      missing: "defer",
    });
    expect(field("owner_id").owner).toBe(true);
    expect(field("full").input).toEqual({
      kind: "template",
      parts: [{ column: "First" }, { text: " " }, { column: "Last" }],
    });
    expect(field("code").input).toEqual({ kind: "value", value: "007" });
    expect(field("count").input).toEqual({ kind: "value", value: 7 });
    expect(field("none").input).toEqual({ kind: "value", value: null });
    expect(field("tier").custom).toBe(true);
    expect(field("tier").transform.map(({ name, args }) => [name, args])).toEqual([
      ["trim", []],
      ["truncate", [80]],
      [
        "replace",
        new Map([
          ["find", "a"],
          ["with", ""],
        ]),
      ],
    ]);
    expect(field("phone")).toMatchObject({
      country: "US",
      required: true,
      values: new Map([
        ["none", ""],
        ["01", "one"],
      ]),
    });
    expect(field("phone").at("country")).toEqual({ file: "m.yaml", line: 24, column: 31 });
    expect(mapping!.associations).toMatchObject([
      {
        to: "contact",
        from: "C",
        by: "email",
        label: { column: "Role" },
        primary: true,
        missing: "null",
        separator: ";",
      },
      { to: "contact", from: "C", by: null, label: { text: "Fixed" }, primary: null, missing: null, separator: null },
    ]);
    expect(mapping!.picklists.get("stages")!.picklist).toEqual({
      name: "stages",
      values: new Map([["Won", "closed_won"]]),
      unmapped: { value: "prospecting" },
    });
    expect(mapping!.cases.map(({ name, input, expect: expected }) => [name, input, expected])).toEqual([
      ["a", { Name: "x", Amount: null, Code: "01" }, { name: "x", amount: null }],
      ["case 2", { Name: "x" }, { reject: "VALUE_MISSING" }],
      ["case 3", { Name: "x" }, { filtered: true }],
    ]);
  });

  it("takes a list of mappings that share picklists", () => {
    const { mappings, problems } = parse(
      `picklists: { p: { values: { a: b } } }\nmappings:\n  - { object: account, source: A, fields: { name: N } }\n  - { object: contact, source: C, fields: { name: N } }\n`,
    );
    expect(problems).toEqual([]);
    expect(mappings.map(({ object, picklists }) => [object, picklists.has("p")])).toEqual([
      ["account", true],
      ["contact", true],
    ]);
  });

  it("tells every problem of a file with its place", () => {
    const { problems } = parse(`object: account
sorce: A
mode: upset
key: { a: b }
filter: "Stage = Won"
fields:
  name:
  email: {}
  phone: { from: P, value: x }
  site: { form: W }
  full: { template: "{First" }
  fax: { from: F, type: txt, missing: nul, onError: 1 }
associations:
  - { to: contact }
cases:
  - { input: { a: b } }
`);
    expect(problems).toEqual([
      'm.yaml:2:1 YAML_UNKNOWN_KEY mapping: unknown key "sorce"; known keys: object, source, key, mode, match, duplicates, keyspace, filter, aliases, mergedInto, deleted, overwrite, conflicts, blank, fields, associations, picklists, cases | did you mean "source"?',
      "m.yaml:1:1 MAPPING_MISSING_KEY mapping: source is missing | Add source.",
      "m.yaml:7:8 YAML_WRONG_TYPE account.name: expected a text or a list of texts, got nothing",
      "m.yaml:8:10 MAPPING_NO_INPUT account.email: expected one of from, value, template, got none of them | Say where the value comes from, for example from: Name.",
      "m.yaml:9:10 MAPPING_NO_INPUT account.phone: expected one of from, value, template, got from and value | Keep one of them.",
      'm.yaml:10:11 YAML_UNKNOWN_KEY account.site: unknown key "form"; known keys: from, skip, value, template, values, transform, type, format, country, currency, default, required, blank, overwrite, conflicts, onError, lookup, typeFrom, by, missing, typeInto, picklist, owner, create | did you mean "from"?',
      "m.yaml:10:9 MAPPING_NO_INPUT account.site: expected one of from, value, template, got none of them | Say where the value comes from, for example from: Name.",
      "m.yaml:11:21 MAPPING_TEMPLATE_INVALID account.full: template: { without } at character 1; write {{ for a brace",
      'm.yaml:12:25 YAML_WRONG_VALUE account.fax: type: expected text, integer, decimal, currency, percent, boolean, date, datetime, duration, picklist, multipicklist, email, phone, url, reference, owner, json, file, got "txt" | did you mean "text"?',
      'm.yaml:12:53 YAML_WRONG_VALUE account.fax: onError: expected reject, null, stop, got "1"',
      'm.yaml:12:39 YAML_WRONG_VALUE account.fax: missing: expected reject, null, defer, got "nul" | did you mean "null"?',
      'm.yaml:4:8 YAML_UNKNOWN_KEY account: key: unknown key "a"; known keys: from, transform, content',
      "m.yaml:4:6 MAPPING_MISSING_KEY account: key: expected from (a source field, or several), or content: true",
      'm.yaml:3:7 YAML_WRONG_VALUE account: mode: expected upsert, insert, update, got "upset" | did you mean "upsert"?',
      "m.yaml:5:18 MAPPING_FILTER_INVALID account: filter: expected a value ('text', a number, a date, true, false or null), got Won at column 9 | Write comparisons such as: Stage = 'Won' AND Amount > 0 (text in single quotes).",
      "m.yaml:14:5 MAPPING_MISSING_KEY account: associations: from is missing | Add from.",
      "m.yaml:16:5 MAPPING_CASE_INVALID account: cases: expected input and one of expect, reject, filtered, merged",
    ]);
  });

  it("names empty files, empty lists and wrong kinds", () => {
    expect(parse("").problems).toEqual([
      "m.yaml MAPPING_EMPTY the mapping file is empty | Write object, source, key and fields.",
    ]);
    expect(parse("[]").problems).toEqual([
      "m.yaml:1:1 YAML_WRONG_TYPE mapping: expected a map with object, source, key and fields, got a list",
    ]);
    expect(fieldProblems("name: []")).toEqual([
      "m.yaml:5:9 MAPPING_NO_INPUT account.name: expected at least one source field, got an empty list",
    ]);
    expect(fieldProblems("custom.: X")).toEqual([
      "m.yaml:5:3 MAPPING_FIELD_NAME account.custom.: expected a name after custom.",
    ]);
    expect(fieldProblems("name: { from: N, transform: [[trim]] }")).toEqual([
      "m.yaml:5:32 YAML_WRONG_TYPE account.name: transform: expected a name, or a map with one name and its arguments, got a list",
    ]);
  });

  it("a field mapped twice is a syntax error", () => {
    expect(() => parse(`${HEAD}fields:\n  name: A\n  name: B\n`)).toThrow(ConfigError);
  });
});

describe("parseTemplate", () => {
  it.each([
    ["{A}", [{ column: "A" }]],
    ["x {{ {First Name} }}", [{ text: "x { " }, { column: "First Name" }, { text: " }" }]],
    ["plain", [{ text: "plain" }]],
    ["", []],
  ])("%s", (template, parts) => {
    expect(parseTemplate(template)).toEqual({ parts });
  });
  it.each([
    ["a}", "} without { at character 2; write }} for a brace"],
    ["{}", "{} without a field name at character 1"],
    ["a{b", "{ without } at character 2; write {{ for a brace"],
  ])("%s is wrong", (template, error) => {
    expect(parseTemplate(template)).toEqual({ error });
  });
});
