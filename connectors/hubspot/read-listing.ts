/**
 * Lists every record of a type, page by page, and knows where to go on. A long list is read in several lanes at once, each
 * from another id on: the API gives one page at a time, and waiting for it would leave most of the allowed rate unused.
 */
import { hasCode } from "../../core/errors.ts";
import type { Position } from "../../core/record.ts";
import type { Api } from "./api.ts";
import { ahead } from "./read-ahead.ts";
import { listPages, type Page, type PageQuery } from "./read-pages.ts";
import { byNumber, type WireRecord } from "./read-wire.ts";

export interface ListedPage extends Page {
  readonly lane: number;
  /** How often the listing was begun anew before. */
  readonly round: number;
}

export interface Listing {
  /**
   * The pages of the lanes by turns. Records that were given before the position are left out. A list that turns out not to
   * be in the order of ids begins anew, page by page: whoever reads it knows records that came already by their ids.
   */
  pages(): AsyncGenerator<ListedPage>;
  /** Notes that all was given up to this record of the page (null: the whole page). Called for every page, in their order. */
  mark(page: ListedPage, record: string | null): void;
  /** Where to go on behind what was marked. */
  position(): Position;
}

interface Lane {
  /** Where its next page begins. */
  token: string | null;
  /** Last record given of that page; null: none. */
  last: string | null;
  done: boolean;
  /** Its first record: where the lane before it ends; null: not known, or it has none. */
  first: string | null;
}

/** A lane's ids did not come in ascending order: its end cannot be told. */
class OutOfOrder extends Error {}

export interface ListingOptions {
  readonly query: Omit<PageQuery, "from">;
  /** A position that a listing gave; null: from the beginning. */
  readonly from: Position | null;
  /** Ids behind which further lanes begin, ascending; only for a listing from the beginning. */
  readonly cuts: readonly string[];
  /** The record at the position is given (once more): its rows may not all be there. */
  readonly lastToo?: boolean;
}

/** Pages of each lane that are asked for before they are wanted. */
const PAGES_AHEAD = 2;

export function createListing(api: Api, { query, from, cuts, lastToo = false }: ListingOptions): Listing {
  const lanes = from === null ? freshLanes(cuts) : savedLanes(from);
  let begin = from === null ? 0 : Number(from.turn ?? 0);
  let turn = begin;
  let round = 0;

  async function* pages(): AsyncGenerator<ListedPage> {
    try {
      yield* byTurns();
    } catch (error) {
      if (!(error instanceof OutOfOrder)) throw error;
      api.context.log.debug(`${query.type}: the list is not in the order of ids; reading it page by page`);
      round++;
      turn = 0;
      lanes.splice(0, lanes.length, ...freshLanes([]));
      begin = 0;
      yield* byTurns();
    }
  }

  async function* byTurns(): AsyncGenerator<ListedPage> {
    const readers = lanes.map((lane, index) => (lane.done ? null : openLane(index, lane)));
    try {
      if (from === null && lanes.length > 1) await meet(readers);
      let tail = tailOf();
      for (let at = begin; readers.some((reader) => reader !== null); at = (at + 1) % lanes.length) {
        const reader = readers[at];
        if (reader === null || reader === undefined) continue;
        const { value, done } = await reader.next();
        if (done === true) readers[at] = null;
        else {
          if (value.lane === tail?.lane && value.next === null) {
            tail = { lane: value.lane, token: value.token, last: value.records.at(-1)?.id ?? tail.last };
          }
          yield value;
        }
      }
      // the end of the list was read early: what came to it since
      if (lanes.length > 1 && tail !== null) yield* behindTail(tail);
    } finally {
      for (const reader of readers) void reader?.return(undefined);
    }
  }

  /** The lane that reads the end of the list, and how far it came. */
  function tailOf(): Tail | null {
    const at = lanes.findLastIndex((lane, index) => index === 0 || lane.first !== null);
    const lane = lanes[at];
    return lane === undefined ? null : { lane: at, token: lane.token, last: lane.last };
  }

  async function* behindTail({ lane, token, last }: Tail): AsyncGenerator<ListedPage> {
    for await (const page of listPages(api, { ...query, from: token })) {
      const records = last === null ? page.records : page.records.filter(({ id }) => byNumber(id, last) > 0);
      yield { ...page, records, lane, round };
    }
  }

  /** The first pages of all lanes: those that begin nowhere, or where another one does, are closed. */
  async function meet(readers: (LaneReader | null)[]): Promise<void> {
    const firsts = await Promise.all(
      readers.map((reader, index) =>
        reader!.peek().catch((error: unknown) => {
          if (index === 0 || !hasCode(error, "HUBSPOT_REQUEST_REFUSED")) throw error;
          return null;
        }),
      ),
    );
    let highest: string | null = null;
    for (const [index, first] of firsts.entries()) {
      if (index === 0 || (first !== null && (highest === null || byNumber(first, highest) > 0))) {
        lanes[index]!.first = first;
        highest = first ?? highest;
        continue;
      }
      void readers[index]!.return(undefined);
      readers[index] = null;
      lanes[index]!.done = true;
    }
  }

  /** Where the lane ends: where the next one begins that has a record; null: at the end of the list. */
  const endOf = (index: number): string | null =>
    lanes.slice(index + 1).find(({ first }) => first !== null)?.first ?? null;

  function openLane(index: number, lane: Lane): LaneReader {
    const listed = listPages(api, { ...query, from: lane.token });
    const source = lanes.length === 1 ? listed : ahead(listed, PAGES_AHEAD, async (page) => page);
    let waiting: IteratorResult<Page> | null = null;
    let { last } = lane;
    let highest: string | null = null;
    let over = false;
    return {
      async peek() {
        waiting ??= await source.next();
        return waiting.done === true ? null : (waiting.value.records[0]?.id ?? null);
      },
      async next() {
        const next = over ? { done: true as const, value: undefined } : (waiting ?? (await source.next()));
        waiting = null;
        if (next.done === true) return { done: true, value: undefined };
        let { records, next: token } = next.value;
        if (last !== null) records = since(records, last, lastToo);
        last = null;
        const end = endOf(index);
        if (lanes.length > 1) {
          for (const { id } of records) {
            if (highest !== null && byNumber(id, highest) <= 0) throw new OutOfOrder();
            highest = id;
          }
        }
        if (end !== null) {
          const own = records.filter(({ id }) => byNumber(id, end) < 0);
          if (own.length < records.length) {
            over = true;
            token = null;
            records = own;
            void source.return(undefined);
          }
        }
        return { done: false, value: { ...next.value, records, next: token, lane: index, round } };
      },
      return: (value) => source.return(value),
    };
  }

  return {
    pages,
    mark(page, record) {
      // a page from before the listing began anew: the position stays at the beginning
      if (page.round !== round) return;
      const lane = lanes[page.lane]!;
      lane.done = record === null && page.next === null;
      // a lane at its end stays there: more may come to it
      lane.token = record === null && !lane.done ? page.next : page.token;
      lane.last = lane.done ? (page.records.at(-1)?.id ?? lane.last) : record;
      turn = record === null ? (page.lane + 1) % lanes.length : page.lane;
    },
    position: () => ({
      lanes: JSON.stringify(lanes.map(({ token, last, first, done }) => [token, last, first, done])),
      turn,
    }),
  };
}

interface Tail {
  readonly lane: number;
  readonly token: string | null;
  readonly last: string | null;
}

interface LaneReader {
  /** The id of the first record of the next page, which stays to be read. */
  peek(): Promise<string | null>;
  next(): Promise<IteratorResult<ListedPage, undefined>>;
  return(value: undefined): Promise<unknown>;
}

const freshLanes = (cuts: readonly string[]): Lane[] =>
  [null, ...cuts].map((token) => ({ token, last: null, first: null, done: false }));

function savedLanes(from: Position): Lane[] {
  const saved = JSON.parse(String(from.lanes ?? "[]")) as [string | null, string | null, string | null, boolean][];
  if (saved.length === 0) return freshLanes([]);
  return saved.map(([token, last, first, done]) => ({ token, last, first, done }));
}

/** What of a page comes behind the record `last` (or with it); that one may be gone by now. */
function since(records: readonly WireRecord[], last: string, lastToo: boolean): readonly WireRecord[] {
  const at = records.findIndex(({ id }) => id === last);
  if (at >= 0) return records.slice(lastToo ? at : at + 1);
  return records.filter(({ id }) => byNumber(id, last) > 0);
}
