/** The mapped records of the second reading, as the load stages them: sent in pieces, compared piece by piece, and not kept. */
import type pg from "pg";
import type { CompiledMapping } from "../mapping/compiled.ts";
import type { CopyWriter } from "../store/copy-writer.ts";
import { ident } from "../store/quote.ts";
import { type Background, COPY_BYTES } from "./background.ts";
import { putRows, takeRows } from "./move-rows.ts";
import type { ProofTables } from "./proof-tables.ts";

/** Compares the `rows` staged records; afterwards they are forgotten. */
export type CompareStaged = (rows: number) => Promise<void>;
/** Does so if all of them agree; false: nothing was done. */
export type CompareAgreeing = (rows: number) => Promise<boolean>;

export interface PieceSizes {
  /** Records up to which all are compared at once, and distinct values counted exactly. */
  readonly exactUpTo: number;
  /** Bytes that are sent at once. */
  readonly copyBytes: number;
  /** Bytes that are compared at once: several times what is sent, so that what a statement needs of other tables is worth its while. */
  readonly pieceBytes: number;
}

export const PIECE_SIZES: PieceSizes = { exactUpTo: 100_000, copyBytes: COPY_BYTES, pieceBytes: 4 * COPY_BYTES };
/** Pieces that may disagree on the second connection before it is no longer asked. */
const MOST_DISAGREEING = 3;

/** A connection with a stage of its own. */
interface Lane {
  readonly client: pg.ClientBase;
  readonly background: Background;
  /** Rows sent and not compared. */
  held: number;
}

/** Rows are written to `out`, sent and compared while the next ones are mapped. */
export class StagedRows {
  /** Name of the temporary table: line, key, hash, then the mapping's staging columns. */
  readonly table: string;
  readonly #main: Lane;
  readonly #sizes: PieceSizes;
  #out: CopyWriter | null = null;
  #compare: CompareStaged = async () => undefined;
  #inPieces = false;
  #compared = false;
  /** Takes pieces, too, and compares those that agree. */
  #second: (Lane & { readonly agree: CompareAgreeing }) | null = null;
  #disagreed = 0;
  /** Where the present piece goes, and its bytes so far. */
  #lane: Lane | null = null;
  #bytes = 0;

  constructor({ client, background }: Pick<ProofTables, "client" | "background">, origin: number, sizes: PieceSizes) {
    this.#sizes = sizes;
    this.#main = { client, background, held: 0 };
    this.table = `proof_stage_${origin}`;
  }

  /** Makes the table: in a transaction, so that it can be emptied in place; before anything is sent. */
  async create(compiled: CompiledMapping, client = this.#main.client): Promise<void> {
    const columns = compiled.columns.map(({ name, type }) => `, ${ident(name)} ${type}`).join("");
    await client.query(`drop table if exists pg_temp.${this.table}`);
    await client.query(`create temp table ${this.table} (line int8, key text collate "C", hash uuid${columns})`);
  }

  /** `inPieces`: each piece is compared as soon as it is there; else all of them at the end, at once. */
  begin(inPieces: boolean, compare: CompareStaged): void {
    this.#inPieces = inPieces;
    this.#compare = compare;
  }

  /** From now on pieces go to another connection, too, where `create` was called: to the one for which less waits. */
  share({ client, background }: Pick<ProofTables, "client" | "background">, agree: CompareAgreeing): void {
    this.#second = { client, background, held: 0, agree };
  }

  get out(): CopyWriter {
    this.#out ??= this.#main.background.writer();
    return this.#out;
  }

  /** Sends what is there, when there is enough of it. */
  flush(): void {
    if (this.#out !== null && this.#out.length >= this.#sizes.copyBytes) this.#send(this.#out);
  }

  #send(out: CopyWriter): void {
    this.#out = null;
    this.#lane ??= this.#nextLane();
    const lane = this.#lane;
    const { rows, length } = out;
    lane.background.add(length, async () => {
      await this.#main.background.send(lane.client, this.table, out);
      lane.held += rows;
    });
    this.#bytes += length;
    if (this.#bytes >= this.#sizes.pieceBytes) this.#endPiece();
  }

  #nextLane(): Lane {
    const [main, second] = [this.#main, this.#second];
    if (second === null || this.#disagreed >= MOST_DISAGREEING) return main;
    return second.background.bytes < main.background.bytes ? second : main;
  }

  #endPiece(): void {
    const [lane, main, second] = [this.#lane, this.#main, this.#second];
    this.#lane = null;
    this.#bytes = 0;
    if (lane === second && second !== null) second.background.add(0, () => this.#settleSecond(second));
    else
      main.background.add(0, async () => {
        if (this.#inPieces) await this.#settle();
      });
  }

  /** Pieces that do not agree go to the first connection, which tells what differs. */
  async #settleSecond(second: Lane & { readonly agree: CompareAgreeing }): Promise<void> {
    const rows = second.held;
    if (!(await second.agree(rows))) {
      this.#disagreed++;
      const taken = await takeRows(second.client, this.table);
      this.#main.background.add(taken.length, async () => {
        await putRows(this.#main.client, this.table, taken);
        this.#main.held += rows;
        await this.#settle();
      });
    }
    await this.#empty(second);
  }

  async #settle(): Promise<void> {
    await this.#compare(this.#main.held);
    this.#compared = true;
    await this.#empty(this.#main);
  }

  async #empty(lane: Lane): Promise<void> {
    await lane.client.query(`truncate ${this.table}`);
    lane.held = 0;
  }

  /** Sends the rest. Nothing more comes. */
  sendRest(): void {
    if (this.#out !== null && this.#out.rows > 0) this.#send(this.#out);
    if (this.#lane !== null) this.#endPiece();
  }

  /** Compares what is left, after `sendRest`, and when the second connection has done its work. */
  end(): void {
    this.#main.background.add(0, async () => {
      if (this.#main.held > 0 || !this.#compared) {
        if (!this.#inPieces) await this.#main.client.query(`analyze ${this.table} (key)`);
        await this.#settle();
      }
      await this.#main.client.query(`drop table pg_temp.${this.table}`);
    });
  }
}
