/** Contacts and their relations to accounts. */
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
  phone,
  picklist,
  ref,
  type SObject,
  text,
  url,
} from "../field.ts";
import { DEPARTMENTS, LEAD_SOURCES, SALUTATIONS, SENTENCES, TITLES } from "../words.ts";
import type { World } from "../world.ts";
import { names } from "./names.ts";

export function contact(world: World): SObject {
  const throwOf = world.dice("Contact");
  const own = names(world, "Contact");
  const person = names(world, "PersonAccount");
  const shadow = (index: number): boolean => index >= world.contacts;
  const persona = (index: number): number => world.nthPerson(index - world.contacts);
  const of =
    <T>(pickOwn: (index: number) => T, pickPerson: (index: number) => T) =>
    (index: number): T =>
      shadow(index) ? pickPerson(persona(index)) : pickOwn(index);
  const first = of(own.first, person.first);
  const last = of(own.last, person.last);
  const salutation = of(own.salutation, person.salutation);
  const full = of(own.full, person.full);
  const accounts = world.count("Account");
  const partner = world.dice("Contact.Partner");
  const changed = modified(world, "Contact");
  const fields: Field[] = [
    recordId(world, "Contact", "Contact"),
    isDeleted(world, "Contact"),
    auto(
      ref("MasterRecordId", "Master Record ID", "Contact", (index) =>
        world.fate("Contact", index) === "merged" ? world.id("Contact", index - 1) : null,
      ),
    ),
    ref("AccountId", "Account ID", "Account", (index) => {
      const at = world.accountOf(index);
      return at < 0 ? null : world.id("Account", at);
    }),
    text("LastName", "Last Name", 80, last, {
      compound: "Name",
      nillable: false,
      extra: { extraTypeInfo: "personname" },
    }),
    text("FirstName", "First Name", 40, first, { compound: "Name", extra: { extraTypeInfo: "personname" } }),
    picklist("Salutation", "Salutation", [...SALUTATIONS], salutation, {
      length: 40,
      compound: "Name",
      extra: { extraTypeInfo: "personname" },
    }),
    auto(
      text("Name", "Full Name", 121, full, {
        nillable: false,
        extra: { nameField: true, extraTypeInfo: "personname" },
      }),
    ),
    ...addressFields(world, "Contact", "Other", "Other", 5),
    ...addressFields(world, "Contact", "Mailing", "Mailing", 80),
    phone("Phone", "Business Phone", (index) =>
      index % 6 === 0 ? null : `+1 (212) 555-${String(1000 + (index % 9000))}`,
    ),
    phone("Fax", "Business Fax", () => null),
    phone("MobilePhone", "Mobile Phone", (index) => (index % 3 === 0 ? `+49 151 ${10_000_000 + index}` : null)),
    phone("HomePhone", "Home Phone", () => null),
    ref("ReportsToId", "Reports To ID", "Contact", (index) =>
      index > 10 && index % 8 === 3 && !shadow(index)
        ? world.id("Contact", world.live("Contact", Math.floor(index / 2)))
        : null,
    ),
    email(
      "Email",
      "Email",
      (index) =>
        shadow(index)
          ? `person${persona(index)}@mail.example`
          : index % 11 === 0
            ? null
            : `Contact.${index}@Company${world.accountOf(index)}.example`,
      { extra: { idLookup: true } },
    ),
    text("Title", "Title", 128, (index) => (index % 4 === 0 ? null : pick(TITLES, throwOf(index, 80)))),
    text("Department", "Department", 80, (index) =>
      index % 2 === 0 ? pick(DEPARTMENTS, throwOf(index + 1, 60)) : null,
    ),
    picklist("LeadSource", "Lead Source", [...LEAD_SOURCES], (index) =>
      index % 3 === 0 ? null : pick(LEAD_SOURCES, throwOf(index + 2, 50)),
    ),
    date("Birthdate", "Birthdate", (index) => (index % 5 === 0 ? dayText(3000 + throwOf(index + 3, 9000)) : null)),
    area("Description", "Contact Description", 32_000, (index) =>
      index % 4 === 0 ? pick(SENTENCES, throwOf(index + 4, 990)) : null,
    ),
    ...currencyCode(world, (index) => world.currency("Contact", index)),
    ref("OwnerId", "Owner ID", "User", world.owner("Contact"), { nillable: false, extra: { defaultedOnCreate: true } }),
    bool("HasOptedOutOfEmail", "Email Opt Out", (index) => index % 13 === 0),
    bool("DoNotCall", "Do Not Call", (index) => index % 17 === 0),
    ...audit(world, "Contact"),
    auto(
      date("LastActivityDate", "Last Activity", (index) =>
        index % 2 === 0 ? dayText(Math.floor(changed(index) / DAY)) : null,
      ),
    ),
    ...viewed(),
    auto(datetime("EmailBouncedDate", "Email Bounced Date", () => null)),
    auto(text("EmailBouncedReason", "Email Bounced Reason", 255, () => null)),
    auto(bool("IsEmailBounced", "Is Email Bounced", (index) => index % 29 === 4)),
    auto(url("PhotoUrl", "Photo URL", () => null, { extra: { extraTypeInfo: "imageurl" } })),
    text("Jigsaw", "Data.com Key", 20, () => null),
    cleanStatus(),
    ...(world.features.personAccounts ? [auto(bool("IsPersonAccount", "Is Person Account", shadow))] : []),
    picklist("Level__c", "Level", ["Primary", "Secondary", "Tertiary"], (index) =>
      shadow(index) ? pick(["Primary", "Secondary", "Tertiary"], persona(index)) : null,
    ),
    ref("Partner_Account__c", "Partner Account", "Account", (index) =>
      index % 5 === 2 ? world.id("Account", world.business(partner(index, accounts))) : null,
    ),
    ref("Previous_Account__c", "Previous Account", "Account", (index) =>
      index % 7 === 3 ? world.id("Account", world.business(partner(index + 1, accounts))) : null,
    ),
  ];
  return sobject(world, "Contact", "Contact", fields, { mergeable: true });
}

export function accountContactRelation(world: World): SObject {
  const direct = world.count("AccountContactRelation") - world.count("IndirectRelation");
  const half = Math.max(1, Math.floor(world.contacts / 2));
  const accounts = world.count("Account");
  const throwOf = world.dice("AccountContactRelation");
  const contactOf = (index: number): number =>
    index < direct ? index + Math.floor(index / 49) : 2 * ((index - direct) % half);
  const accountOf = (index: number): number => {
    const home = world.accountOf(contactOf(index));
    if (index < direct) return home;
    const other = world.business(throwOf(index, accounts));
    return other === home ? world.business((other + 2) % accounts) : other;
  };
  const deleted = (index: number) => index < direct && world.gone("Contact", contactOf(index));
  return sobject(world, "AccountContactRelation", "Account Contact Relationship", [
    recordId(world, "AccountContactRelation", "Account Contact Relationship"),
    ref("AccountId", "Account ID", "Account", (index) => world.id("Account", accountOf(index)), { nillable: false }),
    ref("ContactId", "Contact ID", "Contact", (index) => world.id("Contact", contactOf(index)), { nillable: false }),
    picklist(
      "Roles",
      "Roles",
      ["Business User", "Decision Maker", "Economic Buyer", "Influencer", "Other"],
      (index) => (index % 3 === 0 ? "Decision Maker;Influencer" : index % 3 === 1 ? "Other" : null),
      { multi: true },
    ),
    auto(bool("IsDirect", "Direct", (index) => index < direct)),
    bool("IsActive", "Active", (index) => index % 9 !== 4),
    date("StartDate", "Start Date", (index) => (index < direct ? null : dayText(18_000 + throwOf(index + 1, 1500)))),
    date("EndDate", "End Date", () => null),
    ...currencyCode(world, (index) => world.currency("AccountContactRelation", index)),
    ...audit(world, "AccountContactRelation"),
    isDeleted(world, "AccountContactRelation", deleted),
  ]);
}
