/** Types of objects and what makes their rows. */
import { mix } from "../../salesforce/random.ts";
import { companies } from "./objects/companies.ts";
import { contacts } from "./objects/contacts.ts";
import { deals } from "./objects/deals.ts";
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

export const KINDS: readonly Kind[] = [
  kind("contacts", "contact", "0-1", "crm.objects.contacts.read", "createdate", contacts),
  kind("companies", "company", "0-2", "crm.objects.companies.read", "createdate", companies),
  kind("deals", "deal", "0-3", "crm.objects.deals.read", "createdate", deals),
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
