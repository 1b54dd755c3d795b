/** Contacts: people with and without a company, a name, an e-mail address. */
import { PLACES, SALUTATIONS, SENTENCES, STREETS, TITLES } from "../../../salesforce/org/words.ts";
import { allDigits, money, pick, type Rows, type Seed, type Values } from "../seed.ts";
import { day, instant } from "../world.ts";
import { CONTACT_PROPERTIES } from "./contacts-properties.ts";
import { companyName, contactEmail, contactName, longText, SOURCES } from "./names.ts";

export const STAGES_OF_LIFE = [
  "subscriber",
  "lead",
  "marketingqualifiedlead",
  "salesqualifiedlead",
  "opportunity",
  "customer",
  "evangelist",
  "other",
] as const;
const STATUSES = [
  "NEW",
  "OPEN",
  "IN_PROGRESS",
  "OPEN_DEAL",
  "UNQUALIFIED",
  "ATTEMPTED_TO_CONTACT",
  "CONNECTED",
  "BAD_TIMING",
] as const;
const ROLES = ["BLOCKER", "BUDGET_HOLDER", "CHAMPION", "DECISION_MAKER", "END_USER", "INFLUENCER"] as const;
const SIZES = ["1-5", "5-25", "25-50", "50-100", "100-500", "500-1000", "1000+"] as const;
const INTERESTS = ["Golf", "Wine", "Sailing", "Opera", "R&D"] as const;

/** Some are of the time when dates came as milliseconds; of people born before 1970 these are negative. */
function birthday(index: number): string {
  const at = Date.UTC(1950 + ((index >> 3) % 50), index % 12, 1 + (index % 28));
  return index % 72 === 5 ? String(at) : day(at);
}

export function contacts(seed: Seed): Rows {
  const { world, relations } = seed;
  const throwOf = world.dice("contacts");
  const nameOf = companyName(seed);
  const nameOfContact = contactName(seed);
  const about = longText(seed, "contacts.about");
  const unknown = world.options.unknownOptions === true;
  const companies = world.ids("companies");
  const contactIds = world.ids("contacts");
  return {
    properties: CONTACT_PROPERTIES,
    values(index) {
      const employer = relations.primaryCompany("contacts", index);
      const place = pick(PLACES, throwOf(index, 9973));
      const created = world.created("contacts", index);
      const email = contactEmail(seed, index);
      const phone = index % 4 === 3 ? null : `+1 617-555-${String(1000 + (index % 9000))}`;
      const stage =
        unknown && index % 211 === 5
          ? "38820116"
          : index % 40 === 39
            ? null
            : pick(STAGES_OF_LIFE, throwOf(index + 2, 8));
      const merged = world.origins("contacts", index).filter((at) => world.fate("contacts", at) === "merged");
      const { first, last } = nameOfContact(index);
      const values: Values = {
        firstname: first,
        lastname: last,
        email,
        salutation: index % 3 === 0 ? pick(SALUTATIONS, throwOf(index, 5)) : null,
        jobtitle: index % 5 === 4 ? null : pick(TITLES, throwOf(index + 5, 83)),
        phone,
        mobilephone: index % 6 === 0 ? `+49 170 ${String(1_000_000 + (index % 8_999_999))}` : null,
        company: employer === undefined ? (index % 2 === 0 ? "Somewhere & Sons" : null) : nameOf(employer),
        associatedcompanyid: employer === undefined ? null : companies.id(employer),
        website: index % 9 === 0 ? `http://www.company${employer ?? 0}.example/` : null,
        address: index % 2 === 0 ? pick(STREETS, throwOf(index + 6, 97)).replaceAll("\r\n", "\n") : null,
        city: place.city,
        state: place.state,
        zip: place.zip,
        country: place.country,
        hs_country_region_code: place.code,
        industry: index % 7 === 0 ? "Software, mostly" : null,
        annualrevenue: index % 11 === 0 ? `$${throwOf(index, 900) + 100},000` : null,
        numemployees:
          index % 5 === 1 ? (unknown && index % 201 === 1 ? "5000+" : pick(SIZES, throwOf(index, 89))) : null,
        lifecyclestage: stage,
        hs_lead_status:
          unknown && index % 173 === 4
            ? "LEGACY_STATUS"
            : index % 3 === 1
              ? pick(STATUSES, throwOf(index + 7, 8))
              : null,
        hs_analytics_source: index % 15 === 14 ? null : pick(SOURCES, throwOf(index + 8, 9)),
        hs_analytics_source_data_1: index % 8 === 0 ? "API" : "INTEGRATION",
        hs_latest_source: pick(SOURCES, throwOf(index + 9, 9)),
        hs_analytics_num_page_views: String(throwOf(index, 40)),
        hs_analytics_num_visits: String(throwOf(index + 1, 9)),
        hs_analytics_average_page_views: "0",
        hs_analytics_revenue: "0.0",
        hs_analytics_first_timestamp: instant(created),
        hs_email_optout: index % 13 === 0 ? "true" : index % 13 === 1 ? "false" : null,
        hs_email_optout_448994475: index % 26 === 0 ? "true" : null,
        hs_email_domain: email === null ? null : email.slice(email.indexOf("@") + 1),
        hs_additional_emails:
          index % 29 === 4 || merged.length > 0
            ? [
                ...merged.map((at) => contactEmail(seed, at)),
                ...(index % 29 === 4 ? [`contact${index}@old.example`, `c.${index}@private.example`] : []),
              ]
                .filter((text) => text !== null)
                .join(";")
            : null,
        hs_all_contact_vids: [index, ...merged].map((at) => contactIds.id(at)).join(";"),
        hs_calculated_merged_vids:
          merged.length === 0 ? null : merged.map((at) => `${contactIds.id(at)}:${created}`).join(";"),
        hs_buying_role: index % 10 === 3 ? [...ROLES.slice(index % 3, (index % 3) + 3)].join(";") : null,
        hs_marketable_status: index % 2 === 0 ? "true" : "false",
        hs_is_contact: "true",
        hs_is_unworked: index % 3 === 0 ? "true" : "false",
        hs_count_is_unworked: index % 3 === 0 ? "1" : "0",
        hs_predictivecontactscore_v2:
          index % 4 === 2 ? allDigits((throwOf(index, 999) + 1) / 1000) : index % 4 === 0 ? "1.000000" : null,
        hubspotscore: index % 6 === 5 ? null : String(throwOf(index + 10, 100)),
        hs_lifecyclestage_lead_date: stage === "subscriber" ? null : instant(created + 86_400_000),
        hs_date_entered_lead: index % 2 === 0 ? String(created + 86_400_000) : null,
        hs_time_in_lead: index % 9 === 2 ? String(throwOf(index, 900_000_000)) : null,
        hs_first_engagement_object_id: index % 12 === 6 ? "0" : null,
        hs_latest_meeting_activity: index % 12 === 5 ? instant(created + 5 * 86_400_000) : null,
        hs_notes_last_activity: index % 12 === 5 ? `0-47-31900100${String(index).padStart(6, "0")}` : null,
        hs_object_source: "CONTACTS_WEB",
        hs_object_source_label: index % 3 === 0 ? "IMPORT" : "CRM_UI",
        hs_legal_basis: index % 20 === 6 ? "Performance of a contract;Legitimate interest - other" : null,
        hs_pipeline: "contacts-lifecycle-pipeline",
        hs_createdate: index % 2 === 0 ? instant(created) : null,
        notes_last_contacted: index % 3 === 2 ? instant(created + 9 * 86_400_000) : null,
        notes_last_updated: index % 3 !== 0 ? instant(created + 10 * 86_400_000) : null,
        num_notes: String(index % 4),
        num_associated_deals: index % 5 === 0 ? "1" : null,
        recent_deal_amount: index % 5 === 0 ? money(throwOf(index, 9_000_000)) : null,
        message: index % 21 === 0 ? pick(SENTENCES, throwOf(index, 991)).replaceAll("\r\n", "\n") : null,
        vip_level:
          index % 17 === 3
            ? unknown && index % 34 === 3
              ? "platinum"
              : pick(["gold", "silver", "bronze"], index)
            : null,
        interests: index % 6 === 1 ? INTERESTS.filter((_, at) => ((index >> 1) + at) % 3 !== 0).join(";") : null,
        favourite_store: index % 5 === 2 ? `store_${String(throwOf(index, 1583)).padStart(4, "0")}` : null,
        birthday: index % 8 === 5 ? birthday(index) : null,
        lifetime_value: index % 4 === 1 ? money(throwOf(index + 11, 100_000_000)) : null,
        customer_number: index % 2 === 1 ? `0${String(index).padStart(7, "0")}` : null,
        newsletter: index % 3 === 0 ? "true" : null,
        about: index % 14 === 0 ? about(index) : null,
        tax_id: index % 30 === 0 ? `DE${String(100_000_000 + index)}` : null,
        health_notes: index % 90 === 0 ? "Nut allergy" : null,
        old_score: index % 10 === 0 ? "7" : null,
      };
      return values;
    },
  };
}
