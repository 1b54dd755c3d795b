/** One pass over a whole file: size, hash, and what its bytes say about the encoding. */
import { isAscii, isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import { cutOff } from "../../core/csv/blocks.ts";
import { type ByteOrigin, modifiedAt, openRaw } from "./origin.ts";

const CHUNK = 1 << 20;
/** A chunk of non-ASCII text that is valid UTF-8 throughout is no accident. */
const VALID_CHUNK = 1000;

/** For and against UTF-8: characters beyond ASCII that are valid in it, and bytes that are not. */
export interface Utf8Evidence {
  readonly valid: number;
  readonly invalid: number;
}

export interface Survey {
  readonly size: number;
  readonly mtimeMs: number;
  /** Hexadecimal. */
  readonly sha256: string;
  readonly utf8: Utf8Evidence;
  readonly nuls: number;
}

/** Reads the file once from begin to end; `signal` ends it between chunks. */
export async function surveyFile(origin: ByteOrigin, signal: AbortSignal): Promise<Survey> {
  const mtimeMs = await modifiedAt(origin);
  const reader = await openRaw(origin, 0);
  try {
    const hash = createHash("sha256");
    const buffer = Buffer.allocUnsafeSlow(CHUNK);
    let size = 0;
    let kept = 0;
    let nuls = 0;
    let valid = 0;
    let invalid = 0;
    for (;;) {
      signal.throwIfAborted();
      const bytesRead = await reader.read(buffer, kept, CHUNK - kept);
      size += bytesRead;
      hash.update(buffer.subarray(kept, kept + bytesRead));
      const chunk = buffer.subarray(0, kept + bytesRead);
      kept = bytesRead === 0 ? 0 : cutOff(chunk);
      const whole = chunk.subarray(0, chunk.length - kept);
      const evidence = utf8Evidence(whole);
      valid += evidence.valid;
      invalid += evidence.invalid;
      nuls += countNul(whole);
      if (bytesRead === 0) break;
      buffer.copyWithin(0, chunk.length - kept, chunk.length);
    }
    return { size, mtimeMs, sha256: hash.digest("hex"), utf8: { valid, invalid }, nuls };
  } finally {
    await reader.close();
  }
}

/** Evidence in a piece of text that begins and ends between characters. */
export function utf8Evidence(b: Uint8Array): Utf8Evidence {
  if (isAscii(b)) return { valid: 0, invalid: 0 };
  if (isUtf8(b)) return { valid: VALID_CHUNK, invalid: 0 };
  let valid = 0;
  let invalid = 0;
  for (let p = 0; p < b.length; ) {
    const c = b[p]!;
    if (c < 0x80) {
      p++;
      continue;
    }
    const width = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
    if (c >= 0xc2 && isUtf8(b.subarray(p, p + width))) {
      valid++;
      p += width;
    } else {
      invalid++;
      p++;
    }
  }
  return { valid, invalid };
}

function countNul(b: Buffer): number {
  if (!b.includes(0)) return 0;
  let count = 0;
  for (let p = 0; p < b.length; p++) if (b[p] === 0) count++;
  return count;
}
