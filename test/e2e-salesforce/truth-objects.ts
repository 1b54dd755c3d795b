/** Which columns of the target hold which fields of the org. */
import { ident, literal, table } from "../../core/store/quote.ts";
import type { Row, Value } from "../sim/salesforce/index.ts";
import type { Column, Facts } from "./truth.ts";

export interface Spec {
  /** In the org. */
  readonly object: string;
  readonly table: string;
  /** Rows that are loaded besides not being deleted. */
  readonly only?: (row: Row, own: boolean) => boolean;
  /** Only `migrate init` makes a table for it. */
  readonly custom?: true;
  readonly columns: Readonly<Record<string, Column>>;
}

const SCHEMA = "crm";
const textOf = (value: Value | undefined): string | null =>
  value === null || value === undefined || value === "" ? null : String(value);

const from = (actual: Column["actual"], expected: Column["expected"]): Column => ({ actual, expected });
const at = (column: string): string => `t.${ident(column)}`;
const custom = (name: string): string => `t.custom->>${literal(name)}`;
const added = (column: Column): Column => ({ ...column, custom: true });

const text = (column: string, field: string) => from(at(column), (row) => textOf(row[field]));
const lower = (column: string, field: string) =>
  from(`lower(${at(column)})`, (row) => textOf(row[field])?.toLowerCase() ?? null);
const bool = (column: string, field: string) => from(`${at(column)}::text`, (row) => textOf(row[field]));
const date = (column: string, field: string) => from(`${at(column)}::text`, (row) => textOf(row[field]));
const numberSql = (sql: string): string => `trim_scale((${sql})::numeric)::text`;
const number = (column: string, field: string) => from(numberSql(at(column)), (row) => textOf(row[field]));
const instant = (column: string, field: string) =>
  from(`to_char(${at(column)}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`, (row) => {
    const value = textOf(row[field]);
    return value === null ? null : new Date(value.replace("+0000", "Z")).toISOString();
  });

const external = (target: string, id: string): string =>
  `(select x.external_id from ${table(SCHEMA, target)} x where x.id = ${id})`;
const ref = (column: string, field: string, target: string) =>
  from(external(target, at(column)), (row) => textOf(row[field]));

/** Objects of the target by the first letters of ids. */
const OBJECTS: Readonly<Record<string, string>> = {
  "001": "account",
  "003": "contact",
  "005": "user",
  "006": "opportunity",
  "00Q": "lead",
  "00T": "task",
  "00U": "event",
  "068": "file",
  "069": "note",
  "500": "case",
  "800": "contract",
};
const OWN: Readonly<Record<string, string>> = { a00: "invoice", a01: "invoice_line" };
const objectsOf = (own: boolean) => (own ? { ...OBJECTS, ...OWN } : OBJECTS);
const objectOf = (id: string | null, own: boolean): string | null =>
  id === null ? null : (objectsOf(own)[id.slice(0, 3)] ?? null);

/** A reference to one of several objects: the id and what it is. What is not migrated is left empty. */
function poly(column: string, type: string, idOf: (row: Row, facts: Facts) => string | null) {
  const cases = (own: boolean) =>
    Object.values(objectsOf(own)).map((name) => `when ${literal(name)} then ${external(name, at(column))}`);
  const known: Column["expected"] = (row, facts) => {
    const id = idOf(row, facts);
    return objectOf(id, facts.own) === null ? null : id;
  };
  return {
    [column]: from((own) => `case ${at(type)} ${cases(own).join(" ")} end`, known),
    [type]: from(at(type), (row, facts) => objectOf(idOf(row, facts), facts.own)),
  };
}
const field = (name: string) => (row: Row) => textOf(row[name]);

/** Who has it, who made it and changed it, and when. */
const stamps = {
  created_at: instant("created_at", "CreatedDate"),
  updated_at: instant("updated_at", "LastModifiedDate"),
};
const people = {
  created_by_id: ref("created_by_id", "CreatedById", "user"),
  updated_by_id: ref("updated_by_id", "LastModifiedById", "user"),
};
const owner = { owner_id: ref("owner_id", "OwnerId", "user") };
const all = { ...owner, ...people, ...stamps };
const currency = { currency: text("currency", "CurrencyIsoCode") };

const value = (column: string, values: Readonly<Record<string, string>>, name: string) =>
  from(at(column), (row) => {
    const found = textOf(row[name]);
    return found === null ? null : (values[found] ?? `${found}: not in the test`);
  });

export const STAGES: Readonly<Record<string, string>> = {
  Prospecting: "prospecting",
  Qualification: "qualification",
  "Needs Analysis": "needs_analysis",
  "Value Proposition": "needs_analysis",
  "Id. Decision Makers": "needs_analysis",
  "Perception Analysis": "needs_analysis",
  "Proposal/Price Quote": "proposal",
  "Negotiation/Review": "negotiation",
  "Closed Won": "closed_won",
  "Closed Lost": "closed_lost",
};

const LEAD_STATUS = {
  "Open - Not Contacted": "new",
  "Working - Contacted": "contacted",
  "Closed - Converted": "converted",
  "Closed - Not Converted": "unqualified",
};
const TASK_STATUS = {
  "Not Started": "not_started",
  "In Progress": "in_progress",
  Completed: "completed",
  "Waiting on someone else": "waiting",
  Deferred: "deferred",
};

const line = (parent: string, parentField: string, parentTable: string) => ({
  [parent]: ref(parent, parentField, parentTable),
  product_id: ref("product_id", "Product2Id", "product"),
  quantity: number("quantity", "Quantity"),
  unit_price: number("unit_price", "UnitPrice"),
  discount: number("discount", "Discount"),
  total_price: number("total_price", "TotalPrice"),
  ...currency,
  ...people,
  ...stamps,
});

const activity = {
  subject: text("subject", "Subject"),
  description: text("description", "Description"),
  ...poly("related_id", "related_type", field("WhatId")),
  ...poly("who_id", "who_type", field("WhoId")),
  account_id: ref("account_id", "AccountId", "account"),
  is_archived: bool("is_archived", "IsArchived"),
  ...all,
};

const link = (fromField: string, toField: string, label: Column["expected"], primary: string | null) => ({
  ...poly("from_id", "from_object", field(fromField)),
  ...poly("to_id", "to_object", field(toField)),
  label: from(at("label"), label),
  is_primary: from(`${at("is_primary")}::text`, (row) => (primary === null ? null : textOf(row[primary]))),
  ...stamps,
});

export const SPECS: readonly Spec[] = [
  {
    object: "User",
    table: "user",
    columns: {
      name: text("name", "Name"),
      email: lower("email", "Email"),
      is_active: bool("is_active", "IsActive"),
      is_queue: from(`${at("is_queue")}::text`, () => "false"),
      manager_id: ref("manager_id", "ManagerId", "user"),
      ...stamps,
    },
  },
  {
    object: "Group",
    table: "user",
    only: (row) => row.Type === "Queue",
    columns: {
      name: text("name", "Name"),
      is_queue: from(`${at("is_queue")}::text`, () => "true"),
      ...stamps,
    },
  },
  {
    object: "Product2",
    table: "product",
    columns: {
      name: text("name", "Name"),
      product_code: text("product_code", "ProductCode"),
      is_active: bool("is_active", "IsActive"),
      list_price: from(numberSql(at("list_price")), ({ Id }, facts) =>
        textOf(facts.standardPrice.get(String(Id))?.UnitPrice),
      ),
      currency: from(at("currency"), ({ Id }, facts) => textOf(facts.standardPrice.get(String(Id))?.CurrencyIsoCode)),
      ...people,
      ...stamps,
    },
  },
  {
    object: "Account",
    table: "account",
    columns: {
      name: text("name", "Name"),
      account_number: text("account_number", "AccountNumber"),
      description: text("description", "Description"),
      billing_city: text("billing_city", "BillingCity"),
      latitude: number("latitude", "BillingLatitude"),
      longitude: number("longitude", "BillingLongitude"),
      annual_revenue: number("annual_revenue", "AnnualRevenue"),
      number_of_employees: number("number_of_employees", "NumberOfEmployees"),
      parent_id: ref("parent_id", "ParentId", "account"),
      is_person_account: bool("is_person_account", "IsPersonAccount"),
      primary_contact_id: ref("primary_contact_id", "PersonContactId", "contact"),
      record_type: from(at("record_type"), (row, { org }) => {
        const id = textOf(row.RecordTypeId);
        return id === null ? null : textOf(org.row(id)?.DeveloperName);
      }),
      lifetime_value: added(from(numberSql(custom("lifetime_value")), (row) => textOf(row.Lifetime_Value__c))),
      external_ref: added(from(custom("external_ref"), (row) => textOf(row.External_Ref__c))),
      ...currency,
      ...all,
    },
  },
  {
    object: "Contact",
    table: "contact",
    columns: {
      first_name: text("first_name", "FirstName"),
      last_name: text("last_name", "LastName"),
      full_name: text("full_name", "Name"),
      email: lower("email", "Email"),
      account_id: ref("account_id", "AccountId", "account"),
      reports_to_id: ref("reports_to_id", "ReportsToId", "contact"),
      birthdate: date("birthdate", "Birthdate"),
      email_opt_out: bool("email_opt_out", "HasOptedOutOfEmail"),
      email_bounced: from(custom("email_bounced"), (row) => textOf(row.IsEmailBounced)),
      mailing_latitude: from(numberSql(custom("mailing_latitude")), (row) => textOf(row.MailingLatitude)),
      partner_account: added(from(custom("partner_account"), (row) => textOf(row.Partner_Account__c))),
      ...currency,
      ...all,
    },
  },
  {
    object: "Lead",
    table: "lead",
    columns: {
      full_name: text("full_name", "Name"),
      company: text("company", "Company"),
      status: value("status", LEAD_STATUS, "Status"),
      annual_revenue: number("annual_revenue", "AnnualRevenue"),
      is_converted: bool("is_converted", "IsConverted"),
      converted_date: from(`${at("converted_date")}::date::text`, (row) => textOf(row.ConvertedDate)),
      converted_account_id: ref("converted_account_id", "ConvertedAccountId", "account"),
      converted_contact_id: ref("converted_contact_id", "ConvertedContactId", "contact"),
      converted_opportunity_id: ref("converted_opportunity_id", "ConvertedOpportunityId", "opportunity"),
      ...currency,
      ...all,
    },
  },
  {
    object: "Opportunity",
    table: "opportunity",
    columns: {
      name: text("name", "Name"),
      stage: value("stage", STAGES, "StageName"),
      amount: number("amount", "Amount"),
      expected_revenue: number("expected_revenue", "ExpectedRevenue"),
      close_date: date("close_date", "CloseDate"),
      account_id: ref("account_id", "AccountId", "account"),
      campaign_id: ref("campaign_id", "CampaignId", "campaign"),
      contract_id: ref("contract_id", "ContractId", "contract"),
      primary_contact_id: from(external("contact", at("primary_contact_id")), (row, facts) =>
        textOf(facts.primaryContact.get(String(row.Id))),
      ),
      ...currency,
      ...all,
    },
  },
  {
    object: "OpportunityLineItem",
    table: "opportunity_line_item",
    columns: line("opportunity_id", "OpportunityId", "opportunity"),
  },
  {
    object: "Quote",
    table: "quote",
    columns: {
      name: text("name", "Name"),
      total_price: number("total_price", "GrandTotal"),
      account_id: ref("account_id", "AccountId", "account"),
      contact_id: ref("contact_id", "ContactId", "contact"),
      opportunity_id: ref("opportunity_id", "OpportunityId", "opportunity"),
      ...currency,
      ...all,
    },
  },
  { object: "QuoteLineItem", table: "quote_line_item", columns: line("quote_id", "QuoteId", "quote") },
  {
    object: "Contract",
    table: "contract",
    columns: {
      contract_number: text("contract_number", "ContractNumber"),
      start_date: date("start_date", "StartDate"),
      end_date: date("end_date", "EndDate"),
      contract_term_months: number("contract_term_months", "ContractTerm"),
      account_id: ref("account_id", "AccountId", "account"),
      contact_id: ref("contact_id", "CustomerSignedId", "contact"),
      ...currency,
      ...all,
    },
  },
  {
    object: "Case",
    table: "case",
    columns: {
      case_number: text("case_number", "CaseNumber"),
      subject: from(at("subject"), (row) => textOf(row.Subject) ?? "(no subject)"),
      description: text("description", "Description"),
      account_id: ref("account_id", "AccountId", "account"),
      contact_id: ref("contact_id", "ContactId", "contact"),
      parent_id: ref("parent_id", "ParentId", "case"),
      closed_date: instant("closed_date", "ClosedDate"),
      ...all,
    },
  },
  {
    object: "Campaign",
    table: "campaign",
    columns: {
      name: text("name", "Name"),
      parent_id: ref("parent_id", "ParentId", "campaign"),
      budgeted_cost: number("budgeted_cost", "BudgetedCost"),
      actual_cost: number("actual_cost", "ActualCost"),
      ...currency,
      ...all,
    },
  },
  {
    object: "CampaignMember",
    table: "campaign_member",
    columns: {
      campaign_id: ref("campaign_id", "CampaignId", "campaign"),
      lead_id: ref("lead_id", "LeadId", "lead"),
      contact_id: ref("contact_id", "ContactId", "contact"),
      has_responded: bool("has_responded", "HasResponded"),
      ...people,
      ...stamps,
    },
  },
  {
    object: "Task",
    table: "task",
    columns: {
      ...activity,
      status: value("status", TASK_STATUS, "Status"),
      due_date: date("due_date", "ActivityDate"),
    },
  },
  {
    object: "Event",
    table: "event",
    only: (row) => row.IsChild !== true,
    columns: {
      ...activity,
      start_datetime: instant("start_datetime", "StartDateTime"),
      end_datetime: instant("end_datetime", "EndDateTime"),
    },
  },
  {
    object: "Note",
    table: "note",
    columns: {
      title: text("title", "Title"),
      body: text("body", "Body"),
      is_private: bool("is_private", "IsPrivate"),
      ...poly("related_id", "related_type", field("ParentId")),
      ...all,
    },
  },
  {
    object: "ContentNote",
    table: "note",
    columns: {
      title: text("title", "Title"),
      ...poly("related_id", "related_type", ({ Id }, facts) => textOf(facts.linkedRecord.get(String(Id)))),
      ...all,
    },
  },
  {
    object: "CaseComment",
    table: "note",
    columns: {
      body: text("body", "CommentBody"),
      is_private: from(`${at("is_private")}::text`, (row) => String(row.IsPublished !== true)),
      ...poly("related_id", "related_type", field("ParentId")),
      ...people,
      ...stamps,
    },
  },
  {
    object: "Attachment",
    table: "file",
    columns: {
      name: text("name", "Name"),
      size: number("size", "BodyLength"),
      ...poly("related_id", "related_type", field("ParentId")),
      ...all,
    },
  },
  {
    object: "ContentVersion",
    table: "file",
    only: (row) => row.IsLatest === true && row.FileType !== "SNOTE",
    columns: {
      name: text("name", "PathOnClient"),
      size: number("size", "ContentSize"),
      checksum: text("checksum", "Checksum"),
      ...poly("related_id", "related_type", (row, facts) =>
        textOf(facts.linkedRecord.get(String(row.ContentDocumentId))),
      ),
      ...all,
    },
  },
  {
    object: "OpportunityContactRole",
    table: "association",
    columns: link("OpportunityId", "ContactId", (row) => textOf(row.Role), "IsPrimary"),
  },
  {
    object: "AccountContactRelation",
    table: "association",
    columns: link("AccountId", "ContactId", (row) => textOf(row.Roles), "IsDirect"),
  },
  {
    object: "TaskRelation",
    table: "association",
    only: (row) => row.IsWhat !== true,
    columns: link("TaskId", "RelationId", () => "Person", null),
  },
  {
    object: "EventRelation",
    table: "association",
    only: (row) => row.IsWhat !== true,
    columns: link("EventId", "RelationId", (row) => (row.IsInvitee === true ? "Invitee" : "Person"), null),
  },
  {
    object: "ContentDocumentLink",
    table: "association",
    only: (row, own) =>
      objectOf(String(row.LinkedEntityId), own) !== null && !String(row.LinkedEntityId).startsWith("005"),
    columns: {
      ...poly("from_id", "from_object", ({ ContentDocumentId }, { org }) => {
        const document = org.row(String(ContentDocumentId))!;
        return textOf(document.FileType === "SNOTE" ? document.Id : document.LatestPublishedVersionId);
      }),
      ...poly("to_id", "to_object", field("LinkedEntityId")),
      label: from(at("label"), ({ ContentDocumentId }, { org }) =>
        org.row(String(ContentDocumentId))!.FileType === "SNOTE" ? "Note" : "File",
      ),
    },
  },
  {
    object: "Invoice__c",
    table: "invoice",
    custom: true,
    columns: {
      name: text("name", "Name"),
      account_id: ref("account_id", "Account__c", "account"),
      contact_id: ref("contact_id", "Contact__c", "contact"),
      opportunity_id: ref("opportunity_id", "Opportunity__c", "opportunity"),
      replaces_id: ref("replaces_id", "Replaces__c", "invoice"),
      status: text("status", "Status__c"),
      channels: from("array_to_string(t.channels, ';')", field("Channels__c")),
      amount: number("amount", "Amount__c"),
      discount: number("discount", "Discount__c"),
      weight: number("weight", "Weight__c"),
      big_number: number("big_number", "Big_Number__c"),
      paid: bool("paid", "Paid__c"),
      due: date("due", "Due__c"),
      sent_at: instant("sent_at", "Sent_At__c"),
      bill_to: text("bill_to", "Bill_To__c"),
      link: text("link", "Link__c"),
      memo: text("memo", "Memo__c"),
      gross: number("gross", "Gross__c"),
      lines_total: number("lines_total", "Lines_Total__c"),
      code: text("code", "Code__c"),
      ...currency,
      ...all,
    },
  },
  {
    object: "Invoice_Line__c",
    table: "invoice_line",
    custom: true,
    columns: {
      name: text("name", "Name"),
      invoice_id: ref("invoice_id", "Invoice__c", "invoice"),
      product_id: ref("product_id", "Product__c", "product"),
      amount: number("amount", "Amount__c"),
      ...currency,
      ...people,
      ...stamps,
    },
  },
];
