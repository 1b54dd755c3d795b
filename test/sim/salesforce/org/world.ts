/** The arithmetic of an org: how many rows each object has and which row refers to which. No state, no rows. */
import type { IdSpace } from "../ids.ts";
import { idSpace } from "../ids.ts";
import type { Features } from "../options.ts";
import { type Dice, dice, mix } from "../random.ts";
import { DAY, instantText } from "./dates.ts";

/** Share of the records that each object gets, out of PARTS; relations of accounts and contacts come on top. */
const SHARES: Readonly<Record<string, number>> = {
  Account: 120,
  Contact: 240,
  Lead: 100,
  Opportunity: 100,
  OpportunityLineItem: 120,
  OpportunityContactRole: 30,
  Quote: 15,
  QuoteLineItem: 25,
  Contract: 10,
  Case: 60,
  CaseComment: 30,
  CampaignMember: 50,
  Task: 80,
  Event: 30,
  TaskRelation: 10,
  EventRelation: 10,
  IndirectRelation: 10,
  Note: 6,
  ContentNote: 4,
  Attachment: 3,
  File: 4,
  EmailMessage: 5,
  Invoice__c: 15,
  Invoice_Line__c: 20,
};

const PARTS = 1390;

export const PREFIXES: Readonly<Record<string, string>> = {
  Organization: "00D",
  User: "005",
  Group: "00G",
  Profile: "00e",
  PermissionSet: "0PS",
  PermissionSetAssignment: "0Pa",
  RecordType: "012",
  CurrencyType: "0Bw",
  OpportunityStage: "01J",
  Account: "001",
  Contact: "003",
  Lead: "00Q",
  Product2: "01t",
  Pricebook2: "01s",
  PricebookEntry: "01u",
  Opportunity: "006",
  OpportunityLineItem: "00k",
  OpportunityContactRole: "00K",
  AccountContactRelation: "07k",
  Quote: "0Q0",
  QuoteLineItem: "0QL",
  Contract: "800",
  Case: "500",
  CaseComment: "00a",
  Campaign: "701",
  CampaignMember: "00v",
  Task: "00T",
  Event: "00U",
  TaskRelation: "0RT",
  EventRelation: "0RE",
  Note: "002",
  ContentDocument: "069",
  ContentVersion: "068",
  ContentDocumentLink: "06A",
  Attachment: "00P",
  EmailMessage: "02s",
  Invoice__c: "a00",
  Invoice_Line__c: "a01",
};

export const CURRENCIES = ["USD", "EUR", "GBP", "JPY"] as const;

/** Children spread evenly over parents, in order. */
export interface Spread {
  parent(child: number): number;
  first(parent: number): number;
  size(parent: number): number;
  /** 0 for a parent's first child. */
  ordinal(child: number): number;
}

export function spread(children: number, parents: number): Spread {
  const first = (parent: number): number => Math.min(children, Math.ceil((parent * children) / parents));
  const parent = (child: number): number => Math.min(parents - 1, Math.floor((child * parents) / children));
  return {
    parent,
    first,
    size: (of) => first(of + 1) - first(of),
    ordinal: (child) => child - first(parent(child)),
  };
}

export interface World {
  readonly seed: number;
  readonly features: Features;
  /** Rows are older than this instant, in ms. */
  readonly until: number;
  readonly counts: Readonly<Record<string, number>>;
  count(object: string): number;
  id(object: string, index: number): string;
  space(object: string): IdSpace;
  dice(purpose: string): Dice;
  person(account: number): boolean;
  /** Accounts that are person accounts. */
  readonly persons: number;
  /** Index of the `n`th person account. */
  nthPerson(n: number): number;
  /** Contacts that are not shadows of person accounts. */
  readonly contacts: number;
  /** How a row left: merged into another, deleted, or not at all. The row before it is always live. */
  fate(object: string, index: number): "live" | "merged" | "deleted";
  gone(object: string, index: number): boolean;
  live(object: string, index: number): number;
  /** A live account that is no person account. */
  business(index: number): number;
  /** Where a contact works; -1 for private contacts. */
  accountOf(contact: number): number;
  currency(object: string, index: number): string;
  readonly currencies: readonly string[];
  readonly lines: Spread;
  readonly quotes: Spread;
  readonly quoteLines: Spread;
  readonly versions: Spread;
  created(object: string): (index: number) => number;
  createdText(object: string): (index: number) => string;
  /** A user that owns rows: active or not, never an automated one. */
  owner(object: string): (index: number) => string;
}

const FATES: Readonly<Record<string, { merged?: readonly [number, number]; deleted: readonly [number, number] }>> = {
  Account: { merged: [200, 113], deleted: [250, 31] },
  Contact: { merged: [300, 157], deleted: [400, 211] },
  Lead: { merged: [300, 151], deleted: [350, 77] },
  Opportunity: { deleted: [180, 91] },
  Case: { deleted: [220, 101] },
  Task: { deleted: [210, 101] },
  Event: { deleted: [190, 71] },
  Contract: { deleted: [120, 61] },
  Campaign: { deleted: [50, 33] },
  Note: { deleted: [140, 51] },
  Attachment: { deleted: [130, 41] },
  Invoice__c: { deleted: [160, 55] },
};

/** Numbers of rows by object, `records` in all, about. */
function countRows(
  records: number,
  features: Features,
  exact: Readonly<Record<string, number>>,
): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [object, share] of Object.entries(SHARES)) {
    counts[object] = exact[object] ?? Math.max(4, Math.round((records * share) / PARTS));
  }
  const clamp = (low: number, share: number, high: number): number =>
    Math.min(high, Math.max(low, Math.round(records * share)));
  counts.User = exact.User ?? clamp(14, 0.001, 400);
  counts.Group = 6;
  counts.Profile = 3;
  counts.PermissionSet = 4;
  counts.PermissionSetAssignment = 2;
  counts.RecordType = features.personAccounts ? 6 : 5;
  counts.Organization = 1;
  counts.Product2 = exact.Product2 ?? clamp(8, 0.002, 2000);
  counts.Pricebook2 = 2;
  counts.Campaign = exact.Campaign ?? clamp(6, 0.001, 1000);
  counts.CurrencyType = features.multiCurrency ? CURRENCIES.length : 0;
  const currencies = features.multiCurrency ? CURRENCIES.length : 1;
  counts.PricebookEntry = counts.Product2 * currencies * 2;
  counts.ContentDocument = counts.File! + (features.notes ? counts.ContentNote! : 0);
  counts.ContentVersion = exact.ContentVersion ?? Math.ceil(counts.ContentDocument * 1.25);
  counts.ContentDocumentLink = Math.ceil(counts.ContentDocument * 1.5);
  return counts;
}

export function createWorld(
  seed: number,
  records: number,
  features: Features,
  exact: Readonly<Record<string, number>> = {},
): World {
  const until = Date.UTC(2026, 10, 1);
  const counts = countRows(records, features, exact);
  const accounts = counts.Account!;
  const persons = features.personAccounts && accounts > 7 ? Math.floor((accounts - 8) / 20) + 1 : 0;
  const contacts = counts.Contact!;
  counts.Contact = contacts + persons;
  counts.AccountContactRelation = contacts - Math.floor(contacts / 50) + counts.IndirectRelation!;

  const pod = `${"5A7f"[seed % 4]}${"gGxX"[(seed >>> 2) % 4]}`;
  const spaces = new Map<string, IdSpace>();
  const space = (object: string): IdSpace => {
    let made = spaces.get(object);
    if (made === undefined) {
      made = idSpace(PREFIXES[object] ?? "0ZZ", pod);
      spaces.set(object, made);
    }
    return made;
  };

  const person = (account: number): boolean => persons > 0 && account % 20 === 7;
  const fate = (object: string, index: number): "live" | "merged" | "deleted" => {
    const rule = FATES[object];
    if (rule === undefined || index === 0) return "live";
    if (object === "Contact" && index >= contacts) return "live";
    if (rule.merged !== undefined && index % rule.merged[0] === rule.merged[1]) return "merged";
    return index % rule.deleted[0] === rule.deleted[1] ? "deleted" : "live";
  };
  const gone = (object: string, index: number): boolean => fate(object, index) !== "live";
  const live = (object: string, index: number): number => (gone(object, index) ? index - 1 : index);
  const business = (index: number): number => (person(index) || gone("Account", index) ? index - 1 : index);
  const workplace = dice(seed, "Contact.AccountId");
  const money = dice(seed, "currency");
  const currencies: readonly string[] = features.multiCurrency ? CURRENCIES : ["USD"];
  const created = (object: string) => {
    const throwOf = dice(seed, `${object}.CreatedDate`);
    return (index: number): number => until - 20 * DAY - throwOf(index, 2_100 * 86_400) * 1000;
  };
  return {
    seed,
    features,
    until,
    counts,
    count: (object) => counts[object] ?? 0,
    id: (object, index) => space(object).id(index),
    space,
    dice: (purpose) => dice(seed, purpose),
    person,
    persons,
    nthPerson: (n) => 20 * n + 7,
    contacts,
    fate,
    gone,
    live,
    business,
    accountOf(contact) {
      if (contact >= contacts) return 20 * (contact - contacts) + 7;
      return contact % 50 === 49 ? -1 : business(workplace(contact, accounts));
    },
    currency: (object, index) => currencies[money(index + object.length * 7919, 8) % 5] ?? currencies[0]!,
    currencies,
    lines: spread(counts.OpportunityLineItem!, counts.Opportunity!),
    quotes: spread(counts.Quote!, counts.Opportunity!),
    quoteLines: spread(counts.QuoteLineItem!, counts.Quote!),
    versions: spread(counts.ContentVersion!, counts.ContentDocument!),
    created,
    createdText: (object) => {
      const at = created(object);
      return (index) => instantText(at(index));
    },
    owner: (object) => {
      const throwOf = dice(seed, `${object}.OwnerId`);
      const users = counts.User! - 3;
      return (index) => space("User").id(3 + throwOf(index, users));
    },
  };
}

/** A stable number for a row, for texts that must be unique. */
export const serial = (seed: number, index: number): string => (mix(seed, index) >>> 8).toString(36);
