/** Of what kind a file is: told by its extension where that is one of text files, else by its first bytes. */
import { open } from "node:fs/promises";
import { extname } from "node:path";

export type Kind = "text" | "zip" | "xls" | "parquet" | "jsonl" | "html" | "json";

const TEXT = new Set([".csv", ".tsv", ".tab", ".psv", ".ssv"]);
const LINES = new Set([".jsonl", ".ndjson"]);

const MAGIC: readonly (readonly [kind: Kind, bytes: readonly number[]])[] = [
  ["zip", [0x50, 0x4b, 3, 4]],
  ["zip", [0x50, 0x4b, 5, 6]],
  ["xls", [0xd0, 0xcf, 0x11, 0xe0]],
  // workbooks of Excel 2 to 4, which are no compound files
  ["xls", [0x09, 0x00, 0x04, 0x00]],
  ["xls", [0x09, 0x02, 0x06, 0x00]],
  ["xls", [0x09, 0x04, 0x06, 0x00]],
  ["parquet", [0x50, 0x41, 0x52, 0x31]],
  ["parquet", [0x50, 0x41, 0x52, 0x45]],
];

/** Looks at the first bytes. Throws what opening the file throws. */
export async function kindOfFile(path: string): Promise<Kind> {
  const extension = extname(path).toLowerCase();
  if (TEXT.has(extension)) return "text";
  if (LINES.has(extension)) return "jsonl";
  const handle = await open(path, "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(512), 0, 512, 0);
    const head = buffer.subarray(0, bytesRead);
    for (const [kind, bytes] of MAGIC) if (bytes.every((byte, index) => head[index] === byte)) return kind;
    // a document of its own, of one line or of many: as delimited text it would be lines of braces
    if (extension === ".json" && /^\s*(?:\ufeff)?\s*[[{]/.test(head.toString())) return "json";
    const isBook = /^\.xl|^\.ods$/.test(extension);
    return isBook && /^\s*(?:\ufeff)?\s*<(?:!doctype|html|\?xml|table|meta|head)/i.test(head.toString())
      ? "html"
      : "text";
  } finally {
    await handle.close();
  }
}
