import { describe, expect, it } from "vitest";
import { ownerDirectory, resolveOwner, type TargetUser } from "../../../core/mapping/owners.ts";
import { parseOwners } from "../../../core/mapping/parse-owners.ts";
import { createProblems } from "../../../core/yaml-read.ts";
import { told } from "./kit.ts";

const person = (
  id: string,
  email: string | null,
  name: string | null,
  extra: Partial<TargetUser> = {},
): TargetUser => ({
  id,
  email,
  name,
  externalId: null,
  active: true,
  ...extra,
});

const directory = ownerDirectory([
  person("1", "ann@acme.com", "Ann Lee", { externalId: "005A" }),
  person("2", "bob@acme.com", "Bob Ray", { active: false }),
  person("3", "new.rep@acme.com", "New Rep"),
  person("4", "twin1@acme.com", "Twin"),
  person("5", "twin2@acme.com", "Twin"),
]);

function resolve(yaml: string, text: string) {
  const problems = createProblems();
  const owners = parseOwners("owners.yaml", yaml, problems);
  expect(told(problems.all)).toEqual([]);
  const result = resolveOwner(owners, directory, text);
  if (result.kind === "user") return `${result.user.id} ${result.how}`;
  if (result.kind === "problem") return `${result.policy} ${result.code}: ${result.reason}`;
  return result.kind === "invite" ? `invite ${result.text}` : result.kind;
}

describe("resolveOwner", () => {
  it.each([
    ["", "ANN@acme.com ", "1 email"],
    ["", "005A", "1 external_id"],
    ["match: name", "ann lee", "1 name"],
    ["match: external_id", "ann@acme.com", "stop OWNER_UNMATCHED: no target user has the external id ann@acme.com"],
    ["", "Ann Lee", "stop OWNER_UNMATCHED: no target user has the e-mail Ann Lee"],
    ["map: { Old.Rep@acme.com: new.rep@acme.com }", "old.rep@ACME.com", "3 map"],
    ['map: { "queue:Support": New Rep }', "queue:support", "3 map"],
    ["map: { ann@acme.com: new.rep@acme.com }", "005A", "3 map"],
    ["map: { Ann Lee: new.rep@acme.com }", "ann@acme.com", "3 map"],
    ["map: { ann@acme.com: ann@acme.com }", "005A", "1 external_id"],
    [
      "map: { x: nobody@acme.com }",
      "x",
      "stop OWNER_TARGET_UNKNOWN: owners.yaml gives nobody@acme.com for owner x, but no target user has this e-mail, name or external id",
    ],
    [
      "match: name",
      "twin",
      "stop OWNER_AMBIGUOUS: several users match owner twin: twin1@acme.com, twin2@acme.com; map it in owners.yaml",
    ],
    ["unmatched: reject", "x@y.z", "reject OWNER_UNMATCHED: no target user has the e-mail x@y.z"],
    ["unmatched: null", "x@y.z", "null"],
    ["unmatched: invite", "x@y.z", "invite x@y.z"],
    ["unmatched: new.rep@acme.com", "x@y.z", "3 fallback"],
    ["", "bob@acme.com", "2 email"],
    ["inactive: keep", "bob@acme.com", "2 email"],
    ["inactive: new.rep@acme.com", "bob@acme.com", "3 inactive"],
  ])("%s, owner %s: %s", (yaml, text, expected) => {
    expect(resolve(yaml, text)).toBe(expected);
  });
});

describe("parseOwners", () => {
  it("tells every problem with its place", () => {
    const problems = createProblems();
    parseOwners("owners.yaml", "match: mail\nunmatched: invit\ninactive: drop\nmapp: {}\n", problems);
    expect(told(problems.all)).toEqual([
      'owners.yaml:4:1 YAML_UNKNOWN_KEY owners: unknown key "mapp"; known keys: match, map, unmatched, inactive | did you mean "map"?',
      'owners.yaml:1:8 YAML_WRONG_VALUE match: expected email, name, external_id, got "mail" | did you mean "email"?',
      'owners.yaml:2:12 YAML_WRONG_VALUE unmatched: expected stop, reject, null, invite or an e-mail, got "invit" | did you mean "invite"?',
      'owners.yaml:3:11 YAML_WRONG_VALUE inactive: expected keep or an e-mail, got "drop"',
    ]);
  });
});
