/** What a mapping makes of the records of a whole file, without a target: who would be loaded, and what would be refused and why. */
import { StoppedError } from "../errors.ts";
import type { BoundMapping, CompiledMapping, MapWarning } from "../mapping/compiled.ts";
import { type Kind, KindTally } from "../mapping/profile-kinds.ts";
import { hash53 } from "../mapping/profile-sketch.ts";
import type { ObjectMapping } from "../mapping/types.ts";
import type { RecordBatch } from "../record.ts";
import { CopyWriter } from "../store/copy-writer.ts";
import { compileStage } from "./compile-stage.ts";
import { HashSet } from "./hash-set.ts";
import type { Session } from "./session.ts";

export interface MappingProfile {
  readonly mapping: string;
  readonly object: string;
  /** The records read, and what becomes of them; references and owners are not looked up. */
  readonly records: number;
  readonly loads: number;
  readonly filtered: number;
  readonly merged: number;
  readonly rejected: number;
  /** False: there were more keys than are remembered; later duplicates are not among the rejected. */
  readonly duplicatesComplete: boolean;
  readonly kinds: readonly Kind[];
}

/** Keys that are remembered: 16 bytes each. */
const KEYS = 1 << 22;
const ROWS = 1000;

/** Owners are another check's: here they are texts. */
function withoutOwners(mapping: ObjectMapping): ObjectMapping {
  return {
    ...mapping,
    fields: mapping.fields.map((field) =>
      field.owner
        ? {
            ...field,
            owner: false,
            type: "text",
            picklist: null,
            model: field.model === null ? null : { ...field.model, type: "text", columnType: "text", options: null },
          }
        : field,
    ),
  };
}

export class MappingScan {
  readonly mapping: ObjectMapping;
  readonly compiled: CompiledMapping;
  readonly #tally = new KindTally();
  readonly #out = new CopyWriter(1 << 16);
  readonly #keys = new HashSet(1 << 10, KEYS);
  readonly #hash = Buffer.alloc(16);
  #columns: readonly string[] | null = null;
  #bound: BoundMapping | null = null;
  #keysComplete = true;
  #records = 0;
  #filtered = 0;
  #merged = 0;
  #rejected = 0;

  constructor(session: Session, mapping: ObjectMapping) {
    this.mapping = mapping;
    this.compiled = compileStage(session, withoutOwners(mapping), { resolve: (text) => text });
  }

  add(batch: RecordBatch): void {
    if (this.#columns === null || this.#columns.join("\0") !== batch.columns.join("\0")) {
      this.#columns = batch.columns;
      this.#bound = this.compiled.bind(batch.columns);
    }
    for (const { line, code, field, cells, reason } of batch.bad) {
      this.#records++;
      this.#rejected++;
      this.#tally.add("error", code, field, line, cells.join(" | "), reason);
    }
    const warnings: MapWarning[] = [];
    for (let record = 0; record < batch.size; record++) {
      this.#one(batch, record, warnings);
      for (const { code, field, line, value, reason } of warnings.splice(0)) {
        this.#tally.add("warning", code, field, line, value, reason);
      }
    }
  }

  #one(batch: RecordBatch, record: number, warnings: MapWarning[]): void {
    const bound = this.#bound!;
    this.#records++;
    const key = bound.key(batch, record);
    const outcome = this.#outcome(bound, batch, record, key, warnings);
    if (this.#out.rows >= ROWS) this.#out.reset();
    const line = batch.lines[record]!;
    if (outcome.kind === "filtered") this.#filtered++;
    else if (outcome.kind === "merged") this.#merged++;
    else if (key !== null && this.#isRepeated(key)) {
      if (this.mapping.duplicates !== "reject") {
        this.#merged++;
        return;
      }
      this.#rejected++;
      this.#tally.add("error", "DUPLICATE_KEY", null, line, key, "another record before it has the same key");
    } else if (outcome.kind === "rejected") {
      this.#rejected++;
      for (const { code, field, value, reason } of outcome.problems) {
        this.#tally.add("error", code, field, line, value, reason);
      }
    }
  }

  /** What stops a run is one problem more here. */
  #outcome(bound: BoundMapping, batch: RecordBatch, record: number, key: string | null, warnings: MapWarning[]) {
    try {
      return bound.map(batch, record, key, this.#out, warnings);
    } catch (error) {
      if (!(error instanceof StoppedError)) throw error;
      warnings.length = 0;
      return bound.explain(batch, record).outcome;
    }
  }

  #isRepeated(key: string): boolean {
    const [a, b] = [hash53(key), hash53(`\u0001${key}`)];
    this.#hash.writeDoubleLE(a + 1, 0);
    this.#hash.writeDoubleLE(b + 1, 8);
    if (this.#keys.has(this.#hash, 0)) return true;
    if (!this.#keys.add(this.#hash, 0)) this.#keysComplete = false;
    return false;
  }

  result(): MappingProfile {
    return {
      mapping: this.mapping.id,
      object: this.mapping.object,
      records: this.#records,
      loads: this.#records - this.#filtered - this.#merged - this.#rejected,
      filtered: this.#filtered,
      merged: this.#merged,
      rejected: this.#rejected,
      duplicatesComplete: this.#keysComplete,
      kinds: this.#tally.kinds(),
    };
  }
}
