/** Where the lanes of a long list begin: at ids that divide it into about equal parts, found by counting with search. */
import type { Api } from "./api.ts";
import { hasCode, NOT_FOUND } from "./errors.ts";
import { PAGE } from "./read-pages.ts";
import { isObject, listOf, textOf } from "./read-wire.ts";

export interface CutTuning {
  /** Shorter lists are read in one lane. */
  readonly fromRecords: number;
  readonly mostLanes: number;
  /** Counts per cut, at most; any cut will do, a good one saves time. */
  readonly mostSteps: number;
}

export const CUTS: CutTuning = { fromRecords: 20_000, mostLanes: 8, mostSteps: 14 };

/** How far from its place a cut may be, as a part of a lane. */
const NEAR = 0.15;

export interface CutRequest {
  readonly type: string;
  /** What search counts. */
  readonly records: number;
  /** Milliseconds that a page takes. */
  readonly pageMs: number;
  /** Requests that a page leads to, its own included. */
  readonly requestsPerPage: number;
}

/** As many lanes as it takes to use the allowed rate. */
export function lanesFor(
  { records, pageMs, requestsPerPage }: CutRequest,
  perSecond: number,
  tuning: CutTuning,
): number {
  if (records < tuning.fromRecords) return 1;
  const wanted = Math.ceil(((perSecond / requestsPerPage) * pageMs * 1.25) / 1000);
  return Math.max(1, Math.min(tuning.mostLanes, wanted));
}

/** Milliseconds that a page of the list takes now. */
export async function pageTime(api: Api, type: string, properties: readonly string[]): Promise<number> {
  const begun = performance.now();
  await api.get(api.paths.objects(type), { limit: PAGE, archived: false, properties });
  return performance.now() - begun;
}

/** Ids behind which further lanes begin, ascending; fewer, or none, where search does not help. */
export async function findCuts(api: Api, request: CutRequest, tuning: CutTuning = CUTS): Promise<readonly string[]> {
  const { type, records } = request;
  const lanes = lanesFor(request, api.rates.perSecond, tuning);
  if (lanes === 1) return [];
  try {
    const highest = await highestId(api, type);
    if (highest === null) return [];
    const places = Array.from({ length: lanes - 1 }, (_, index) => Math.round((records * (index + 1)) / lanes));
    const near = (records / lanes) * NEAR;
    const cuts = await Promise.all(
      places.map((place) => findCut(api, type, { place, near, records, highest, steps: tuning.mostSteps })),
    );
    return [...new Set(cuts)].sort((one, other) => (one < other ? -1 : 1)).map(String);
  } catch (error) {
    if (!hasCode(error, NOT_FOUND, "HUBSPOT_REQUEST_REFUSED")) throw error;
    return [];
  }
}

interface Sought {
  readonly place: number;
  readonly near: number;
  readonly records: number;
  readonly highest: bigint;
  readonly steps: number;
}

/** An id with about `place` records up to it. */
async function findCut(api: Api, type: string, { place, near, records, highest, steps }: Sought): Promise<bigint> {
  let low = 0n;
  let lowCount = 0;
  let high = highest;
  let highCount = records;
  for (let step = 0; step < steps && high - low > 1n; step++) {
    // ids are anything but evenly spread: halves, and a guess in between
    const share = step % 2 === 0 ? (place - lowCount) / Math.max(1, highCount - lowCount) : 0.5;
    const part = BigInt(Math.round(Math.min(0.98, Math.max(0.02, share)) * 1000));
    const guess = low + ((high - low) * part) / 1000n;
    const count = await countUpTo(api, type, guess);
    if (Math.abs(count - place) <= near) return guess;
    if (count < place) {
      low = guess;
      lowCount = count;
    } else {
      high = guess;
      highCount = count;
    }
  }
  return high;
}

async function countUpTo(api: Api, type: string, id: bigint): Promise<number> {
  const filters = [{ propertyName: "hs_object_id", operator: "LTE", value: String(id) }];
  const body = { filterGroups: [{ filters }], limit: 1, properties: [] };
  const answer = await api.post(`${api.paths.objects(type)}/search`, body, "search");
  return Number(textOf(answer.total) ?? 0);
}

async function highestId(api: Api, type: string): Promise<bigint | null> {
  const sorts = [{ propertyName: "hs_object_id", direction: "DESCENDING" }];
  const body = { filterGroups: [], sorts, limit: 1, properties: [] };
  const answer = await api.post(`${api.paths.objects(type)}/search`, body, "search");
  const first = listOf(answer.results)[0];
  const id = isObject(first) ? textOf(first.id) : null;
  return id !== null && /^\d+$/.test(id) ? BigInt(id) : null;
}
