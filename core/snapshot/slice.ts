/** Parts of batches. */
import type { RecordBatch } from "../record.ts";

/** Good and bad records of a batch. */
export const recordsOf = (batch: RecordBatch): number => batch.size + batch.bad.length;

/** The batch without its first `records`, good and bad counted together in the order of their lines. */
export function withoutFirst(batch: RecordBatch, records: number): RecordBatch {
  if (records <= 0) return batch;
  let rows = 0;
  let bad = 0;
  for (let left = records; left > 0; left--) {
    const isBad = bad < batch.bad.length && (rows >= batch.size || batch.bad[bad]!.line < batch.lines[rows]!);
    if (isBad) bad++;
    else rows++;
  }
  const cells = rows * batch.columns.length;
  return {
    ...batch,
    size: batch.size - rows,
    starts: batch.starts.subarray(cells),
    ends: batch.ends.subarray(cells),
    lines: batch.lines.subarray(rows),
    bad: batch.bad.slice(bad),
  };
}
