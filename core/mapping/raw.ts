/** A mapping as its file says it, with the place of everything that can be wrong. Made by parse.ts, read by check.ts. */
import type { DeletedPolicy } from "../config-types.ts";
import type { Place } from "../errors.ts";
import type { FieldType } from "../schema.ts";
import type {
  AliasSpec,
  ConflictPolicy,
  Duplicates,
  FieldInput,
  Filter,
  LabelSpec,
  MappingCase,
  MatchSpec,
  Missing,
  Mode,
  OnError,
  Overwrite,
  Owners,
  Picklist,
} from "./types.ts";

export interface RawPicklist {
  readonly picklist: Picklist;
  readonly place: Place;
  /** Of each source value, and `unmapped`'s own. */
  readonly places: ReadonlyMap<string, Place>;
  readonly unmappedPlace: Place;
}

export interface RawTransform {
  readonly name: string;
  /** By position, or by argument name. */
  readonly args: readonly (string | number | boolean)[] | ReadonlyMap<string, string | number | boolean>;
  readonly place: Place;
}

/** null: the file does not say. */
export interface RawField {
  readonly target: string;
  /** Written as `custom.name`. */
  readonly custom: boolean;
  readonly place: Place;
  /** Places of the keys' values; the field's own for the short form. */
  readonly at: (key: string) => Place;
  readonly input: FieldInput;
  readonly values: ReadonlyMap<string, string> | null;
  readonly transform: readonly RawTransform[];
  readonly type: FieldType | null;
  readonly format: string | null;
  readonly country: string | null;
  readonly currency: string | null;
  readonly default: string | null;
  readonly required: boolean;
  readonly blank: "ignore" | "clear" | null;
  readonly overwrite: Overwrite | null;
  readonly conflicts: ConflictPolicy | null;
  readonly onError: OnError | null;
  /** Objects, or `object/keyspace`. */
  readonly lookup: readonly string[] | null;
  /** What the source calls each of `lookup`; null: it does not. */
  readonly lookupNames: readonly string[] | null;
  readonly typeFrom: string | null;
  readonly by: string | null;
  readonly missing: Missing | null;
  readonly typeInto: string | null;
  /** A name, or one in place. */
  readonly picklist: string | RawPicklist | null;
  readonly owner: boolean | null;
  readonly create: boolean;
}

export interface RawAssociation {
  readonly to: string;
  readonly from: string;
  readonly by: string | null;
  readonly label: LabelSpec | null;
  readonly primary: boolean | string | null;
  readonly pairs: ReadonlyMap<string, string> | null;
  readonly transform: readonly RawTransform[];
  readonly missing: Missing | null;
  readonly separator: string | null;
  readonly place: Place;
  readonly at: (key: string) => Place;
}

export interface RawMapping {
  readonly file: string;
  readonly place: Place;
  readonly at: (key: string) => Place;
  readonly object: string;
  readonly sources: readonly string[];
  readonly key: readonly string[] | null;
  readonly keyTransform: readonly RawTransform[];
  /** The whole row is the key. */
  readonly contentKey: boolean;
  readonly mode: Mode | null;
  readonly conflicts: ConflictPolicy | null;
  readonly match: readonly string[] | null;
  readonly matchIn: readonly MatchSpec[];
  readonly duplicates: Duplicates | null;
  readonly keyspace: string | null;
  readonly filter: Filter | null;
  readonly aliases: AliasSpec | null;
  readonly mergedInto: string | null;
  readonly deleted: DeletedPolicy | null;
  readonly fields: readonly RawField[];
  readonly associations: readonly RawAssociation[];
  readonly picklists: ReadonlyMap<string, RawPicklist>;
  readonly cases: readonly MappingCase[];
  /** Keys, and targets of fields, that are written but could not be read: that they are missing is not to be told again. */
  readonly unread?: readonly string[];
}

/** Everything that the mapping files of a migration say. */
export interface RawMappings {
  readonly mappings: readonly RawMapping[];
  /** picklists.yaml; a mapping file's own go first. */
  readonly picklists: ReadonlyMap<string, RawPicklist>;
  readonly owners: Owners;
  /** The file that owners come from, as messages show it; null: none was read, the defaults apply. */
  readonly ownersFile?: string | null;
}
