/** How the hot loop treats each field: its fast path, limits, constants. Made once per bound layout. */
import { CopyWriter } from "../store/copy-writer.ts";
import { EncodedCache } from "./compile-cache.ts";
import { keepsOnNull } from "./compile-columns.ts";
import { type CustomForm, customForm } from "./compile-custom.ts";
import { compileField, type FieldEvaluator, orderOfDates } from "./compile-field.ts";
import type { CompileOptions, StageColumn, StageType } from "./compiled.ts";
import { encodeCanonical } from "./encode.ts";
import { refersToKey } from "./inputs.ts";
import { isNamed } from "./named-lookup.ts";
import type { FieldMapping, ObjectMapping } from "./types.ts";
import { columnBase, lengthLimit, valueKind } from "./values.ts";

/** Fast paths. SLOW has none. */
export const FAST = {
  SLOW: 0,
  TEXT: 1,
  TRIMMED: 2,
  INT8: 3,
  INT_TEXT: 4,
  NUMERIC: 5,
  BOOL: 6,
  DATE: 7,
  TIMESTAMP: 8,
  EMAIL: 9,
  URL: 10,
  KEY: 11,
} as const;

/** A field as it was compiled, independent of a batch's layout. */
export interface CompiledField {
  readonly field: FieldMapping;
  readonly evaluator: FieldEvaluator;
  readonly type: StageType;
  readonly fast: number;
  /** TEXT...URL: characters at most. INT_TEXT: digits. NUMERIC: digits before the point. */
  readonly limit: number;
  readonly scale: number;
  readonly dates: CompileOptions["dates"];
  /** Must have a value. */
  readonly required: boolean;
  /** The whole encoded field, for constants. */
  readonly constant: Buffer | null;
  /** null: a field of the model. */
  readonly custom: CustomForm | null;
}

const NO_LIMIT = 0x3fffffff;

export function compileFields(
  mapping: ObjectMapping,
  columns: readonly StageColumn[],
  options: CompileOptions,
): CompiledField[] {
  const typeOf = new Map(
    columns.flatMap((column) => (column.field === null ? [] : [[column.field, column.type] as const])),
  );
  return mapping.fields.map((field) => {
    const evaluator = compileField(field, options, mapping.object);
    const type = typeOf.get(field) ?? "text";
    return {
      field,
      evaluator,
      type,
      ...fastPath(field, type),
      dates: orderOfDates(field, options),
      required: isRequired(field, mapping, options),
      constant: constantOf(field, evaluator, type),
      custom: field.custom ? customForm(field, options) : null,
    };
  });
}

/** A required field of a record that is only updated may be blank where a blank keeps what is there. */
function isRequired(field: FieldMapping, mapping: ObjectMapping, options: CompileOptions): boolean {
  if (field.required) return true;
  if (mapping.mode === "update" && keepsOnNull(field, options)) return false;
  return field.model?.required === true || options.required?.includes(field.target) === true;
}

function fastPath(field: FieldMapping, type: StageType): { fast: number; limit: number; scale: number } {
  const slow = { fast: FAST.SLOW, limit: NO_LIMIT, scale: 0 };
  if (field.custom || field.owner || field.values !== null || field.transform.length > 0) return slow;
  if (field.input.kind !== "from") return slow;
  if (isNamed(field.lookup)) return slow;
  if (field.lookup !== null) return { ...slow, fast: refersToKey(field.lookup) ? FAST.KEY : FAST.TEXT };
  if (field.picklist !== null) return slow;
  const columnType = field.model?.columnType ?? "text";
  const limit = lengthLimit({ maxLength: field.model?.maxLength ?? null, columnType }) ?? NO_LIMIT;
  const { base, args } = columnBase(columnType);
  switch (valueKind(field.type, columnType)) {
    case "text":
      if (field.type !== "picklist") return { ...slow, fast: FAST.TEXT, limit };
      return (field.model?.options ?? null) === null ? { ...slow, fast: FAST.TRIMMED, limit } : slow;
    case "phone":
      return field.country === null ? { ...slow, fast: FAST.TEXT, limit } : slow;
    case "email":
      return { ...slow, fast: FAST.EMAIL, limit };
    case "url":
      return { ...slow, fast: FAST.URL, limit };
    case "integer":
      if (type === "int8") return { ...slow, fast: FAST.INT8 };
      // digits that fit whatever they are
      if (base === "integer" || base === "smallint")
        return { ...slow, fast: FAST.INT_TEXT, limit: base === "integer" ? 9 : 4 };
      return slow;
    case "decimal":
    case "percent": {
      if (type !== "numeric" || (field.type === "percent" && field.format !== null)) return slow;
      const [precision, scale = 0] = args;
      if (precision === undefined) return { fast: FAST.NUMERIC, limit: 1000, scale: 1000 };
      return scale >= 0 && precision >= scale ? { fast: FAST.NUMERIC, limit: precision - scale, scale } : slow;
    }
    case "boolean":
      return type === "bool" ? { ...slow, fast: FAST.BOOL } : slow;
    case "date":
      return type === "date" && field.format === null ? { ...slow, fast: FAST.DATE } : slow;
    case "datetime":
      return type === "timestamptz" && field.format === null ? { ...slow, fast: FAST.TIMESTAMP } : slow;
    default:
      return slow;
  }
}

/** A constant is evaluated once; owners are not known yet when the mapping is compiled. */
function constantOf(field: FieldMapping, evaluator: FieldEvaluator, type: StageType): Buffer | null {
  if (field.input.kind !== "value" || field.owner || field.custom) return null;
  const result = evaluator.evaluate(evaluator.read(() => null));
  return typeof result === "string" ? encoded(type, result) : null;
}

function encoded(type: StageType, text: string): Buffer {
  const writer = new CopyWriter(text.length * 3 + 64);
  const start = writer.length;
  encodeCanonical(writer, type, text);
  return Buffer.from(writer.buffer.subarray(start, writer.length));
}

/** A compiled field bound to a batch's layout. */
export class Slot {
  readonly compiled: CompiledField;
  readonly evaluator: FieldEvaluator;
  readonly type: StageType;
  readonly fast: number;
  readonly limit: number;
  readonly scale: number;
  readonly dates: CompileOptions["dates"];
  readonly required: boolean;
  readonly constant: Buffer | null;
  readonly fillsBlanks: boolean;
  /** Cell of the (first) source column; -1: a constant, a template, a list with values to skip, or a reference that says its object. */
  readonly column: number;
  /** Further columns, asked when the first is blank. */
  readonly others: readonly number[];
  /** Results that depend on the cell alone, for fields without a fast path (and for what that refuses). */
  readonly cache: EncodedCache | null;
  /** Whether the last slow evaluation gave a plain value, without warning or failure: only then it may be remembered. */
  clean = false;

  constructor(compiled: CompiledField, indexOf: (column: string) => number) {
    const { field } = compiled;
    const { input } = field;
    const direct = input.kind === "from" && input.skip === undefined && !isNamed(field.lookup);
    const columns = direct ? input.columns.map(indexOf) : [];
    this.compiled = compiled;
    this.evaluator = compiled.evaluator;
    this.type = compiled.type;
    this.fast = compiled.fast;
    this.limit = compiled.limit;
    this.scale = compiled.scale;
    this.dates = compiled.dates;
    this.required = compiled.required;
    this.constant = compiled.constant;
    this.fillsBlanks = compiled.evaluator.fillsBlanks;
    this.column = columns[0] ?? -1;
    this.others = columns.slice(1);
    this.cache = columns.length === 0 || compiled.fast === FAST.TEXT || field.custom ? null : new EncodedCache();
  }
}
