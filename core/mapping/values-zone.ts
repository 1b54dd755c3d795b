/** Offsets of a time zone. Facts come from the IANA data in the runtime, through luxon; never from the process' own zone. */
import { FixedOffsetZone, IANAZone, type Zone } from "luxon";
import { ConfigError } from "../errors.ts";

const DAY = 86_400_000;
const KEEP = 20_000;

export interface ZoneClock {
  readonly name: string;
  /**
   * Unix milliseconds of a wall-clock reading (milliseconds as if it were UTC).
   * Read twice (clocks set back): the first. Skipped (clocks set forward): moved on by the gap, 02:30 becomes 03:30.
   */
  toUtc(local: number): number;
}

/** Throws ConfigError TIMEZONE_UNKNOWN. Takes IANA names, `UTC`, and fixed offsets such as `UTC+2` or `+02:00`. */
export function zoneClock(name: string): ZoneClock {
  const zone = findZone(name);
  if (zone.isUniversal) {
    const offset = zone.offset(0) * 60_000;
    return { name, toUtc: (local) => local - offset };
  }
  // offset of each UTC day that has no transition; NaN where it has one
  const days = new Map<number, number>();
  const offsetAt = (utc: number): number => {
    const day = Math.floor(utc / DAY);
    let offset = days.get(day);
    if (offset === undefined) {
      const first = zone.offset(day * DAY) * 60_000;
      offset = first === zone.offset(day * DAY + DAY - 1) * 60_000 ? first : Number.NaN;
      if (days.size >= KEEP) days.clear();
      days.set(day, offset);
    }
    return Number.isNaN(offset) ? zone.offset(utc) * 60_000 : offset;
  };
  return {
    name,
    toUtc(local) {
      const before = offsetAt(local - DAY);
      const after = offsetAt(local + DAY);
      const early = local - before;
      if (offsetAt(early) === before) return early;
      const late = local - after;
      return offsetAt(late) === after ? late : early;
    },
  };
}

function findZone(name: string): Zone {
  if (IANAZone.isValidZone(name)) return IANAZone.create(name);
  const fixed = FixedOffsetZone.parseSpecifier(/^[-+]/.test(name) ? `UTC${name}` : name);
  if (fixed !== null) return fixed;
  throw new ConfigError("TIMEZONE_UNKNOWN", `expected an IANA time zone, got ${JSON.stringify(name)}`, {
    hint: "Write a name such as Europe/Berlin, America/New_York or UTC.",
  });
}
