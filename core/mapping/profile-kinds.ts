/** What is found in a file, by kind: how often, and where first. Memory is bounded by the number of kinds, not of records. */

export interface KindExample {
  readonly line: number;
  /** null: it is about the whole record. Long values are cut. */
  readonly value: string | null;
  readonly reason: string;
}

/** One kind of finding. */
export interface Kind {
  readonly code: string;
  readonly severity: "error" | "warning";
  /** Target field; null: the whole record, or a column of the source. */
  readonly field: string | null;
  readonly count: number;
  /** The first ones, in order of lines. */
  readonly first: readonly KindExample[];
}

const SHOWN = 5;
const LONGEST = 80;
/** Beyond this many kinds (a code and a field each), those of one code are counted together. */
const KINDS = 2000;

export class KindTally {
  readonly #kinds = new Map<string, { kind: Omit<Kind, "count" | "first">; count: number; first: KindExample[] }>();

  /** `times`: several alike, of which the line is that of the first. */
  add(
    severity: Kind["severity"],
    code: string,
    field: string | null,
    line: number,
    value: string | null,
    reason: string,
    times = 1,
  ): void {
    const id = `${severity}\u0000${code}\u0000${field ?? ""}`;
    let known = this.#kinds.get(id);
    if (known === undefined) {
      if (this.#kinds.size >= KINDS && field !== null) {
        this.add(severity, code, null, line, value, reason, times);
        return;
      }
      known = { kind: { code, severity, field }, count: 0, first: [] };
      this.#kinds.set(id, known);
    }
    known.count += times;
    if (known.first.length < SHOWN) known.first.push({ line, value: cut(value), reason: cut(reason, 300)! });
  }

  /** Errors before warnings, the frequent ones first. */
  kinds(): Kind[] {
    return [...this.#kinds.values()]
      .map(({ kind, count, first }) => ({ ...kind, count, first }))
      .sort(
        (a, b) =>
          a.severity.localeCompare(b.severity) ||
          b.count - a.count ||
          a.code.localeCompare(b.code) ||
          (a.field ?? "").localeCompare(b.field ?? ""),
      );
  }
}

function cut(text: string | null, longest = LONGEST): string | null {
  return text === null || text.length <= longest ? text : `${text.slice(0, longest)}…`;
}
