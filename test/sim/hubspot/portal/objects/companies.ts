/** Companies: parents and children, additional domains, one without a name now and then. */
import { PLACES, STREETS } from "../../../salesforce/org/words.ts";
import { properties } from "../property.ts";
import { money, pick, type Rows, type Seed } from "../seed.ts";
import { instant } from "../world.ts";
import { STAGES_OF_LIFE } from "./contacts.ts";
import { companyName, domainOf, longText } from "./names.ts";

const INDUSTRIES = [
  "COMPUTER_SOFTWARE",
  "INTERNET",
  "INFORMATION_TECHNOLOGY_AND_SERVICES",
  "BANKING",
  "FINANCIAL_SERVICES",
  "INSURANCE",
  "HOSPITAL_HEALTH_CARE",
  "PHARMACEUTICALS",
  "RETAIL",
  "CONSUMER_GOODS",
  "EDUCATION_MANAGEMENT",
  "HIGHER_EDUCATION",
  "REAL_ESTATE",
  "GOVERNMENT_ADMINISTRATION",
  "NON_PROFIT_ORGANIZATION_MANAGEMENT",
  "OIL_ENERGY",
  "UTILITIES",
  "LOGISTICS_AND_SUPPLY_CHAIN",
  "MACHINERY",
  "FOOD_BEVERAGES",
] as const;
const TYPES = ["PROSPECT", "PARTNER", "RESELLER", "VENDOR", "OTHER"] as const;

const title = (value: string): string =>
  value
    .split("_")
    .map((word) => word[0] + word.slice(1).toLowerCase())
    .join(" ");

const PROPERTIES = properties(
  `
name|Company name|string.text|companyinformation|f
domain|Company Domain Name|string.text|companyinformation|f
hs_additional_domains|Additional Domains|enumeration.checkbox|companyinformation|rh
type|Type|enumeration.select|companyinformation|f|types
industry|Industry|enumeration.select|companyinformation|f|industries
lifecyclestage|Lifecycle Stage|enumeration.radio|companyinformation|e|subscriber:Subscriber,lead:Lead,marketingqualifiedlead:Marketing Qualified Lead,salesqualifiedlead:Sales Qualified Lead,opportunity:Opportunity,customer:Customer,evangelist:Evangelist,other:Other
hs_lead_status|Lead Status|enumeration.radio|companyinformation||NEW:New,OPEN:Open,IN_PROGRESS:In Progress,OPEN_DEAL:Open Deal,UNQUALIFIED:Unqualified,ATTEMPTED_TO_CONTACT:Attempted to Contact,CONNECTED:Connected,BAD_TIMING:Bad Timing
phone|Phone Number|string.phonenumber|companyinformation|f
website|Website URL|string.text|companyinformation|f
annualrevenue|Annual Revenue|number.number|companyinformation|$
numberofemployees|Number of Employees|number.number|companyinformation
address|Street Address|string.text|companyinformation|f
address2|Street Address 2|string.text|companyinformation|f
city|City|string.text|companyinformation|f
state|State/Region|string.text|companyinformation|f
zip|Postal Code|string.text|companyinformation|f
country|Country/Region|string.text|companyinformation|f
description|Description|string.textarea|companyinformation
about_us|About Us|string.textarea|companyinformation
founded_year|Year Founded|string.text|companyinformation
is_public|Is Public|bool.booleancheckbox|companyinformation
timezone|Time Zone|string.text|companyinformation
linkedin_company_page|LinkedIn Company Page|string.text|socialmediainformation
facebook_company_page|Facebook Company Page|string.text|socialmediainformation
twitterhandle|Twitter Handle|string.text|socialmediainformation
hs_parent_company_id|Parent Company|number.number|companyinformation|e||COMPANY
hs_num_child_companies|Number of child companies|number.calculation_rollup|companyinformation|r
num_associated_contacts|Number of Associated Contacts|number.number|companyinformation|r
num_associated_deals|Number of Associated Deals|number.number|companyinformation|r
notes_last_updated|Last Activity Date|datetime.date|companyinformation|r
notes_last_contacted|Last Contacted|datetime.date|companyinformation|r
hs_ideal_customer_profile|Ideal Customer Profile Tier|enumeration.select|companyinformation||tier_1:Tier 1,tier_2:Tier 2,tier_3:Tier 3
hs_is_target_account|Target Account|bool.booleancheckbox|companyinformation
hs_analytics_source|Original Source Type|enumeration.select|analyticsinformation|r|ORGANIC_SEARCH:Organic Search,REFERRALS:Referrals,DIRECT_TRAFFIC:Direct Traffic,OFFLINE:Offline Sources
hs_object_source_label|Record source|enumeration.select|companyinformation|re
hubspotscore|HubSpot Score|number.calculation_score|companyinformation|r
total_revenue|Total Revenue|number.number|companyinformation|r$
account_tier|Account tier|enumeration.radio|custom|x|a:A,b:B,c:C
regions|Regions|enumeration.checkbox|custom|x|emea:EMEA,apac:APAC,amer:AMER
bank_account|Bank account|string.text|custom|xs
old_region|Old region|string.text|custom|xa
createdate|Create Date|datetime.date|companyinformation|r
hs_lastmodifieddate|Last Modified Date|datetime.date|companyinformation|r
hubspot_owner_id|Company owner|enumeration.select|companyinformation|e||OWNER
hubspot_owner_assigneddate|Owner Assigned Date|datetime.date|companyinformation|r
hs_object_id|Record ID|number.number|companyinformation|r
hs_merged_object_ids|Merged Company IDs|enumeration.checkbox|companyinformation|r
`,
  {
    types: TYPES.map((value) => ({ value, label: title(value) })),
    industries: INDUSTRIES.map((value) => ({ value, label: title(value) })),
  },
);

export function companies(seed: Seed): Rows {
  const { world, relations } = seed;
  const throwOf = world.dice("companies");
  const nameOf = companyName(seed);
  const about = longText(seed, "companies.description");
  const unknown = world.options.unknownOptions === true;
  const ids = world.ids("companies");
  return {
    properties: PROPERTIES,
    values(index) {
      const place = pick(PLACES, throwOf(index, 9973));
      const created = world.created("companies", index);
      const parent = relations.parentCompany(index);
      return {
        name: nameOf(index),
        domain: index % 20 === 5 ? null : domainOf(index),
        hs_additional_domains: index % 12 === 0 ? `shop.${domainOf(index)};company-${index}.test` : null,
        type: index % 4 === 3 ? null : pick(TYPES, throwOf(index, 97)),
        industry:
          unknown && index % 83 === 6
            ? "BLOCKCHAIN_AND_CRYPTO"
            : index % 10 === 9
              ? null
              : pick(INDUSTRIES, throwOf(index + 1, 997)),
        lifecyclestage: index % 6 === 5 ? null : pick(STAGES_OF_LIFE, throwOf(index + 2, 8)),
        hs_lead_status: index % 9 === 0 ? "NEW" : null,
        phone: index % 5 === 2 ? null : `+49 89 ${String(100_000 + (index % 899_999))}`,
        website: index % 3 === 0 ? null : index % 30 === 1 ? "not a website" : domainOf(index),
        annualrevenue: index % 8 === 7 ? null : index % 40 === 2 ? "0" : money(throwOf(index + 3, 2_000_000_000)),
        numberofemployees: index % 7 === 6 ? null : String(throwOf(index + 4, 50_000)),
        address: index % 2 === 0 ? pick(STREETS, throwOf(index + 5, 97)).replaceAll("\r\n", "\n") : null,
        address2: index % 10 === 0 ? "3rd floor" : null,
        city: place.city,
        state: place.state,
        zip: place.zip,
        country: place.country,
        description: index % 3 === 1 ? about(index) : null,
        founded_year: index % 4 === 0 ? String(1900 + (index % 120)) : null,
        is_public: index % 11 === 0 ? "true" : index % 11 === 1 ? "false" : null,
        linkedin_company_page: index % 6 === 4 ? `https://linkedin.example/company/${index}` : null,
        facebook_company_page: index % 16 === 3 ? `https://facebook.example/${index}` : null,
        twitterhandle: index % 16 === 4 ? `@company${index}` : null,
        timezone: index % 4 === 0 ? "Europe/Berlin" : null,
        about_us: index % 18 === 0 ? about(index + 1) : null,
        hs_is_target_account: index % 14 === 2 ? "true" : null,
        hubspotscore: index % 6 === 0 ? String(throwOf(index + 7, 100)) : null,
        hs_parent_company_id: parent === undefined ? null : ids.id(parent),
        notes_last_updated: index % 3 !== 0 ? instant(created + 7 * 86_400_000) : null,
        hs_ideal_customer_profile: index % 6 === 2 ? "tier_2" : null,
        hs_analytics_source: index % 2 === 0 ? "OFFLINE" : "DIRECT_TRAFFIC",
        hs_object_source_label: "CRM_UI",
        total_revenue: index % 5 === 0 ? money(throwOf(index + 6, 90_000_000)) : null,
        account_tier: index % 3 === 2 ? pick(["a", "b", "c"], throwOf(index, 31)) : null,
        // the second was written by a program that meant to append
        regions: index % 4 === 1 ? "emea;apac" : index % 60 === 2 ? ";amer" : index % 4 === 2 ? "amer" : null,
        bank_account: index % 50 === 0 ? "DE02120300000000202051" : null,
        old_region: index % 10 === 0 ? "North" : null,
        hubspot_owner_assigneddate: instant(created + 3_600_000),
      };
    },
  };
}
