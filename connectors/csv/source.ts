/** The CSV source: one object per file. */
import { stat } from "node:fs/promises";
import type { FetchRequest, ReadRequest, SourceConnector } from "../../core/connector.ts";
import type { Context } from "../../core/context.ts";
import { ConfigError, type Problem } from "../../core/errors.ts";
import { BatchBuilder, cellText, type RecordBatch, recordTexts } from "../../core/record.ts";
import type { SourceSchema } from "../../core/schema.ts";
import { findFiles } from "./files.ts";
import { type CsvFile, inspectFile } from "./inspect.ts";
import { mixedProblem } from "./mixed.ts";
import { type NamedFile, nameFiles, resolveObject } from "./objects.ts";
import type { CsvOptions } from "./options.ts";
import { readRecords } from "./records.ts";

const COUNT_BATCH = 50_000;
const FETCH_BATCH = 1000;
const FETCH_BYTES = 16 << 20;

/** Makes the connector; nothing is opened yet. */
export function csvSource(options: CsvOptions, baseDir: string, context: Context): SourceConnector {
  let files: readonly NamedFile[] | null = null;
  const inspected = new Map<string, { readonly state: string; readonly file: Promise<CsvFile> }>();

  /** A file as it is now: looked at again only when its size or time changed. */
  async function inspect(named: NamedFile): Promise<CsvFile> {
    let state: string;
    try {
      const { size, mtimeMs, ino } = await stat(named.path);
      state = `${size}:${mtimeMs}:${ino}`;
    } catch (cause) {
      throw new ConfigError("CSV_UNREADABLE", `${named.name}: cannot be read any more (${codeOf(cause)})`, {
        place: { file: named.path },
        hint: "Put the file back, or correct `files`.",
        cause,
      });
    }
    const known = inspected.get(named.path);
    if (known?.state === state) return await known.file;
    const file = inspectFile(named.path, named.name, options, context.signal);
    inspected.set(named.path, { state, file });
    file.catch(() => inspected.delete(named.path));
    return await file;
  }

  async function all(): Promise<readonly NamedFile[]> {
    files ??= nameFiles(await findFiles(options.files, baseDir), baseDir);
    return files;
  }

  async function inspectAll(): Promise<CsvFile[]> {
    const problems: Problem[] = [];
    const found: CsvFile[] = [];
    for (const named of await all()) {
      try {
        found.push(await inspect(named));
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        problems.push(...error.problems);
      }
    }
    if (problems.length > 0) throw ConfigError.of(problems);
    return found;
  }

  async function find(object: string): Promise<CsvFile> {
    return await inspect(resolveObject(await all(), object));
  }

  async function* read(object: string, batchSize: number, from: ReadRequest["from"]): AsyncGenerator<RecordBatch> {
    const { signal } = context;
    const { pad, maxRecordBytes } = options;
    const file = await find(object);
    const onNuls = (nuls: number) =>
      context.log.warn(`${file.name}: ${nuls} NUL ${nuls === 1 ? "byte" : "bytes"} left out`, {
        file: file.path,
        nuls,
      });
    yield* readRecords(file, { from, batchSize, pad, maxRecordBytes, signal, onNuls });
  }

  async function* fetch(request: FetchRequest): AsyncGenerator<RecordBatch> {
    const file = await find(request.object);
    const columns = request.key.map((name) => columnIndex(file, name));
    const wanted = new Set(request.keys.map((parts) => JSON.stringify(parts)));
    let found = new BatchBuilder(file.columns);
    for await (const batch of read(request.object, COUNT_BATCH, null)) {
      for (let record = 0; record < batch.size; record++) {
        const parts = columns.map((column) => cellText(batch, record, column)?.trim() ?? null);
        if (!wanted.has(JSON.stringify(parts))) continue;
        found.add(batch.lines[record]!, recordTexts(batch, record));
        if (found.size >= FETCH_BATCH || found.bytes >= FETCH_BYTES) {
          yield found.build(batch.next);
          found = new BatchBuilder(file.columns);
        }
      }
    }
    if (found.size > 0) yield found.build({});
  }

  return {
    name: "csv",
    capabilities: { blankMeansNothing: true, fetchByKey: false },
    async open() {
      await inspectAll();
    },
    async describe(): Promise<SourceSchema> {
      const named = await all();
      const found = await inspectAll();
      for (const file of found) context.log.debug(`${file.name}: ${file.note}`, { file: file.path });
      return {
        objects: found.map((file, index) => ({
          name: file.name,
          label: file.name,
          aliases: named[index]!.aliases,
          fields: file.columns.map((name) => ({ name, label: name, type: null })),
          note: file.note,
        })),
      };
    },
    async check(reads) {
      const found = await inspectAll();
      return found.flatMap(({ path, name, mixed }) =>
        mixed && reads.has(name) ? [mixedProblem(path, name, mixed)] : [],
      );
    },
    async count(object) {
      let count = 0;
      for await (const batch of read(object, COUNT_BATCH, null)) count += batch.size + batch.bad.length;
      return count;
    },
    read: (request) => read(request.object, request.batchSize, request.from),
    fetch,
    async fingerprint(object) {
      const { survey } = await find(object);
      return `${survey.size}:${survey.sha256}`;
    },
    async close() {
      inspected.clear();
      files = null;
    },
  };
}

function columnIndex(file: CsvFile, name: string): number {
  const index = file.columns.indexOf(name);
  if (index >= 0) return index;
  throw new ConfigError(
    "SOURCE_COLUMN_MISSING",
    `${file.name}: no column "${name}": expected one of ${file.columns.join(", ")}`,
    {
      place: { object: file.name, field: name },
      hint: "Correct `key:` in the mapping.",
    },
  );
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
