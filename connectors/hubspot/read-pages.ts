/** Lists records page by page, in the order of their ids. Search is never used: it ends at 10,000 and comes late. */
import type { Api } from "./api.ts";
import { nextOf, pagingStuck, recordOf, resultsOf, type WireRecord } from "./read-wire.ts";

export interface PageQuery {
  readonly type: string;
  /** Asked for in the address: few. None would mean a set of HubSpot's own. */
  readonly properties: readonly string[];
  readonly archived: boolean;
  /** Where to begin: a page's `token` or `next`; null: at the beginning. */
  readonly from: string | null;
}

export interface Page {
  /** What the page was asked for with. */
  readonly token: string | null;
  /** null: it is the last one. */
  readonly next: string | null;
  readonly archived: boolean;
  readonly records: readonly WireRecord[];
}

/** Records per page: the API's own limit. */
export const PAGE = 100;

/** Properties in an address take at most so many characters. */
export const MOST_URL = 4000;

/** The one property that costs nothing: without a list, HubSpot answers a set of its own. */
export const ID_ONLY: readonly string[] = ["hs_object_id"];

export const fitsAddress = (properties: readonly string[]): boolean =>
  properties.reduce((sum, name) => sum + encodeURIComponent(name).length + 3, 0) <= MOST_URL;

export async function* listPages(api: Api, query: PageQuery): AsyncGenerator<Page> {
  const { type, archived, properties } = query;
  let token = query.from;
  for (;;) {
    api.context.signal.throwIfAborted();
    const answer = await api.get(api.paths.objects(type), {
      limit: PAGE,
      archived,
      properties,
      ...(token === null ? {} : { after: token }),
    });
    const records = resultsOf(answer, `list of ${type}`).flatMap((result) => recordOf(result) ?? []);
    const next = nextOf(answer);
    yield { token, next, archived, records };
    if (next === null) return;
    if (next === token) throw pagingStuck(`list of ${type}`, next);
    token = next;
  }
}

/** Groups of pages with about so many records, small ones first: who stops early has not asked for much. */
export async function* groupsOf<Some extends Page>(
  pages: AsyncIterable<Some>,
  most: number,
): AsyncGenerator<readonly Some[]> {
  let group: Some[] = [];
  let size = 1;
  for await (const page of pages) {
    group.push(page);
    if (group.length < size) continue;
    yield group;
    group = [];
    size = Math.min(most, size * 2);
  }
  if (group.length > 0) yield group;
}
