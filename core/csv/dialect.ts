/** How the bytes of a file are cut into cells. */
export interface Dialect {
  /** UTF-8 bytes of the delimiter, usually one. */
  readonly delimiter: Uint8Array;
  /** ASCII code of the quote; -1: the file does not quote. */
  readonly quote: number;
}

export const LF = 10;
export const CR = 13;
export const TAB = 9;
export const SPACE = 32;

export function dialectOf(delimiter: string, quote: string): Dialect {
  return { delimiter: Buffer.from(delimiter), quote: quote === "" ? -1 : quote.charCodeAt(0) };
}

const NAMES: Readonly<Record<string, string>> = {
  ",": "comma",
  ";": "semicolon",
  "\t": "tab",
  "|": "pipe",
  " ": "space",
};

/** The delimiter in words, for notes and messages. */
export function delimiterName(delimiter: string): string {
  return NAMES[delimiter] ?? JSON.stringify(delimiter);
}
