/** Custom objects with every kind of custom field, and objects that are listed but not to be read. */
import { audit, currencyCode, isDeleted, pick, recordId, sobject } from "../common.ts";
import { dayText, instantText } from "../dates.ts";
import {
  area,
  auto,
  bool,
  date,
  datetime,
  double,
  email,
  type Field,
  formula,
  money,
  other,
  percent,
  phone,
  picklist,
  ref,
  type SObject,
  text,
  url,
} from "../field.ts";
import { SENTENCES } from "../words.ts";
import { spread, type World } from "../world.ts";
import { ownerOrQueue } from "./people.ts";

const STATUS = [
  { value: "draft", label: "Draft", default: true },
  { value: "sent", label: "Sent" },
  { value: "paid", label: "Paid" },
  { value: "void", label: "Void", active: false },
];

function invoices(world: World): SObject[] {
  const throwOf = world.dice("Invoice__c");
  const created = world.created("Invoice__c");
  const lines = spread(world.count("Invoice_Line__c"), world.count("Invoice__c"));
  const currency = (index: number) => world.currency("Invoice__c", index);
  const cents = (line: number) => 100 + throwOf(line + 50, 500_000);
  const total = (index: number): number => {
    let sum = 0;
    for (let at = 0; at < lines.size(index); at++) sum += cents(lines.first(index) + at);
    return sum;
  };
  const contacts = Math.max(1, Math.floor(world.contacts / 2));
  const fields: Field[] = [
    recordId(world, "Invoice__c", "Record"),
    ref("OwnerId", "Owner ID", ["Group", "User"], ownerOrQueue(world, "Invoice__c", 10), {
      nillable: false,
      extra: { polymorphicForeignKey: true, namePointing: true },
    }),
    isDeleted(world, "Invoice__c"),
    auto(
      text("Name", "Invoice Number", 80, (index) => `INV-${String(index + 1).padStart(6, "0")}`, {
        nillable: false,
        extra: { nameField: true, autoNumber: true },
      }),
    ),
    ...currencyCode(world, currency),
    ...audit(world, "Invoice__c"),
    ref("Account__c", "Account", "Account", (index) =>
      index % 10 === 0 ? null : world.id("Account", world.business(throwOf(index, world.count("Account")))),
    ),
    ref("Contact__c", "Contact", "Contact", (index) =>
      index % 2 === 0 ? world.id("Contact", 2 * throwOf(index + 1, contacts)) : null,
    ),
    ref("Opportunity__c", "Opportunity", "Opportunity", (index) =>
      index % 3 === 0
        ? world.id("Opportunity", world.live("Opportunity", throwOf(index + 2, world.count("Opportunity"))))
        : null,
    ),
    ref("Replaces__c", "Replaces", "Invoice__c", (index) =>
      index > 4 && index % 8 === 4 ? world.id("Invoice__c", world.live("Invoice__c", index - 3)) : null,
    ),
    picklist(
      "Status__c",
      "Status",
      STATUS,
      (index) => (index % 71 === 3 ? "void" : pick(["draft", "sent", "paid"], throwOf(index + 3, 30))),
      { extra: { restrictedPicklist: true } },
    ),
    picklist(
      "Channels__c",
      "Channels",
      ["mail", "post", "portal", "edi; x"],
      (index) => (index % 4 === 0 ? null : index % 4 === 1 ? "mail;post" : "portal"),
      { multi: true },
    ),
    money("Amount__c", "Amount", (index) => throwOf(index + 4, 2_000_000_000) / 100),
    percent("Discount__c", "Discount", (index) => (index % 3 === 0 ? throwOf(index + 5, 10_000) / 100 : null), {
      precision: 5,
      scale: 2,
    }),
    double("Weight__c", "Weight", (index) => throwOf(index + 6, 1_000_000) / 1000, { scale: 3 }),
    double("Big_Number__c", "Big Number", (index) => 139_000_000 + index, { scale: 0 }),
    bool("Paid__c", "Paid", (index) => index % 2 === 0),
    date("Due__c", "Due", (index) => (index % 9 === 8 ? null : dayText(19_000 + throwOf(index + 7, 1500)))),
    datetime("Sent_At__c", "Sent At", (index) => instantText(created(index))),
    other("Pickup__c", "Pickup", "time", (index) =>
      index % 5 === 0 ? `${String(index % 24).padStart(2, "0")}:30:00.000Z` : null,
    ),
    email("Bill_To__c", "Bill To", (index) => `billing${index}@company.example`),
    phone("Hotline__c", "Hotline", () => null),
    url("Link__c", "Link", (index) => `https://pay.example/i/${index}?a=1&b="2"`),
    area(
      "Memo__c",
      "Memo",
      131_072,
      (index) => (index % 2 === 0 ? `${pick(SENTENCES, index)}\r\n`.repeat(1 + (index % 20)) : null),
      { extra: { extraTypeInfo: "plaintextarea" } },
    ),
    area("Notes_Html__c", "Notes", 32_768, (index) => (index % 3 === 0 ? `<p>${index} &lt; ${index + 1}</p>` : null), {
      extra: { extraTypeInfo: "richtextarea", htmlFormatted: true },
    }),
    other("Tax_Number__c", "Tax Number", "encryptedstring", () => "*****6789", {
      length: 20,
      extra: { encrypted: true, mask: "*", maskType: "lastFour", filterable: false, sortable: false, groupable: false },
    }),
    formula(
      text("Short_Id__c", "Short Id", 1300, (index) => world.id("Invoice__c", index).slice(0, 15)),
      "Id",
    ),
    formula(
      money("Gross__c", "Gross", (index) => Math.round((total(index) * 119) / 100) / 100),
      "Lines_Total__c * 1.19",
    ),
    formula(
      money("Lines_Total__c", "Lines Total", (index) => total(index) / 100),
      null,
    ),
    text("Code__c", "Code", 30, (index) => String(index).padStart(10, "0"), {
      extra: { externalId: true, unique: true, idLookup: true, caseSensitive: true },
    }),
  ];
  const invoice = sobject(world, "Invoice__c", "Invoice", fields);
  const line = sobject(world, "Invoice_Line__c", "Invoice Line", [
    recordId(world, "Invoice_Line__c", "Record"),
    isDeleted(world, "Invoice_Line__c", (index) => world.gone("Invoice__c", lines.parent(index))),
    auto(
      text("Name", "Line Number", 80, (index) => `L-${index + 1}`, {
        nillable: false,
        extra: { nameField: true, autoNumber: true },
      }),
    ),
    ...currencyCode(world, (index) => currency(lines.parent(index))),
    ...audit(world, "Invoice_Line__c"),
    ref("Invoice__c", "Invoice", "Invoice__c", (index) => world.id("Invoice__c", lines.parent(index)), {
      nillable: false,
      relationshipName: "Invoice__r",
      extra: { writeRequiresMasterRead: false, relationshipOrder: 0 },
    }),
    ref("Product__c", "Product", "Product2", (index) => world.id("Product2", index % world.count("Product2"))),
    money("Amount__c", "Amount", (index) => cents(index) / 100, { nillable: false }),
  ]);
  return [invoice, line];
}

/** Listed by `/sobjects`, but no rows come out of them. */
function furniture(world: World): SObject[] {
  const none = (name: string, label: string, rest: Partial<SObject>): SObject =>
    sobject(world, name, label, [recordId(world, "Account", label)], {
      count: 0,
      replicateable: false,
      prefix: null,
      ...rest,
    });
  return [
    none("AccountChangeEvent", "Account Change Event", {
      queryable: false,
      associateEntityType: "ChangeEvent",
      associateParentEntity: "Account",
    }),
    none("AccountHistory", "Account History", {
      associateEntityType: "History",
      associateParentEntity: "Account",
      prefix: "017",
    }),
    none("AccountShare", "Account Share", {
      associateEntityType: "Share",
      associateParentEntity: "Account",
      prefix: "00r",
    }),
    none("ActivityHistory", "Activity History", { queryable: false }),
    none("OpenActivity", "Open Activity", { queryable: false }),
    none("NoteAndAttachment", "Note and Attachment", { queryable: false }),
    none("LeadStatus", "Lead Status Value", { prefix: "01J" }),
    none("OpportunityStage", "Opportunity Stage", { prefix: "01J" }),
  ];
}

export function customs(world: World): SObject[] {
  return [...invoices(world), ...furniture(world)];
}
