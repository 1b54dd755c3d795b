/** A snapshot as a source: the same records, no call to the system they came from. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { ReadRequest, SourceConnector } from "../connector.ts";
import type { RecordBatch } from "../record.ts";
import type { SourceObject } from "../schema.ts";
import { columnMissing, damaged, incomplete, objectMissing } from "./errors.ts";
import { fetchFrom } from "./fetch.ts";
import { MANIFEST_FILE, objectDir, RECORDS, SNAPSHOT_FILE, type SnapshotAbout } from "./format.ts";
import { type ObjectLog, readLog } from "./manifest.ts";
import { readBlocks, verifyBlocks } from "./reader.ts";

export interface SnapshotSource extends SourceConnector {
  readonly about: SnapshotAbout;
  /** Throws ConfigError SNAPSHOT_OBJECT_MISSING, SNAPSHOT_INCOMPLETE, SNAPSHOT_COLUMN_MISSING when the fields cannot be read. */
  assertHolds(object: string, fields: readonly string[]): Promise<void>;
  /** Throws TerminalError SNAPSHOT_DAMAGED where the bytes of a recorded object are not those that were written. */
  verify(object: string): Promise<void>;
}

/** Reads `snapshot.json`; null when there is none. Throws TerminalError SNAPSHOT_DAMAGED. */
export async function readAbout(dir: string): Promise<SnapshotAbout | null> {
  const path = join(dir, SNAPSHOT_FILE);
  const text = await readFile(path, "utf8").catch(() => null);
  if (text === null) return null;
  try {
    return JSON.parse(text) as SnapshotAbout;
  } catch (error) {
    throw damaged(path, "it is no JSON", error);
  }
}

/** Names of the objects that are recorded, complete or not. */
async function recordedObjects(dir: string, about: SnapshotAbout): Promise<string[]> {
  const folders = new Set(await readdir(dir).catch(() => []));
  return about.schema.objects.map(({ name }) => name).filter((name) => folders.has(basename(objectDir(dir, name))));
}

/**
 * The snapshot in `dir` as a source. Every byte that is read is verified: TerminalError SNAPSHOT_DAMAGED names the file.
 * `read`, `count` and `fingerprint` throw what `assertHolds` throws.
 */
export async function snapshotSource(dir: string, signal: AbortSignal): Promise<SnapshotSource> {
  const path = join(dir, SNAPSHOT_FILE);
  const about = await readAbout(dir);
  if (about === null) throw damaged(path, "it is not there");

  const describe = async () => ({ objects: await Promise.all(about.schema.objects.map(withColumns)) });

  /** The object as it was described, with recorded columns that were not described (`Owner.Name`). */
  const withColumns = async (object: SourceObject): Promise<SourceObject> => {
    const log = await readLog(objectDir(dir, object.name));
    if (log === null) return object;
    const known = new Set(object.fields.map((field) => field.name));
    const more = new Set(log.layouts.flatMap(({ columns }) => columns).filter((column) => !known.has(column)));
    return { ...object, fields: [...object.fields, ...[...more].map((name) => ({ name, label: name, type: null }))] };
  };

  const holding = async (object: string): Promise<ObjectLog> => {
    const log = await readLog(objectDir(dir, object));
    if (log === null) {
      const described = about.schema.objects.some(({ name }) => name === object);
      throw objectMissing(object, await recordedObjects(dir, about), described);
    }
    if (!log.complete) throw incomplete(object, about.run);
    if (log.layouts.length === 0) throw damaged(join(log.dir, MANIFEST_FILE), "it names no columns");
    return log;
  };

  const withFields = async (object: string, fields: readonly string[]): Promise<ObjectLog> => {
    const log = await holding(object);
    if (log.records === 0) return log;
    const missing = fields.filter((field) => !log.layouts.every(({ columns }) => columns.includes(field)));
    if (missing.length > 0) throw columnMissing(object, missing, about.run);
    return log;
  };

  async function* read({ object, fields, from, batchSize }: ReadRequest): AsyncGenerator<RecordBatch> {
    const log = await withFields(object, fields);
    yield* readBlocks(log, { from: Number(from?.[RECORDS] ?? 0), batchSize, signal });
  }

  return {
    about,
    name: about.connector,
    capabilities: {
      blankMeansNothing: about.blankMeansNothing,
      fetchByKey: false,
      uniqueIds: about.uniqueIds === true,
    },
    open: async () => undefined,
    describe,
    count: async (object) => (await holding(object)).records,
    read,
    async *fetch(request) {
      yield* fetchFrom(await withFields(request.object, [...request.key, ...request.fields]), request, signal);
    },
    fingerprint: async (object) => {
      const hash = createHash("sha256");
      const log = await holding(object);
      for (const { columns } of log.layouts) hash.update(JSON.stringify(columns));
      for (const { sha256 } of log.blocks) hash.update(sha256);
      return hash.digest("hex");
    },
    describeOrigin: () =>
      `the snapshot that run ${about.run} took of ${about.connector} at ${about.takenAt} (${basename(dirname(dir))}/${basename(dir)}); ${about.connector} itself was not asked`,
    assertHolds: async (object, fields) => {
      await withFields(object, fields);
    },
    verify: async (object) => verifyBlocks(await holding(object), signal),
    close: async () => undefined,
  };
}
