import type { SObject } from "../field.ts";
import type { World } from "../world.ts";
import { campaign, campaignMember } from "./campaigns.ts";
import { caseComment, emailMessage, supportCase } from "./cases.ts";
import { lead } from "./leads.ts";

export function engagement(world: World): SObject[] {
  return [
    lead(world),
    campaign(world),
    campaignMember(world),
    supportCase(world),
    caseComment(world),
    emailMessage(world),
  ];
}
