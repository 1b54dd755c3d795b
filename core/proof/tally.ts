/** One mapping's side of the second reading: counts and sums of what the source holds now. */

import { StoppedError } from "../errors.ts";
import type { BoundMapping, CompiledMapping, ExplainedRecord, MapOutcome } from "../mapping/compiled.ts";
import type { RecordBatch } from "../record.ts";
import { CopyWriter } from "../store/copy-writer.ts";
import { CopyRow } from "./copy-row.ts";
import { type Decimal, parseDecimal } from "./decimal.ts";
import { type KeyState, type ProofTables, SEEN } from "./proof-tables.ts";
import type { EditedReject } from "./retried.ts";
import type { NumberField, ProofShape } from "./shape.ts";
import type { OddRecords } from "./spot-strata.ts";
import type { StagedRows } from "./staged.ts";
import { FieldSums } from "./sums.ts";

const OUT_BYTES = 1 << 20;
/** Records that are mapped before the database is heard. */
const RECORDS_AT_ONCE = 64;
const NO_REFS: readonly string[] = [];

export class MappingTally {
  readonly compiled: CompiledMapping;
  readonly shape: ProofShape;
  readonly origin: number;
  readonly sums: readonly FieldSums[];
  /** Records read, bad ones included. */
  read = 0;
  /** Takes the rows of the records that were loaded; null: they are not compared. */
  staged: StagedRows | null = null;
  /** Looks at them for what stands out; null: nobody asks. */
  odd: OddRecords | null = null;
  /** Rejects that were loaded from edited files, by the key that the source has; each is met once. */
  edited: Map<string, EditedReject> = new Map();
  /** `duplicates: combine`: lines that the runs rejected, of keys that were loaded. */
  rejectedLines: ReadonlyMap<string, ReadonlySet<number>> = new Map();
  readonly #sampled: boolean;
  readonly #out = new CopyWriter(OUT_BYTES + (1 << 18));
  readonly #row = new CopyRow();
  /** No value of the mapping brings letters that the record does not have. */
  readonly #plain: boolean;
  #columns: readonly string[] = [];
  #bound: BoundMapping | null = null;
  /** Keys with several occurrences of which some were loaded and some were not: occurrences met so far. */
  readonly #met = new Map<string, { loaded: number; excluded: number }>();

  constructor(compiled: CompiledMapping, shape: ProofShape, origin: number, sampled: boolean) {
    this.compiled = compiled;
    this.shape = shape;
    this.origin = origin;
    this.#sampled = sampled;
    this.#plain = !/[^\x00-\x7f]/.test(JSON.stringify(compiled.mapping));
    this.sums = shape.numbers.map(
      (number) => new FieldSums(number.field, number.currency !== null, shape.stage !== null),
    );
  }

  /** Takes every record of a batch; the batch may be reused afterwards. */
  async take(batch: RecordBatch, tables: ProofTables): Promise<void> {
    const bound = this.#bind(batch.columns);
    this.read += batch.size + batch.bad.length;
    const keys: (string | null)[] = [];
    for (let record = 0; record < batch.size; record++) keys.push(bound.key(batch, record));
    const states = await tables.states(this.origin, keys);
    const shared = await tables.shared(this.origin, keys);
    for (let record = 0; record < batch.size; record++) {
      const key = keys[record]!;
      const state = key === null ? undefined : states.get(key);
      if (this.#sampled && key !== null && state === undefined) continue;
      this.#record(bound, batch, record, key, state, key !== null && shared.has(key), tables);
      if (record % RECORDS_AT_ONCE === 0) {
        this.staged?.flush();
        tables.flush(false);
        await tables.background.room();
      }
    }
  }

  #bind(columns: readonly string[]): BoundMapping {
    if (this.#bound === null || columns !== this.#columns) {
      this.#bound = this.compiled.bind(columns, false);
      this.#columns = columns;
    }
    return this.#bound;
  }

  #record(
    bound: BoundMapping,
    batch: RecordBatch,
    record: number,
    key: string | null,
    state: KeyState | undefined,
    shared: boolean,
    tables: ProofTables,
  ): void {
    const out = this.staged?.out ?? this.#out;
    if (this.staged === null && out.length > OUT_BYTES) out.reset();
    const before = out.length;
    const edited = key === null ? undefined : this.edited.get(key);
    if (edited !== undefined) {
      this.#editedReject(bound, batch, record, key!, edited, tables);
      return;
    }
    const outcome: MapOutcome | null = key === null ? null : mapped(() => bound.map(batch, record, key, out, []));
    if (outcome?.kind === "merged") {
      tables.addSeen(this.origin, SEEN.excluded, key!, NO_REFS);
      return;
    }
    if (outcome?.kind === "filtered") {
      tables.addSeen(this.origin, SEEN.filtered, key!, NO_REFS);
      return;
    }
    if (outcome?.kind === "staged") {
      if (state !== undefined && state.filtered > 0 && state.loaded + state.excluded === 0) {
        // in scope by the filter, left out by the run: sample, or mode update without a target record
        tables.addSeen(this.origin, SEEN.filtered, key!, NO_REFS);
        takeBack(out, before);
        return;
      }
      const excluded = this.#excluded(key!, state, false);
      this.#row.locate(out.buffer, before);
      this.#addStaged(excluded || shared);
      const refs = this.staged === null ? this.shape.references.map(({ at }) => this.#row.text(at) ?? "") : NO_REFS;
      tables.addSeen(this.origin, excluded ? SEEN.excluded : SEEN.loaded, key!, refs);
      if (!excluded || this.#adds(key!, batch.lines[record]!)) this.#addLinks(key!, tables);
      if (excluded) takeBack(out, before);
      else this.odd?.add(this.#row, key!, batch.ascii && this.#plain);
      return;
    }
    // rejected by the mapping now: its numbers still belong to what the source holds
    const excluded = key === null || this.#excluded(key, state, true);
    if (this.shape.numbers.length > 0) {
      const explained = mapped(() => bound.explain(batch, record));
      if (explained?.outcome.kind === "filtered" || explained?.outcome.kind === "merged") return;
      if (explained !== null) this.#addExplained(explained, excluded || shared);
    }
    if (key !== null) tables.addSeen(this.origin, SEEN.rejected, key, NO_REFS);
  }

  /** The target holds it as somebody edited it: what the source says of it counts as excluded. */
  #editedReject(
    bound: BoundMapping,
    batch: RecordBatch,
    record: number,
    key: string,
    edited: EditedReject,
    tables: ProofTables,
  ): void {
    if (this.shape.numbers.length > 0) {
      const explained = mapped(() => bound.explain(batch, record));
      if (explained !== null && explained.outcome.kind !== "filtered") this.#addExplained(explained, true);
    }
    this.edited.delete(key);
    tables.addSeen(this.origin, edited.loaded ? SEEN.loaded : SEEN.rejected, edited.key, NO_REFS);
  }

  /** Whether a further row of a record adds its links to it. */
  #adds(key: string, line: number): boolean {
    return this.compiled.mapping.duplicates === "combine" && this.rejectedLines.get(key)?.has(line) !== true;
  }

  /** Whether this occurrence of the key is one that the run rejected or merged. */
  #excluded(key: string, state: KeyState | undefined, rejectedNow: boolean): boolean {
    if (state === undefined || state.excluded === 0) return false;
    if (state.loaded === 0) return true;
    let met = this.#met.get(key);
    if (met === undefined) {
      met = { loaded: 0, excluded: 0 };
      this.#met.set(key, met);
    }
    const early = this.compiled.mapping.duplicates === "last";
    const left = met.excluded < state.excluded;
    const excluded = left && (rejectedNow || early || met.loaded >= state.loaded);
    if (excluded) met.excluded++;
    else met.loaded++;
    return excluded;
  }

  #addLinks(key: string, tables: ProofTables): void {
    for (const link of this.shape.links) {
      const labels = link.labels === null ? [] : this.#row.texts(link.labels);
      for (const [at, reference] of this.#row.texts(link.keys).entries()) {
        if (reference !== "") tables.addLink(this.origin, link.index, key, reference, labels[at] ?? "");
      }
    }
  }

  #addStaged(excluded: boolean): void {
    const { numbers, stage } = this.shape;
    if (numbers.length === 0) return;
    const row = this.#row;
    const at = stage === null ? null : row.text(stage.at);
    numbers.forEach((number, index) => {
      const value = stagedNumber(row, number);
      if (value === null) return;
      const currency = number.currency === null ? null : row.text(number.currency.at);
      this.sums[index]!.addSource(value, currency, at, excluded);
    });
  }

  #addExplained(record: ExplainedRecord, excluded: boolean): void {
    const value = (target: string, custom: boolean): string | null =>
      record.fields.find(({ field }) => field.target === target && field.custom === custom)?.value ?? null;
    const stage = this.shape.stage === null ? null : value(this.shape.stage.field, false);
    this.shape.numbers.forEach((number, index) => {
      const text = value(number.field, number.custom !== null);
      const decimal = text === null ? null : parseDecimal(text);
      if (decimal === null) return;
      const currency = number.currency === null ? null : value(number.currency.field, false);
      this.sums[index]!.addSource(decimal, currency, stage, excluded);
    });
  }
}

/** Takes back the row that was staged last. */
function takeBack(out: CopyWriter, before: number): void {
  out.length = before;
  out.rows--;
}

/** null where the mapping says `stop`: the record is not staged, and the proof goes on. */
function mapped<T>(run: () => T): T | null {
  try {
    return run();
  } catch (error) {
    if (error instanceof StoppedError) return null;
    throw error;
  }
}

function stagedNumber(row: CopyRow, number: NumberField): Decimal | null {
  if (number.custom !== null) return customNumber(row.json(number.at), number.custom);
  if (number.type === "numeric") return row.numeric(number.at);
  if (number.type === "int8") return row.int8(number.at);
  const text = row.text(number.at);
  return text === null ? null : parseDecimal(text);
}

/** A number of a JSON object by its digits as they were written: `JSON.parse` alone would make a float of it. */
function customNumber(json: string | null, name: string): Decimal | null {
  if (json === null) return null;
  const found: { readonly holder: unknown; readonly text: string }[] = [];
  const reviver = function (this: unknown, key: string, value: unknown, context?: { source?: string }): unknown {
    const text = typeof value === "string" ? value : context?.source;
    if (key === name && text !== undefined) found.push({ holder: this, text });
    return value;
  };
  const root: unknown = JSON.parse(json, reviver as (this: unknown, key: string, value: unknown) => unknown);
  const own = found.find(({ holder }) => holder === root);
  return own === undefined ? null : parseDecimal(own.text);
}
