/** Deals of three pipelines, in several currencies, some without an amount. */

import { PIPELINES } from "../pipelines.ts";
import { properties } from "../property.ts";
import { allDigits, money, pick, type Rows, type Seed } from "../seed.ts";
import { day, instant } from "../world.ts";
import { companyName, longText, SOURCES } from "./names.ts";

const PROPERTIES = properties(`
dealname|Deal Name|string.text|dealinformation|f
amount|Amount|number.number|dealinformation|$
amount_in_home_currency|Amount in company currency|number.calculation_equation|dealinformation|cr$
deal_currency_code|Currency|enumeration.select|dealinformation|f|USD:US Dollar,EUR:Euro,GBP:British Pound,JPY:Japanese Yen
pipeline|Pipeline|enumeration.select|dealinformation|e
dealstage|Deal Stage|enumeration.radio|dealinformation|e
dealtype|Deal Type|enumeration.radio|dealinformation||newbusiness:New Business,existingbusiness:Existing Business
closedate|Close Date|datetime.date|dealinformation|f
description|Deal Description|string.textarea|dealinformation
hs_priority|Priority|enumeration.select|dealinformation||low:Low,medium:Medium,high:High
hs_next_step|Next step|string.textarea|dealinformation
hs_manual_forecast_category|Forecast category|enumeration.select|dealinformation||OMIT:Not forecasted,PIPELINE:Pipeline,BEST_CASE:Best case,MOST_LIKELY:Most likely,COMMIT:Commit,CLOSED:Closed won
hs_forecast_amount|Forecast amount|number.calculation_equation|dealinformation|r$
hs_forecast_probability|Forecast probability|number.number|dealinformation
hs_deal_stage_probability|Deal probability|number.number|dealinformation|r
hs_projected_amount|Weighted amount|number.calculation_equation|dealinformation|$
hs_is_closed|Is Deal Closed?|bool.calculation_read_time|dealinformation|cr
hs_is_closed_won|Is Closed Won|bool.calculation_read_time|dealinformation|cr
hs_open_deal_create_date|Open deal create date|datetime.calculation_equation|dealinformation|rh
hs_v2_date_entered_current_stage|Date entered current stage|datetime.date|dealinformation|r
hs_closed_amount|Closed Deal Amount|number.calculation_equation|dealinformation|cr$
hs_acv|Annual contract value|number.calculation_equation|dealinformation|r$
hs_mrr|Monthly recurring revenue|number.calculation_equation|dealinformation|r$
closed_won_reason|Closed Won Reason|string.textarea|dealinformation
closed_lost_reason|Closed Lost Reason|string.textarea|dealinformation
hs_analytics_source|Original Source Type|enumeration.select|analyticsinformation|r|ORGANIC_SEARCH:Organic Search,PAID_SEARCH:Paid Search,EMAIL_MARKETING:Email Marketing,SOCIAL_MEDIA:Organic Social,REFERRALS:Referrals,OTHER_CAMPAIGNS:Other Campaigns,DIRECT_TRAFFIC:Direct Traffic,OFFLINE:Offline Sources,PAID_SOCIAL:Paid Social
hs_tag_ids|Deal tags|enumeration.checkbox|dealinformation|e
num_associated_contacts|Number of Associated Contacts|number.number|dealinformation|r
notes_last_updated|Last Activity Date|datetime.date|dealinformation|r
hs_object_source_label|Record source|enumeration.select|dealinformation|re
discount_share|Discount|number.number|custom|x
products_of_interest|Products of interest|enumeration.checkbox|custom|x|crm:CRM,erp:ERP,bi:BI,care:Care plan
hubspot_team_id|HubSpot Team|enumeration.select|dealinformation|re
createdate|Create Date|datetime.date|dealinformation|r
hs_lastmodifieddate|Last Modified Date|datetime.date|dealinformation|r
hubspot_owner_id|Deal owner|enumeration.select|dealinformation|e||OWNER
hs_object_id|Record ID|number.number|dealinformation|r
hs_merged_object_ids|Merged Deal IDs|enumeration.checkbox|dealinformation|r
`).map((property) =>
  property.name === "amount" ? { ...property, currencyPropertyName: "deal_currency_code" } : property,
);

const FORECASTS = ["OMIT", "PIPELINE", "BEST_CASE", "COMMIT", "CLOSED"] as const;

/** Currency of a deal, its line items and its quotes. */
export function dealCurrency(seed: Seed): (index: number) => string {
  const throwOf = seed.world.dice("deals.currency");
  const { currencies } = seed.world;
  return (index) => currencies[throwOf(index, 8) % 5] ?? currencies[0]!;
}

export function deals(seed: Seed): Rows {
  const { world, relations } = seed;
  const throwOf = world.dice("deals");
  const nameOf = companyName(seed);
  const about = longText(seed, "deals.description");
  const currencyOf = dealCurrency(seed);
  const unknown = world.options.unknownOptions === true;
  const pipelines = PIPELINES.deals!;
  return {
    properties:
      world.currencies.length > 1 ? PROPERTIES : PROPERTIES.filter(({ name }) => name !== "deal_currency_code"),
    values(index) {
      const created = world.created("deals", index);
      const pipeline = pipelines[index % 5 < 3 ? 0 : index % 5 === 3 ? 1 : 2]!;
      const stage = pick(pipeline.stages, throwOf(index, 997));
      const probability = Number(stage.metadata.probability);
      const closed = stage.metadata.isClosed === "true";
      const currency = currencyOf(index);
      const cents = throwOf(index + 1, 500_000_000);
      const whole = currency === "JPY" ? cents - (cents % 100) : cents;
      const amount =
        index % 25 === 24
          ? null
          : index % 50 === 3
            ? "0"
            : index % 100 === 41
              ? "123456789012345.678901"
              : money(whole);
      const company = relations.primaryCompany("deals", index);
      return {
        dealname: `${company === undefined ? "Deal" : (nameOf(company) ?? "Deal")} – ${index % 9 === 0 ? "“Größe”\nphase 2" : "phase 1"} #${index}`,
        amount,
        ...(world.currencies.length > 1 ? { deal_currency_code: currency } : {}),
        amount_in_home_currency: amount,
        pipeline: pipeline.id,
        dealstage: unknown && index % 307 === 8 ? "99999999" : stage.id,
        dealtype:
          unknown && index % 97 === 9
            ? "partner_deal"
            : index % 6 === 5
              ? null
              : pick(["newbusiness", "existingbusiness"], throwOf(index + 2, 2)),
        closedate: index % 12 === 11 && !closed ? null : instant(created + (30 + (index % 90)) * 86_400_000),
        description: index % 4 === 0 ? about(index) : null,
        hs_priority: index % 3 === 0 ? pick(["low", "medium", "high"], throwOf(index + 3, 3)) : null,
        hs_next_step: index % 7 === 0 ? "Call back; send offer" : index % 7 === 1 ? "" : null,
        hs_manual_forecast_category: index % 4 === 2 ? pick(FORECASTS, throwOf(index + 4, 5)) : null,
        hs_deal_stage_probability: allDigits(probability),
        hs_forecast_amount: amount,
        hs_forecast_probability: index % 9 === 4 ? "0.35" : null,
        hs_acv: index % 4 === 3 ? allDigits((index % 1000) * 1.1) : null,
        hs_mrr: index % 4 === 3 ? allDigits((index % 1000) * 0.09) : null,
        hs_projected_amount: amount === null ? null : amount === "0" ? "0" : allDigits(Number(amount) * probability),
        hs_is_closed: String(closed),
        hs_is_closed_won: String(closed && probability === 1),
        hs_open_deal_create_date: closed ? "0" : String(created),
        hs_v2_date_entered_current_stage: instant(created + 86_400_000),
        hs_closed_amount: closed && probability === 1 ? amount : "0",
        closed_won_reason: closed && probability === 1 && index % 2 === 0 ? "Price\nand service" : null,
        closed_lost_reason: closed && probability === 0 && index % 2 === 0 ? "No budget" : null,
        hs_analytics_source: pick(SOURCES, throwOf(index + 5, 9)),
        notes_last_updated: index % 3 === 0 ? instant(created + 2 * 86_400_000) : null,
        hs_object_source_label: "CRM_UI",
        discount_share: index % 6 === 0 ? allDigits((index % 90) / 300) : null,
        products_of_interest: index % 5 === 1 ? "crm;bi" : index % 5 === 2 ? "care" : null,
        hs_tag_ids: index % 40 === 1 ? day(created).replaceAll("-", "") : null,
      };
    },
  };
}
