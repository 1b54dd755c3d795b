/** Remembers what short values of one field became: source bytes -> encoded COPY field. Bounded, without objects per value. */
import type { CopyWriter } from "../store/copy-writer.ts";

const SLOTS = 512;
const KEY = 48;
const VALUE = 64;
/** After so many look-ups it must have answered one in four, else it switches itself off. */
const TRIAL = 4096;

const NOTHING: Buffer = Buffer.alloc(0);

export class EncodedCache {
  /** Made when there is something to remember: mappings are compiled more often than they read. */
  #keys: Buffer = NOTHING;
  #values: Buffer = NOTHING;
  readonly #keySizes = new Uint8Array(SLOTS);
  readonly #valueSizes = new Uint8Array(SLOTS);
  #looked = 0;
  #found = 0;
  #on = true;

  /** Appends the remembered field; false: nothing is remembered, nothing was written. */
  copy(out: CopyWriter, data: Buffer, start: number, end: number): boolean {
    const size = end - start;
    if (!this.#on || size > KEY || size === 0) return false;
    if (++this.#looked === TRIAL) {
      this.#on = this.#found >= TRIAL / 4;
      this.#looked = 0;
      this.#found = 0;
    }
    const slot = slotOf(data, start, end);
    if (this.#keySizes[slot] !== size) return false;
    const keys = this.#keys;
    for (let i = 0, at = slot * KEY; i < size; i++) if (keys[at + i] !== data[start + i]) return false;
    this.#found++;
    out.raw(this.#values, slot * VALUE, slot * VALUE + this.#valueSizes[slot]!);
    return true;
  }

  /** Remembers `encoded[from..to)` for the source bytes; what is too long is left out. */
  keep(data: Buffer, start: number, end: number, encoded: Buffer, from: number, to: number): void {
    const size = end - start;
    if (!this.#on || size > KEY || size === 0 || to - from > VALUE) return;
    if (this.#keys === NOTHING) {
      this.#keys = Buffer.alloc(SLOTS * KEY);
      this.#values = Buffer.alloc(SLOTS * VALUE);
    }
    const slot = slotOf(data, start, end);
    data.copy(this.#keys, slot * KEY, start, end);
    encoded.copy(this.#values, slot * VALUE, from, to);
    this.#keySizes[slot] = size;
    this.#valueSizes[slot] = to - from;
  }
}

/** FNV-1a, folded. */
function slotOf(data: Buffer, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ data[at]!, 0x01000193);
  return (hash ^ (hash >>> 15)) & (SLOTS - 1);
}
