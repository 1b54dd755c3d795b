/** Where bytes come from: a file, or a file within an archive. Read one after the other. */
import { type FileHandle, open, stat } from "node:fs/promises";
import type { ZipEntry } from "./archive/zip.ts";

export interface ByteOrigin {
  readonly path: string;
  /** The file within the archive `path`; none: `path` itself. */
  readonly entry?: ZipEntry | null;
}

export interface RawReader {
  /** Fills `length` bytes of `target` from `offset` on; returns how many there were, fewer only at the end. */
  read(target: Buffer, offset: number, length: number): Promise<number>;
  close(): Promise<void>;
}

/** Opens at a byte; archives are unpacked up to there. */
export async function openRaw(origin: ByteOrigin, from: number): Promise<RawReader> {
  const entry = origin.entry ?? null;
  return entry === null ? fileReader(await open(origin.path, "r"), from) : await entryReader(entry, from);
}

export async function modifiedAt(origin: ByteOrigin): Promise<number> {
  return (await stat(origin.path)).mtimeMs;
}

function fileReader(handle: FileHandle, from: number): RawReader {
  let position = from;
  return {
    async read(target, offset, length) {
      let done = 0;
      while (done < length) {
        const { bytesRead } = await handle.read(target, offset + done, length - done, position);
        if (bytesRead === 0) break;
        done += bytesRead;
        position += bytesRead;
      }
      return done;
    },
    close: () => handle.close(),
  };
}

async function entryReader(entry: ZipEntry, from: number): Promise<RawReader> {
  const chunks = entry.stream();
  let ready: Buffer = Buffer.alloc(0);
  let ended = false;
  const more = async () => {
    const next = await chunks.next();
    ended = next.done === true;
    ready = next.done === true ? Buffer.alloc(0) : next.value;
  };
  for (let left = from; left > 0 && !ended; ) {
    const step = Math.min(left, ready.length);
    ready = ready.subarray(step);
    left -= step;
    if (left > 0) await more();
  }
  return {
    async read(target, offset, length) {
      let done = 0;
      while (done < length && !ended) {
        if (ready.length === 0) {
          await more();
          continue;
        }
        const step = Math.min(length - done, ready.length);
        ready.copy(target, offset + done, 0, step);
        ready = ready.subarray(step);
        done += step;
      }
      return done;
    },
    async close() {
      await chunks.return(undefined);
    },
  };
}
