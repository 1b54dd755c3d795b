/** Properties of contacts: HubSpot's own, the portal's own, sensitive and archived ones. */
import { type Option, plain, properties } from "../property.ts";

/** More options than one answer should have. */
const STORES: readonly Option[] = Array.from({ length: 1583 }, (_, at) => ({
  value: `store_${String(at).padStart(4, "0")}`,
  label: at % 100 === 7 ? `Störe Nº ${at} – “old”` : `Store ${at}`,
  hidden: at % 97 === 0,
}));

const LISTS = {
  stores: STORES,
  interests: plain(["Golf", "Wine", "Sailing", "Opera", "R&D"]),
};

export const CONTACT_PROPERTIES = properties(
  `
address|Street Address|string.text|contactinformation|f
annualrevenue|Annual Revenue|string.text|contactinformation|f
associatedcompanyid|Primary Associated Company ID|number.number|contactinformation|he||COMPANY
associatedcompanylastupdated|Associated Company Last Updated|number.number|contactinformation|rh
city|City|string.text|contactinformation|f
closedate|Close Date|datetime.date|deal_information
company|Company Name|string.text|contactinformation|f
company_size|Company size|string.text|facebook_ads_properties|f
country|Country/Region|string.text|contactinformation|f
createdate|Create Date|datetime.date|contactinformation|r
currentlyinworkflow|Currently in workflow|enumeration.booleancheckbox|contact_activity|r
date_of_birth|Date of birth|string.text|facebook_ads_properties|f
days_to_close|Days To Close|number.number|deal_information|cr
degree|Degree|string.text|facebook_ads_properties|f
email|Email|string.text|contactinformation|f
engagements_last_meeting_booked|Date of last meeting booked in meetings tool|datetime.date|contact_activity|r
fax|Fax Number|string.phonenumber|contactinformation|f
first_conversion_date|First Conversion Date|datetime.date|contact_activity|cr
first_conversion_event_name|First Conversion|string.text|contact_activity|cr
first_deal_created_date|First Deal Created Date|datetime.date|deal_information|r
firstname|First Name|string.text|contactinformation|f
followercount|Follower Count|number.number|socialmediainformation
gender|Gender|string.text|facebook_ads_properties|f
hs_additional_emails|Additional email addresses|enumeration.select|contactinformation|crh
hs_all_contact_vids|All vids for a contact|enumeration.select|contactinformation|crh
hs_all_owner_ids|All owner IDs|enumeration.select|contactinformation|rhe
hs_analytics_average_page_views|Average Pageviews|number.number|analyticsinformation|r
hs_analytics_first_timestamp|Time First Seen|datetime.date|analyticsinformation|r
hs_analytics_first_url|First Page Seen|string.text|analyticsinformation|r
hs_analytics_last_timestamp|Time Last Seen|datetime.date|analyticsinformation|r
hs_analytics_num_page_views|Number of Pageviews|number.number|analyticsinformation|r
hs_analytics_num_visits|Number of Sessions|number.number|analyticsinformation|r
hs_analytics_revenue|Event Revenue|number.number|analyticsinformation|r
hs_analytics_source|Original Source|enumeration.select|analyticsinformation||ORGANIC_SEARCH:Organic Search,PAID_SEARCH:Paid Search,EMAIL_MARKETING:Email Marketing,SOCIAL_MEDIA:Organic Social,REFERRALS:Referrals,OTHER_CAMPAIGNS:Other Campaigns,DIRECT_TRAFFIC:Direct Traffic,OFFLINE:Offline Sources,PAID_SOCIAL:Paid Social
hs_analytics_source_data_1|Original Source Drill-Down 1|string.text|analyticsinformation|r
hs_analytics_source_data_2|Original Source Drill-Down 2|string.text|analyticsinformation|r
hs_buying_role|Buying Role|enumeration.checkbox|deal_information|f|BLOCKER:Blocker,BUDGET_HOLDER:Budget Holder,CHAMPION:Champion,DECISION_MAKER:Decision Maker,END_USER:End User,EXECUTIVE_SPONSOR:Executive Sponsor,INFLUENCER:Influencer,LEGAL_AND_COMPLIANCE:Legal & Compliance,OTHER:Other
hs_calculated_form_submissions|All form submissions for a contact|enumeration.select|contactinformation|crh
hs_calculated_merged_vids|Merged vids with timestamps of a contact|enumeration.select|contactinformation|crh
hs_calculated_phone_number|Calculated Phone Number in International Format|string.text|contactinformation|crh
hs_calculated_phone_number_country_code|Calculated Phone Number Country Code|string.text|contactinformation|crh
hs_clicked_linkedin_ad|Clicked on a LinkedIn Ad|enumeration.booleancheckbox|conversioninformation|h
hs_content_membership_notes|Membership Notes|string.textarea|contact_activity
hs_content_membership_status|Status|enumeration.select|contact_activity||active:Active,inactive:Inactive
hs_count_is_unworked|Count of unengaged contacts|number.calculation_equation|contactinformation|rh
hs_country_region_code|Country/Region Code|string.text|contactinformation|f
hs_created_by_user_id|Created by user ID|number.number|contactinformation|r
hs_createdate|Object create date/time|datetime.date|contactinformation|rh
hs_date_entered_customer|Date entered 'Customer (Lifecycle Stage Pipeline)'|datetime.calculation_read_time|contactinformation|rh
hs_date_entered_lead|Date entered 'Lead (Lifecycle Stage Pipeline)'|datetime.calculation_read_time|contactinformation|rh
hs_date_exited_lead|Date exited 'Lead (Lifecycle Stage Pipeline)'|datetime.calculation_read_time|contactinformation|rh
hs_email_bounce|Marketing emails bounced|number.number|emailinformation|r
hs_email_click|Marketing emails clicked|number.number|emailinformation|r
hs_email_delivered|Marketing emails delivered|number.number|emailinformation|r
hs_email_domain|Email Domain|string.text|contactinformation|cr
hs_email_hard_bounce_reason|Email hard bounce reason|string.text|emailinformation|rh
hs_email_hard_bounce_reason_enum|Email hard bounce reason|enumeration.select|emailinformation|r||UNKNOWN_USER:Unknown user,MAILBOX_FULL:Mailbox full,CONTENT:Content,SPAM:Spam,POLICY:Policy,OTHER:Other
hs_email_last_open_date|Last marketing email open date|datetime.date|emailinformation|r
hs_email_open|Marketing emails opened|number.number|emailinformation|r
hs_email_optout|Unsubscribed from all email|bool.booleancheckbox|emailinformation|r
hs_email_optout_448994475|Opted out of email: Marketing Information|enumeration.booleancheckbox|emailinformation|r
hs_facebook_click_id|Facebook click id|string.text|conversioninformation
hs_feedback_last_nps_rating|Last NPS survey rating|enumeration.select|contact_activity|r|0:0,1:1,2:2,3:3,4:4,5:5,6:6,7:7,8:8,9:9,10:10
hs_first_engagement_object_id|ID of first engagement|number.number|contactinformation|cr
hs_has_active_subscription|Contact has an active subscription|number.calculation_rollup|contactinformation|rh
hs_is_contact|Is a contact|bool.calculation_read_time|contactinformation|crh
hs_is_unworked|Contact unworked|bool.calculation_equation|sales_properties|r
hs_language|Preferred language|enumeration.select|contactinformation|f|af:Afrikaans,sq:Albanian,sq-al:Albanian - Albania,ar:Arabic,ar-dz:Arabic - Algeria,ar-bh:Arabic - Bahrain,ar-eg:Arabic - Egypt,ar-iq:Arabic - Iraq,ar-jo:Arabic - Jordan,ar-kw:Arabic - Kuwait,ar-lb:Arabic - Lebanon,ar-ly:Arabic - Libya
hs_lastmodifieddate|Object last modified date/time|datetime.date|contactinformation|rh
hs_latest_meeting_activity|Latest meeting activity|datetime.date|contactinformation|rh
hs_latest_qualified_lead_date|Latest Qualified Lead Date|datetime.calculation_rollup|contactinformation|cr
hs_latest_sequence_enrolled|Last sequence enrolled|number.number|contactinformation|re||SEQUENCE
hs_latest_source|Latest Source|enumeration.select|analyticsinformation||ORGANIC_SEARCH:Organic Search,PAID_SEARCH:Paid Search,EMAIL_MARKETING:Email Marketing,SOCIAL_MEDIA:Organic Social,REFERRALS:Referrals,OTHER_CAMPAIGNS:Other Campaigns,DIRECT_TRAFFIC:Direct Traffic,OFFLINE:Offline Sources,PAID_SOCIAL:Paid Social
hs_lead_status|Lead Status|enumeration.radio|sales_properties|f|NEW:New,OPEN:Open,IN_PROGRESS:In Progress,OPEN_DEAL:Open Deal,UNQUALIFIED:Unqualified,ATTEMPTED_TO_CONTACT:Attempted to Contact,CONNECTED:Connected,BAD_TIMING:Bad Timing
hs_legal_basis|Legal basis for processing contact's data|enumeration.checkbox|emailinformation||Legitimate interest – prospect/lead:Legitimate interest - Lead,Legitimate interest – existing customer:Legitimate interest - Customer,Legitimate interest - other:Legitimate interest - Other,Performance of a contract:Performance of a contract,Freely given consent from contact:Freely given consent from contact,Not applicable:Not applicable
hs_lifecyclestage_customer_date|Became a Customer Date|datetime.date|contactinformation|rh
hs_lifecyclestage_lead_date|Became a Lead Date|datetime.date|contactinformation|rh
hs_lifecyclestage_marketingqualifiedlead_date|Became a Marketing Qualified Lead Date|datetime.date|contactinformation|rh
hs_linkedin_url|LinkedIn URL|string.text|socialmediainformation|f
hs_marketable_status|Marketing contact status|enumeration.booleancheckbox|contactinformation|r
hs_merged_object_ids|Merged Contact IDs|enumeration.checkbox|contactinformation|r
hs_notes_last_activity|Last Activity|object_coordinates.text|contactinformation|rh
hs_object_id|Record ID|number.number|contactinformation|r
hs_object_source|Record creation source|string.text|contactinformation|rh
hs_object_source_label|Record source|enumeration.select|contactinformation|re
hs_persona|Persona|enumeration.select|contactinformation|f
hs_pipeline|Pipeline|enumeration.select|contactinformation|he
hs_predictivecontactscore_v2|Likelihood to close|number.number|contact_activity|r
hs_predictivescoringtier|Contact priority|enumeration.radio|contact_activity|r|tier_1:Very High,tier_2:High,tier_3:Medium,tier_4:Low,closed_won:Closed Won
hs_registered_member|Registered member|number.calculation_equation|contactscripted|cr
hs_role|Employment Role|enumeration.select|contactinformation|f|accounting:Accounting,administrative:Administrative,business_development:Business Development,communications:Communications,consulting:Consulting,customer_service:Customer Service,design:Design,education:Education,engineering:Engineering,entrepreneurship:Entrepreneurship,finance:Finance,health_professional:Health Professional
hs_searchable_calculated_phone_number|Calculated Phone Number without country code|phone_number.phonenumber|contactinformation|crh
hs_seniority|Employment Seniority|enumeration.select|contactinformation|f|vp:VP,director:Director,entry:Entry,executive:Executive,manager:Manager,owner:Owner,partner:Partner,senior:Senior,employee:Employee
hs_state_code|State/Region Code|string.text|contactinformation|f
hs_time_in_lead|Time in 'Lead (Lifecycle Stage Pipeline)'|number.calculation_read_time|contactinformation|rh
hs_time_to_move_from_lead_to_customer|Time to move from lead to customer|number.calculation_equation|contactinformation
hs_timezone|Time Zone|enumeration.select|contactinformation|f|pacific_slash_midway:UTC -11:00 Pacific Midway,pacific_slash_niue:UTC -11:00 Pacific Niue,pacific_slash_pago_pago:UTC -11:00 Pacific Pago Pago,pacific_slash_samoa:UTC -11:00 Pacific Samoa,us_slash_samoa:UTC -11:00 US Samoa,pacific_slash_honolulu:UTC -10:00 Pacific Honolulu,pacific_slash_johnston:UTC -10:00 Pacific Johnston,pacific_slash_rarotonga:UTC -10:00 Pacific Rarotonga,pacific_slash_tahiti:UTC -10:00 Pacific Tahiti,us_slash_hawaii:UTC -10:00 US Hawaii,pacific_slash_marquesas:UTC -09:30 Pacific Marquesas,america_slash_adak:UTC -09:00 America Adak
hs_v2_date_entered_lead|Date entered "Lead (Lifecycle Stage Pipeline)"|datetime.date|contactlcs|r
hs_whatsapp_phone_number|WhatsApp Phone Number|string.phonenumber|contactinformation|f
hubspot_owner_assigneddate|Owner assigned date|datetime.date|sales_properties|r
hubspot_owner_id|Contact owner|enumeration.select|sales_properties|e||OWNER
hubspot_team_id|HubSpot Team|enumeration.select|sales_properties|re
hubspotscore|HubSpot Score|number.calculation_score|sales_properties|r
industry|Industry|string.text|contactinformation|f
jobtitle|Job Title|string.text|contactinformation|f
lastmodifieddate|Last Modified Date|datetime.date|contactinformation|r
lastname|Last Name|string.text|contactinformation|f
lifecyclestage|Lifecycle Stage|enumeration.radio|contactinformation|ef|subscriber:Subscriber,lead:Lead,marketingqualifiedlead:Marketing Qualified Lead,salesqualifiedlead:Sales Qualified Lead,opportunity:Opportunity,customer:Customer,evangelist:Evangelist,other:Other
message|Message|string.textarea|contact_activity|f
mobilephone|Mobile Phone Number|string.phonenumber|contactinformation|f
notes_last_contacted|Last Contacted|datetime.date|contact_activity|r
notes_last_updated|Last Activity Date|datetime.date|contact_activity|r
notes_next_activity_date|Next Activity Date|datetime.date|contact_activity|r
num_associated_deals|Number of Associated Deals|number.number|deal_information|r
num_contacted_notes|Number of times contacted|number.number|contact_activity|r
num_notes|Number of Sales Activities|number.number|contact_activity|r
numemployees|Number of Employees|enumeration.select|contactinformation|f|1-5:1-5,5-25:5-25,25-50:25-50,50-100:50-100,100-500:100-500,500-1000:500-1000,1000+:1000+
phone|Phone Number|string.phonenumber|contactinformation|f
recent_conversion_date|Recent Conversion Date|datetime.date|conversioninformation|cr
recent_deal_amount|Recent Deal Amount|number.number|deal_information|r$
recent_deal_close_date|Recent Deal Close Date|datetime.date|deal_information|r
salutation|Salutation|string.text|contactinformation|f
state|State/Region|string.text|contactinformation|f
total_revenue|Total Revenue|number.number|deal_information|r$
twitterhandle|Twitter Username|string.text|contactinformation|f
website|Website URL|string.text|contactinformation|f
work_email|Work email|string.text|facebook_ads_properties|f
zip|Postal Code|string.text|contactinformation|f
vip_level|VIP level|enumeration.select|custom|x|gold:Gold,silver:Silver,bronze:Bronze
interests|Interests|enumeration.checkbox|custom|xf|interests
favourite_store|Favourite store|enumeration.select|custom|x|stores
birthday|Birthday|date.date|custom|xf
lifetime_value|Lifetime value|number.number|custom|x$
customer_number|Customer number|string.text|custom|xu
newsletter|Newsletter|bool.booleancheckbox|custom|x
contract_file|Signed contract|string.file|custom|x
about|About|string.textarea|custom|x
tax_id|Tax ID|string.text|custom|xs
health_notes|Health notes|string.textarea|custom|xS
old_score|Old score|number.number|custom|xa
`,
  LISTS,
);
