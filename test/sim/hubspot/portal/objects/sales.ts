/** Products, line items of deals and of quotes, quotes. */
import { properties } from "../property.ts";
import { allDigits, money, pick, type Rows, type Seed } from "../seed.ts";
import { day, instant } from "../world.ts";
import { dealCurrency } from "./deals.ts";
import { html } from "./names.ts";

const PRODUCT_PROPERTIES = properties(`
name|Name|string.text|productinformation|f
description|Product description|string.textarea|productinformation
price|Unit price|number.number|productinformation|$
hs_price_eur|Unit price (EUR)|number.number|productinformation
hs_cost_of_goods_sold|Unit cost|number.number|productinformation|$
hs_sku|SKU|string.text|productinformation
hs_product_type|Product Type|enumeration.select|productinformation||inventory:Inventory,non_inventory:Non-Inventory,service:Service
recurringbillingfrequency|Billing frequency|enumeration.select|productinformation||monthly:Monthly,annually:Annually
hs_recurring_billing_period|Term|string.text|productinformation
hs_url|URL|string.text|productinformation
hs_images|Image URL|string.text|productinformation
hs_folder|Folder|enumeration.select|productinformation|e
hs_active|Is Active|bool.booleancheckbox|productinformation
tax|Tax|number.number|productinformation|$
createdate|Create Date|datetime.date|productinformation|r
hs_lastmodifieddate|Last Modified Date|datetime.date|productinformation|r
hubspot_owner_id|Owner|enumeration.select|productinformation|e||OWNER
hs_object_id|Record ID|number.number|productinformation|r
hs_merged_object_ids|Merged record IDs|enumeration.checkbox|productinformation|r
`);

const LINE_PROPERTIES = properties(`
name|Name|string.text|lineiteminformation
description|Description|string.textarea|lineiteminformation
hs_product_id|Product ID|number.number|lineiteminformation|||PRODUCT
hs_sku|SKU|string.text|lineiteminformation
quantity|Quantity|number.number|lineiteminformation
price|Unit price|number.number|lineiteminformation|$
discount|Unit discount|number.number|lineiteminformation|$
hs_discount_percentage|Discount percentage|number.number|lineiteminformation
hs_total_discount|Calculated total discount|number.calculation_equation|lineiteminformation|cr$
amount|Net price|number.calculation_equation|lineiteminformation|cr$
hs_pre_discount_amount|Pre discount amount|number.calculation_equation|lineiteminformation|cr$
hs_line_item_currency_code|Currency|enumeration.select|lineiteminformation||USD:US Dollar,EUR:Euro,GBP:British Pound,JPY:Japanese Yen
hs_position_on_quote|Position on quote|number.number|lineiteminformation
hs_cost_of_goods_sold|Unit cost|number.number|lineiteminformation|$
hs_margin|Margin|number.calculation_equation|lineiteminformation|cr$
recurringbillingfrequency|Billing frequency|enumeration.select|lineiteminformation||monthly:Monthly,annually:Annually
hs_recurring_billing_period|Term|string.text|lineiteminformation
hs_recurring_billing_start_date|Billing start date|date.date|lineiteminformation
hs_tax_rate|Tax rate|number.number|lineiteminformation
hs_term_in_months|Term in months|number.calculation_equation|lineiteminformation|cr
createdate|Create Date|datetime.date|lineiteminformation|r
hs_lastmodifieddate|Last Modified Date|datetime.date|lineiteminformation|r
hubspot_owner_id|Owner|enumeration.select|lineiteminformation|e||OWNER
hs_object_id|Record ID|number.number|lineiteminformation|r
hs_merged_object_ids|Merged record IDs|enumeration.checkbox|lineiteminformation|r
`);

const QUOTE_PROPERTIES = properties(`
hs_title|Quote Title|string.text|quoteinformation
hs_status|Quote Status|enumeration.select|quoteinformation|e|DRAFT:Draft,APPROVAL_NOT_NEEDED:No Approval Needed,PENDING_APPROVAL:Pending Approval,APPROVED:Approved,REJECTED:Rejected
hs_expiration_date|Expiration Date|datetime.date|quoteinformation
hs_quote_amount|Quote Amount|number.number|quoteinformation|r$
hs_currency|Currency|enumeration.select|quoteinformation||USD:US Dollar,EUR:Euro,GBP:British Pound,JPY:Japanese Yen
hs_quote_number|Reference Number|string.text|quoteinformation|r
hs_comments|Comments to buyer|string.html|quoteinformation
hs_terms|Purchase terms|string.html|quoteinformation
hs_language|Quote language|enumeration.select|quoteinformation||en:English,de:German
hs_locale|Quote locale|enumeration.select|quoteinformation||en-us:English (US),de-de:German
hs_esign_enabled|E-sign enabled|bool.booleancheckbox|quoteinformation
hs_esign_date|Date signed|datetime.date|quoteinformation|r
hs_payment_status|Payment status|enumeration.select|quoteinformation|r|PENDING:Pending,PROCESSING:Processing,PAID:Paid
hs_public_url_key|Public URL key|string.text|quoteinformation|r
hs_quote_link|Quote URL|string.calculation_equation|quoteinformation|cr
hs_sender_firstname|Sender first name|string.text|quoteinformation
hs_sender_lastname|Sender last name|string.text|quoteinformation
hs_sender_company_name|Sender company|string.text|quoteinformation
hs_sender_email|Sender e-mail|string.text|quoteinformation
hs_template_type|Template type|enumeration.select|quoteinformation|r|CUSTOMIZABLE_QUOTE_TEMPLATE:Customizable
hs_createdate|Create Date|datetime.date|quoteinformation|r
hs_lastmodifieddate|Last Modified Date|datetime.date|quoteinformation|r
hubspot_owner_id|Quote owner|enumeration.select|quoteinformation|e||OWNER
hs_object_id|Record ID|number.number|quoteinformation|r
hs_merged_object_ids|Merged record IDs|enumeration.checkbox|quoteinformation|r
`);

const productName = (index: number): string => (index % 6 === 5 ? `Wartung „Plus“ ${index}` : `Product ${index}`);

export function products(seed: Seed): Rows {
  const { world } = seed;
  const throwOf = world.dice("products");
  return {
    properties: PRODUCT_PROPERTIES,
    values(index) {
      const cents = 100 + throwOf(index, 900_000);
      return {
        name: productName(index),
        description: index % 3 === 0 ? `What product ${index} is for` : null,
        price: index % 20 === 19 ? null : money(cents),
        hs_price_eur: index % 2 === 0 && world.currencies.length > 1 ? money(Math.floor(cents * 0.9)) : null,
        hs_cost_of_goods_sold: index % 4 === 1 ? money(Math.floor(cents / 2)) : null,
        hs_sku: index % 5 === 4 ? null : `SKU-${String(index).padStart(5, "0")}`,
        hs_product_type:
          index % 7 === 6 ? null : pick(["inventory", "non_inventory", "service"], throwOf(index + 1, 3)),
        recurringbillingfrequency: index % 3 === 1 ? "monthly" : null,
        hs_recurring_billing_period: index % 3 === 1 ? "P12M" : null,
        hs_url: index % 8 === 0 ? `https://shop.example/p/${index}` : null,
        hs_active: index % 9 === 8 ? "false" : "true",
      };
    },
  };
}

export function lineItems(seed: Seed): Rows {
  const { world, relations } = seed;
  const throwOf = world.dice("line_items");
  const currencyOf = dealCurrency(seed);
  const ids = world.ids("products");
  const many = world.size("products");
  return {
    properties: LINE_PROPERTIES,
    values(index) {
      const product = many === 0 || index % 12 === 11 ? undefined : world.live("products", throwOf(index, many));
      const cents = (50 + throwOf(index + 1, 200_000)) * 2;
      // halves now and then, and once a share with more digits than a double has
      const twice = index % 20 === 3 ? 5 : 2 * (1 + throwOf(index + 2, 12));
      const percent = index % 6 === 1 ? 5 * (1 + throwOf(index + 3, 8)) : 0;
      const off = index % 6 === 2 ? Math.floor(cents / 10) : 0;
      const gross = (cents * twice) / 2;
      const net = Math.round((gross * (100 - percent)) / 100 - (off * twice) / 2);
      const deal = relations.dealOfLine(index);
      return {
        name: product === undefined ? `Sonderposten ${index}` : productName(product),
        description: index % 7 === 0 ? "As discussed;\nsee offer" : null,
        hs_product_id: product === undefined ? null : ids.id(product),
        hs_sku: product === undefined || product % 5 === 4 ? null : `SKU-${String(product).padStart(5, "0")}`,
        quantity: twice === 5 ? "2.5" : String(twice / 2),
        price: money(cents),
        discount: off > 0 ? money(off) : null,
        hs_discount_percentage: percent > 0 ? String(percent) : null,
        hs_total_discount: money(gross - net),
        amount: money(net),
        hs_pre_discount_amount: money(gross),
        hs_line_item_currency_code: world.currencies.length > 1 && deal !== undefined ? currencyOf(deal) : "USD",
        hs_position_on_quote: String(index % 9),
        hs_margin: index % 10 === 0 ? allDigits((index % 97) / 7) : null,
        recurringbillingfrequency: index % 5 === 0 ? "monthly" : null,
        hs_recurring_billing_period: index % 5 === 0 ? "P12M" : null,
        hs_recurring_billing_start_date: index % 5 === 0 ? day(world.created("line_items", index)) : null,
        hs_tax_rate: index % 4 === 0 ? "19" : null,
        hs_term_in_months: index % 5 === 0 ? "12" : null,
      };
    },
  };
}

const STATUSES = ["DRAFT", "APPROVAL_NOT_NEEDED", "PENDING_APPROVAL", "APPROVED", "REJECTED"] as const;

export function quotes(seed: Seed): Rows {
  const { world, owners, relations } = seed;
  const throwOf = world.dice("quotes");
  const currencyOf = dealCurrency(seed);
  return {
    properties: QUOTE_PROPERTIES,
    values(index) {
      const created = world.created("quotes", index);
      const status = pick(STATUSES, throwOf(index, 5));
      const deal = relations.dealOfQuote(index);
      const sender = owners[throwOf(index + 1, owners.length)]!;
      const signed = status === "APPROVED" && index % 2 === 0;
      return {
        hs_title: `Quote ${index} – ${index % 3 === 0 ? "Erweiterung" : "New business"}`,
        hs_status: status,
        // up to the last millisecond of a day in Boston
        hs_expiration_date:
          index % 10 === 9 ? null : instant(created - (created % 86_400_000) + 30 * 86_400_000 + 14_399_999),
        hs_quote_amount: money(throwOf(index + 2, 80_000_000)),
        hs_currency: world.currencies.length > 1 && deal !== undefined ? currencyOf(deal) : "USD",
        hs_quote_number: `20${String(190304 + index).padStart(6, "0")}-${String(100_000 + index)}`,
        hs_comments: index % 4 === 0 ? html("Valid for 30 days.\nAsk us & ours.") : null,
        hs_terms: index % 5 === 0 ? "<p>Net 30</p>" : null,
        hs_language: "en",
        hs_locale: "en-us",
        hs_esign_enabled: String(index % 3 === 0),
        hs_esign_date: signed ? instant(created + 5 * 86_400_000) : null,
        hs_payment_status: index % 8 === 0 ? "PAID" : null,
        hs_public_url_key: `${(index * 2_654_435_761).toString(16).padStart(16, "0")}`,
        hs_quote_link: `https://share.hubspot.example/quote/${index}`,
        hs_sender_firstname: sender.firstName,
        hs_sender_lastname: sender.lastName,
        hs_sender_company_name: "Our Company",
        hs_sender_email: sender.email,
        hs_template_type: "CUSTOMIZABLE_QUOTE_TEMPLATE",
      };
    },
  };
}
