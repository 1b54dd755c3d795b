import { describe, expect, it } from "vitest";
import { mappingHash, ownersHash } from "../../../core/mapping/meaning.ts";
import { DEFAULT_OWNERS } from "../../../core/mapping/owners.ts";
import { account, check, model, problemsOf, told } from "./kit.ts";

const user = "object: user\nsource: users.csv\nkey: Id\nfields: { name: Name }\n";
const deal = (fields: string, rest = "") =>
  `object: opportunity\nsource: deals.csv\nkey: Id\n${rest}fields:\n  name: Name\n${fields.replace(/^/gm, "  ")}\n`;
const dealProblems = (fields: string, rest = "", picklists = "") =>
  told(check([deal(fields, rest), user, account("")], { picklists }).problems);
const fields = (fieldText: string) => check([account(fieldText)]).set.mappings[0]!.fields;
const field = (fieldText: string) => fields(fieldText)[1]!;

describe("defaults", () => {
  it("come from the model and the language", () => {
    const { set, problems } = check([account("parent_id: Parent\nowner_id: Owner\ncustom.tier: Type"), user]);
    expect(problems).toEqual([]);
    const mapping = set.mappings[0]!;
    expect(mapping).toMatchObject({
      id: "account<accounts.csv",
      sources: ["accounts.csv"],
      key: ["Id"],
      mode: "upsert",
      match: ["external_id"],
      duplicates: "reject",
      keyspace: null,
      filter: null,
    });
    expect(mapping.fields[0]).toMatchObject({
      target: "name",
      custom: false,
      type: "text",
      required: false,
      blank: "ignore",
      overwrite: "always",
      onError: "reject",
      lookup: null,
      picklist: null,
      owner: false,
    });
    expect(mapping.fields[1]).toMatchObject({
      type: "reference",
      lookup: { objects: ["account"], by: null, missing: "reject", typeInto: null },
    });
    expect(mapping.fields[2]).toMatchObject({ type: "owner", owner: true, lookup: null });
    expect(mapping.fields[3]).toMatchObject({ target: "tier", custom: true, model: null, type: "text" });
  });

  it("take the key that the source declares", () => {
    const { set, problems } = check(["object: account\nsource: Keyed\nfields: { name: Name }\n"]);
    expect(problems).toEqual([]);
    expect(set.mappings[0]!.key).toEqual(["Id"]);
  });

  it("make required model fields required, except where records are only updated", () => {
    const required = (mode: string) =>
      check([deal("stage: Stage", mode)]).set.mappings[0]!.fields.map((checked) => checked.required);
    expect(required("")).toEqual([true, true]);
    expect(required("mode: update\n")).toEqual([false, false]);
  });
});

describe("source", () => {
  it("unknown objects and fields, with the nearest", () => {
    expect(told(check(["object: account\nsource: acounts.csv\nkey: Id\nfields: { name: Nam }\n"]).problems)).toEqual([
      'm1.yaml:2:9 MAPPING_UNKNOWN_SOURCE account: unknown source object "acounts.csv"; the source has: users.csv, accounts.csv, contacts.csv, deals.csv, tasks.csv, leads.csv, Keyed | did you mean "accounts.csv"?',
    ]);
    expect(problemsOf('domain: domain\nphone: { template: "{Phne}" }')).toEqual([
      'm1.yaml:6:3 MAPPING_UNKNOWN_COLUMN account.domain: unknown source field "domain" in accounts.csv | did you mean "Domain"?',
      'm1.yaml:7:22 MAPPING_UNKNOWN_COLUMN account.phone: unknown source field "Phne" in accounts.csv | did you mean "Phone"?',
    ]);
  });

  it("fields must be in every source of a list", () => {
    expect(
      told(
        check(["object: account\nsource: [accounts.csv, leads.csv]\nkey: Id\nfields: { phone: Phone, name: Name }\n"])
          .problems,
      ),
    ).toEqual([
      'm1.yaml:4:11 MAPPING_UNKNOWN_COLUMN account.phone: unknown source field "Phone" in leads.csv | leads.csv has: Id, Name, Domain.',
    ]);
  });

  it("keys, filters, labels, currencies and cases name fields too", () => {
    expect(
      problemsOf(
        "annual_revenue: { from: Revenue, currency: Curency }",
        "filter: Typ = 'x'\nassociations: [{ to: contact, from: Contct, label: Rol }]\ncases: [{ input: { Nme: x }, expect: { nme: x } }]\n",
      ),
    ).toEqual(
      [
        'm1.yaml:9:46 MAPPING_UNKNOWN_COLUMN account.annual_revenue: currency: unknown source field "Curency" in accounts.csv | did you mean "Currency"?',
        'm1.yaml:4:9 MAPPING_UNKNOWN_COLUMN account: filter: unknown source field "Typ" in accounts.csv | did you mean "Type"?',
        'm1.yaml:5:37 MAPPING_UNKNOWN_COLUMN account: association to contact: unknown source field "Contct" in accounts.csv | did you mean "Contact"?',
        'm1.yaml:5:52 MAPPING_UNKNOWN_COLUMN account: association to contact: label: unknown source field "Rol" in accounts.csv | accounts.csv has: Id, Name, Domain, Revenue, Balance, Currency, Phone, Since, Parent, Contact, Owner, Type, Tags, Active.',
        'm1.yaml:6:9 MAPPING_UNKNOWN_COLUMN account: case case 1: unknown source field "Nme" in accounts.csv | did you mean "Name"?',
        'm1.yaml:6:9 MAPPING_CASE_INVALID account: case case 1: no mapped field "nme" | did you mean "name"?',
      ].map((line) => line.replace("m1.yaml:9:", "m1.yaml:9:")),
    );
  });

  it("a missing key is told with an example", () => {
    expect(told(check(["object: account\nsource: accounts.csv\nfields: { name: Name }\n"]).problems)).toEqual([
      "m1.yaml:1:1 MAPPING_KEY_MISSING account: key is missing, and the source declares none | Add key: with the source field that identifies a record, for example key: Id; where there is none, key: { content: true } takes the whole row.",
    ]);
  });
});

describe("target", () => {
  it("unknown objects", () => {
    expect(told(check(["object: acount\nsource: accounts.csv\nkey: Id\nfields: { name: Name }\n"]).problems)).toEqual([
      'm1.yaml:1:9 MAPPING_UNKNOWN_OBJECT the target model has no object "acount"; it has: user, account, contact, opportunity, task, association | did you mean "account"?',
    ]);
  });

  it.each([
    ["anual_revenue", "annual_revenue"],
    ["Domain", "domain"],
    ["doamin", "domain"],
    ["parentid", "parent_id"],
  ])("%s is taken for a misspelt %s", (written, meant) => {
    expect(problemsOf(`${written}: Domain`)).toEqual([
      `m1.yaml:6:3 MAPPING_UNKNOWN_FIELD account.${written}: the model of account has no such field | did you mean ${meant}? (or write custom.${written})`,
    ]);
  });

  it.each(["segment: Type", "anual_revenue: { from: Revenue, type: decimal }", "custom.domian: Domain", "tax: Type"])(
    "%s is a custom field",
    (text) => {
      expect(problemsOf(text)).toEqual([]);
      expect(field(text).custom).toBe(true);
    },
  );

  it("a name close to a field that is mapped itself is no misspelling", () => {
    expect(problemsOf("phone: Phone\nphone2: Phone")).toEqual([]);
  });

  it("without a column for custom fields every unknown field is an error", () => {
    const bare = {
      ...model,
      objects: new Map([...model.objects].map(([name, object]) => [name, { ...object, hasCustom: false }])),
    };
    expect(problemsOf("custom.segment: Type", "", { model: bare })).toEqual([
      "m1.yaml:6:3 MAPPING_UNKNOWN_FIELD account.segment: the target has no such field, and no column for custom fields",
    ]);
  });

  it("what the migration fills itself cannot be mapped", () => {
    expect(problemsOf("id: Id\nexternal_id: Id")).toEqual([
      "m1.yaml:6:3 MAPPING_SYSTEM_FIELD account.id is filled by the migration itself | Remove it: the target numbers its records. To recognise records by it, add match: [id].",
      "m1.yaml:7:3 MAPPING_SYSTEM_FIELD account.external_id is filled by the migration itself | Remove it and set key.",
    ]);
  });

  it("required fields must be mapped, and one of each group", () => {
    expect(
      told(check(["object: opportunity\nsource: deals.csv\nkey: Id\nfields: { amount: Amount }\n"]).problems),
    ).toEqual([
      "m1.yaml:4:9 MAPPING_REQUIRED_FIELD opportunity.name is required and not mapped | Add name: with a source field or a value.",
      "m1.yaml:4:9 MAPPING_REQUIRED_FIELD opportunity.stage is required and not mapped | Add stage: with a source field or a value.",
    ]);
    expect(
      told(check(["object: account\nsource: accounts.csv\nkey: Id\nfields: { phone: Phone }\n"]).problems),
    ).toEqual([
      "m1.yaml:4:9 MAPPING_REQUIRED_FIELD account: at least one of name, domain is required, and none is mapped | Map name.",
    ]);
    expect(
      told(
        check(["object: account\nsource: accounts.csv\nkey: Id\nmode: update\nfields: { phone: Phone }\n"]).problems,
      ),
    ).toEqual([]);
  });

  it("match names mapped fields with values of their own", () => {
    expect(
      problemsOf("phone: Phone\nparent_id: Parent", "match: [external_id, phone, domain, parent_id, fax]\n"),
    ).toEqual(
      [
        "m1.yaml:4:8 MAPPING_MATCH_FIELD account: match: domain is not mapped | Map domain, or take it off match.",
        "m1.yaml:4:8 MAPPING_MATCH_FIELD account: match: parent_id is a reference; expected a field with a value of its own",
        'm1.yaml:4:8 MAPPING_MATCH_FIELD account: match: account has no field "fax" | did you mean "name"?',
      ].map((line) => line.replace(' | did you mean "name"?', "")),
    );
  });
});

describe("types", () => {
  it.each([
    ["domain: { from: Domain, lookup: account }", "domain: lookup needs a reference field, the target field is text"],
    [
      "domain: { from: Domain, owner: true }",
      "domain: owner needs an owner or reference field, the target field is text",
    ],
    [
      "employees: { from: Revenue, picklist: { values: { a: b } } }",
      "employees: a picklist needs a picklist or text field, the target field is integer",
    ],
    [
      "employees: { from: Revenue, type: date }",
      "employees: the target field is integer, which cannot hold date | Remove type: date.",
    ],
    [
      "parent_id: { from: Parent, type: text }",
      "parent_id: the target field is reference, which cannot hold text | Remove type: text.",
    ],
    [
      "since: { from: Since, type: boolean }",
      "since: the target field is date, which cannot hold boolean | Remove type: boolean.",
    ],
    [
      "custom.boss: { from: Parent, lookup: account }",
      "boss: a custom field cannot refer to records | Take a reference field of the model, or keep the id as type: text.",
    ],
    [
      "parent_id: { from: Parent, lookup: user }",
      "parent_id: the target field refers to account, not to user | Write lookup: account.",
    ],
    ["domain: { from: Domain, country: US }", "domain: country is for phone fields, this one is text"],
  ])("%s", (text, message) => {
    expect(told(check([account(text), user]).problems).map((line) => line.replace(/^\S+ /, ""))).toEqual([
      `MAPPING_TYPE_CLASH account.${message}`,
    ]);
  });

  it.each([
    "domain: { from: Domain, type: email }",
    "annual_revenue: { from: Revenue, type: decimal }",
    "since: { from: Since, type: datetime }",
    "custom.visits: { from: Revenue, type: integer }",
    "owner_id: { from: Owner, lookup: user }",
  ])("%s is fine", (text) => {
    expect(told(check([account(text), user]).problems)).toEqual([]);
  });

  it("formats and countries are tried", () => {
    expect(
      problemsOf("since: { from: Since, format: yyyy-QQ }\nphone: { from: Phone, country: XX }").map(
        (line) => line.split(" | ")[0],
      ),
    ).toEqual([
      'm1.yaml:6:33 FORMAT_INVALID account.since: format "yyyy-QQ" knows no token "QQ"',
      'm1.yaml:7:34 COUNTRY_UNKNOWN account.phone: expected an ISO 3166 country code, got "XX"',
    ]);
  });

  it("type: phone, said without a country, reads numbers that begin with +; a field that does not say it keeps them", () => {
    const countryOf = (text: string) => fields(text).find(({ target }) => target === "phone")?.country;
    expect(countryOf("phone: { from: Phone, type: phone }")).toBe("+");
    expect(countryOf("phone: { from: Phone, type: phone, country: DE }")).toBe("DE");
    expect(countryOf("phone: Phone")).toBe(null);
  });

  it("owners of users are lookups", () => {
    expect(
      told(
        check(["object: user\nsource: users.csv\nkey: Id\nfields: { manager_id: { from: Manager, owner: true } }\n"])
          .problems,
      ),
    ).toEqual([
      "m1.yaml:4:47 MAPPING_TYPE_CLASH user.manager_id: owners are user records themselves | Write lookup: user.",
    ]);
  });

  it("contradictions", () => {
    expect(
      problemsOf(
        "domain: { from: Domain, by: name, missing: null }\nparent_id: { from: Parent, required: true, missing: null }\nowner_id: { from: Owner, owner: true, lookup: user }",
      ),
    ).toEqual([
      "m1.yaml:6:31 MAPPING_CONTRADICTION account.domain: by needs lookup | Add lookup: <object>, or remove by.",
      "m1.yaml:6:46 MAPPING_CONTRADICTION account.domain: missing needs lookup | Add lookup: <object>, or remove missing.",
      "m1.yaml:7:55 MAPPING_CONTRADICTION account.parent_id: required and missing: null exclude each other",
      "m1.yaml:8:49 MAPPING_CONTRADICTION account.owner_id: owner and lookup exclude each other | Remove lookup, or owner.",
    ]);
  });
});

describe("lookups", () => {
  it("unknown objects and fields", () => {
    expect(problemsOf("parent_id: { from: Parent, lookup: acount }")).toEqual([
      'm1.yaml:6:38 MAPPING_UNKNOWN_OBJECT account.parent_id: lookup: the model has no object "acount" | did you mean "account"?',
    ]);
    expect(problemsOf("parent_id: { from: Parent, lookup: account, by: nam }")).toEqual([
      'm1.yaml:6:51 MAPPING_UNKNOWN_FIELD account.parent_id: by: account has no field "nam" | did you mean "name"?',
    ]);
  });

  it("by: external_id is the source id of any source", () => {
    expect(field("parent_id: { from: Parent, lookup: account, by: external_id }").lookup!.by).toBe("external_id");
  });

  it("to an object that nothing loads is a warning", () => {
    const { problems } = check([account("primary_contact_id: Contact")]);
    expect(problems.map((problem) => problem.severity)).toEqual(["warning"]);
    expect(told(problems)).toEqual([
      "m1.yaml:6:3 MAPPING_LOOKUP_UNLOADED account.primary_contact_id: no mapping loads contact: references find only what the target already holds | Map contact too, or write missing: null.",
    ]);
  });

  it("to several objects fill the field that names the object", () => {
    const task = (text: string) =>
      check([
        `object: task\nsource: tasks.csv\nkey: Id\nfields:\n  subject: Subject\n  ${text}\n`,
        account(""),
        deal("stage: Stage"),
      ]);
    const checked = task("related_id: What");
    expect(told(checked.problems)).toEqual([]);
    expect(checked.set.mappings[0]!.fields[1]!.lookup).toEqual({
      objects: ["account", "opportunity"],
      by: null,
      missing: "reject",
      typeInto: "related_type",
    });
    expect(told(task("related_id: { from: What, typeInto: kind }").problems)).toEqual([
      'm1.yaml:6:39 MAPPING_TYPE_INTO task.related_id: typeInto: task has no field "kind"',
    ]);
    expect(told(task("related_id: What\n  related_type: Subject").problems)).toEqual([
      "m1.yaml:6:3 MAPPING_CONTRADICTION task.related_id: related_type takes the referenced object's name and is mapped as well | Remove the mapping of related_type.",
    ]);
  });

  it("associations name objects and fields of the model", () => {
    expect(
      problemsOf("", "associations: [{ to: contct, from: Contact }, { to: contact, from: Contact, by: mail }]\n"),
    ).toEqual([
      'm1.yaml:4:22 MAPPING_UNKNOWN_OBJECT account: association to contct: the model has no such object | did you mean "contact"?',
      'm1.yaml:4:81 MAPPING_UNKNOWN_FIELD account: association to contact: by: contact has no field "mail" | did you mean "email"?',
    ]);
  });
});

describe("picklists", () => {
  it("without one the model's options count, other values stop", () => {
    const { set } = check([deal("stage: Stage")]);
    expect(set.mappings[0]!.fields[1]!.picklist).toEqual({ name: "", values: new Map(), unmapped: "stop" });
  });

  it("target values may be written as values or labels, and become the model's", () => {
    const { set, problems } = check([deal("stage: { from: Stage, picklist: stages }")], {
      picklists: "picklists: { stages: { values: { W: CLOSED_WON, L: closed lost }, unmapped: Prospecting } }",
    });
    expect(told(problems)).toEqual([]);
    expect(set.mappings[0]!.fields[1]!.picklist).toEqual({
      name: "stages",
      values: new Map([
        ["W", "closed_won"],
        ["L", "closed_lost"],
      ]),
      unmapped: { value: "prospecting" },
    });
  });

  it("unknown names and options", () => {
    expect(
      dealProblems("stage: { from: Stage, picklist: stags }", "", "picklists: { stages: { values: {} } }"),
    ).toEqual([
      'm1.yaml:6:35 MAPPING_UNKNOWN_PICKLIST opportunity.stage: no picklist "stags" | did you mean "stages"?',
    ]);
    expect(dealProblems("stage: { from: Stage, picklist: { values: { W: close_won }, unmapped: rejct } }")).toEqual([
      'm1.yaml:6:50 MAPPING_UNKNOWN_OPTION opportunity.stage: the model has no option "close_won"; expected one of prospecting, closed_won, closed_lost | did you mean "closed_won"?',
      'm1.yaml:6:73 MAPPING_UNKNOWN_OPTION opportunity.stage: unmapped: the model has no option "rejct"; expected one of stop, reject, null, keep, prospecting, closed_won, closed_lost | did you mean "reject"?',
    ]);
    expect(dealProblems("stage: { value: won }")).toEqual([
      'm1.yaml:6:19 MAPPING_UNKNOWN_OPTION opportunity.stage: value: the model has no option "won"; expected one of prospecting, closed_won, closed_lost',
    ]);
    expect(dealProblems("stage: { from: Stage, default: open }")).toEqual([
      'm1.yaml:6:34 MAPPING_UNKNOWN_OPTION opportunity.stage: default: the model has no option "open"; expected one of prospecting, closed_won, closed_lost',
    ]);
  });

  it("a file's own goes before the shared one", () => {
    const { set } = check(
      [deal("stage: { from: Stage, picklist: s }", "picklists: { s: { values: { W: closed_won } } }\n")],
      {
        picklists: "picklists: { s: { values: { W: closed_lost } } }",
      },
    );
    expect(set.mappings[0]!.fields[1]!.picklist!.values.get("W")).toBe("closed_won");
  });
});

describe("transforms", () => {
  it("take arguments by position or by name", () => {
    const transform = (text: string) => field(`domain: { from: Domain, transform: ${text} }`).transform;
    expect(transform("[trim, { left: 80 }, { pad_start: [5, 0] }]")).toEqual([
      { name: "trim", args: [] },
      { name: "left", args: [80] },
      { name: "pad_start", args: [5, 0] },
    ]);
    expect(transform("trim")).toEqual([{ name: "trim", args: [] }]);
    expect(transform("{ replace: { by: '', search: x } }")).toEqual([{ name: "replace", args: ["x", ""] }]);
  });

  it("unknown names and wrong arguments", () => {
    expect(
      problemsOf(
        "domain: { from: Domain, transform: [trimm, { left: x }, { left: { m: 1 } }, { replace: { by: x } }, left] }",
      ),
    ).toEqual([
      'm1.yaml:6:39 MAPPING_UNKNOWN_TRANSFORM account.domain: no transform "trimm" | did you mean "trim"?',
      'm1.yaml:6:48 MAPPING_TRANSFORM_ARGS account.domain: transform left: expected left(n): n must be a whole number from 0 to 1000000, got "x"',
      'm1.yaml:6:61 MAPPING_TRANSFORM_ARGS account.domain: transform left has no argument "m"; it has: n',
      "m1.yaml:6:81 MAPPING_TRANSFORM_ARGS account.domain: transform replace: search is missing",
      "m1.yaml:6:103 MAPPING_TRANSFORM_ARGS account.domain: transform left: expected left(n), got 0 arguments",
    ]);
  });
});

describe("currency", () => {
  const codes = (text: string) => fields(text).find((checked) => checked.target === "currency");

  it("of a source field or fixed, also fills the model's code field", () => {
    expect(codes("annual_revenue: { from: Revenue, currency: Currency }")).toMatchObject({
      input: { kind: "from", columns: ["Currency"] },
      type: "text",
      custom: false,
    });
    expect(codes("annual_revenue: { from: Revenue, currency: EUR }")!.input).toEqual({ kind: "value", value: "EUR" });
    expect(codes("annual_revenue: { from: Revenue, currency: EUR }")!.agree).toBeUndefined();
  });

  it("two sources of one code field must agree; source fields go before fixed codes", () => {
    const revenue = { kind: "from", columns: ["Revenue"] };
    const balance = { kind: "from", columns: ["Balance"] };
    const column = { kind: "from", columns: ["Currency"] };
    const euro = { kind: "value", value: "EUR" };
    const two = codes(
      "balance: { from: Balance, currency: EUR }\nannual_revenue: { from: Revenue, currency: Currency }",
    )!;
    expect(two).toMatchObject({ input: column, default: "EUR" });
    expect(two.agree).toEqual([{ amount: balance, code: euro }]);
    const mapped = codes("currency: Currency\nbalance: { from: Balance, currency: EUR }")!;
    expect(mapped).toMatchObject({ input: column, default: null });
    expect(mapped.agree).toEqual([{ amount: balance, code: euro }]);
    const columns = codes(
      "annual_revenue: { from: Revenue, currency: Currency }\nbalance: { from: Balance, currency: Type }",
    )!;
    expect(columns.input).toEqual({ kind: "from", columns: ["Currency", "Type"] });
    expect(columns.agree).toEqual([
      { amount: revenue, code: column },
      { amount: balance, code: { kind: "from", columns: ["Type"] } },
    ]);
    const same = codes(
      "annual_revenue: { from: Revenue, currency: Currency }\nbalance: { from: Balance, currency: Currency }",
    )!;
    expect(same.agree).toBeUndefined();
  });

  it("of custom amounts goes beside them", () => {
    expect(
      fields("custom.fee: { from: Revenue, type: currency, currency: USD }").map((checked) => [
        checked.target,
        checked.custom,
      ]),
    ).toEqual([
      ["name", false],
      ["fee", true],
      ["fee_currency", true],
    ]);
  });

  it("problems", () => {
    expect(
      problemsOf("annual_revenue: { from: Revenue, currency: USD }\nbalance: { from: Balance, currency: EUR }"),
    ).toEqual([
      "m1.yaml:6:46 MAPPING_CURRENCY account.annual_revenue: currency cannot be USD and EUR at once | Give the amounts of one record one currency.",
    ]);
    expect(problemsOf("employees: { from: Revenue, currency: USD }")).toEqual([
      "m1.yaml:6:41 MAPPING_CURRENCY account.employees: currency is for currency fields, this one is integer | Add type: currency, or remove currency.",
    ]);
    expect(dealProblems("stage: Stage\namount: { from: Amount, currency: USD }")).toEqual([
      "m1.yaml:7:37 MAPPING_CURRENCY opportunity.amount: the model has no field for the currency of this amount | Map the currency to a field of its own.",
    ]);
  });
});

describe("ids and hashes", () => {
  const from = (rest: string) => `object: account\nsource: accounts.csv\nkey: Id\n${rest}fields: { name: Name }\n`;
  const ids = (...files: string[]) => check(files).set.mappings.map((mapping) => mapping.id);

  it("ids name target and sources, and what tells equals apart", () => {
    expect(ids("object: account\nsource: [accounts.csv, leads.csv]\nkey: Id\nfields: { name: Name }\n")).toEqual([
      "account<accounts.csv+leads.csv",
    ]);
    const [a, b] = ids(from("filter: Type = 'a'\n"), from("filter: Type = 'b'\n"));
    expect(a).toMatch(/^account<accounts\.csv#[0-9a-f]{8}$/);
    expect(ids(from("filter: Type = 'b'\n"), from("filter: Type = 'a'\n"))).toEqual([b, a]);
  });

  it("the same twice is an error", () => {
    expect(told(check([from(""), from("")]).problems)).toEqual([
      "m2.yaml:1:1 MAPPING_DUPLICATE account is loaded from accounts.csv twice, with the same key and filter (also in m1.yaml:1) | Join the two mappings, or tell them apart by filter, key or keyspace.",
    ]);
  });

  it("hashes change with the meaning alone", () => {
    const hashOf = (text: string) => mappingHash(check([text]).set.mappings[0]!);
    const base = hashOf(account("domain: { from: Domain, values: { a: b, c: d } }"));
    expect(
      hashOf(
        `# a comment\n\n${account("domain: { values: { c: d, a: b }, from: Domain }", "cases: [{ input: { Name: x }, expect: { name: x } }]\n")}`,
      ),
    ).toBe(base);
    expect(hashOf(account("domain: { from: Domain, values: { a: b, c: e } }"))).not.toBe(base);
    expect(hashOf(account("domain: { from: Domain, values: { a: b, c: d } }", "filter: Type = 'a'\n"))).not.toBe(base);
    expect(ownersHash(DEFAULT_OWNERS)).not.toBe(ownersHash({ ...DEFAULT_OWNERS, map: new Map([["a", "b"]]) }));
  });

  it("the set's fingerprint does not depend on the order of files", () => {
    const print = (...files: string[]) => check(files).set.fingerprint;
    expect(print(user, account(""))).toBe(print(account(""), user));
    expect(print(user, account(""))).not.toBe(print(user));
  });
});

it("nulls of a source that means them keep what is there with blank: ignore", () => {
  const field = (blank: string) =>
    check([account(`domain: { from: Domain${blank} }`)], { blankMeansNothing: false }).set.mappings[0]!.fields.find(
      ({ target }) => target === "domain",
    )!;
  expect([field(""), field(", blank: ignore")].map(({ keepsNull }) => keepsNull)).toEqual([undefined, true]);
});

it("blank has no effect where the source says null: a warning", () => {
  expect(problemsOf("domain: { from: Domain, blank: clear }", "", { blankMeansNothing: false })).toEqual([
    "m1.yaml:6:34 MAPPING_BLANK_UNUSED account.domain: blank has no effect: this source says null where it means it",
  ]);
});
