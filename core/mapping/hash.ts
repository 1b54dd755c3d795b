/** Fingerprints of staged rows: 128 bits of SHA-256, as the ledger keeps them. */
import { hash } from "node:crypto";
import type { CopyWriter } from "../store/copy-writer.ts";
import type { StageColumn } from "./compiled.ts";
import { targetText } from "./named-lookup.ts";

export const HASH_BYTES = 16;

/**
 * What a row means beside its bytes: columns, their order and their policies. It is part of every row's hash, so that a
 * changed mapping makes records changed even where the cells are the same.
 */
export function layoutSeed(columns: readonly StageColumn[]): Buffer {
  const meaning = columns.map(({ type, role, target, keepOnNull, field, index }) => [
    type,
    role,
    target,
    keepOnNull,
    index,
    field === null
      ? null
      : [
          field.overwrite,
          field.lookup?.objects ?? null,
          field.lookup?.by ?? null,
          ...(field.lookup?.targets ?? []).map(targetText),
        ],
  ]);
  return Buffer.from(hash("sha256", JSON.stringify(meaning), "hex"), "hex").subarray(0, HASH_BYTES);
}

/**
 * Hashes `buffer[start..length)` of the writer and puts the first 16 bytes at `at`. A latin1 string is the fastest way out
 * of node:crypto for short inputs (0.84 µs for 620 bytes; with a Buffer 2.3 µs).
 */
export function writeRowHash(out: CopyWriter, start: number, at: number): void {
  const { buffer, length } = out;
  const digest = hash("sha256", buffer.subarray(start, length), "binary");
  for (let i = 0; i < HASH_BYTES; i++) buffer[at + i] = digest.charCodeAt(i);
}
