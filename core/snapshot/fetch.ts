/** Finds records of a snapshot by key: reads the object once, keeps what matches. */
import type { FetchRequest } from "../connector.ts";
import { BatchBuilder, cellText, type RecordBatch, recordTexts } from "../record.ts";
import type { ObjectLog } from "./manifest.ts";
import { readBlocks } from "./reader.ts";

const BATCH = 10_000;

/** The records whose key is wanted, with the lines they had. */
export async function* fetchFrom(
  log: ObjectLog,
  { key, keys }: Pick<FetchRequest, "key" | "keys">,
  signal: AbortSignal,
): AsyncGenerator<RecordBatch> {
  if (keys.length === 0) return;
  const wanted = new Set(keys.map((parts) => JSON.stringify(parts)));
  for await (const batch of readBlocks(log, { from: 0, batchSize: BATCH, signal })) {
    const columns = key.map((name) => batch.columns.indexOf(name));
    const found = new BatchBuilder(batch.columns);
    for (let record = 0; record < batch.size; record++) {
      const parts = columns.map((column) => (column < 0 ? "" : (cellText(batch, record, column) ?? "")));
      if (wanted.has(JSON.stringify(parts))) found.add(batch.lines[record]!, recordTexts(batch, record));
    }
    if (found.size > 0) yield found.build(batch.next);
  }
}
