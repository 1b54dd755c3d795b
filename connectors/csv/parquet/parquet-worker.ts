/**
 * Runs in a worker of its own: decodes a Parquet file, one slice of rows per request. The package decodes a row group's
 * columns in memory; the worker's limits bound what a file made to do harm can take.
 */
import { parentPort, workerData } from "node:worker_threads";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { asyncBufferFromFile, type Compressors, type FileMetaData, parquetMetadataAsync, parquetRead } from "hyparquet";
import { BatchBuilder } from "../../../core/record.ts";
import type { ParquetAbout, ParquetJob, ParquetReply, ParquetRequest } from "./messages.ts";
import { type Element, fieldTypeOf, kindOf } from "./types.ts";
import { Moment, valueText } from "./values.ts";

const compressors: Compressors = {
  GZIP: (input, length) => gunzipSync(input, { maxOutputLength: Math.max(1, length) }),
  BROTLI: (input, length) => brotliDecompressSync(input, { maxOutputLength: Math.max(1, length) }),
  ZSTD: (input, length) => zstdDecompressSync(input, { maxOutputLength: Math.max(1, length) }),
};

const parsers = {
  timestampFromMilliseconds: (millis: bigint) => new Moment(millis * 1_000_000n),
  timestampFromMicroseconds: (micros: bigint) => new Moment(micros * 1000n),
  timestampFromNanoseconds: (nanos: bigint) => new Moment(nanos),
  jsonFromBytes: (bytes: Uint8Array) => (bytes === undefined ? undefined : Buffer.from(bytes).toString()),
  dateFromDays: (days: number) => new Moment(BigInt(days) * 86_400_000_000_000n),
};

const { path, decimal } = workerData as ParquetJob;
const file = await asyncBufferFromFile(path);
let metadata: FileMetaData | null = null;
let columns: readonly { readonly name: string; readonly element: Element }[] = [];

async function open(): Promise<ParquetAbout> {
  metadata = await parquetMetadataAsync(file, { parsers, geoparquet: false });
  const elements = metadata.schema as readonly Element[];
  columns = topLevel(elements).map((element) => ({ name: element.name, element }));
  const about: ParquetAbout = {
    rows: Number(metadata.num_rows),
    groups: metadata.row_groups.map(({ num_rows, columns: chunks }) => ({
      rows: Number(num_rows),
      bytes: chunks.reduce((sum, chunk) => sum + Number(chunk.meta_data?.total_uncompressed_size ?? 0n), 0),
      codecs: [...new Set(chunks.map((chunk) => chunk.meta_data?.codec ?? "UNCOMPRESSED"))],
    })),
    columns: columns.map(({ name, element }) => ({ name, type: fieldTypeOf(element, kindOf(element)) })),
  };
  return about;
}

/** The elements directly below the root, in order. */
function topLevel(elements: readonly Element[]): Element[] {
  const found: Element[] = [];
  const skip = (at: number): number => {
    let next = at + 1;
    for (let child = 0; child < (elements[at]?.num_children ?? 0); child++) next = skip(next);
    return next;
  };
  let at = 1;
  for (let child = 0; child < (elements[0]?.num_children ?? 0); child++) {
    found.push(elements[at]!);
    at = skip(at);
  }
  return found;
}

async function read({ from, to }: ParquetRequest): Promise<ParquetReply> {
  if (metadata === null) await open();
  const kinds = columns.map(({ element }) => kindOf(element));
  // Decimals are decoded here: the package would make floating point of them.
  const exact: FileMetaData = {
    ...metadata!,
    schema: metadata!.schema.map((element) => {
      const kind = kindOf(element as Element);
      if (typeof kind !== "object" || !("scale" in kind)) return element;
      const { converted_type: _, logical_type: __, ...plain } = element;
      return plain;
    }),
  };
  const names = columns.map(({ name }) => name);
  let rows: Record<string, unknown>[] = [];
  await parquetRead({
    file,
    metadata: exact,
    columns: names,
    rowStart: from,
    rowEnd: to,
    rowFormat: "object",
    utf8: false,
    compressors,
    parsers,
    geoparquet: false,
    useOffsetIndex: true,
    onComplete: (all: Record<string, unknown>[]) => {
      rows = all;
    },
  });
  const builder = new BatchBuilder(names);
  for (const [index, row] of rows.entries()) {
    builder.add(
      from + index + 1,
      names.map((name, column) => valueText(row[name], kinds[column]!, decimal)),
    );
  }
  const { data, starts, ends } = builder.build({});
  return { ok: true, rows: rows.length, data: Uint8Array.from(data), starts, ends };
}

parentPort!.on("message", async (request: ParquetRequest | "open") => {
  try {
    if (request === "open") parentPort!.postMessage({ ok: true, about: await open() } satisfies ParquetReply);
    else {
      const reply = await read(request);
      const moved = reply.ok && "data" in reply ? [reply.data.buffer, reply.starts.buffer, reply.ends.buffer] : [];
      parentPort!.postMessage(reply, moved as ArrayBuffer[]);
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    parentPort!.postMessage({ ok: false, message } satisfies ParquetReply);
  }
});
