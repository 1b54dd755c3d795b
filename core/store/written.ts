/**
 * What was written into a row, field by field, as 32-bit hashes: enough to tell whether a value in the target is still the one
 * that the source had, and whether the source still has it. A change stays unseen once in four billion times.
 */
import type { ModelField, ModelObject } from "../schema.ts";
import { ident, literal } from "./quote.ts";

/** What is asked of a mapped field. */
interface Mapped {
  readonly target: string;
  readonly custom: boolean;
  readonly model: ModelField | null;
  readonly lookup: { readonly typeInto: string | null } | null;
}

/** What is asked of a compiled mapping. */
interface Compiled<Field extends Mapped> {
  readonly columns: readonly { readonly role: string; readonly field: Field | null }[];
  readonly mapping: { readonly fields: readonly Field[] };
}

/** A field whose hash is kept: one column, a reference with the column that names its object, or a key of `custom`. */
export interface WrittenField<Field extends Mapped = Mapped> {
  /** Target field; custom ones as `custom.<key>`. */
  readonly name: string;
  readonly field: Field;
  /** Target columns; of a custom field, its key in `custom`. */
  readonly columns: readonly { readonly column: string; readonly type: string }[];
  /** Key in `custom`; null for columns. */
  readonly custom: string | null;
  /** 1-based place in `written`. */
  readonly position: number;
}

/** What `origin.columns` says of a field: another type is another field. */
const entry = ({ name, columns }: Pick<WrittenField, "name" | "columns">): string =>
  `${name} ${columns.map(({ type }) => type).join(" + ")}`;

/** The fields of a mapping whose hashes are kept, in the order of the mapping; positions are not given yet. */
function fieldsOf<Field extends Mapped>(
  compiled: Compiled<Field>,
  object: ModelObject,
): Omit<WrittenField<Field>, "position">[] {
  const found: Omit<WrittenField<Field>, "position">[] = [];
  for (const { role, field } of compiled.columns) {
    if ((role !== "value" && role !== "lookup") || field === null || field.model === null) continue;
    const { column, columnType: type } = field.model;
    if (column === object.idColumn) continue;
    const columns = [{ column, type }];
    const typed = role === "lookup" ? (field.lookup?.typeInto ?? field.model.typeField) : null;
    const named = typed === null || typed === undefined ? undefined : object.fields.get(typed);
    if (named !== undefined) columns.push({ column: named.column, type: named.columnType });
    found.push({ name: field.target, field, columns, custom: null });
  }
  for (const field of compiled.mapping.fields) {
    if (!field.custom) continue;
    found.push({
      name: `custom.${field.target}`,
      field,
      columns: [{ column: "custom", type: "jsonb" }],
      custom: field.target,
    });
  }
  return found;
}

/** What `origin.columns` must hold for this mapping. */
export const writtenEntries = <Field extends Mapped>(compiled: Compiled<Field>, object: ModelObject): string[] =>
  fieldsOf(compiled, object).map(entry);

/** The fields with their positions, by what `origin.columns` holds. Fields that it does not know are left out. */
export function writtenFields<Field extends Mapped>(
  compiled: Compiled<Field>,
  object: ModelObject,
  columns: readonly string[],
): readonly WrittenField<Field>[] {
  const places = new Map(columns.map((name, index) => [name, index + 1]));
  return fieldsOf(compiled, object).flatMap((field) => {
    const position = places.get(entry(field));
    return position === undefined ? [] : [{ ...field, position }];
  });
}

/** Types of which `hash_array` knows a hash for the element. */
const HASHED =
  /^(date|time|timestamp|timestamp with(out)? time zone|time with(out)? time zone|interval|uuid|real|double precision|bytea|inet|macaddr)$/;
const HASHED_ELEMENTS = /^(text|bigint|integer|smallint|numeric|boolean|date|uuid|timestamp with(out)? time zone)\[\]$/;

/** SQL of a value's hash, null for null; `value` is of the type, as `format_type` prints it. */
export function hashSql(value: string, type: string): string {
  const plain = type.replace(/\([^)]*\)/, "").trim();
  if (plain === "text") return `hashtext(${value} collate "C")`;
  if (plain === "bigint") return `hashint8(${value})`;
  if (plain === "integer") return `hashint4(${value})`;
  if (plain === "smallint") return `hashint2(${value})`;
  if (plain === "numeric") return `(hash_numeric(${value}) # (${value} < 0)::int4)`;
  if (plain === "boolean") return `((${value})::int4 + 1)`;
  if (plain === "jsonb") return `jsonb_hash(${value})`;
  if (HASHED_ELEMENTS.test(plain)) return `hash_array(${value})`;
  if (HASHED.test(plain)) return `case when ${value} is not null then hash_array(array[${value}]) end`;
  return `hashtext((${value})::text collate "C")`;
}

/** SQL of a field's hash over the values of its columns; never null. */
export const fieldHash = ({ columns }: Pick<WrittenField, "columns">, values: readonly string[]): string =>
  hashOfColumns(columns.map(({ type }, index) => hashSql(values[index]!, type)));

/** SQL of the hash of a field out of those of its one or two columns. */
export function hashOfColumns([first, second]: readonly string[]): string {
  return second === undefined ? `coalesce(${first}, 0)` : `(coalesce(${first}, 0) # coalesce(${second}, 0))`;
}

/** SQL of the values that a row of the target has in the columns of a field. */
export function targetValues({ columns, custom }: WrittenField, alias: string): string[] {
  if (custom !== null) return [`(${alias}.custom -> ${literal(custom)})`];
  return columns.map(({ column }) => `${alias === "" ? "" : `${alias}.`}${ident(column)}`);
}

/** SQL of the hash of what a row of the target holds in a field; `alias` "": columns without one, as in RETURNING. */
export function targetHash(field: WrittenField, alias: string): string {
  if (field.custom !== null && alias === "") return fieldHash(field, [`(custom -> ${literal(field.custom)})`]);
  return fieldHash(field, targetValues(field, alias));
}

/** SQL of `written`, one element per position; positions that no field has are null. */
export function writtenArray<Field extends Mapped>(
  fields: readonly WrittenField<Field>[],
  element: (field: WrittenField<Field>) => string,
): string {
  if (fields.length === 0) return "null::int4[]";
  const last = Math.max(...fields.map(({ position }) => position));
  const parts = new Array<string>(last).fill("null");
  for (const field of fields) parts[field.position - 1] = element(field);
  return `array[${parts.join(", ")}]::int4[]`;
}
