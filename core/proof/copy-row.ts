/**
 * Reads back rows of PostgreSQL's binary COPY format, as the compiled mapping wrote them: what would be
 * loaded is what is summed. Source: PostgreSQL manual, COPY, "Binary Format"; `numeric_send`.
 */
import type { Decimal } from "./decimal.ts";

/** Where each field of one row lies; `lengths[f] < 0` means null. Reused from row to row. */
export class CopyRow {
  #buffer: Buffer = Buffer.alloc(0);
  readonly #starts: number[] = [];
  readonly #lengths: number[] = [];

  /** Points at the row that begins at `at`. */
  locate(buffer: Buffer, at: number): void {
    this.#buffer = buffer;
    const fields = buffer.readInt16BE(at);
    let position = at + 2;
    for (let field = 0; field < fields; field++) {
      const length = buffer.readInt32BE(position);
      this.#starts[field] = position + 4;
      this.#lengths[field] = length;
      position += 4 + Math.max(length, 0);
    }
  }

  isNull(field: number): boolean {
    return this.#lengths[field]! < 0;
  }

  /** True for null and for a field without bytes. */
  isBlank(field: number): boolean {
    return this.#lengths[field]! <= 0;
  }

  /** Bytes; 0 for null. */
  length(field: number): number {
    return Math.max(0, this.#lengths[field]!);
  }

  /** Of a text: bytes that go on with a letter, 0 to 3 per letter; see RFC 3629. */
  lettersBeyondAscii(field: number): number {
    const buffer = this.#buffer;
    const start = this.#starts[field]!;
    const end = start + this.#lengths[field]!;
    let found = 0;
    for (let at = start; at < end; at++) if ((buffer[at]! & 0xc0) === 0x80) found++;
    return found;
  }

  /** A timestamptz in about microseconds, or a date in days, since 2000; null for null and infinity. */
  time(field: number, date: boolean): number | null {
    if (this.isNull(field)) return null;
    const start = this.#starts[field]!;
    const high = this.#buffer.readInt32BE(start);
    if (high === 0x7fff_ffff || high === -0x8000_0000) return null;
    return date ? high : high * 0x1_0000_0000 + this.#buffer.readUInt32BE(start + 4);
  }

  text(field: number): string | null {
    const length = this.#lengths[field]!;
    if (length < 0) return null;
    const start = this.#starts[field]!;
    return this.#buffer.toString("utf8", start, start + length);
  }

  /** A text[] field; empty for null. Nulls in it are "". */
  texts(field: number): string[] {
    if (this.isNull(field)) return [];
    const buffer = this.#buffer;
    const start = this.#starts[field]!;
    // dimensions, has nulls, element type; per dimension its length and lower bound
    if (buffer.readInt32BE(start) === 0) return [];
    const count = buffer.readInt32BE(start + 12);
    const found: string[] = [];
    for (let at = start + 20; found.length < count; ) {
      const length = Math.max(buffer.readInt32BE(at), 0);
      found.push(buffer.toString("utf8", at + 4, at + 4 + length));
      at += 4 + length;
    }
    return found;
  }

  /** A jsonb field's text (without its version byte). */
  json(field: number): string | null {
    const length = this.#lengths[field]!;
    if (length < 0) return null;
    const start = this.#starts[field]!;
    return this.#buffer.toString("utf8", start + 1, start + length);
  }

  /** A numeric field, exact; null for null and NaN. */
  numeric(field: number): Decimal | null {
    if (this.isNull(field)) return null;
    const buffer = this.#buffer;
    const start = this.#starts[field]!;
    const count = buffer.readInt16BE(start);
    const weight = buffer.readInt16BE(start + 2);
    const sign = buffer.readUInt16BE(start + 4);
    const scale = buffer.readInt16BE(start + 6);
    if (sign !== 0 && sign !== 0x4000) return null;
    let digits = "0";
    for (let i = 0; i < count; i++) digits += String(buffer.readInt16BE(start + 8 + 2 * i)).padStart(4, "0");
    const shift = 4 * (weight - count + 1) + scale;
    const units = shift >= 0 ? BigInt(digits) * 10n ** BigInt(shift) : BigInt(digits.slice(0, shift));
    return { units: sign === 0 ? units : -units, scale };
  }

  int8(field: number): Decimal | null {
    if (this.isNull(field)) return null;
    return { units: this.#buffer.readBigInt64BE(this.#starts[field]!), scale: 0 };
  }
}
