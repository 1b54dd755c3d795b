/**
 * PostgreSQL's own 32-bit hashes (`hashtext`, `hashint8`, `hash_numeric`, `hash_array`), of values in the binary form of COPY: for
 * rows that go into the target without a statement that could hash them. Source: src/common/hashfn.c, little-endian; they have
 * not changed since PostgreSQL 8.4, since hash indexes and partitions rest on them. See merge/written.ts for the SQL side.
 */
import type { StageType } from "../mapping/compiled.ts";

const rotate = (x: number, k: number): number => (x << k) | (x >>> (32 - k));

/** First value of the three states for an input of `length` bytes. */
const begin = (length: number): number => (0x9e3779b9 + length + 3_923_095) | 0;

function settle(a: number, b: number, c: number): number {
  c = ((c ^ b) - rotate(b, 14)) | 0;
  a = ((a ^ c) - rotate(c, 11)) | 0;
  b = ((b ^ a) - rotate(a, 25)) | 0;
  c = ((c ^ b) - rotate(b, 16)) | 0;
  a = ((a ^ c) - rotate(c, 4)) | 0;
  b = ((b ^ a) - rotate(a, 14)) | 0;
  return ((c ^ b) - rotate(b, 24)) | 0;
}

/** `hash_any(buffer[at .. at + length))`. */
export function hashBytes(buffer: Uint8Array, at: number, length: number): number {
  let a = begin(length);
  let b = a;
  let c = a;
  let left = length;
  while (left >= 12) {
    a = (a + (buffer[at]! | (buffer[at + 1]! << 8) | (buffer[at + 2]! << 16) | (buffer[at + 3]! << 24))) | 0;
    b = (b + (buffer[at + 4]! | (buffer[at + 5]! << 8) | (buffer[at + 6]! << 16) | (buffer[at + 7]! << 24))) | 0;
    c = (c + (buffer[at + 8]! | (buffer[at + 9]! << 8) | (buffer[at + 10]! << 16) | (buffer[at + 11]! << 24))) | 0;
    a = ((a - c) | 0) ^ rotate(c, 4);
    c = (c + b) | 0;
    b = ((b - a) | 0) ^ rotate(a, 6);
    a = (a + c) | 0;
    c = ((c - b) | 0) ^ rotate(b, 8);
    b = (b + a) | 0;
    a = ((a - c) | 0) ^ rotate(c, 16);
    c = (c + b) | 0;
    b = ((b - a) | 0) ^ rotate(a, 19);
    a = (a + c) | 0;
    c = ((c - b) | 0) ^ rotate(b, 4);
    b = (b + a) | 0;
    at += 12;
    left -= 12;
  }
  // the rest, by words as far as they go; the lowest byte of c belongs to the length
  if (left > 7) {
    a = (a + (buffer[at]! | (buffer[at + 1]! << 8) | (buffer[at + 2]! << 16) | (buffer[at + 3]! << 24))) | 0;
    b = (b + (buffer[at + 4]! | (buffer[at + 5]! << 8) | (buffer[at + 6]! << 16) | (buffer[at + 7]! << 24))) | 0;
    if (left > 8) c = (c + (buffer[at + 8]! << 8)) | 0;
    if (left > 9) c = (c + (buffer[at + 9]! << 16)) | 0;
    if (left > 10) c = (c + (buffer[at + 10]! << 24)) | 0;
  } else if (left > 3) {
    a = (a + (buffer[at]! | (buffer[at + 1]! << 8) | (buffer[at + 2]! << 16) | (buffer[at + 3]! << 24))) | 0;
    if (left > 4) b = (b + buffer[at + 4]!) | 0;
    if (left > 5) b = (b + (buffer[at + 5]! << 8)) | 0;
    if (left > 6) b = (b + (buffer[at + 6]! << 16)) | 0;
  } else {
    if (left > 0) a = (a + buffer[at]!) | 0;
    if (left > 1) a = (a + (buffer[at + 1]! << 8)) | 0;
    if (left > 2) a = (a + (buffer[at + 2]! << 16)) | 0;
  }
  return settle(a, b, c);
}

/** `hash_uint32`, which `hashint4` and `hashint8` end in. */
export function hashWord(word: number): number {
  const state = begin(4);
  return settle((state + word) | 0, state, state);
}

const int4 = (buffer: Buffer, at: number): number =>
  (buffer[at]! << 24) | (buffer[at + 1]! << 16) | (buffer[at + 2]! << 8) | buffer[at + 3]!;

function hashInt8(buffer: Buffer, at: number): number {
  const high = int4(buffer, at);
  return hashWord(int4(buffer, at + 4) ^ (high >= 0 ? high : ~high));
}

/** `hashint8` of a safe integer. */
export function hashId(id: number): number {
  const high = Math.floor(id / 4_294_967_296) | 0;
  return hashWord((id | 0) ^ (high >= 0 ? high : ~high));
}

/** Digits of a number in the server's own byte order. */
let digits = new Uint8Array(256);

/** `hash_numeric`, and what tells negative numbers apart, which it does not. */
function hashNumeric(buffer: Buffer, at: number): number {
  const count = (buffer[at]! << 8) | buffer[at + 1]!;
  let weight = (((buffer[at + 2]! << 8) | buffer[at + 3]!) << 16) >> 16;
  const sign = (buffer[at + 4]! << 8) | buffer[at + 5]!;
  // NaN and infinities
  if (sign !== 0 && sign !== 0x4000) return sign === 0xf000 ? 1 : 0;
  const first = at + 8;
  const zero = (digit: number): boolean => buffer[first + 2 * digit] === 0 && buffer[first + 2 * digit + 1] === 0;
  let from = 0;
  while (from < count && zero(from)) {
    from++;
    weight--;
  }
  if (from === count) return -1;
  let to = count;
  while (zero(to - 1)) to--;
  const length = 2 * (to - from);
  if (length > digits.length) digits = new Uint8Array(2 * length);
  for (let i = 0; i < length; i += 2) {
    digits[i] = buffer[first + 2 * from + i + 1]!;
    digits[i + 1] = buffer[first + 2 * from + i]!;
  }
  return hashBytes(digits, 0, length) ^ weight ^ (sign === 0x4000 ? 1 : 0);
}

/** `hash_array` of texts: dimensions, flags, element type; size and lower bound of each dimension; the elements. */
function hashTexts(buffer: Buffer, at: number): number {
  const dimensions = int4(buffer, at);
  let count = dimensions === 0 ? 0 : 1;
  for (let i = 0; i < dimensions; i++) count *= int4(buffer, at + 12 + 8 * i);
  let place = at + 12 + 8 * dimensions;
  let result = 1;
  for (let i = 0; i < count; i++) {
    const size = int4(buffer, place);
    place += 4;
    const element = size < 0 ? 0 : hashBytes(buffer, place, size);
    if (size > 0) place += size;
    result = (Math.imul(result, 31) + element) | 0;
  }
  return result;
}

/** `hash_array(array[instant])`. */
export const hashInstant = (buffer: Buffer, at: number): number => (31 + hashInt8(buffer, at)) | 0;

/** Hash of a field in a COPY row, `at` its length word; 0 for null. Not for json, which the server writes in its own way. */
export function hashField(type: StageType, buffer: Buffer, at: number): number {
  const size = int4(buffer, at);
  if (size < 0) return 0;
  const content = at + 4;
  switch (type) {
    case "text":
      return hashBytes(buffer, content, size);
    case "int8":
      return hashInt8(buffer, content);
    case "numeric":
      return hashNumeric(buffer, content);
    case "bool":
      return buffer[content]! + 1;
    case "date":
      return (31 + hashWord(int4(buffer, content))) | 0;
    case "timestamptz":
      return hashInstant(buffer, content);
    case "text[]":
      return hashTexts(buffer, content);
    default:
      throw new RangeError(`no hash of ${type}`);
  }
}
