/** Owners, companies, contacts, leads. */
import type { Spec } from "./truth-objects.ts";
import {
  always,
  bool,
  choice,
  custom,
  date,
  firstOf,
  held,
  instant,
  linkedTo,
  lower,
  number,
  plain,
  type Row,
  records,
  ref,
  several,
  text,
} from "./truth-values.ts";

/** Who has it, and when it was made and changed. */
export const stamps = (made = "createdate", changed = "hs_lastmodifieddate") => ({
  created_at: instant("created_at", made),
  updated_at: instant("updated_at", changed),
  source_system: always("source_system", "hubspot"),
});
export const owner = { owner_id: ref("owner_id", "user", "hubspot_owner_id") };

const joined =
  (...names: readonly string[]) =>
  (row: Row): string | null =>
    names
      .map((name) => held(row, name))
      .filter((part) => part !== null)
      .join(" ") || null;
const before =
  (mark: string, name: string) =>
  (row: Row): string | null =>
    held(row, name)?.split(mark)[0] ?? null;

export const SOURCES = {
  ORGANIC_SEARCH: "web",
  DIRECT_TRAFFIC: "web",
  PAID_SEARCH: "paid_search",
  PAID_SOCIAL: "social",
  SOCIAL_MEDIA: "social",
  EMAIL_MARKETING: "email_campaign",
  REFERRALS: "referral",
  OTHER_CAMPAIGNS: "advertisement",
  OFFLINE: "other",
};
const INDUSTRIES: Readonly<Record<string, string>> = {
  COMPUTER_SOFTWARE: "software",
  INTERNET: "software",
  INFORMATION_TECHNOLOGY_AND_SERVICES: "technology",
  BANKING: "finance",
  FINANCIAL_SERVICES: "finance",
  INSURANCE: "finance",
  HOSPITAL_HEALTH_CARE: "healthcare",
  PHARMACEUTICALS: "healthcare",
  RETAIL: "retail",
  CONSUMER_GOODS: "retail",
  FOOD_BEVERAGES: "retail",
  EDUCATION_MANAGEMENT: "education",
  HIGHER_EDUCATION: "education",
  REAL_ESTATE: "real_estate",
  GOVERNMENT_ADMINISTRATION: "government",
  NON_PROFIT_ORGANIZATION_MANAGEMENT: "nonprofit",
  OIL_ENERGY: "energy",
  UTILITIES: "energy",
  LOGISTICS_AND_SUPPLY_CHAIN: "logistics",
  MACHINERY: "manufacturing",
  // no option of the portal (any more)
  BLOCKCHAIN_AND_CRYPTO: "other",
};

export const owners: Spec = {
  name: "owners",
  table: "user",
  *rows({ owners }) {
    for (const each of owners) {
      yield {
        id: each.id,
        values: {
          email: each.email,
          firstName: each.firstName,
          lastName: each.lastName,
          active: String(!each.archived),
          queue: String(each.type === "QUEUE"),
          user: each.userIdIncludingInactive === null ? null : String(each.userIdIncludingInactive),
          createdAt: each.createdAt,
          updatedAt: each.updatedAt,
        },
      };
    }
  },
  columns: () => ({
    name: text("name", joined("firstName", "lastName")),
    first_name: text("first_name", "firstName"),
    last_name: text("last_name", "lastName"),
    email: lower("email", "email"),
    is_active: bool("is_active", "active"),
    is_queue: bool("is_queue", "queue"),
    user_id: text("custom.user_id", "user"),
    ...stamps("createdAt", "updatedAt"),
  }),
};

export const companies: Spec = {
  name: "companies",
  table: "account",
  rows: (portal) => records(portal, "companies"),
  columns: () => ({
    name: text("name", firstOf("name", "domain")),
    domain: text(
      "domain",
      firstOf("domain", (row) => (row.values.website?.includes(" ") ? null : held(row, "website"))),
    ),
    website: text("website", (row) => (row.values.website?.includes(" ") ? null : firstOf("website", "domain")(row))),
    phone: text("phone", "phone"),
    type: choice(
      "type",
      {
        PROSPECT: "prospect",
        PARTNER: "partner",
        RESELLER: "partner",
        VENDOR: "prospect",
        OTHER: "prospect",
        customer: "customer",
        evangelist: "customer",
      },
      firstOf(
        (row) => (/OTHER|VENDOR/.test(row.values.type ?? "") ? null : held(row, "type")),
        "lifecyclestage",
        "type",
      ),
      () => "prospect",
    ),
    company_type: text("custom.company_type", "type"),
    industry: choice("industry", INDUSTRIES, "industry"),
    sub_industry: text("sub_industry", "industry"),
    description: text("description", firstOf("description", "about_us")),
    annual_revenue: number("annual_revenue", "annualrevenue"),
    number_of_employees: number("number_of_employees", "numberofemployees"),
    parent_id: ref("parent_id", "account", "hs_parent_company_id"),
    ...owner,
    billing_street: plain("billing_street", joined("address", "address2")),
    billing_city: text("billing_city", "city"),
    billing_state: text("billing_state", "state"),
    billing_postal_code: text("billing_postal_code", "zip"),
    billing_country: text("billing_country", "country"),
    year_started: number("year_started", "founded_year"),
    lifecycle_stage: text("lifecycle_stage", "lifecyclestage"),
    lead_status: text("custom.lead_status", "hs_lead_status"),
    lead_source: choice("lead_source", SOURCES, "hs_analytics_source"),
    additional_domains: text("custom.additional_domains", "hs_additional_domains"),
    is_public: text("custom.is_public", "is_public"),
    is_target_account: text("custom.is_target_account", "hs_is_target_account"),
    ideal_customer_profile: text("custom.ideal_customer_profile", "hs_ideal_customer_profile"),
    linkedin_url: text("linkedin_url", "linkedin_company_page"),
    facebook_url: text("facebook_url", "facebook_company_page"),
    twitter: text("twitter", "twitterhandle"),
    timezone: text("timezone", "timezone"),
    last_activity_date: date("last_activity_date", "notes_last_updated"),
    ...stamps(),
    account_tier: custom(text("custom.account_tier", "account_tier")),
    regions: custom(several("custom.regions", "regions")),
    bank_account: custom(text("custom.bank_account", "bank_account")),
  }),
};

export const contacts: Spec = {
  name: "contacts",
  table: "contact",
  rows: (portal) => records(portal, "contacts"),
  columns: (portal) => ({
    salutation: choice(
      "salutation",
      { "Mr.": "mr", "Ms.": "ms", "Mrs.": "mrs", "Dr.": "dr", "Prof.": "prof" },
      "salutation",
    ),
    first_name: text("first_name", "firstname"),
    last_name: text(
      "last_name",
      firstOf("lastname", before("@", "email"), () => "(unknown)"),
    ),
    full_name: text("full_name", joined("firstname", "lastname")),
    account_id: ref("account_id", "account", firstOf(linkedTo(portal, "contacts", "companies"), "associatedcompanyid")),
    email: lower("email", "email"),
    secondary_email: lower("secondary_email", before(";", "hs_additional_emails")),
    additional_emails: text("custom.additional_emails", "hs_additional_emails"),
    phone: text("phone", "phone"),
    mobile: text("mobile", "mobilephone"),
    title: text("title", "jobtitle"),
    buying_roles: several("custom.buying_roles", "hs_buying_role"),
    ...owner,
    mailing_street: plain("mailing_street", "address"),
    mailing_city: text("mailing_city", "city"),
    mailing_state: text("mailing_state", "state"),
    mailing_postal_code: text("mailing_postal_code", "zip"),
    mailing_country: text("mailing_country", firstOf("country", "hs_country_region_code")),
    website: text("website", "website"),
    lead_source: choice("lead_source", SOURCES, "hs_analytics_source"),
    source_detail: text("custom.source_detail", "hs_analytics_source_data_1"),
    lifecycle_stage: text("lifecycle_stage", "lifecyclestage"),
    status: text("status", "hs_lead_status"),
    description: text("description", "message"),
    company: text("company", "company"),
    industry_text: text("custom.industry_text", "industry"),
    annual_revenue: number("annual_revenue", (row) => held(row, "annualrevenue")?.replace(/[$,]/g, "") ?? null),
    employee_range: text("custom.employee_range", "numemployees"),
    score: number("custom.score", "hubspotscore"),
    email_opt_out: bool("email_opt_out", "hs_email_optout"),
    legal_basis: several("custom.legal_basis", "hs_legal_basis"),
    last_contacted_date: instant("last_contacted_date", "notes_last_contacted"),
    last_activity_date: date("last_activity_date", "notes_last_updated"),
    ...stamps("createdate", "lastmodifieddate"),
    vip_level: custom(text("custom.vip_level", "vip_level")),
    interests: custom(several("custom.interests", "interests")),
    favourite_store: custom(text("custom.favourite_store", "favourite_store")),
    birthday: custom(date("custom.birthday", "birthday")),
    lifetime_value: custom(number("custom.lifetime_value", "lifetime_value")),
    customer_number: custom(text("custom.customer_number", "customer_number")),
    newsletter: custom(text("custom.newsletter", "newsletter")),
    about: custom(text("custom.about", "about")),
    tax_id: custom(text("custom.tax_id", "tax_id")),
    health_notes: custom(text("custom.health_notes", "health_notes")),
  }),
};

export const LEAD_STAGES = {
  "new-stage-id": "new",
  "attempting-stage-id": "contacted",
  "connected-stage-id": "contacted",
  "qualified-stage-id": "qualified",
  "unqualified-stage-id": "unqualified",
};

export const leads: Spec = {
  name: "leads",
  table: "lead",
  keyspace: "leads",
  rows: (portal) => records(portal, "leads"),
  columns: (portal) => ({
    full_name: text("full_name", "hs_lead_name"),
    first_name: text("first_name", "hs_associated_contact_firstname"),
    last_name: text("last_name", firstOf("hs_associated_contact_lastname", "hs_lead_name")),
    email: lower("email", "hs_associated_contact_email"),
    company: text("company", "hs_associated_company_name"),
    status: choice("status", LEAD_STAGES, "hs_pipeline_stage"),
    pipeline: text("custom.pipeline", () => "Lead pipeline"),
    rating: choice("rating", { HOT: "hot", WARM: "warm", COLD: "cold" }, "hs_lead_label"),
    lead_type: text("custom.lead_type", "hs_lead_type"),
    disqualification_reason: choice(
      "disqualification_reason",
      { NO_BUDGET: "no_budget" },
      "hs_lead_disqualification_reason",
    ),
    notes: text("notes", "hs_lead_disqualification_note"),
    lead_source: choice("lead_source", SOURCES, "hs_lead_source"),
    account_id: text("custom.account_id", linkedTo(portal, "leads", "companies")),
    contact_id: text("custom.contact_id", linkedTo(portal, "leads", "contacts")),
    ...owner,
    ...stamps("hs_createdate"),
  }),
};
