/**
 * Records that changed, found by search in the order of their ids, each page behind the last id of the one before: no page
 * lies behind the 10,000th result, however many records share one timestamp, and what changes meanwhile moves nothing.
 */
import { hasCode } from "../../core/errors.ts";
import type { Api } from "./api.ts";
import { NOT_FOUND } from "./errors.ts";
import { byNumber, isObject, listOf, resultsOf, textOf } from "./read-wire.ts";

/** Results per page: the API's own limit. */
export const SEARCH_PAGE = 200;

export interface ChangedQuery {
  readonly type: string;
  /** The property that holds the time of the last change. */
  readonly modified: string;
  /** Milliseconds since 1970, included. */
  readonly since: number;
  /** As `since`; absent: open. Only for counts. */
  readonly until?: number;
}

export interface FoundPage {
  readonly ids: readonly string[];
  /** Ids that the search has from the page's beginning on; null: not told. */
  readonly left: number | null;
}

/** The pages did not come in the order of ids: something may be missing. */
export class SearchOutOfOrder extends Error {}

const changedSince = ({ modified, since }: ChangedQuery) => ({
  propertyName: modified,
  operator: "GTE",
  value: String(since),
});

/** How many records search finds; null: it does not know the type. */
export async function countChanged(api: Api, query: ChangedQuery): Promise<number | null> {
  const { until, modified } = query;
  const end = until === undefined ? [] : [{ propertyName: modified, operator: "LTE", value: String(until) }];
  return await totalOf(api, query.type, [changedSince(query), ...end]);
}

/** Whether search knows of any record when it changed: a name that it does not know finds none, without a word. */
export async function knowsTimes(api: Api, type: string, modified: string): Promise<boolean> {
  return ((await totalOf(api, type, [{ propertyName: modified, operator: "HAS_PROPERTY" }])) ?? 0) > 0;
}

/** Ids behind `last`, page by page. Throws SearchOutOfOrder. */
export async function* changedIds(api: Api, query: ChangedQuery, last: string | null): AsyncGenerator<FoundPage> {
  const path = `${api.paths.objects(query.type)}/search`;
  let after = last;
  for (;;) {
    api.context.signal.throwIfAborted();
    const behind = after === null ? [] : [{ propertyName: "hs_object_id", operator: "GT", value: after }];
    const answer = await api.post(
      path,
      {
        filterGroups: [{ filters: [changedSince(query), ...behind] }],
        sorts: [{ propertyName: "hs_object_id", direction: "ASCENDING" }],
        limit: SEARCH_PAGE,
        properties: ["hs_object_id"],
      },
      "search",
    );
    const results = resultsOf(answer, `search of ${query.type}`);
    const ids: string[] = [];
    for (const result of results) {
      const id = textOf(result.id);
      if (id === null) continue;
      if (after !== null && byNumber(id, after) <= 0) throw new SearchOutOfOrder(`${id} came behind ${after}`);
      after = id;
      ids.push(id);
    }
    const left = numberOf(textOf(answer.total));
    if (ids.length > 0) yield { ids, left };
    if (results.length < SEARCH_PAGE && (left === null || left <= results.length)) return;
    if (ids.length === 0) throw new SearchOutOfOrder("a page without records");
  }
}

interface Filter {
  readonly propertyName: string;
  readonly operator: string;
  readonly value?: string;
}

async function totalOf(api: Api, type: string, filters: readonly Filter[]): Promise<number | null> {
  try {
    const body = { filterGroups: [{ filters }], limit: 1, properties: [] };
    const answer = await api.post(`${api.paths.objects(type)}/search`, body, "search");
    return numberOf(textOf(answer.total));
  } catch (error) {
    if (hasCode(error, NOT_FOUND, "HUBSPOT_REQUEST_REFUSED")) return null;
    throw error;
  }
}

function numberOf(text: string | null): number | null {
  const number = Number(text ?? Number.NaN);
  return Number.isSafeInteger(number) && number >= 0 ? number : null;
}

/** Ids of records that others were merged into, by the ids that are no more; as far as search knows them. */
export async function survivors(api: Api, type: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  let after: string | null = null;
  for (;;) {
    const behind: Filter[] = after === null ? [] : [{ propertyName: "hs_object_id", operator: "GT", value: after }];
    const answer = await api.post(
      `${api.paths.objects(type)}/search`,
      {
        filterGroups: [{ filters: [{ propertyName: MERGED, operator: "HAS_PROPERTY" }, ...behind] }],
        sorts: [{ propertyName: "hs_object_id", direction: "ASCENDING" }],
        limit: SEARCH_PAGE,
        properties: [MERGED],
      },
      "search",
    );
    const results = listOf(answer.results).filter(isObject);
    let highest: string | null = after;
    for (const result of results) {
      const id = textOf(result.id);
      if (id === null) continue;
      if (highest === null || byNumber(id, highest) > 0) highest = id;
      const merged = isObject(result.properties) ? textOf(result.properties[MERGED]) : null;
      for (const old of (merged ?? "").split(";")) if (old !== "") found.set(old, id);
    }
    if (results.length < SEARCH_PAGE || highest === after) return found;
    after = highest;
  }
}

const MERGED = "hs_merged_object_ids";
