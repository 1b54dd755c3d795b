/** Reads an object by Bulk API 2.0: one job, or one per range of ids; resumes inside a page. */
import { hasCode, TerminalError } from "../../core/errors.ts";
import type { HttpAnswer } from "../../core/http.ts";
import type { Position, RecordBatch } from "../../core/record.ts";
import { JOB_FAILED, type Job, runJob } from "./bulk-job.ts";
import { openPage, type PageScratch, readPage } from "./bulk-page.ts";
import { countRecords, rowsMissing, split } from "./count.ts";
import { QUERY_TIMEOUT } from "./errors.ts";
import { withJoins } from "./join-cells.ts";
import { type ReadPlan, tellChange } from "./rest-read.ts";
import { both, EVERYTHING, type IdRange, inRange, select } from "./soql.ts";

/** A range may be halved this often before its failure is final. */
const MOST_HALVINGS = 8;

interface Part {
  readonly range: IdRange;
  readonly halvings: number;
}

/** A job whose results are ready, and the ranges to read after it. */
interface Ready {
  readonly part: Part;
  readonly rest: readonly Part[];
  readonly job: Job | null;
}

export async function* readByBulk(plan: ReadPlan): AsyncGenerator<RecordBatch> {
  const resumed = positionOf(plan.from);
  let line = resumed?.line ?? 0;
  let parts: readonly Part[];
  if (resumed === null) parts = await firstParts(plan, EVERYTHING, plan.counted);
  else {
    const part = { range: { from: null, to: resumed.to }, halvings: 0 };
    line = yield* readJob(plan, part, resumed, line);
    parts = resumed.to === null ? [] : await firstParts(plan, { from: resumed.to, to: null }, null);
  }
  let ahead = parts.length === 0 ? null : start(plan, parts);
  while (ahead !== null) {
    const { part, rest, job }: Ready = await ahead;
    // the server works on the next range while this one is read
    ahead = rest.length === 0 ? null : start(plan, rest);
    ahead?.catch(() => undefined);
    if (job === null) continue;
    const cursor = { job: job.id, locator: null, row: 0, id: null, left: job.records };
    line = yield* readJob(plan, part, cursor, line);
  }
}

/** `counted` null: not counted yet. */
async function firstParts(plan: ReadPlan, range: IdRange, counted: number | null): Promise<readonly Part[]> {
  const { api, columns, scope } = plan;
  const records = counted ?? (await countRecords(api, columns.object, scope, range));
  const pieces = Math.ceil(records / api.options.chunkRecords);
  const ranges = pieces <= 1 ? [range] : await split(api, columns.object, scope, range, pieces);
  return ranges.map((each) => ({ range: each, halvings: 0 }));
}

/** Runs the first part's job; halves the part when the server cannot do it. */
async function start(plan: ReadPlan, parts: readonly Part[]): Promise<Ready> {
  const { api, columns, scope } = plan;
  const [part, ...rest] = parts as readonly [Part, ...Part[]];
  try {
    return { part, rest, job: await completeJob(plan, part.range) };
  } catch (error) {
    if (!hasCode(error, JOB_FAILED, QUERY_TIMEOUT) || part.halvings >= MOST_HALVINGS) throw error;
    const halves = await split(api, columns.object, scope, part.range, 2);
    if (halves.length < 2) throw error;
    api.context.log.info(`${columns.object}: ${(error as Error).message}; reading it in halves`);
    return await start(plan, [...halves.map((range) => ({ range, halvings: part.halvings + 1 })), ...rest]);
  }
}

/** A job that holds every record of the range that is counted; null when there is none. Made once more when it does not. */
async function completeJob(plan: ReadPlan, range: IdRange): Promise<Job | null> {
  const { api, columns, scope } = plan;
  const { object } = columns;
  const soql = select(
    columns.selected.map(({ name }) => name),
    object,
    both(scope.where, inRange(range)),
  );
  for (let attempt = 1; ; attempt++) {
    const whole = range === EVERYTHING && attempt === 1;
    const before = whole ? plan.counted : await countRecords(api, object, scope, range);
    if (before === 0) return null;
    const job = await runJob(api, soql, scope.operation, object);
    const after = await countRecords(api, object, scope, range);
    const { records } = job;
    if (!Number.isFinite(records)) {
      throw new TerminalError("SALESFORCE_UNEXPECTED_ANSWER", `job ${job.id} does not say how many records it found`);
    }
    const least = Math.min(before, after);
    if (records >= least || records >= (await stillThere(plan, range, job, least))) {
      if (plan.steady === undefined && (before !== after || records !== after))
        tellChange(api, object, before, after, records);
      return job;
    }
    if (attempt === 2) throw rowsMissing(object, records, least);
    api.context.log.warn(`${object}: job ${job.id} has ${records} records where ${least} are counted; asking again`);
  }
}

/**
 * Records of the range that were there when the job began and still are: what the job must hold at least, whatever came
 * and went meanwhile. `otherwise` where the object does not tell when its records were made.
 */
async function stillThere(plan: ReadPlan, range: IdRange, job: Job, otherwise: number): Promise<number> {
  const { api, columns, scope, metadata, steady } = plan;
  if (steady !== undefined)
    return await countRecords(api, columns.object, { ...scope, where: both(scope.where, steady) }, range);
  const { fields } = await metadata.describe(columns.object);
  if (job.createdAt === null || !fields.some((field) => field.name === "CreatedDate")) return otherwise;
  const began = job.createdAt.replace("+0000", "Z");
  const where = both(scope.where, `CreatedDate < ${began}`);
  return await countRecords(api, columns.object, { ...scope, where }, range);
}

interface Cursor {
  readonly job: string;
  readonly locator: string | null;
  /** Records of the page, and of all pages before, that were read. */
  readonly row: number;
  readonly id: string | null;
  /** Records of the job that are still to come. */
  readonly left: number;
}

/** Reads a job's pages; returns the number of records read of the object so far. */
async function* readJob(
  plan: ReadPlan,
  part: Part,
  cursor: Cursor,
  before: number,
): AsyncGenerator<RecordBatch, number> {
  const { api, columns, batchSize } = plan;
  let line = before;
  let { locator, row, id, left } = cursor;
  const { job } = cursor;
  const ahead: { answer: Promise<HttpAnswer> | null } = { answer: null };
  const scratch: PageScratch = { scan: null, blocks: null };
  const onArrived = (next: string) => {
    ahead.answer ??= openPage(api, { job, locator: next });
    ahead.answer.catch(() => undefined);
  };
  try {
    for (;;) {
      const opened = ahead.answer;
      ahead.answer = null;
      const page = { job, locator, row, id, left, batchSize, columns: columns.selected, opened, onArrived, scratch };
      const parts = readPage(api, page);
      let next: string | null = null;
      try {
        for (;;) {
          const step = await parts.next();
          if (step.done === true) {
            next = step.value.next;
            break;
          }
          const { size, row: reached, id: last, next: following, ...cells } = step.value;
          left -= size;
          const lines = new Float64Array(size);
          for (let index = 0; index < size; index++) lines[index] = line + index + 1;
          line += size;
          // a page that was read whole is not asked for again
          const place =
            following === null ? { locator, row: reached, id: last } : { locator: following, row: 0, id: null };
          const at: Position = { via: "bulk", job, ...place, left, line, to: part.range.to };
          yield await withJoins({ ...cells, size, lines, bad: [], next: at }, columns, api, plan.metadata);
        }
      } finally {
        await parts.return({ next: null });
      }
      if (next === null) break;
      locator = next;
      row = 0;
      id = null;
    }
  } finally {
    // asked for, and not wanted any more
    ahead.answer?.then((answer) => answer.close()).catch(() => undefined);
  }
  if (left > 0) throw rowsMissing(columns.object, line, line + left);
  return line;
}

interface Resumed extends Cursor {
  readonly line: number;
  readonly to: string | null;
}

function positionOf(from: Position | null): Resumed | null {
  if (from === null) return null;
  const { job, locator, row, id, left, line, to } = from;
  return {
    job: String(job),
    locator: locator === null ? null : String(locator),
    row: Number(row),
    id: id === null ? null : String(id),
    left: Number(left),
    line: Number(line),
    to: typeof to === "string" ? to : null,
  };
}
