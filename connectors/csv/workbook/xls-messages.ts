/** What the worker that reads .xls files is told and what it answers. */
import type { Tally } from "./rows.ts";

export interface XlsJob {
  readonly path: string;
  readonly decimal: string;
  readonly mostCells: number;
}

export interface PackedSheet {
  readonly name: string;
  readonly hidden: boolean;
  readonly tally: Tally;
  /** Chunks of lines of JSON, `[number, cells]` each; 0 stands for no cell, null for an error. */
  readonly rows: readonly Uint8Array[];
}

export type XlsReply =
  | { readonly ok: true; readonly sheets: readonly PackedSheet[] }
  | { readonly ok: false; readonly kind: "encrypted" | "corrupt" | "limit"; readonly message: string };
