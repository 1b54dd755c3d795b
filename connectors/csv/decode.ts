/**
 * Other encodings to UTF-8, chunk by chunk. What cannot be decoded becomes the byte 0xFF, which is invalid UTF-8: the
 * record is rejected later on, exactly like a broken record of a UTF-8 file.
 */

/** Turns raw chunks into UTF-8; `final` with the last one. */
export type Decoder = (chunk: Buffer, final: boolean) => Buffer;

const BROKEN = Buffer.from([0xff]);

/** The WHATWG name of an encoding label ("latin1" -> "windows-1252"), or null when there is none. */
export function encodingName(label: string): string | null {
  try {
    return new TextDecoder(label).encoding;
  } catch {
    return null;
  }
}

/** A decoder for a WHATWG encoding name; null for UTF-8, which needs none. */
export function decoderFor(encoding: string): Decoder | null {
  if (encoding === "utf-8") return null;
  if (encoding === "windows-1252") return windows1252;
  if (encoding === "utf-16le" || encoding === "utf-16be") return utf16(encoding === "utf-16be");
  let decoder = new TextDecoder(encoding, { ignoreBOM: true });
  return (chunk, final) => {
    let text: string;
    try {
      text = decoder.decode(chunk, { stream: !final });
    } catch {
      // encodings with states (iso-2022-jp) are given up at the first byte that has none
      decoder = new TextDecoder(encoding, { ignoreBOM: true });
      text = lineByLine(chunk, encoding);
    }
    return encodeMarked(text, /\ufffd/);
  };
}

/** The lines that can be decoded by themselves; the others as one character that is none. */
function lineByLine(chunk: Buffer, encoding: string): string {
  const lines: string[] = [];
  for (let from = 0; from < chunk.length; ) {
    const lf = chunk.indexOf(10, from);
    const end = lf < 0 ? chunk.length : lf + 1;
    try {
      lines.push(new TextDecoder(encoding, { ignoreBOM: true }).decode(chunk.subarray(from, end)));
    } catch {
      lines.push(lf < 0 ? "\ufffd" : "\ufffd\n");
    }
    from = end;
  }
  return lines.join("");
}

/** 0x80 to 0x9F; written out, because some Node releases decode them as Latin-1. */
const HIGH = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ";
const TABLE: readonly Buffer[] = Array.from({ length: 128 }, (_, index) =>
  Buffer.from(HIGH[index] ?? String.fromCharCode(128 + index)),
);

function windows1252(chunk: Buffer): Buffer {
  const out = Buffer.allocUnsafe(chunk.length * 3);
  let to = 0;
  for (let index = 0; index < chunk.length; index++) {
    const c = chunk[index]!;
    if (c < 128) {
      out[to++] = c;
      continue;
    }
    const bytes = TABLE[c - 128]!;
    for (let byte = 0; byte < bytes.length; byte++) out[to++] = bytes[byte]!;
  }
  return out.subarray(0, to);
}

function utf16(bigEndian: boolean): Decoder {
  let carry: Buffer = Buffer.alloc(0);
  return (chunk, final) => {
    let bytes = Buffer.concat([carry, chunk]);
    let keep = bytes.length % 2;
    const unitAt = (at: number) => (bigEndian ? bytes.readUInt16BE(at) : bytes.readUInt16LE(at));
    const last = bytes.length - keep - 2;
    // A first half of a pair waits for the second.
    if (!final && last >= 0 && (unitAt(last) & 0xfc00) === 0xd800) keep += 2;
    const odd = final && keep === 1;
    carry = Buffer.from(bytes.subarray(bytes.length - keep));
    bytes = bytes.subarray(0, bytes.length - keep);
    if (bigEndian) bytes.swap16();
    const text = bytes.toString("utf16le");
    const out = text.isWellFormed() ? Buffer.from(text) : encodeMarked(text, /\p{Surrogate}/u);
    return odd ? Buffer.concat([out, BROKEN]) : out;
  };
}

/** UTF-8 of a text with every match of `broken` as one invalid byte. */
function encodeMarked(text: string, broken: RegExp): Buffer {
  if (!broken.test(text)) return Buffer.from(text);
  const parts: Buffer[] = [];
  for (const [index, part] of text.split(broken).entries()) {
    if (index > 0) parts.push(BROKEN);
    parts.push(Buffer.from(part));
  }
  return Buffer.concat(parts);
}
