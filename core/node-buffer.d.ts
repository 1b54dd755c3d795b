/** Methods that Node's Buffer has and @types/node leaves out: `toString` and `write` for one encoding, without its look-up. */
interface Buffer {
  latin1Slice(start?: number, end?: number): string;
  utf8Slice(start?: number, end?: number): string;
  utf8Write(text: string, offset?: number, length?: number): number;
  hexWrite(text: string, offset?: number, length?: number): number;
}
