/** What is at stake with a value that the source holds: how often it is used, when last, and the open amounts behind it. */
import { DecimalSum, parseDecimal } from "../decimal.ts";
import { compileField, type FieldEvaluator } from "../mapping/compile-field.ts";
import type { CompileOptions } from "../mapping/compiled.ts";
import { picklistResolver } from "../mapping/picklists.ts";
import type { FieldMapping, ObjectMapping } from "../mapping/types.ts";
import { isFailure, isKept } from "../mapping/values-types.ts";
import type { SourceSchema } from "../schema.ts";

/** One value's use, over the records that are in scope. */
export class Use {
  count = 0;
  /** The latest modification (or creation) of a record with it, as mapped; null: not known. */
  last: string | null = null;
  /** Open amounts by currency code, "" where there is none. */
  readonly #open = new Map<string, DecimalSum>();

  add(record: RecordUse): void {
    this.count++;
    if (record.last !== null && (this.last === null || record.last > this.last)) this.last = record.last;
    if (record.amount !== null) this.#add(record.currency, record.amount);
  }

  /** Takes over what another one counted. */
  join(other: Use): void {
    this.count += other.count;
    if (other.last !== null && (this.last === null || other.last > this.last)) this.last = other.last;
    for (const [currency, sum] of other.#open) this.#add(currency, sum.toString());
  }

  #add(currency: string, amount: string): void {
    const value = parseDecimal(amount);
    if (value === null) return;
    const sum = this.#open.get(currency) ?? new DecimalSum();
    this.#open.set(currency, sum.add(value));
  }

  /** As plans keep it; what is not known is left out. */
  figures(): { readonly lastUse?: string; readonly openAmounts?: readonly OpenAmount[] } {
    const amounts = [...this.#open]
      .map(([currency, sum]) => ({ currency: currency === "" ? null : currency, amount: sum.toString() }))
      .sort((a, b) => ((a.currency ?? "") < (b.currency ?? "") ? -1 : 1));
    return {
      ...(this.last === null ? {} : { lastUse: isoText(this.last) }),
      ...(amounts.length === 0 ? {} : { openAmounts: amounts }),
    };
  }
}

/** `2024-03-01 10:00:00+00`, as mappings write times, as ISO. */
const isoText = (text: string): string => text.replace(" ", "T").replace(/\+00(:?00)?$/, "Z");

export interface OpenAmount {
  readonly currency: string | null;
  /** Decimal text, exact. */
  readonly amount: string;
}

/** What a record adds to the values that it holds. */
export interface RecordUse {
  readonly last: string | null;
  readonly currency: string;
  /** null: no amount, or the record is closed. */
  readonly amount: string | null;
}

type Cell = (column: string) => string | null;

const STAMPS = ["updated_at", "created_at"];
/** Stages of the target where nothing is open any more. */
const CLOSED = /(^|[_ ])(closed|won|lost)([_ ]|$)/i;

const NOTHING: RecordUse = { last: null, currency: "", amount: null };

/** Reads what is at stake from records of a mapping. */
export interface UseReader {
  /** Fields of the mapping that it needs. */
  readonly fields: readonly FieldMapping[];
  read(cell: Cell): RecordUse;
}

function text(evaluator: FieldEvaluator, cell: Cell): string | null {
  const result = evaluator.evaluate(evaluator.read(cell));
  if (result === null || isFailure(result)) return null;
  return isKept(result) ? result.text : result;
}

/** Of which records the amount is at stake: by what the source says of the stage, else by the name of the target's. */
function openStages(
  field: FieldMapping,
  evaluator: FieldEvaluator,
  sources: readonly string[],
  schema: SourceSchema,
): (cell: Cell) => boolean {
  const columns = field.input.kind === "from" ? field.input.columns : [];
  const told = new Map<string, boolean>();
  for (const object of schema.objects.filter(({ name }) => sources.includes(name))) {
    for (const { name, options = [] } of object.fields) {
      if (!columns.includes(name)) continue;
      for (const { value, stage } of options)
        if (stage !== undefined && stage.isClosed !== null) told.set(value, stage.isClosed);
    }
  }
  const resolve = picklistResolver(field.picklist, field.model?.options ?? null);
  const known = new Map<string, boolean>();
  return (cell) => {
    const raw = evaluator.read(cell);
    if (raw === null) return true;
    let open = known.get(raw);
    if (open === undefined) {
      const found = resolve(raw);
      const closed = told.get(raw) ?? CLOSED.test(found.kind === "value" ? found.value : raw);
      open = !closed;
      known.set(raw, open);
    }
    return open;
  };
}

/** Null where the mapping has neither times nor amounts with a stage. */
export function useReader(mapping: ObjectMapping, options: CompileOptions, schema: SourceSchema): UseReader | null {
  const find = (test: (field: FieldMapping) => boolean): FieldMapping | undefined =>
    mapping.fields.find((field) => !field.custom && field.input.kind === "from" && test(field));
  const stamps = STAMPS.flatMap((name) => find(({ target }) => target === name) ?? []);
  const amount = find(({ target, type }) => target === "amount" && type === "currency");
  const stage = find(({ target, picklist, type }) => target === "stage" && (picklist !== null || type === "picklist"));
  const currency = find(({ target }) => target === (amount?.model?.currencyField ?? "currency"));
  const money = amount !== undefined && stage !== undefined;
  if (stamps.length === 0 && !money) return null;
  const clocks = stamps.map((field) => compileField(field, options));
  const amounts = money ? compileField(amount, options) : null;
  const codes = money && currency !== undefined ? compileField(currency, options) : null;
  const isOpen = money ? openStages(stage, compileField(stage, options), mapping.sources, schema) : null;
  return {
    fields: [...stamps, ...(money ? [amount, stage] : []), ...(money && currency !== undefined ? [currency] : [])],
    read(cell) {
      let last: string | null = null;
      for (const clock of clocks) {
        const at = text(clock, cell);
        if (at !== null && (last === null || at > last)) last = at;
      }
      if (amounts === null || isOpen?.(cell) !== true) return last === null ? NOTHING : { ...NOTHING, last };
      const value = text(amounts, cell);
      return { last, currency: codes === null ? "" : (text(codes, cell) ?? ""), amount: value };
    },
  };
}
