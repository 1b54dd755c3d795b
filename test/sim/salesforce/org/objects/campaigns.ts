/** Campaigns and their members. */
import { audit, currencyCode, isDeleted, pick, recordId, sobject, viewed } from "../common.ts";
import { DAY, dayText } from "../dates.ts";
import { area, auto, bool, date, double, money, picklist, ref, type SObject, text } from "../field.ts";
import { SENTENCES } from "../words.ts";
import type { World } from "../world.ts";

const CAMPAIGN_TYPES = [
  "Conference",
  "Webinar",
  "Trade Show",
  "Public Relations",
  "Partners",
  "Referral Program",
  "Advertisement",
  "Banner Ads",
  "Direct Mail",
  "Email",
  "Telemarketing",
  "Other",
];

const CAMPAIGN_STATUS = ["Planned", "In Progress", "Completed", "Aborted"];

export function campaign(world: World): SObject {
  const created = world.created("Campaign");
  const throwOf = world.dice("Campaign");
  return sobject(world, "Campaign", "Campaign", [
    recordId(world, "Campaign", "Campaign"),
    isDeleted(world, "Campaign"),
    text("Name", "Name", 80, (index) => `${pick(["Spring", "Sommer", "Automne", "冬"], index)} campaign ${index + 1}`, {
      nillable: false,
      extra: { nameField: true },
    }),
    ref("ParentId", "Parent Campaign ID", "Campaign", (index) =>
      index > 3 && index % 4 === 3 ? world.id("Campaign", world.live("Campaign", Math.floor(index / 3))) : null,
    ),
    picklist("Type", "Type", CAMPAIGN_TYPES, (index) => pick(CAMPAIGN_TYPES, throwOf(index, 120)), { length: 40 }),
    picklist("Status", "Status", CAMPAIGN_STATUS, (index) => pick(CAMPAIGN_STATUS, throwOf(index + 1, 40)), {
      length: 40,
    }),
    date("StartDate", "Start Date", (index) => dayText(Math.floor(created(index) / DAY) + 7)),
    date("EndDate", "End Date", (index) => (index % 5 === 4 ? null : dayText(Math.floor(created(index) / DAY) + 37))),
    money("ExpectedRevenue", "Expected Revenue in Campaign", (index) => (1 + throwOf(index + 2, 90)) * 10_000),
    money("BudgetedCost", "Budgeted Cost in Campaign", (index) => throwOf(index + 3, 900_000) / 100),
    money("ActualCost", "Actual Cost in Campaign", (index) =>
      index % 2 === 0 ? throwOf(index + 4, 900_000) / 100 : null,
    ),
    double("NumberSent", "Num Sent in Campaign", (index) => throwOf(index + 5, 5000), { scale: 0 }),
    bool("IsActive", "Active", (index) => index % 2 === 0),
    area("Description", "Description", 32_000, (index) => (index % 3 === 0 ? pick(SENTENCES, index) : null)),
    ...currencyCode(world, (index) => world.currency("Campaign", index)),
    ref("OwnerId", "Owner ID", "User", world.owner("Campaign"), { nillable: false }),
    ...audit(world, "Campaign"),
    ...viewed(),
  ]);
}

export function campaignMember(world: World): SObject {
  const campaigns = world.count("Campaign");
  const leads = Math.max(1, Math.floor(world.count("Lead") / 2));
  const contacts = Math.max(1, Math.floor(world.contacts / 2));
  const parent = (index: number) => world.live("Campaign", index % campaigns);
  const turn = (index: number) => Math.floor(index / campaigns);
  const isLead = (index: number) => turn(index) % 3 === 0;
  const leadOf = (index: number) => 2 * ((turn(index) + 31 * (index % campaigns)) % leads);
  const contactOf = (index: number) => 2 * ((turn(index) + 17 * (index % campaigns)) % contacts);
  const leadId = (index: number) => (isLead(index) ? world.id("Lead", leadOf(index)) : null);
  const contactId = (index: number) => (isLead(index) ? null : world.id("Contact", contactOf(index)));
  const responded = (index: number) => index % 4 === 0;
  const created = world.created("CampaignMember");
  return sobject(world, "CampaignMember", "Campaign Member", [
    recordId(world, "CampaignMember", "Campaign Member"),
    isDeleted(world, "CampaignMember", () => false),
    ref("CampaignId", "Campaign ID", "Campaign", (index) => world.id("Campaign", parent(index)), { nillable: false }),
    ref("LeadId", "Lead ID", "Lead", leadId),
    ref("ContactId", "Contact ID", "Contact", contactId),
    picklist("Status", "Status", ["Sent", "Responded"], (index) => (responded(index) ? "Responded" : "Sent"), {
      length: 40,
    }),
    auto(bool("HasResponded", "Responded", responded)),
    auto(
      date("FirstRespondedDate", "First Responded Date", (index) =>
        responded(index) ? dayText(Math.floor(created(index) / DAY) + 3) : null,
      ),
    ),
    auto(
      picklist("Type", "Type", ["Lead", "Contact"], (index) => (isLead(index) ? "Lead" : "Contact"), { length: 40 }),
    ),
    auto(
      ref("LeadOrContactId", "Related Record ID", ["Contact", "Lead"], (index) => leadId(index) ?? contactId(index), {
        extra: { polymorphicForeignKey: true, namePointing: true },
      }),
    ),
    ...currencyCode(world, (index) => world.currency("Campaign", parent(index))),
    ...audit(world, "CampaignMember"),
  ]);
}
