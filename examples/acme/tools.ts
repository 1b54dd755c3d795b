/** What the generator needs and nothing of Acme: a seeded source of numbers, CSV, money. */
export interface Dice {
  /** Whole number in [0, below). */
  below(below: number): number;
  pick<T>(list: readonly T[]): T;
  /** True in `percent` of 100 throws. */
  chance(percent: number): boolean;
  shuffle<T>(list: readonly T[]): T[];
}

/** mulberry32: small, good enough, the same on every machine. */
export function dice(seed: number): Dice {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
  const below = (limit: number) => next() % limit;
  return {
    below,
    pick: (list) => list[below(list.length)]!,
    chance: (percent) => below(100) < percent,
    shuffle: (list) => {
      const copy = [...list];
      for (let at = copy.length - 1; at > 0; at--) {
        const other = below(at + 1);
        [copy[at], copy[other]] = [copy[other]!, copy[at]!];
      }
      return copy;
    },
  };
}

export type Row = Readonly<Record<string, string | number>>;

/** RFC 4180 text with a header; every row has the columns of the first. */
export function csv(rows: readonly Row[], options: { delimiter?: string; bom?: boolean; eol?: string } = {}): string {
  const { delimiter = ",", bom = false, eol = "\n" } = options;
  const cell = (value: string | number) => {
    const text = String(value);
    return text.includes(delimiter) || /["\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const columns = Object.keys(rows[0]!);
  const lines = rows.map((row) => columns.map((column) => cell(row[column] ?? "")).join(delimiter));
  return (bom ? "\ufeff" : "") + [columns.join(delimiter), ...lines].join(eol) + eol;
}

/** Minor units as a decimal text: 123456 EUR -> 1234.56; the yen has none. */
export function money(minor: number, currency: string): string {
  if (currency === "JPY") return String(minor);
  return `${Math.trunc(minor / 100)}.${String(Math.abs(minor % 100)).padStart(2, "0")}`;
}

const two = (value: number) => String(value).padStart(2, "0");

/** 09.03.2024, `days` after 1 January 2022. */
export function date(days: number): string {
  const at = new Date(Date.UTC(2022, 0, 1 + days));
  return `${two(at.getUTCDate())}.${two(at.getUTCMonth() + 1)}.${at.getUTCFullYear()}`;
}

/** 2024-03-09 14:05, local time of the old system. */
export function moment(days: number, minutes: number): string {
  const at = new Date(Date.UTC(2022, 0, 1 + days, 8, minutes));
  return `${at.toISOString().slice(0, 10)} ${at.toISOString().slice(11, 16)}`;
}

/** ACC-00042. */
export function id(prefix: string, number: number): string {
  return `${prefix}-${String(number).padStart(5, "0")}`;
}
