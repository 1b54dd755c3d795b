/** A file as a stream of UTF-8 bytes, whatever its encoding, from any offset on. */
import { type FileHandle, open } from "node:fs/promises";
import type { ByteSource } from "../../core/csv/blocks.ts";
import { type Decoder, decoderFor } from "./decode.ts";

const CHUNK = 1 << 20;

/** How the bytes of a file become UTF-8. */
export interface FileEncoding {
  /** WHATWG name. */
  readonly encoding: string;
  /** Bytes of the byte order mark. */
  readonly bom: number;
}

/** Opens a file at `offset`, counted in UTF-8 bytes behind the byte order mark. */
export async function openBytes(path: string, { encoding, bom }: FileEncoding, offset: number): Promise<ByteSource> {
  const handle = await open(path, "r");
  const decoder = decoderFor(encoding);
  return decoder === null ? rawBytes(handle, bom + offset) : await decodedBytes(handle, bom, decoder, offset);
}

function rawBytes(handle: FileHandle, from: number): ByteSource {
  let position = from;
  return {
    async read(target, offset, length) {
      const got = await readFully(handle, target, offset, length, position);
      position += got;
      return got;
    },
    close: () => handle.close(),
  };
}

/** Encodings without random access: what lies before `skip` is decoded and thrown away. */
async function decodedBytes(handle: FileHandle, bom: number, decode: Decoder, skip: number): Promise<ByteSource> {
  const raw = Buffer.allocUnsafe(CHUNK);
  let position = bom;
  let ready: Buffer = Buffer.alloc(0);
  let ended = false;

  const more = async () => {
    const got = await readFully(handle, raw, 0, CHUNK, position);
    position += got;
    ended = got < CHUNK;
    ready = decode(raw.subarray(0, got), ended);
  };

  for (let left = skip; left > 0; ) {
    if (ready.length === 0 && ended) break;
    if (ready.length === 0) await more();
    const step = Math.min(left, ready.length);
    ready = ready.subarray(step);
    left -= step;
  }
  return {
    async read(target, offset, length) {
      let done = 0;
      while (done < length) {
        if (ready.length === 0) {
          if (ended) break;
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
    close: () => handle.close(),
  };
}

async function readFully(
  handle: FileHandle,
  target: Buffer,
  offset: number,
  length: number,
  position: number,
): Promise<number> {
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(target, offset + done, length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}
