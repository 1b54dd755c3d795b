/** Mappings, options and batches for the tests of compile. */
import type { CompileOptions } from "../../../core/mapping/compiled.ts";
import type {
  AssociationMapping,
  FieldInput,
  FieldMapping,
  ObjectMapping,
  TransformCall,
} from "../../../core/mapping/types.ts";
import { BatchBuilder, type RecordBatch } from "../../../core/record.ts";
import type { FieldType, ModelField } from "../../../core/schema.ts";

export const place = { file: "contact.yaml", line: 1, column: 1 };

export function model(name: string, type: FieldType, columnType: string, over: Partial<ModelField> = {}): ModelField {
  return {
    name,
    label: name,
    type,
    required: false,
    unique: false,
    maxLength: null,
    options: null,
    lookup: null,
    typeField: null,
    currencyField: null,
    columnType,
    column: name,
    description: null,
    ...over,
  };
}

/** Column type that the shipped model gives a type. */
export const COLUMN: Readonly<Record<FieldType, string>> = {
  text: "text",
  integer: "bigint",
  decimal: "numeric",
  currency: "numeric",
  percent: "numeric",
  boolean: "boolean",
  date: "date",
  datetime: "timestamp with time zone",
  duration: "interval",
  picklist: "text",
  multipicklist: "text[]",
  email: "text",
  phone: "text",
  url: "text",
  reference: "bigint",
  owner: "bigint",
  json: "jsonb",
  file: "text",
};

export type FieldOver = Partial<Omit<FieldMapping, "model">> & {
  readonly model?: Partial<ModelField> | null;
  readonly columnType?: string;
};

/** A field that copies the source column of its own name. */
export function field(target: string, type: FieldType = "text", over: FieldOver = {}): FieldMapping {
  const { model: modelOver, columnType, ...rest } = over;
  const custom = rest.custom ?? false;
  return {
    target,
    custom,
    model: custom || modelOver === null ? null : model(target, type, columnType ?? COLUMN[type], modelOver ?? {}),
    input: from(target),
    values: null,
    transform: [],
    type,
    format: null,
    country: null,
    default: null,
    required: false,
    blank: "ignore",
    overwrite: "always",
    onError: "reject",
    lookup: null,
    picklist: null,
    owner: type === "owner",
    place,
    ...rest,
  };
}

export const from = (...columns: string[]): FieldInput => ({ kind: "from", columns });
export const call = (name: string, ...args: TransformCall["args"]): TransformCall => ({ name, args });

export const link = (over: Partial<AssociationMapping>): AssociationMapping => ({
  to: "contact",
  from: "links",
  by: null,
  label: null,
  primary: false,
  missing: "reject",
  separator: null,
  place,
  ...over,
});

export function mapping(fields: readonly FieldMapping[], over: Partial<ObjectMapping> = {}): ObjectMapping {
  return {
    id: "contact<contacts",
    file: "contact.yaml",
    object: "contact",
    sources: ["contacts"],
    key: ["id"],
    mode: "upsert",
    match: ["external_id"],
    duplicates: "reject",
    keyspace: null,
    filter: null,
    fields,
    associations: [],
    cases: [],
    place,
    ...over,
  };
}

export function options(over: Partial<CompileOptions> = {}): CompileOptions {
  return {
    timezone: "UTC",
    dates: "auto",
    decimal: ".",
    nulls: [],
    blankMeansNothing: true,
    owners: { resolve: () => ({ code: "OWNER_UNMATCHED", reason: "no owners here" }) },
    ownerIdType: "bigint",
    ...over,
  };
}

/** Rows as objects; columns that a row leaves out are empty. */
export function batch(
  columns: readonly string[],
  rows: readonly Readonly<Record<string, string | null>>[],
): RecordBatch {
  const builder = new BatchBuilder(columns);
  rows.forEach((row, index) => {
    builder.add(
      index + 2,
      columns.map((column) => (row[column] === undefined ? "" : row[column])),
    );
  });
  return builder.build({});
}
