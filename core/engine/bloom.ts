/**
 * Remembers keys approximately in a fixed amount of memory: "surely new" or "perhaps seen".
 * The caller verifies the second answer, so that nothing depends on the approximation.
 */
export class KeyFilter {
  readonly #bits: Uint32Array;
  readonly #mask: number;

  /** Sized for about `expected` keys at 32 bits or more each (1 in 40,000 new keys then seems seen); between 128 KiB and 64 MiB. */
  constructor(expected: number) {
    let bits = 1 << 20;
    while (bits < expected * 32 && bits < 1 << 29) bits *= 2;
    this.#bits = new Uint32Array(bits / 32);
    this.#mask = bits - 1;
  }

  /** Adds the key; true when it may have been there before. */
  add(key: string): boolean {
    let a = 0x811c9dc5;
    let b = 0x9e3779b9;
    for (let i = 0; i < key.length; i++) {
      const code = key.charCodeAt(i);
      a = Math.imul(a ^ code, 0x01000193);
      b = Math.imul(b + code, 0x85ebca6b);
      b ^= b >>> 13;
    }
    a ^= a >>> 15;
    a = Math.imul(a, 0x2c1b3c6d);
    a ^= a >>> 12;
    b = (Math.imul(b, 0xc2b2ae35) ^ (b >>> 16)) | 1;
    let seen = true;
    for (let probe = 0; probe < 6; probe++) {
      const bit = (a + Math.imul(probe, b)) & this.#mask;
      const word = bit >>> 5;
      const flag = 1 << (bit & 31);
      const before = this.#bits[word]!;
      if ((before & flag) === 0) {
        seen = false;
        this.#bits[word] = before | flag;
      }
    }
    return seen;
  }
}
