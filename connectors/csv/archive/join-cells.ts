/** Further columns for batches that are cells in a buffer. */
import type { RecordBatch } from "../../../core/record.ts";

/** The batch with more columns at the end; `cells` gives their texts for a record, in order, those that lack are blank. */
export function joinCells(
  batch: RecordBatch,
  columns: readonly string[],
  cells: (record: number) => readonly string[],
): RecordBatch {
  const before = batch.columns.length;
  const width = before + columns.length;
  const starts = new Int32Array(batch.size * width);
  const ends = new Int32Array(batch.size * width);
  const texts: string[] = [];
  let at = batch.data.length;
  for (let record = 0; record < batch.size; record++) {
    const from = record * before;
    const to = record * width;
    starts.set(batch.starts.subarray(from, from + before), to);
    ends.set(batch.ends.subarray(from, from + before), to);
    const found = cells(record);
    for (let column = 0; column < columns.length; column++) {
      const text = found[column] ?? "";
      starts[to + before + column] = at;
      at += Buffer.byteLength(text);
      ends[to + before + column] = at;
      if (text !== "") texts.push(text);
    }
  }
  const more = Buffer.from(texts.join(""));
  return {
    ...batch,
    columns: [...batch.columns, ...columns],
    data: Buffer.concat([batch.data, more]),
    starts,
    ends,
    ascii: batch.ascii && more.length === texts.reduce((sum, { length }) => sum + length, 0),
  };
}
