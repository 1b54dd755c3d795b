/** A file as a stream of UTF-8 bytes, whatever its encoding, from any offset on. */
import type { ByteSource } from "../../core/csv/blocks.ts";
import { type Decoder, decoderFor } from "./decode.ts";
import { type ByteOrigin, openRaw, type RawReader } from "./origin.ts";

const CHUNK = 1 << 20;

/** How the bytes of a file become UTF-8. */
export interface FileEncoding {
  /** WHATWG name. */
  readonly encoding: string;
  /** Bytes of the byte order mark. */
  readonly bom: number;
}

/** Opens a file at `offset`, counted in UTF-8 bytes behind the byte order mark. */
export async function openBytes(
  origin: ByteOrigin,
  { encoding, bom }: FileEncoding,
  offset: number,
): Promise<ByteSource> {
  const decoder = decoderFor(encoding);
  if (decoder === null) return await openRaw(origin, bom + offset);
  return await decodedBytes(await openRaw(origin, bom), decoder, offset);
}

/** Encodings without random access: what lies before `skip` is decoded and thrown away. */
async function decodedBytes(reader: RawReader, decode: Decoder, skip: number): Promise<ByteSource> {
  const raw = Buffer.allocUnsafe(CHUNK);
  let ready: Buffer = Buffer.alloc(0);
  let ended = false;

  const more = async () => {
    const got = await reader.read(raw, 0, CHUNK);
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
    close: () => reader.close(),
  };
}
