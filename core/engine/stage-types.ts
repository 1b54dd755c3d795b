/** What a stage is given, and where it stands. */
import type { ReadRequest, SourceConnector } from "../connector.ts";
import type { Context } from "../context.ts";
import type { CompiledMapping } from "../mapping/compiled.ts";
import type { ObjectMapping, Stage } from "../mapping/types.ts";
import type { RecordBatch } from "../record.ts";
import type { Counts } from "./counts.ts";
import type { DirectFill } from "./direct.ts";
import type { HashSet } from "./hash-set.ts";
import type { Lane } from "./lane.ts";
import type { MergePlan } from "./merge/plan.ts";
import type { Owner } from "./owner-directory.ts";
import type { Progress, StagePosition } from "./state.ts";

/** Records per chunk. */
export const CHUNK = 50_000;

/** How one of the mapping's sources is read, in their order. */
export interface ReadPart {
  readonly object: string;
  /** null: not at all. */
  readonly read: ((request: ReadRequest) => AsyncIterable<RecordBatch>) | null;
  /** The reading works on the first lane's connection: a chunk is merged before the next one is read. Absent: false. */
  readonly alone?: boolean;
}

/** Keys of records that are read one by one, after everything else. */
export interface Due {
  /** The next keys, in order; none: that was all. Called when everything that was read so far is merged and no lane is at work. */
  next(lane: Lane): Promise<readonly string[]>;
}

export interface StageRunInput {
  readonly stage: Stage;
  readonly plan: MergePlan;
  readonly compiled: CompiledMapping;
  readonly source: SourceConnector;
  /** One in a dry run, two otherwise. */
  readonly lanes: readonly Lane[];
  readonly owners: Owner;
  readonly mappings: readonly ObjectMapping[];
  readonly context: Context;
  /** Where the stage stands; null when it begins. */
  readonly progress: Progress | null;
  readonly fresh: boolean;
  /** The short way, where it can be taken. */
  readonly direct: DirectFill | null;
  readonly unchanged: HashSet | null;
  readonly fingerprint: string;
  readonly lastLines: ReadonlyMap<string, number> | null;
  readonly total: number | null;
  readonly onRead: (read: number) => void;
  /** One per source of the mapping. */
  readonly parts: readonly ReadPart[];
  /** null: there are none. */
  readonly due: Due | null;
  /** Columns whose values change without their record's timestamp, of which a hash is kept; empty: there are none. */
  readonly narrow: readonly string[];
  /** Called in a transaction once everything that was read is settled; what it finds is counted. */
  readonly settled?: (lane: Lane, state: StageState) => Promise<void>;
  /** Records per chunk; CHUNK when absent. */
  readonly chunkSize?: number;
}

export interface StageState {
  readonly counts: Counts;
  chunk: number;
  position: StagePosition | null;
  /** The target has statistics; see `measure`. */
  measured: boolean;
}

/** Another size of chunks, for tests that want many of them: MIGRATE_CHUNK_RECORDS in the environment. */
export function chunkSizeOf({ chunkSize, context }: Pick<StageRunInput, "chunkSize" | "context">): number {
  if (chunkSize !== undefined) return chunkSize;
  const wanted = Number(context.env.MIGRATE_CHUNK_RECORDS);
  return Number.isSafeInteger(wanted) && wanted > 0 ? wanted : CHUNK;
}
