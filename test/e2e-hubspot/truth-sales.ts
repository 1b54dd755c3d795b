/** Products, deals, line items, quotes, tickets. */
import type { Spec } from "./truth-objects.ts";
import { owner, SOURCES, stamps } from "./truth-people.ts";
import {
  always,
  bool,
  choice,
  custom,
  date,
  exact,
  firstOf,
  held,
  instant,
  linkedTo,
  number,
  plain,
  type Row,
  records,
  ref,
  several,
  text,
} from "./truth-values.ts";

/** A share as percent, every digit of it. */
const percent =
  (name: string) =>
  (row: Row): string | null => {
    const value = held(row, name);
    if (value === null) return null;
    const [whole = "", fraction = ""] = value.split(".");
    const digits = `${whole}${fraction.padEnd(2, "0")}`;
    const at = whole.length + 2;
    return exact(`${digits.slice(0, at)}.${digits.slice(at)}`);
  };

/** Stages of all pipelines: those of the standard one by name, others by how likely success is there. */
const STAGES: Readonly<Record<string, string>> = {
  appointmentscheduled: "prospecting",
  qualifiedtobuy: "qualification",
  presentationscheduled: "needs_analysis",
  decisionmakerboughtin: "proposal",
  contractsent: "negotiation",
  closedwon: "closed_won",
  closedlost: "closed_lost",
  "12096411": "needs_analysis",
  "12096412": "negotiation",
  "12096413": "closed_won",
  "12096414": "closed_lost",
  "0f6b6c34-3fd0-4f5c-9b0f-2f0a3a1d7e11": "prospecting",
  "a3c4b1f2-77aa-4f0e-8d2b-6f3b0e2f9c22": "needs_analysis",
  "b7d1e0c9-12de-4a36-9c1e-0f9c7c3b5d33": "negotiation",
  "c9e2f1da-90ab-4c2d-8e7f-1a2b3c4d5e44": "closed_won",
  "d0f3a2eb-45cd-4e8f-a0b1-2c3d4e5f6a55": "closed_lost",
  // deleted in the portal; the test maps it
  "99999999": "prospecting",
};
const PIPELINES: Readonly<Record<string, string>> = {
  default: "Sales Pipeline",
  "75e28846-ad0d-4be2-a027-5e1da6590b98": "Renewals",
  "31415926": "Partner Deals – EMEA",
};
const STAGE_NAMES: Readonly<Record<string, string>> = {
  appointmentscheduled: "Appointment Scheduled",
  "12096412": "Negotiating",
  "b7d1e0c9-12de-4a36-9c1e-0f9c7c3b5d33": "Legal review; final",
};
const FORECASTS = { OMIT: "omitted", PIPELINE: "pipeline", BEST_CASE: "best_case", COMMIT: "commit", CLOSED: "closed" };

export const products: Spec = {
  name: "products",
  table: "product",
  rows: (portal) => records(portal, "products"),
  columns: () => ({
    name: text("name", "name"),
    sku: text("sku", "hs_sku"),
    product_code: text("product_code", "hs_sku"),
    description: text("description", "description"),
    list_price: number("list_price", "price"),
    cost: number("cost", "hs_cost_of_goods_sold"),
    category: choice(
      "category",
      { inventory: "hardware", non_inventory: "software", service: "service" },
      "hs_product_type",
    ),
    type: text("type", "hs_product_type"),
    billing_frequency: choice("billing_frequency", { monthly: "monthly" }, "recurringbillingfrequency"),
    billing_period: text("custom.billing_period", "hs_recurring_billing_period"),
    is_active: always("is_active", "true"),
    url: text("url", "hs_url"),
    ...owner,
    ...stamps(),
  }),
};

export const deals: Spec = {
  name: "deals",
  table: "opportunity",
  rows: (portal) => records(portal, "deals"),
  columns: (portal) => ({
    name: text("name", "dealname"),
    account_id: ref("account_id", "account", linkedTo(portal, "deals", "companies")),
    primary_contact_id: ref("primary_contact_id", "contact", linkedTo(portal, "deals", "contacts")),
    ...owner,
    stage: choice("stage", STAGES, "dealstage"),
    pipeline: choice("pipeline", PIPELINES, "pipeline"),
    stage_name: {
      actual: `case when t.custom->>'stage_name' in ('Appointment Scheduled', 'Negotiating', 'Legal review; final') then t.custom->>'stage_name' end`,
      expected: ({ values }) => STAGE_NAMES[values.dealstage ?? ""] ?? null,
    },
    amount: number("amount", "amount"),
    currency: text("currency", "deal_currency_code"),
    expected_revenue: number("expected_revenue", "hs_projected_amount"),
    probability: number("probability", percent("hs_deal_stage_probability")),
    close_date: date("close_date", "closedate"),
    open_date: date("open_date", "createdate"),
    type: choice(
      "type",
      { newbusiness: "new_business", existingbusiness: "existing_expansion" },
      "dealtype",
      (value) => value,
    ),
    lead_source: choice("lead_source", SOURCES, "hs_analytics_source"),
    forecast_category: choice("forecast_category", FORECASTS, "hs_manual_forecast_category"),
    priority: choice("priority", { low: "low", medium: "medium", high: "high" }, "hs_priority"),
    next_step: text("next_step", "hs_next_step"),
    description: text("description", "description"),
    win_reason: choice("win_reason", {}, "closed_won_reason", () => "other"),
    win_details: text("custom.win_details", "closed_won_reason"),
    loss_reason: choice("loss_reason", { "No budget": "no_budget" }, "closed_lost_reason"),
    loss_details: text("loss_details", "closed_lost_reason"),
    is_won: bool("is_won", "hs_is_closed_won"),
    is_closed: bool("is_closed", "hs_is_closed"),
    stage_entry_date: date("stage_entry_date", "hs_v2_date_entered_current_stage"),
    annual_contract_value: number("custom.annual_contract_value", "hs_acv"),
    monthly_recurring_revenue: number("custom.monthly_recurring_revenue", "hs_mrr"),
    tags: text("custom.tags", "hs_tag_ids"),
    last_activity_date: date("last_activity_date", "notes_last_updated"),
    ...stamps(),
    discount: custom(number("custom.discount", "discount_share")),
    products_of_interest: custom(several("custom.products_of_interest", "products_of_interest")),
  }),
};

/** Lines of deals or of quotes: each is loaded once. */
export const lineItems = (table: string, parent: "deals" | "quotes"): Spec => ({
  name: `line_items of ${parent}`,
  table,
  *rows(portal) {
    const linked = linkedTo(portal, "line_items", parent);
    for (const row of records(portal, "line_items")) if (linked(row) !== null) yield row;
  },
  columns: (portal) => ({
    parent: ref(
      parent === "deals" ? "opportunity_id" : "quote_id",
      parent === "deals" ? "opportunity" : "quote",
      linkedTo(portal, "line_items", parent),
    ),
    product_id: ref("product_id", "product", "hs_product_id"),
    name: text("name", "name"),
    product_code: text("product_code", "hs_sku"),
    description: text("description", "description"),
    quantity: number("quantity", "quantity"),
    list_price: number("list_price", "price"),
    unit_price: number("unit_price", "price"),
    discount: number("discount", "hs_discount_percentage"),
    discount_amount: number("discount_amount", firstOf("hs_total_discount", "discount")),
    subtotal: number("subtotal", "hs_pre_discount_amount"),
    total_price: number("total_price", "amount"),
    tax_rate: number("tax_rate", "hs_tax_rate"),
    currency: text("currency", "hs_line_item_currency_code"),
    service_date: date("service_date", "hs_recurring_billing_start_date"),
    line_number: number("line_number", "hs_position_on_quote"),
    billing_frequency: text(
      parent === "deals" ? "billing_frequency" : "custom.billing_frequency",
      "recurringbillingfrequency",
    ),
    term_months: number(parent === "deals" ? "term_months" : "custom.term_months", "hs_term_in_months"),
    ...stamps(),
  }),
});

const QUOTE_STATUS = {
  DRAFT: "draft",
  PENDING_APPROVAL: "in_review",
  APPROVED: "presented",
  APPROVAL_NOT_NEEDED: "presented",
  REJECTED: "rejected",
};

export const quotes: Spec = {
  name: "quotes",
  table: "quote",
  rows: (portal) => records(portal, "quotes"),
  columns: (portal) => ({
    quote_number: text("quote_number", "hs_quote_number"),
    name: text("name", "hs_title"),
    account_id: ref("account_id", "account", linkedTo(portal, "quotes", "companies")),
    contact_id: ref("contact_id", "contact", linkedTo(portal, "quotes", "contacts")),
    opportunity_id: ref("opportunity_id", "opportunity", linkedTo(portal, "quotes", "deals")),
    ...owner,
    status: choice("status", QUOTE_STATUS, "hs_status"),
    payment_status: text("custom.payment_status", "hs_payment_status"),
    signed_date: instant("custom.signed_date", "hs_esign_date"),
    quote_date: date("quote_date", "hs_createdate"),
    expiration_date: date("expiration_date", "hs_expiration_date"),
    total_price: number("total_price", "hs_quote_amount"),
    currency: text("currency", "hs_currency"),
    document_url: text("document_url", "hs_quote_link"),
    email: text("email", "hs_sender_email"),
    ...stamps("hs_createdate"),
  }),
};

const CASE_STAGES = {
  "1": "new",
  "2": "waiting_customer",
  "3": "waiting_support",
  "4": "closed",
  "55110001": "in_progress",
  "55110002": "in_progress",
  "55110003": "closed",
};

export const tickets: Spec = {
  name: "tickets",
  table: "case",
  rows: (portal) => records(portal, "tickets"),
  columns: (portal) => ({
    case_number: text("case_number", ({ id }) => id),
    subject: text(
      "subject",
      firstOf("subject", () => "(no subject)"),
    ),
    description: plain("description", "content"),
    status: choice("status", CASE_STAGES, "hs_pipeline_stage"),
    pipeline: choice("pipeline", { "0": "Support Pipeline", "27182818": "Returns" }, "hs_pipeline"),
    priority: choice(
      "priority",
      { LOW: "low", MEDIUM: "medium", HIGH: "high", URGENT: "critical" },
      "hs_ticket_priority",
      (value) => value,
      "medium",
    ),
    type: choice(
      "type",
      {
        PRODUCT_ISSUE: "problem",
        BILLING_ISSUE: "problem",
        FEATURE_REQUEST: "feature_request",
        GENERAL_INQUIRY: "question",
      },
      "hs_ticket_category",
    ),
    reason: text("reason", "hs_ticket_category"),
    origin: choice("origin", { EMAIL: "email", PHONE: "phone", FORM: "web", CHAT: "chat" }, "source_type"),
    source: text("custom.source", "source_type"),
    account_id: ref("account_id", "account", linkedTo(portal, "tickets", "companies")),
    contact_id: ref("contact_id", "contact", linkedTo(portal, "tickets", "contacts")),
    ...owner,
    closed_date: instant("closed_date", "closed_date"),
    first_response_date: instant("first_response_date", "first_agent_reply_date"),
    is_closed: bool("is_closed", "hs_is_closed"),
    resolution: text("resolution", "hs_resolution"),
    ...stamps(),
    affected_modules: custom(several("custom.affected_modules", "affected_modules")),
  }),
};
