import type { SObject } from "../field.ts";
import type { World } from "../world.ts";
import { contract } from "./contracts.ts";
import { opportunity, opportunityContactRole, opportunityLineItem } from "./opportunities.ts";
import { pricebook, pricebookEntry, product } from "./products.ts";
import { quotes } from "./quotes.ts";

export function sales(world: World): SObject[] {
  return [
    product(world),
    pricebook(world),
    pricebookEntry(world),
    opportunity(world),
    opportunityLineItem(world),
    opportunityContactRole(world),
    ...(world.features.quotes ? quotes(world) : []),
    contract(world),
  ];
}
