/** What a source can tell about changes: the part of a connector that deltas and freezes rest on. */
import type { Position, RecordBatch } from "./record.ts";

/** How far an object has been read, as the connector gave it: JSON that only the connector looks into, apart from `at`. */
export interface Watermark {
  /**
   * ISO instant by the source's own clock, settle time already taken off: whatever was modified before it was visible when it
   * was given out.
   */
  readonly at: string;
  readonly [detail: string]: unknown;
}

/** Records that were created or modified since a watermark. */
export interface ChangesRequest {
  readonly object: string;
  /** As in `ReadRequest`. */
  readonly fields: readonly string[];
  readonly since: Watermark;
  /** null: from the beginning; else a `next` of an earlier batch of the same request. */
  readonly from: Position | null;
  readonly batchSize: number;
}

/** What became of a record that a full read no longer gives. */
export interface GoneRecord {
  /** The source's own id of it. */
  readonly id: string;
  readonly how: "deleted" | "archived" | "merged" | "unknown";
  /** The record that it was merged into; null: not merged, or the source does not tell. */
  readonly mergedInto: string | null;
  /** ISO instant and who did it; null: the source does not tell. */
  readonly at: string | null;
  readonly by: string | null;
}

/** A record that was touched after an instant. */
export interface TouchedRecord {
  readonly id: string;
  readonly how: "changed" | "created" | "deleted";
  readonly at: string;
  /** Name, e-mail or id of who did it; null: the source does not tell. */
  readonly by: string | null;
}

/** What reading changes costs, roughly: per object, apart for each sweep that grows with the object instead of the change. */
export interface ChangesCost {
  readonly object: string;
  /** Records changed since the watermark, where the source counts cheaply; null: unknown. */
  readonly changed: number | null;
  readonly calls: number;
  /** Reading every id again (deletes), the derived fields again, the associations again. */
  readonly sweeps: { readonly deleted: number; readonly derived: number; readonly associations: number };
}

/**
 * Sources that can say what changed. Those that cannot (files) are read whole by a delta, which costs nothing there: what is
 * unchanged is known by its hash. Errors as those of `SourceConnector`.
 */
export interface ChangeTracking {
  /** ISO instant by the source's own clock, nothing taken off: when a freeze begins. Absent: this machine's clock counts. */
  now?(): Promise<string>;
  /**
   * Taken before an object is read, wholly or by changes; kept once that read is done, and handed back as `since` by the next
   * delta. null: this object has no timestamps (pairs of associations): deltas read it whole, as a sweep.
   */
  watermark(object: string): Promise<Watermark | null>;
  /**
   * Every record that was created or modified at or after `since.at` less the overlap, whatever number shares one timestamp,
   * and each once; records modified within the settle time may come, and come again with the next delta. Deleted records
   * come only where a full read gives them.
   */
  changed(request: ChangesRequest): AsyncIterable<RecordBatch>;
  /**
   * What became of records (the source's own ids) that are missing from a full read of their keys. In any order, each once;
   * those that are there after all are left out.
   */
  gone(object: string, ids: readonly string[]): Promise<readonly GoneRecord[]>;
  /** Of these fields, those whose value changes without the record's timestamp (formulas, roll-ups, calculated properties). */
  derived(object: string, fields: readonly string[]): Promise<readonly string[]>;
  /**
   * What was created, changed or deleted at or after the instant, by the source's clock, unsettled: for a freeze. The first
   * `limit` and how many in all. Timestamps may be cut to seconds: the whole second counts. Objects without timestamps: none.
   */
  touchedSince(
    object: string,
    at: string,
    limit: number,
  ): Promise<{ readonly count: number; readonly records: readonly TouchedRecord[] }>;
  /** What a delta costs. */
  cost(requests: readonly Pick<ChangesRequest, "object" | "fields" | "since">[]): Promise<readonly ChangesCost[]>;
}
