/**
 * Writes rows in PostgreSQL's binary COPY format into one growing buffer.
 * Source: PostgreSQL manual, COPY, "Binary Format"; type layouts as in the server's *_send functions.
 */

const SIGNATURE = Buffer.from("PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0", "latin1");
/** 2000-01-01T00:00:00Z in Unix milliseconds and days. */
export const PG_EPOCH_MS = 946_684_800_000;
export const PG_EPOCH_DAYS = 10_957;

export class CopyWriter {
  buffer: Buffer;
  /** Bytes used. Setting it back undoes what was written since. */
  length = 0;
  rows = 0;

  constructor(size = 1 << 20) {
    this.buffer = Buffer.allocUnsafeSlow(size);
    this.reset();
  }

  /** Starts over with the file header. */
  reset(): void {
    this.length = 0;
    this.rows = 0;
    SIGNATURE.copy(this.buffer, 0);
    this.length = SIGNATURE.length;
  }

  /** Bytes so far, header included and trailer added; valid until the next write. */
  finish(): Buffer {
    this.ensure(2);
    this.length = this.buffer.writeInt16BE(-1, this.length);
    return this.buffer.subarray(0, this.length);
  }

  ensure(bytes: number): void {
    const need = this.length + bytes;
    if (need <= this.buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.buffer.length * 2, need));
    this.buffer.copy(grown, 0, 0, this.length);
    this.buffer = grown;
  }

  /** Starts a row of `fields` fields. */
  row(fields: number): void {
    this.ensure(2);
    const { buffer, length } = this;
    buffer[length] = fields >>> 8;
    buffer[length + 1] = fields & 255;
    this.length = length + 2;
    this.rows++;
  }

  /** An int32 in network order; the caller has ensured the room. */
  #word(word: number): void {
    const { buffer, length } = this;
    buffer[length] = word >>> 24;
    buffer[length + 1] = (word >>> 16) & 255;
    buffer[length + 2] = (word >>> 8) & 255;
    buffer[length + 3] = word & 255;
    this.length = length + 4;
  }

  #size(size: number): void {
    this.#word(size);
  }

  null(): void {
    this.ensure(4);
    const { buffer, length } = this;
    buffer[length] = 255;
    buffer[length + 1] = 255;
    buffer[length + 2] = 255;
    buffer[length + 3] = 255;
    this.length = length + 4;
  }

  /** Complete fields (size and content) that were encoded before. */
  raw(source: Buffer, start: number, end: number): void {
    const size = end - start;
    this.ensure(size);
    const { buffer, length } = this;
    if (size < 32) {
      for (let i = 0; i < size; i++) buffer[length + i] = source[start + i]!;
    } else source.copy(buffer, length, start, end);
    this.length = length + size;
  }

  /** Text from UTF-8 bytes, copied as they are. */
  bytes(source: Buffer, start: number, end: number): void {
    const size = end - start;
    this.ensure(4 + size);
    this.#size(size);
    const { buffer, length } = this;
    if (size < 24) {
      for (let i = 0; i < size; i++) buffer[length + i] = source[start + i]!;
    } else source.copy(buffer, length, start, end);
    this.length = length + size;
  }

  text(value: string): void {
    const most = value.length * 3;
    this.ensure(4 + most);
    const written = this.buffer.utf8Write(value, this.length + 4, most);
    this.#size(written);
    this.length += written;
  }

  bool(value: boolean): void {
    this.ensure(5);
    this.#size(1);
    this.buffer[this.length++] = value ? 1 : 0;
  }

  /** 32 bits; also object and transaction ids, which are unsigned. */
  int4(value: number): void {
    this.ensure(8);
    this.#size(4);
    this.buffer.writeInt32BE(value | 0, this.length);
    this.length += 4;
  }

  /** A safe integer, or a bigint within int8. */
  int8(value: number | bigint): void {
    this.ensure(12);
    this.#size(8);
    if (typeof value === "bigint") {
      this.buffer.writeBigInt64BE(value, this.length);
      this.length += 8;
      return;
    }
    this.#word(Math.floor(value / 4_294_967_296));
    this.#word(value | 0);
  }

  /** Days since 1970-01-01. */
  date(days: number): void {
    this.ensure(8);
    this.#size(4);
    this.#word(days - PG_EPOCH_DAYS);
  }

  /** Microseconds since 1970-01-01T00:00:00Z: whole milliseconds plus 0..999 microseconds. */
  timestamptz(milliseconds: number, microseconds = 0): void {
    const sinceEpoch = milliseconds - PG_EPOCH_MS;
    // beyond 2^53 microseconds (year 2255 and before 1745) numbers lose precision
    if (Math.abs(sinceEpoch) > 8_000_000_000_000) {
      this.int8(BigInt(sinceEpoch) * 1000n + BigInt(microseconds));
    } else this.int8(sinceEpoch * 1000 + microseconds);
  }

  /**
   * A decimal in plain notation (`-?digits[.digits]`), exact to the last digit, scale kept.
   * Layout: ndigits, weight, sign, dscale, then base-10000 digits.
   */
  numeric(text: string): void {
    let start = 0;
    const negative = text.charCodeAt(0) === 45;
    if (negative) start = 1;
    const dot = text.indexOf(".", start);
    const whole = dot < 0 ? text.length : dot;
    const scale = dot < 0 ? 0 : text.length - dot - 1;
    const groupsBefore = Math.ceil((whole - start) / 4);
    const groupsAfter = Math.ceil(scale / 4);
    this.ensure(12 + 2 * (groupsBefore + groupsAfter));
    const sizeAt = this.length;
    const digitsAt = sizeAt + 12;
    const { buffer } = this;
    let count = 0;
    let weight = groupsBefore - 1;
    let leading = true;
    let position = start;
    for (let group = 0; group < groupsBefore; group++) {
      const width = group === 0 ? (whole - start) % 4 || 4 : 4;
      let value = 0;
      for (let i = 0; i < width; i++) value = value * 10 + (text.charCodeAt(position++) - 48);
      if (leading && value === 0) {
        weight--;
        continue;
      }
      leading = false;
      buffer.writeInt16BE(value, digitsAt + 2 * count++);
    }
    position = whole + 1;
    for (let group = 0; group < groupsAfter; group++) {
      let value = 0;
      for (let i = 0; i < 4; i++) {
        const code = position < text.length ? text.charCodeAt(position++) - 48 : 0;
        value = value * 10 + code;
      }
      if (leading && value === 0) {
        weight--;
        continue;
      }
      leading = false;
      buffer.writeInt16BE(value, digitsAt + 2 * count++);
    }
    while (count > 0 && buffer.readInt16BE(digitsAt + 2 * (count - 1)) === 0) count--;
    if (count === 0) weight = 0;
    this.#size(8 + 2 * count);
    buffer.writeInt16BE(count, sizeAt + 4);
    buffer.writeInt16BE(weight, sizeAt + 6);
    buffer.writeInt16BE(negative && count > 0 ? 0x4000 : 0, sizeAt + 8);
    buffer.writeInt16BE(scale, sizeAt + 10);
    this.length = digitsAt + 2 * count;
  }

  jsonb(json: string): void {
    const most = json.length * 3;
    this.ensure(5 + most);
    const written = this.buffer.utf8Write(json, this.length + 5, most);
    this.#size(written + 1);
    this.buffer[this.length] = 1;
    this.length += written + 1;
  }

  /** 16 raw bytes. */
  uuid(bytes: Uint8Array): void {
    this.ensure(20);
    this.#size(16);
    this.buffer.set(bytes.length === 16 ? bytes : bytes.subarray(0, 16), this.length);
    this.length += 16;
  }

  /** A one-dimensional int4[]; elements that are not `known` are null (null: all are known). */
  int4Array(values: Int32Array, known: readonly boolean[] | null): void {
    this.ensure(24 + 8 * values.length);
    const sizeAt = this.length;
    this.length += 4;
    this.#word(1);
    this.#word(known === null ? 0 : 1);
    this.#word(23);
    this.#word(values.length);
    this.#word(1);
    for (let i = 0; i < values.length; i++) {
      if (known !== null && !known[i]!) {
        this.#word(-1);
        continue;
      }
      this.#word(4);
      this.#word(values[i]!);
    }
    this.buffer.writeInt32BE(this.length - sizeAt - 4, sizeAt);
  }

  /** A one-dimensional text[] without nulls. */
  textArray(values: readonly string[]): void {
    const sizeAt = this.length;
    this.ensure(4 + 20);
    this.length += 4;
    const header = values.length === 0 ? [0, 0, 25] : [1, 0, 25, values.length, 1];
    for (const word of header) this.length = this.buffer.writeInt32BE(word, this.length);
    for (const value of values) this.text(value);
    this.buffer.writeInt32BE(this.length - sizeAt - 4, sizeAt);
  }
}
