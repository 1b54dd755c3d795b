/** Where the lanes of a long list begin: at ids that divide it into about equal parts, found with search. */
import { hasCode } from "../../core/errors.ts";
import type { Api } from "./api.ts";
import { NOT_FOUND } from "./errors.ts";
import { PAGE } from "./read-pages.ts";
import { byNumber, isObject, listOf, textOf } from "./read-wire.ts";

export interface CutTuning {
  /** Shorter lists are read in one lane. */
  readonly fromRecords: number;
  readonly mostLanes: number;
}

export const CUTS: CutTuning = { fromRecords: 20_000, mostLanes: 8 };

/** Pages take longer when requests wait for each other. */
const SPARE = 2;

/** Search gives no result behind this one. */
const LAST_RESULT = 9_999;

export interface CutRequest {
  readonly type: string;
  /** What search counts. */
  readonly records: number;
  /** Milliseconds that a page takes. */
  readonly pageMs: number;
  /** Requests that a page leads to, its own included. */
  readonly requestsPerPage: number;
}

/**
 * Ids behind which further lanes begin, of a list that is read from the beginning. `properties` are asked for in the list; a
 * page leads to `requestsPerPage` requests.
 */
export type Cuts = (type: string, properties: readonly string[], requestsPerPage: number) => Promise<readonly string[]>;

/** `count` tells how many records search counts; null: the type cannot be searched. */
export function createCuts(api: Api, count: (type: string) => Promise<number | null>, tuning: CutTuning): Cuts {
  return async (type, properties, requestsPerPage) => {
    const records = await count(type);
    if (records === null || records < tuning.fromRecords) return [];
    const pageMs = await pageTime(api, type, properties);
    return await findCuts(api, { type, records, pageMs, requestsPerPage }, tuning);
  };
}

/** As many lanes as it takes to use the allowed rate. */
export function lanesFor(
  { records, pageMs, requestsPerPage }: Omit<CutRequest, "type">,
  perSecond: number,
  tuning: CutTuning,
): number {
  if (records < tuning.fromRecords) return 1;
  const wanted = Math.ceil(((perSecond / requestsPerPage) * pageMs * SPARE) / 1000);
  return Math.max(1, Math.min(tuning.mostLanes, wanted));
}

/** Milliseconds that a page of the list takes now. */
async function pageTime(api: Api, type: string, properties: readonly string[]): Promise<number> {
  const begun = performance.now();
  await api.get(api.paths.objects(type), { limit: PAGE, archived: false, properties });
  return performance.now() - begun;
}

/**
 * Ids behind which further lanes begin, ascending; fewer, or none, where search does not help. Where they lie decides how
 * long the lanes are, nothing else.
 */
async function findCuts(api: Api, request: CutRequest, tuning: CutTuning): Promise<readonly string[]> {
  const { type, records } = request;
  const lanes = lanesFor(request, api.rates.perSecond, tuning);
  const cuts: string[] = [];
  let rank = 0;
  let last: string | null = null;
  try {
    for (let lane = 1; lane < lanes; lane++) {
      const wanted = Math.round((records * lane) / lanes);
      while (rank < wanted) {
        const step = Math.min(LAST_RESULT, wanted - rank);
        const id = await idBehind(api, type, last, step);
        if (id === null || (last !== null && byNumber(id, last) <= 0)) return cuts;
        last = id;
        rank += step;
      }
      if (last !== null && last !== cuts.at(-1)) cuts.push(last);
    }
  } catch (error) {
    if (!hasCode(error, NOT_FOUND, "HUBSPOT_REQUEST_REFUSED")) throw error;
  }
  return cuts;
}

/** The id of the `step`-th record behind `last`, as search has them; null: there is none. */
async function idBehind(api: Api, type: string, last: string | null, step: number): Promise<string | null> {
  const filters = [{ propertyName: "hs_object_id", operator: "GT", value: last }];
  const answer = await api.post(
    `${api.paths.objects(type)}/search`,
    {
      filterGroups: last === null ? [] : [{ filters }],
      sorts: [{ propertyName: "hs_object_id", direction: "ASCENDING" }],
      limit: 1,
      after: String(step - 1),
      properties: [],
    },
    "search",
  );
  const first = listOf(answer.results)[0];
  const id = isObject(first) ? textOf(first.id) : null;
  return id !== null && /^\d+$/.test(id) ? id : null;
}
