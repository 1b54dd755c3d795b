/** Tickets and leads. */
import { PIPELINES } from "../pipelines.ts";
import { properties } from "../property.ts";
import { pick, type Rows, type Seed } from "../seed.ts";
import { instant } from "../world.ts";
import { companyName, contactEmail, contactName, longText } from "./names.ts";

const TICKET_PROPERTIES = properties(`
subject|Ticket name|string.text|ticketinformation|f
content|Ticket description|string.textarea|ticketinformation|f
hs_pipeline|Pipeline|enumeration.select|ticketinformation|e
hs_pipeline_stage|Ticket status|enumeration.radio|ticketinformation|e
hs_ticket_priority|Priority|enumeration.select|ticketinformation|f|LOW:Low,MEDIUM:Medium,HIGH:High,URGENT:Urgent
hs_ticket_category|Category|enumeration.select|ticketinformation|f|PRODUCT_ISSUE:Product issue,BILLING_ISSUE:Billing issue,FEATURE_REQUEST:Feature request,GENERAL_INQUIRY:General inquiry
source_type|Source|enumeration.select|ticketinformation||CHAT:Chat,EMAIL:Email,FORM:Form,PHONE:Phone
hs_resolution|Resolution|enumeration.select|ticketinformation||ISSUE_FIXED:Issue fixed,WONT_FIX:Won't fix,CANNOT_REPRODUCE:Cannot reproduce
closed_date|Close date|datetime.date|ticketinformation|r
time_to_close|Time to close|number.number|ticketinformation|r
first_agent_reply_date|First agent email response date|datetime.date|ticketinformation|r
hs_is_closed|Is closed|bool.calculation_read_time|ticketinformation|cr
hs_tag_ids|Ticket tags|enumeration.checkbox|ticketinformation|e
hs_time_in_1|Time in "New (Support Pipeline)"|number.calculation_read_time|ticketinformation|r
hs_num_times_contacted|Number of times contacted|number.number|ticketinformation|r
hs_file_upload|File upload|string.file|ticketinformation
affected_modules|Affected modules|enumeration.checkbox|custom|x|billing:Billing,login:Login,api:API
satisfaction|Satisfaction|number.number|custom|x
createdate|Create date|datetime.date|ticketinformation|r
hs_lastmodifieddate|Last modified date|datetime.date|ticketinformation|r
hubspot_owner_id|Ticket owner|enumeration.select|ticketinformation|e||OWNER
hs_object_id|Record ID|number.number|ticketinformation|r
hs_merged_object_ids|Merged Ticket IDs|enumeration.checkbox|ticketinformation|r
`);

export function tickets(seed: Seed): Rows {
  const { world } = seed;
  const throwOf = world.dice("tickets");
  const about = longText(seed, "tickets.content");
  const unknown = world.options.unknownOptions === true;
  const pipelines = PIPELINES.tickets!;
  return {
    properties: TICKET_PROPERTIES,
    values(index) {
      const created = world.created("tickets", index);
      const pipeline = pipelines[index % 4 === 3 ? 1 : 0]!;
      const stage = pick(pipeline.stages, throwOf(index, 997));
      const closed = stage.metadata.ticketState === "CLOSED";
      return {
        subject:
          index % 60 === 4
            ? null
            : `Ticket ${index}: ${index % 2 === 0 ? "cannot sign in" : "Rechnung fehlt – bitte prüfen"}`,
        content: index % 15 === 14 ? null : about(index),
        hs_pipeline: pipeline.id,
        hs_pipeline_stage: stage.id,
        hs_ticket_priority:
          unknown && index % 89 === 2
            ? "BLOCKER"
            : index % 5 === 4
              ? null
              : pick(["LOW", "MEDIUM", "HIGH", "URGENT"], throwOf(index + 1, 4)),
        hs_ticket_category:
          index % 3 === 2
            ? null
            : pick(["PRODUCT_ISSUE", "BILLING_ISSUE", "FEATURE_REQUEST", "GENERAL_INQUIRY"], throwOf(index + 2, 4)),
        source_type: index % 7 === 6 ? null : pick(["EMAIL", "PHONE", "FORM", "CHAT"], throwOf(index + 3, 4)),
        hs_resolution: closed && index % 3 !== 0 ? pick(["ISSUE_FIXED", "WONT_FIX"], throwOf(index + 4, 2)) : null,
        closed_date: closed ? instant(created + 3 * 86_400_000) : null,
        time_to_close: closed ? String(3 * 86_400_000) : null,
        first_agent_reply_date: index % 2 === 0 ? instant(created + 3_600_000) : null,
        hs_is_closed: String(closed),
        hs_time_in_1: index % 4 === 3 ? null : String(throwOf(index + 5, 90_000_000)),
        hs_num_times_contacted: String(index % 6),
        affected_modules: index % 4 === 1 ? "login;api" : index % 4 === 2 ? "billing" : null,
        satisfaction: index % 5 === 0 ? "0" : index % 5 === 1 ? "4.5" : null,
      };
    },
  };
}

const LEAD_PROPERTIES = properties(`
hs_lead_name|Lead name|string.text|leadinformation
hs_lead_type|Lead type|enumeration.select|leadinformation||NEW_BUSINESS:New Business,UPSELL:Upsell,RE_ATTEMPTING:Re-attempting
hs_lead_label|Lead label|enumeration.select|leadinformation||HOT:Hot,WARM:Warm,COLD:Cold
hs_pipeline|Lead pipeline|enumeration.select|leadinformation|e
hs_pipeline_stage|Lead stage|enumeration.select|leadinformation|e
hs_associated_contact_email|Associated contact email|string.text|leadinformation|r
hs_associated_contact_firstname|Associated contact first name|string.text|leadinformation|r
hs_associated_contact_lastname|Associated contact last name|string.text|leadinformation|r
hs_associated_company_name|Associated company name|string.text|leadinformation|r
hs_lead_disqualification_reason|Disqualification reason|enumeration.select|leadinformation||NO_BUDGET:No budget,NOT_A_GOOD_FIT:Not a good fit,UNRESPONSIVE:Unresponsive
hs_lead_disqualification_note|Disqualification note|string.textarea|leadinformation
hs_lead_outreach_activity_count|Outreach activities|number.number|leadinformation|r
hs_lead_source|Lead source|enumeration.select|leadinformation||ORGANIC_SEARCH:Organic Search,REFERRALS:Referrals,OFFLINE:Offline Sources,DIRECT_TRAFFIC:Direct Traffic
hs_createdate|Create date|datetime.date|leadinformation|r
hs_lastmodifieddate|Last modified date|datetime.date|leadinformation|r
hubspot_owner_id|Lead owner|enumeration.select|leadinformation|e||OWNER
hs_object_id|Record ID|number.number|leadinformation|r
hs_merged_object_ids|Merged record IDs|enumeration.checkbox|leadinformation|r
`);

export function leads(seed: Seed): Rows {
  const { world, relations } = seed;
  const throwOf = world.dice("leads");
  const nameOf = companyName(seed);
  const nameOfContact = contactName(seed);
  const pipeline = PIPELINES.leads![0]!;
  return {
    properties: LEAD_PROPERTIES,
    values(index) {
      const stage = pick(pipeline.stages, throwOf(index, 997));
      const contact = relations.contactOfLead(index);
      const company = relations.companyOfLead(index);
      return {
        hs_lead_name: `Lead ${index} – ${index % 2 === 0 ? "Inbound" : "Messe Köln"}`,
        hs_lead_type: pick(["NEW_BUSINESS", "UPSELL", "RE_ATTEMPTING"], throwOf(index + 1, 3)),
        hs_lead_label: index % 5 === 4 ? null : pick(["HOT", "WARM", "COLD"], throwOf(index + 2, 3)),
        hs_pipeline: pipeline.id,
        hs_pipeline_stage: stage.id,
        hs_associated_contact_email: contact === undefined ? null : contactEmail(seed, contact),
        hs_associated_contact_firstname: contact === undefined ? null : nameOfContact(contact).first,
        hs_associated_contact_lastname: contact === undefined ? null : nameOfContact(contact).last,
        hs_associated_company_name: company === undefined ? null : nameOf(company),
        hs_lead_disqualification_reason: stage.id === "unqualified-stage-id" ? "NO_BUDGET" : null,
        hs_lead_disqualification_note:
          stage.id === "unqualified-stage-id" && index % 2 === 0 ? "Ask again in May" : null,
        hs_lead_outreach_activity_count: String(index % 4),
        hs_lead_source: pick(["ORGANIC_SEARCH", "REFERRALS", "OFFLINE", "DIRECT_TRAFFIC"], throwOf(index + 3, 4)),
      };
    },
  };
}
