/** What a first draft of a migration is, before it becomes YAML. */
import type { FieldType } from "../schema.ts";
import type { ObjectProfile } from "./profile.ts";
import type { Assignment, LeftOut } from "./suggest-objects.ts";
import type { OwnerMatch } from "./suggest-owners.ts";
import type { DateOrder, OptionMatch } from "./suggest-values.ts";

export interface DraftField {
  readonly target: string;
  /** True when the model has no such field: it goes into `custom`. */
  readonly custom: boolean;
  /** Source column; null with `value`. */
  readonly from: string | null;
  readonly value?: string;
  readonly type: FieldType | null;
  readonly lookup?: {
    readonly objects: readonly string[];
    readonly by: string | null;
    readonly typeInto: string | null;
  };
  readonly missingNull?: boolean;
  /** Values of the source that differ from a key in blanks, case and punctuation only, with their numbers of records. */
  readonly values?: readonly { readonly value: string; readonly target: string; readonly count: number }[];
  readonly owner?: boolean;
  readonly picklist?: string;
  readonly default?: string;
  readonly onErrorNull?: boolean;
  /** Why, for the comment; null when the name says it. */
  readonly note: string | null;
}

export interface DraftPicklist {
  readonly name: string;
  readonly field: string;
  readonly values: readonly OptionMatch[];
  /** False when there were too many distinct values to list. */
  readonly complete: boolean;
}

export interface DraftMapping {
  readonly object: string;
  readonly sources: readonly string[];
  readonly reason: string;
  readonly records: number;
  readonly complete: boolean;
  readonly key: readonly string[];
  readonly keyReason: string;
  readonly keyUnique: boolean;
  readonly keyspace: string | null;
  readonly filter: string | null;
  readonly fields: readonly DraftField[];
  readonly picklists: readonly DraftPicklist[];
  /** Columns that are not mapped. */
  readonly columnsLeftOut: readonly { readonly column: string; readonly reason: string }[];
}

export interface Draft {
  readonly mappings: readonly DraftMapping[];
  readonly leftOut: readonly LeftOut[];
  /** null: no owner column anywhere. */
  readonly owners: { readonly match: OwnerMatch; readonly reason: string } | null;
  readonly dates: DateOrder;
  /** Decimal sign of numbers where it is not the point. */
  readonly decimal: "," | null;
}

/** An assignment with what was found in its source objects (all of them together). */
export interface ProfiledAssignment extends Assignment {
  readonly profile: ObjectProfile;
}
