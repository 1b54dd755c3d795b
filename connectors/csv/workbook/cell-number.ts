/** A stored number and its format into the cell's text. */
import type { NumberKind } from "./formats.ts";
import { storedNumber } from "./numbers.ts";
import { serialText } from "./serial.ts";

/** null: `raw` is no number. Whatever the format, percents and currencies stay the number. */
export function cellNumber(raw: string, kind: NumberKind, date1904: boolean, decimal: string): string | null {
  const text = storedNumber(raw);
  if (text === null) return null;
  if (kind === "number") return decimal === "." ? text : text.replace(".", decimal);
  if (typeof kind === "object") return masked(text, kind.digits);
  return serialText(Number(raw), kind, date1904);
}

/** 501 with the mask 00000 is 00501; 123456789 with 000-00-0000 is 123-45-6789. */
function masked(text: string, mask: string): string {
  const room = mask.replaceAll("-", "").length;
  if (!/^\d+$/.test(text) || text.length > room) return text;
  const digits = text.padStart(room, "0");
  let at = 0;
  return mask.replaceAll("0", () => digits[at++]!);
}
