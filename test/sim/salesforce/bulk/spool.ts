/** Writes a query's result to a file once, so that any page of it can be served at the speed of the disk and memory stays flat. */
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { Readable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import type { Streamed } from "../http/answer.ts";
import type { Column } from "../soql/columns.ts";
import type { Plan } from "../soql/plan.ts";
import { select } from "../soql/select.ts";
import { headerLine, rowLine } from "./csv.ts";

export interface Spool {
  readonly rows: number;
  readonly header: Buffer;
  /** Bytes of rows `from` to before `to`, with the header before them where asked. */
  page(from: number, to: number, withHeader: boolean): Streamed;
}

const CHUNK = 256 * 1024;
const READ = 512 * 1024;
/** Other requests get their turn this often, in ms. */
const SLICE = 12;

/** Order of rows: blocks in a fixed shuffle, as parallel chunks come in. */
function* shuffled(rows: Uint32Array): Generator<Uint32Array> {
  const block = Math.max(1, Math.min(500, Math.ceil(rows.length / 8)));
  const blocks = Math.ceil(rows.length / block);
  let step = 7919;
  while (blocks > 1 && gcd(step, blocks) !== 1) step++;
  for (let at = 0; at < blocks; at++) {
    const start = ((at * step + 3) % blocks) * block;
    yield rows.subarray(start, start + block);
  }
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** `stopped` ends the work early, by throwing. */
export async function spool(
  made: Plan,
  path: string,
  delimiter: string,
  ending: string,
  stopped: () => boolean = () => false,
): Promise<Spool> {
  const columns: Column[] = made.outputs.flatMap((out) => (out.kind === "column" ? [out.column] : []));
  const header = Buffer.from(headerLine(columns, delimiter, ending));
  const line = rowLine(columns, delimiter, ending);
  const rows = select(made);
  const blocks = made.query.orderBy.length > 0 ? [rows] : shuffled(rows);
  const ends = new Float64Array(rows.length + 1);
  const file = await open(path, "w");
  try {
    let buffer = Buffer.allocUnsafe(CHUNK * 2);
    let used = 0;
    let written = 0;
    let row = 0;
    let since = performance.now();
    for (const block of blocks) {
      for (const index of block) {
        const text = line(index);
        if (used + text.length * 3 > buffer.length) {
          if (used > 0) await file.write(buffer, 0, used);
          written += used;
          used = 0;
          if (text.length * 3 > buffer.length) buffer = Buffer.allocUnsafe(text.length * 4);
        }
        used += buffer.utf8Write(text, used);
        ends[++row] = written + used;
        if ((row & 63) === 0 && performance.now() - since > SLICE) {
          await turn();
          if (stopped()) throw new Error("the simulator was closed");
          since = performance.now();
        }
      }
    }
    if (used > 0) await file.write(buffer, 0, used);
  } finally {
    await file.close();
  }
  return {
    rows: rows.length,
    header,
    page(from, to, withHeader) {
      const [start, end] = [ends[from]!, ends[to]!];
      const head = withHeader ? header : Buffer.alloc(0);
      return {
        size: head.length + end - start,
        head,
        open: () =>
          end > start ? createReadStream(path, { start, end: end - 1, highWaterMark: READ }) : Readable.from([]),
      };
    },
  };
}
