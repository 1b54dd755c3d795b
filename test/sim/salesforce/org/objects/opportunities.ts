/** Opportunities with lines and contact roles. */
import { audit, currencyCode, isDeleted, modified, pick, recordId, recordType, sobject, viewed } from "../common.ts";
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
import { lineFields, lineOf } from "./lines.ts";
import { recordTypesOf } from "./people.ts";

/** Figures of opportunities that other objects repeat. */
export function opportunityFacts(world: World) {
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

export function opportunity(world: World): SObject {
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

export function opportunityLineItem(world: World): SObject {
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

export function opportunityContactRole(world: World): SObject {
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
