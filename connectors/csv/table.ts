/** What a file of any format offers: tables, each of which is a source object. */
import type { Problem } from "../../core/errors.ts";
import type { Position, RecordBatch } from "../../core/record.ts";
import type { SourceField } from "../../core/schema.ts";
import type { Body } from "./archive/bodies.ts";

export interface TableRead {
  readonly from: Position | null;
  readonly batchSize: number;
}

/** A table whose header is known. */
export interface Table {
  readonly path: string;
  /** The object's name. */
  readonly name: string;
  readonly columns: readonly string[];
  readonly fields: readonly SourceField[];
  /** How it is read, in one line for people. */
  readonly note: string;
  /** Changes when the content may have changed. */
  readonly fingerprint: string;
  /** Every record is in exactly one batch, good or bad; ends with the signal's reason when that is aborted. */
  read(request: TableRead): AsyncGenerator<RecordBatch>;
  /** What people should know of the content before it is loaded; may read all of it. */
  problems(): Promise<readonly Problem[]>;
  /** Frees what reading left open; the table may be read again. */
  close?(): Promise<void>;
}

/** A table in a file, before it is looked at. */
export interface Member {
  /** Sheet, or file in an archive; null: the file has just this table. */
  readonly id: string | null;
  /** Left out unless it is named. */
  readonly hidden: boolean;
  /** Names are given by the caller, who sees all files. */
  open(name: string): Promise<Table>;
}

/** What a file holds. */
export interface Container {
  readonly members: readonly Member[];
  /** Warnings about the file as a whole. */
  readonly problems: readonly Problem[];
  /** Archives: the names of files that are no tables, and which of them are bodies of records. */
  readonly archive?: { readonly bodies: readonly Body[]; readonly names: readonly string[] };
}

/** Fields of which only the names are known. */
export function plainFields(columns: readonly string[]): SourceField[] {
  return columns.map((name) => ({ name, label: name, type: null }));
}
