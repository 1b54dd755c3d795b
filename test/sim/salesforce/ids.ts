/** Salesforce record ids: 15 case-sensitive base-62 characters, and the 18-character form with its checksum. */

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
const TAILS = 62 * 62;
/** Index 0 starts here, so that ids look lived in and pass through letters of both cases at once. */
const BASE = TAILS * 37 + 5;

const isUpper = (char: string | undefined): boolean => char !== undefined && char >= "A" && char <= "Z";

function bits(chunk: string): number {
  let sum = 0;
  for (let at = 0; at < chunk.length; at++) if (isUpper(chunk[at])) sum |= 1 << at;
  return sum;
}

/** The 18-character form of a 15-character id; 18-character ids come back with the right checksum. */
export function to18(id: string): string {
  const bare = id.slice(0, 15);
  return bare + CHECK[bits(bare.slice(0, 5))] + CHECK[bits(bare.slice(5, 10))] + CHECK[bits(bare.slice(10, 15))];
}

/** True for 15 characters, and for 18 whose checksum fits. */
export function isId(text: string): boolean {
  return /^[0-9A-Za-z]{15}$/.test(text) || (/^[0-9A-Za-z]{18}$/.test(text) && to18(text) === text);
}

const tails: string[] = [];
const tailBits: number[] = [];
for (const high of DIGITS) {
  for (const low of DIGITS) {
    tails.push(high + low);
    tailBits.push(bits(high + low) << 3);
  }
}

function base62(value: number, width: number): string {
  let text = "";
  for (let left = value, at = 0; at < width; at++, left = Math.floor(left / 62)) text = DIGITS[left % 62] + text;
  return text;
}

/** Ids of one key prefix: index 0, 1, 2... in id order (binary order of the text). */
export interface IdSpace {
  readonly prefix: string;
  /** The 18-character id of an index. */
  id(index: number): string;
  /** The index of a 15 or 18-character id, or -1 where it is none of this space. */
  index(id: string): number;
}

/** `pod` is the two characters after the prefix that differ between orgs. */
export function idSpace(prefix: string, pod: string): IdSpace {
  const heads: { readonly text: string; readonly checks: string; readonly bits: number }[] = [];
  const head = (high: number) => {
    const text = prefix + pod + base62(high, 8);
    const made = {
      text,
      checks: CHECK[bits(text.slice(0, 5))]! + CHECK[bits(text.slice(5, 10))]!,
      bits: bits(text.slice(10, 13)),
    };
    heads[high - 37] = made;
    return made;
  };
  const id = (index: number): string => {
    const number = index + BASE;
    const low = number % TAILS;
    const high = (number - low) / TAILS;
    const { text, checks, bits: own } = heads[high - 37] ?? head(high);
    return text + tails[low] + checks + CHECK[own | tailBits[low]!];
  };
  return {
    prefix,
    id,
    index(text) {
      if (text.length < 15 || !text.startsWith(prefix + pod)) return -1;
      let number = 0;
      for (let at = 5; at < 15; at++) number = number * 62 + DIGITS.indexOf(text[at]!);
      return number >= BASE ? number - BASE : -1;
    },
  };
}
