/** Which objects are worth a look, and what part of an object's records counts. */
import type { Operation } from "./api.ts";
import type { DescribedObject, ListedObject } from "./client.ts";

/** Objects of a CRM that a first draft looks at, where the org has them. */
export const CRM_OBJECTS: readonly string[] = [
  "User",
  "Group",
  "RecordType",
  "Product2",
  "Pricebook2",
  "PricebookEntry",
  "Account",
  "Contact",
  "AccountContactRelation",
  "Lead",
  "Campaign",
  "CampaignMember",
  "Opportunity",
  "OpportunityContactRole",
  "OpportunityLineItem",
  "Quote",
  "QuoteLineItem",
  "Contract",
  "Order",
  "OrderItem",
  "Asset",
  "Case",
  "CaseComment",
  "Task",
  "TaskRelation",
  "Event",
  "EventRelation",
  "EmailMessage",
  "Note",
  "ContentNote",
  "Attachment",
  "ContentVersion",
  "ContentDocumentLink",
];

/** Custom objects that are described unasked, at most: each costs a call. */
const MOST_CUSTOM = 100;

const BY_PRODUCTS = /(?:ChangeEvent|Share|History|Feed)$/;
const ASSOCIATES = new Set(["ChangeEvent", "Share", "History", "Feed"]);

/** Objects whose records can be read and are data of their own. */
export function readable(objects: readonly ListedObject[]): ListedObject[] {
  return objects.filter(
    (object) =>
      object.queryable &&
      object.deprecatedAndHidden !== true &&
      !ASSOCIATES.has(object.associateEntityType ?? "") &&
      !(BY_PRODUCTS.test(object.name) && object.associateEntityType !== null),
  );
}

/** Names of the objects that a first draft should know the fields of. */
export function usual(objects: readonly ListedObject[]): string[] {
  const known = new Set(CRM_OBJECTS);
  const custom = objects.filter((object) => object.custom && !object.customSetting && /__c$/.test(object.name));
  return [
    ...objects.filter((object) => known.has(object.name)).map((object) => object.name),
    ...custom.slice(0, MOST_CUSTOM).map((object) => object.name),
  ];
}

export interface Scope {
  readonly operation: Operation;
  /** SOQL condition; null: every record. */
  readonly where: string | null;
  /** In words, for logs. */
  readonly words: string;
}

/** The field of a deleted record that names the one which it was merged into. */
export const MASTER = "MasterRecordId";

/** True for objects whose records can be merged: the losers stay in the recycle bin for a while. */
export function showsLosers(object: DescribedObject): boolean {
  const has = (name: string) => object.fields.some((field) => field.name === name);
  return has("IsDeleted") && has(MASTER);
}

/**
 * What is read and counted of an object. Archived records (activities of more than a year ago) only show with `queryAll`
 * and count as live, and so do losers of merges, whose ids lead to the winners; other deleted ones only when they are asked for.
 */
export function scopeOf(object: DescribedObject, includeDeleted: boolean): Scope {
  const has = (name: string) => object.fields.some((field) => field.name === name);
  if (includeDeleted && has("IsDeleted")) {
    return { operation: "queryAll", where: null, words: "all records, deleted, merged and archived ones included" };
  }
  if (showsLosers(object)) {
    const where = `(IsDeleted = false OR ${MASTER} != null)`;
    return { operation: "queryAll", where, words: "all records, those merged into others included" };
  }
  if (has("IsArchived") && has("IsDeleted")) {
    return { operation: "queryAll", where: "IsDeleted = false", words: "all records, archived ones included" };
  }
  return { operation: "query", where: null, words: "all records" };
}

/** Read through their documents: SOQL refuses to list them without naming a document or record. */
export const NEEDS_DOCUMENT = "ContentDocumentLink";

/** Objects that Bulk API 2.0 does not offer. */
export function isBulk(object: string): boolean {
  return (
    object !== NEEDS_DOCUMENT &&
    !/^(?:CaseStatus|ContractStatus|TaskStatus|TaskPriority|OpportunityStage|LeadStatus|PartnerRole|SolutionStatus)$/.test(
      object,
    )
  );
}
