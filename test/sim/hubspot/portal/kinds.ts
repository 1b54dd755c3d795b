/** Types of objects and what makes their rows. */
import { mix } from "../../salesforce/random.ts";
import { calls, meetings, tasks } from "./objects/activities.ts";
import { companies } from "./objects/companies.ts";
import { contacts } from "./objects/contacts.ts";
import { cars, serviceVisits } from "./objects/custom.ts";
import { deals } from "./objects/deals.ts";
import { communications, emails, notes, postalMail } from "./objects/messages.ts";
import { lineItems, products, quotes } from "./objects/sales.ts";
import { leads, tickets } from "./objects/service.ts";
import type { Rows, Seed } from "./seed.ts";
import type { ObjectType } from "./types.ts";
import { CUSTOM, type World } from "./world.ts";

export interface Kind {
  readonly key: string;
  readonly singular: string;
  /** `0-1`; null for custom objects. */
  readonly id: string | null;
  readonly scope: string;
  readonly created: ObjectType["created"];
  rows(seed: Seed): Rows;
}

const kind = (
  key: string,
  singular: string,
  id: string | null,
  scope: string,
  created: ObjectType["created"],
  rows: (seed: Seed) => Rows,
): Kind => ({ key, singular, id, scope, created, rows });

/** Activities are read with the scope of contacts. */
const CONTACTS = "crm.objects.contacts.read";

export const KINDS: readonly Kind[] = [
  kind("contacts", "contact", "0-1", CONTACTS, "createdate", contacts),
  kind("companies", "company", "0-2", "crm.objects.companies.read", "createdate", companies),
  kind("deals", "deal", "0-3", "crm.objects.deals.read", "createdate", deals),
  kind("tickets", "ticket", "0-5", "tickets", "createdate", tickets),
  kind("leads", "lead", "0-136", "crm.objects.leads.read", "hs_createdate", leads),
  kind("products", "product", "0-7", "crm.objects.products.read", "createdate", products),
  kind("line_items", "line_item", "0-8", "crm.objects.line_items.read", "createdate", lineItems),
  kind("quotes", "quote", "0-14", "crm.objects.quotes.read", "hs_createdate", quotes),
  kind("calls", "call", "0-48", CONTACTS, "hs_createdate", calls),
  kind("emails", "email", "0-49", CONTACTS, "hs_createdate", emails),
  kind("meetings", "meeting", "0-47", CONTACTS, "hs_createdate", meetings),
  kind("notes", "note", "0-46", CONTACTS, "hs_createdate", notes),
  kind("tasks", "task", "0-27", CONTACTS, "hs_createdate", tasks),
  kind("communications", "communication", "0-18", CONTACTS, "hs_createdate", communications),
  kind("postal_mail", "postal_mail", "0-116", CONTACTS, "hs_createdate", postalMail),
  kind("car", "car", null, "crm.objects.custom.read", "hs_createdate", cars),
  kind("service_visit", "service_visit", null, "crm.objects.custom.read", "hs_createdate", serviceVisits),
];

export const customId = (world: World, key: string): string =>
  `2-${1_000_000 + (mix(world.seed, 99) % 30_000_000) + (CUSTOM as readonly string[]).indexOf(key) * 7}`;

export function objectType(world: World, { key, singular, id, scope, created }: Kind): ObjectType {
  return {
    name: id === null ? `p${world.portalId}_${key}` : key,
    singular,
    id: id ?? customId(world, key),
    custom: id === null,
    scope,
    modified: key === "contacts" ? "lastmodifieddate" : "hs_lastmodifieddate",
    created,
  };
}
