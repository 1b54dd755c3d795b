/** Signs that a column's values are not what they seem: none of them is an error, all of them want a look before the load. */
import type { FieldType } from "../schema.ts";
import { isMojibake } from "./mojibake.ts";
import type { KindTally } from "./profile-kinds.ts";

/** What people and programs write where there is nothing; compared in lower case. */
const NOTHING: ReadonlySet<string> = new Set(
  (
    "n/a #n/a na n.a. n/d null (null) <null> none nil nan undefined - -- --- ? #ref! #value! #name? #div/0! #null! #num! #nv " +
    "(blank) (leer) unknown unbekannt k.a. k/a keine s/o s.o. nvt n.v.t. saknas なし 不明"
  ).split(" "),
);
const LONGEST_NOTHING = 12;

const NUMBERS: ReadonlySet<FieldType> = new Set<FieldType>(["integer", "decimal", "currency", "percent"]);
const ODD_SPACE = /[\u00a0\u2000-\u200b\u202f\u205f\u3000\ufeff]|\s\s/;

/** What a column is for: what its values are checked for depends on it. */
export interface ColumnUse {
  /** Types of the fields that read it as it is. */
  readonly types: ReadonlySet<FieldType>;
  /** It refers to another record by a field of that, whose spaces count. */
  readonly key: boolean;
  /** A null token that is translated or taken out by the mapping is none. */
  readonly translated: boolean;
}

/** Looks at one column's values; `add` once for each value that is not blank. */
export class SignScan {
  readonly #column: string;
  readonly #use: ColumnUse;
  readonly #tally: KindTally;
  readonly #number: boolean;
  readonly #other: RegExp;
  readonly #doubtful: RegExp;
  readonly #mark: "." | ",";
  #certain = 0;
  #doubts: { line: number; value: string }[] = [];
  #doubtCount = 0;
  #signs = 0;
  #fractions = 0;
  #firstFraction: { line: number; value: string } | null = null;

  constructor(column: string, use: ColumnUse, decimal: "." | ",", tally: KindTally) {
    this.#column = column;
    this.#use = use;
    this.#tally = tally;
    this.#mark = decimal;
    this.#number = [...use.types].some((type) => NUMBERS.has(type));
    const [own, other] = decimal === "." ? ["\\.", ","] : [",", "\\."];
    // 1.234,50 and 12,5 say their mark; 1.234 does not
    this.#other = new RegExp(`(?:${own}\\d{3}${other}\\d|^[^.,]*\\d${other}(?:\\d{1,2}|\\d{4,})(?:\\D|$))`);
    this.#doubtful = new RegExp(`^\\D{0,4}\\d{1,3}${own}\\d{3}\\D{0,4}$`);
  }

  /** `ascii`: nothing but ASCII is in the batch. */
  add(text: string, line: number, ascii: boolean): void {
    const value = text.trim();
    if (value.length <= LONGEST_NOTHING && !this.#use.translated && NOTHING.has(value.toLowerCase())) {
      this.#warn("TEXT_LOOKS_NULL", line, value, "looks like a word for nothing, and is loaded as it is");
    }
    if (this.#use.key && ODD_SPACE.test(value)) {
      this.#warn("KEY_SPACES", line, value, "has no-break or several spaces, which look like one");
    }
    if (value.startsWith(";") && this.#use.types.has("multipicklist")) {
      this.#warn(
        "LIST_APPENDS",
        line,
        value,
        "begins with ; and is added to the values that the record has, where the target holds a list",
      );
    }
    if (!ascii) {
      if (isMojibake(value)) this.#warn("TEXT_MOJIBAKE", line, value, "looks like UTF-8 that was read as Windows-1252");
      if (value.includes("\ufffd")) {
        this.#warn("TEXT_REPLACED", line, value, "has characters that were lost when the file was made");
      }
    }
    if (this.#number) this.#addNumber(value, line);
  }

  /** Findings that only the whole column tells. */
  finish(): void {
    if (this.#certain > 0 && this.#doubtCount > 0) {
      const other = this.#mark === "." ? "," : ".";
      const reason = `may mean thousands: other values are written with "${other}" as decimal mark`;
      const more = this.#doubtCount - this.#doubts.length;
      this.#doubts.forEach(({ line, value }, index) => {
        this.#warn("NUMBER_MARK_DOUBTFUL", line, value, reason, index === 0 ? 1 + more : 1);
      });
    }
    if (this.#signs > 0 && this.#firstFraction !== null) {
      const { line, value } = this.#firstFraction;
      const reason = "may mean hundred times as much: other values have a percent sign (see format: fraction)";
      this.#warn("PERCENT_MIXED", line, value, reason, this.#fractions);
    }
  }

  #addNumber(value: string, line: number): void {
    if (this.#other.test(value)) this.#certain++;
    else if (this.#doubtful.test(value)) {
      this.#doubtCount++;
      if (this.#doubts.length < 5) this.#doubts.push({ line, value });
    }
    if (!this.#use.types.has("percent")) return;
    if (value.endsWith("%")) this.#signs++;
    else if (/^0?[.,]\d+$/.test(value)) {
      this.#fractions++;
      this.#firstFraction ??= { line, value };
    }
  }

  #warn(code: string, line: number, value: string, reason: string, times = 1): void {
    this.#tally.add("warning", code, this.#column, line, value, reason, times);
  }
}
