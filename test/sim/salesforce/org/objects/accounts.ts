/** Accounts, persons among them. */
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
import { DAY, dayText } from "../dates.ts";
import {
  area,
  auto,
  bool,
  date,
  double,
  email,
  type Field,
  formula,
  int,
  money,
  phone,
  picklist,
  ref,
  type SObject,
  text,
  url,
} from "../field.ts";
import { ACCOUNT_TYPES, INDUSTRIES, LEAD_SOURCES, RATINGS, SALUTATIONS, SENTENCES, TITLES } from "../words.ts";
import { serial, type World } from "../world.ts";
import { accountContactRelation, contact } from "./contacts.ts";
import { accountName, names } from "./names.ts";
import { recordTypesOf } from "./people.ts";

/** A business account's parent, several levels deep; persons have none. */
export function accountParent(world: World, index: number): number {
  return index > 5 && index % 6 === 5 && !world.person(index) ? world.business(Math.floor(index / 6)) : -1;
}

const RANK = [{ value: "High" }, { value: "Medium" }, { value: "Low" }, { value: "Dormant", active: false }] as const;

function personFields(world: World): Field[] {
  const shadow = (index: number): number => world.contacts + (index - 7) / 20;
  const who = (of: (index: number) => string | number | boolean | null) => (index: number) =>
    world.person(index) ? of(index) : null;
  return [
    auto(
      ref(
        "PersonContactId",
        "Contact ID",
        "Contact",
        who((index) => world.id("Contact", shadow(index))),
      ),
    ),
    auto(bool("IsPersonAccount", "Is Person Account", (index) => world.person(index))),
    ...addressFields(world, "PersonAccount", "PersonMailing", "Mailing", 70).map((field) => ({
      ...field,
      value: who((index) => field.value(index)),
    })),
    phone(
      "PersonMobilePhone",
      "Mobile",
      who((index) => `+49 170 ${1000000 + index}`),
    ),
    phone("PersonHomePhone", "Home Phone", () => null),
    email(
      "PersonEmail",
      "Email",
      who((index) => `person${index}@mail.example`),
    ),
    text(
      "PersonTitle",
      "Title",
      80,
      who((index) => pick(TITLES, index)),
    ),
    text("PersonDepartment", "Department", 80, () => null),
    picklist(
      "PersonLeadSource",
      "Lead Source",
      [...LEAD_SOURCES],
      who((index) => pick(LEAD_SOURCES, index)),
    ),
    date(
      "PersonBirthdate",
      "Birthdate",
      who((index) => dayText(4000 + (index % 9000))),
    ),
    bool("PersonHasOptedOutOfEmail", "Email Opt Out", (index) => world.person(index) && index % 3 === 0),
    bool("PersonDoNotCall", "Do Not Call", () => false),
    picklist(
      "Level__pc",
      "Level",
      ["Primary", "Secondary", "Tertiary"],
      who((index) => pick(["Primary", "Secondary", "Tertiary"], index)),
    ),
  ];
}

function account(world: World): SObject {
  const throwOf = world.dice("Account");
  const name = accountName(world);
  const person = names(world, "PersonAccount");
  const who = (of: (index: number) => string | null) => (index: number) => (world.person(index) ? of(index) : null);
  const business = (of: (index: number) => string | number | null) => (index: number) =>
    world.person(index) ? null : of(index);
  const changed = modified(world, "Account");
  const personAccounts = world.features.personAccounts;
  const currency = (index: number) => world.currency("Account", index);
  const industry = (index: number): string | null => {
    if (world.features.unknownPicklist && index % 500 === 3) return "Blimp Manufacturing";
    return throwOf(index + 2, 8) === 0 ? null : pick(INDUSTRIES, throwOf(index + 3, 960));
  };
  const nameField = text("Name", "Account Name", 255, name, {
    nillable: false,
    compound: "Name",
    extra: { nameField: true, extraTypeInfo: "switchablepersonname" },
  });
  const fields: Field[] = [
    recordId(world, "Account", "Account"),
    isDeleted(world, "Account"),
    auto(
      ref("MasterRecordId", "Master Record ID", "Account", (index) =>
        world.fate("Account", index) === "merged" ? world.id("Account", index - 1) : null,
      ),
    ),
    nameField,
    ...(personAccounts
      ? [
          text("LastName", "Last Name", 80, who(person.last), {
            compound: "Name",
            extra: { extraTypeInfo: "personname" },
          }),
          text("FirstName", "First Name", 40, who(person.first), {
            compound: "Name",
            extra: { extraTypeInfo: "personname" },
          }),
          picklist("Salutation", "Salutation", [...SALUTATIONS], who(person.salutation), {
            length: 40,
            compound: "Name",
            extra: { extraTypeInfo: "personname" },
          }),
        ]
      : []),
    picklist(
      "Type",
      "Account Type",
      [...ACCOUNT_TYPES],
      (index) => (throwOf(index, 6) === 0 ? null : pick(ACCOUNT_TYPES, throwOf(index + 1, 70))),
      { length: 40 },
    ),
    recordType((index) => world.id("RecordType", world.person(index) ? 5 : index % 9 === 4 ? 1 : 0)),
    ref("ParentId", "Parent Account ID", "Account", (index) => {
      const parent = accountParent(world, index);
      return parent < 0 ? null : world.id("Account", parent);
    }),
    ...addressFields(world, "Account", "Billing", "Billing", 85),
    ...addressFields(world, "Account", "Shipping", "Shipping", 30),
    phone("Phone", "Account Phone", (index) => (index % 7 === 0 ? null : `(617) 555-${String(1000 + (index % 9000))}`)),
    phone("Fax", "Account Fax", () => null),
    text("AccountNumber", "Account Number", 40, (index) => String(index).padStart(8, "0")),
    url(
      "Website",
      "Website",
      business((index) => (index % 5 === 0 ? null : `www.company${index}.example`)),
    ),
    auto(url("PhotoUrl", "Photo URL", () => null, { extra: { extraTypeInfo: "imageurl" } })),
    text("Sic", "SIC Code", 20, (index) => (index % 4 === 0 ? String(100 + (index % 900)).padStart(4, "0") : null)),
    picklist("Industry", "Industry", [...INDUSTRIES], business(industry), { length: 40 }),
    money(
      "AnnualRevenue",
      "Annual Revenue",
      business((index) => (throwOf(index + 4, 5) === 0 ? null : throwOf(index + 5, 900_000) * 1000)),
      { scale: 0 },
    ),
    int(
      "NumberOfEmployees",
      "Employees",
      business((index) => (throwOf(index + 6, 5) === 0 ? null : throwOf(index + 7, 50_000))),
    ),
    picklist(
      "Ownership",
      "Ownership",
      ["Public", "Private", "Subsidiary", "Other"],
      business((index) => pick(["Public", "Private", "Subsidiary", "Other"], throwOf(index + 8, 16))),
      { length: 40 },
    ),
    text("TickerSymbol", "Ticker Symbol", 20, () => null),
    area("Description", "Account Description", 32_000, (index) =>
      index % 3 === 0 ? null : `${pick(SENTENCES, throwOf(index + 9, 990))}\n${name(index)}`,
    ),
    picklist(
      "Rating",
      "Account Rating",
      [...RATINGS],
      (index) => (index % 2 === 0 ? pick(RATINGS, throwOf(index + 10, 30)) : null),
      { length: 40 },
    ),
    text("Site", "Account Site", 80, () => null),
    ...currencyCode(world, currency),
    ref("OwnerId", "Owner ID", "User", world.owner("Account"), { nillable: false, extra: { defaultedOnCreate: true } }),
    ...audit(world, "Account"),
    auto(
      date("LastActivityDate", "Last Activity", (index) =>
        index % 2 === 0 ? dayText(Math.floor(changed(index) / DAY)) : null,
      ),
    ),
    ...viewed(),
    text("Jigsaw", "Data.com Key", 20, () => null),
    cleanStatus(),
    picklist(
      "AccountSource",
      "Account Source",
      [...LEAD_SOURCES],
      (index) => pick(LEAD_SOURCES, throwOf(index + 11, 50)),
      { length: 40 },
    ),
    ...(personAccounts ? personFields(world) : []),
    picklist("Customer_Rank__c", "Customer Rank", [...RANK], (index) =>
      index % 97 === 11 ? "Dormant" : pick(["High", "Medium", "Low"], index),
    ),
    picklist(
      "Regions__c",
      "Regions",
      ["EMEA", "AMER", "APAC"],
      (index) => (index % 3 === 0 ? "EMEA;APAC" : index % 3 === 1 ? "AMER" : null),
      { multi: true },
    ),
    formula(
      text("Legacy_Id__c", "Legacy Id", 1300, (index) => world.id("Account", index).slice(0, 15)),
      "Id",
    ),
    double("Lifetime_Value__c", "Lifetime Value", (index) =>
      index % 4 === 1 ? 10_000_000 + throwOf(index + 12, 1_000_000_000) : throwOf(index + 13, 100_000) / 100,
    ),
    text("External_Ref__c", "External Ref", 40, (index) => `X-${serial(world.seed, index)}-${index}`, {
      extra: { externalId: true, unique: true, idLookup: true },
    }),
  ];
  return sobject(world, "Account", "Account", fields, {
    mergeable: true,
    recordTypes: recordTypesOf(world, "Account"),
  });
}

export function accounts(world: World): SObject[] {
  return [
    account(world),
    contact(world),
    ...(world.features.contactsToMultipleAccounts ? [accountContactRelation(world)] : []),
  ];
}
