/** Record ids: 15 characters, case-sensitive, or 18 with a checksum of the case; ordered as base-62 numbers. */

const CHECKS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
/** In ASCII order, which is the order of ids in SOQL. */
const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** The 18-character form. Text that is no 15-character id comes back as it is. */
export function toLongId(id: string): string {
  return /^[0-9A-Za-z]{15}$/.test(id) ? id + checksum(id) : id;
}

/** The three characters that tell which of the first 15 are upper-case. */
export function checksum(id: string): string {
  let text = "";
  for (let chunk = 0; chunk < 15; chunk += 5) {
    let bits = 0;
    for (let at = 0; at < 5; at++) {
      const code = id.charCodeAt(chunk + at);
      if (code >= 65 && code <= 90) bits |= 1 << at;
    }
    text += CHECKS[bits];
  }
  return text;
}

/** True for 15 characters, and for 18 whose checksum is right. */
export function isId(text: string): boolean {
  if (/^[0-9A-Za-z]{15}$/.test(text)) return true;
  return /^[0-9A-Za-z]{18}$/.test(text) && checksum(text) === text.slice(15).toUpperCase();
}

/**
 * Ids that cut the range from `first` to `last` into `parts` of equal width (in id numbers, not in records): at most
 * `parts - 1` of them, in order, each above `first` and not above `last`.
 */
export function boundaries(first: string, last: string, parts: number): string[] {
  const low = toNumber(first);
  const high = toNumber(last);
  const found: string[] = [];
  let before = low;
  for (let part = 1; part < parts; part++) {
    const at = low + ((high - low + 1n) * BigInt(part)) / BigInt(parts);
    if (at <= before || at > high) continue;
    found.push(toLongId(fromNumber(at)));
    before = at;
  }
  return found;
}

function toNumber(id: string): bigint {
  let number = 0n;
  for (const character of id.slice(0, 15)) number = number * 62n + BigInt(DIGITS.indexOf(character));
  return number;
}

function fromNumber(number: bigint): string {
  let text = "";
  for (let left = number, at = 0; at < 15; at++, left /= 62n) text = DIGITS[Number(left % 62n)] + text;
  return text;
}
