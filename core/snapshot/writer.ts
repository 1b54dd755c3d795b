/** Appends batches of one object: encoded at once, packed and written while the reader goes on. */
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { PRIVATE_FILE, PRIVATE_FOLDER } from "../private-files.ts";
import type { Position, RecordBatch } from "../record.ts";
import { BlockEncoder } from "./encode.ts";
import { unwritable } from "./errors.ts";
import { type LayoutLine, MANIFEST_FILE, sha256 } from "./format.ts";
import { appendLine, type ObjectLog, writeLog } from "./manifest.ts";

const pack = promisify(gzip);

/** Unpacked bytes of a block, about. */
const BLOCK_BYTES = 4 << 20;
/** Room for a packed block, in few pieces. */
const PACKED_BYTES = 1 << 20;
/** Packed bytes after which a new file begins. */
const FILE_BYTES = 64 << 20;

export class ObjectWriter {
  readonly #dir: string;
  readonly #fingerprint: string;
  #encoder = new BlockEncoder();
  #spare = new BlockEncoder();
  #layout: readonly string[] | null = null;
  #sameAs: readonly string[] | null = null;
  #file: FileHandle | null = null;
  #part: number;
  #offset: number;
  #records: number;
  /** Ends when everything handed over is written. */
  #writing: Promise<void> = Promise.resolve();

  private constructor(log: ObjectLog, fingerprint: string) {
    this.#dir = log.dir;
    this.#fingerprint = fingerprint;
    const last = log.blocks.at(-1);
    this.#part = last === undefined ? 1 : Number.parseInt(last.file, 10);
    this.#offset = last === undefined ? 0 : last.offset + last.bytes;
    this.#records = log.records;
    this.#layout = log.layouts.at(-1)?.columns ?? null;
  }

  /** Goes on after what `log` says; whatever else is in the folder is cut off. Throws StoppedError SNAPSHOT_UNWRITABLE. */
  static async open(log: ObjectLog, fingerprint: string): Promise<ObjectWriter> {
    const writer = new ObjectWriter(log, fingerprint);
    return writer.#guard(async () => {
      await mkdir(log.dir, { recursive: true, mode: PRIVATE_FOLDER });
      await writeLog(log);
      writer.#file = await writer.#openFile();
      await writer.#file.truncate(writer.#offset);
      return writer;
    });
  }

  /** Takes a batch; its buffers are free again when this resolves. Failures of earlier writes are thrown here. */
  async add(batch: RecordBatch): Promise<void> {
    await this.#useLayout(batch.columns);
    let bad = 0;
    for (let record = 0; record < batch.size; record++) {
      while (bad < batch.bad.length && batch.bad[bad]!.line < batch.lines[record]!)
        this.#encoder.addBad(batch.bad[bad++]!);
      this.#encoder.addRow(batch, record);
      const last = record === batch.size - 1 && bad === batch.bad.length;
      if (this.#encoder.length >= BLOCK_BYTES && !last) await this.#cut(null);
    }
    while (bad < batch.bad.length) this.#encoder.addBad(batch.bad[bad++]!);
    if (this.#encoder.length > 0) await this.#cut(batch.next);
  }

  /** Marks the object as read to its end. */
  async end(): Promise<void> {
    await this.#writing;
    await this.#guard(async () => {
      if (this.#layout === null) await appendLine(this.#dir, { columns: [], fingerprint: this.#fingerprint });
      await this.#file!.datasync();
      await appendLine(this.#dir, { end: true, records: this.#records });
    });
  }

  /** Waits for what is under way; never fails. */
  async close(): Promise<void> {
    await this.#writing.catch(() => undefined);
    await this.#file?.close().catch(() => undefined);
    this.#file = null;
  }

  async #useLayout(columns: readonly string[]): Promise<void> {
    if (columns === this.#sameAs) return;
    this.#sameAs = columns;
    const same = this.#layout?.length === columns.length && columns.every((name, at) => name === this.#layout![at]);
    if (same) return;
    this.#layout = [...columns];
    const line: LayoutLine = { columns: this.#layout, fingerprint: this.#fingerprint };
    await this.#then(() => appendLine(this.#dir, line));
  }

  /** Hands the encoded lines over as a block and goes on with the other encoder. */
  async #cut(next: Position | null): Promise<void> {
    const encoder = this.#encoder;
    // one block is under way at most: its encoder is the one that is taken now
    await this.#writing;
    this.#encoder = this.#spare;
    this.#spare = encoder;
    this.#encoder.reset();
    this.#records += encoder.rows + encoder.bad;
    this.#writing = this.#guard(() => this.#write(encoder, next));
    // thrown where it is awaited next
    this.#writing.catch(() => undefined);
  }

  async #then(work: () => Promise<void>): Promise<void> {
    await this.#writing;
    await this.#guard(work);
  }

  async #write(encoder: BlockEncoder, next: Position | null): Promise<void> {
    const packed = await pack(encoder.bytes, { level: 1, chunkSize: PACKED_BYTES });
    if (this.#offset >= FILE_BYTES) {
      await this.#file!.datasync();
      await this.#file!.close();
      this.#part++;
      this.#offset = 0;
      this.#file = await this.#openFile();
      await this.#file.truncate(0);
    }
    let done = 0;
    while (done < packed.length) {
      const { bytesWritten } = await this.#file!.write(packed, done, packed.length - done, this.#offset + done);
      done += bytesWritten;
    }
    await appendLine(this.#dir, {
      file: this.#name,
      offset: this.#offset,
      bytes: packed.length,
      raw: encoder.length,
      rows: encoder.rows,
      bad: encoder.bad,
      sha256: sha256(packed),
      next,
    });
    this.#offset += packed.length;
  }

  get #name(): string {
    return `${String(this.#part).padStart(5, "0")}.ndjson.gz`;
  }

  async #openFile(): Promise<FileHandle> {
    const path = join(this.#dir, this.#name);
    return await open(path, "r+").catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
      return await open(path, "w+", PRIVATE_FILE);
    });
  }

  async #guard<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      throw unwritable(join(this.#dir, MANIFEST_FILE), error);
    }
  }
}
