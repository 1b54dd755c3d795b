/** User, Group, Profile, RecordType, Organization, CurrencyType. */
import { audit, pick, recordId, sobject, viewed } from "../common.ts";
import { auto, bool, double, email, type Field, int, phone, picklist, ref, type SObject, text } from "../field.ts";
import { DEPARTMENTS, FIRST, LAST, TITLES } from "../words.ts";
import { CURRENCIES, type World } from "../world.ts";

/** Users 1 and 2 are automated: they have no profile. */
const automated = (index: number): boolean => index === 1 || index === 2;

export function userActive(index: number): boolean {
  return index < 3 || index % 5 !== 4;
}

function user(world: World): SObject {
  const throwOf = world.dice("User");
  const first = (index: number) =>
    automated(index) ? (index === 1 ? "Automated" : "Platform") : pick(FIRST, throwOf(index, 97));
  const last = (index: number) =>
    automated(index) ? (index === 1 ? "Process" : "Integration User") : pick(LAST, throwOf(index + 5, 89));
  const mail = (index: number) => (index === 0 ? "integration@acme.example" : `user${index}@acme.example`);
  const fields: Field[] = [
    recordId(world, "User", "User"),
    text("Username", "Username", 80, (index) => `${mail(index)}.crm${world.seed}`, {
      nillable: false,
      extra: { idLookup: true, unique: true },
    }),
    text("LastName", "Last Name", 80, last, {
      compound: "Name",
      nillable: false,
      extra: { extraTypeInfo: "personname" },
    }),
    text("FirstName", "First Name", 40, first, { compound: "Name", extra: { extraTypeInfo: "personname" } }),
    auto(
      text("Name", "Full Name", 121, (index) => `${first(index)} ${last(index)}`, {
        nillable: false,
        extra: { nameField: true },
      }),
    ),
    text("CompanyName", "Company Name", 80, () => "Acme"),
    text("Division", "Division", 80, () => null),
    text("Department", "Department", 80, (index) =>
      automated(index) ? null : pick(DEPARTMENTS, throwOf(index + 1, 60)),
    ),
    text("Title", "Title", 80, (index) => (automated(index) ? null : pick(TITLES, throwOf(index + 2, 80)))),
    email("Email", "Email", mail, { nillable: false, extra: { idLookup: true } }),
    text("Alias", "Alias", 8, (index) => `u${index}`, { nillable: false }),
    phone("Phone", "Phone", (index) => (index % 2 === 0 ? `+1 617 555 ${String(1000 + index)}` : null)),
    phone("MobilePhone", "Mobile", () => null),
    bool("IsActive", "Active", userActive),
    picklist(
      "TimeZoneSidKey",
      "Time Zone",
      ["America/New_York", "Europe/Berlin", "Asia/Tokyo"],
      (index) => pick(["America/New_York", "Europe/Berlin", "Asia/Tokyo"], index),
      { length: 40, nillable: false },
    ),
    picklist(
      "LocaleSidKey",
      "Locale",
      ["en_US", "de_DE", "ja_JP"],
      (index) => pick(["en_US", "de_DE", "ja_JP"], index),
      { length: 40, nillable: false },
    ),
    picklist(
      "UserType",
      "User Type",
      ["Standard", "PowerPartner", "AutomatedProcess", "CloudIntegrationUser"],
      (index) => (index === 1 ? "AutomatedProcess" : index === 2 ? "CloudIntegrationUser" : "Standard"),
      { length: 40 },
    ),
    ref("ProfileId", "Profile ID", "Profile", (index) =>
      automated(index) ? null : world.id("Profile", index === 0 ? 0 : 1 + (index % 2)),
    ),
    ref("UserRoleId", "Role ID", "UserRole", () => null),
    ref("ManagerId", "Manager ID", "User", (index) => (index > 8 ? world.id("User", 3 + (index % 5)) : null)),
    text("EmployeeNumber", "Employee Number", 20, (index) => String(index).padStart(6, "0")),
    text("FederationIdentifier", "SAML Federation ID", 512, () => null),
    auto({ ...text("LastLoginDate", "Last Login", 0, () => null), type: "datetime" }),
    ...(world.features.multiCurrency
      ? [picklist("DefaultCurrencyIsoCode", "Default Currency ISO Code", [...CURRENCIES], () => "USD", { length: 3 })]
      : []),
    ...audit(world, "User"),
    ...viewed(),
  ];
  return sobject(world, "User", "User", fields);
}

const GROUPS = [
  { name: "Support", developer: "Support", type: "Queue" },
  { name: "Inbound Leads", developer: "Inbound_Leads", type: "Queue" },
  { name: "Tier 2", developer: "Tier_2", type: "Queue" },
  { name: "Renewals", developer: "Renewals", type: "Queue" },
  { name: "Support", developer: "Support_Team", type: "Regular" },
  { name: null, developer: null, type: "Organization" },
] as const;

/** Owner by turns: a queue where `every` says so. */
export function ownerOrQueue(world: World, object: string, every: number): (index: number) => string {
  const owner = world.owner(object);
  return (index) => (index % every === 1 ? world.id("Group", index % 4) : owner(index));
}

function group(world: World): SObject {
  return sobject(world, "Group", "Group", [
    recordId(world, "Group", "Group"),
    text("Name", "Name", 40, (index) => GROUPS[index]!.name, { extra: { nameField: true } }),
    text("DeveloperName", "Developer Name", 80, (index) => GROUPS[index]!.developer),
    auto(
      ref("RelatedId", "Related ID", ["User", "UserRole"], () => null, {
        extra: { polymorphicForeignKey: true, namePointing: true },
      }),
    ),
    picklist("Type", "Type", ["Regular", "Role", "Organization", "Queue", "Manager"], (index) => GROUPS[index]!.type, {
      length: 40,
      nillable: false,
    }),
    email("Email", "Email", (index) => (index === 0 ? "support@acme.example" : null)),
    auto(ref("OwnerId", "Owner ID", ["Organization", "User"], () => world.id("Organization", 0), { nillable: false })),
    bool("DoesSendEmailToMembers", "Send Email to Members", () => false),
    ...audit(world, "Group"),
  ]);
}

function profile(world: World): SObject {
  const names = ["Integration", "Standard User", "Sales Manager"];
  return sobject(
    world,
    "Profile",
    "Profile",
    [
      recordId(world, "Profile", "Profile"),
      text("Name", "Name", 255, (index) => names[index]!, { nillable: false, extra: { nameField: true } }),
      text("Description", "Description", 255, () => null),
      picklist("UserType", "User Type", ["Standard"], () => "Standard", { length: 40 }),
      ...audit(world, "Profile"),
    ],
    { replicateable: false },
  );
}

export const RECORD_TYPES = [
  { object: "Account", name: "Business", developer: "Business", active: true, person: false },
  { object: "Account", name: "Partner", developer: "Partner", active: true, person: false },
  { object: "Opportunity", name: "New Business", developer: "New_Business", active: true, person: false },
  { object: "Opportunity", name: "Renewal", developer: "Renewal", active: true, person: false },
  { object: "Case", name: "Support", developer: "Support", active: true, person: false },
  { object: "Account", name: "Person Account", developer: "PersonAccount", active: true, person: true },
] as const;

function recordType(world: World): SObject {
  const at = (index: number) => RECORD_TYPES[index]!;
  return sobject(world, "RecordType", "Record Type", [
    recordId(world, "RecordType", "Record Type"),
    text("Name", "Record Type Name", 80, (index) => at(index).name, { nillable: false, extra: { nameField: true } }),
    text("DeveloperName", "Developer Name", 80, (index) => at(index).developer, { nillable: false }),
    text("NamespacePrefix", "Namespace Prefix", 15, () => null),
    text("Description", "Description", 255, () => null),
    picklist("SobjectType", "SObject Type Name", ["Account", "Opportunity", "Case"], (index) => at(index).object, {
      length: 40,
      nillable: false,
    }),
    bool("IsActive", "Active", (index) => at(index).active),
    ...(world.features.personAccounts
      ? [auto(bool("IsPersonType", "Is Person Type", (index) => at(index).person))]
      : []),
    ...audit(world, "RecordType"),
  ]);
}

/** Record types of an object, for describe. */
export function recordTypesOf(world: World, object: string) {
  return RECORD_TYPES.flatMap((type, index) =>
    type.object === object && index < world.count("RecordType")
      ? [{ id: world.id("RecordType", index), name: type.name, developerName: type.developer }]
      : [],
  );
}

function organization(world: World): SObject {
  return sobject(
    world,
    "Organization",
    "Organization",
    [
      recordId(world, "Organization", "Organization"),
      text("Name", "Name", 80, () => `Acme (simulated, seed ${world.seed})`, {
        nillable: false,
        extra: { nameField: true },
      }),
      text("Country", "Country", 80, () => "US"),
      picklist("LanguageLocaleKey", "Language", ["en_US"], () => "en_US", { length: 40 }),
      picklist("DefaultLocaleSidKey", "Locale", ["en_US"], () => "en_US", { length: 40 }),
      picklist("TimeZoneSidKey", "Time Zone", ["America/New_York"], () => "America/New_York", { length: 40 }),
      text("OrganizationType", "Edition", 40, () => "Enterprise Edition"),
      text("InstanceName", "Instance Name", 5, () => "SIM1"),
      bool("IsSandbox", "Is Sandbox", () => true),
      int("FiscalYearStartMonth", "Fiscal Year Starts In", () => 1),
      ...audit(world, "Organization"),
    ],
    { replicateable: false },
  );
}

function currencyType(world: World): SObject {
  const rates = [1, 0.92, 0.79, 151.3];
  return sobject(
    world,
    "CurrencyType",
    "Currency Type",
    [
      recordId(world, "CurrencyType", "Currency Type"),
      picklist("IsoCode", "Currency ISO Code", [...CURRENCIES], (index) => CURRENCIES[index]!, {
        length: 3,
        nillable: false,
      }),
      double("ConversionRate", "Conversion Rate", (index) => rates[index]!, { scale: 6, nillable: false }),
      int("DecimalPlaces", "Decimal Places", (index) => (CURRENCIES[index] === "JPY" ? 0 : 2), { nillable: false }),
      bool("IsActive", "Active", () => true),
      bool("IsCorporate", "Corporate Currency", (index) => index === 0),
      ...audit(world, "CurrencyType"),
    ],
    { replicateable: false },
  );
}

/** Each profile's own set, and one for integrations. */
function permissionSets(world: World): SObject[] {
  const profiles = world.count("Profile");
  const may = (name: "viewAllData" | "queryAllFiles") => (index: number) => index === profiles && world.features[name];
  const set = sobject(
    world,
    "PermissionSet",
    "Permission Set",
    [
      recordId(world, "PermissionSet", "PermissionSet"),
      text("Name", "Permission Set Name", 80, (index) => (index < profiles ? `X00e${index}` : "Integration"), {
        nillable: false,
        extra: { nameField: true },
      }),
      text("Label", "Permission Set Label", 80, (index) => (index < profiles ? `Profile ${index}` : "Integration")),
      bool("IsOwnedByProfile", "Is Owned By Profile", (index) => index < profiles),
      ref("ProfileId", "Profile ID", "Profile", (index) => (index < profiles ? world.id("Profile", index) : null)),
      bool("PermissionsApiEnabled", "API Enabled", () => true),
      bool("PermissionsViewEncryptedData", "View Encrypted Data", () => false),
      bool("PermissionsViewAllData", "View All Data", may("viewAllData")),
      bool("PermissionsQueryAllFiles", "Query All Files", may("queryAllFiles")),
      ...audit(world, "PermissionSet"),
    ],
    { replicateable: false },
  );
  const assignment = sobject(
    world,
    "PermissionSetAssignment",
    "Permission Set Assignment",
    [
      recordId(world, "PermissionSetAssignment", "PermissionSetAssignment"),
      ref(
        "PermissionSetId",
        "PermissionSet ID",
        "PermissionSet",
        (index) => world.id("PermissionSet", index === 0 ? 0 : profiles),
        { nillable: false },
      ),
      ref("AssigneeId", "Assignee ID", "User", () => world.id("User", 0), { nillable: false }),
      bool("IsActive", "Is Active", () => true),
    ],
    { replicateable: false },
  );
  return [set, assignment];
}

export function people(world: World): SObject[] {
  return [
    organization(world),
    user(world),
    group(world),
    profile(world),
    ...permissionSets(world),
    recordType(world),
    ...(world.features.multiCurrency ? [currencyType(world)] : []),
  ];
}
