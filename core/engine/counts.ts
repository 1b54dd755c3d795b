/** Counters of a stage. Mutable while a chunk is worked on; saved with the chunk. */
import type { RecordProblem } from "../mapping/compiled.ts";
import { BUCKETS, type Bucket } from "./types.ts";

export interface ReferenceCounts {
  expected: number;
  resolved: number;
  deferred: number;
  unresolved: number;
}

export type Counts = Record<Bucket, number> & {
  read: number;
  warnings: number;
  /** Fields that both sides changed, differently; absent: nothing was compared. */
  conflicts?: number;
  seconds: number;
  references: Record<string, ReferenceCounts>;
  /** `rows`: what of them is in the target once the run is through with them; see association-rows.ts. */
  associations: { expected: number; written: number; unresolved: number; rows?: string };
};

/** A record that the database side rejected; its original cells are added by the caller. */
export interface StageReject {
  readonly line: number;
  /** Which of the mapping's sources it stands in. Absent: that is not known. */
  readonly source?: number;
  readonly key: string | null;
  readonly code: string;
  readonly field: string | null;
  readonly value: string | null;
  readonly reason: string;
  /** What else is wrong with it. Absent: nothing that is known. */
  readonly more?: readonly RecordProblem[];
}

/** All that is wrong with a record, what it was rejected for first. */
export function problemsOf({ code, field, value, reason, more = [] }: StageReject): readonly RecordProblem[] {
  return [{ code, field, value, reason }, ...more];
}

export function emptyCounts(): Counts {
  return {
    inserted: 0,
    updated: 0,
    unchanged: 0,
    deleted: 0,
    merged: 0,
    filtered: 0,
    rejected: 0,
    read: 0,
    warnings: 0,
    seconds: 0,
    references: {},
    associations: { expected: 0, written: 0, unresolved: 0 },
  };
}

export function addReference(counts: Counts, field: string, more: ReferenceCounts): void {
  counts.references[field] ??= { expected: 0, resolved: 0, deferred: 0, unresolved: 0 };
  const sum = counts.references[field];
  sum.expected += more.expected;
  sum.resolved += more.resolved;
  sum.deferred += more.deferred;
  sum.unresolved += more.unresolved;
}

export function addCounts(sum: Counts, more: Counts): void {
  for (const bucket of BUCKETS) sum[bucket] += more[bucket];
  sum.read += more.read;
  sum.warnings += more.warnings;
  sum.seconds += more.seconds;
  if (more.conflicts !== undefined) sum.conflicts = (sum.conflicts ?? 0) + more.conflicts;
  for (const [field, reference] of Object.entries(more.references)) addReference(sum, field, reference);
  sum.associations.expected += more.associations.expected;
  sum.associations.written += more.associations.written;
  sum.associations.unresolved += more.associations.unresolved;
}

/** Records that ended in a bucket. */
export function accounted(counts: Counts): number {
  return BUCKETS.reduce((sum, bucket) => sum + counts[bucket], 0);
}
