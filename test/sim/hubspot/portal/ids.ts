/** Ids of records: ascending with the index, different spaces per type that overlap, the last ones above 2^53. */
import { mix } from "../../salesforce/random.ts";

/** Ids of indexes from `from` on: `base + (index - from) * step`, and with `jitter` up to a step more. */
export interface Segment {
  readonly from: number;
  readonly base: bigint;
  readonly step: number;
  readonly jitter: boolean;
}

export interface IdSpace {
  id(index: number): string;
  /** Index of an id; -1 where no index below `size` has it. */
  index(id: string, size: number): number;
  /** First index whose id is greater. */
  after(id: string): number;
}

const DIGITS = /^(0|[1-9][0-9]{0,18})$/;

export function idSpace(seed: number, segments: readonly Segment[]): IdSpace {
  const value = (index: number): bigint => {
    let segment = segments[0]!;
    for (const next of segments) if (next.from <= index) segment = next;
    const at = index - segment.from;
    const loose = segment.jitter ? mix(seed, index) % segment.step : 0;
    return segment.base + BigInt(at * segment.step + loose);
  };
  const after = (id: bigint): number => {
    // the last segment that starts at or below the id holds the answer, or ends below it
    let place = 0;
    for (const [at, segment] of segments.entries()) if (segment.base <= id) place = at;
    const segment = segments[place]!;
    const end = segments[place + 1]?.from ?? Number.MAX_SAFE_INTEGER;
    const steps = (id - segment.base) / BigInt(segment.step);
    let index = segment.from + (steps < 0n ? 0 : Number(steps > 2_000_000_000n ? 2_000_000_000n : steps));
    if (index >= end) return end;
    while (index < end && value(index) <= id) index++;
    return index;
  };
  return {
    id: (index) => value(index).toString(),
    index(id, size) {
      if (!DIGITS.test(id)) return -1;
      const wanted = BigInt(id);
      const index = after(wanted - 1n);
      return index < size && value(index) === wanted ? index : -1;
    },
    after: (id) => (DIGITS.test(id) ? after(BigInt(id)) : 0),
  };
}

const ABOVE_DOUBLES = 2n ** 53n + 1n;

/** Where each type's ids start, before the seed moves them. */
const BASES: Readonly<Record<string, bigint>> = {
  contacts: 23_828_159_706n,
  companies: 7_086_461_639n,
  deals: 6_744_192_456n,
  tickets: 1_075_966_440n,
  products: 1_155_995_587n,
  line_items: 4_512_300_101n,
  quotes: 70_524_908n,
  calls: 31_900_100_001n,
  emails: 31_900_100_017n,
  meetings: 31_900_100_023n,
  notes: 31_900_100_031n,
  tasks: 31_900_100_047n,
  communications: 31_900_100_053n,
  postal_mail: 31_900_100_061n,
  leads: 402_100_700_011n,
};

/** First ids of the types whose oldest records have small numbers: the same number names a contact, a company and a deal. */
const SMALL: Readonly<Record<string, readonly [base: bigint, step: number]>> = {
  contacts: [1n, 50],
  companies: [51n, 100],
  deals: [101n, 150],
};

/** Types whose newest ids are above 2^53, where neighbours are the same double. */
const LARGE = new Set(["contacts", "companies", "deals", "tickets", "notes", "line_items", "car"]);

export function typeIds(seed: number, type: string, size: number): IdSpace {
  const segments: Segment[] = [];
  const small = SMALL[type];
  const first = small === undefined ? 0 : Math.min(4000, Math.floor(size * 0.3));
  if (small !== undefined && first > 0) segments.push({ from: 0, base: small[0], step: small[1], jitter: false });
  const moved = BigInt(mix(seed, 77) % 100_000) * 10_000n;
  segments.push({ from: first, base: (BASES[type] ?? 9_100_200_300n) + moved, step: 37, jitter: true });
  if (LARGE.has(type)) {
    const last = Math.max(6, Math.floor(size / 100));
    segments.push({ from: Math.max(first + 1, size - last), base: ABOVE_DOUBLES, step: 1, jitter: false });
  }
  return idSpace(seed, segments);
}
