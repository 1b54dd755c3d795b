/** The mapped records of the second reading, as the load stages them: sent in pieces, compared piece by piece, and not kept. */
import type pg from "pg";
import type { CompiledMapping } from "../mapping/compiled.ts";
import type { CopyWriter } from "../store/copy-writer.ts";
import { ident } from "../store/quote.ts";
import { type Background, COPY_BYTES } from "./background.ts";

/** Compares the `rows` staged records; afterwards they are forgotten. */
export type CompareStaged = (rows: number) => Promise<void>;

export interface PieceSizes {
  /** Records up to which all are compared at once, and distinct values counted exactly. */
  readonly exactUpTo: number;
  /** Bytes that are sent at once. */
  readonly copyBytes: number;
  /** Bytes that are compared at once: several times what is sent, so that what a statement needs of other tables is worth its while. */
  readonly pieceBytes: number;
}

export const PIECE_SIZES: PieceSizes = { exactUpTo: 100_000, copyBytes: COPY_BYTES, pieceBytes: 4 * COPY_BYTES };

/** Rows are written to `out`, sent and compared while the next ones are mapped. */
export class StagedRows {
  /** Name of the temporary table: line, key, hash, then the mapping's staging columns. */
  readonly table: string;
  readonly #client: pg.ClientBase;
  readonly #background: Background;
  readonly #sizes: PieceSizes;
  #out: CopyWriter | null = null;
  #compare: CompareStaged = async () => undefined;
  #inPieces = false;
  /** Rows sent and not compared, and their bytes. */
  #held = 0;
  #heldBytes = 0;
  #compared = false;

  constructor(client: pg.ClientBase, background: Background, origin: number, sizes: PieceSizes) {
    this.#sizes = sizes;
    this.#client = client;
    this.#background = background;
    this.table = `proof_stage_${origin}`;
  }

  /** Makes the table: in a transaction, so that it can be emptied in place; before anything is sent. */
  async create(compiled: CompiledMapping): Promise<void> {
    const columns = compiled.columns.map(({ name, type }) => `, ${ident(name)} ${type}`).join("");
    await this.#client.query(`drop table if exists pg_temp.${this.table}`);
    await this.#client.query(`create temp table ${this.table} (line int8, key text collate "C", hash uuid${columns})`);
  }

  /** `inPieces`: each piece is compared as soon as it is there; else all of them at the end, at once. */
  begin(inPieces: boolean, compare: CompareStaged): void {
    this.#inPieces = inPieces;
    this.#compare = compare;
  }

  get out(): CopyWriter {
    this.#out ??= this.#background.writer();
    return this.#out;
  }

  /** Sends what is there, when there is enough of it or `all` is asked for: then nothing more comes. */
  flush(all: boolean): void {
    const out = this.#out;
    if (out !== null && out.rows > 0 && (all || out.length >= this.#sizes.copyBytes)) {
      this.#out = null;
      this.#background.add(out.length, () => this.#send(out));
    }
    if (all) this.#background.add(0, () => this.#end());
  }

  async #send(out: CopyWriter): Promise<void> {
    const { rows, length } = out;
    await this.#background.send(this.#client, this.table, out);
    this.#held += rows;
    this.#heldBytes += length;
    if (this.#inPieces && this.#heldBytes >= this.#sizes.pieceBytes) await this.#settle();
  }

  async #end(): Promise<void> {
    if (this.#held > 0 || !this.#compared) {
      if (!this.#inPieces) await this.#client.query(`analyze ${this.table} (key)`);
      await this.#settle();
    }
    await this.#client.query(`drop table pg_temp.${this.table}`);
  }

  async #settle(): Promise<void> {
    await this.#compare(this.#held);
    await this.#client.query(`truncate ${this.table}`);
    this.#held = 0;
    this.#heldBytes = 0;
    this.#compared = true;
  }
}
