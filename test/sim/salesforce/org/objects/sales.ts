/** Products, price books, opportunities with lines and contact roles, quotes, contracts. */
import {
  addressFields,
  audit,
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
  datetime,
  double,
  type Field,
  formula,
  int,
  money,
  percent,
  picklist,
  ref,
  type SObject,
  text,
} from "../field.ts";
import { LEAD_SOURCES, SENTENCES, STAGES } from "../words.ts";
import type { World } from "../world.ts";
import { recordTypesOf } from "./people.ts";

const FAMILIES = ["Hardware", "Software", "Service"] as const;

function product(world: World): SObject {
  return sobject(world, "Product2", "Product", [
    recordId(world, "Product2", "Product"),
    text(
      "Name",
      "Product Name",
      255,
      (index) => `${pick(["Widget", 'Gizmo "Pro"', "Câble", "Support plan"], index)} ${index + 1}`,
      { nillable: false, extra: { nameField: true } },
    ),
    text("ProductCode", "Product Code", 255, (index) => `P${String(index).padStart(5, "0")}`),
    area("Description", "Product Description", 4000, (index) => (index % 2 === 0 ? pick(SENTENCES, index) : null)),
    bool("IsActive", "Active", (index) => index % 7 !== 6),
    picklist("Family", "Product Family", [...FAMILIES], (index) => (index % 5 === 4 ? null : pick(FAMILIES, index))),
    text("StockKeepingUnit", "Product SKU", 180, (index) => (index % 2 === 0 ? `00${1000 + index}` : null)),
    text("QuantityUnitOfMeasure", "Quantity Unit Of Measure", 255, () => null),
    ...currencyCode(world, () => "USD"),
    ...audit(world, "Product2"),
    auto(bool("IsDeleted", "Deleted", () => false)),
    auto(bool("IsArchived", "Archived", () => false)),
    ...viewed(),
  ]);
}

function pricebook(world: World): SObject {
  return sobject(world, "Pricebook2", "Price Book", [
    recordId(world, "Pricebook2", "Price Book"),
    text("Name", "Price Book Name", 255, (index) => (index === 0 ? "Standard Price Book" : "Partners"), {
      nillable: false,
      extra: { nameField: true },
    }),
    text("Description", "Description", 255, () => null),
    bool("IsActive", "Active", () => true),
    auto(bool("IsStandard", "Is Standard Price Book", (index) => index === 0)),
    ...audit(world, "Pricebook2"),
    auto(bool("IsDeleted", "Deleted", () => false)),
  ]);
}

/** Index of the entry of a product in a currency and price book. */
function entryOf(world: World, product: number, currency: string, book: number): number {
  const currencies = world.currencies;
  return (product * currencies.length + currencies.indexOf(currency)) * 2 + book;
}

/** Unit price of a product in hundredths. */
function priceOf(world: World): (product: number, currency: string) => number {
  const throwOf = world.dice("Product2.Price");
  return (product, currency) => {
    const base = 500 + throwOf(product, 500_000);
    return currency === "JPY" ? base * 1000 : base;
  };
}

function pricebookEntry(world: World): SObject {
  const price = priceOf(world);
  const size = world.currencies.length * 2;
  const productOf = (index: number) => Math.floor(index / size);
  const currencyOf = (index: number) => world.currencies[Math.floor((index % size) / 2)]!;
  return sobject(world, "PricebookEntry", "Price Book Entry", [
    recordId(world, "PricebookEntry", "Price Book Entry"),
    auto(
      text(
        "Name",
        "Product Name",
        255,
        (index) =>
          `${pick(["Widget", 'Gizmo "Pro"', "Câble", "Support plan"], productOf(index))} ${productOf(index) + 1}`,
        { extra: { nameField: true } },
      ),
    ),
    ref("Pricebook2Id", "Price Book ID", "Pricebook2", (index) => world.id("Pricebook2", index % 2), {
      nillable: false,
    }),
    ref("Product2Id", "Product ID", "Product2", (index) => world.id("Product2", productOf(index)), { nillable: false }),
    ...currencyCode(world, currencyOf),
    money(
      "UnitPrice",
      "List Price",
      (index) => Math.round(price(productOf(index), currencyOf(index)) * (index % 2 === 0 ? 1 : 0.9)) / 100,
      { nillable: false },
    ),
    bool("IsActive", "Active", (index) => productOf(index) % 7 !== 6),
    bool("UseStandardPrice", "Use Standard Price", () => false),
    auto(text("ProductCode", "Product Code", 255, (index) => `P${String(productOf(index)).padStart(5, "0")}`)),
    ...audit(world, "PricebookEntry"),
    auto(bool("IsDeleted", "Deleted", () => false)),
    auto(bool("IsArchived", "Archived", () => false)),
  ]);
}

interface Line {
  readonly product: number;
  readonly quantity: number;
  /** Hundredths. */
  readonly unit: number;
  readonly discount: number | null;
  readonly total: number;
}

/** The numbers of a line of an opportunity or quote. */
function lineOf(world: World, object: string, currencyOf: (line: number) => string): (index: number) => Line {
  const throwOf = world.dice(`${object}.Line`);
  const price = priceOf(world);
  const products = world.count("Product2");
  return (index) => {
    const product = throwOf(index, products);
    const quantity = 1 + throwOf(index + 1, 12);
    const unit = price(product, currencyOf(index));
    const discount = throwOf(index + 2, 4) === 0 ? 5 * (1 + throwOf(index + 3, 4)) : null;
    return { product, quantity, unit, discount, total: Math.round((quantity * unit * (100 - (discount ?? 0))) / 100) };
  };
}

function lineFields(
  world: World,
  object: string,
  line: (index: number) => Line,
  currencyOf: (index: number) => string,
  ordinal: (index: number) => number,
): Field[] {
  return [
    ref("PricebookEntryId", "Price Book Entry ID", "PricebookEntry", (index) =>
      world.id("PricebookEntry", entryOf(world, line(index).product, currencyOf(index), 0)),
    ),
    ref("Product2Id", "Product ID", "Product2", (index) => world.id("Product2", line(index).product)),
    double("Quantity", "Quantity", (index) => line(index).quantity, { nillable: false }),
    money("UnitPrice", "Sales Price", (index) => line(index).unit / 100),
    auto(money("ListPrice", "List Price", (index) => line(index).unit / 100)),
    percent("Discount", "Discount", (index) => line(index).discount, { precision: 5, scale: 2 }),
    auto(money("TotalPrice", "Total Price", (index) => line(index).total / 100)),
    auto(money("Subtotal", "Subtotal", (index) => (line(index).quantity * line(index).unit) / 100)),
    text("Description", "Line Description", 255, (index) => (index % 4 === 0 ? pick(SENTENCES, index) : null)),
    date("ServiceDate", "Date", () => null),
    int("SortOrder", "Sort Order", (index) => ordinal(index) + 1),
    ...currencyCode(world, currencyOf),
    ...audit(world, object),
  ];
}

/** Figures of opportunities that other objects repeat. */
function opportunityFacts(world: World) {
  const throwOf = world.dice("Opportunity");
  const currency = (index: number) => world.currency("Opportunity", index);
  const line = lineOf(world, "OpportunityLineItem", (index) => currency(world.lines.parent(index)));
  const accountOf = (index: number) =>
    index % 12 === 11 ? -1 : world.business(throwOf(index, world.count("Account")));
  /** Hundredths, or null. */
  const amount = (index: number): number | null => {
    const size = world.lines.size(index);
    if (size > 0) {
      let sum = 0;
      for (let at = 0, first = world.lines.first(index); at < size; at++) sum += line(first + at).total;
      return sum;
    }
    if (index % 40 === 13) return null;
    return (1000 + throwOf(index + 1, 5_000_000)) * (currency(index) === "JPY" ? 1000 : 1);
  };
  return { throwOf, currency, line, accountOf, amount };
}

function opportunity(world: World): SObject {
  const { throwOf, currency, accountOf, amount } = opportunityFacts(world);
  const changed = modified(world, "Opportunity");
  const created = world.created("Opportunity");
  const stage = (index: number) =>
    STAGES[throwOf(index + 2, 3) === 0 ? throwOf(index + 3, 8) : 8 + throwOf(index + 4, 2)]!;
  const closeDay = (index: number) => Math.floor(created(index) / DAY) + throwOf(index + 5, 400);
  const names = world.dice("Opportunity.Name");
  const probability = (index: number) => stage(index).probability;
  const month = (index: number) => Number(dayText(closeDay(index)).slice(5, 7));
  const TYPES = [
    "Existing Customer - Upgrade",
    "Existing Customer - Replacement",
    "Existing Customer - Downgrade",
    "New Customer",
  ];
  const fields: Field[] = [
    recordId(world, "Opportunity", "Opportunity"),
    isDeleted(world, "Opportunity"),
    ref("AccountId", "Account ID", "Account", (index) =>
      accountOf(index) < 0 ? null : world.id("Account", accountOf(index)),
    ),
    recordType((index) => world.id("RecordType", 2 + (index % 2))),
    bool("IsPrivate", "Private", (index) => index % 50 === 7),
    text(
      "Name",
      "Name",
      120,
      (index) => `${pick(["Expansion", "Renewal", "Neugeschäft", 'Pilot "Alpha"'], names(index, 40))} #${index + 1}`,
      { nillable: false, extra: { nameField: true } },
    ),
    area("Description", "Description", 32_000, (index) => (index % 5 === 0 ? pick(SENTENCES, index) : null)),
    picklist(
      "StageName",
      "Stage",
      STAGES.map((at) => at.name),
      (index) => stage(index).name,
      { nillable: false },
    ),
    money("Amount", "Amount", (index) => {
      const cents = amount(index);
      return cents === null ? null : cents / 100;
    }),
    percent("Probability", "Probability (%)", probability, { extra: { defaultedOnCreate: true } }),
    auto(
      money("ExpectedRevenue", "Expected Amount", (index) => {
        const cents = amount(index);
        return cents === null ? null : Math.round((cents * probability(index)) / 100) / 100;
      }),
    ),
    double("TotalOpportunityQuantity", "Quantity", () => null),
    date("CloseDate", "Close Date", (index) => dayText(closeDay(index)), { nillable: false }),
    picklist("Type", "Opportunity Type", TYPES, (index) => (index % 3 === 0 ? null : pick(TYPES, index))),
    text("NextStep", "Next Step", 255, (index) => (index % 6 === 0 ? 'Call, then "close"' : null)),
    picklist("LeadSource", "Lead Source", [...LEAD_SOURCES], (index) =>
      index % 2 === 0 ? pick(LEAD_SOURCES, index) : null,
    ),
    auto(bool("IsClosed", "Closed", (index) => stage(index).name.startsWith("Closed"))),
    auto(bool("IsWon", "Won", (index) => stage(index).name === "Closed Won")),
    auto(
      picklist(
        "ForecastCategory",
        "Forecast Category",
        ["Omitted", "Pipeline", "BestCase", "MostLikely", "Forecast", "Closed"],
        (index) =>
          ({ "Best Case": "BestCase", Commit: "Forecast" })[stage(index).forecast as string] ?? stage(index).forecast,
        { length: 40, nillable: false, extra: { restrictedPicklist: true } },
      ),
    ),
    picklist(
      "ForecastCategoryName",
      "Forecast Category",
      ["Omitted", "Pipeline", "Best Case", "Commit", "Closed"],
      (index) => stage(index).forecast,
    ),
    ref("CampaignId", "Campaign ID", "Campaign", (index) =>
      index % 4 === 1
        ? world.id("Campaign", world.live("Campaign", throwOf(index + 6, world.count("Campaign"))))
        : null,
    ),
    auto(bool("HasOpportunityLineItem", "Has Line Item", (index) => world.lines.size(index) > 0)),
    ref("Pricebook2Id", "Price Book ID", "Pricebook2", (index) =>
      world.lines.size(index) > 0 ? world.id("Pricebook2", 0) : null,
    ),
    ...currencyCode(world, currency),
    ref("OwnerId", "Owner ID", "User", world.owner("Opportunity"), {
      nillable: false,
      extra: { defaultedOnCreate: true },
    }),
    ...audit(world, "Opportunity"),
    auto(
      date("LastActivityDate", "Last Activity", (index) =>
        index % 2 === 0 ? dayText(Math.floor(changed(index) / DAY)) : null,
      ),
    ),
    auto(datetime("LastStageChangeDate", "Last Stage Change Date", () => null)),
    auto(int("FiscalQuarter", "Fiscal Quarter", (index) => Math.ceil(month(index) / 3), { compound: "Fiscal" })),
    auto(
      int("FiscalYear", "Fiscal Year", (index) => Number(dayText(closeDay(index)).slice(0, 4)), { compound: "Fiscal" }),
    ),
    auto(
      text(
        "Fiscal",
        "Fiscal Period",
        6,
        (index) => `${dayText(closeDay(index)).slice(0, 4)} ${Math.ceil(month(index) / 3)}`,
      ),
    ),
    auto(ref("ContactId", "Contact ID", "Contact", () => null, { relationshipName: null })),
    ...viewed(),
    ref("ContractId", "Contract ID", "Contract", (index) =>
      index % 25 === 3
        ? world.id("Contract", world.live("Contract", throwOf(index + 7, world.count("Contract"))))
        : null,
    ),
    ...(world.features.quotes
      ? [
          ref("SyncedQuoteId", "Quote ID", "Quote", (index) =>
            world.quotes.size(index) > 0 && index % 2 === 0 ? world.id("Quote", world.quotes.first(index)) : null,
          ),
        ]
      : []),
    formula(
      percent("Commission_Rate__c", "Commission Rate", (index) => (index % 10) / 2, { precision: 4, scale: 1 }),
      "IF(IsWon, 5, 0)",
    ),
  ];
  return sobject(world, "Opportunity", "Opportunity", fields, {
    labelPlural: "Opportunities",
    recordTypes: recordTypesOf(world, "Opportunity"),
  });
}

function opportunityLineItem(world: World): SObject {
  const { currency, line } = opportunityFacts(world);
  const parent = (index: number) => world.lines.parent(index);
  return sobject(world, "OpportunityLineItem", "Opportunity Product", [
    recordId(world, "OpportunityLineItem", "Line Item"),
    isDeleted(world, "OpportunityLineItem", (index) => world.gone("Opportunity", parent(index))),
    ref("OpportunityId", "Opportunity ID", "Opportunity", (index) => world.id("Opportunity", parent(index)), {
      nillable: false,
    }),
    auto(
      text(
        "Name",
        "Opportunity Product Name",
        376,
        (index) => `#${parent(index) + 1} line ${world.lines.ordinal(index) + 1}`,
        { extra: { nameField: true } },
      ),
    ),
    ...lineFields(
      world,
      "OpportunityLineItem",
      line,
      (index) => currency(parent(index)),
      (index) => world.lines.ordinal(index),
    ),
  ]);
}

const ROLES = [
  "Business User",
  "Decision Maker",
  "Economic Buyer",
  "Economic Decision Maker",
  "Evaluator",
  "Executive Sponsor",
  "Influencer",
  "Technical Buyer",
  "Other",
];

function opportunityContactRole(world: World): SObject {
  const count = world.count("OpportunityContactRole");
  const opportunities = world.count("Opportunity");
  const half = Math.max(1, Math.floor(world.contacts / 2));
  const throwOf = world.dice("OpportunityContactRole");
  const parent = (index: number) => Math.floor(index / 2) % opportunities;
  const primary = (index: number) => index % 2 === 0 && index < opportunities * 2;
  const contact = (index: number) =>
    2 * ((throwOf(parent(index), half) + (index % 2) + Math.floor(index / (2 * opportunities)) * 2) % half);
  return sobject(
    world,
    "OpportunityContactRole",
    "Opportunity Contact Role",
    [
      recordId(world, "OpportunityContactRole", "Contact Role"),
      ref("OpportunityId", "Opportunity ID", "Opportunity", (index) => world.id("Opportunity", parent(index)), {
        nillable: false,
      }),
      ref("ContactId", "Contact ID", "Contact", (index) => world.id("Contact", contact(index)), { nillable: false }),
      picklist("Role", "Role", ROLES, (index) => (index % 5 === 4 ? null : pick(ROLES, index)), { length: 40 }),
      bool("IsPrimary", "Primary", primary),
      ...currencyCode(world, (index) => world.currency("Opportunity", parent(index))),
      ...audit(world, "OpportunityContactRole"),
      isDeleted(world, "OpportunityContactRole", (index) => world.gone("Opportunity", parent(index))),
    ],
    { count },
  );
}

const QUOTE_STATUS = ["Draft", "Needs Review", "In Review", "Approved", "Rejected", "Presented", "Accepted", "Denied"];

function quotes(world: World): SObject[] {
  const { currency: opportunityCurrency, accountOf } = opportunityFacts(world);
  const opportunityOf = (index: number) => world.quotes.parent(index);
  const currency = (index: number) => opportunityCurrency(opportunityOf(index));
  const line = lineOf(world, "QuoteLineItem", (index) => currency(world.quoteLines.parent(index)));
  const gone = (index: number) => world.gone("Opportunity", opportunityOf(index));
  const sum = (index: number, of: (line: Line) => number): number => {
    let total = 0;
    for (let at = 0, first = world.quoteLines.first(index); at < world.quoteLines.size(index); at++)
      total += of(line(first + at));
    return total;
  };
  const total = (index: number) => sum(index, (at) => at.total);
  const tax = (index: number) => (index % 3 === 0 ? Math.round(total(index) * 0.19) : null);
  const shipping = (index: number) => (index % 4 === 0 ? 4990 : null);
  const created = world.created("Quote");
  const half = Math.max(1, Math.floor(world.contacts / 2));
  const quote = sobject(world, "Quote", "Quote", [
    recordId(world, "Quote", "Quote"),
    isDeleted(world, "Quote", gone),
    text("Name", "Quote Name", 255, (index) => `Quote ${index + 1}`, { nillable: false, extra: { nameField: true } }),
    auto(
      text("QuoteNumber", "Quote Number", 30, (index) => String(index + 1).padStart(8, "0"), {
        nillable: false,
        extra: { autoNumber: true },
      }),
    ),
    ref("OpportunityId", "Opportunity ID", "Opportunity", (index) => world.id("Opportunity", opportunityOf(index)), {
      nillable: false,
    }),
    auto(
      ref("AccountId", "Account ID", "Account", (index) =>
        accountOf(opportunityOf(index)) < 0 ? null : world.id("Account", accountOf(opportunityOf(index))),
      ),
    ),
    ref("Pricebook2Id", "Price Book ID", "Pricebook2", () => world.id("Pricebook2", 0)),
    ref("ContactId", "Contact ID", "Contact", (index) =>
      index % 5 === 4 ? null : world.id("Contact", 2 * (index % half)),
    ),
    picklist("Status", "Status", QUOTE_STATUS, (index) => pick(QUOTE_STATUS, index)),
    auto(bool("IsSyncing", "Syncing", (index) => world.quotes.ordinal(index) === 0 && opportunityOf(index) % 2 === 0)),
    date("ExpirationDate", "Expiration Date", (index) =>
      index % 6 === 5 ? null : dayText(Math.floor(created(index) / DAY) + 30),
    ),
    area("Description", "Description", 32_000, (index) => (index % 5 === 0 ? pick(SENTENCES, index) : null)),
    auto(money("Subtotal", "Subtotal", (index) => sum(index, (at) => at.quantity * at.unit) / 100)),
    auto(
      percent(
        "Discount",
        "Discount",
        (index) => {
          const full = sum(index, (at) => at.quantity * at.unit);
          return full === 0 ? 0 : Math.round(10_000 * (1 - total(index) / full)) / 100;
        },
        { precision: 5, scale: 2 },
      ),
    ),
    auto(money("TotalPrice", "Total Price", (index) => total(index) / 100)),
    money("Tax", "Tax", (index) => {
      const at = tax(index);
      return at === null ? null : at / 100;
    }),
    money("ShippingHandling", "Shipping and Handling", (index) => {
      const at = shipping(index);
      return at === null ? null : at / 100;
    }),
    auto(
      money("GrandTotal", "Grand Total", (index) => (total(index) + (tax(index) ?? 0) + (shipping(index) ?? 0)) / 100),
    ),
    auto(int("LineItemCount", "Line Items", (index) => world.quoteLines.size(index))),
    ...addressFields(world, "Quote", "Billing", "Bill To", 60),
    ...addressFields(world, "Quote", "Shipping", "Ship To", 40),
    ...currencyCode(world, currency),
    ref("OwnerId", "Owner ID", "User", world.owner("Quote"), { nillable: false }),
    ...audit(world, "Quote"),
    ...viewed(),
  ]);
  const lines = sobject(world, "QuoteLineItem", "Quote Line Item", [
    recordId(world, "QuoteLineItem", "Quote Line Item"),
    isDeleted(world, "QuoteLineItem", (index) => gone(world.quoteLines.parent(index))),
    auto(
      text("LineNumber", "Line Item Number", 80, (index) => String(index + 1).padStart(8, "0"), {
        nillable: false,
        extra: { nameField: true, autoNumber: true },
      }),
    ),
    ref("QuoteId", "Quote ID", "Quote", (index) => world.id("Quote", world.quoteLines.parent(index)), {
      nillable: false,
    }),
    ...lineFields(
      world,
      "QuoteLineItem",
      line,
      (index) => currency(world.quoteLines.parent(index)),
      (index) => world.quoteLines.ordinal(index),
    ),
  ]);
  return [quote, lines];
}

const CONTRACT_STATUS = ["Draft", "In Approval Process", "Activated"];

function contract(world: World): SObject {
  const created = world.created("Contract");
  const throwOf = world.dice("Contract");
  const start = (index: number) => Math.floor(created(index) / DAY) + 14;
  const term = (index: number) => pick([6, 12, 24, 36], throwOf(index, 40));
  const end = (index: number) => {
    const from = new Date(start(index) * DAY);
    return Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + term(index), from.getUTCDate()) / DAY - 1;
  };
  const half = Math.max(1, Math.floor(world.contacts / 2));
  return sobject(world, "Contract", "Contract", [
    recordId(world, "Contract", "Contract"),
    ref(
      "AccountId",
      "Account ID",
      "Account",
      (index) => world.id("Account", world.business(throwOf(index + 1, world.count("Account")))),
      { nillable: false },
    ),
    ref("Pricebook2Id", "Price Book ID", "Pricebook2", () => null),
    picklist(
      "OwnerExpirationNotice",
      "Owner Expiration Notice",
      ["15", "30", "45", "60", "90", "120"],
      (index) => (index % 3 === 0 ? "30" : null),
      { length: 40 },
    ),
    date("StartDate", "Contract Start Date", (index) => dayText(start(index))),
    auto(date("EndDate", "Contract End Date", (index) => dayText(end(index)))),
    int("ContractTerm", "Contract Term", term),
    ref("OwnerId", "Owner ID", "User", world.owner("Contract"), { nillable: false }),
    picklist("Status", "Status", CONTRACT_STATUS, (index) => pick(CONTRACT_STATUS, throwOf(index + 2, 30)), {
      length: 40,
      nillable: false,
    }),
    ref("CompanySignedId", "Company Signed By ID", "User", () => null),
    ref("CustomerSignedId", "Customer Signed By ID", "Contact", (index) =>
      index % 4 === 3 ? null : world.id("Contact", 2 * (index % half)),
    ),
    text("CustomerSignedTitle", "Customer Signed Title", 40, (index) => (index % 4 === 3 ? null : "CEO")),
    date("CustomerSignedDate", "Customer Signed Date", (index) => (index % 4 === 3 ? null : dayText(start(index) - 3))),
    area("SpecialTerms", "Special Terms", 4000, (index) => (index % 5 === 0 ? pick(SENTENCES, index) : null)),
    area("Description", "Description", 32_000, (index) => (index % 6 === 0 ? pick(SENTENCES, index + 1) : null)),
    auto(
      picklist(
        "StatusCode",
        "Status Category",
        ["Draft", "InApproval", "Activated"],
        (index) => pick(["Draft", "InApproval", "Activated"], throwOf(index + 2, 30)),
        { length: 40, nillable: false },
      ),
    ),
    ...addressFields(world, "Contract", "Billing", "Billing", 40),
    ...currencyCode(world, (index) => world.currency("Contract", index)),
    auto(
      text("ContractNumber", "Contract Number", 30, (index) => String(index + 100).padStart(8, "0"), {
        nillable: false,
        extra: { nameField: true, autoNumber: true },
      }),
    ),
    ...audit(world, "Contract"),
    isDeleted(world, "Contract"),
    ...viewed(),
  ]);
}

export function sales(world: World): SObject[] {
  return [
    product(world),
    pricebook(world),
    pricebookEntry(world),
    opportunity(world),
    opportunityLineItem(world),
    opportunityContactRole(world),
    ...(world.features.quotes ? quotes(world) : []),
    contract(world),
  ];
}
