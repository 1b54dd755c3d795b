/** Recognises files that are no text at all. */

const MAGIC: readonly (readonly [name: string, bytes: readonly number[]])[] = [
  ["an Excel workbook or another ZIP archive", [0x50, 0x4b, 3, 4]],
  ["an empty ZIP archive", [0x50, 0x4b, 5, 6]],
  ["an old Excel workbook", [0xd0, 0xcf, 0x11, 0xe0]],
  ["a gzip archive", [0x1f, 0x8b, 8]],
  ["a zstd archive", [0x28, 0xb5, 0x2f, 0xfd]],
  ["a bzip2 archive", [0x42, 0x5a, 0x68, 0x39, 0x31, 0x41]],
  ["a 7-Zip archive", [0x37, 0x7a, 0xbc, 0xaf]],
  ["an xz archive", [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ["a PDF document", [0x25, 0x50, 0x44, 0x46, 0x2d]],
  ["a PNG image", [0x89, 0x50, 0x4e, 0x47]],
  ["a JPEG image", [0xff, 0xd8, 0xff]],
  ["a GIF image", [0x47, 0x49, 0x46, 0x38]],
  ["a program", [0x7f, 0x45, 0x4c, 0x46]],
  ["a SQLite database", [0x53, 0x51, 0x4c, 0x69, 0x74, 0x65, 0x20, 0x66, 0x6f, 0x72, 0x6d, 0x61, 0x74, 0x20, 0x33]],
  ["a Parquet file", [0x50, 0x41, 0x52, 0x31]],
];

/** More control characters than this share of the text, and than this number: no text. */
const CONTROL_SHARE = 0.05;
const CONTROL_FEW = 8;

/** What the file is instead of text, in words; null for text. `text` is a sample as UTF-8, `raw` the same as stored. */
export function binaryKind(raw: Buffer, text: Buffer): string | null {
  for (const [name, bytes] of MAGIC) if (bytes.every((byte, index) => raw[index] === byte)) return name;
  const length = Math.min(text.length, 1 << 16);
  let control = 0;
  for (let index = 0; index < length; index++) {
    const c = text[index]!;
    if (c < 32 && c !== 9 && c !== 10 && c !== 13 && c !== 12) control++;
  }
  return control > Math.max(CONTROL_FEW, length * CONTROL_SHARE) ? "binary data" : null;
}
