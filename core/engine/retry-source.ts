/** The rejects of a run as a source: read again by their keys, or as somebody has edited them in a file. */
import type { ReadRequest, SourceConnector } from "../connector.ts";
import { ConfigError } from "../errors.ts";
import type { CompiledMapping } from "../mapping/compiled.ts";
import type { ObjectMapping } from "../mapping/types.ts";
import { BatchBuilder, cellText, type RecordBatch, recordTexts } from "../record.ts";
import { splitKey } from "./refetch.ts";
import type { RetryRecord } from "./retry-records.ts";

/** Columns that reject files have in front of the original ones. */
const NOTES = new Set(["_code", "_field", "_value", "_reason", "_key"]);

export interface RetryInput {
  readonly mapping: ObjectMapping;
  readonly compiled: CompiledMapping;
  readonly source: SourceConnector;
  /** Pages of the rejects of the mapping, in a stable order, from an offset on. */
  readonly records: (offset: number, limit: number) => Promise<readonly RetryRecord[]>;
  /** The edited file as a source of one object; null: records are read from the source again. */
  readonly edited: EditedFile | null;
}

export interface EditedFile {
  readonly source: SourceConnector;
  readonly object: string;
  /** What `_key` says of a row -> mapping of the record that it was; null: the run rejected no such record. */
  readonly mappingOf: (key: string) => string | null;
}

const PAGE = 1_000;

/**
 * `source`, whose `read` gives what is to be loaded again. Lines are those that the rejects had. Positions are its own: a
 * retry that was killed goes on where it was.
 */
export function retrySource(input: RetryInput): SourceConnector {
  const { source } = input;
  return {
    ...source,
    name: source.name,
    capabilities: source.capabilities,
    open: () => source.open(),
    describe: (wanted) => source.describe(wanted),
    count: (object, options) => source.count(object, options),
    fetch: (request) => source.fetch(request),
    fingerprint: async () => "retry",
    close: () => source.close(),
    read: (request) => (input.edited === null ? readRejects(input, request) : readEdited(input, input.edited, request)),
  };
}

/** Batches of records whose columns may change from one to the next, with lines that only rise. */
class Batches {
  #builder: BatchBuilder | null = null;
  #last = 0;

  /** The batch so far when this record has other columns; null otherwise. */
  add(line: number, columns: readonly string[], cells: readonly (string | null)[], next: number): RecordBatch | null {
    const done = this.#for(columns, next);
    this.#last = Math.max(this.#last + 1, line);
    this.#builder!.add(this.#last, cells);
    return done;
  }

  addBad(
    line: number,
    columns: readonly string[],
    cells: readonly string[],
    why: RetryRecord,
    next: number,
  ): RecordBatch | null {
    const done = this.#for(columns, next);
    this.#last = Math.max(this.#last + 1, line);
    this.#builder!.addBad({ line: this.#last, code: why.code, reason: why.reason, field: why.field, cells });
    return done;
  }

  take(next: number): RecordBatch | null {
    const built = this.#builder?.build({ offset: next }) ?? null;
    this.#builder = null;
    return built;
  }

  #for(columns: readonly string[], next: number): RecordBatch | null {
    const same =
      this.#builder !== null &&
      this.#builder.columns.length === columns.length &&
      this.#builder.columns.every((column, at) => column === columns[at]);
    if (same) return null;
    const done = this.take(next);
    this.#builder = new BatchBuilder(columns);
    return done;
  }
}

const offsetOf = ({ from }: ReadRequest): number => Number(from?.offset ?? 0);

/** Rejects with a key are read from the source; others, and those that could not be read, as they were kept. */
async function* readRejects(input: RetryInput, request: ReadRequest): AsyncIterable<RecordBatch> {
  const first = input.mapping.sources[0] === request.object;
  const limit = Math.min(PAGE, request.batchSize);
  for (let offset = offsetOf(request); ; offset += limit) {
    const page = await input.records(offset, limit);
    if (page.length === 0) return;
    const fetched = await fetchAgain(input, request, page);
    const batches = new Batches();
    const done: RecordBatch[] = [];
    const take = (batch: RecordBatch | null) => batch !== null && done.push(batch);
    for (const record of page) {
      const found = fetched.get(record);
      if (found !== undefined) take(batches.add(record.line, found.columns, found.cells, offset));
      else if (record.key === null && first) take(asKept(batches, record, offset));
    }
    take(batches.take(offset + page.length));
    // a restart begins with the whole page: what was loaded of it is unchanged then
    yield* done;
    if (page.length < limit) return;
  }
}

function asKept(batches: Batches, record: RetryRecord, offset: number): RecordBatch | null {
  const { columns, cells } = record;
  if (cells.length === columns.length) return batches.add(record.line, columns, cells, offset);
  return batches.addBad(record.line, columns, cells, record, offset);
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
        : records?.find(({ line }) => line === batch.lines[at]);
      if (record !== undefined) found.set(record, { columns: batch.columns, cells: recordTexts(batch, at) });
    }
  }
  return found;
}

/** What reject files put before texts that a spreadsheet would take for a formula. */
const plain = (text: string): string => (/^'[=+\-@\t\r]/.test(text) ? text.slice(1) : text);

/** Rows of the edited file that belong to the mapping. */
async function* readEdited(
  { mapping, source }: RetryInput,
  edited: EditedFile,
  request: ReadRequest,
): AsyncIterable<RecordBatch> {
  if (mapping.sources[0] !== request.object) return;
  // where the source knows null, an empty cell is one
  const blank = source.capabilities.blankMeansNothing ? "" : null;
  const inner = { object: edited.object, fields: [], batchSize: request.batchSize, from: innerPosition(request) };
  for await (const batch of edited.source.read(inner)) {
    const keyAt = keyColumn(batch.columns, edited.object);
    const kept = batch.columns.flatMap((name, at) => (NOTES.has(name) ? [] : [at]));
    const columns = kept.map((at) => batch.columns[at]!);
    const builder = new BatchBuilder(columns);
    for (let row = 0; row < batch.size; row++) {
      if (edited.mappingOf(plain(cellText(batch, row, keyAt) ?? "")) !== mapping.id) continue;
      builder.add(
        batch.lines[row]!,
        kept.map((at) => {
          const text = plain(cellText(batch, row, at) ?? "");
          return text === "" ? blank : text;
        }),
      );
    }
    for (const bad of batch.bad) {
      if (edited.mappingOf(plain(bad.cells[keyAt] ?? "")) !== mapping.id) continue;
      builder.addBad({ ...bad, cells: bad.cells.filter((_, at) => !NOTES.has(batch.columns[at] ?? "")).map(plain) });
    }
    yield builder.build({ inner: JSON.stringify(batch.next) });
  }
}

function innerPosition({ from }: ReadRequest): ReadRequest["from"] {
  const kept = from?.inner;
  return typeof kept === "string" ? (JSON.parse(kept) as ReadRequest["from"]) : null;
}

function keyColumn(columns: readonly string[], file: string): number {
  const at = columns.indexOf("_key");
  if (at >= 0) return at;
  throw new ConfigError("RETRY_NOT_REJECTS", `expected a reject file with a column _key, ${file} has none`, {
    place: { file },
    hint: "Edit a file of the run's rejects/ folder and leave its columns that begin with _ as they are.",
  });
}
