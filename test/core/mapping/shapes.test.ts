import { describe, expect, it } from "vitest";
import { withCreatedFields } from "../../../core/engine/created-fields.ts";
import { foldedText, foldOf } from "../../../core/mapping/fold.ts";
import { DEFAULT_OWNERS } from "../../../core/mapping/owners.ts";
import { parseMappingFile } from "../../../core/mapping/parse.ts";
import { createProblems } from "../../../core/yaml-read.ts";
import { account, check, model, problemsOf, told } from "./kit.ts";

const one = (text: string) => check([text]).set.mappings[0]!;
const keyed = (key: string, rest = "") =>
  `object: account\nsource: accounts.csv\nkey: ${key}\n${rest}fields:\n  name: Name\n`;

describe("keys", () => {
  it("may be changed before they count, or be the whole row", () => {
    expect(one(keyed("{ from: Domain, transform: [domain, { left: 20 }] }"))).toMatchObject({
      key: ["Domain"],
      keyTransform: [
        { name: "domain", args: [] },
        { name: "left", args: [20] },
      ],
    });
    expect(one(keyed("{ content: true }"))).toMatchObject({ contentKey: true });
    expect(one(keyed("{ content: true }")).key).toEqual([
      "Active",
      "Balance",
      "Contact",
      "Currency",
      "Domain",
      "Id",
      "Name",
      "Owner",
      "Parent",
      "Phone",
      "Revenue",
      "Since",
      "Tags",
      "Type",
    ]);
  });

  it.each([
    [
      "{ transform: domain }",
      "m1.yaml:3:6 MAPPING_MISSING_KEY account: key: expected from (a source field, or several), or content: true",
    ],
    [
      "{ from: Id, content: true }",
      "m1.yaml:3:6 MAPPING_MISSING_KEY account: key: expected from (a source field, or several), or content: true",
    ],
    [
      "{ from: Id, transform: domains }",
      'm1.yaml:3:29 MAPPING_UNKNOWN_TRANSFORM account: key: no transform "domains" | did you mean "domain"?',
    ],
    ["{ from: Nr }", "m1.yaml:3:6 MAPPING_UNKNOWN_COLUMN"],
  ])("%s is told", (key, expected) => {
    expect(told(check([keyed(key)]).problems)[0]).toContain(expected);
  });

  it("that are changed hold no ids of merged records", () => {
    const problems = (key: string) => told(check([keyed(key, "aliases: Domain\n")]).problems);
    expect(problems("{ from: Id, transform: upper }")).toEqual([
      "m1.yaml:4:10 MAPPING_KEY_COMPOUND account: aliases: expected a key of one field, got one that is transformed | Take aliases off, or use a key of one field.",
    ]);
    expect(problems("{ content: true }")[0]).toContain("got the row's content");
  });
});

describe("match", () => {
  it("looks for a value in several fields, and by the target's own id", () => {
    const text = account("id: Phone\ndomain: Domain", "match: [id, { field: domain, in: [domain, custom.domains] }]\n");
    const { set, problems } = check([text]);
    expect(problems).toEqual([]);
    expect(set.mappings[0]).toMatchObject({
      match: ["id", "domain"],
      matchIn: [{ field: "domain", in: ["domain", "custom.domains"] }],
    });
    expect(set.mappings[0]!.fields[1]).toMatchObject({ target: "id", custom: false, type: "integer" });
  });

  it("tells fields that are not there", () => {
    expect(
      problemsOf(
        "domain: Domain",
        "match: [{ field: domain, in: [domains] }, { field: nme, in: name }, { in: name }]\n",
      ),
    ).toEqual([
      "m1.yaml:4:69 MAPPING_MISSING_KEY account: match: field is missing",
      'm1.yaml:4:8 MAPPING_MATCH_FIELD account: match: account has no field "nme" | did you mean "name"?',
      'm1.yaml:4:8 MAPPING_MATCH_FIELD account: match: in: account has no field "domains" | did you mean "domain"?',
    ]);
  });
});

describe("associations", () => {
  const associations = (text: string) => one(account("domain: Domain", `associations: [${text}]\n`)).associations[0];
  it("say which label is the primary one, and what the way back is called", () => {
    expect(associations("{ to: contact, from: Contact, label: Type }")).toMatchObject({
      label: { column: "Type" },
      primary: { label: "Primary" },
    });
    expect(
      associations("{ to: contact, from: Contact, label: { from: Type }, primary: Main, pairs: { Boss: Report } }"),
    ).toMatchObject({
      label: { column: "Type", separator: ";" },
      primary: { label: "Main" },
      pairs: new Map([
        ["Report", "Boss"],
        ["Boss", "Report"],
      ]),
    });
    expect(associations("{ to: contact, from: Contact }")!.primary).toBe(false);
    expect(associations("{ to: contact, from: Contact, label: { value: X }, primary: true }")!.primary).toBe(true);
  });

  it("tell what does not go together", () => {
    const problems = (text: string) => problemsOf("domain: Domain", `associations: [${text}]\n`);
    expect(problems("{ to: contact, from: Contact, primary: Main }")[0]).toContain(
      "MAPPING_CONTRADICTION account: association to contact: primary needs a label from a field",
    );
    expect(problems("{ to: contact, from: Contact, pairs: { A: B } }")[0]).toContain("pairs needs a label");
    expect(problems("{ to: contact, from: Contact, label: { value: A, from: Type } }")[0]).toContain("YAML_WRONG_TYPE");
  });
});

describe("create", () => {
  const created = (fields: string, files: readonly string[] = []) => {
    const texts = [account(fields), ...files];
    const mappings = texts.flatMap((text, index) => parseMappingFile(`m${index + 1}.yaml`, text, createProblems()));
    const raw = { mappings, picklists: new Map(), owners: DEFAULT_OWNERS };
    const extended = withCreatedFields(model, raw);
    return { extended, ...check(texts, { model: extended }) };
  };

  it("adds a typed field to the model, and leaves those that it has", () => {
    const { extended, set, problems } = created(
      "size: { from: Type, type: decimal, create: true }\ndomain: { from: Domain, create: true }\nnote: { from: Tags, create: true }",
    );
    expect(problems).toEqual([]);
    const { fields } = extended.objects.get("account")!;
    expect(fields.get("size")).toMatchObject({ type: "decimal", columnType: "numeric", column: "size", created: true });
    expect(fields.get("note")).toMatchObject({ type: "text", columnType: "text", created: true });
    expect(fields.get("domain")).toBe(model.objects.get("account")!.fields.get("domain"));
    expect(set.mappings[0]!.fields.map(({ target, custom }) => [target, custom])).toEqual([
      ["name", false],
      ["size", false],
      ["domain", false],
      ["note", false],
    ]);
  });

  it.each([
    ["custom.x: { from: Type, create: true }", "expected a name without custom."],
    ["xmin: { from: Type, create: true }", "PostgreSQL has a column of this name"],
    ["boss: { from: Type, lookup: contact, create: true }", "fields of type reference need the model"],
    ["boss: { from: Type, type: owner, create: true }", "fields of type owner need the model"],
    [`${"ü".repeat(32)}: { from: Type, create: true }`, "at most 63 bytes, this one has 64"],
  ])("%s is refused", (field, reason) => {
    const { extended, problems } = created(field);
    expect(told(problems).join("\n")).toContain("MAPPING_CREATE_INVALID");
    expect(told(problems).join("\n")).toContain(reason);
    expect([...extended.objects.get("account")!.fields.keys()]).toEqual([
      ...model.objects.get("account")!.fields.keys(),
    ]);
  });

  it("takes two types for one field as a contradiction", () => {
    const other =
      "object: account\nsource: leads.csv\nkey: Id\nkeyspace: leads\nfields:\n  name: Name\n  size: { from: Domain, type: text, create: true }\n";
    const { problems } = created("size: { from: Type, type: decimal, create: true }", [other]);
    expect(told(problems)).toEqual([
      "m2.yaml:7:45 MAPPING_CREATE_CONFLICT account.size: create: another mapping makes this field as decimal, this one as text | Give both the same type.",
    ]);
  });
});

it("values are compared as people write them", () => {
  const of = (object: string, field: string) => foldOf([model.objects.get(object)!], field);
  expect([of("account", "name"), of("account", "domain"), of("contact", "email"), of("account", "phone")]).toEqual([
    "name",
    "domain",
    "case",
    "exact",
  ]);
  expect(foldedText("domain", " HTTPS://User@www.Acme.com:8080/a?b ")).toBe("acme.com");
  expect(foldedText("domain", "Jo@Mail.acme.com")).toBe("mail.acme.com");
  expect(foldedText("name", " ACME\u00a0 Ltd ")).toBe("acme ltd");
  expect(foldedText("exact", " A ")).toBe(" A ");
});
