/** Makes the cells of a scanned block what `rows.ts` makes of JSON: the same text whichever way a record came. */
import { toLongId } from "./ids.ts";
import type { ValueKind } from "./schema.ts";
import { plainNumber } from "./values.ts";

const ZERO = 48;
const DOT = 46;
const PLUS = 43;
const MINUS = 45;
const UPPER_E = 69;
const LOWER_E = 101;
const UPPER_Z = 90;

const TEXT = 0;
const ID = 1;
const DATETIME = 2;
const CODE: Readonly<Record<ValueKind, number>> = { text: TEXT, id: ID, datetime: DATETIME, number: 3 };

/**
 * Empty cells become null, numbers plain, datetimes end in Z, ids get 18 characters. Works in place where a value does not
 * grow; returns the buffer that the cells point into, which is another one when some did.
 */
export function tidyCells(
  block: Buffer,
  starts: Int32Array,
  ends: Int32Array,
  records: number,
  kinds: readonly ValueKind[],
): Buffer {
  const width = kinds.length;
  const codes = Uint8Array.from(kinds, (kind) => CODE[kind]);
  const grown: number[] = [];
  const texts: string[] = [];
  const grow = (cell: number, text: string) => {
    grown.push(cell);
    texts.push(text);
  };
  for (let cell = 0, record = 0; record < records; record++) {
    for (let column = 0; column < width; column++, cell++) {
      const start = starts[cell]!;
      const end = ends[cell]!;
      if (start === end) {
        starts[cell] = -1;
        continue;
      }
      const code = codes[column]!;
      if (code === TEXT) continue;
      if (code === ID) {
        if (end - start === 15) grow(cell, toLongId(block.latin1Slice(start, end)));
      } else if (code === DATETIME) {
        if (block[end - 5] === PLUS && end - start > 20) {
          block[end - 5] = UPPER_Z;
          ends[cell] = end - 4;
        }
      } else {
        const plain = plainEnd(block, start, end);
        if (plain >= 0) ends[cell] = plain;
        else grow(cell, plainNumber(block.latin1Slice(start, end)));
      }
    }
  }
  if (texts.length === 0) return block;
  const more = Buffer.from(texts.join(""), "latin1");
  const data = Buffer.allocUnsafe(block.length + more.length);
  block.copy(data);
  more.copy(data, block.length);
  let at = block.length;
  for (const [index, cell] of grown.entries()) {
    starts[cell] = at;
    at += texts[index]!.length;
    ends[cell] = at;
  }
  return data;
}

/** Where the number ends without zeros behind its point; -1 when it takes more than cutting to make it plain. */
function plainEnd(block: Buffer, start: number, end: number): number {
  let point = -1;
  for (let at = start; at < end; at++) {
    const c = block[at]!;
    if (c === DOT) point = at;
    else if (c === UPPER_E || c === LOWER_E) return -1;
  }
  const first = block[start]!;
  if (point === start || first === PLUS || first === MINUS) return -1;
  if (first === ZERO && end - start > 1 && point !== start + 1) return -1;
  if (point < 0) return end;
  let last = end;
  while (block[last - 1] === ZERO) last--;
  return last - 1 === point ? point : last;
}
