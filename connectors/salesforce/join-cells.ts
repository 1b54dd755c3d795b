/** Adds joined columns to a batch. */
import { BatchBuilder, cellText, type RecordBatch, recordTexts } from "../../core/record.ts";
import type { Api } from "./api.ts";
import { type Columns, columnNames } from "./columns.ts";
import type { Metadata } from "./metadata.ts";

/** The batch itself where nothing is joined. */
export async function withJoins(
  batch: RecordBatch,
  columns: Columns,
  api: Api,
  metadata: Metadata,
): Promise<RecordBatch> {
  if (columns.joins.length === 0) return batch;
  const added: ((record: number) => readonly (string | null)[])[] = [];
  for (const join of columns.joins) {
    const by = batch.columns.indexOf(join.by);
    const keys = Array.from({ length: batch.size }, (_, record) => cellText(batch, record, by));
    const found = await join.load([...new Set(keys.filter((key) => key !== null))], api, metadata);
    const none = join.columns.map(() => null);
    added.push((record) => found.get(keys[record] ?? "") ?? none);
  }
  const own = batch.columns;
  const names = [...own, ...columnNames({ ...columns, selected: [] })];
  const builder = new BatchBuilder(names);
  for (let record = 0; record < batch.size; record++) {
    builder.add(batch.lines[record]!, [...recordTexts(batch, record), ...added.flatMap((cells) => cells(record))]);
  }
  for (const bad of batch.bad) builder.addBad(bad);
  return builder.build(batch.next);
}
