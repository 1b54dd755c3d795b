/** `reconciliation.json`: the proof that every record is accounted for. Extended, never changed: users keep these files. */
import type { RunKind } from "../engine/types.ts";

/** How many, and the first few keys, so that a person can look at one. */
export interface KeyFinding {
  readonly count: number;
  readonly keys: readonly string[];
}

/** A group of a sum. Absent: not grouped by it. null: records without a currency or stage. */
export interface SumGroup {
  readonly currency?: string | null;
  readonly stage?: string | null;
}

/** One side of a field's figures. */
export interface FigureSide {
  /** Records without a value. */
  readonly nulls: number;
  readonly distinct: number;
  /** Texts: the shortest and the longest, in bytes of UTF-8. null: no values, or none that have an order. */
  readonly min: string | null;
  readonly max: string | null;
  /** The sum of the values' hashes: any value that is another one changes it, whatever the order of the records. */
  readonly checksum: string;
}

/** A field over all records whose value the source decides. */
export interface FieldFigures {
  readonly field: string;
  /** Records compared; those whose value the target may keep (policies, blank cells, later writers) are not among them. */
  readonly records: number;
  readonly source: FigureSide;
  readonly target: FigureSide;
  /** False: `distinct` counts the part of the values whose hash ends in the same bits on both sides, times that part. */
  readonly distinctExact: boolean;
  readonly ok: boolean;
}

/** Numbers of one group on one side; decimal texts, exact. */
export interface GroupNumber {
  readonly sum: string;
  readonly min: string | null;
  readonly max: string | null;
  readonly nulls: number;
}

export interface GroupSide {
  readonly count: number;
  /** By field. */
  readonly numbers: Readonly<Record<string, GroupNumber>>;
}

/** Records by a currency, stage, owner or month. */
export interface GroupFigures {
  readonly by: "currency" | "stage" | "owner" | "month";
  /** The field whose values make the groups. */
  readonly field: string;
  /** null: records without one. Owners: the target's user id. */
  readonly value: string | null;
  /** Owners: the user's name or e-mail in the target. Absent: there is none. */
  readonly label?: string;
  readonly source: GroupSide;
  readonly target: GroupSide;
  readonly ok: boolean;
}

/** A value, reference, link or row that is not what the source says. */
export interface Difference {
  readonly key: string;
  /** `association to contact` for links; "" for a row as a whole. */
  readonly field: string;
  readonly kind: "value" | "reference" | "link" | "row";
  readonly source: string | null;
  readonly target: string | null;
  /** Why it may be so, and does not fail the proof; null: nothing explains it. */
  readonly explained: string | null;
}

/** Every field of every loaded record, compared. */
export interface FieldComparison {
  /** Records and fields that were compared: a field that a policy leaves to the target is not among them. */
  readonly records: number;
  readonly values: number;
  /** Fields that a policy leaves to the target in some records, most first, and how many. Absent: none. */
  readonly left?: readonly { readonly field: string; readonly count: number }[];
  /** Differences that nothing explains, and those that something does. */
  readonly differing: number;
  readonly explained: number;
  /** Fields with differences that nothing explains, most first. */
  readonly byField: readonly { readonly field: string; readonly count: number }[];
  /** The first ones. */
  readonly differences: readonly Difference[];
  /** All of them, as a path within the run's folder; null: there are none. */
  readonly file: string | null;
}

/** Why the source counts more (or less) than the target holds, part by part. */
export interface Explanation {
  readonly bucket:
    | "merged"
    | "filtered"
    | "rejected"
    | "deleted"
    | "missing"
    | "vanished"
    | "lost"
    | "extra"
    | "gone"
    | "renamed"
    | "unexplained";
  readonly reason: string;
  readonly count: number;
  /** The first keys. */
  readonly keys: readonly string[];
  /** What to do next; how to see all of the records. */
  readonly next: string;
}

/** A sentence of `problems`, and the level of the proof that found it. */
export interface Finding {
  readonly level: 1 | 2 | 3 | 4 | 5;
  readonly problem: string;
}

/** What one level of the proof looked at. */
export interface LevelReport {
  readonly level: 1 | 2 | 3 | 4 | 5;
  readonly name: "counts" | "figures" | "references" | "fields" | "spot checks";
  readonly done: boolean;
  /** In words; where it was not done, how to have it done. */
  readonly read: string;
  /** ISO instants; null: not done. */
  readonly from: string | null;
  readonly to: string | null;
  readonly ok: boolean | null;
  /** What it cannot know, a sentence each. */
  readonly cannotKnow: readonly string[];
}

/** Decimal texts, exact. `ok` when source - excluded = target. */
export interface SumCheck {
  readonly field: string;
  readonly by: SumGroup;
  /** What the source holds in scope (the filter applied), read again. */
  readonly source: string;
  /** The part of `source` that belongs to records that were rejected or merged, or whose row is another source's record, too. */
  readonly excluded: string;
  readonly target: string;
  readonly ok: boolean;
  /** Why a difference is allowed; null otherwise. */
  readonly note: string | null;
}

export interface ReferenceCheck {
  readonly field: string;
  /** Loaded records whose source holds a reference. */
  readonly expected: number;
  /** Of these, rows whose foreign key leads to the row that the source means. */
  readonly resolved: number;
  /** Of these, rows that wait for a later stage. */
  readonly deferred: number;
  readonly unresolved: number;
  readonly ok: boolean;
  /** Of the unresolved: foreign keys that lead to another record. Absent: none. */
  readonly astray?: KeyFinding;
  /** Of the unresolved: foreign keys that are empty although the record that they mean is in the target. Absent: none. */
  readonly empty?: KeyFinding;
  /** Foreign keys that are set although the source refers to nothing. Absent: none. */
  readonly surplus?: KeyFinding;
}

/** Links of one `associations:` entry; a link is (record, record at the other end, label), counted once. */
export interface AssociationCheck {
  readonly to: string;
  /** Links of loaded records whose other end is in the target. */
  readonly expected: number;
  /** Of these, links that the target holds now. */
  readonly found: number;
  readonly missing: number;
  /** Links whose other end is not in the target, or means several records. */
  readonly unresolved: number;
  readonly ok: boolean;
  /** Of the missing: pairs that are linked under another label. Absent: none. Keys: of the record that names the link. */
  readonly relabelled?: KeyFinding;
  /** Of the missing: pairs that are not linked at all. Absent: none. */
  readonly gone?: KeyFinding;
  /** Links between records of this source that the source does not name. Absent: none. */
  readonly additional?: KeyFinding;
  /** Found links whose primary mark is not what the mapping says. Absent: none. */
  readonly marked?: KeyFinding;
}

/** A row that differs from the source, and was changed by somebody else since the run wrote it. */
export interface EditedRecord {
  readonly key: string;
  readonly fields: readonly Pick<SpotField, "field" | "expected" | "target">[];
}

/** Rows that somebody else changed since the run wrote them. */
export interface EditedRows {
  readonly count: number;
  /** Of these, rows that were compared with the source, field by field. */
  readonly compared: number;
  /** Of these, rows that do not hold what the source says. */
  readonly differing: number;
  /** The first of the differing ones. */
  readonly records: readonly EditedRecord[];
  /** Fields that a policy leaves to the target, and in which some of the others do not hold it. Absent: none. */
  readonly left?: readonly string[];
}

export interface ObjectProof {
  readonly object: string;
  readonly mapping: string;
  readonly ok: boolean;
  readonly source: {
    /** Source objects, in words. */
    readonly name: string;
    /** Counted at the source again. */
    readonly count: number;
    /** Records that reading everything again gave, bad ones included. */
    readonly read: number;
    /** When `count` was counted; absent in proofs of earlier versions. */
    readonly countedAt?: string;
  };
  readonly target: {
    /** Rows of the loaded records that are in the target now. */
    readonly count: number;
    /** Rows that carry this source's name but that no run wrote. */
    readonly extra: number;
    /** Rows that earlier runs wrote for records that this run did not meet. */
    readonly earlier: number;
  };
  readonly accounted: {
    readonly loaded: number;
    readonly merged: number;
    readonly filtered: number;
    readonly rejected: number;
    readonly deleted: number;
  };
  /** source.count - (rows found in the target + merged + filtered + rejected + deleted). Negative: the source holds fewer than were accounted for. */
  readonly unexplained: number;
  /** |unexplained| / source.count; 0 of nothing. */
  readonly gap: number;
  /** Records at the source that the run never met. */
  readonly missing: KeyFinding;
  /** Records that the run met and the source no longer holds. */
  readonly vanished: KeyFinding;
  /** Records that were loaded and whose row is gone from the target. */
  readonly lost: KeyFinding;
  readonly extra: KeyFinding;
  /** Rows that earlier runs wrote and whose record the source no longer holds. */
  readonly gone: KeyFinding;
  /** Rows that were loaded under another external id or source than they bear now: `A7 (row 3)`. Absent: none. */
  readonly renamed?: KeyFinding;
  readonly sums: readonly SumCheck[];
  readonly references: readonly ReferenceCheck[];
  readonly associations: readonly AssociationCheck[];
  /** Absent: no row was changed since the run wrote it. */
  readonly edited?: EditedRows;
  /** Level 2: every mapped field. Absent: not computed (and in proofs of earlier versions). */
  readonly figures?: readonly FieldFigures[];
  readonly groups?: readonly GroupFigures[];
  /** Level 4. Absent: not asked for. */
  readonly fields?: FieldComparison;
  /** Part by part, why source and target do not hold the same number of records. */
  readonly explanations?: readonly Explanation[];
  /** Why it is not ok, one sentence each. */
  readonly problems: readonly string[];
  /** The same sentences, each with the level that found it. Absent: none (and in proofs of earlier versions). */
  readonly findings?: readonly Finding[];
}

export interface SpotField {
  readonly field: string;
  readonly source: string | null;
  /** What the mapping makes of `source`; for lookups the key of the record referred to. */
  readonly expected: string | null;
  readonly target: string | null;
  readonly ok: boolean;
  /** Why the field was not compared; null when it was. */
  readonly skipped: string | null;
}

export interface SpotCheck {
  readonly object: string;
  readonly mapping: string;
  readonly key: string;
  readonly ok: boolean;
  /** Why the record as a whole could not be compared; null otherwise. */
  readonly problem: string | null;
  /** Why this record was picked: "longest text", "oldest", "stage won"... Absent: by chance. */
  readonly picked?: string;
  /** Where people see the record in the source system. Absent: the source has no such address. */
  readonly link?: string;
  readonly fields: readonly SpotField[];
}

/** A source object that several mappings read; every record counted once. */
export interface SharedSource {
  readonly source: string;
  readonly mappings: readonly string[];
  /** Counted at the source. */
  readonly count: number;
  /** By any of the mappings. */
  readonly loaded: number;
  readonly merged: number;
  /** Left out by every one of them. */
  readonly filtered: number;
  readonly rejected: number;
  readonly deleted: number;
  /** Loaded by more than one. */
  readonly twice: number;
}

export interface Reconciliation {
  readonly run: string;
  readonly kind: RunKind;
  /** The run and, for deltas and retries, the runs it builds on, oldest first. */
  readonly runs: readonly string[];
  readonly checkedAt: string;
  /** Source and target agree; rejects are explained and do not count here. */
  readonly ok: boolean;
  /** `ok`, and rejects are within `limits.rejects`. */
  readonly clean: boolean;
  /** Rejected records as a share of all that were met; and the most that `limits.rejects` allows. */
  readonly rejectRate: number;
  readonly rejectLimit: number;
  readonly tolerance: number;
  readonly objects: readonly ObjectProof[];
  readonly spotChecks: readonly SpotCheck[];
  readonly notes: readonly string[];
  /** What each level looked at and when. Absent in proofs of earlier versions. */
  readonly levels?: readonly LevelReport[];
  /** Absent: every source object is read by one mapping. */
  readonly sharedSources?: readonly SharedSource[];
}

/** What the proof tells while it works. */
export type ProofEvent =
  | { readonly type: "proof-start"; readonly run: string; readonly records: number }
  | { readonly type: "proof-progress"; readonly source: string; readonly read: number; readonly total: number }
  | { readonly type: "proof-object"; readonly proof: ObjectProof };
