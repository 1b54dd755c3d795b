/** The shared strings of a workbook: kept as bytes, so that millions of them stay small. */

import type { ZipEntry } from "../archive/zip.ts";
import { beyondLimit, corrupt } from "../fail.ts";
import { attribute, type XmlHandler } from "./xml.ts";
import { feedXml } from "./xml-stream.ts";

const PAGE = 1 << 20;
/** Texts longer than this are kept once they were asked for, so that thousands of cells share one; up to so many characters. */
const LONG = 1 << 12;
const MOST_KEPT = 16 << 20;

export interface SharedStrings {
  readonly size: number;
  /** undefined: there is no such string. */
  get(index: number): string | undefined;
}

export const NO_STRINGS: SharedStrings = { size: 0, get: () => undefined };

/** Growing store: texts in pages of bytes, where each begins in a list of its own. */
class StringStore implements SharedStrings {
  readonly #pages: Buffer[] = [];
  /** Page and offset, then length and whether it is Latin-1, of each string. */
  #index = new Uint32Array(3 * 1024);
  #used = PAGE;
  readonly #kept = new Map<number, string>();
  #keptLength = 0;
  size = 0;
  bytes = 0;

  add(text: string): void {
    const length = Buffer.byteLength(text);
    if (this.#pages.length === 0 || this.#used + length > PAGE) {
      this.#pages.push(Buffer.allocUnsafeSlow(Math.max(PAGE, length)));
      this.#used = 0;
    }
    const at = 3 * this.size;
    if (at === this.#index.length) {
      const grown = new Uint32Array(at * 2);
      grown.set(this.#index);
      this.#index = grown;
    }
    this.#index[at] = this.#pages.length - 1;
    this.#index[at + 1] = this.#used;
    // Plain ASCII is marked: it is decoded faster.
    this.#index[at + 2] = 2 * length + (length === text.length ? 1 : 0);
    this.#pages.at(-1)!.write(text, this.#used, "utf8");
    this.#used += length;
    this.bytes += length + 12;
    this.size++;
  }

  get(index: number): string | undefined {
    if (!(index >= 0 && index < this.size)) return undefined;
    const page = this.#pages[this.#index[3 * index]!]!;
    const from = this.#index[3 * index + 1]!;
    const coded = this.#index[3 * index + 2]!;
    const to = from + Math.floor(coded / 2);
    const read = () => (coded % 2 === 1 ? page.latin1Slice(from, to) : page.utf8Slice(from, to));
    return to - from > LONG ? this.#keep(index, read) : read();
  }

  #keep(index: number, read: () => string): string {
    const known = this.#kept.get(index);
    if (known !== undefined) return known;
    const text = read();
    if (this.#keptLength + text.length > MOST_KEPT) {
      this.#kept.clear();
      this.#keptLength = 0;
    }
    this.#kept.set(index, text);
    this.#keptLength += text.length;
    return text;
  }
}

/** Gathers the text of `si` or `is`: runs of rich text together, phonetic hints left out. */
export class RichText {
  #text = "";
  #inText = false;
  #phonetic = 0;
  readonly #longest: number;

  constructor(longest: number) {
    this.#longest = longest;
  }

  start(name: string): void {
    if (name === "rPh") this.#phonetic++;
    else if (name === "t") this.#inText = this.#phonetic === 0;
  }

  end(name: string): void {
    if (name === "rPh") this.#phonetic--;
    else if (name === "t") this.#inText = false;
  }

  /** False: the text is too long. */
  add(text: string): boolean {
    if (this.#inText) this.#text += text;
    return this.#text.length <= this.#longest;
  }

  take(): string {
    const text = this.#text;
    this.#text = "";
    return unescapeText(text);
  }
}

/** `_x000D_` stands for a character that XML cannot hold. NUL is left out, as everywhere. */
export function unescapeText(text: string): string {
  if (!text.includes("_x")) return text;
  return text.replace(/_x([\da-f]{4})_/gi, (_, code: string) => {
    const number = Number.parseInt(code, 16);
    return number === 0 ? "" : String.fromCharCode(number);
  });
}

/** Reads all shared strings. Throws FILE_LIMIT when they take more than `most` bytes. */
export async function readStrings(
  entry: ZipEntry,
  path: string,
  most: number,
  longest: number,
  signal: AbortSignal,
): Promise<SharedStrings> {
  const store = new StringStore();
  let text: RichText | null = null;
  let tooLong = false;
  const handler: XmlHandler = {
    start(name, attributes) {
      if (name === "sst") {
        const count = Number(attribute(attributes, "uniqueCount") ?? 0);
        if (count * 4 > most) tooLong = true;
      } else if (name === "si") text = new RichText(longest);
      else text?.start(name);
    },
    end(name) {
      if (name === "si" && text !== null) {
        store.add(text.take());
        text = null;
      } else text?.end(name);
    },
    text(piece) {
      if (text !== null && !text.add(piece)) tooLong = true;
    },
  };
  for await (const _ of feedXml(entry.stream(), handler, { path, part: entry.name })) {
    signal.throwIfAborted();
    if (tooLong || store.bytes > most) {
      throw beyondLimit(
        path,
        `its shared texts need more than ${most} bytes of memory`,
        "Save the sheet as CSV, or raise `maxSharedTextBytes` if you trust the file and have the memory.",
      );
    }
  }
  return store;
}

/** The string of a cell; throws FILE_CORRUPT when there is none. */
export function sharedString(strings: SharedStrings, raw: string, path: string, where: () => string): string {
  const text = /^\s*\d+\s*$/.test(raw) ? strings.get(Number(raw)) : undefined;
  if (text === undefined)
    throw corrupt(path, `cell ${where()} refers to shared text ${raw}, there are ${strings.size}`);
  return text;
}
