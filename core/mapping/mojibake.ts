/**
 * Mojibake: UTF-8 that somebody read as Windows-1252 and saved again (`CafÃ©`, `Donâ€™t`). Found by what it would be if it were
 * read rightly; nothing is repaired unless a mapping asks for it.
 */

/** Characters of Windows-1252 for the bytes 0x80 to 0x9f; those that it leaves out are control characters. */
const SPECIALS =
  "\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178";
const BYTE_OF: ReadonlyMap<string, string> = new Map(
  [...SPECIALS].map((char, at) => [char, String.fromCharCode(0x80 + at)]),
);
const SPECIAL = new RegExp(`[${SPECIALS}]`, "g");

/** A first byte of UTF-8 as Windows-1252 shows it: without one there is nothing to find. */
const LEAD = /[\u00c2-\u00f4]/;
const SEQUENCES =
  /(?:[\u00c2-\u00df][\u0080-\u00bf]|\u00e0[\u00a0-\u00bf][\u0080-\u00bf]|[\u00e1-\u00ef][\u0080-\u00bf]{2}|\u00f0[\u0090-\u00bf][\u0080-\u00bf]{2}|[\u00f1-\u00f3][\u0080-\u00bf]{3}|\u00f4[\u0080-\u008f][\u0080-\u00bf]{2})+/g;
/**
 * A single character that is no accident: Â or Ã before a sign, a letter of Latin Extended-A whose second byte is not one of the
 * quotes and dashes that may well follow an Ä or Å (unless the word goes on behind it: `Å‚aska`), a quote, dash, € or ™
 * (`â€œ`), an emoji. `café’”` is none of these.
 */
const CERTAIN =
  /^(?:[\u00c2\u00c3][\u0080-\u00bf]|[\u00c4\u00c5][\u00a0-\u00bf]|\u00e2[\u0080\u0082\u0084-\u0086\u0088\u0094][\u0080-\u00bf]|\u00f0.{3})$/;
const INSIDE = /^[\u00c4\u00c5].$/;
const LETTER = /\p{L}/u;
const SINGLE = /^(?:[\u00c2-\u00df].|[\u00e0-\u00ef].{2}|[\u00f0-\u00f4].{3})$/;

/** The text with what is surely mojibake read rightly; the same text where nothing is. Repeated where it was spoilt repeatedly. */
export function fixMojibake(text: string): string {
  let fixed = text;
  for (let round = 0; round < 3; round++) {
    const next = fixOnce(fixed);
    if (next === fixed) break;
    fixed = next;
  }
  return fixed;
}

export const isMojibake = (text: string): boolean => LEAD.test(text) && fixOnce(text) !== text;

function fixOnce(text: string): string {
  if (!LEAD.test(text)) return text;
  // one character of Windows-1252 is one byte: places stay the same
  const bytes = text.replace(SPECIAL, (char) => BYTE_OF.get(char)!);
  let fixed = "";
  let at = 0;
  for (const match of bytes.matchAll(SEQUENCES)) {
    const [run] = match;
    const end = match.index + run.length;
    if (SINGLE.test(run) && !CERTAIN.test(run) && !(INSIDE.test(run) && LETTER.test(text.charAt(end)))) continue;
    fixed += text.slice(at, match.index) + Buffer.from(run, "latin1").toString("utf8");
    at = end;
  }
  return at === 0 ? text : fixed + text.slice(at);
}
