/**
 * A mapping after it was parsed and checked against source and target: plain read-only data.
 * parse (text -> RawMapping) -> check (-> ObjectMapping) -> order (-> stages) -> compile (-> closures).
 */
import type { DeletedPolicy } from "../config-types.ts";
import type { Place } from "../errors.ts";
import type { FieldType, ModelField } from "../schema.ts";

export type Mode = "upsert" | "insert" | "update";
export type Missing = "reject" | "null" | "defer";
export type OnError = "reject" | "null" | "stop";
export type Overwrite = "always" | "if-empty" | "never";
/** A field that both sides changed since it was written, differently: who wins. `review`: the target, until somebody decides. */
export type ConflictPolicy = "source" | "target" | "newest" | "review";
/**
 * Same key twice in one source object: reject the later ones, keep the first (later: merged) or the last (earlier: merged), or
 * combine: the first row gives the values, the later ones (merged) their associations.
 */
export type Duplicates = "reject" | "first" | "last" | "combine";

export interface TransformCall {
  readonly name: string;
  readonly args: readonly (string | number | boolean)[];
}

export interface Picklist {
  readonly name: string;
  /** Source value -> target value; matched case-insensitively. */
  readonly values: ReadonlyMap<string, string>;
  /** `{ value }` maps everything else to that target value. */
  readonly unmapped: "stop" | "reject" | "null" | "keep" | { readonly value: string };
}

export interface LookupSpec {
  /** Target objects; several: polymorphic. */
  readonly objects: readonly string[];
  /** null: by source id through external_id / id map; `external_id`: the same of any source; else by this target field. */
  readonly by: string | null;
  readonly missing: Missing;
  /** Field that takes the referenced object's name. */
  readonly typeInto: string | null;
  /** What a reference may mean, where that is narrower than the source ids of `objects`; see named-lookup.ts. Absent: any of them. */
  readonly targets?: readonly LookupTarget[];
  /** Named targets: the source field that says the name; absent or null: the field of `from` that gave the value is the name. */
  readonly typeFrom?: string | null;
}

export interface LookupTarget {
  /** What the source calls it; null: the reference does not say which of the targets it means. */
  readonly name: string | null;
  readonly object: string;
  /** Only records of this key space; null: of any. */
  readonly keyspace: string | null;
}

export type FieldInput =
  /** `skip`: values (case aside) that count only where no later column has another one. Absent: none. */
  | { readonly kind: "from"; readonly columns: readonly string[]; readonly skip?: readonly string[] }
  | { readonly kind: "value"; readonly value: string | number | boolean | null }
  /** Literal and column parts of `{FirstName} {LastName}`, in order. */
  | {
      readonly kind: "template";
      readonly parts: readonly ({ readonly text: string } | { readonly column: string })[];
    };

/** An amount, and where its ISO 4217 code comes from. */
export interface CurrencyOf {
  readonly amount: FieldInput;
  readonly code: FieldInput;
}

export interface FieldMapping {
  /** Target field; for `custom` the key in the custom jsonb. */
  readonly target: string;
  readonly custom: boolean;
  /** The model's field; null for custom ones. */
  readonly model: ModelField | null;
  readonly input: FieldInput;
  /** Old -> new, applied first; matched exactly, then case-insensitively. */
  readonly values: ReadonlyMap<string, string> | null;
  readonly transform: readonly TransformCall[];
  readonly type: FieldType;
  readonly format: string | null;
  readonly country: string | null;
  readonly default: string | null;
  readonly required: boolean;
  readonly blank: "ignore" | "clear";
  /** `blank: ignore` for a source whose nulls mean something: they keep what the target has, too. */
  readonly keepsNull?: true;
  readonly overwrite: Overwrite;
  /** Absent: as the mapping, or migration.yaml, says. */
  readonly conflicts?: ConflictPolicy;
  readonly onError: OnError;
  readonly lookup: LookupSpec | null;
  readonly picklist: Picklist | null;
  readonly owner: boolean;
  /**
   * Currency codes that several amounts share: the code of every amount that has a value must be this field's value, else the
   * record is rejected with CURRENCY_CONFLICT; see agree.ts. Absent: nothing to compare.
   */
  readonly agree?: readonly CurrencyOf[];
  /** A leading `;` adds the options of a multipicklist to those that the target has. Absent: it means nothing. */
  readonly appends?: true;
  readonly place: Place;
}

export type LabelSpec = { readonly column: string; readonly separator?: string } | { readonly text: string };

/** A field whose value is looked for in several fields of the target. */
export interface MatchSpec {
  readonly field: string;
  /** Target fields, `custom.name` too; texts may hold several values with `;` between them. */
  readonly in: readonly string[];
}

export interface AssociationMapping {
  readonly to: string;
  readonly from: string;
  readonly by: string | null;
  /** Source column whose text is the label (with a separator: several of them), or a fixed text. */
  readonly label: LabelSpec | null;
  /** Every link is the primary one, or those with this label (case aside), which is no label then. */
  readonly primary: boolean | { readonly label: string };
  /** Labels, and what the link back is called. Absent: there is none. */
  readonly pairs?: ReadonlyMap<string, string>;
  /** Applied to each text that names another record. Absent: none. */
  readonly transform?: readonly TransformCall[];
  readonly missing: Missing;
  /** Splits several values in one cell; null: one value. */
  readonly separator: string | null;
  readonly place: Place;
}

/** `filter:` parsed; see filter.ts for the grammar. `text` is what the user wrote. */
export interface Filter {
  readonly text: string;
  readonly columns: readonly string[];
  /** True when the record is in scope. */
  readonly test: (value: (column: string) => string | null) => boolean;
}

export interface MappingCase {
  readonly name: string;
  readonly input: Readonly<Record<string, string | null>>;
  /** Expected output by target field; a string matching /^reject: CODE$/ under the key "reject" expects a reject. */
  readonly expect: Readonly<Record<string, unknown>>;
  readonly place: Place;
}

/** Where a record names its other ids: those of records that were merged into it. */
export interface AliasSpec {
  readonly from: string;
  /** Splits several ids in one cell. */
  readonly separator: string;
}

export interface ObjectMapping {
  /** Unique and stable over runs: target object, then the source objects; e.g. `account<Account`. Ledger rows refer to it. */
  readonly id: string;
  readonly file: string;
  readonly object: string;
  readonly sources: readonly string[];
  readonly key: readonly string[];
  /** Applied to each part of the key. Absent: none. */
  readonly keyTransform?: readonly TransformCall[];
  /** The key is a fingerprint of all `key` columns, blanks aside. */
  readonly contentKey?: true;
  readonly mode: Mode;
  /** Fields that recognise an existing target record, in order; "external_id" is the id map. */
  readonly match: readonly string[];
  /** Of `match`, those that are looked for elsewhere than in the field itself. Absent: none. */
  readonly matchIn?: readonly MatchSpec[];
  readonly duplicates: Duplicates;
  /** Added to the source name in external_source when ids of several source objects could collide; null: the source name alone. */
  readonly keyspace: string | null;
  readonly filter: Filter | null;
  /** Further ids of the record; they lead to its row, too. Absent: it has none. */
  readonly aliases?: AliasSpec;
  /** Source field that is blank unless the record was merged into the one it names. Absent: there is no such field. */
  readonly mergedInto?: string;
  /** What a delta does with rows of records that are gone. Absent: `delta.deleted`. */
  readonly deleted?: DeletedPolicy;
  /** Of fields that do not say their own; absent: as migration.yaml says. */
  readonly conflicts?: ConflictPolicy;
  readonly fields: readonly FieldMapping[];
  readonly associations: readonly AssociationMapping[];
  readonly cases: readonly MappingCase[];
  readonly place: Place;
}

export interface Owners {
  readonly match: "email" | "name" | "external_id";
  /** Lower-cased source owner -> target owner. */
  readonly map: ReadonlyMap<string, string>;
  readonly unmatched: "stop" | "reject" | "null" | "invite" | { readonly owner: string };
  readonly inactive: "keep" | { readonly owner: string };
}

/** Everything that the mapping files say, checked. */
export interface MappingSet {
  readonly mappings: readonly ObjectMapping[];
  readonly owners: Owners;
  /** The file that owners come from, as messages show it; absent or null: none was read, the defaults apply. */
  readonly ownersFile?: string | null;
  /** Hash of all that decides what is loaded; part of the plan's lock. */
  readonly fingerprint: string;
}

/** A stage of the plan: one mapping, after everything it needs. */
export interface Stage {
  readonly mapping: ObjectMapping;
  /** Lookup fields of this mapping that can only be filled after a later stage. */
  readonly deferred: readonly string[];
  /** Lookup fields that refer to the stage's own object: parents go first. */
  readonly self: readonly string[];
  /** Indexes into `mapping.associations` whose `to` comes later. */
  readonly deferredAssociations: readonly number[];
}
