import { describe, expect, it } from "vitest";
import { ConfigError, placeText } from "../../../core/errors.ts";
import { parseModel } from "../../../core/model/parse.ts";

function failure(text: string): string[] {
  try {
    parseModel("m.yaml", text, "crm");
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(
      ({ code, message, place, hint }) => `${placeText(place)} ${code} ${message}${hint === null ? "" : ` | ${hint}`}`,
    );
  }
  throw new Error("expected a ConfigError");
}

describe("parseModel", () => {
  it("fills in what the file leaves out", () => {
    const model = parseModel(
      "/x/own.yaml",
      [
        "picklists: { size: { s: Small, 01: Zero One } }",
        "order: [user]",
        "objects:",
        "  firm:",
        "    requireAny: [[name, phone]]",
        "    fields:",
        "      name: { type: text, required: true, maxLength: 80, label: Firm, description: Trading name. }",
        "      phone: phone",
        "      size: { type: picklist, options: size }",
        "      stage: { type: picklist, options: [closed_won, { value: x, label: The X }, 1.0] }",
        "      currency: text",
        "      revenue: currency",
        "      owner_id: owner",
        "      parent_id: { type: reference, lookup: firm, index: true }",
        "      about_type: text",
        "      about_id: { type: reference, lookup: [firm, user], typeField: about_type }",
        "  user: { label: Person, table: app_user, fields: { email: { type: email, unique: true } } }",
      ].join("\n"),
      "crm",
    );
    expect(model).toMatchObject({ name: "own", managed: true, schema: "crm", order: ["user", "firm"] });
    const firm = model.objects.get("firm")!;
    expect({ ...firm, fields: [...firm.fields.keys()] }).toEqual({
      name: "firm",
      label: "Firm",
      table: "firm",
      fields: [
        ...["name", "phone", "size", "stage", "currency", "revenue", "owner_id", "parent_id", "about_type", "about_id"],
        ...["created_at", "updated_at"],
      ],
      requireAny: [["name", "phone"]],
      idColumn: "id",
      idType: "bigint",
      idDefault: `nextval((select pg_get_serial_sequence('"crm"."firm"', 'id')::regclass))`,
      idAlways: false,
      hasExternalId: true,
      hasCustom: true,
      hasTimestamps: true,
    });
    expect(firm.fields.get("name")).toEqual({
      name: "name",
      label: "Firm",
      type: "text",
      required: true,
      unique: false,
      maxLength: 80,
      options: null,
      lookup: null,
      typeField: null,
      currencyField: null,
      columnType: "text",
      column: "name",
      description: "Trading name.",
    });
    expect(firm.fields.get("size")!.options).toEqual([
      { value: "s", label: "Small" },
      { value: "01", label: "Zero One" },
    ]);
    expect(firm.fields.get("stage")!.options).toEqual([
      { value: "closed_won", label: "Closed Won" },
      { value: "x", label: "The X" },
      { value: "1.0", label: "1.0" },
    ]);
    expect(firm.fields.get("revenue")).toMatchObject({ columnType: "numeric", currencyField: "currency" });
    expect(firm.fields.get("owner_id")).toMatchObject({ lookup: ["user"], columnType: "bigint" });
    expect(firm.fields.get("parent_id")).toMatchObject({ lookup: ["firm"], index: true, typeField: null });
    expect(firm.fields.get("about_id")).toMatchObject({ lookup: ["firm", "user"], typeField: "about_type" });
    expect(firm.fields.get("created_at")).toMatchObject({ type: "datetime", columnType: "timestamp with time zone" });
    expect(model.objects.get("user")).toMatchObject({ label: "Person", table: "app_user" });
  });

  it("tells every problem with its place and the nearest name", () => {
    const text = [
      "versoin: 1",
      "order: [acount]",
      "objects:",
      "  account:",
      "    requireAny: [[nmae]]",
      "    fields:",
      "      name: { type: txt }",
      "      phone: { type: phone, options: [a] }",
      "      id: text",
      "      2nd: text",
      "      parent_id: { type: reference, lookup: acount }",
      "      any_id: { type: reference, lookup: [account, contact] }",
      "      ref: reference",
      "      kind: { type: picklist, options: kinds }",
      "      amount: { type: currency, currencyField: parent_id }",
      "      size: { type: picklist, options: [a, A] }",
      "  contact: { fields: { name: { type: text, maxLength: 0, required: yes } } }",
    ].join("\n");
    expect(failure(text)).toEqual([
      'm.yaml:1:1 YAML_UNKNOWN_KEY model: unknown key "versoin"; known keys: version, name, description, extends, order, picklists, objects | did you mean "version"?',
      expect.stringMatching(
        /^m.yaml:7:21 YAML_WRONG_VALUE account.name: type: expected text, .*, got "txt" \| did you mean "text"\?$/,
      ),
      "m.yaml:8:38 MODEL_FIELD_KEY account.phone: options is for picklist, multipicklist fields, this one is phone",
      "m.yaml:9:7 MODEL_RESERVED_FIELD account.id: every table has this column already; remove it",
      'm.yaml:10:7 MODEL_BAD_NAME field "2nd": expected at most 63 letters, digits and _, not starting with a digit',
      "m.yaml:13:7 MODEL_LOOKUP_MISSING account.ref: expected the key lookup with the object it refers to",
      'm.yaml:14:40 MODEL_UNKNOWN_PICKLIST account.kind: options: no list "kinds" under picklists',
      'm.yaml:16:40 MODEL_DUPLICATE_OPTION account.size: options: value "A" is listed twice (case is ignored)',
      "m.yaml:17:68 YAML_WRONG_TYPE contact.name: required: expected true or false, got a text",
      "m.yaml:17:55 YAML_WRONG_VALUE contact.name: maxLength: expected a whole number from 1, got 0",
      'm.yaml:2:9 MODEL_UNKNOWN_OBJECT order: the model has no object "acount" | did you mean "account"?',
      'm.yaml:4:3 MODEL_UNKNOWN_FIELD account: account has no field "nmae"',
      'm.yaml:11:7 MODEL_UNKNOWN_OBJECT account.parent_id: the model has no object "acount" | did you mean "account"?',
      "m.yaml:12:7 MODEL_TYPE_FIELD_MISSING account.any_id: refers to 2 objects; expected typeField with the field that holds the object's name",
      "m.yaml:15:7 MODEL_FIELD_TYPE account.amount: expected parent_id to be text or picklist, got reference",
    ]);
  });

  it.each([
    ["", "m.yaml:1:1 YAML_WRONG_TYPE model file: expected a map with the key objects, got nothing"],
    ["objects:", "m.yaml:1:1 MODEL_EMPTY model: expected objects with at least one object"],
    ["objects: [a]", "m.yaml:1:10 YAML_WRONG_TYPE objects: expected a map, got a list"],
    ["objects: { a: 1 }", "m.yaml:1:15 YAML_WRONG_TYPE a: expected a map, got a number"],
    ["objects: { a: { label: A } }", "m.yaml:1:12 MODEL_EMPTY a: expected fields with at least one field"],
    [
      "version: 2\nobjects: { a: { fields: { b: text } } }",
      "m.yaml:1:10 YAML_WRONG_VALUE version: expected a whole number from 1 to 1, got 2",
    ],
    [
      "objects: { a: { fields: { b: text } }, c: { table: a, fields: { b: text } } }",
      'm.yaml:1:40 MODEL_DUPLICATE_TABLE c: table "a" is already a\'s',
    ],
  ])("refuses %j", (text, problem) => {
    expect(failure(text)).toEqual([problem]);
  });
});
