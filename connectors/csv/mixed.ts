/** Files that are read as Windows-1252 and hold UTF-8 as well: parts of them come out as `MÃ¼ller`. */
import { isUtf8 } from "node:buffer";
import { cutOff } from "../../core/csv/blocks.ts";
import { CR, LF } from "../../core/csv/dialect.ts";
import type { Problem } from "../../core/errors.ts";
import { type ByteOrigin, openRaw } from "./origin.ts";
import type { Utf8Evidence } from "./survey.ts";

const CHUNK = 1 << 20;
/** Western text has a valid sequence by accident in far less than one of so many characters beyond ASCII. */
const ACCIDENT = 20;

export interface Mixed {
  /** Physical line of the first byte that is not UTF-8; null: all of the file is. */
  readonly line: number | null;
}

/** What a file that is decoded as `encoding` holds besides; null: nothing that looks like UTF-8. Reads up to the first byte that is not. */
export async function findMixed(origin: ByteOrigin, encoding: string, evidence: Utf8Evidence): Promise<Mixed | null> {
  if (encoding !== "windows-1252" || evidence.valid === 0 || evidence.valid * ACCIDENT < evidence.invalid) return null;
  return { line: evidence.invalid === 0 ? null : await firstInvalidLine(origin) };
}

async function firstInvalidLine(origin: ByteOrigin): Promise<number | null> {
  const reader = await openRaw(origin, 0);
  try {
    const buffer = Buffer.allocUnsafe(CHUNK);
    let line = 1;
    let last = 0;
    let kept = 0;
    for (;;) {
      const bytesRead = await reader.read(buffer, kept, CHUNK - kept);
      const chunk = buffer.subarray(0, kept + bytesRead);
      kept = bytesRead === 0 ? 0 : cutOff(chunk);
      const whole = chunk.subarray(0, chunk.length - kept);
      const valid = isUtf8(whole);
      for (let p = 0; p < whole.length; ) {
        const c = whole[p]!;
        const width = valid || c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
        if (width > 1 && !isUtf8(whole.subarray(p, p + width))) return line;
        if (c === CR || (c === LF && last !== CR)) line++;
        last = c;
        p += width;
      }
      if (bytesRead === 0) return null;
      buffer.copyWithin(0, chunk.length - kept, chunk.length);
    }
  } finally {
    await reader.close();
  }
}

/** CSV_MIXED_ENCODING, as a warning. */
export function mixedProblem(path: string, name: string, { line }: Mixed): Problem {
  const where =
    line === null ? "all of it is valid UTF-8" : `line ${line} has the first byte that is not UTF-8; other parts are`;
  return {
    code: "CSV_MIXED_ENCODING",
    message: `${name} is read as Windows-1252, and ${where}: texts may come out as "MÃ¼ller"`,
    place: { file: path, ...(line === null ? {} : { line }) },
    hint:
      line === null
        ? "Set `encoding: utf-8`, or `auto`."
        : "Export it again in one encoding, or set `encoding: utf-8`: records that are not UTF-8 are then rejected.",
    severity: "warning",
  };
}
