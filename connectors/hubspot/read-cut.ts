/** Cuts rows into batches. */
import { BatchBuilder, type Position, type RecordBatch } from "../../core/record.ts";

const MOST_BYTES = 12 << 20;
/** At 1,900 records a second (the rate of most portals) more would be saved too seldom. */
const MOST_RECORDS = 5000;

export interface Cutter {
  /** Lines given out so far. */
  readonly line: number;
  readonly empty: boolean;
  /** The batch should be cut before another row is added. */
  readonly full: boolean;
  add(cells: readonly (string | null)[]): void;
  /** The rows since the last cut; `next` is where reading goes on behind them. */
  cut(next: Position): RecordBatch;
}

/** `line` is the number of records that came before. */
export function createCutter(columns: readonly string[], batchSize: number, line: number): Cutter {
  const most = Math.max(1, Math.min(batchSize, MOST_RECORDS));
  let builder = new BatchBuilder(columns);
  let lines = line;
  return {
    get line() {
      return lines;
    },
    get empty() {
      return builder.size === 0;
    },
    get full() {
      return builder.size >= most || builder.bytes >= MOST_BYTES;
    },
    add(cells) {
      builder.add(++lines, cells);
    },
    cut(next) {
      const batch = builder.build(next);
      builder = new BatchBuilder(columns);
      return batch;
    },
  };
}
