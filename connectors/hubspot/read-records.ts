/** Reads the records of a type: every one, in the order of ids, archived ones last when they are asked for. */
import { hasCode } from "../../core/errors.ts";
import type { Position, RecordBatch } from "../../core/record.ts";
import type { Api } from "./api.ts";
import { readAssociations } from "./associations.ts";
import { readBatch } from "./batch.ts";
import { type Associated, type Columns, unknownFields } from "./columns.ts";
import type { Metadata } from "./metadata.ts";
import { ahead } from "./read-ahead.ts";
import { createCutter } from "./read-cut.ts";
import type { Cuts } from "./read-cuts.ts";
import { createListing, type ListedPage, type Listing } from "./read-listing.ts";
import { fitsAddress, groupsOf, ID_ONLY } from "./read-pages.ts";
import { createSeen } from "./read-seen.ts";
import type { WireRecord } from "./read-wire.ts";

export interface ReadPlan {
  readonly api: Api;
  readonly batchSize: number;
  readonly from: Position | null;
  readonly cuts: Cuts;
}

export interface RecordsPlan extends ReadPlan {
  readonly metadata: Metadata;
  readonly columns: Columns;
  readonly includeArchived: boolean;
  /** Records counted just before; on a resumed read, at its beginning; null: the type cannot be searched. */
  readonly counted: number | null;
  /** Which of the listed records are wanted; absent: all. The list has their times, and perhaps no other values. */
  readonly keep?: (record: WireRecord) => boolean;
}

/** What came of a read, for whoever tells about it. */
export interface ReadTally {
  /** Records read, archived ones included; on a resumed read, since its beginning. */
  came: number;
  /** Archived ones among them. */
  archived: number;
  /** Ids of records that the list had and that were gone when they were read; the first few. */
  gone: string[];
  goneCount: number;
}

/** Pages whose associations are looked up together: a call takes 1,000 ids. */
const PAGES_PER_GROUP = 10;
/** Groups, or single pages, that are read before they are wanted: bounds the memory. */
const GROUPS_AHEAD = 3;
const PAGES_AHEAD = 16;

export async function* readRecords(plan: RecordsPlan, tally: ReadTally): AsyncGenerator<RecordBatch> {
  const { api, columns, from, counted } = plan;
  const seen = createSeen();
  const cutter = createCutter(columns.names, plan.batchSize, numberIn(from, "line"));
  tally.came = cutter.line;
  tally.archived = numberIn(from, "archivedCount");
  const phases = from?.archived === true ? [true] : plan.includeArchived ? [false, true] : [false];
  const checkDrift = createDriftCheck(plan);
  for (const [index, archived] of phases.entries()) {
    const place = (listing: Listing): Position => ({
      ...listing.position(),
      ...{ archived, line: cutter.line, counted },
      ...(archived ? { archivedCount: tally.archived } : {}),
    });
    let last: Listing | null = null;
    for await (const { listing, pages, found, associated } of fetched(plan, archived, index === 0 ? from : null)) {
      for (const page of pages) {
        for (const listed of page.records) {
          const record = found === null ? listed : found.get(listed.id);
          if (record === undefined) {
            tally.goneCount++;
            if (tally.gone.length < 5) tally.gone.push(listed.id);
            continue;
          }
          if (!seen.add(record.id)) continue;
          await checkDrift(record);
          cutter.add(columns.cells(record, associated));
          tally.came++;
          if (archived) tally.archived++;
          if (!cutter.full) continue;
          listing.mark(page, record.id);
          yield cutter.cut(place(listing));
          api.context.signal.throwIfAborted();
        }
        listing.mark(page, null);
      }
      last = listing;
    }
    if (last === null || cutter.empty) continue;
    yield cutter.cut(place(last));
    api.context.signal.throwIfAborted();
  }
}

interface Fetched {
  readonly listing: Listing;
  readonly pages: readonly ListedPage[];
  /** Records by id; null: the pages hold them. */
  readonly found: ReadonlyMap<string, WireRecord> | null;
  readonly associated: Associated;
}

async function* fetched(plan: RecordsPlan, archived: boolean, from: Position | null): AsyncGenerator<Fetched> {
  const { api, columns } = plan;
  const { type } = columns;
  // associations of archived records cannot be read
  const associated = archived ? [] : columns.associated;
  let inAddress = fitsAddress(columns.properties);
  let begin = from;
  const listed = () => (inAddress && columns.properties.length > 0 ? columns.properties : ID_ONLY);
  const requests = (inAddress ? 1 : 2) + associated.length / PAGES_PER_GROUP;
  const cuts = from === null && !archived ? await plan.cuts(type, listed(), requests) : [];
  for (;;) {
    const listing = createListing(api, { query: { type, properties: listed(), archived }, from: begin, cuts });
    const pages = withRecords(plan, kept(listing.pages(), plan.keep), archived, inAddress);
    const groups = groupsOf(pages, associated.length === 0 ? 1 : PAGES_PER_GROUP);
    const most = associated.length === 0 ? PAGES_AHEAD : GROUPS_AHEAD;
    const work = async (group: readonly PageInWork[]) => ({ listing, ...(await complete(plan, group, associated)) });
    let begun = false;
    try {
      for await (const done of ahead(groups, most, work)) {
        begun = true;
        yield done;
      }
      return;
    } catch (error) {
      if (inAddress && hasCode(error, "HUBSPOT_REQUEST_TOO_LONG")) {
        api.context.log.debug(`${type}: the address is too long for something on the way; properties go in bodies`);
        inAddress = false;
        if (begun) begin = listing.position();
      } else throw error;
    }
  }
}

async function* kept(pages: AsyncIterable<ListedPage>, keep: RecordsPlan["keep"]): AsyncGenerator<ListedPage> {
  for await (const page of pages) yield keep === undefined ? page : { ...page, records: page.records.filter(keep) };
}

interface PageInWork extends ListedPage {
  /** Its records by id, being read; null: the page holds them. */
  readonly reading: Promise<ReadonlyMap<string, WireRecord>> | null;
}

/** Begins to read each page's records as soon as its ids are known. */
async function* withRecords(
  { api, columns: { type, properties } }: RecordsPlan,
  pages: AsyncIterable<ListedPage>,
  archived: boolean,
  inAddress: boolean,
): AsyncGenerator<PageInWork> {
  for await (const page of pages) {
    if (inAddress) yield { ...page, reading: null };
    else {
      const ids = page.records.map(({ id }) => id);
      const reading = readBatch(api, { type, properties, archived }, ids);
      // seen by whoever waits for it; this keeps Node from calling it unhandled in between
      reading.catch(() => undefined);
      yield { ...page, reading };
    }
  }
}

async function complete(
  { api, columns: { type } }: RecordsPlan,
  pages: readonly PageInWork[],
  associated: readonly string[],
): Promise<Omit<Fetched, "listing">> {
  const ids = pages.flatMap(({ records }) => records.map(({ id }) => id));
  const [parts, targets] = await Promise.all([
    Promise.all(pages.flatMap(({ reading }) => reading ?? [])),
    Promise.all(associated.map((to) => readAssociations(api, type, to, ids))),
  ]);
  return {
    pages,
    found: parts.length === 0 ? null : new Map(parts.flatMap((part) => [...part])),
    associated: new Map(associated.map((to, index) => [to, targets[index]!])),
  };
}

/**
 * HubSpot leaves properties out of its answers that do not exist (any more), and says nothing. One that an answer lacks is
 * looked up anew. The check throws ConfigError HUBSPOT_UNKNOWN_FIELD.
 */
function createDriftCheck({ columns, metadata }: RecordsPlan): (record: WireRecord) => Promise<void> | undefined {
  const { type, properties } = columns;
  let confirmed: ReadonlySet<string> = new Set();
  return (record) => {
    for (const name of properties) {
      if (record.properties[name] === undefined && !confirmed.has(name)) return look();
    }
    return undefined;
  };
  async function look(): Promise<void> {
    const known = (await metadata.properties(type, true)).map(({ name }) => name);
    const names = new Set(known);
    const gone = properties.filter((name) => !names.has(name));
    if (gone.length > 0) throw unknownFields(type, gone, known);
    confirmed = new Set(properties);
  }
}

export const textIn = (position: Position | null, name: string): string | null => {
  const value = position?.[name];
  return typeof value === "string" ? value : null;
};

export const numberIn = (position: Position | null, name: string): number => {
  const value = position?.[name];
  return typeof value === "number" ? value : 0;
};
