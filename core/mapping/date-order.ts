/** The order of day, month and year in a column, by all of its values: evidence, and a decision only where no other is possible. */
import { isCivil } from "./dates.ts";
import { type DateOrder, fullYear } from "./dates-forms.ts";

export type DeclaredOrder = Exclude<DateOrder, "auto">;

const ORDERS = ["dmy", "mdy", "ymd"] as const;
const SHORT = /^\s*(\d{1,2})([-/.]) ?(\d{1,2})\2 ?(\d{4}|\d{1,2})(?!\d)/;
/** Values shown of each kind. */
const SHOWN = 3;

/** Values of a column that are dates in figures and do not begin with a year of four digits; all others are read under every order. */
export interface DateEvidence {
  /**
   * decided: one order fits all values. ambiguous: several do, and they read some values differently. contradictory: none does.
   */
  readonly state: "decided" | "ambiguous" | "contradictory";
  readonly order: DeclaredOrder | null;
  /** Orders that fit all values. */
  readonly possible: readonly DeclaredOrder[];
  /** Values that can be read in this order only. */
  readonly only: Readonly<Record<DeclaredOrder, number>>;
  /** Values that several orders read differently, and values that they read alike (03/03/2024). */
  readonly several: number;
  readonly alike: number;
  /** The first values of each kind, with their lines. */
  readonly examples: readonly {
    readonly kind: DeclaredOrder | "several";
    readonly value: string;
    readonly line: number;
  }[];
}

/** What the whole columns of one mapped field say. */
export interface FieldDates {
  readonly mapping: string;
  readonly object: string;
  /** `custom.x` for custom ones. */
  readonly field: string;
  readonly columns: readonly string[];
  readonly evidence: DateEvidence;
}

/** Decisions: mapping id -> target field as in `FieldDates` -> order. */
export type DateOrders = ReadonlyMap<string, ReadonlyMap<string, DeclaredOrder>>;

/** A bit for each order (1: dmy, 2: mdy, 4: ymd) in which the text begins with a date that exists; 0: it is no such date. */
export function readableOrders(text: string): number {
  const match = SHORT.exec(text);
  if (match === null) return 0;
  const [, first, , second, third] = match as unknown as [string, string, string, string, string];
  const [a, b, c] = [Number(first), Number(second), Number(third)];
  if (third.length === 1) return first.length === 2 && isCivil(fullYear(a), b, c) ? 4 : 0;
  const year = third.length === 4 ? c : fullYear(c);
  let orders = 0;
  if (isCivil(year, b, a)) orders |= 1;
  if (isCivil(year, a, b)) orders |= 2;
  if (third.length === 2 && first.length === 2 && isCivil(fullYear(a), b, c)) orders |= 4;
  return orders;
}

/** True when every order of the mask reads the text as the same day. */
function readAlike(text: string, orders: number): boolean {
  if (orders !== 3) return false;
  const [, first, , second] = SHORT.exec(text)!;
  return Number(first) === Number(second);
}

export class DateOrderScan {
  readonly #counts = new Uint32Array(8);
  readonly #examples = new Map<number, { value: string; line: number }[]>();
  #alike = 0;

  /** A value that is not blank, and its line. */
  add(text: string, line: number): void {
    const orders = readableOrders(text);
    if (orders === 0) return;
    if (readAlike(text, orders)) {
      this.#alike++;
      return;
    }
    this.#counts[orders]!++;
    const examples = this.#examples.get(orders) ?? [];
    if (examples.length >= SHOWN) return;
    this.#examples.set(orders, [...examples, { value: text.trim().slice(0, 60), line }]);
  }

  /** null: there is nothing to decide. */
  result(): DateEvidence | null {
    const counts = this.#counts;
    let fits = 7;
    let several = 0;
    let seen = 0;
    for (let orders = 1; orders < 8; orders++) {
      if (counts[orders] === 0) continue;
      seen += counts[orders]!;
      fits &= orders;
      if (!isSingle(orders)) several += counts[orders]!;
    }
    if (seen === 0) return null;
    const possible = ORDERS.filter((_, bit) => (fits & (1 << bit)) !== 0);
    const examples = [...this.#examples].flatMap(([orders, list]) =>
      list.map((example) => ({
        kind: isSingle(orders) ? ORDERS[Math.log2(orders)]! : ("several" as const),
        ...example,
      })),
    );
    const shown = [...ORDERS, "several" as const].flatMap((kind) =>
      examples
        .filter((example) => example.kind === kind)
        .sort((a, b) => a.line - b.line)
        .slice(0, SHOWN),
    );
    return {
      state: possible.length === 1 ? "decided" : possible.length === 0 ? "contradictory" : "ambiguous",
      order: possible.length === 1 ? possible[0]! : null,
      possible,
      only: { dmy: counts[1]!, mdy: counts[2]!, ymd: counts[4]! },
      several,
      alike: this.#alike,
      examples: shown,
    };
  }
}

const isSingle = (orders: number): boolean => orders === 1 || orders === 2 || orders === 4;

const WORDS: Readonly<Record<DeclaredOrder, string>> = {
  dmy: "day first",
  mdy: "month first",
  ymd: "year first",
};

const values = (count: number): string => `${count} ${count === 1 ? "value" : "values"}`;

/** The evidence as one sentence without a full stop: counts, examples and their lines. */
export function evidenceText(evidence: DateEvidence): string {
  const shown = (kind: DeclaredOrder | "several"): string => {
    const list = evidence.examples.filter((example) => example.kind === kind);
    return list.length === 0 ? "" : ` (${list.map(({ value, line }) => `${value} in line ${line}`).join(", ")})`;
  };
  const only = ORDERS.filter((order) => evidence.only[order] > 0).map(
    (order) => `${values(evidence.only[order])} can only be ${WORDS[order]}${shown(order)}`,
  );
  const several =
    evidence.several === 0 ? [] : [`${values(evidence.several)} can be read in several ways${shown("several")}`];
  const all = [...only, ...several].join("; ");
  if (evidence.state === "decided") return `${WORDS[evidence.order!]}: ${all}`;
  if (evidence.state === "contradictory") return `no order fits all dates: ${all}`;
  return `dates may be ${evidence.possible.map((order) => WORDS[order]).join(" or ")}: ${all}`;
}
