import { CopyWriter } from "../store/copy-writer.ts";

/** Buffers of a lane for the short way of a first fill, reused from chunk to chunk. They grow when they are used. */
export interface DirectBuffers {
  readonly target: CopyWriter;
  readonly ledger: CopyWriter;
  readonly rest: CopyWriter;
}

export const directBuffers = (): DirectBuffers => ({
  target: new CopyWriter(1 << 12),
  ledger: new CopyWriter(1 << 12),
  rest: new CopyWriter(1 << 12),
});
