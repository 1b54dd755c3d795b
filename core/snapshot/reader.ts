/** Reads recorded blocks as batches, checksums verified, several small blocks together. */
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { RecordBatch } from "../record.ts";
import { BlockDecoder, MalformedRecord } from "./decode.ts";
import { damaged } from "./errors.ts";
import { RECORDS, sha256 } from "./format.ts";
import type { Block, ObjectLog } from "./manifest.ts";

const unzip = promisify(gunzip);
/** In one piece: the length is known, and a byte more tells that it is right. */
const unpack = (packed: Buffer, raw: number) => unzip(packed, { chunkSize: Math.max(raw + 1, 64) });

/** Unpacked bytes that are held at once, about; one block at least. */
const GROUP_BYTES = 10 << 20;

export interface BlockRange {
  /** Records of the object to pass over, bad ones included. */
  readonly from: number;
  readonly batchSize: number;
  readonly signal: AbortSignal;
}

/** The packed bytes of a block. Throws TerminalError SNAPSHOT_DAMAGED when they are not those that were written. */
export async function readBlock(file: FileHandle, path: string, block: Block): Promise<Buffer> {
  const packed = Buffer.allocUnsafe(block.bytes);
  const { bytesRead } = await file.read(packed, 0, block.bytes, block.offset);
  if (bytesRead < block.bytes) {
    throw damaged(path, `expected ${block.bytes} bytes at ${block.offset}, found ${bytesRead}`);
  }
  if (sha256(packed) !== block.sha256) throw damaged(path, `the checksum of its bytes from ${block.offset} on differs`);
  return packed;
}

async function openPart(path: string): Promise<FileHandle> {
  return await open(path).catch((error: Error) => {
    throw damaged(path, `cannot read it: ${error.message}`, error);
  });
}

/** Throws TerminalError SNAPSHOT_DAMAGED for the first block whose bytes are not those that were written. Unpacks nothing. */
export async function verifyBlocks(log: ObjectLog, signal: AbortSignal): Promise<void> {
  for (const name of new Set(log.blocks.map(({ file }) => file))) {
    const path = join(log.dir, name);
    const file = await openPart(path);
    try {
      for (const block of log.blocks) {
        signal.throwIfAborted();
        if (block.file === name) await readBlock(file, path, block);
      }
    } finally {
      await file.close();
    }
  }
}

/** Blocks that are read together. */
function groupFrom(blocks: readonly Block[], first: number, batchSize: number): Block[] {
  const group = [blocks[first]!];
  let { rows, raw } = group[0]!;
  for (const block of blocks.slice(first + 1)) {
    rows += block.rows;
    raw += block.raw;
    if (rows > batchSize || raw > GROUP_BYTES || block.layout !== group[0]!.layout) break;
    group.push(block);
  }
  return group;
}

/**
 * What is recorded, from a record on. Positions are `{ snapshotRecords }`. Ends by throwing the signal's reason when it
 * aborts; throws TerminalError SNAPSHOT_DAMAGED.
 */
export async function* readBlocks(
  log: ObjectLog,
  { from, batchSize, signal }: BlockRange,
): AsyncGenerator<RecordBatch> {
  const decoder = new BlockDecoder();
  let data = Buffer.alloc(0);
  let name: string | null = null;
  let file: FileHandle | null = null;
  let first = log.blocks.findIndex((block) => block.before + block.rows + block.bad > from);
  if (first < 0) return;
  let records = from;
  try {
    while (first < log.blocks.length) {
      const group = groupFrom(log.blocks, first, batchSize);
      const raw = group.reduce((sum, block) => sum + block.raw, 0);
      const rows = group.reduce((sum, block) => sum + block.rows, 0);
      if (data.length < raw) data = Buffer.allocUnsafeSlow(raw);
      let end = 0;
      const path = (block: Block) => join(log.dir, block.file);
      for (const block of group) {
        if (file === null || name !== block.file) {
          await file?.close();
          file = null;
          file = await openPart(path(block));
          name = block.file;
        }
        const text = await unpack(await readBlock(file, path(block), block), block.raw);
        if (text.length !== block.raw) throw damaged(path(block), `expected ${block.raw} bytes unpacked`);
        end += text.copy(data, end);
      }
      decoder.load(data, end, log.layouts[group[0]!.layout]!.columns, rows);
      try {
        decoder.skip(records - group[0]!.before);
        while (!decoder.done) {
          signal.throwIfAborted();
          yield decoder.batch(batchSize, (taken) => {
            records += taken;
            return { [RECORDS]: records };
          });
          signal.throwIfAborted();
        }
      } catch (error) {
        if (error instanceof MalformedRecord) throw damaged(path(group[0]!), error.message, error);
        throw error;
      }
      first += group.length;
    }
  } finally {
    await file?.close();
  }
}
