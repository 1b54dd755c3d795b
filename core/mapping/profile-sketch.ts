/**
 * A bounded sample of a column's distinct values, by hash: exact up to a cap, beyond it every value whose hash
 * ends in n zero bits. Two sketches sample the same values, so their overlap can be compared.
 * Method: adaptive sampling (Flajolet 1990).
 */

/** 53-bit hash of a text (cyrb53); stable over processes. */
export function hash53(text: string): number {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return 4294967296 * (2097151 & b) + (a >>> 0);
}

export class Sketch {
  readonly #cap: number;
  #hashes = new Set<number>();
  #mask = 0;
  #factor = 1;
  #repeated = false;

  constructor(cap = 50_000) {
    this.#cap = cap;
  }

  add(hash: number): void {
    if (((hash % 4294967296) & this.#mask) !== 0) return;
    if (this.#hashes.has(hash)) {
      this.#repeated = true;
      return;
    }
    this.#hashes.add(hash);
    while (this.#hashes.size > this.#cap) {
      this.#mask = (this.#mask << 1) | 1;
      this.#factor *= 2;
      this.#hashes = new Set([...this.#hashes].filter((kept) => ((kept % 4294967296) & this.#mask) === 0));
    }
  }

  /** Distinct values; an estimate unless `exact`. */
  get size(): number {
    return this.#hashes.size * this.#factor;
  }

  get exact(): boolean {
    return this.#mask === 0;
  }

  /** True when one of the sampled values came twice. */
  get repeated(): boolean {
    return this.#repeated;
  }

  has(value: string): boolean {
    return this.#hashes.has(hash53(value));
  }

  /** Share (0..1) of this sketch's distinct values that `other` has, too; 0 when empty. */
  within(other: Sketch): number {
    const mask = this.#mask | other.#mask;
    let sampled = 0;
    let found = 0;
    for (const hash of this.#hashes) {
      if (((hash % 4294967296) & mask) !== 0) continue;
      sampled++;
      if (other.#hashes.has(hash)) found++;
    }
    return sampled === 0 ? 0 : found / sampled;
  }
}
