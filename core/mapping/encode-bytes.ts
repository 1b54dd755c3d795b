/**
 * Fast paths from source bytes to COPY fields for the plain forms of values. Each writes one field and tells true, or
 * writes nothing and tells false: then the parser of values.ts decides. What they accept, the parsers accept with the same result.
 */
import type { CopyWriter } from "../store/copy-writer.ts";

const MINUS = 45;
const POINT = 46;
const ZERO = 48;

/** int8 from up to 15 digits. */
export function encodeInt8(out: CopyWriter, data: Buffer, start: number, end: number): boolean {
  const negative = data[start] === MINUS;
  const first = negative ? start + 1 : start;
  if (end === first || end - first > 15) return false;
  let value = 0;
  for (let at = first; at < end; at++) {
    const digit = data[at]! - ZERO;
    if (digit < 0 || digit > 9) return false;
    value = value * 10 + digit;
  }
  out.int8(negative && value !== 0 ? -value : value);
  return true;
}

/** Digits without leading zeros, at most `most` of them, staged as text. */
export function encodeIntText(out: CopyWriter, data: Buffer, start: number, end: number, most: number): boolean {
  const first = data[start] === MINUS ? start + 1 : start;
  if (end === first || end - first > most) return false;
  if (data[first] === ZERO && (end - first > 1 || first > start)) return false;
  for (let at = first; at < end; at++) {
    const digit = data[at]! - ZERO;
    if (digit < 0 || digit > 9) return false;
  }
  out.bytes(data, start, end);
  return true;
}

/** `-?digits[.digits]` with at most `whole` digits before and `scale` after the point; without a point when `point` is false. */
export function encodeNumeric(
  out: CopyWriter,
  data: Buffer,
  start: number,
  end: number,
  whole: number,
  scale: number,
  point: boolean,
): boolean {
  const negative = data[start] === MINUS;
  let first = negative ? start + 1 : start;
  let dot = end;
  for (let at = first; at < end; at++) {
    const digit = data[at]! - ZERO;
    if (digit >= 0 && digit <= 9) continue;
    if (data[at] !== POINT || dot !== end || !point) return false;
    dot = at;
  }
  if (dot === first || dot === end - 1) return false;
  while (first < dot && data[first] === ZERO) first++;
  const decimals = dot === end ? 0 : end - dot - 1;
  const wholes = dot - first;
  if (wholes > whole || decimals > scale || wholes + decimals > 1000) return false;

  const groupsBefore = (wholes + 3) >> 2;
  const groupsAfter = (decimals + 3) >> 2;
  out.ensure(12 + 2 * (groupsBefore + groupsAfter));
  const { buffer, length } = out;
  let to = length + 12;
  let weight = groupsBefore - 1;
  let at = first;
  let width = wholes - (groupsBefore - 1) * 4;
  for (let group = 0; group < groupsBefore; group++) {
    let value = 0;
    for (let i = 0; i < width; i++) value = value * 10 + data[at++]! - ZERO;
    buffer[to++] = value >> 8;
    buffer[to++] = value & 255;
    width = 4;
  }
  at = dot + 1;
  let leading = wholes === 0;
  for (let group = 0; group < groupsAfter; group++) {
    let value = 0;
    for (let i = 0; i < 4; i++) value = value * 10 + (at < end ? data[at++]! - ZERO : 0);
    if (leading && value === 0) {
      weight--;
      continue;
    }
    leading = false;
    buffer[to++] = value >> 8;
    buffer[to++] = value & 255;
  }
  const digitsAt = length + 12;
  while (to > digitsAt && buffer[to - 1] === 0 && buffer[to - 2] === 0) to -= 2;
  const count = (to - digitsAt) >> 1;
  if (count === 0) weight = 0;
  const size = 8 + 2 * count;
  buffer[length] = 0;
  buffer[length + 1] = 0;
  buffer[length + 2] = size >> 8;
  buffer[length + 3] = size & 255;
  buffer[length + 4] = count >> 8;
  buffer[length + 5] = count & 255;
  buffer[length + 6] = (weight >> 8) & 255;
  buffer[length + 7] = weight & 255;
  buffer[length + 8] = negative && count > 0 ? 0x40 : 0;
  buffer[length + 9] = 0;
  buffer[length + 10] = decimals >> 8;
  buffer[length + 11] = decimals & 255;
  out.length = to;
  return true;
}

/** `1 0 t f y n x` in any case, `true`, `false` in one case. */
export function encodeBool(out: CopyWriter, data: Buffer, start: number, end: number): boolean {
  const size = end - start;
  if (size === 0 || data[start]! < ZERO) return false;
  // lower-cases letters; digits stay as they are
  const first = data[start]! | 32;
  if (size === 1) {
    if (first === 49 || first === 116 || first === 121 || first === 120) out.bool(true);
    else if (first === 48 || first === 102 || first === 110) out.bool(false);
    else return false;
    return true;
  }
  if (size === 4 && first === 116 && lower(data, start + 1, "rue")) out.bool(true);
  else if (size === 5 && first === 102 && lower(data, start + 1, "alse")) out.bool(false);
  else return false;
  return true;
}

function lower(data: Buffer, at: number, word: string): boolean {
  for (let i = 0; i < word.length; i++) if ((data[at + i]! | 32) !== word.charCodeAt(i)) return false;
  return true;
}

const FORBIDDEN = new Uint8Array(256).fill(1, 0, 33).fill(1, 127);
for (const char of '@"(),:;<>[]\\') FORBIDDEN[char.charCodeAt(0)] = 1;

/** A plain ASCII address that `parseEmail` takes as it is. */
export function isPlainEmail(data: Buffer, start: number, end: number): boolean {
  if (end - start > 254) return false;
  let at = -1;
  let dot = -1;
  for (let i = start; i < end; i++) {
    const byte = data[i]!;
    if (byte === 64) {
      if (at >= 0) return false;
      at = i;
    } else if (FORBIDDEN[byte] === 1) return false;
    else if (byte === POINT) {
      if (dot === i - 1 && i > start) return false;
      dot = i;
    }
  }
  if (at <= start || at - start > 64 || dot <= at + 1 || end - dot < 3) return false;
  return data[at + 1] !== MINUS && data[at + 1] !== POINT;
}

/** `http://` or `https://` and printable ASCII after it, as `parseUrl` takes it. */
export function isPlainUrl(data: Buffer, start: number, end: number): boolean {
  const size = end - start;
  if (size > 8192 || size < 10) return false;
  if (data[start] !== 104 || data[start + 1] !== 116 || data[start + 2] !== 116 || data[start + 3] !== 112)
    return false;
  const colon = data[start + 4] === 115 ? start + 5 : start + 4;
  if (data[colon] !== 58 || data[colon + 1] !== 47 || data[colon + 2] !== 47 || data[colon + 3] === 47) return false;
  for (let at = colon + 3; at < end; at++) if (data[at]! <= 32 || data[at]! >= 127) return false;
  return end > colon + 4;
}

/** Characters (code points) of UTF-8 bytes. */
export function countCharacters(data: Buffer, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at++) if ((data[at]! & 0xc0) !== 0x80) count++;
  return count;
}

/** True when all of it is white space, as `String.prototype.trim` knows it. The slice is not empty. */
export function isWhite(data: Buffer, start: number, end: number): boolean {
  let at = start;
  while (at < end) {
    const byte = data[at]!;
    if ((byte >= 9 && byte <= 13) || byte === 32) at++;
    else if (byte < 0xc2) return false;
    else return data.utf8Slice(at, end).trim() === "";
  }
  return true;
}
