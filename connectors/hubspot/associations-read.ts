/** Reads the pairs of two types of records: one row per pair and label. */
import type { RecordBatch } from "../../core/record.ts";
import type { Api } from "./api.ts";
import { isPrimary, labelsOf, readAssociations, type Target } from "./associations.ts";
import { PAIR_COLUMNS } from "./objects.ts";
import { ahead } from "./read-ahead.ts";
import { createCutter } from "./read-cut.ts";
import type { Cuts } from "./read-cuts.ts";
import { createListing, type ListedPage, type Listing } from "./read-listing.ts";
import { groupsOf, ID_ONLY } from "./read-pages.ts";
import { numberIn, type ReadPlan, textIn } from "./read-records.ts";
import { createSeen } from "./read-seen.ts";
import { byNumber } from "./read-wire.ts";

export interface PairTypes {
  readonly from: string;
  readonly to: string;
  /** Pairs without a label are left out. */
  readonly labelled?: boolean;
}

/** Pages whose associations are looked up together: a call takes 1,000 ids. */
const PAGES_PER_GROUP = 10;
const GROUPS_AHEAD = 3;

/** Cells in the order of PAIR_COLUMNS. */
export type PairRow = readonly (string | null)[];

/** Rows of one record, in the order of the other record's id. */
export function pairRows(fromId: string, targets: readonly Target[], labelled = false): PairRow[] {
  const rows: PairRow[] = [];
  const ids = new Set<string>();
  for (const target of targets) {
    const primary = String(target.types.some(isPrimary));
    for (const { category, typeId, label } of labelsOf(target)) {
      if (labelled && label === null) continue;
      // ids of types are given per category
      const short = `${fromId}:${target.toId}:${typeId}`;
      const id = ids.has(short) ? `${short}:${category}` : short;
      ids.add(id);
      rows.push([id, fromId, target.toId, label, typeId, category, primary]);
    }
  }
  return rows;
}

/** In the order of the first record's id, then the second's. */
export async function* readPairs(plan: ReadPlan, types: PairTypes): AsyncGenerator<RecordBatch> {
  const { api, from } = plan;
  const cutter = createCutter(PAIR_COLUMNS, plan.batchSize, numberIn(from, "line"));
  // the record at the position, and how far its rows were given
  let last = textIn(from, "row");
  let end: Listing | null = null;
  for await (const { listing, page, found } of pairPages(plan, types)) {
    for (const { id } of page.records) {
      for (const row of rowsAfter(pairRows(id, found.get(id) ?? [], types.labelled), last)) {
        cutter.add(row);
        if (!cutter.full) continue;
        listing.mark(page, id);
        yield cutter.cut({ ...listing.position(), row: row[0]!, line: cutter.line });
        api.context.signal.throwIfAborted();
      }
      last = null;
    }
    listing.mark(page, null);
    end = listing;
  }
  if (end !== null && !cutter.empty) yield cutter.cut({ ...end.position(), row: null, line: cutter.line });
}

/** How many rows `readPairs` would give. */
export async function countPairs(api: Api, types: PairTypes, cuts: Cuts): Promise<number> {
  let rows = 0;
  for await (const { page, found } of pairPages({ api, cuts, from: null }, types)) {
    for (const { id } of page.records) {
      rows += pairRows(id, found.get(id) ?? [], types.labelled).length;
    }
  }
  return rows;
}

/** The rows after the one with the id `last`; that one may be gone by now. */
function rowsAfter(rows: readonly PairRow[], last: string | null): readonly PairRow[] {
  // the record at the position may be gone by now
  if (last === null || rows[0]?.[1] !== last.split(":")[0]) return rows;
  const at = rows.findIndex(([id]) => id === last);
  if (at >= 0) return rows.slice(at + 1);
  const [, to = "", type = ""] = last.split(":");
  return rows.filter(([, , toId, , typeId]) => (byNumber(toId!, to) || byNumber(typeId!, type)) > 0);
}

interface PairPage {
  readonly listing: Listing;
  readonly page: ListedPage;
  readonly found: ReadonlyMap<string, readonly Target[]>;
}

/** Each record once, with what it is associated with. */
async function* pairPages(
  { api, cuts, from: position }: Omit<ReadPlan, "batchSize">,
  { from, to }: PairTypes,
): AsyncGenerator<PairPage> {
  const seen = createSeen();
  const query = { type: from, properties: ID_ONLY, archived: false };
  const begins = position === null ? await cuts(from, ID_ONLY, 1 + 1 / PAGES_PER_GROUP) : [];
  const listing = createListing(api, { query, from: position, cuts: begins, lastToo: true });
  const work = async (group: readonly ListedPage[]) => {
    const ids = new Set(group.flatMap(({ records }) => records.map(({ id }) => id)));
    return { group, found: await readAssociations(api, from, to, [...ids]) };
  };
  for await (const { group, found } of ahead(groupsOf(listing.pages(), PAGES_PER_GROUP), GROUPS_AHEAD, work)) {
    for (const page of group) {
      yield { listing, page: { ...page, records: page.records.filter(({ id }) => seen.add(id)) }, found };
    }
  }
}

/** Rows of single pairs, by the id of the first record. */
export async function* fetchPairs(
  api: Api,
  { from, to, labelled }: PairTypes,
  fromIds: readonly string[],
): AsyncGenerator<PairRow> {
  const found = await readAssociations(api, from, to, fromIds);
  for (const [id, targets] of found) yield* pairRows(id, targets, labelled);
}
