/** Streams one page of a job's results: bytes from the network to the cells of batches, without a string in between. */
import { isAscii } from "node:buffer";
import { BlockReader, type ByteSource } from "../../core/csv/blocks.ts";
import { dialectOf } from "../../core/csv/dialect.ts";
import { scanRecords } from "../../core/csv/scan.ts";
import { newScan, type Scan } from "../../core/csv/scan-types.ts";
import { hasCode, TerminalError, TransientError } from "../../core/errors.ts";
import { type HttpAnswer, readAhead } from "../../core/http.ts";
import type { Api } from "./api.ts";
import { tidyCells } from "./cells.ts";
import type { Column } from "./columns.ts";
import { LOCATOR_LOST } from "./errors.ts";
import { toLongId } from "./ids.ts";

/** Some records of a page. Valid until the next part is asked for. */
export interface PagePart {
  readonly columns: readonly string[];
  readonly size: number;
  readonly data: Buffer;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly ascii: boolean;
  /** Records of the page up to the end of this part, and the id of the last one. */
  readonly row: number;
  readonly id: string;
  /** Locator of the next page where this part is the rest of its page; null else, and on the last page. */
  readonly next: string | null;
}

export interface PageRequest {
  readonly job: string;
  /** null: the first page. */
  readonly locator: string | null;
  /** Records of the page that were read already, and the id of the last one. */
  readonly row: number;
  readonly id: string | null;
  /** Records of the job that are still to come, this page's rest included; NaN: unknown. */
  readonly left: number;
  readonly batchSize: number;
  readonly columns: readonly Column[];
  /** The page's answer, when it was asked for already; the first attempt takes it. */
  readonly opened?: Promise<HttpAnswer> | null;
  /** Buffers of earlier pages of the same columns, used again. */
  readonly scratch?: PageScratch;
  /** Told the next page's locator when this page has come whole: while its last records are worked on, the next page may be on its way. */
  readonly onArrived?: (next: string) => void;
}

/** What pages leave for the next one. */
export interface PageScratch {
  scan: Scan | null;
  blocks: BlockReader | null;
}

export interface PageEnd {
  /** null: it was the last page. */
  readonly next: string | null;
}

const DIALECT = dialectOf(",", '"');
/** Bytes of an answer that may wait in memory while the records before them are worked on. */
const AHEAD_BYTES = 8 << 20;
/** Cells per part at most: bounds the index of wide objects. */
const MAX_CELLS = 1 << 20;

/**
 * Reads a page from record `row` on. A page that breaks off, or holds fewer records than its header says, is fetched again
 * and read on from where it broke; pages of a job can be had again as long as the job lives.
 */
export async function* readPage(api: Api, request: PageRequest): AsyncGenerator<PagePart, PageEnd> {
  const what = `results of job ${request.job}`;
  let { row, id, opened = null } = request;
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = opened ?? openPage(api, request);
      opened = null;
      const part = onePass(api, { ...request, row, id, left: request.left - (row - request.row) }, await answer);
      for (;;) {
        const step = await part.next();
        if (step.done === true) return step.value;
        ({ row, id } = step.value);
        attempt = 1;
        // a consumer that leaves ends this generator here
        let left = true;
        try {
          yield step.value;
          left = false;
        } finally {
          if (left) await part.return({ next: null });
        }
      }
    } catch (error) {
      api.context.signal.throwIfAborted();
      await api.again(what, error, attempt);
    }
  }
}

/** Asks for a page; one attempt. */
export function openPage(api: Api, request: Pick<PageRequest, "job" | "locator">): Promise<HttpAnswer> {
  return api.download(pagePath(api, request), "text/csv").then(
    (answer) => readAhead(answer, AHEAD_BYTES),
    (error: unknown) => {
      throw hasCode(error, "SALESFORCE_NOT_FOUND", LOCATOR_LOST) ? gone(request.job, error) : error;
    },
  );
}

async function* onePass(api: Api, request: PageRequest, answer: HttpAnswer): AsyncGenerator<PagePart, PageEnd> {
  const { signal } = api.context;
  const { scratch = { scan: null, blocks: null } } = request;
  const blocks = new BlockReader(bytesOf(answer), api.tuning.blockBytes, scratch.blocks);
  scratch.blocks = null;
  try {
    if (!/csv|octet-stream/i.test(answer.headers.get("content-type") ?? "csv")) {
      throw broken(request, `expected CSV, got ${answer.headers.get("content-type")}`);
    }
    await blocks.advance();
    const layout = await header(blocks, request);
    const kinds = layout.map(({ kind }) => kind);
    const names = layout.map(({ name }) => name);
    const width = layout.length;
    const idColumn = names.indexOf("Id");
    const maxRecords = Math.max(1, Math.min(request.batchSize, Math.floor(MAX_CELLS / width)));
    const scan = scratch.scan ?? newScan(DIALECT, width, maxRecords);
    scratch.scan = scan;
    let seen = 0;
    let arrived = false;
    for (;;) {
      signal.throwIfAborted();
      if (blocks.ended && !arrived) {
        arrived = true;
        const next = nextLocator(answer);
        if (next !== null) request.onArrived?.(next);
      }
      const view = blocks.view();
      scan.at = 0;
      scanRecords(view, scan, {
        maxRecords,
        maxBytes: Number.MAX_SAFE_INTEGER,
        final: blocks.ended,
        checkUtf8: !blocks.valid,
        hasNul: blocks.hasNul,
      });
      const [fault] = scan.faults;
      if (fault !== undefined)
        throw broken(request, `record ${seen + scan.rows + 1} is cut off or not CSV (${fault.kind})`);
      const { starts, ends, rows } = scan;
      const idAt = (record: number): string => {
        const cell = record * width + idColumn;
        return toLongId(view.latin1Slice(starts[cell]!, ends[cell]!));
      };
      const skip = Math.min(rows, Math.max(0, request.row - seen));
      if (skip > 0 && seen + skip === request.row && request.id !== null && idAt(skip - 1) !== request.id) {
        throw changed(request);
      }
      seen += rows;
      if (rows > skip) {
        const id = idAt(rows - 1);
        const partStarts = starts.subarray(skip * width);
        const partEnds = ends.subarray(skip * width);
        const whole = blocks.ended && scan.at === view.length && isWhole(answer, seen);
        const data = tidyCells(view.subarray(0, scan.at), partStarts, partEnds, rows - skip, kinds);
        yield {
          columns: names,
          size: rows - skip,
          data,
          starts: partStarts,
          ends: partEnds,
          ascii: blocks.ascii || isAscii(data),
          row: seen,
          id,
          next: whole ? nextLocator(answer) : null,
        };
        signal.throwIfAborted();
      }
      blocks.consume(scan.at);
      if (!scan.exhausted) continue;
      if (blocks.ended) break;
      const enough = 2 * blocks.view().length;
      await blocks.advance();
      // a long record is looked at again only when there is twice as much of it
      while (!blocks.ended && blocks.view().length < enough) await blocks.advance();
    }
    return endOf(answer, request, seen);
  } finally {
    answer.close();
    await blocks.close();
    scratch.blocks = blocks;
  }
}

function pagePath(api: Api, { job, locator }: Pick<PageRequest, "job" | "locator">): string {
  const page = locator === null ? "" : `&locator=${encodeURIComponent(locator)}`;
  return `/services/data/v${api.options.apiVersion}/jobs/query/${job}/results?maxRecords=${api.options.maxRecords}${page}`;
}

function bytesOf(answer: HttpAnswer): ByteSource {
  let piece: Uint8Array = new Uint8Array(0);
  let ended = false;
  return {
    async read(target, offset, length) {
      let done = 0;
      while (done < length) {
        if (piece.length === 0) {
          if (ended) break;
          const next = await answer.read();
          if (next === null) ended = true;
          else piece = next;
          continue;
        }
        const step = Math.min(length - done, piece.length);
        target.set(piece.subarray(0, step), offset + done);
        piece = piece.subarray(step);
        done += step;
      }
      return done;
    },
    close: async () => answer.close(),
  };
}

/** Takes the header off and gives the columns in its order. Pages repeat it; one that does not is understood, too. */
async function header(blocks: BlockReader, request: PageRequest): Promise<readonly Column[]> {
  const { columns } = request;
  while (blocks.view().indexOf(10) < 0 && !blocks.ended) await blocks.advance();
  const view = blocks.view();
  const newline = view.indexOf(10);
  const end = newline < 0 ? view.length : newline;
  const names = view
    .toString("utf8", 0, end)
    .trimEnd()
    .split(",")
    .map((name) => name.replace(/^"(.*)"$/, "$1").toLowerCase());
  const layout = names.map((name) => columns.find((column) => column.name.toLowerCase() === name));
  if (names.length === columns.length && layout.every((column) => column !== undefined)) {
    blocks.consume(newline < 0 ? end : end + 1);
    return layout;
  }
  const isHeader = names[0] === "id" && names.every((name) => /^[\w.]+$/.test(name));
  if (view.length === 0 || (request.locator !== null && !isHeader)) return columns;
  throw new TerminalError(
    "SALESFORCE_UNEXPECTED_COLUMNS",
    `results of job ${request.job}: expected the columns ${columns.map(({ name }) => name).join(", ")}, got ${view.toString("utf8", 0, Math.min(end, 200))}`,
    { hint: "The mapping changed since this run began: start a new run." },
  );
}

/** The page says how many records it has, and they are all there. */
const isWhole = (answer: HttpAnswer, seen: number): boolean =>
  Number(answer.headers.get("sforce-numberofrecords") ?? Number.NaN) === seen;

function endOf(answer: HttpAnswer, request: PageRequest, seen: number): PageEnd {
  const said = answer.headers.get("sforce-numberofrecords");
  if (said !== null && Number(said) !== seen) throw broken(request, `expected ${said} records, got ${seen}`);
  if (seen < request.row) throw broken(request, `expected at least ${request.row} records, got ${seen}`);
  const next = nextLocator(answer);
  if (next !== null) return { next };
  const left = request.left - (seen - request.row);
  // without the word that this was the last page, the number of records tells
  if (answer.headers.get("sforce-locator") === null && left > 0)
    throw broken(request, `no locator, although ${left} records are to come`);
  return { next: null };
}

/** null: none, or the word `null` of the last page. */
function nextLocator(answer: HttpAnswer): string | null {
  const locator = answer.headers.get("sforce-locator");
  return locator === null || locator === "" || locator === "null" ? null : locator;
}

function broken(request: PageRequest, reason: string): TransientError {
  return new TransientError("SALESFORCE_PAGE_INCOMPLETE", `results of job ${request.job}: ${reason}`);
}

function gone(job: string, cause: unknown): TerminalError {
  return new TerminalError("SALESFORCE_JOB_GONE", `the results of job ${job} are gone: they are kept for seven days`, {
    hint: "Start a new run: what was loaded already is recognised.",
    cause,
  });
}

function changed(request: PageRequest): TerminalError {
  return new TerminalError(
    "SALESFORCE_PAGE_CHANGED",
    `results of job ${request.job}: record ${request.row} of the page is not the one that was read before`,
    { hint: "Start a new run: what was loaded already is recognised." },
  );
}
