/** Original rows of records that the database side rejected. */
import type { SourceConnector } from "../connector.ts";
import type { CompiledMapping } from "../mapping/compiled.ts";
import { fetchKeys } from "../mapping/fetch-keys.ts";
import { type RecordBatch, recordTexts } from "../record.ts";
import { type RejectRow, recordAtLine } from "./chunk.ts";
import { problemsOf, type StageReject } from "./counts.ts";
import type { MergePlan } from "./merge/plan.ts";

export { splitKey } from "../mapping/fetch-keys.ts";

/** A reject with its row, as far as the batch holds it. */
export function originalRow(batch: RecordBatch, reject: StageReject): RejectRow {
  const record = recordAtLine(batch, reject.line);
  return {
    line: reject.line,
    key: reject.key,
    problems: problemsOf(reject),
    columns: batch.columns,
    cells: record < 0 ? [] : recordTexts(batch, record),
  };
}

/** What is needed to read records again. */
export interface Refetching {
  readonly plan: MergePlan;
  readonly source: SourceConnector;
  readonly compiled: CompiledMapping;
}

/** Original rows of rejects that are no longer in memory, read from the source again by their key. */
export async function refetch(input: Refetching, rejects: readonly StageReject[]): Promise<RejectRow[]> {
  const { plan, source, compiled } = input;
  const byKey = Map.groupBy(rejects, ({ key }) => key);
  const take = (key: string | null, line: number | null, index: number): StageReject | undefined => {
    const left = byKey.get(key) ?? [];
    // records that are fetched by key have lines of their own
    const at = left.findIndex(
      (reject) => (reject.source ?? index) === index && (line === null || reject.line === line),
    );
    const [taken] = at < 0 ? [] : left.splice(at, 1);
    if (left.length === 0) byKey.delete(key);
    return taken;
  };
  const rows: RejectRow[] = [];
  for (const [index, object] of plan.mapping.sources.entries()) {
    const keys = [...byKey.keys()].filter((key) => key !== null);
    for await (const batch of fetchKeys(source, compiled, object, keys)) {
      const bound = compiled.bind(batch.columns);
      for (let record = 0; record < batch.size; record++) {
        const key = bound.key(batch, record);
        const line = source.capabilities.fetchByKey ? null : batch.lines[record]!;
        const reject = key === null ? undefined : take(key, line, index);
        if (reject !== undefined) rows.push(originalRow(batch, reject));
      }
    }
  }
  for (const reject of [...byKey.values()].flat()) {
    rows.push({ line: reject.line, key: reject.key, problems: problemsOf(reject), columns: [], cells: [] });
  }
  return rows;
}
