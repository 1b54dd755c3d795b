/** What a route answers. */
import type { Readable } from "node:stream";

/** A body too large for memory: `head` goes out before what `open` reads. */
export interface Streamed {
  /** Of both, in bytes. */
  readonly size: number;
  readonly head: Buffer;
  open(): Readable;
}

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer | Streamed;
  /** Compress where the client accepts it; default true. */
  readonly gzip?: boolean;
}

const JSON_TYPE = "application/json;charset=UTF-8";

export const json = (value: unknown, status = 200, headers: Record<string, string> = {}): Answer => ({
  status,
  type: JSON_TYPE,
  headers,
  body: JSON.stringify(value),
});

/** JSON that is text already. */
export const rawJson = (body: string): Answer => ({ status: 200, type: JSON_TYPE, body });

/** REST errors are arrays. */
export const failure = (status: number, errorCode: string, message: string): Answer =>
  json([{ message, errorCode }], status);

export const notFound = (): Answer =>
  json([{ errorCode: "NOT_FOUND", message: "The requested resource does not exist" }], 404);

export const html = (status: number, title: string): Answer => ({
  status,
  type: "text/html; charset=UTF-8",
  body: `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1><p>We are performing maintenance. We apologize for the inconvenience.</p></body></html>\n`,
});

export const empty = (status = 204): Answer => ({ status, type: "", body: "" });

export const bytes = (body: Buffer, type = "application/octet-stream"): Answer => ({
  status: 200,
  type,
  body,
  gzip: false,
});
