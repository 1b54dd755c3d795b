/**
 * Keeps what a source gives while it is read. Within a run every object is read from the source once: what is recorded
 * already (by the plan, by another mapping, before the process was killed) is read back from the disk.
 */
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { FetchRequest, ReadRequest, SourceConnector } from "../connector.ts";
import { PRIVATE_FOLDER, writeWhole } from "../private-files.ts";
import type { RecordBatch } from "../record.ts";
import { unwritable } from "./errors.ts";
import { fetchFrom } from "./fetch.ts";
import { objectDir, RECORDS, SNAPSHOT_FILE, type SnapshotAbout } from "./format.ts";
import { emptyLog, type ObjectLog, readLog, resumable } from "./manifest.ts";
import { readBlocks } from "./reader.ts";
import { recordsOf, withoutFirst } from "./slice.ts";
import { soundLog } from "./verify.ts";
import { ObjectWriter } from "./writer.ts";

export interface RecordingOptions {
  /** `runs/<run>/snapshot`. */
  readonly dir: string;
  readonly about: Omit<SnapshotAbout, "version">;
  /** Fields to ask for besides those of the request; the same ones for every read of an object. */
  readonly fields: (object: string) => readonly string[];
  readonly signal: AbortSignal;
}

const covers = (log: ObjectLog, fields: readonly string[]): boolean =>
  log.records === 0 || log.layouts.every(({ columns }) => fields.every((field) => columns.includes(field)));

/**
 * The source, recorded into `dir`. Positions are numbers of records, so that reading goes on, after any
 * interruption, with what is on the disk and then where the record ends: nothing is recorded twice, nothing is left out.
 * Throws StoppedError SNAPSHOT_UNWRITABLE besides what the source throws.
 */
export function recording(source: SourceConnector, options: RecordingOptions): SourceConnector {
  const { dir, signal } = options;
  const fingerprints = new Map<string, string>();
  let about: Promise<void> | null = null;

  const logOf = async (object: string): Promise<ObjectLog | null> => readLog(objectDir(dir, object));

  /** The source's own; the last one that the engine was told goes into the record. */
  const live = async (object: string): Promise<string> => {
    const fingerprint = await source.fingerprint(object);
    fingerprints.set(object, fingerprint);
    return fingerprint;
  };

  async function* record(request: ReadRequest, log: ObjectLog, from: number): AsyncGenerator<RecordBatch> {
    const { object } = request;
    const fields = [...new Set([...request.fields, ...options.fields(object)])];
    const writer = await ObjectWriter.open(
      log,
      log.layouts.at(-1)?.fingerprint ?? fingerprints.get(object) ?? (await live(object)),
    );
    let records = log.records;
    try {
      for await (const batch of source.read({ ...request, fields, from: log.next })) {
        await writer.add(batch);
        const before = records;
        records += recordsOf(batch);
        // what a lost block held is recorded anew, and not given again
        if (records <= from && recordsOf(batch) > 0) continue;
        yield { ...withoutFirst(batch, from - before), next: { [RECORDS]: records } };
      }
      await writer.end();
    } finally {
      await writer.close();
    }
  }

  async function* read(request: ReadRequest): AsyncGenerator<RecordBatch> {
    about ??= writeAbout(dir, { version: 1, ...options.about });
    await about;
    const { object, from, batchSize } = request;
    const known = from === null ? 0 : from[RECORDS];
    const found = await logOf(object);
    // begun without a record, or recorded without these fields: the source alone can go on
    if (typeof known !== "number" || (found?.complete === true && !covers(found, request.fields))) {
      yield* source.read(request);
      return;
    }
    const log = found === null ? emptyLog(objectDir(dir, object)) : await soundLog(resumable(found));
    if (log.records > known) yield* readBlocks(log, { from: known, batchSize, signal });
    if (!log.complete) yield* record(request, log, known);
  }

  async function* fetch(request: FetchRequest): AsyncGenerator<RecordBatch> {
    const log = await logOf(request.object);
    if (log?.complete === true && covers(log, [...request.key, ...request.fields]))
      yield* fetchFrom(log, request, signal);
    else yield* source.fetch(request);
  }

  return {
    name: source.name,
    capabilities: source.capabilities,
    open: () => source.open(),
    describe: (wanted) => source.describe(wanted),
    count: (object, options) => source.count(object, options),
    read,
    fetch,
    // what changed is not recorded: its positions are the source's own
    ...(source.changes === undefined ? {} : { changes: source.changes }),
    // a complete record no longer depends on the source
    fingerprint: async (object) => {
      const log = await logOf(object);
      return log?.complete === true ? log.layouts[0]!.fingerprint : await live(object);
    },
    close: () => source.close(),
  };
}

/** Written once per run; a resumed run keeps what it finds. */
async function writeAbout(dir: string, about: SnapshotAbout): Promise<void> {
  const path = join(dir, SNAPSHOT_FILE);
  try {
    if ((await readFile(path, "utf8").catch(() => null)) !== null) return;
    await mkdir(dir, { recursive: true, mode: PRIVATE_FOLDER });
    await writeWhole(path, `${JSON.stringify(about)}\n`);
  } catch (error) {
    throw unwritable(dir, error);
  }
}
