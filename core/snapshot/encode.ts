/** Records of a batch as NDJSON, from bytes to bytes. */
import type { BadRecord, RecordBatch } from "../record.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const HEX = Buffer.from("0123456789abcdef");

/** 1 for bytes that JSON texts may not hold as they are. */
const ESCAPED = new Uint8Array(256);
for (let byte = 0; byte < 0x20; byte++) ESCAPED[byte] = 1;
ESCAPED[QUOTE] = 1;
ESCAPED[BACKSLASH] = 1;

/** Appends records as lines to a buffer that grows and is used again after `reset`. */
export class BlockEncoder {
  #buffer: Buffer = Buffer.allocUnsafe(1 << 20);
  length = 0;
  rows = 0;
  bad = 0;

  /** The lines so far; valid until `reset`. */
  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.length);
  }

  reset(): void {
    this.length = 0;
    this.rows = 0;
    this.bad = 0;
  }

  #reserve(bytes: number): void {
    if (this.length + bytes <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.length + bytes));
    this.#buffer.copy(grown, 0, 0, this.length);
    this.#buffer = grown;
  }

  addRow(batch: RecordBatch, record: number): void {
    const columns = batch.columns.length;
    const { data, starts, ends } = batch;
    const first = record * columns;
    let worst = 32;
    for (let at = first; at < first + columns; at++) worst += 6 + (starts[at]! < 0 ? 0 : 6 * (ends[at]! - starts[at]!));
    this.#reserve(worst);
    const out = this.#buffer;
    let length = this.length;
    length += out.write(`[${batch.lines[record]}`, length, "latin1");
    for (let at = first; at < first + columns; at++) {
      out[length++] = COMMA;
      const start = starts[at]!;
      if (start < 0) {
        out[length++] = 0x6e;
        out[length++] = 0x75;
        out[length++] = 0x6c;
        out[length++] = 0x6c;
        continue;
      }
      out[length++] = QUOTE;
      for (let from = start, end = ends[at]!; from < end; from++) {
        const byte = data[from]!;
        if (ESCAPED[byte] === 0) {
          out[length++] = byte;
          continue;
        }
        out[length++] = BACKSLASH;
        if (byte === QUOTE || byte === BACKSLASH) out[length++] = byte;
        else if (byte === 0x0a) out[length++] = 0x6e;
        else if (byte === 0x0d) out[length++] = 0x72;
        else if (byte === 0x09) out[length++] = 0x74;
        else {
          length += out.write("u00", length, "latin1");
          out[length++] = HEX[byte >> 4]!;
          out[length++] = HEX[byte & 15]!;
        }
      }
      out[length++] = QUOTE;
    }
    out[length++] = 0x5d;
    out[length++] = 0x0a;
    this.length = length;
    this.rows++;
  }

  addBad({ line, code, reason, field, cells }: BadRecord): void {
    const text = `${JSON.stringify({ line, code, reason, field, cells })}\n`;
    this.#reserve(text.length * 3);
    this.length += this.#buffer.write(text, this.length, "utf8");
    this.bad++;
  }
}
