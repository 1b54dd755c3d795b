/** NDJSON records back into batches: cells are slices of the unpacked bytes, escapes are undone in place. */
import type { BadRecord, Position, RecordBatch } from "../record.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const NEWLINE = 0x0a;

/** Says that the bytes are no records of a snapshot. */
export class MalformedRecord extends Error {}

const PLAIN: Readonly<Record<number, number>> = { 110: 0x0a, 114: 0x0d, 116: 0x09, 98: 0x08, 102: 0x0c };

/** Walks over lines; the arrays of a batch are used again for the next one. */
export class BlockDecoder {
  #data: Buffer = Buffer.alloc(0);
  #end = 0;
  #at = 0;
  #columns: readonly string[] = [];
  #most = 0;
  #starts = new Int32Array(0);
  #ends = new Int32Array(0);
  #lines = new Float64Array(0);

  /** Sets the lines to read: `data` up to `end`, `rows` records and the bad ones between them. The bytes are changed. */
  load(data: Buffer, end: number, columns: readonly string[], rows: number): void {
    this.#data = data;
    this.#end = end;
    this.#at = 0;
    this.#columns = columns;
    this.#most = rows;
  }

  get done(): boolean {
    return this.#at >= this.#end;
  }

  /** Passes over records, bad ones included. */
  skip(records: number): void {
    for (let left = records; left > 0; left--) {
      const newline = this.#data.indexOf(NEWLINE, this.#at);
      if (newline < 0 || newline >= this.#end) throw new MalformedRecord("fewer records than its manifest says");
      this.#at = newline + 1;
    }
  }

  /** The next `limit` rows at most, with the bad records between and after them. `next` gets the number of records taken. */
  batch(limit: number, next: (records: number) => Position): RecordBatch {
    const bad: BadRecord[] = [];
    let rows = 0;
    this.#room(limit);
    while (this.#at < this.#end) {
      if (this.#data[this.#at] === 0x7b) bad.push(this.#bad());
      else if (rows === limit) break;
      else if (rows === this.#most) throw new MalformedRecord("more records than its manifest says");
      else this.#row(rows++);
    }
    return {
      columns: this.#columns,
      size: rows,
      data: this.#data,
      starts: this.#starts,
      ends: this.#ends,
      lines: this.#lines,
      bad,
      ascii: false,
      next: next(rows + bad.length),
    };
  }

  #bad(): BadRecord {
    const newline = this.#data.indexOf(NEWLINE, this.#at);
    if (newline < 0) throw new MalformedRecord("a line without end");
    const text = this.#data.utf8Slice(this.#at, newline);
    this.#at = newline + 1;
    try {
      return JSON.parse(text) as BadRecord;
    } catch (cause) {
      throw new MalformedRecord("a line that is no JSON", { cause });
    }
  }

  /** Rows of a batch of `limit` at most are never kept before they are there: the arrays may be replaced. */
  #room(limit: number): void {
    const rows = Math.min(limit, this.#most);
    const cells = rows * this.#columns.length;
    if (this.#lines.length < rows) this.#lines = new Float64Array(rows);
    if (this.#starts.length >= cells) return;
    this.#starts = new Int32Array(cells);
    this.#ends = new Int32Array(cells);
  }

  #row(row: number): void {
    const data = this.#data;
    const columns = this.#columns.length;
    let at = this.#at;
    if (data[at++] !== 0x5b) throw new MalformedRecord(`expected "[" at byte ${at - 1}`);
    let line = 0;
    for (let byte = data[at]!; byte >= 0x30 && byte <= 0x39; byte = data[++at]!) line = line * 10 + byte - 0x30;
    this.#lines[row] = line;
    for (let column = 0, cell = row * columns; column < columns; column++, cell++) {
      if (data[at++] !== COMMA) throw new MalformedRecord(`expected "," at byte ${at - 1}`);
      if (data[at] !== QUOTE) {
        if (data[at] !== 0x6e) throw new MalformedRecord(`expected a text or null at byte ${at}`);
        this.#starts[cell] = -1;
        this.#ends[cell] = -1;
        at += 4;
        continue;
      }
      const start = ++at;
      let byte = data[at];
      while (byte !== QUOTE && byte !== BACKSLASH && at < this.#end) byte = data[++at];
      let write = at;
      while (byte !== QUOTE) {
        if (at >= this.#end) throw new MalformedRecord("a text without end");
        if (byte === BACKSLASH) {
          byte = data[++at]!;
          if (byte === 0x75) {
            const code = Number.parseInt(data.latin1Slice(at + 1, at + 5), 16);
            if (!(code < 0x80)) throw new MalformedRecord(`unexpected escape at byte ${at}`);
            data[write++] = code;
            at += 4;
          } else data[write++] = PLAIN[byte] ?? byte;
        } else data[write++] = byte!;
        byte = data[++at];
      }
      this.#starts[cell] = start;
      this.#ends[cell] = write;
      at++;
    }
    if (data[at] !== 0x5d || data[at + 1] !== NEWLINE)
      throw new MalformedRecord(`expected the end of a record at byte ${at}`);
    this.#at = at + 2;
  }
}
