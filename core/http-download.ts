/**
 * `send` for large bodies: Node's own client and decompression in large pieces. `fetch` hands a body over in pieces of 16 KB
 * through web streams, which costs more than the bytes themselves.
 */
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { pipeline, type Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { beginExchange, type HttpAnswer, type HttpLimits, type HttpRequest, textOf } from "./http.ts";

/** Bytes that are decompressed at a time, before and after. */
const PACKED_BYTES = 1 << 16;
const PIECE_BYTES = 1 << 18;
const MOST_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** As `send`, for requests without a body; compressed where the server does so. */
export async function download(request: HttpRequest, limits: HttpLimits): Promise<HttpAnswer> {
  const { signal, watched, ended, close } = beginExchange(request.what, limits);
  const answer = await watched(() => followed(request, signal));
  const body = bodyOf(answer);
  const pieces = body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  let done = false;
  const read = async (): Promise<Uint8Array | null> => {
    if (done) return null;
    const step = await watched(() => pieces.next());
    if (step.done !== true) return step.value;
    done = true;
    ended();
    return null;
  };
  return {
    status: answer.statusCode ?? 0,
    headers: headersOf(answer),
    read,
    text: () => textOf(read),
    close: () => {
      if (!done) close();
      done = true;
    },
  };
}

/** The answer, redirections followed as `fetch` does: another origin does not get the credentials. */
async function followed(request: HttpRequest, signal: AbortSignal): Promise<IncomingMessage> {
  let url = new URL(request.url);
  let headers: Readonly<Record<string, string>> = { ...request.headers, "accept-encoding": "gzip" };
  for (let redirects = 0; ; redirects++) {
    const answer = await once(url, request.method, headers, signal);
    const { location } = answer.headers;
    if (!REDIRECTS.has(answer.statusCode ?? 0) || location === undefined || redirects === MOST_REDIRECTS) return answer;
    answer.resume();
    const next = new URL(location, url);
    if (next.origin !== url.origin) {
      headers = Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== "authorization"));
    }
    url = next;
  }
}

function once(
  url: URL,
  method: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const open = url.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const asked = open(url, { method, headers, signal }, resolve);
    asked.on("error", reject);
    asked.end();
  });
}

function bodyOf(answer: IncomingMessage): Readable {
  if (!/\bgzip\b/i.test(answer.headers["content-encoding"] ?? "")) return answer;
  const unpacked = createGunzip({ chunkSize: PIECE_BYTES });
  // failures of either end the body, where they are thrown
  pipeline(answer, gathered, unpacked, () => undefined);
  return unpacked;
}

/** Small pieces together: each is a journey to another thread. */
async function* gathered(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    waiting.push(piece);
    bytes += piece.length;
    if (bytes < PACKED_BYTES) continue;
    yield Buffer.concat(waiting, bytes);
    waiting = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(waiting, bytes);
}

function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) headers.append(rawHeaders[at]!, rawHeaders[at + 1]!);
  return headers;
}
