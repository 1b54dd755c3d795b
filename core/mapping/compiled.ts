/** What `compile` makes of an ObjectMapping: a pure function from record to staged row. */
import type { RecordBatch } from "../record.ts";
import type { CopyWriter } from "../store/copy-writer.ts";
import type { FieldMapping, ObjectMapping } from "./types.ts";

/** Binary COPY type of a staging column. Everything else travels as text and is cast by the merge statement. */
export type StageType = "text" | "int8" | "numeric" | "bool" | "date" | "timestamptz" | "jsonb" | "text[]" | "uuid";

export interface StageColumn {
  /** Column name in the staging table: `f0`, `f1`... */
  readonly name: string;
  readonly type: StageType;
  /**
   * value: goes into `target` as it is. lookup: holds the referenced source id (or the `by` value), resolved in SQL.
   * custom: one jsonb object for all custom fields. typed: a lookup's field that names the object is filled by SQL.
   * association / label: the values of `mapping.associations[index]` (text[] each, aligned).
   */
  readonly role: "value" | "lookup" | "custom" | "association" | "label";
  /** Target field's name; "" for custom, association and label. */
  readonly target: string;
  readonly field: FieldMapping | null;
  /** Associations: index into `mapping.associations`. */
  readonly index: number;
  /** A null in staging means "nothing said": an update keeps what the target has. */
  readonly keepOnNull: boolean;
}

export interface RecordProblem {
  readonly code: string;
  /** Target field, or null for the whole record. */
  readonly field: string | null;
  /** The source value, as text. */
  readonly value: string | null;
  readonly reason: string;
}

/** Why a record was not staged, or null when it was (warnings may still have been added). */
export type MapOutcome =
  | { readonly kind: "staged" }
  | { readonly kind: "filtered" }
  /** Merged into another record: the id of that one, and whether the filter lets this one through. */
  | { readonly kind: "merged"; readonly into: string; readonly inScope: boolean }
  | { readonly kind: "rejected"; readonly problems: readonly RecordProblem[] };

export interface MapWarning extends RecordProblem {
  readonly line: number;
  readonly key: string;
}

/** One field of one record, explained for spot checks and dry looks; texts are canonical (see values.ts). */
export interface ExplainedField {
  readonly field: FieldMapping;
  readonly source: string | null;
  /** Canonical text of the value to be written; for lookups the referenced key; null for null or nothing said. */
  readonly value: string | null;
}

export interface ExplainedRecord {
  readonly key: string;
  readonly outcome: MapOutcome;
  readonly fields: readonly ExplainedField[];
}

/** Resolves owner texts to target user ids; filled by the engine before a batch is mapped. */
export interface OwnerResolver {
  /** Target user id as text; null: declared null; a problem otherwise. */
  resolve(text: string): string | null | { readonly code: string; readonly reason: string };
}

export interface CompileOptions {
  readonly timezone: string;
  readonly dates: "dmy" | "mdy" | "ymd" | "auto";
  /** Orders that the values of a field's column decided, by target field (`custom.x` for custom ones); `dates` for all others. */
  readonly dateOrders?: ReadonlyMap<string, "dmy" | "mdy" | "ymd">;
  readonly decimal: "." | ",";
  readonly nulls: readonly string[];
  /** From the connector's capabilities. */
  readonly blankMeansNothing: boolean;
  readonly owners: OwnerResolver;
  /** Type of the target's user id column ("bigint", "uuid", ...). */
  readonly ownerIdType: string;
  /**
   * The model object's `requireAny`, and names of further fields that must have a value. Both are about records that may be
   * inserted: they do not apply to `mode: update` where a blank keeps what the target has.
   */
  readonly requireAny?: readonly (readonly string[])[];
  readonly required?: readonly string[];
}

export interface CompiledMapping {
  readonly mapping: ObjectMapping;
  /** Source columns that are read, in the order the compiled functions expect. */
  readonly reads: readonly string[];
  /** Staging columns after `line int8, key text, hash uuid`. */
  readonly columns: readonly StageColumn[];
  /**
   * Binds to a batch layout (its columns). The mapper is then called once per record, in order. `hashed: false`: staged rows
   * have no hash (null). Throws ConfigError SOURCE_COLUMN_MISSING when a column of `reads` is absent.
   */
  bind(columns: readonly string[], hashed?: boolean): BoundMapping;
}

export interface BoundMapping {
  /** The record's key, without outer white space (several parts joined by `|`, `\` and `|` escaped by `\`); null when a part is blank. */
  key(batch: RecordBatch, record: number): string | null;
  /**
   * Offsets in `out.buffer` of the row last staged: its first byte (the field count), and the 16 bytes of its hash. Valid
   * until the writer is reset; the row ends at `out.length`. To take the row back: `out.length = rowStart; out.rows--`.
   * The hash covers the key, the columns and what the columns mean (targets, types, policies), not the line.
   */
  readonly rowStart: number;
  readonly hashStart: number;
  /**
   * Maps one record; where `mergedInto` is not blank, nothing but that is looked at. A null key is a reject (KEY_MISSING) unless the filter leaves the record out. When staged, exactly one complete row (line, key, hash, columns) was appended to `out`;
   * otherwise `out` is as before. `warnings` get what was nulled or kept by policy (onError: null, unmapped: null...).
   * Throws StoppedError for `onError: stop` and unmapped `stop`.
   */
  map(batch: RecordBatch, record: number, key: string | null, out: CopyWriter, warnings: MapWarning[]): MapOutcome;
  /** The record's other ids, without its own; empty where the mapping names none. */
  aliases(batch: RecordBatch, record: number, key: string): readonly string[];
  /** The same, explained field by field as text; slower. */
  explain(batch: RecordBatch, record: number): ExplainedRecord;
}
