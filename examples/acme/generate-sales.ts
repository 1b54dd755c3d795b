/** Campaigns, opportunities and their lines, quotes and their lines, contracts. Totals are exact sums. */
import type { Parties, Party } from "./generate-parties.ts";
import { csv, type Dice, date, id, moment, money, type Row } from "./tools.ts";
import { SENTENCES } from "./words.ts";

interface Deal {
  readonly id: string;
  readonly account: Party;
  readonly contact: string;
  readonly won: boolean;
  readonly total: number;
  readonly currency: string;
  readonly name: string;
}

export interface Sales {
  readonly files: ReadonlyMap<string, string>;
  readonly deals: readonly string[];
  readonly campaigns: readonly string[];
}

const STAGES = [
  "1 - New",
  "2 - Qualified",
  "3 - Analysis",
  "4 - Offer sent",
  "5 - Negotiation",
  "Won",
  "Won",
  "Lost",
] as const;
const CHANCE: Readonly<Record<string, number>> = {
  "1 - New": 10,
  "2 - Qualified": 25,
  "3 - Analysis": 40,
  "4 - Offer sent": 60,
  "5 - Negotiation": 80,
  Won: 100,
  Lost: 0,
};

/** A line of `quantity` pieces at `price` hundred minor units, `discount` percent off: whole minor units. */
const lineTotal = (quantity: number, price: number, discount: number) => quantity * price * (100 - discount);

function campaigns(random: Dice): { rows: Row[]; codes: string[] } {
  const codes: string[] = [];
  const rows = Array.from({ length: 20 }, (_, at): Row => {
    const n = at + 1;
    codes.push(`CMP-${n}`);
    return {
      CampaignCode: `CMP-${n}`,
      CampaignName: `${["Spring; fresh offers", "Trade fair Hannover", "Webinar „CRM“", "Partner days", "Newsletter"][at % 5]} ${2022 + (at % 3)}`,
      Type: ["E-mail", "Trade fair", "Webinar", "Partner", "E-mail"][at % 5]!,
      Status: ["Planned", "Running", "Done", "Done", "Cancelled"][(at * 3) % 5]!,
      From: date(30 * at),
      To: date(30 * at + 14),
      Budget: money((50 + random.below(400)) * 10_000, "EUR"),
      Spent: money((10 + random.below(40)) * 10_000 + random.below(100), "EUR"),
      Currency: "EUR",
      Active: at % 5 === 1 ? "1" : "0",
      Owner: "",
    };
  });
  return { rows, codes };
}

function opportunities(random: Dice, parties: Parties, campaigns: readonly string[]) {
  const rows: Row[] = [];
  const lines: Row[] = [];
  const deals: Deal[] = [];
  for (let n = 1; n <= 550; n++) {
    const contact = random.chance(15) ? null : random.pick(parties.contacts);
    const account = parties.accounts.find((party) => party.id === contact?.account) ?? random.pick(parties.accounts);
    const currency = account.place.currency;
    const stage = random.pick(STAGES);
    let total = 0;
    const lineCount = random.below(4);
    for (let line = 1; line <= lineCount; line++) {
      const product = random.pick(parties.products);
      const quantity = 1 + random.below(12);
      const discount = random.pick([0, 0, 0, 5, 10, 15]);
      const sum = lineTotal(quantity, product.price, discount);
      total += sum;
      lines.push({
        LineId: `${id("DEA", n)}/${line}`,
        DealId: id("DEA", n),
        ProductCode: product.code,
        Text: random.chance(70) ? "" : random.pick(SENTENCES),
        Quantity: quantity,
        UnitPrice: money(product.price * 100, currency),
        "Discount %": discount,
        Total: money(sum, currency),
        Currency: currency,
        Position: line,
      });
    }
    if (total === 0) total = (10 + random.below(4000)) * (currency === "JPY" ? 1000 : 1234);
    const bad = n > 546;
    const name = `${random.pick(["Renewal", "New business", "Expansion", "Pilot 🚀", "拡張", "Mở rộng"])} – ${account.place.city} ${n}`;
    const deal: Deal = {
      id: id("DEA", n),
      account,
      contact: contact?.id ?? "",
      won: stage === "Won",
      total,
      currency,
      name,
    };
    if (!bad) deals.push(deal);
    rows.push({
      DealId: deal.id,
      DealName: name,
      AccountId: account.id,
      Contact: deal.contact,
      Stakeholders: [...new Set([deal.contact, random.pick(parties.contacts).id, random.pick(parties.contacts).id])]
        .filter((key) => key !== "" && random.chance(50))
        .join(";"),
      Campaign: random.chance(25) ? random.pick(campaigns) : "",
      Stage: bad && n === 550 ? "Woon" : stage,
      Amount: n === 547 ? "12 thousand" : n === 548 ? "n/a" : money(total, currency),
      Currency: currency,
      "Chance %": CHANCE[stage]!,
      Closing: n === 549 ? "2023-13-45" : date(60 + random.below(900)),
      Type: random.pick(["New", "New", "Upgrade", "Renewal", ""]),
      Source: random.pick(["Web", "Word of mouth", "Trade fair", "Partner", ""]),
      NextStep: stage === "Won" || stage === "Lost" || random.chance(50) ? "" : random.pick(SENTENCES),
      LostTo: stage === "Lost" ? random.pick(["Price", "Competitor", "No budget", "Timing"]) : "",
      Competitors: random.chance(80) ? "" : random.pick(["Globex", "Globex;Initech", "Hooli"]),
      Owner: random.pick(parties.owners),
      CreatedAt: moment(random.below(500), random.below(600)),
    });
  }
  // lines of records that the load rejects or that never existed are orphans: three of them stay, the others were never exported
  const known = new Set(deals.map((deal) => deal.id));
  const kept = lines.filter((line) => known.has(String(line.DealId)));
  for (let n = 1; n <= 3; n++) kept.push({ ...kept[n]!, LineId: `DEA-77777/${n}`, DealId: "DEA-77777" });
  return { rows, lines: kept, deals };
}

function quotes(random: Dice, deals: readonly Deal[], parties: Parties) {
  const rows: Row[] = [];
  const lines: Row[] = [];
  deals.slice(0, 140).forEach((deal, at) => {
    const n = at + 1;
    const start = 100 + random.below(700);
    let subtotal = 0;
    const lineCount = 1 + random.below(3);
    for (let line = 1; line <= lineCount; line++) {
      const product = random.pick(parties.products);
      const quantity = 1 + random.below(9);
      const discount = random.pick([0, 0, 10, 20]);
      const sum = lineTotal(quantity, product.price, discount);
      subtotal += sum;
      lines.push({
        QuoteNo: `Q-2023-${String(n).padStart(4, "0")}`,
        Position: line,
        ProductCode: product.code,
        Quantity: quantity,
        UnitPrice: money(product.price * 100, deal.currency),
        "Discount %": discount,
        Total: money(sum, deal.currency),
        Currency: deal.currency,
      });
    }
    const tax = Math.trunc(subtotal / 5);
    rows.push({
      QuoteNo: `Q-2023-${String(n).padStart(4, "0")}`,
      Title: `Quote for ${deal.name}`,
      DealId: deal.id,
      AccountId: deal.account.id,
      Contact: deal.contact,
      Status: random.pick(["Draft", "Sent", "Accepted", "Declined", "Out of date"]),
      QuoteDate: date(start),
      ValidUntil: date(start + 30),
      Subtotal: money(subtotal, deal.currency),
      Tax: money(tax, deal.currency),
      Total: money(subtotal + tax, deal.currency),
      Currency: deal.currency,
      Terms: random.pick(["30 days", "60 days", "On receipt"]),
      Owner: random.pick(parties.owners),
    });
  });
  // the export has the same position twice once
  lines.push({ ...lines[10]! });
  return { rows, lines };
}

function contracts(random: Dice, deals: readonly Deal[], parties: Parties): Row[] {
  return deals
    .filter((deal) => deal.won)
    .slice(0, 80)
    .map((deal, at): Row => {
      const start = 200 + random.below(600);
      const months = random.pick([12, 24, 36]);
      return {
        ContractNo: `C${String(at + 1).padStart(6, "0")}`,
        AccountId: deal.account.id,
        Contact: deal.contact,
        DealId: deal.id,
        Status: random.pick(["Draft", "In approval", "Active", "Active", "Expired", "Cancelled"]),
        Kind: random.pick(["Subscription", "Service", "Licence"]),
        Start: date(start),
        End: date(start + months * 30),
        Months: months,
        Value: money(deal.total, deal.currency),
        Currency: deal.currency,
        Billing: random.pick(["monthly", "quarterly", "yearly", "once"]),
        AutoRenew: random.chance(50) ? "yes" : "no",
        SignedOn: random.chance(30) ? "" : date(start - 5),
        SignedBy: random.chance(30) ? "" : "佐藤 Ngọc O'Brien",
        Terms: random.chance(60) ? "" : "Prices are fixed.\nNotice: 30 days.",
        Owner: random.pick(parties.owners),
      };
    });
}

export function sales(random: Dice, parties: Parties): Sales {
  const marketing = campaigns(random);
  const pipeline = opportunities(random, parties, marketing.codes);
  const offers = quotes(random, pipeline.deals, parties);
  return {
    files: new Map([
      // from another tool: semicolons and a byte order mark
      ["campaigns.csv", csv(marketing.rows, { delimiter: ";", bom: true, eol: "\r\n" })],
      ["deals.csv", csv(pipeline.rows)],
      ["deal_lines.csv", csv(pipeline.lines)],
      ["quotes.csv", csv(offers.rows)],
      ["quote_lines.csv", csv(offers.lines)],
      ["contracts.csv", csv(contracts(random, pipeline.deals, parties))],
    ]),
    deals: pipeline.deals.map((deal) => deal.id),
    campaigns: marketing.codes,
  };
}
