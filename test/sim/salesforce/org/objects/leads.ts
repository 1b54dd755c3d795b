/** Leads. */
import {
  addressFields,
  audit,
  cleanStatus,
  currencyCode,
  isDeleted,
  modified,
  pick,
  recordId,
  sobject,
  viewed,
} from "../common.ts";
import { DAY, dayText } from "../dates.ts";
import {
  area,
  auto,
  bool,
  date,
  datetime,
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
import { names } from "./names.ts";
import { ownerOrQueue } from "./people.ts";

const LEAD_STATUS = ["Open - Not Contacted", "Working - Contacted", "Closed - Converted", "Closed - Not Converted"];

export function lead(world: World): SObject {
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
