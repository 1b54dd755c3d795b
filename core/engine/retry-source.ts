/** How the rejects of a run are read: by their keys from the source, or as somebody has edited them in a file. */
import type pg from "pg";
import type { ReadRequest, SourceConnector } from "../connector.ts";
import type { CompiledMapping } from "../mapping/compiled.ts";
import type { ObjectMapping } from "../mapping/types.ts";
import { BatchBuilder, cellText, type RecordBatch, recordTexts } from "../record.ts";
import { splitKey } from "./refetch.ts";
import type { RejectPlace, RetryRecord } from "./retry-records.ts";

/** Columns that reject files have in front of the original ones. */
export const NOTES: ReadonlySet<string> = new Set(["_code", "_field", "_value", "_reason", "_key"]);

/** A reject that is tried again: which one, and under which key. */
export interface Retried {
  readonly line: number;
  readonly key: string | null;
  readonly newKey: string | null;
  readonly edited: boolean;
}

export interface RetryInput {
  readonly mapping: ObjectMapping;
  readonly compiled: CompiledMapping;
  readonly source: SourceConnector;
  /** Pages of the rejects of the mapping, in a stable order, from an offset on. */
  readonly records: (offset: number, limit: number) => Promise<readonly RetryRecord[]>;
  /** The edited file as a source of one object; null: records are read from the source again. */
  readonly edited: EditedFile | null;
  /** Told of every reject before its record is given out; a retry that goes on tells some again. */
  readonly note: (retried: readonly Retried[]) => Promise<void>;
}

export interface EditedFile {
  readonly source: SourceConnector;
  readonly object: string;
  /** The reject that `_key` of a row names; null: the run has none. */
  readonly rejectOf: (key: string) => RejectPlace | null;
}

const PAGE = 1_000;

/**
 * The reader of a stage: gives what is to be loaded again. Positions are its own: a retry that was killed goes on where it
 * was.
 */
export const retryReads =
  (input: RetryInput) =>
  (request: ReadRequest): AsyncIterable<RecordBatch> =>
    input.edited === null ? readRejects(input, request) : readEdited(input, input.edited, request);

/** Keeps what was tried again. In the caller's transaction. */
export async function noteRetried(
  client: Pick<pg.ClientBase, "query">,
  { runId, ofRun, originId }: { readonly runId: string; readonly ofRun: string; readonly originId: number },
  retried: readonly Retried[],
): Promise<void> {
  await client.query(
    `insert into migrate.retried (run_id, of_run_id, origin_id, line, key, new_key, edited)
     select $1, $2, $3, x.line, x.key, x."newKey", x.edited
     from jsonb_to_recordset($4::jsonb) as x(line bigint, key text, "newKey" text, edited boolean)
     where not exists (select from migrate.retried r where r.run_id = $1 and r.origin_id = $3 and r.line = x.line
       and r.key is not distinct from x.key)`,
    [runId, ofRun, originId, JSON.stringify(retried)],
  );
}

/** Batches of records whose columns may change from one to the next, with lines that only rise. */
class Batches {
  readonly done: RecordBatch[] = [];
  #builder: BatchBuilder | null = null;
  #last = 0;

  add(line: number, columns: readonly string[], cells: readonly (string | null)[], next: number): void {
    this.#for(columns, next).add(this.#line(line), cells);
  }

  addBad({ line, code, reason, field, columns, cells }: RetryRecord, next: number): void {
    this.#for(columns, next).addBad({ line: this.#line(line), code, reason, field, cells });
  }

  end(next: number): void {
    if (this.#builder !== null) this.done.push(this.#builder.build({ offset: next }));
    this.#builder = null;
  }

  #line(line: number): number {
    this.#last = Math.max(this.#last + 1, line);
    return this.#last;
  }

  #for(columns: readonly string[], next: number): BatchBuilder {
    const before = this.#builder?.columns;
    if (before?.length !== columns.length || !before.every((column, at) => column === columns[at])) {
      this.end(next);
      this.#builder = new BatchBuilder(columns);
    }
    return this.#builder!;
  }
}

/** Rejects with a key are read from the source; others, and those that could not be read, as they were kept. */
async function* readRejects(input: RetryInput, request: ReadRequest): AsyncIterable<RecordBatch> {
  const first = input.mapping.sources[0] === request.object;
  const limit = Math.min(PAGE, request.batchSize);
  for (let offset = Number(request.from?.offset ?? 0); ; offset += limit) {
    const page = await input.records(offset, limit);
    if (page.length === 0) return;
    const fetched = await fetchAgain(input, request, page);
    // a restart begins with the whole page: what was loaded of it is unchanged then
    const batches = new Batches();
    const retried: Retried[] = [];
    for (const record of page) {
      const { line, key, columns, cells } = record;
      const found = fetched.get(record);
      if (found === undefined && (key !== null || !first)) continue;
      if (found !== undefined) batches.add(line, found.columns, found.cells, offset);
      else if (cells.length === columns.length) batches.add(line, columns, cells, offset);
      else batches.addBad(record, offset);
      retried.push({ line, key, newKey: key, edited: false });
    }
    batches.end(offset + page.length);
    await input.note(retried);
    yield* batches.done;
    if (page.length < limit) return;
  }
}

interface Found {
  readonly columns: readonly string[];
  readonly cells: readonly (string | null)[];
}

/** The rejects of a page as the source holds them now; of a key that files hold several times, the line that was rejected. */
async function fetchAgain(
  { mapping, compiled, source }: RetryInput,
  { object, fields }: ReadRequest,
  page: readonly RetryRecord[],
): Promise<ReadonlyMap<RetryRecord, Found>> {
  const found = new Map<RetryRecord, Found>();
  const byKey = Map.groupBy(
    page.filter(({ key }) => key !== null),
    ({ key }) => key!,
  );
  if (byKey.size === 0) return found;
  const keys = [...byKey.keys()].map(splitKey);
  for await (const batch of source.fetch({ object, fields, key: mapping.key, keys })) {
    const bound = compiled.bind(batch.columns);
    for (let at = 0; at < batch.size; at++) {
      const key = bound.key(batch, at);
      const records = key === null ? undefined : byKey.get(key);
      const record = source.capabilities.fetchByKey
        ? records?.find((each) => !found.has(each))
        : (records?.find(({ line }) => line === batch.lines[at]) ?? onlyOne(records, found));
      if (record !== undefined) found.set(record, { columns: batch.columns, cells: recordTexts(batch, at) });
    }
  }
  return found;
}

/** A key that is rejected once is found although lines have moved since. */
const onlyOne = (records: readonly RetryRecord[] | undefined, found: ReadonlyMap<RetryRecord, Found>) =>
  records?.length === 1 && !found.has(records[0]!) ? records[0] : undefined;

/** The text of a cell without what reject files put before texts that a spreadsheet would take for a formula. */
export const plain = (text: string): string => (/^'[=+\-@\t\r]/.test(text) ? text.slice(1) : text);

/** Rows of the edited file that belong to the mapping. */
async function* readEdited(
  { mapping, compiled, source, note }: RetryInput,
  edited: EditedFile,
  request: ReadRequest,
): AsyncIterable<RecordBatch> {
  if (mapping.sources[0] !== request.object) return;
  // where the source knows null, an empty cell is one
  const blank = source.capabilities.blankMeansNothing ? "" : null;
  const kept = request.from?.inner;
  const from = typeof kept === "string" ? (JSON.parse(kept) as ReadRequest["from"]) : null;
  const mine = (text: string | null): RejectPlace | null => {
    const place = edited.rejectOf(plain(text ?? ""));
    return place?.mapping === mapping.id ? place : null;
  };
  for await (const batch of edited.source.read({
    object: edited.object,
    fields: [],
    batchSize: request.batchSize,
    from,
  })) {
    const keyAt = batch.columns.indexOf("_key");
    const own = batch.columns.flatMap((name, at) => (NOTES.has(name) ? [] : [at]));
    const builder = new BatchBuilder(own.map((at) => batch.columns[at]!));
    const places: RejectPlace[] = [];
    let last = 0;
    for (let row = 0; row < batch.size; row++) {
      const place = mine(cellText(batch, row, keyAt));
      if (place === null) continue;
      places.push(place);
      last = Math.max(last + 1, place.line);
      builder.add(
        last,
        own.map((at) => {
          const text = plain(cellText(batch, row, at) ?? "");
          return text === "" ? blank : text;
        }),
      );
    }
    const bad: RejectPlace[] = [];
    for (const record of batch.bad) {
      const place = mine(record.cells[keyAt] ?? null);
      if (place === null) continue;
      bad.push(place);
      const cells = record.cells.filter((_, at) => !NOTES.has(batch.columns[at] ?? "")).map(plain);
      builder.addBad({ ...record, cells });
    }
    const built = builder.build({ inner: JSON.stringify(batch.next) });
    const bound = compiled.bind(built.columns);
    await note([
      ...places.map(({ line, key }, at) => ({ line, key, newKey: bound.key(built, at), edited: true })),
      ...bad.map(({ line, key }) => ({ line, key, newKey: null, edited: true })),
    ]);
    yield built;
  }
}
