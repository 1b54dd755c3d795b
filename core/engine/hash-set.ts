/** A set of 128-bit hashes in flat memory (16 bytes a slot). Grows up to a limit; what does not fit is simply not in it. */
export class HashSet {
  #slots: Int32Array;
  #mask: number;
  #size = 0;
  readonly #limit: number;

  /** `limit`: the most slots it may use (a power of two); 2^23 slots are 128 MiB. */
  constructor(expected: number, limit = 1 << 23) {
    let slots = 1 << 10;
    while (slots * 0.7 < expected && slots < limit) slots *= 2;
    this.#slots = new Int32Array(slots * 4);
    this.#mask = slots - 1;
    this.#limit = limit;
  }

  get size(): number {
    return this.#size;
  }

  #find(slots: Int32Array, mask: number, a: number, b: number, c: number, d: number): number {
    let slot = a & mask;
    for (;;) {
      const at = slot * 4;
      const w0 = slots[at]!;
      const w1 = slots[at + 1]!;
      const w2 = slots[at + 2]!;
      const w3 = slots[at + 3]!;
      if ((w0 | w1 | w2 | w3) === 0) return ~at;
      if (w0 === a && w1 === b && w2 === c && w3 === d) return at;
      slot = (slot + 1) & mask;
    }
  }

  #grow(): boolean {
    const slots = this.#mask + 1;
    if (slots >= this.#limit) return false;
    const grown = new Int32Array(slots * 8);
    const mask = slots * 2 - 1;
    for (let at = 0; at < this.#slots.length; at += 4) {
      const [a, b, c, d] = [this.#slots[at]!, this.#slots[at + 1]!, this.#slots[at + 2]!, this.#slots[at + 3]!];
      if ((a | b | c | d) === 0) continue;
      const free = ~this.#find(grown, mask, a, b, c, d);
      grown[free] = a;
      grown[free + 1] = b;
      grown[free + 2] = c;
      grown[free + 3] = d;
    }
    this.#slots = grown;
    this.#mask = mask;
    return true;
  }

  /** False when the set is full: the hash was not added. */
  add(bytes: Buffer, at: number): boolean {
    if (this.#size > (this.#mask + 1) * 0.7 && !this.#grow()) return false;
    const a = bytes.readInt32LE(at);
    const b = bytes.readInt32LE(at + 4);
    const c = bytes.readInt32LE(at + 8);
    const d = bytes.readInt32LE(at + 12);
    const found = this.#find(this.#slots, this.#mask, a, b, c, d);
    if (found < 0) {
      const free = ~found;
      this.#slots[free] = a;
      this.#slots[free + 1] = b;
      this.#slots[free + 2] = c;
      this.#slots[free + 3] = d;
      this.#size++;
    }
    return true;
  }

  has(bytes: Buffer, at: number): boolean {
    if (this.#size === 0) return false;
    const a = bytes.readInt32LE(at);
    const b = bytes.readInt32LE(at + 4);
    const c = bytes.readInt32LE(at + 8);
    const d = bytes.readInt32LE(at + 12);
    return this.#find(this.#slots, this.#mask, a, b, c, d) >= 0;
  }
}
