import type { SourceConnector } from "../../core/connector.ts";
import { type BadRecord, type Position, type RecordBatch, recordTexts } from "../../core/record.ts";

/** Everything that a read gave, copied out of its batches while they were valid. */
export interface ReadResult {
  readonly columns: readonly string[];
  readonly rows: (string | null)[][];
  readonly lines: number[];
  readonly bad: BadRecord[];
  /** `next` of each batch, and how many good and bad records had come by then. */
  readonly stops: { readonly next: Position; readonly rows: number; readonly bad: number }[];
  readonly sizes: number[];
}

/** Collects batches; the texts of a batch are taken before the next one is asked for. */
export async function collect(batches: AsyncIterable<RecordBatch>): Promise<ReadResult> {
  const result = { columns: [] as readonly string[], rows: [], lines: [], bad: [], stops: [], sizes: [] } as {
    columns: readonly string[];
  } & Omit<ReadResult, "columns">;
  for await (const batch of batches) {
    result.columns = batch.columns;
    for (let record = 0; record < batch.size; record++) {
      result.rows.push(recordTexts(batch, record));
      result.lines.push(batch.lines[record]!);
    }
    result.bad.push(...batch.bad);
    result.sizes.push(batch.size);
    result.stops.push({ next: batch.next, rows: result.rows.length, bad: result.bad.length });
  }
  return result;
}

/** Reads an object from the beginning, or from a position. */
export async function readAll(
  source: SourceConnector,
  object: string,
  options: { readonly from?: Position | null; readonly batchSize?: number; readonly fields?: readonly string[] } = {},
): Promise<ReadResult> {
  const { from = null, batchSize = 1000, fields = [] } = options;
  return await collect(source.read({ object, fields, from, batchSize }));
}
