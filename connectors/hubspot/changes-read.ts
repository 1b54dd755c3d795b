/** Reads the records of a type that changed: by search, or out of the whole list where that is cheaper or search fails. */
import type { Position, RecordBatch } from "../../core/record.ts";
import type { Api } from "./api.ts";
import { INPUTS as ASSOCIATION_INPUTS, readAssociations } from "./associations.ts";
import { INPUTS, readBatch } from "./batch.ts";
import {
  type ChangedQuery,
  changedIds,
  countChanged,
  type FoundPage,
  knowsTimes,
  SEARCH_PAGE,
  SearchOutOfOrder,
} from "./changes-search.ts";
import type { Associated, Columns } from "./columns.ts";
import { searchTotal } from "./count.ts";
import type { Metadata } from "./metadata.ts";
import { ahead } from "./read-ahead.ts";
import { type Cutter, createCutter } from "./read-cut.ts";
import type { Cuts } from "./read-cuts.ts";
import { fitsAddress, PAGE } from "./read-pages.ts";
import { numberIn, type RecordsPlan, readRecords, textIn } from "./read-records.ts";
import type { WireRecord } from "./read-wire.ts";

export interface ChangedPlan {
  readonly api: Api;
  readonly metadata: Metadata;
  readonly columns: Columns;
  readonly batchSize: number;
  readonly from: Position | null;
  readonly cuts: Cuts;
  readonly includeArchived: boolean;
  /** The property that holds the time of the last change; null: the portal shows none, and the list is read. */
  readonly modified: string | null;
  /** Milliseconds since 1970, included. */
  readonly since: number;
  /** What changed before is known to search. */
  readonly settled: number;
}

/** A search counts as so many calls: few of them are allowed per second. */
const SEARCH_WEIGHT = 2;
/** Groups of found records that are read before they are wanted. */
const GROUPS_AHEAD = 6;

/** Calls that finding and reading the changed records takes, by search and by the list. */
export function callsFor(columns: Columns, records: number, changed: number): { search: number; list: number } {
  const pages = Math.max(1, Math.ceil(records / PAGE));
  const batches = Math.ceil(changed / INPUTS);
  const associations = columns.associated.length * Math.ceil(changed / ASSOCIATION_INPUTS);
  return {
    search: Math.max(1, Math.ceil(changed / SEARCH_PAGE)) + batches + associations,
    list: pages + (fitsAddress(columns.properties) ? 0 : batches) + associations,
  };
}

/** Whether the list is the better way: `records` in all, `changed` of them found by search; null: search does not know. */
export function listIsBetter(columns: Columns, records: number | null, changed: number | null): boolean {
  if (records === null || changed === null) return true;
  const { search, list } = callsFor(columns, records, changed);
  const searches = Math.max(1, Math.ceil(changed / SEARCH_PAGE));
  return list <= search + (SEARCH_WEIGHT - 1) * searches;
}

/** When a record changed last, in milliseconds since 1970. */
export function changedAt(record: WireRecord, modified: string | null): number {
  const times = [record.updatedAt, record.archivedAt, modified === null ? null : record.properties[modified]];
  return Math.max(...times.map((time) => timeOf(typeof time === "string" ? time : null)));
}

function timeOf(text: string | null): number {
  if (text === null) return Number.NEGATIVE_INFINITY;
  const at = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  return Number.isNaN(at) ? Number.NEGATIVE_INFINITY : at;
}

export async function* readChanged(plan: ChangedPlan): AsyncGenerator<RecordBatch> {
  const { from, api, columns, modified } = plan;
  if (from?.via === "list") yield* fromList(plan, from, new Set());
  else if (from === null && (modified === null || (await listWanted(plan)))) yield* fromList(plan, null, new Set());
  else {
    api.context.log.debug(`${columns.type}: changed records, by search`, { object: columns.type });
    yield* fromSearch(plan);
  }
}

async function listWanted({ api, columns, modified, since }: ChangedPlan): Promise<boolean> {
  const { type } = columns;
  const query = { type, modified: modified!, since };
  const [records, changed] = await Promise.all([searchTotal(api, type), countChanged(api, query)]);
  if (listIsBetter(columns, records, changed)) return true;
  if (changed === 0 && !(await knowsTimes(api, type, modified!))) {
    api.context.log.warn(`${type}: search does not know when records changed (${modified}); reading the whole list`, {
      object: type,
    });
    return true;
  }
  return false;
}

/** Out of the whole list; without the records that were given already. */
async function* fromList(
  plan: ChangedPlan,
  from: Position | null,
  given: ReadonlySet<string>,
  archivedOnly = false,
): AsyncGenerator<RecordBatch> {
  const { modified, since, columns } = plan;
  plan.api.context.log.debug(`${columns.type}: changed records, out of the list`, { object: columns.type });
  const keep = (record: WireRecord): boolean => changedAt(record, modified) >= since && !given.has(record.id);
  const begin = archivedOnly ? { ...from, archived: true } : from;
  const records: RecordsPlan = { ...plan, from: begin, counted: null, keep };
  for await (const batch of readRecords(records, { came: 0, archived: 0, gone: [], goneCount: 0 })) {
    yield { ...batch, next: { ...batch.next, via: "list" } };
  }
}

interface Group {
  readonly ids: readonly string[];
  readonly found: ReadonlyMap<string, WireRecord>;
  readonly associated: Associated;
}

async function* fromSearch(plan: ChangedPlan): AsyncGenerator<RecordBatch> {
  const { api, columns, from, since, modified } = plan;
  const query: ChangedQuery = { type: columns.type, modified: modified!, since };
  const cutter = createCutter(columns.names, plan.batchSize, numberIn(from, "line"));
  const given = new Set<string>();
  let last = textIn(from, "last");
  let ids = numberIn(from, "ids");
  const place = (): Position => ({ via: "search", last, ids, line: cutter.line });
  let whole = true;
  try {
    const pages = grouped(changedIds(api, query, last), columns.associated.length === 0 ? 1 : PAGES_PER_GROUP);
    for await (const group of ahead(pages, GROUPS_AHEAD, (some) => complete(plan, some))) {
      for (const id of group.ids) {
        last = id;
        ids++;
        const record = group.found.get(id);
        // deleted meanwhile, or not changed since although search says so
        if (record === undefined || changedAt(record, modified) < since) continue;
        given.add(id);
        cutter.add(columns.cells(record, group.associated));
        if (!cutter.full) continue;
        yield cutter.cut(place());
        api.context.signal.throwIfAborted();
      }
    }
    if (from === null) whole = await allCame(api, query, plan.settled, ids);
  } catch (error) {
    if (!(error instanceof SearchOutOfOrder)) throw error;
    whole = false;
  }
  if (!whole) {
    api.context.log.warn(`${columns.type}: search did not give all that changed; reading the whole list`, {
      object: columns.type,
      came: ids,
    });
  }
  if (!cutter.empty) yield cutter.cut(whole ? place() : listPlace(cutter));
  if (!whole) yield* fromList(plan, listPlace(cutter), given);
  // archived records cannot be searched
  else if (plan.includeArchived) yield* fromList(plan, listPlace(cutter), given, true);
}

/** The beginning of the list, behind what search gave. */
const listPlace = (cutter: Cutter): Position => ({ via: "list", line: cutter.line });

/** Pages whose associations are looked up together. */
const PAGES_PER_GROUP = ASSOCIATION_INPUTS / SEARCH_PAGE;

async function* grouped(pages: AsyncIterable<FoundPage>, most: number): AsyncGenerator<readonly string[]> {
  let group: string[] = [];
  let size = 0;
  for await (const { ids } of pages) {
    group.push(...ids);
    if (++size < most) continue;
    yield group;
    group = [];
    size = 0;
  }
  if (group.length > 0) yield group;
}

async function complete({ api, columns }: ChangedPlan, ids: readonly string[]): Promise<Group> {
  const { type, properties, associated } = columns;
  const parts: (readonly string[])[] = [];
  for (let at = 0; at < ids.length; at += INPUTS) parts.push(ids.slice(at, at + INPUTS));
  const [records, targets] = await Promise.all([
    Promise.all(parts.map((part) => readBatch(api, { type, properties, archived: false }, part))),
    Promise.all(associated.map((to) => readAssociations(api, type, to, ids))),
  ]);
  return {
    ids,
    found: new Map(records.flatMap((part) => [...part])),
    associated: new Map(associated.map((to, index) => [to, targets[index]!])),
  };
}

/** Whether as many came as search finds now; those that changed since the settled instant may have come to it since. */
async function allCame(api: Api, query: ChangedQuery, settled: number, came: number): Promise<boolean> {
  const now = await countChanged(api, query);
  if (now === null || came >= now) return true;
  return came >= ((await countChanged(api, { ...query, until: settled })) ?? 0);
}
