/** What the engine takes and gives: configuration in, plan and run report out. These shapes are files that users keep. */

import type { ReplacedFile } from "../connector.ts";
import type { Problem } from "../errors.ts";
import type { FieldDates } from "../mapping/date-order.ts";
import type { RunKind } from "../run-kind.ts";
import type { FieldType } from "../schema.ts";

export type { RunKind } from "../run-kind.ts";

export const BUCKETS = ["inserted", "updated", "unchanged", "deleted", "merged", "filtered", "rejected"] as const;
export type Bucket = (typeof BUCKETS)[number];
export type Buckets = Readonly<Record<Bucket, number>>;

export interface ObjectReport extends Buckets {
  readonly object: string;
  readonly source: string;
  /** Mapping id; tells apart several mappings into one object. */
  readonly mapping: string;
  readonly read: number;
  readonly warnings: number;
  /** Fields that source and target both changed, differently: listed in conflicts.csv. Absent: edits of the target were not asked for. */
  readonly conflicts?: number;
  readonly references: readonly ReferenceReport[];
  /** `expected`: links that the records name, unchanged ones included; `written`: rows that were not there before this run. */
  readonly associations: { readonly expected: number; readonly written: number; readonly unresolved: number } | null;
  readonly seconds: number;
}

/** Per lookup field, over the records that are in the target after the run, unchanged ones included. */
export interface ReferenceReport {
  readonly field: string;
  readonly expected: number;
  readonly resolved: number;
  readonly deferred: number;
  readonly unresolved: number;
}

/** `rolled back`: undone by a later run of kind rollback. */
export type RunStatus = "running" | "completed" | "failed" | "stopped" | "interrupted" | "rolled back";

/** What people said of a run when they began it. */
export interface RunAbout {
  /** What they call it. Absent: nothing. */
  readonly label?: string;
  /** The run that it repeats. Absent: none. */
  readonly like?: string;
  /** Files that were read in the place of those of source objects: relative to migration.yaml where they lie below it. Absent: none. */
  readonly files?: readonly ReplacedFile[];
}

/** `run.json`, and what `migrate run --json` prints. */
export interface RunReport extends RunAbout {
  readonly run: string;
  readonly kind: RunKind;
  readonly dryRun: boolean;
  readonly status: RunStatus;
  readonly name: string;
  readonly source: string;
  readonly target: string;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly objects: readonly ObjectReport[];
  readonly totals: Buckets & { readonly read: number; readonly warnings: number };
  readonly rejectRate: number;
  /** True when no limit was exceeded and everything adds up. */
  readonly clean: boolean;
  /** Target users created by `owners.unmatched: invite`. */
  readonly invited: readonly string[];
  readonly sample: number | null;
  readonly only: readonly string[] | null;
  /** The run whose snapshot was loaded; absent: the source itself. */
  readonly snapshot?: string;
  /** Kind rollback: the run that it undoes. */
  readonly undoes?: string;
  /** The run that undid this one. */
  readonly rolledBackBy?: string;
  readonly error: { readonly code: string; readonly message: string; readonly hint: string | null } | null;
}

export interface ValueCoverage {
  readonly value: string;
  readonly count: number;
  /** Target value, or null when it becomes null or is rejected. */
  readonly target: string | null;
  readonly how: "mapped" | "label" | "same" | "kept" | "fallback" | "null" | "reject" | "stop";
  /** When a record with it was last modified or created (ISO), where such a field is mapped. Absent: not known. */
  readonly lastUse?: string;
  /** Sums of the open records' amounts, where the mapping has a stage and an amount; decimal texts. Absent: none. */
  readonly openAmounts?: readonly { readonly currency: string | null; readonly amount: string }[];
}

export interface PicklistCoverage {
  readonly mapping: string;
  readonly object: string;
  readonly field: string;
  /** What the field says of a record, where it is more than a picklist. */
  readonly kind?: "stage" | "record type" | "pipeline";
  readonly values: readonly ValueCoverage[];
}

export interface OwnerCoverage {
  readonly owner: string;
  readonly count: number;
  /** The target user's name or e-mail, or null. */
  readonly target: string | null;
  readonly how:
    | "map"
    | "email"
    | "name"
    | "external_id"
    | "invite"
    | "fallback"
    | "inactive"
    | "null"
    | "reject"
    | "stop";
  /** As for picklist values. */
  readonly lastUse?: string;
  readonly openAmounts?: readonly { readonly currency: string | null; readonly amount: string }[];
  /** Why there is no target: the code that a record, or the plan, gets. Absent: there is one, or null is what was asked for. */
  readonly problem?: {
    readonly code: string;
    /** The user that the owners file names, and under which key. */
    readonly given?: { readonly owner: string; readonly key: "map" | "unmatched" | "inactive" };
    /** The users that it may be. */
    readonly users?: readonly string[];
  };
}

export interface PlanStage {
  readonly object: string;
  readonly source: string;
  readonly mapping: string;
  readonly mode: string;
  /** Counted at the source when the plan was made. */
  readonly count: number;
  /** Records that the filter leaves out, by the same scan that counts values. */
  readonly filtered: number;
  readonly filter: string | null;
  readonly deferred: readonly string[];
  /**
   * Of each deferred field, what happens when the record is missing: the mapping's `missing`, or `association`. A missing
   * record under `reject` leaves the field empty, and the reconciliation fails. Absent in plans of earlier versions.
   */
  readonly missing?: Readonly<Record<string, string>>;
  readonly selfReferences: readonly string[];
  readonly custom: readonly { readonly field: string; readonly type: FieldType }[];
  /** Source columns that no mapping uses: nothing is hidden. */
  readonly unmapped: readonly string[];
  readonly fields: number;
}

/** `plan.json`. */
export interface Plan {
  readonly version: 1;
  readonly name: string;
  readonly createdAt: string;
  readonly source: string;
  readonly target: string;
  /** In words: objects, filter, dates. */
  readonly scope: string;
  readonly stages: readonly PlanStage[];
  readonly picklists: readonly PicklistCoverage[];
  readonly owners: readonly OwnerCoverage[];
  readonly tables: { readonly create: readonly string[]; readonly extend: readonly string[] };
  /** Calls that reading everything once takes, roughly; null: the source does not count calls, or nobody asked. */
  readonly apiCalls: number | null;
  /** Calls that this migration may still use, when the plan was made; absent or null: unknown. */
  readonly apiCallsLeft?: number | null;
  readonly etaSeconds: number | null;
  /** Date fields without a declared order: what their whole columns say. Absent: there are none. */
  readonly dates?: readonly FieldDates[];
  /** What does not stop a run and should be looked at first; absent: nothing. */
  readonly warnings?: readonly Problem[];
  /** Source object -> fingerprint of the content whose records and values were counted. */
  readonly content: Readonly<Record<string, string>>;
  /** Absent: everything is read. */
  readonly delta?: DeltaPlan;
  readonly lock: PlanLock;
}

/** What `run` compares; any difference is drift. */
export interface PlanLock {
  /** Source object -> field names (and types where known). */
  readonly schema: Readonly<Record<string, readonly string[]>>;
  /**
   * Source object -> field that a mapping reads as a picklist -> value -> what the source says of it (label, pipeline...).
   * Absent in plans of earlier versions.
   */
  readonly values?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>;
  /** Mapping id -> hash of its meaning. */
  readonly mappings: Readonly<Record<string, string>>;
  readonly owners: string;
  readonly model: string;
  readonly options: string;
  /** The same of mappings and options without the scope: deltas go by it. Absent in locks of earlier versions. */
  readonly whole?: { readonly mappings: Readonly<Record<string, string>>; readonly options: string };
}

/** How a delta reads a source object, and what that costs. */
export interface DeltaSourcePlan {
  readonly mapping: string;
  readonly object: string;
  readonly source: string;
  readonly mode: "changed" | "whole" | "skip";
  /** ISO instant where it begins; null: from the beginning, or not at all. */
  readonly since: string | null;
  /** Records that changed, or all of them; null: not known. */
  readonly records: number | null;
  /** Calls of reading them; null: the source does not count calls. */
  readonly calls: number | null;
  /** Calls of each sweep; null: it is switched off, or there is nothing to sweep. */
  readonly sweeps: {
    readonly deleted: number | null;
    readonly derived: number | null;
    readonly associations: number | null;
  };
  /** Why it is not read by what changed; null: it is, or nothing else was to be expected. */
  readonly why: string | null;
}

/** The part of a plan that is a delta's own. */
export interface DeltaPlan {
  /** The runs that it builds on. */
  readonly bases: readonly string[];
  readonly sources: readonly DeltaSourcePlan[];
  /** What is switched off, and what stays unseen because of it. */
  readonly unseen: readonly string[];
}

/** What the engine tells while it works; the command line draws it. */
export type EngineEvent =
  | {
      readonly type: "stage-start";
      readonly mapping: string;
      readonly object: string;
      readonly source: string;
      readonly total: number | null;
    }
  | { readonly type: "progress"; readonly mapping: string; readonly read: number; readonly total: number | null }
  | { readonly type: "stage-end"; readonly report: ObjectReport }
  | { readonly type: "note"; readonly message: string };
