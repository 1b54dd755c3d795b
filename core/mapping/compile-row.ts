/** A mapping bound to a batch's layout: the hot loop from cells to COPY rows. */
import { hasOddSpaces, keyText } from "../key-text.ts";
import { cellText, type RecordBatch } from "../record.ts";
import type { CopyWriter } from "../store/copy-writer.ts";
import { currencyConflict } from "./agree.ts";
import type { BlankTest } from "./compile-blank.ts";
import { customJson } from "./compile-custom.ts";
import { encodeFast, type FastFormats, isPlainKey } from "./compile-fast.ts";
import { oddSpaces } from "./compile-field.ts";
import { Findings, type RequiredGroup } from "./compile-findings.ts";
import { contentKey, type KeyPart } from "./compile-key.ts";
import type { LinkCells } from "./compile-links.ts";
import type { Slot } from "./compile-slots.ts";
import type { BoundMapping, ExplainedField, ExplainedRecord, MapOutcome, MapWarning } from "./compiled.ts";
import { encodeCanonical } from "./encode.ts";
import { HASH_BYTES, writeRowHash } from "./hash.ts";
import type { ObjectMapping } from "./types.ts";

const STAGED: MapOutcome = { kind: "staged" };
const FILTERED: MapOutcome = { kind: "filtered" };
const NO_ALIASES: readonly string[] = [];

/** What does not change between records. */
export interface RowPlan extends FastFormats {
  readonly mapping: ObjectMapping;
  readonly blank: BlankTest;
  /** The layout's part of every hash, see hash.ts; null: rows are not hashed. */
  readonly seed: Buffer | null;
  /** Fields of a staged row: line, key, hash, columns. */
  readonly fieldCount: number;
  /** The model's fields, in column order. */
  readonly slots: readonly Slot[];
  readonly customSlots: readonly Slot[];
  /** All of them in the order of the mapping. */
  readonly allSlots: readonly Slot[];
  readonly links: readonly LinkCells[];
  readonly keyColumns: readonly number[];
  /** What is done to each part of the key; null: nothing. */
  readonly keyPart: KeyPart | null;
  /** Names and places of the columns that a content key is made of; null: the key is no such key. */
  readonly content: readonly (readonly [name: string, at: number])[] | null;
  /** Of `aliases` and `mergedInto`; -1 without. */
  readonly aliasColumn: number;
  readonly mergedColumn: number;
  readonly groups: readonly RequiredGroup[];
  readonly indexOf: (column: string) => number;
}

export class RowMapper implements BoundMapping {
  rowStart = 0;
  hashStart = 0;
  readonly #plan: RowPlan;
  readonly #slots: readonly Slot[];
  readonly #present: Uint8Array;
  readonly #findings: Findings;
  /** Currency codes that several amounts must agree on. */
  readonly #agreeing: readonly Slot[];
  /** Text of a cell of the record at hand, null when blank. */
  readonly #cell: (column: string) => string | null;
  #batch: RecordBatch | null = null;
  #record = 0;

  constructor(plan: RowPlan) {
    this.#plan = plan;
    this.#slots = plan.slots;
    this.#present = new Uint8Array(plan.slots.length);
    this.#findings = new Findings(plan.mapping);
    this.#agreeing = plan.slots.filter((slot) => (slot.compiled.field.agree ?? []).length > 0);
    this.#cell = (column) => {
      const text = cellText(this.#batch!, this.#record, plan.indexOf(column));
      return plan.blank.text(text) ? null : text;
    };
  }

  key(batch: RecordBatch, record: number): string | null {
    const { keyColumns, keyPart, content, blank } = this.#plan;
    if (content !== null) return contentKey(batch, record, content, blank);
    if (keyColumns.length === 1 && keyPart === null) {
      const at = record * batch.columns.length + keyColumns[0]!;
      const start = batch.starts[at]!;
      const end = batch.ends[at]!;
      const { data } = batch;
      if (start < 0 || start === end || blank.bytes(data, start, end)) return null;
      const text = batch.ascii ? data.latin1Slice(start, end) : data.utf8Slice(start, end);
      return isPlainKey(data, start, end) ? text : keyText(text);
    }
    let key = "";
    for (let i = 0; i < keyColumns.length; i++) {
      const text = cellText(batch, record, keyColumns[i]!);
      const part = blank.text(text) ? null : keyPart === null ? keyText(text!) : keyPart(text!);
      if (part === null) return null;
      if (keyColumns.length === 1) return part;
      key += (i === 0 ? "" : "|") + part.replace(/[\\|]/g, "\\$&");
    }
    return key;
  }

  map(batch: RecordBatch, record: number, key: string | null, out: CopyWriter, warnings: MapWarning[]): MapOutcome {
    const { filter } = this.#plan.mapping;
    const findings = this.#findings;
    this.#batch = batch;
    this.#record = record;
    const into = key === null ? null : this.#mergedInto(batch, record);
    if (into !== null) return { kind: "merged", into, inScope: filter === null || filter.test(this.#cell) };
    findings.begin(batch.lines[record]!, key, warnings);
    if (filter !== null && !filter.test(this.#cell)) return FILTERED;
    const rowStart = out.length;
    const { rows } = out;
    const warned = warnings.length;
    try {
      if (key === null) findings.keyMissing();
      else {
        if (key.includes(" ") && this.#plan.keyPart === null) this.#checkKey(key);
        this.#row(key, out);
      }
    } catch (error) {
      out.length = rowStart;
      out.rows = rows;
      throw error;
    }
    if (findings.problems !== null) {
      out.length = rowStart;
      out.rows = rows;
      warnings.length = warned;
      return { kind: "rejected", problems: findings.problems };
    }
    this.rowStart = rowStart;
    return STAGED;
  }

  /** Tells where the key is not quite what the source says. */
  #checkKey(key: string): void {
    for (const column of this.#plan.keyColumns) {
      const text = cellText(this.#batch!, this.#record, column) ?? "";
      if (hasOddSpaces(text.trim())) this.#findings.warn(null, text, oddSpaces(key));
    }
  }

  /** The record that this one was merged into; null: it is one of its own. */
  #mergedInto(batch: RecordBatch, record: number): string | null {
    const { mergedColumn, blank } = this.#plan;
    if (mergedColumn < 0) return null;
    const text = cellText(batch, record, mergedColumn);
    return blank.text(text) ? null : keyText(text!);
  }

  aliases(batch: RecordBatch, record: number, key: string): readonly string[] {
    const { aliasColumn, blank, mapping } = this.#plan;
    if (aliasColumn < 0) return NO_ALIASES;
    const text = cellText(batch, record, aliasColumn);
    if (blank.text(text)) return NO_ALIASES;
    const ids = text!.split(mapping.aliases!.separator).map(keyText);
    return [...new Set(ids)].filter((id) => id !== "" && id !== key);
  }

  explain(batch: RecordBatch, record: number): ExplainedRecord {
    const plan = this.#plan;
    const findings = this.#findings;
    const key = this.key(batch, record);
    this.#batch = batch;
    this.#record = record;
    findings.begin(batch.lines[record]!, key, []);
    const into = key === null ? null : this.#mergedInto(batch, record);
    const filtered = plan.mapping.filter !== null && !plan.mapping.filter.test(this.#cell);
    if (key === null) findings.keyMissing();
    this.#present.fill(0);
    const fields = plan.allSlots.map((slot): ExplainedField => {
      const source = slot.evaluator.read(this.#cell);
      const value = findings.settle(slot.compiled, source, slot.evaluator.evaluate(source), false);
      const at = plan.slots.indexOf(slot);
      if (at >= 0 && value !== null) this.#present[at] = 1;
      return { field: slot.compiled.field, source, value };
    });
    findings.checkGroups(plan.groups, this.#present);
    this.#checkCurrencies();
    const { problems } = findings;
    const outcome: MapOutcome =
      into !== null
        ? { kind: "merged", into, inScope: !filtered }
        : filtered
          ? FILTERED
          : problems === null
            ? STAGED
            : { kind: "rejected", problems };
    return { key: key ?? "", outcome, fields };
  }

  /** Writes the whole row; when problems turn up it is complete all the same, and the caller takes it back. */
  #row(key: string, out: CopyWriter): void {
    const { fieldCount, seed, customSlots, links, groups } = this.#plan;
    const slots = this.#slots;
    const present = this.#present;
    const batch = this.#batch!;
    out.row(fieldCount);
    out.int8(batch.lines[this.#record]!);
    const hashFrom = out.length;
    out.text(key);
    // the seed is hashed with the rest, then makes room for the hash
    if (seed === null) out.null();
    else out.uuid(seed);
    const hashStart = out.length - HASH_BYTES;
    const base = this.#record * batch.columns.length;
    for (let i = 0; i < slots.length; i++) present[i] = this.#field(slots[i]!, base, out) ? 1 : 0;
    if (customSlots.length > 0) this.#custom(out);
    for (let i = 0; i < links.length; i++) links[i]!.encode(out, this.#cell);
    if (groups.length > 0) this.#findings.checkGroups(groups, present);
    this.#checkCurrencies();
    if (this.#findings.problems !== null) return;
    if (seed === null) return;
    this.#hash(out, hashFrom, hashStart);
    this.hashStart = hashStart;
  }

  /** Other ids are no part of the row, but a record that has new ones is not what it was. */
  #hash(out: CopyWriter, from: number, at: number): void {
    const end = out.length;
    const { aliasColumn, blank } = this.#plan;
    if (aliasColumn >= 0) {
      const text = cellText(this.#batch!, this.#record, aliasColumn);
      if (!blank.text(text)) out.text(text!);
    }
    writeRowHash(out, from, at);
    out.length = end;
  }

  #checkCurrencies(): void {
    for (let i = 0; i < this.#agreeing.length; i++) {
      const { evaluator, compiled } = this.#agreeing[i]!;
      const own = evaluator.evaluate(evaluator.read(this.#cell));
      if (typeof own !== "string" && own !== null) continue;
      const conflict = currencyConflict(compiled.field, own, this.#cell);
      if (conflict !== null) this.#findings.add(conflict);
    }
  }

  /** Writes one field; true when it has a value. */
  #field(slot: Slot, base: number, out: CopyWriter): boolean {
    if (slot.constant !== null) {
      out.raw(slot.constant, 0, slot.constant.length);
      return true;
    }
    if (slot.column < 0) return this.#settled(slot, slot.evaluator.read(this.#cell), out);
    const batch = this.#batch!;
    const { data, starts, ends } = batch;
    const { blank } = this.#plan;
    let start = starts[base + slot.column]!;
    let end = ends[base + slot.column]!;
    for (let i = 0; start < 0 || start === end || blank.bytes(data, start, end); i++) {
      if (i === slot.others.length) {
        if (slot.fillsBlanks) return this.#settled(slot, null, out);
        if (slot.required) this.#findings.require(slot.compiled, null);
        out.null();
        return false;
      }
      start = starts[base + slot.others[i]!]!;
      end = ends[base + slot.others[i]!]!;
    }
    if (encodeFast(slot, data, start, end, out, this.#plan)) return true;
    const { cache } = slot;
    if (cache?.copy(out, data, start, end) === true) return true;
    const text = batch.ascii ? data.latin1Slice(start, end) : data.utf8Slice(start, end);
    const before = out.length;
    const clean = this.#settled(slot, text, out);
    if (clean && cache !== null && slot.clean) cache.keep(data, start, end, out.buffer, before, out.length);
    return clean;
  }

  #settled(slot: Slot, source: string | null, out: CopyWriter): boolean {
    const result = slot.evaluator.evaluate(source);
    slot.clean = typeof result === "string";
    const text = this.#findings.settle(slot.compiled, source, result, true);
    if (text === null) out.null();
    else encodeCanonical(out, slot.type, text);
    return text !== null;
  }

  #custom(out: CopyWriter): void {
    const json = customJson(this.#plan.customSlots, (slot) => {
      const source = slot.evaluator.read(this.#cell);
      return this.#findings.settle(slot.compiled, source, slot.evaluator.evaluate(source), true);
    });
    if (json === null) out.null();
    else out.jsonb(json);
  }
}
