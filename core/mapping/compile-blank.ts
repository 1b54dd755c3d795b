/** Blank cells: null, empty, white space alone, or one of the source's null tokens. */
import { isWhite } from "./encode-bytes.ts";
import { isBlank } from "./values-text.ts";

export interface BlankTest {
  /** The cell is not null and not empty. */
  bytes(data: Buffer, start: number, end: number): boolean;
  text(text: string | null): boolean;
}

/** Null tokens match a whole cell exactly, outer white space aside. */
export function blankTest(nulls: readonly string[]): BlankTest {
  const tokens = new Set(nulls.map((token) => token.trim()).filter((token) => token !== ""));
  const encoded = [...tokens].map((token) => Buffer.from(token));
  const longest = Math.max(0, ...encoded.map((token) => token.length));
  const firsts = new Uint8Array(256);
  // white space in UTF-8 begins with a control, a space, or one of these
  firsts.fill(1, 0, 33);
  for (const byte of [0xc2, 0xe1, 0xe2, 0xe3, 0xef]) firsts[byte] = 1;
  for (const token of encoded) firsts[token[0]!] = 2;

  const text = (cell: string | null): boolean =>
    isBlank(cell) || (tokens.size > 0 && cell!.length <= longest + 64 && tokens.has(cell!.trim()));
  return {
    text,
    bytes(data, start, end) {
      const kind = firsts[data[start]!]!;
      if (kind === 0) return false;
      if (kind === 1 && tokens.size === 0) return isWhite(data, start, end);
      if (end - start <= longest + 64) return text(data.utf8Slice(start, end));
      return isWhite(data, start, end);
    },
  };
}
