/**
 * What lies in `runs/<run>/snapshot/`: the raw records of a source, as they were read.
 *
 *   snapshot.json                     where it came from, and the source's schema as it was described then
 *   <object>/manifest.ndjson          one line per layout, block and end; a block counts only once its line is there
 *   <object>/00001.ndjson.gz ...      gzip members, one per block; `zcat` shows the records
 *
 * A record is a line `[number, cell, cell...]`: texts as they were, null where the source said null. A record that could not be
 * read is a line `{"line", "code", "reason", "field", "cells"}` between them.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Position } from "../record.ts";
import type { SourceSchema } from "../schema.ts";

export const SNAPSHOT_FILE = "snapshot.json";
export const MANIFEST_FILE = "manifest.ndjson";

/** Key of positions in what is recorded: records of the object up to there, bad ones included. */
export const RECORDS = "snapshotRecords";

/** `snapshot.json`. Holds no credentials: of the source's options only those that say how values are written. */
export interface SnapshotAbout {
  readonly version: 1;
  readonly run: string;
  readonly connector: string;
  /** `source.name`: what goes into external_source. */
  readonly source: string;
  readonly takenAt: string;
  readonly blankMeansNothing: boolean;
  /** As the source's capability; absent: false. */
  readonly uniqueIds?: boolean;
  readonly options: Readonly<Record<string, unknown>>;
  readonly schema: SourceSchema;
}

/** Columns of the blocks that follow. */
export interface LayoutLine {
  readonly columns: readonly string[];
  readonly fingerprint: string;
}

/** A block: one gzip member. */
export interface BlockLine {
  readonly file: string;
  readonly offset: number;
  readonly bytes: number;
  /** Bytes when unpacked. */
  readonly raw: number;
  readonly rows: number;
  readonly bad: number;
  /** Of the packed bytes, hexadecimal. */
  readonly sha256: string;
  /** Where the source may go on after it; null inside a batch. */
  readonly next: Position | null;
}

export interface EndLine {
  readonly end: true;
  readonly records: number;
}

/** Options of a source that say how its values are written; others are not kept. */
const VALUE_OPTIONS = ["timezone", "dates", "decimal", "nulls"] as const;

/** What of the source's options belongs into a snapshot. */
export function valueOptions(options: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(VALUE_OPTIONS.flatMap((name) => (name in options ? [[name, options[name]]] : [])));
}

/** Folder of a run's snapshot. */
export const snapshotDir = (runsDir: string, run: string): string => join(runsDir, run, "snapshot");

/** Folder of an object: its name where that is a plain one, else made plain and told apart by a hash. */
export function objectDir(dir: string, object: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9_-]{0,99}$/.test(object)) return join(dir, object);
  const plain = object.replace(/[^A-Za-z0-9_-]+/g, "-").slice(0, 60);
  return join(dir, `${plain}~${createHash("sha256").update(object).digest("hex").slice(0, 8)}`);
}

export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
