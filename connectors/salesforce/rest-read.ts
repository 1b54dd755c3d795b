/** Reads an object by SOQL pages, in the order of ids: each page starts behind the last id of the one before. */
import { counted } from "../../core/counted.ts";
import { hasCode } from "../../core/errors.ts";
import { BatchBuilder, type Position, type RecordBatch } from "../../core/record.ts";
import type { Api } from "./api.ts";
import { type Columns, columnNames } from "./columns.ts";
import { countRecords, rowsMissing } from "./count.ts";
import { LOCATOR_LOST, QUERY_TIMEOUT, TOO_MANY_ROWS } from "./errors.ts";
import { withJoins } from "./join-cells.ts";
import type { Metadata } from "./metadata.ts";
import type { Scope } from "./objects.ts";
import { type Found, type Row, readRows } from "./rows.ts";
import { both, quoted } from "./soql.ts";

export interface ReadPlan {
  readonly api: Api;
  readonly metadata: Metadata;
  readonly columns: Columns;
  readonly scope: Scope;
  readonly batchSize: number;
  readonly from: Position | null;
  /** Records counted just before; on a resumed read, at its beginning. */
  readonly counted: number;
  /**
   * Where records may come into the scope anywhere while it is read (those that change meanwhile): a condition that only
   * records meet which were in it when the read began. Absent: what is new comes last.
   */
  readonly steady?: string;
}

const BATCH_BYTES = 12 << 20;
const SMALLEST_PAGE = 50;
/** In a row, for one page: enough to come down to the smallest one. */
const MOST_FAILURES = 8;

export async function* readByRest(plan: ReadPlan): AsyncGenerator<RecordBatch> {
  const { api, columns, scope, counted } = plan;
  const { object } = columns;
  let after = typeof plan.from?.after === "string" ? plan.from.after : null;
  let line = typeof plan.from?.line === "number" ? plan.from.line : 0;
  let limit = api.tuning.pageRecords;
  let failures = 0;
  for (;;) {
    api.context.signal.throwIfAborted();
    const where = both(scope.where, after === null ? null : `Id > ${quoted(after)}`);
    const query = {
      object,
      operation: scope.operation,
      columns: columns.selected,
      where,
      rest: `ORDER BY Id LIMIT ${limit}`,
      patience: limit <= SMALLEST_PAGE ? 3 : 1,
    };
    let page: Found;
    try {
      page = await readRows(api, query);
    } catch (error) {
      // a page of fewer records needs less time, and no locator
      if (!hasCode(error, LOCATOR_LOST, TOO_MANY_ROWS, QUERY_TIMEOUT) || ++failures > MOST_FAILURES) throw error;
      limit = Math.max(SMALLEST_PAGE, limit >> 1);
      continue;
    }
    for (const batch of batchesOf(page.rows, columns, plan.batchSize, line, counted)) {
      yield await withJoins(batch, columns, api, plan.metadata);
      api.context.signal.throwIfAborted();
    }
    failures = 0;
    line += page.rows.length;
    after = page.last ?? after;
    if (page.found < limit) break;
    // what was slow once need not stay slow
    limit = Math.min(api.tuning.pageRecords, limit * 2);
  }
  await verify(plan, line, after);
}

/** `line` is the number of records that came before. */
function* batchesOf(
  rows: readonly Row[],
  columns: Columns,
  batchSize: number,
  line: number,
  counted: number,
): Generator<RecordBatch> {
  const names = columnNames({ ...columns, joins: [] });
  let builder = new BatchBuilder(names);
  for (const [index, row] of rows.entries()) {
    builder.add(line + index + 1, row);
    if (index + 1 < rows.length && builder.size < batchSize && builder.bytes < BATCH_BYTES) continue;
    yield builder.build({ via: "rest", after: row[0]!, line: line + index + 1, counted });
    builder = new BatchBuilder(names);
  }
}

/** What came is compared with what the source counts now, and counted before. `last` is the highest id that came. */
async function verify(plan: ReadPlan, came: number, last: string | null): Promise<void> {
  const { api, columns, scope, counted, steady } = plan;
  if (came === counted) return;
  if (steady !== undefined) {
    const least = await countRecords(api, columns.object, { ...scope, where: both(scope.where, steady) });
    if (came < least) throw rowsMissing(columns.object, came, least);
    return;
  }
  const now = await countRecords(api, columns.object, scope);
  if (came < Math.min(counted, now)) {
    // records may have gone and others come behind us: those up to the last id cannot have come unseen
    const behind = last === null ? null : `Id <= ${quoted(last)}`;
    const upToLast = await countRecords(api, columns.object, { ...scope, where: both(scope.where, behind) });
    if (came < upToLast || last === null) throw rowsMissing(columns.object, came, Math.min(counted, now));
  }
  tellChange(api, columns.object, counted, now, came);
}

/** The object changed while it was read: no error, but somebody should know. */
export function tellChange(api: Api, object: string, before: number, after: number, came: number): void {
  api.changes.set(object, after);
  api.context.log.warn(
    `${object} changed while it was read: ${counted(before, "record")} before, ${after.toLocaleString("en")} after, ${came.toLocaleString("en")} read; run again (or a delta) for the rest`,
    { object, before, after, read: came },
  );
}
