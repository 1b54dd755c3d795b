/** Records that are worth a look: of each stage, the oldest and the newest, the largest amount, the longest text, the emptiest, the foreign. */
import type { CompiledMapping, StageColumn } from "../mapping/compiled.ts";
import type { CopyRow } from "./copy-row.ts";
import { compareDecimals, type Decimal } from "./decimal.ts";
import type { ProofTables } from "./proof-tables.ts";
import { LEADING } from "./shape.ts";

/** A record's key, and why it was picked. */
export interface Picked {
  readonly key: string;
  readonly why: string;
}

/** Records kept per oddity: the first may have no row. */
const KEPT = 3;
/** Values of one field that get a record each. */
const MOST_VALUES = 1000;

/** Keeps the records with the greatest values. */
class Greatest<T> {
  readonly why: string;
  readonly #after: (left: T, right: T) => boolean;
  readonly #found: { readonly value: T; readonly key: string }[] = [];

  /** `after`: left is greater than right. */
  constructor(why: string, after: (left: T, right: T) => boolean) {
    this.why = why;
    this.#after = after;
  }

  add(value: T, key: string): void {
    const found = this.#found;
    if (found.length === KEPT && !this.#after(value, found[KEPT - 1]!.value)) return;
    let at = found.length;
    while (at > 0 && this.#after(value, found[at - 1]!.value)) at--;
    found.splice(at, 0, { value, key });
    if (found.length > KEPT) found.pop();
  }

  get keys(): string[] {
    return this.#found.map(({ key }) => key);
  }
}

const more = (left: number, right: number): boolean => left > right;
const less = (left: number, right: number): boolean => left < right;
const absolute = ({ units, scale }: Decimal): Decimal => ({ units: units < 0n ? -units : units, scale });

interface Kind {
  readonly at: number;
  readonly target: string;
  readonly values: Map<string, { count: number; key: string }>;
}

/** Looks at every staged record as it comes. */
export class OddRecords {
  readonly #texts: readonly number[];
  readonly #values: readonly number[];
  readonly #amount: number | null;
  readonly #age: { readonly at: number; readonly date: boolean } | null;
  readonly #largest = new Greatest<Decimal>("largest amount", (left, right) => compareDecimals(left, right) > 0);
  readonly #longest = new Greatest<number>("longest text", more);
  readonly #foreign = new Greatest<number>("most letters beyond ASCII", more);
  readonly #emptiest = new Greatest<number>("most empty fields", more);
  readonly #oldest: Greatest<number>;
  readonly #newest: Greatest<number>;
  readonly #kinds: readonly Kind[];
  #chance: number;

  /** `seed`: 0 to 1, decides which record of a stage is picked. */
  constructor({ columns, mapping }: CompiledMapping, seed: number) {
    const places = columns.map((column, index) => ({ ...column, at: index + LEADING }));
    const values = places.filter(({ role }) => role === "value");
    const times = values.filter(({ type }) => type === "timestamptz" || type === "date");
    const age = times.find(({ target }) => target === "created_at") ?? times[0];
    this.#values = values.map(({ at }) => at);
    this.#texts = values.filter(({ type }) => type === "text").map(({ at }) => at);
    this.#amount = values.find(({ type, field }) => type === "numeric" && field?.type === "currency")?.at ?? null;
    this.#age = age === undefined ? null : { at: age.at, date: age.type === "date" };
    this.#oldest = new Greatest(`oldest by ${age?.target}`, less);
    this.#newest = new Greatest(`newest by ${age?.target}`, more);
    const isKind = ({ target, field, type }: StageColumn, name: string): boolean =>
      type === "text" && target === name && mapping.fields.includes(field!);
    this.#kinds = ["stage", "status", "record_type", "type"].flatMap((name) =>
      values
        .filter((column) => isKind(column, name))
        .map(({ at, target }): Kind => ({ at, target, values: new Map() })),
    );
    this.#chance = Math.floor(seed * 0xffffffff) | 1;
  }

  /** `ascii`: the row holds no other letters. */
  add(row: CopyRow, key: string, ascii: boolean): void {
    let [longest, foreign, empty] = [0, 0, 0];
    const texts = this.#texts;
    for (let n = 0; n < texts.length; n++) {
      const length = row.length(texts[n]!);
      if (length > longest) longest = length;
      if (!ascii) foreign += row.lettersBeyondAscii(texts[n]!);
    }
    const values = this.#values;
    for (let n = 0; n < values.length; n++) if (row.isNull(values[n]!)) empty++;
    if (longest > 0) this.#longest.add(longest, key);
    if (foreign > 0) this.#foreign.add(foreign, key);
    if (empty > 0 && this.#values.length > 1) this.#emptiest.add(empty, key);
    if (this.#amount !== null) {
      const amount = row.numeric(this.#amount);
      if (amount !== null) this.#largest.add(absolute(amount), key);
    }
    if (this.#age !== null) {
      const time = row.time(this.#age.at, this.#age.date);
      if (time !== null) {
        this.#oldest.add(time, key);
        this.#newest.add(time, key);
      }
    }
    for (const kind of this.#kinds) this.#addKind(kind, row.text(kind.at), key);
  }

  /** Every record of a value has the same chance. */
  #addKind({ values }: Kind, value: string | null, key: string): void {
    if (value === null) return;
    const known = values.get(value);
    if (known === undefined) {
      if (values.size < MOST_VALUES) values.set(value, { count: 1, key });
      return;
    }
    known.count++;
    // xorshift: the same seed picks the same records
    this.#chance ^= this.#chance << 13;
    this.#chance ^= this.#chance >>> 17;
    this.#chance ^= this.#chance << 5;
    if ((this.#chance >>> 0) % known.count === 0) known.key = key;
  }

  /** Up to `most` of those that have a row, the rarer kinds of oddity first. `locateLoaded` comes first. */
  async picked(tables: ProofTables, most: number): Promise<Picked[]> {
    if (most <= 0) return [];
    const measured = [this.#largest, this.#longest, this.#foreign, this.#emptiest, this.#oldest, this.#newest];
    const kinds = this.#kinds.flatMap(({ target, values }) =>
      [...values]
        .sort(([a, left], [b, right]) => left.count - right.count || (a < b ? -1 : 1))
        .slice(0, most)
        .map(([value, { key }]) => ({ keys: [key], why: `${target} ${value}` })),
    );
    const candidates = [...measured.map(({ keys, why }) => ({ keys, why })), ...kinds];
    const rows = await tables.rows<{ key: string }>("select distinct key from proof_target where key = any($1)", [
      candidates.flatMap(({ keys }) => keys),
    ]);
    const there = new Set(rows.map(({ key }) => key));
    const found = new Map<string, string>();
    for (const { keys, why } of candidates) {
      const key = keys.find((one) => there.has(one));
      if (key !== undefined && found.size < most && !found.has(key)) found.set(key, why);
    }
    return [...found].map(([key, why]) => ({ key, why }));
  }
}
