import { describe, expect, it } from "vitest";
import { orderStages, requiredCycle } from "../../../core/mapping/order.ts";
import { check, model, told } from "./kit.ts";

const user = "object: user\nsource: users.csv\nkey: Id\nfields: { name: Name }\n";
const plain = (object: string, source: string, fields: string, rest = ""): string =>
  `object: ${object}\nsource: ${source}\nkey: Id\n${rest}fields: { ${fields} }\n`;
const account = (fields = "", rest = "") => plain("account", "accounts.csv", `name: Name${fields}`, rest);
const contact = (fields = "", rest = "") => plain("contact", "contacts.csv", `last_name: Last${fields}`, rest);
const deal = (fields = "") => plain("opportunity", "deals.csv", `name: Name, stage: Stage${fields}`);

function stages(...files: string[]) {
  const { set, problems } = check(files);
  expect(told(problems.filter((problem) => problem.severity === "error"))).toEqual([]);
  return orderStages(set.mappings, model).map(({ mapping, deferred, self, deferredAssociations }) => {
    const notes = [...deferred.map((field) => `later ${field}`), ...self.map((field) => `self ${field}`)];
    return [mapping.id, ...notes, ...deferredAssociations.map((index) => `later association ${index}`)].join(", ");
  });
}

describe("order", () => {
  it("follows the playbook where nothing refers to anything", () => {
    expect(stages(deal(), contact(), account(), user)).toEqual([
      "user<users.csv",
      "account<accounts.csv",
      "contact<contacts.csv",
      "opportunity<deals.csv",
    ]);
  });

  it("puts what is referred to first, against the playbook when nothing refers back", () => {
    expect(stages(account(", primary_contact_id: Contact"), contact())).toEqual([
      "contact<contacts.csv",
      "account<accounts.csv",
    ]);
  });

  it("breaks a cycle at the optional lookup against the playbook", () => {
    expect(stages(contact(", account_id: Account"), account(", primary_contact_id: Contact"))).toEqual([
      "account<accounts.csv, later primary_contact_id",
      "contact<contacts.csv",
    ]);
  });

  it("breaks it elsewhere when that lookup is required", () => {
    expect(
      stages(
        contact(", account_id: Account"),
        account(", primary_contact_id: { from: Contact, lookup: contact, required: true }"),
      ),
    ).toEqual(["contact<contacts.csv, later account_id", "account<accounts.csv"]);
  });

  it("breaks it at `missing: defer` first", () => {
    expect(
      stages(
        contact(", account_id: { from: Account, lookup: account, missing: defer }"),
        account(", primary_contact_id: Contact"),
      ),
    ).toEqual(["contact<contacts.csv, later account_id", "account<accounts.csv"]);
  });

  it("does not break lookups of objects that only depend on a cycle", () => {
    expect(
      stages(
        plain("task", "tasks.csv", "subject: Subject, contact_id: Who"),
        contact(", account_id: Account"),
        account(", primary_contact_id: Contact"),
      ),
    ).toEqual(["account<accounts.csv, later primary_contact_id", "contact<contacts.csv", "task<tasks.csv"]);
  });

  it("keeps to the playbook around a cycle", () => {
    expect(
      stages(
        contact(", account_id: Account"),
        plain("task", "tasks.csv", "subject: Subject"),
        account(", primary_contact_id: Contact"),
        deal(),
      ),
    ).toEqual([
      "account<accounts.csv, later primary_contact_id",
      "contact<contacts.csv",
      "opportunity<deals.csv",
      "task<tasks.csv",
    ]);
  });

  it("loads users before what they own, though owners are optional", () => {
    const early = { ...model, order: ["account", "user"] };
    const { set } = check([account(", owner_id: Owner"), user]);
    expect(orderStages(set.mappings, early).map((stage) => stage.mapping.object)).toEqual(["user", "account"]);
  });

  it("lists references to the own object", () => {
    expect(stages(account(", parent_id: Parent"))).toEqual(["account<accounts.csv, self parent_id"]);
  });

  it("keeps mappings into one object together; only the last may count on all parents being there", () => {
    expect(
      stages(
        contact(", account_id: Account"),
        plain("account", "leads.csv", "name: Name", "mode: update\n"),
        account(", parent_id: Parent"),
      ),
    ).toEqual(["account<accounts.csv, later parent_id", "account<leads.csv", "contact<contacts.csv"]);
  });

  it("treats associations as optional, and fills those to later stages afterwards", () => {
    expect(
      stages(
        account("", "associations: [{ to: contact, from: Contact }, { to: account, from: Parent }]\n"),
        contact(", account_id: Account"),
      ),
    ).toEqual(["account<accounts.csv, later association 0, later association 1", "contact<contacts.csv"]);
  });

  it("takes polymorphic lookups as needing each object", () => {
    expect(stages(plain("task", "tasks.csv", "subject: Subject, related_id: What"), deal(), account())).toEqual([
      "account<accounts.csv",
      "opportunity<deals.csv",
      "task<tasks.csv",
    ]);
  });
});

describe("required cycles", () => {
  const files = [
    contact(", account_id: { from: Account, lookup: account, required: true }"),
    account(", primary_contact_id: { from: Contact, lookup: contact, required: true }"),
  ];

  it("are told by check, with the way around", () => {
    expect(told(check(files).problems)).toEqual([
      "m1.yaml:1:1 MAPPING_REQUIRED_CYCLE required lookups form a cycle: contact -> account -> contact; none of them can be loaded first | Make one of these lookups optional: take required: true off it.",
    ]);
    expect(requiredCycle(check(files).set.mappings)).toEqual(["contact", "account", "contact"]);
  });

  it("stop the ordering", () => {
    expect(() => orderStages(check(files).set.mappings, model)).toThrow(
      "required lookups form a cycle among account, contact: none of them can be loaded first",
    );
  });

  it("are none when one lookup is optional", () => {
    expect(requiredCycle(check([files[0]!, account(", primary_contact_id: Contact")]).set.mappings)).toBeNull();
  });
});
