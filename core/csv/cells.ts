/**
 * What happens to the bytes of single cells. Plain loops: most cells are short, and a call into native code costs more
 * than the loop.
 */

/**
 * Undoes doubled quotes in place and returns the new end. The freed bytes at the end become quotes, so that
 * the buffer stays valid text.
 */
export function unescapeCell(b: Buffer, start: number, end: number, quote: number): number {
  let from = start;
  while (from < end && b[from] !== quote) from++;
  let to = from;
  while (from < end) {
    const c = b[from++]!;
    b[to++] = c;
    if (c === quote) from++;
  }
  for (let index = to; index < end; index++) b[index] = quote;
  return to;
}

/** Cuts NUL bytes out in place and returns the new end; the freed bytes become blanks. */
export function cutNul(b: Buffer, start: number, end: number): number {
  let to = start;
  for (let from = start; from < end; from++) {
    const c = b[from]!;
    if (c !== 0) b[to++] = c;
  }
  for (let index = to; index < end; index++) b[index] = 32;
  return to;
}
