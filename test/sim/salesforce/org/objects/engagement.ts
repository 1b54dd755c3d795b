/** Leads, campaigns, cases and e-mails. */
import {
  addressFields,
  audit,
  cleanStatus,
  currencyCode,
  isDeleted,
  modified,
  pick,
  recordId,
  recordType,
  sobject,
  viewed,
} from "../common.ts";
import { DAY, dayText, instantText } from "../dates.ts";
import {
  area,
  auto,
  bool,
  date,
  datetime,
  double,
  email,
  type Field,
  int,
  money,
  phone,
  picklist,
  ref,
  type SObject,
  text,
  url,
} from "../field.ts";
import { COMPANY, INDUSTRIES, LEAD_SOURCES, RATINGS, SALUTATIONS, SENTENCES, TITLES } from "../words.ts";
import type { World } from "../world.ts";
import { names } from "./accounts.ts";
import { ownerOrQueue, recordTypesOf } from "./people.ts";

const LEAD_STATUS = ["Open - Not Contacted", "Working - Contacted", "Closed - Converted", "Closed - Not Converted"];

function lead(world: World): SObject {
  const throwOf = world.dice("Lead");
  const name = names(world, "Lead");
  const changed = modified(world, "Lead");
  const converted = (index: number) => index % 5 === 0;
  const to =
    (object: string, shift: number, every: number) =>
    (index: number): string | null => {
      if (!converted(index) || index % every !== 0) return null;
      if (object === "Account") return world.id(object, world.business(throwOf(index + shift, world.count(object))));
      if (object === "Contact") return world.id(object, world.live(object, throwOf(index + shift, world.contacts)));
      return world.id(object, world.live(object, throwOf(index + shift, world.count(object))));
    };
  const fields: Field[] = [
    recordId(world, "Lead", "Lead"),
    isDeleted(world, "Lead"),
    auto(
      ref("MasterRecordId", "Master Record ID", "Lead", (index) =>
        world.fate("Lead", index) === "merged" ? world.id("Lead", index - 1) : null,
      ),
    ),
    text("LastName", "Last Name", 80, name.last, {
      compound: "Name",
      nillable: false,
      extra: { extraTypeInfo: "personname" },
    }),
    text("FirstName", "First Name", 40, name.first, { compound: "Name", extra: { extraTypeInfo: "personname" } }),
    picklist("Salutation", "Salutation", [...SALUTATIONS], name.salutation, {
      length: 40,
      compound: "Name",
      extra: { extraTypeInfo: "personname" },
    }),
    auto(
      text("Name", "Full Name", 121, name.full, {
        nillable: false,
        extra: { nameField: true, extraTypeInfo: "personname" },
      }),
    ),
    text("Title", "Title", 128, (index) => (index % 3 === 0 ? null : pick(TITLES, index))),
    text("Company", "Company", 255, (index) => `${pick(COMPANY, throwOf(index, 200))} ${index % 1000}`, {
      nillable: false,
    }),
    ...addressFields(world, "Lead", "", "", 60),
    phone("Phone", "Phone", (index) => (index % 4 === 0 ? null : `+44 20 7946 ${String(1000 + (index % 9000))}`)),
    phone("MobilePhone", "Mobile Phone", () => null),
    phone("Fax", "Fax", () => null),
    email("Email", "Email", (index) => (index % 10 === 9 ? null : `lead${index}@prospect.example`), {
      extra: { idLookup: true },
    }),
    url("Website", "Website", (index) => (index % 3 === 0 ? `https://prospect${index}.example` : null)),
    area("Description", "Description", 32_000, (index) => (index % 6 === 0 ? pick(SENTENCES, index) : null)),
    picklist("LeadSource", "Lead Source", [...LEAD_SOURCES], (index) => pick(LEAD_SOURCES, throwOf(index + 1, 50))),
    picklist(
      "Status",
      "Status",
      LEAD_STATUS.map((value) => ({ value, default: value === LEAD_STATUS[0]! })),
      (index) =>
        converted(index)
          ? LEAD_STATUS[2]!
          : pick([LEAD_STATUS[0]!, LEAD_STATUS[1]!, LEAD_STATUS[3]!], throwOf(index + 2, 30)),
      { nillable: false, extra: { defaultedOnCreate: true, defaultValue: LEAD_STATUS[0] } },
    ),
    picklist("Industry", "Industry", [...INDUSTRIES], (index) =>
      index % 4 === 0 ? null : pick(INDUSTRIES, throwOf(index + 3, 960)),
    ),
    picklist("Rating", "Rating", [...RATINGS], (index) => (index % 2 === 0 ? pick(RATINGS, index) : null)),
    money("AnnualRevenue", "Annual Revenue", (index) => (index % 3 === 0 ? throwOf(index + 4, 90_000) * 1000 : null), {
      scale: 0,
    }),
    int("NumberOfEmployees", "Employees", (index) => (index % 3 === 0 ? throwOf(index + 5, 5000) : null)),
    ...currencyCode(world, (index) => world.currency("Lead", index)),
    ref("OwnerId", "Owner ID", ["Group", "User"], ownerOrQueue(world, "Lead", 9), {
      nillable: false,
      extra: { polymorphicForeignKey: true, namePointing: true, defaultedOnCreate: true },
    }),
    bool("HasOptedOutOfEmail", "Email Opt Out", (index) => index % 15 === 0),
    bool("DoNotCall", "Do Not Call", (index) => index % 19 === 0),
    auto(bool("IsConverted", "Converted", converted)),
    auto(
      date("ConvertedDate", "Converted Date", (index) =>
        converted(index) ? dayText(Math.floor(changed(index) / DAY)) : null,
      ),
    ),
    auto(ref("ConvertedAccountId", "Converted Account ID", "Account", to("Account", 6, 5))),
    auto(ref("ConvertedContactId", "Converted Contact ID", "Contact", to("Contact", 7, 5))),
    auto(ref("ConvertedOpportunityId", "Converted Opportunity ID", "Opportunity", to("Opportunity", 8, 10))),
    bool("IsUnreadByOwner", "Unread By Owner", () => false),
    ...audit(world, "Lead"),
    auto(date("LastActivityDate", "Last Activity", () => null)),
    ...viewed(),
    text("Jigsaw", "Data.com Key", 20, () => null),
    cleanStatus(),
    auto(datetime("EmailBouncedDate", "Email Bounced Date", () => null)),
    auto(text("EmailBouncedReason", "Email Bounced Reason", 255, () => null)),
  ];
  return sobject(world, "Lead", "Lead", fields, { mergeable: true });
}

const CAMPAIGN_TYPES = [
  "Conference",
  "Webinar",
  "Trade Show",
  "Public Relations",
  "Partners",
  "Referral Program",
  "Advertisement",
  "Banner Ads",
  "Direct Mail",
  "Email",
  "Telemarketing",
  "Other",
];
const CAMPAIGN_STATUS = ["Planned", "In Progress", "Completed", "Aborted"];

function campaign(world: World): SObject {
  const created = world.created("Campaign");
  const throwOf = world.dice("Campaign");
  return sobject(world, "Campaign", "Campaign", [
    recordId(world, "Campaign", "Campaign"),
    isDeleted(world, "Campaign"),
    text("Name", "Name", 80, (index) => `${pick(["Spring", "Sommer", "Automne", "冬"], index)} campaign ${index + 1}`, {
      nillable: false,
      extra: { nameField: true },
    }),
    ref("ParentId", "Parent Campaign ID", "Campaign", (index) =>
      index > 3 && index % 4 === 3 ? world.id("Campaign", world.live("Campaign", Math.floor(index / 3))) : null,
    ),
    picklist("Type", "Type", CAMPAIGN_TYPES, (index) => pick(CAMPAIGN_TYPES, throwOf(index, 120)), { length: 40 }),
    picklist("Status", "Status", CAMPAIGN_STATUS, (index) => pick(CAMPAIGN_STATUS, throwOf(index + 1, 40)), {
      length: 40,
    }),
    date("StartDate", "Start Date", (index) => dayText(Math.floor(created(index) / DAY) + 7)),
    date("EndDate", "End Date", (index) => (index % 5 === 4 ? null : dayText(Math.floor(created(index) / DAY) + 37))),
    money("ExpectedRevenue", "Expected Revenue in Campaign", (index) => (1 + throwOf(index + 2, 90)) * 10_000),
    money("BudgetedCost", "Budgeted Cost in Campaign", (index) => throwOf(index + 3, 900_000) / 100),
    money("ActualCost", "Actual Cost in Campaign", (index) =>
      index % 2 === 0 ? throwOf(index + 4, 900_000) / 100 : null,
    ),
    double("NumberSent", "Num Sent in Campaign", (index) => throwOf(index + 5, 5000), { scale: 0 }),
    bool("IsActive", "Active", (index) => index % 2 === 0),
    area("Description", "Description", 32_000, (index) => (index % 3 === 0 ? pick(SENTENCES, index) : null)),
    ...currencyCode(world, (index) => world.currency("Campaign", index)),
    ref("OwnerId", "Owner ID", "User", world.owner("Campaign"), { nillable: false }),
    ...audit(world, "Campaign"),
    ...viewed(),
  ]);
}

function campaignMember(world: World): SObject {
  const campaigns = world.count("Campaign");
  const leads = Math.max(1, Math.floor(world.count("Lead") / 2));
  const contacts = Math.max(1, Math.floor(world.contacts / 2));
  const parent = (index: number) => world.live("Campaign", index % campaigns);
  const turn = (index: number) => Math.floor(index / campaigns);
  const isLead = (index: number) => turn(index) % 3 === 0;
  const leadOf = (index: number) => 2 * ((turn(index) + 31 * (index % campaigns)) % leads);
  const contactOf = (index: number) => 2 * ((turn(index) + 17 * (index % campaigns)) % contacts);
  const leadId = (index: number) => (isLead(index) ? world.id("Lead", leadOf(index)) : null);
  const contactId = (index: number) => (isLead(index) ? null : world.id("Contact", contactOf(index)));
  const responded = (index: number) => index % 4 === 0;
  const created = world.created("CampaignMember");
  return sobject(world, "CampaignMember", "Campaign Member", [
    recordId(world, "CampaignMember", "Campaign Member"),
    isDeleted(world, "CampaignMember", () => false),
    ref("CampaignId", "Campaign ID", "Campaign", (index) => world.id("Campaign", parent(index)), { nillable: false }),
    ref("LeadId", "Lead ID", "Lead", leadId),
    ref("ContactId", "Contact ID", "Contact", contactId),
    picklist("Status", "Status", ["Sent", "Responded"], (index) => (responded(index) ? "Responded" : "Sent"), {
      length: 40,
    }),
    auto(bool("HasResponded", "Responded", responded)),
    auto(
      date("FirstRespondedDate", "First Responded Date", (index) =>
        responded(index) ? dayText(Math.floor(created(index) / DAY) + 3) : null,
      ),
    ),
    auto(
      picklist("Type", "Type", ["Lead", "Contact"], (index) => (isLead(index) ? "Lead" : "Contact"), { length: 40 }),
    ),
    auto(
      ref("LeadOrContactId", "Related Record ID", ["Contact", "Lead"], (index) => leadId(index) ?? contactId(index), {
        extra: { polymorphicForeignKey: true, namePointing: true },
      }),
    ),
    ...currencyCode(world, (index) => world.currency("Campaign", parent(index))),
    ...audit(world, "CampaignMember"),
  ]);
}

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

function supportCase(world: World): SObject {
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

function caseComment(world: World): SObject {
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

function emailMessage(world: World): SObject {
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

export function engagement(world: World): SObject[] {
  return [
    lead(world),
    campaign(world),
    campaignMember(world),
    supportCase(world),
    caseComment(world),
    emailMessage(world),
  ];
}
