/**
 * Reads ahead in blocks and keeps incomplete records: while one block is worked on, the next is being read into
 * another buffer behind a margin that takes what is left of the first.
 */
import { isAscii, isUtf8 } from "node:buffer";

export interface ByteSource {
  /** Fills `length` bytes of `target` from `offset` on; returns how many there were, fewer only at the end. */
  read(target: Buffer, offset: number, length: number): Promise<number>;
  close(): Promise<void>;
}

export class BlockReader {
  readonly #source: ByteSource;
  readonly #block: number;
  readonly #margin: number;
  #current: Buffer;
  #other: Buffer;
  #start = 0;
  #end = 0;
  #pending: Promise<number>;
  #ended = false;
  /** All of the current bytes are ASCII. */
  ascii = true;
  /** All of the current bytes are valid UTF-8 (a character that is cut off at the end aside). */
  valid = true;
  hasNul = false;

  /**
   * `blockBytes` is read at a time; longer records make longer buffers. `former` is a closed reader of the same block size
   * whose views nobody needs any more: its buffers are used again.
   */
  constructor(source: ByteSource, blockBytes: number, former: BlockReader | null = null) {
    this.#source = source;
    this.#block = blockBytes;
    this.#margin = Math.max(16, blockBytes >> 2);
    const size = this.#margin + blockBytes;
    this.#current = former !== null && former.#current.length === size ? former.#current : this.#fresh();
    this.#other = former !== null && former.#other.length === size ? former.#other : this.#fresh();
    this.#pending = this.#read(this.#other);
  }

  /** What was read and not consumed yet. Valid until the next `advance`. */
  view(): Buffer {
    return this.#current.subarray(this.#start, this.#end);
  }

  /** True when `view` ends where the file ends. */
  get ended(): boolean {
    return this.#ended;
  }

  consume(bytes: number): void {
    this.#start += bytes;
  }

  /** Adds the next block behind what is left. The bytes of earlier views are overwritten from now on. */
  async advance(): Promise<void> {
    const got = await this.#pending;
    const left = this.#end - this.#start;
    let next = this.#other;
    let at = this.#margin;
    if (left > at) {
      next = Buffer.allocUnsafeSlow(left + this.#margin + this.#block);
      at = left;
      this.#other.copy(next, at, this.#margin, this.#margin + got);
    }
    this.#current.copy(next, at - left, this.#start, this.#end);
    this.#other = this.#current.length > this.#margin + this.#block ? this.#fresh() : this.#current;
    this.#current = next;
    this.#start = at - left;
    this.#end = at + got;
    this.#ended = got < this.#block;
    this.#pending = this.#ended ? Promise.resolve(0) : this.#read(this.#other);
    this.#look();
  }

  async close(): Promise<void> {
    await this.#pending.catch(() => 0);
    await this.#source.close();
  }

  #fresh(): Buffer {
    return Buffer.allocUnsafeSlow(this.#margin + this.#block);
  }

  #read(buffer: Buffer): Promise<number> {
    const reading = this.#source.read(buffer, this.#margin, this.#block);
    // Nobody may be waiting when it fails; `advance` reports it.
    reading.catch(() => 0);
    return reading;
  }

  #look(): void {
    const view = this.view();
    this.hasNul = view.includes(0);
    this.ascii = isAscii(view);
    this.valid = this.ascii || isUtf8(this.#ended ? view : view.subarray(0, view.length - cutOff(view)));
  }
}

/** Bytes of a UTF-8 character at the end of `b` whose rest is still missing; 0 to 3. */
export function cutOff(b: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, b.length); back++) {
    const c = b[b.length - back]!;
    if (c >= 0xc0) return (c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2) > back ? back : 0;
    if (c < 0x80) return 0;
  }
  return 0;
}
