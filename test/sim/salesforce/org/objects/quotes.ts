/** Quotes with lines. */
import { addressFields, audit, currencyCode, isDeleted, pick, recordId, sobject, viewed } from "../common.ts";
import { DAY, dayText } from "../dates.ts";
import { area, auto, bool, date, int, money, percent, picklist, ref, type SObject, text } from "../field.ts";
import { SENTENCES } from "../words.ts";
import type { World } from "../world.ts";
import { type Line, lineFields, lineOf } from "./lines.ts";
import { opportunityFacts } from "./opportunities.ts";

const QUOTE_STATUS = ["Draft", "Needs Review", "In Review", "Approved", "Rejected", "Presented", "Accepted", "Denied"];

export function quotes(world: World): SObject[] {
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
