/** A small server that answers as it is told, and requests to it. */
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach } from "vitest";
import type { Api } from "../../../connectors/hubspot/api.ts";
import { createApi, TUNING, type Tuning } from "../../../connectors/hubspot/client.ts";
import { hubspotOptions } from "../../../connectors/hubspot/options.ts";
import type { Context } from "../../../core/context.ts";
import { testContext } from "../../helpers/context.ts";

export const FAST: Tuning = {
  ...TUNING,
  attempts: 4,
  turns: 3,
  retryBaseMs: 2,
  retryMaxMs: 10,
  assumed: { tenSeconds: 10_000, secondly: 10_000 },
};

export interface Reply {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** The connection is cut after this many characters of the body; 0: before anything came. */
  readonly cutAfter?: number;
}

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
}

export interface Fake {
  readonly url: string;
  readonly received: Received[];
}

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

export const afterTest = (close: () => Promise<unknown>): void => {
  open.push(close);
};

/** Answers each request with what `reply` says; a text body is sent as it is, anything else as JSON. */
export async function fake(reply: (request: Received, number: number) => Reply | Promise<Reply>): Promise<Fake> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const piece of request) body += piece;
    const got = { method: request.method ?? "", path: request.url ?? "", body, headers: request.headers };
    received.push(got);
    const { status = 200, body: answer = {}, headers, cutAfter } = await reply(got, received.length);
    const text = typeof answer === "string" ? answer : JSON.stringify(answer);
    if (cutAfter === 0) {
      request.socket.destroy();
      return;
    }
    response.writeHead(status, headers ?? { "content-type": "application/json;charset=utf-8" });
    if (cutAfter === undefined) response.end(text);
    else response.write(text.slice(0, cutAfter), () => setTimeout(() => request.socket.destroy(), 5));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  afterTest(
    () =>
      new Promise((closed) => {
        server.close(closed);
        server.closeAllConnections();
      }),
  );
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

export interface ApiSetting {
  readonly options?: Readonly<Record<string, unknown>>;
  readonly context?: Partial<Context>;
  readonly tuning?: Partial<Tuning>;
}

export function apiOver(url: string, { options = {}, context = {}, tuning = {} }: ApiSetting = {}): Api {
  const auth = options.auth === undefined ? { accessToken: "pat-test" } : {};
  return createApi(
    hubspotOptions({ baseUrl: url, ...auth, ...options }),
    testContext({ now: () => new Date(), ...context }),
    { ...FAST, ...tuning },
  );
}

/** What is thrown, as an object to compare. */
export async function failure(work: () => Promise<unknown>) {
  try {
    await work();
  } catch (error) {
    const { name, message, code, exitCode, hint } = error as Error & {
      readonly code?: string;
      readonly exitCode?: number;
      readonly hint?: string | null;
    };
    return { class: name, code, exitCode, message, hint };
  }
  throw new Error("expected a failure");
}
