/** Cases, their comments and e-mails. */
import { audit, currencyCode, isDeleted, modified, pick, recordId, recordType, sobject, viewed } from "../common.ts";
import { instantText } from "../dates.ts";
import { area, auto, bool, datetime, email, type Field, phone, picklist, ref, type SObject, text } from "../field.ts";
import { SENTENCES } from "../words.ts";
import type { World } from "../world.ts";
import { ownerOrQueue, recordTypesOf } from "./people.ts";

const CASE_STATUS = ["New", "Working", "Escalated", "Closed"];

const CASE_TYPES = ["Mechanical", "Electrical", "Electronic", "Structural", "Other"];

const CASE_REASONS = [
  "Installation",
  "Equipment Complexity",
  "Performance",
  "Breakdown",
  "Equipment Design",
  "Feedback",
  "Other",
];

export function supportCase(world: World): SObject {
  const throwOf = world.dice("Case");
  const contactOf = (index: number) =>
    index % 10 === 9 ? -1 : 2 * throwOf(index, Math.max(1, Math.floor(world.contacts / 2)));
  const accountOf = (index: number) => (contactOf(index) < 0 ? -1 : world.accountOf(contactOf(index)));
  const status = (index: number) => pick(CASE_STATUS, throwOf(index + 1, 40));
  const closed = (index: number) => status(index) === "Closed";
  const changed = modified(world, "Case");
  const fields: Field[] = [
    recordId(world, "Case", "Case"),
    isDeleted(world, "Case"),
    auto(ref("MasterRecordId", "Master Record ID", "Case", () => null)),
    auto(
      text("CaseNumber", "Case Number", 30, (index) => String(index + 1001).padStart(8, "0"), {
        nillable: false,
        extra: { nameField: true, autoNumber: true, idLookup: true, defaultedOnCreate: true },
      }),
    ),
    ref("ContactId", "Contact ID", "Contact", (index) =>
      contactOf(index) < 0 ? null : world.id("Contact", contactOf(index)),
    ),
    ref("AccountId", "Account ID", "Account", (index) =>
      accountOf(index) < 0 ? null : world.id("Account", accountOf(index)),
    ),
    ref("ParentId", "Parent Case ID", "Case", (index) =>
      index > 20 && index % 15 === 14 ? world.id("Case", world.live("Case", Math.floor(index / 2))) : null,
    ),
    text("SuppliedName", "Name", 80, () => null),
    email("SuppliedEmail", "Email Address", (index) => (index % 4 === 0 ? `user${index}@web.example` : null)),
    text("SuppliedPhone", "Phone", 40, () => null),
    text("SuppliedCompany", "Company", 80, () => null),
    recordType(() => world.id("RecordType", 4)),
    picklist("Type", "Case Type", CASE_TYPES, (index) => (index % 3 === 0 ? null : pick(CASE_TYPES, index)), {
      length: 40,
    }),
    picklist("Status", "Status", CASE_STATUS, status, { length: 40, extra: { defaultedOnCreate: true } }),
    picklist("Reason", "Case Reason", CASE_REASONS, (index) => (index % 4 === 0 ? null : pick(CASE_REASONS, index)), {
      length: 40,
    }),
    picklist(
      "Origin",
      "Case Origin",
      ["Phone", "Email", "Web"],
      (index) => pick(["Phone", "Email", "Web"], throwOf(index + 2, 30)),
      { length: 40 },
    ),
    text("Subject", "Subject", 255, (index) =>
      index % 25 === 24
        ? null
        : `${pick(["Broken", "Kaputt", "En panne", "壊れた"], index)}: unit ${index}, "red light"`,
    ),
    picklist(
      "Priority",
      "Priority",
      ["High", "Medium", "Low"],
      (index) => pick(["High", "Medium", "Low"], throwOf(index + 3, 30)),
      { length: 40, extra: { defaultedOnCreate: true, defaultValue: "Medium" } },
    ),
    area("Description", "Description", 32_000, (index) =>
      index % 3 === 0 ? null : `${pick(SENTENCES, throwOf(index + 4, 90))}\n\nSteps:\n1. on\n2. off`,
    ),
    auto(bool("IsClosed", "Closed", closed)),
    auto(datetime("ClosedDate", "Closed Date", (index) => (closed(index) ? instantText(changed(index)) : null))),
    bool("IsEscalated", "Escalated", (index) => status(index) === "Escalated"),
    ...currencyCode(world, () => "USD"),
    ref("OwnerId", "Owner ID", ["Group", "User"], ownerOrQueue(world, "Case", 4), {
      nillable: false,
      extra: { polymorphicForeignKey: true, namePointing: true, defaultedOnCreate: true },
    }),
    ...audit(world, "Case"),
    auto(phone("ContactPhone", "Contact Phone", () => null)),
    auto(phone("ContactMobile", "Contact Mobile", () => null)),
    auto(email("ContactEmail", "Contact Email", () => null)),
    auto(phone("ContactFax", "Contact Fax", () => null)),
    area("Comments", "Internal Comments", 4000, () => null, { extra: { sortable: true } }),
    ...viewed(),
  ];
  return sobject(world, "Case", "Case", fields, { recordTypes: recordTypesOf(world, "Case") });
}

export function caseComment(world: World): SObject {
  const cases = world.count("Case");
  const parent = (index: number) => Math.floor((index * cases) / world.count("CaseComment"));
  return sobject(world, "CaseComment", "Case Comment", [
    recordId(world, "CaseComment", "Case Comment"),
    ref("ParentId", "Parent ID", "Case", (index) => world.id("Case", parent(index)), { nillable: false }),
    bool("IsPublished", "Published", (index) => index % 2 === 0),
    area("CommentBody", "Body", 4000, (index) => `${pick(SENTENCES, index)} (comment ${index + 1})`),
    ...audit(world, "CaseComment"),
    isDeleted(world, "CaseComment", (index) => world.gone("Case", parent(index))),
  ]);
}

export function emailMessage(world: World): SObject {
  const created = world.created("EmailMessage");
  const parent = (index: number) => world.live("Case", index % world.count("Case"));
  return sobject(world, "EmailMessage", "Email Message", [
    recordId(world, "EmailMessage", "Email Message"),
    ref("ParentId", "Case ID", "Case", (index) => world.id("Case", parent(index))),
    ref(
      "RelatedToId",
      "Related To ID",
      ["Account", "Case", "Opportunity"],
      (index) => world.id("Case", parent(index)),
      { extra: { polymorphicForeignKey: true, namePointing: true } },
    ),
    text("Subject", "Subject", 3000, (index) => `Re: unit ${index}`),
    area("TextBody", "Text Body", 32_000, (index) => pick(SENTENCES, index)),
    text("FromAddress", "From Address", 1000, (index) => `user${index}@web.example`),
    text("ToAddress", "To Address", 4000, () => "support@acme.example"),
    bool("Incoming", "Is Incoming", (index) => index % 2 === 0),
    picklist("Status", "Status", ["0", "1", "2", "3"], (index) => (index % 2 === 0 ? "1" : "3"), {
      length: 40,
      nillable: false,
    }),
    datetime("MessageDate", "Message Date", (index) => instantText(created(index))),
    ...audit(world, "EmailMessage"),
    isDeleted(world, "EmailMessage", () => false),
  ]);
}
