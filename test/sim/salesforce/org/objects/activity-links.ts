/** Who and what activities are about. */
import { audit, currencyCode } from "../common.ts";
import { DAY, instantText } from "../dates.ts";
import { auto, bool, type Field, ref } from "../field.ts";
import type { World } from "../world.ts";

export const POLYMORPHIC = { polymorphicForeignKey: true, namePointing: true } as const;

/** What activities may be about; real orgs list 58 to 80 objects. */
const WHAT = [
  "Account",
  "Asset",
  "AssetRelationship",
  "Campaign",
  "Case",
  "ContactRequest",
  "Contract",
  "Image",
  "Invoice__c",
  "ListEmail",
  "Location",
  "Opportunity",
  "Order",
  "Product2",
  "Quote",
  "ReturnOrder",
  "ServiceAppointment",
  "Solution",
  "WorkOrder",
];

export interface Links {
  who(index: number): { readonly object: "Contact" | "Lead"; readonly index: number } | null;
  what(index: number): { readonly object: string; readonly index: number } | null;
}

/** Who and what an activity is about. A lead excludes a what. */
export function links(world: World, object: string): Links {
  const throwOf = world.dice(`${object}.Links`);
  const who: Links["who"] = (index) => {
    if (index % 4 < 2)
      return { object: "Contact", index: 2 * throwOf(index, Math.max(1, Math.floor(world.contacts / 2))) };
    if (index % 4 === 2)
      return { object: "Lead", index: 2 * throwOf(index, Math.max(1, Math.floor(world.count("Lead") / 2))) };
    return null;
  };
  return {
    who,
    what(index) {
      if (index % 4 === 2) return null;
      const kind = ["Account", "Opportunity", "Case", "Invoice__c", null][index % 5];
      if (kind === null || kind === undefined) return null;
      const at = throwOf(index + 1, world.count(kind));
      return { object: kind, index: kind === "Account" ? world.business(at) : world.live(kind, at) };
    },
  };
}

const idOf = (world: World, link: { object: string; index: number } | null): string | null =>
  link === null ? null : world.id(link.object, link.index);

/** Over a year old and closed: hidden from plain queries. */
export const archived = (index: number): boolean => index % 10 === 9;

function accountOf(world: World, at: Links, index: number): string | null {
  const what = at.what(index);
  if (what?.object === "Account") return world.id("Account", what.index);
  const who = at.who(index);
  if (who?.object !== "Contact") return null;
  const home = world.accountOf(who.index);
  return home < 0 ? null : world.id("Account", home);
}

/** Created instants; archived rows are old. */
export function createdOf(world: World, object: string): (index: number) => number {
  const created = world.created(object);
  return (index) => (archived(index) ? Math.min(created(index), world.until - 500 * DAY) : created(index));
}

export function shared(world: World, object: string, at: Links, created: (index: number) => number): Field[] {
  const fields = audit(world, object).map((field) => {
    if (field.name === "CreatedById" || field.name === "LastModifiedById") return field;
    const text = (index: number) => instantText(created(index));
    return { ...field, value: (index: number) => (archived(index) ? text(index) : field.value(index)) };
  });
  return [
    auto(ref("AccountId", "Account ID", "Account", (index) => accountOf(world, at, index))),
    auto(bool("IsDeleted", "Deleted", (index) => world.gone(object, index))),
    ...currencyCode(world, () => "USD"),
    ...fields,
    auto(bool("IsArchived", "Archived", archived)),
  ];
}

export function who(world: World, at: Links): Field[] {
  return [
    ref("WhoId", "Name ID", ["Contact", "Lead"], (index) => idOf(world, at.who(index)), { extra: POLYMORPHIC }),
    ref(
      "WhatId",
      "Related To ID",
      WHAT.filter((name) => name !== "Quote" || world.features.quotes),
      (index) => idOf(world, at.what(index)),
      { extra: POLYMORPHIC },
    ),
  ];
}
