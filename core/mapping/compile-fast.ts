/** Chooses a field's fast path from source bytes to its COPY field. */
import type { CopyWriter } from "../store/copy-writer.ts";
import { FAST, type Slot } from "./compile-slots.ts";
import type { CompileOptions } from "./compiled.ts";
import {
  countCharacters,
  encodeBool,
  encodeInt8,
  encodeIntText,
  encodeNumeric,
  isPlainEmail,
  isPlainUrl,
} from "./encode-bytes.ts";
import { encodeDate, encodeTimestamp } from "./encode-times.ts";
import type { ZoneClock } from "./values-zone.ts";

export interface FastFormats {
  readonly options: Pick<CompileOptions, "decimal">;
  readonly zone: ZoneClock;
}

/** Writes the field and tells true; or writes nothing, and the slow path decides. The cell is not blank. */
export function encodeFast(
  slot: Slot,
  data: Buffer,
  start: number,
  end: number,
  out: CopyWriter,
  formats: FastFormats,
): boolean {
  switch (slot.fast) {
    case FAST.TEXT:
      if (end - start > slot.limit && countCharacters(data, start, end) > slot.limit) return false;
      break;
    case FAST.TRIMMED:
      if (end - start > slot.limit || !isInk(data[start]!) || !isInk(data[end - 1]!)) return false;
      break;
    case FAST.KEY:
      if (!isPlainKey(data, start, end)) return false;
      break;
    case FAST.EMAIL:
      if (end - start > slot.limit || !isPlainEmail(data, start, end)) return false;
      break;
    case FAST.URL:
      if (end - start > slot.limit || !isPlainUrl(data, start, end)) return false;
      break;
    case FAST.INT8:
      return encodeInt8(out, data, start, end);
    case FAST.INT_TEXT:
      return encodeIntText(out, data, start, end, slot.limit);
    case FAST.NUMERIC:
      return encodeNumeric(out, data, start, end, slot.limit, slot.scale, formats.options.decimal === ".");
    case FAST.BOOL:
      return encodeBool(out, data, start, end);
    case FAST.DATE:
      return encodeDate(out, data, start, end, slot.dates);
    case FAST.TIMESTAMP:
      return encodeTimestamp(out, data, start, end, formats.zone);
    default:
      return false;
  }
  out.bytes(data, start, end);
  return true;
}

/** Visible ASCII characters with single spaces between: a key as it is compared. */
export function isPlainKey(data: Buffer, start: number, end: number): boolean {
  if (!isInk(data[start]!) || !isInk(data[end - 1]!)) return false;
  for (let at = start + 1; at < end; at++) {
    const byte = data[at]!;
    if (byte > 126 || byte < 32 || (byte === 32 && data[at - 1] === 32)) return false;
  }
  return true;
}

/** A visible ASCII character: no white space begins or ends with it. */
export const isInk = (byte: number): boolean => byte > 32 && byte < 127;
