/** What the worker that decodes Parquet is told and what it answers. */
import type { FieldType } from "../../../core/schema.ts";

export interface ParquetJob {
  readonly path: string;
  readonly decimal: string;
}

/** Rows `from` (0-based) up to, not including, `to`. */
export interface ParquetRequest {
  readonly from: number;
  readonly to: number;
}

export interface ParquetAbout {
  readonly rows: number;
  readonly groups: readonly { readonly rows: number; readonly bytes: number; readonly codecs: readonly string[] }[];
  readonly columns: readonly { readonly name: string; readonly type: FieldType | null }[];
}

export type ParquetReply =
  | { readonly ok: true; readonly about: ParquetAbout }
  | {
      readonly ok: true;
      readonly rows: number;
      readonly data: Uint8Array;
      readonly starts: Int32Array;
      readonly ends: Int32Array;
    }
  | { readonly ok: false; readonly message: string };
