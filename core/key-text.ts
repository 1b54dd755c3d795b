/** Keys as they are compared: what looks like one space is one. */

/** White space that is no single ordinary space: no-break and wide spaces, tabs, line breaks, two in a row. */
const ODD = /[^\S ]| {2}/;

/** True when a key without outer white space has spaces in it that `keyText` changes. */
export const hasOddSpaces = (trimmed: string): boolean => ODD.test(trimmed);

/** A key, or what refers to one: without outer white space, with one ordinary space wherever there is white space. */
export function keyText(text: string): string {
  const trimmed = text.trim();
  return ODD.test(trimmed) ? trimmed.replace(/\s+/g, " ") : trimmed;
}
