/** One HTTP request with time-outs. Bodies are streams that are read as fast as they are wanted. */
import { TransientError } from "./errors.ts";

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** A few words for messages. */
  readonly what: string;
}

export interface HttpLimits {
  /** Longest wait for an answer, and for each piece of its body. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Code and hint of the TransientError that a connection is which could not be made or broke. */
  readonly unreachable: { readonly code: string; readonly hint: string };
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** The next piece of the body, decompressed; null at its end. Throws TransientError when the connection breaks. */
  read(): Promise<Uint8Array | null>;
  text(): Promise<string>;
  /** Gives the connection up; harmless after the end. */
  close(): void;
}

/** Why a request that took too long was given up. */
class TimedOut extends Error {
  constructor(ms: number) {
    super(`no answer within ${ms / 1000} s`);
  }
}

/** One exchange that can be given up: by the caller's signal, by `close`, or because nothing came for too long. */
export interface Exchange {
  /** Aborts when the exchange is given up. */
  readonly signal: AbortSignal;
  /** Waits for one step of it. Throws TransientError `unreachable`, or the caller's reason. */
  watched<T>(work: () => Promise<T>): Promise<T>;
  /** Nothing more is expected. */
  ended(): void;
  close(): void;
}

/** Begins an exchange; throws the signal's reason when it is aborted already. */
export function beginExchange(what: string, { signal, timeoutMs, unreachable }: HttpLimits): Exchange {
  signal.throwIfAborted();
  const own = new AbortController();
  const onAbort = () => own.abort(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  const ended = () => signal.removeEventListener("abort", onAbort);
  const close = () => {
    ended();
    if (!own.signal.aborted) own.abort(new Error("closed"));
  };
  return {
    signal: own.signal,
    ended,
    close,
    async watched(work) {
      const timer = setTimeout(() => own.abort(new TimedOut(timeoutMs)), timeoutMs);
      try {
        return await work();
      } catch (error) {
        close();
        signal.throwIfAborted();
        const { reason } = own.signal;
        throw connectionError(reason instanceof TimedOut ? reason : error, what, unreachable);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

/** All that `read` gives, as text. */
export async function textOf(read: HttpAnswer["read"]): Promise<string> {
  const pieces: Uint8Array[] = [];
  for (let piece = await read(); piece !== null; piece = await read()) pieces.push(piece);
  return Buffer.concat(pieces).toString("utf8");
}

/** Sends a request; any status is an answer. Throws TransientError `unreachable`, or the signal's reason. */
export async function send(request: HttpRequest, limits: HttpLimits): Promise<HttpAnswer> {
  const { signal, watched, ended, close } = beginExchange(request.what, limits);
  const { method, headers = {}, body } = request;
  const response = await watched(() =>
    fetch(request.url, { method, headers, signal, ...(body === undefined ? {} : { body }) }),
  );
  const reader = response.body?.getReader() ?? null;
  const read = async (): Promise<Uint8Array | null> => {
    if (reader === null) return null;
    const { done, value } = await watched(() => reader.read());
    if (!done) return value;
    ended();
    return null;
  };
  return {
    status: response.status,
    headers: response.headers,
    read,
    text: () => textOf(read),
    close,
  };
}

/** The same answer, whose body is taken off the network before it is asked for, as long as less than `most` bytes wait. */
export function readAhead(answer: HttpAnswer, most: number): HttpAnswer {
  const waiting: Uint8Array[] = [];
  let bytes = 0;
  let end: { readonly error: unknown } | null = null;
  let wakeReader: (() => void) | null = null;
  let wakePump: (() => void) | null = null;
  const pump = async (): Promise<void> => {
    for (;;) {
      const piece = await answer.read();
      if (piece === null) return;
      waiting.push(piece);
      bytes += piece.length;
      wakeReader?.();
      while (bytes >= most) {
        await new Promise<void>((wake) => {
          wakePump = wake;
        });
      }
    }
  };
  const done = (error: unknown) => {
    end = { error };
    wakeReader?.();
  };
  pump().then(() => done(null), done);
  return {
    ...answer,
    async read() {
      while (waiting.length === 0) {
        if (end !== null) {
          if (end.error === null) return null;
          throw end.error;
        }
        await new Promise<void>((wake) => {
          wakeReader = wake;
        });
      }
      const piece = waiting.shift()!;
      bytes -= piece.length;
      wakePump?.();
      return piece;
    },
    close() {
      waiting.length = 0;
      bytes = 0;
      wakePump?.();
      answer.close();
    },
  };
}

/** A connection that could not be made or broke. */
function connectionError(error: unknown, what: string, { code, hint }: HttpLimits["unreachable"]): TransientError {
  const cause = (error as { cause?: { code?: string; message?: string } }).cause;
  const detail = cause?.code ?? cause?.message ?? (error instanceof Error ? error.message : String(error));
  return new TransientError(code, `${what}: the connection failed (${detail})`, { hint, cause: error });
}
