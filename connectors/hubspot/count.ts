/** Counting at the source: by search where it can tell (quick, and a little late), else record by record. */
import { hasCode } from "../../core/errors.ts";
import type { Api } from "./api.ts";
import { countPairs } from "./associations-read.ts";
import { NOT_FOUND } from "./errors.ts";
import { countFiles } from "./files-read.ts";
import type { HubspotObject } from "./objects.ts";
import { ahead } from "./read-ahead.ts";
import type { Cuts } from "./read-cuts.ts";
import { createListing } from "./read-listing.ts";
import { listOwners } from "./read-owners.ts";
import { ID_ONLY } from "./read-pages.ts";
import { createSeen } from "./read-seen.ts";
import { textOf } from "./read-wire.ts";

const PAGES_AHEAD = 4;

export interface CountPlan {
  readonly exact: boolean;
  readonly includeArchived: boolean;
  readonly cuts: Cuts;
}

/** How many rows a read of the object would give now. `exact`: as the list has it, whatever search says. */
export async function countObject(
  api: Api,
  object: HubspotObject,
  { exact, includeArchived, cuts }: CountPlan,
): Promise<number> {
  switch (object.kind) {
    case "owners":
      return (await listOwners(api)).length;
    case "files":
      return await countFiles(api, cuts);
    case "pairs":
      return await countPairs(api, object, cuts);
    case "records": {
      const total = exact ? null : await searchTotal(api, object.type);
      // archived records cannot be searched
      if (total === null) return await countListed(api, object.type, includeArchived ? [false, true] : [false], cuts);
      return includeArchived ? total + (await countListed(api, object.type, [true], cuts)) : total;
    }
  }
}

/** What search says; null: the object cannot be searched. */
export async function searchTotal(api: Api, type: string): Promise<number | null> {
  try {
    const answer = await api.post(`${api.paths.objects(type)}/search`, { limit: 1, properties: [] }, "search");
    const total = Number(textOf(answer.total) ?? Number.NaN);
    return Number.isSafeInteger(total) && total >= 0 ? total : null;
  } catch (error) {
    if (hasCode(error, NOT_FOUND, "HUBSPOT_REQUEST_REFUSED")) return null;
    throw error;
  }
}

async function countListed(api: Api, type: string, phases: readonly boolean[], cuts: Cuts): Promise<number> {
  const seen = createSeen();
  let count = 0;
  for (const archived of phases) {
    const query = { type, properties: ID_ONLY, archived };
    const listing = createListing(api, { query, from: null, cuts: archived ? [] : await cuts(type, ID_ONLY, 1) });
    for await (const page of ahead(listing.pages(), PAGES_AHEAD, async (page) => page)) {
      for (const { id } of page.records) if (seen.add(id)) count++;
    }
  }
  return count;
}
