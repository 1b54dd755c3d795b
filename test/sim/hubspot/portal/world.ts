/** The arithmetic of a portal: how many records each type has, which are archived or merged, when they were made. No rows. */
import { type Dice, dice, mix, salt } from "../../salesforce/random.ts";
import type { HubspotOptions } from "../options.ts";
import { type IdSpace, typeIds } from "./ids.ts";

/** Types by their own key: plural names, and the bare name of custom objects. */
export const STANDARD = [
  "contacts",
  "companies",
  "deals",
  "tickets",
  "leads",
  "products",
  "line_items",
  "quotes",
  "calls",
  "emails",
  "meetings",
  "notes",
  "tasks",
  "communications",
  "postal_mail",
] as const;
export const CUSTOM = ["car", "service_visit"] as const;

/** Share of the records that each type gets, out of their sum. */
const SHARES: Readonly<Record<string, number>> = {
  contacts: 300,
  companies: 120,
  deals: 110,
  tickets: 60,
  leads: 30,
  line_items: 130,
  quotes: 20,
  calls: 50,
  emails: 60,
  meetings: 30,
  notes: 45,
  tasks: 50,
  communications: 10,
  postal_mail: 6,
  car: 10,
  service_visit: 8,
};
const PARTS = Object.values(SHARES).reduce((sum, share) => sum + share, 0);

/** One record in so many is archived, and where records are merged two in so many. */
const PERIODS: Readonly<Record<string, number>> = {
  contacts: 200,
  companies: 170,
  deals: 150,
  tickets: 130,
  leads: 110,
  products: 40,
};
const MERGES = new Set(["contacts", "companies", "deals", "tickets"]);

export const CURRENCIES = ["USD", "EUR", "GBP", "JPY"] as const;

/** Records are older than this instant. */
export const UNTIL = Date.UTC(2026, 10, 1);
const FIRST = Date.UTC(2019, 2, 4);
const BULK_UPDATE = Date.UTC(2026, 9, 25, 3, 0, 0) + 417;

export type Fate = "live" | "archived" | "merged";

export interface World {
  readonly seed: number;
  readonly options: HubspotOptions;
  readonly portalId: number;
  readonly currencies: readonly string[];
  /** Whether the portal has such a type, be it without records. */
  knows(type: string): boolean;
  /** Records ever made, archived and merged-away ones included. */
  size(type: string): number;
  ids(type: string): IdSpace;
  dice(purpose: string): Dice;
  /** What became of a seeded record. */
  fate(type: string, index: number): Fate;
  /** The record itself, the survivor of a merge, or (archived) the one that took its place. */
  live(type: string, index: number): number;
  /** Records that `live` turns into this one, itself included; ascending. */
  origins(type: string, index: number): readonly number[];
  /** Seeded records with a fate. */
  total(type: string, fate: Fate): number;
  created(type: string, index: number): number;
  changed(type: string, index: number): number;
}

const DAY = 86_400_000;
const days = new Map<number, string>();
/** `T07:25:37` by second of the day, made when first needed. */
const times: string[] = [];

function dayText(number: number): string {
  let text = days.get(number);
  if (text === undefined) {
    text = new Date(number * DAY).toISOString().slice(0, 10);
    days.set(number, text);
  }
  return text;
}

/** ISO 8601 as HubSpot writes it: no milliseconds where they are zero. */
export function instant(at: number): string {
  const number = Math.floor(at / DAY);
  const rest = at - number * DAY;
  const second = Math.floor(rest / 1000);
  let time = times[second];
  if (time === undefined) {
    time = new Date(second * 1000).toISOString().slice(10, 19);
    times[second] = time;
  }
  const ms = rest - second * 1000;
  return `${dayText(number)}${time}${ms === 0 ? "" : `.${String(ms).padStart(3, "0")}`}Z`;
}

export const day = (at: number): string => dayText(Math.floor(at / DAY));

function fates(type: string, size: number) {
  const period = Math.min(PERIODS[type] ?? 180, Math.max(8, Math.floor(size / 3)));
  const merges = MERGES.has(type);
  const fate = (index: number): Fate => {
    if (index >= size) return "live";
    const rest = index % period;
    if (rest === 3) return index + 1 < size ? "archived" : "live";
    if (!merges || (rest !== 5 && rest !== 6)) return "live";
    return index - rest + 7 < size ? "merged" : "live";
  };
  const full = Math.floor(size / period);
  const rest = size - full * period;
  const archived = full + (rest > 4 ? 1 : 0);
  const merged = merges ? 2 * (full + (rest > 7 ? 1 : 0)) : 0;
  return { period, merges, fate, archived, merged };
}

/** Number of records to make so that `live` are neither archived nor merged. */
function sizeFor(type: string, live: number): number {
  for (let size = live; ; size++) {
    const { archived, merged } = fates(type, size);
    if (size - archived - merged === live) return size;
  }
}

function counts(options: HubspotOptions): Map<string, number> {
  const records = options.records ?? 20_000;
  const exact = options.counts ?? {};
  const sizes = new Map<string, number>();
  const custom = options.customObjects ?? true;
  for (const type of [...STANDARD, ...(custom ? CUSTOM : [])]) {
    const share = SHARES[type];
    const about =
      share === undefined
        ? Math.min(2000, Math.max(12, Math.round(records * 0.002)))
        : Math.max(12, Math.round((records * share) / PARTS));
    const live = exact[type];
    sizes.set(type, live === undefined ? about : sizeFor(type, live));
  }
  return sizes;
}

export function createWorld(options: HubspotOptions): World {
  const seed = options.seed ?? 1;
  const sizes = counts(options);
  const spaces = new Map([...sizes].map(([type, size]) => [type, typeIds(mix(seed, salt(type)), type, size)]));
  const rules = new Map([...sizes].map(([type, size]) => [type, fates(type, size)]));
  const rule = (type: string) => rules.get(type)!;
  const noise = new Map([...sizes.keys()].map((type) => [type, dice(seed, `${type}.created`)]));
  const later = new Map([...sizes.keys()].map((type) => [type, dice(seed, `${type}.changed`)]));

  const created = (type: string, index: number): number => {
    const size = sizes.get(type)!;
    const span = UNTIL - FIRST - 30 * 86_400_000;
    const slot = span / size;
    const at = Math.floor(FIRST + index * slot + noise.get(type)!(index, 1_000_000) * (slot / 1_000_000));
    // every seventh to the second: its text has no milliseconds
    return index % 7 === 2 ? at - (at % 1000) : at;
  };
  return {
    seed,
    options,
    portalId: 20_000_000 + (mix(seed, 4711) % 27_000_000),
    currencies: (options.multiCurrency ?? true) ? CURRENCIES : ["USD"],
    knows: (type) => sizes.has(type),
    size: (type) => sizes.get(type) ?? 0,
    ids: (type) => spaces.get(type)!,
    dice: (purpose) => dice(seed, purpose),
    fate: (type, index) => rule(type).fate(index),
    live(type, index) {
      const fate = rule(type).fate(index);
      if (fate === "live") return index;
      return fate === "archived" ? index + 1 : index - (index % rule(type).period) + 7;
    },
    origins(type, index) {
      const { period, merges, fate } = rule(type);
      const rest = index % period;
      if (rest === 4) return fate(index - 1) === "archived" ? [index - 1, index] : [index];
      return rest === 7 && merges ? [index - 2, index - 1, index] : [index];
    },
    total(type, fate) {
      const { archived, merged } = rule(type);
      if (fate === "archived") return archived;
      return fate === "merged" ? merged : sizes.get(type)! - archived - merged;
    },
    created,
    changed(type, index) {
      const at = created(type, index) + later.get(type)!(index, 300 * 86_400) * 1000 + 1;
      const capped = Math.min(at, UNTIL - 60_000 + (index % 60_000));
      return index % 3 === 0 ? Math.max(BULK_UPDATE, capped) : capped;
    },
  };
}
