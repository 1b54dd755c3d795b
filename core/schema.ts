/** Field types, source schemas and target models: the nouns that mapping, plan and load share. */
import type { Place } from "./errors.ts";

export const FIELD_TYPES = [
  "text",
  "integer",
  "decimal",
  "currency",
  "percent",
  "boolean",
  "date",
  "datetime",
  "duration",
  "picklist",
  "multipicklist",
  "email",
  "phone",
  "url",
  "reference",
  "owner",
  "json",
  "file",
] as const;

export type FieldType = (typeof FIELD_TYPES)[number];

export interface PicklistOption {
  readonly value: string;
  readonly label: string;
  /** The option is a stage of a pipeline. */
  readonly stage?: StageInfo;
}

/** What a source tells of a stage. */
export interface StageInfo {
  /** The pipeline's name. */
  readonly pipeline: string;
  /** How likely success is there, 0 to 1 as text; null: not told. */
  readonly probability: string | null;
  /** Whether records end there; null: not told. */
  readonly isClosed: boolean | null;
}

/** A field of a source object, from metadata (or headers). */
export interface SourceField {
  readonly name: string;
  readonly label: string;
  /** null: the source does not tell (files); never sniffed for loading, only for suggestions. */
  readonly type: FieldType | null;
  readonly options?: readonly PicklistOption[];
  readonly referenceTo?: readonly string[];
  /** Formula, roll-up: the source computes it. */
  readonly calculated?: boolean;
  /** The source's own administrators made it; absent: no, or the source does not tell. */
  readonly custom?: boolean;
  /** What to know of its values, in a few words: drafts say it beside the field. */
  readonly note?: string;
}

/** An object whose records are links: from the object that names it to another. */
export interface SourceLink {
  readonly object: string;
  readonly to: string;
  /** The object that holds what the links are called from the other side, where the source names both. */
  readonly back?: string;
}

export interface SourceObject {
  readonly name: string;
  readonly label: string;
  /** Other names that `source:` in a mapping may use; the connector accepts them wherever it takes an object ("people" for "people.csv"). */
  readonly aliases?: readonly string[];
  readonly fields: readonly SourceField[];
  /** The field that identifies a record, when the source tells. */
  readonly key?: string;
  /** The field that is blank unless the record was merged into the one it names, where the source shows such records. */
  readonly mergedInto?: string;
  /** The boolean field that is true of deleted records, where the source may show such records. */
  readonly deleted?: string;
  /** The field with the ids of records that were merged into this one, joined by `;`, where the source has one. */
  readonly otherIds?: string;
  /** The source's own administrators made it; absent: no, or the source does not tell. */
  readonly custom?: boolean;
  /** Objects that hold the links of its records with others, where links are objects of their own. Absent: none, or not told. */
  readonly links?: readonly SourceLink[];
  /** The field that says when a record was made, when the source tells: `scope.since` and `scope.until` go by it. */
  readonly created?: string;
  /** What was detected and how it will be read, one line for people ("UTF-8 with BOM, comma, 1,024 rows"). */
  readonly note?: string;
  /** Why a field that exists may not be described here, and whom to ask; one or two sentences. */
  readonly hiddenFields?: string;
}

export interface SourceSchema {
  readonly objects: readonly SourceObject[];
  /** Why an object that exists may not be described, and whom to ask; one or two sentences. */
  readonly hiddenObjects?: string;
  /** Objects that were asked for, are there and may not be read: what is lacking, by name (`the scope tickets is missing`). */
  readonly hidden?: Readonly<Record<string, string>>;
}

/** A field of a target object. */
export interface ModelField {
  readonly name: string;
  readonly label: string;
  readonly type: FieldType;
  readonly required: boolean;
  readonly unique: boolean;
  readonly maxLength: number | null;
  /** Values that a picklist may hold; null: anything. */
  readonly options: readonly PicklistOption[] | null;
  /** Target objects that it may refer to; one: a plain lookup with a foreign key; several: polymorphic. */
  readonly lookup: readonly string[] | null;
  /** Polymorphic lookups: the field that holds the referenced object's name. */
  readonly typeField: string | null;
  /** currency fields: the field of the same object that holds the ISO 4217 code. */
  readonly currencyField: string | null;
  /** PostgreSQL column type exactly as `format_type` prints it, e.g. `text`, `numeric`, `timestamp with time zone`, `character varying(80)`. */
  readonly columnType: string;
  /** Column name in the table; equals `name` in shipped models. */
  readonly column: string;
  readonly description: string | null;
  /** Managed tables: asks for a plain index on the column. Absent: no. */
  readonly index?: boolean;
  /** A mapping asks for the column (`create: true`): it is made where it is missing, in introspected tables, too. Absent: no. */
  readonly created?: true;
}

export interface ModelObject {
  readonly name: string;
  readonly label: string;
  readonly table: string;
  readonly fields: ReadonlyMap<string, ModelField>;
  /** At least one field of each group must have a value: [["name", "domain"]]. */
  readonly requireAny: readonly (readonly string[])[];
  /** Primary key column and its type. */
  readonly idColumn: string;
  readonly idType: string;
  /** SQL expression that makes a new id (introspected tables without identity or default: null = the mapping must supply it). */
  readonly idDefault: string | null;
  /** `GENERATED ALWAYS AS IDENTITY`: inserting an id needs OVERRIDING SYSTEM VALUE. */
  readonly idAlways: boolean;
  /** True when the table has external_id and external_source, unique together. */
  readonly hasExternalId: boolean;
  readonly hasCustom: boolean;
  readonly hasTimestamps: boolean;
  /**
   * Rows without external_id are unique by these fields (partial unique index, texts that may be empty as
   * `coalesce(field, '')`). Absent: they are not.
   */
  readonly identity?: readonly string[];
}

export interface TargetModel {
  readonly name: string;
  /** Shipped or own YAML model: tables may be created and extended. Introspected: used as they are. */
  readonly managed: boolean;
  /** PostgreSQL schema that holds the tables. */
  readonly schema: string;
  readonly objects: ReadonlyMap<string, ModelObject>;
  /** Playbook order; breaks ties of the topological order. */
  readonly order: readonly string[];
  readonly place: Place;
}

/** The two columns that keep the source's identity in every managed table. */
export const EXTERNAL_ID = "external_id";
export const EXTERNAL_SOURCE = "external_source";
