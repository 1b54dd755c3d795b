import { randomBytes } from "node:crypto";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import type { HttpAnswer } from "../../core/http.ts";
import { download } from "../../core/http-download.ts";

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const UNREACHABLE = { code: "X_UNREACHABLE", hint: "Try again." };

function get(url: string, { timeoutMs = 5000, signal = new AbortController().signal } = {}): Promise<HttpAnswer> {
  const request = { method: "GET", url, headers: { authorization: "Bearer secret" }, what: "GET /big" };
  return download(request, { timeoutMs, signal, unreachable: UNREACHABLE });
}

async function whole(answer: HttpAnswer): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for (let piece = await answer.read(); piece !== null; piece = await answer.read()) pieces.push(piece);
  expect(await answer.read()).toBeNull();
  answer.close();
  return Buffer.concat(pieces);
}

// half of it cannot be compressed, so that there are many pieces on either side
const BODY = Buffer.concat([randomBytes(700_000), Buffer.alloc(700_000, "a,b\n")]);

describe("download", () => {
  it("gives the body as it is, compressed or not", async () => {
    const url = await serve((request, response) => {
      expect(request.headers["accept-encoding"]).toBe("gzip");
      const packed = request.url === "/packed";
      response.writeHead(200, { "X-Locator": "abc", ...(packed ? { "content-encoding": "gzip" } : {}) });
      response.end(packed ? gzipSync(BODY) : BODY);
    });
    for (const path of ["/plain", "/packed"]) {
      const answer = await get(url + path);
      expect(answer.status).toBe(200);
      expect(answer.headers.get("x-locator")).toBe("abc");
      expect((await whole(answer)).equals(BODY)).toBe(true);
    }
  });

  it("gives any status as an answer, with its text", async () => {
    const url = await serve((_, response) => response.writeHead(401).end("no"));
    const answer = await get(url);
    expect([answer.status, await answer.text()]).toEqual([401, "no"]);
  });

  it.each([
    [
      "a connection that is cut",
      (response: Parameters<RequestListener>[1]) =>
        response.write(gzipSync(BODY).subarray(0, 500_000), () => response.destroy()),
    ],
    [
      "compressed bytes that end too early",
      (response: Parameters<RequestListener>[1]) => response.end(gzipSync(BODY).subarray(0, 500_000)),
    ],
  ])("throws what the caller calls unreachable for %s", async (_, write) => {
    const url = await serve((_, response) => {
      response.writeHead(200, { "content-encoding": "gzip" });
      write(response);
    });
    const answer = await get(url);
    await expect(whole(answer)).rejects.toMatchObject({ code: "X_UNREACHABLE", hint: "Try again." });
  });

  it("throws it for an address where nobody listens, and for an answer that does not come", async () => {
    const url = await serve(() => undefined);
    await expect(get(url, { timeoutMs: 50 })).rejects.toMatchObject({
      code: "X_UNREACHABLE",
      message: "GET /big: the connection failed (no answer within 0.05 s)",
    });
    open.pop()!();
    await expect(get(url)).rejects.toMatchObject({ code: "X_UNREACHABLE" });
  });

  it("ends with the signal's reason", async () => {
    const url = await serve((_, response) => response.writeHead(200).write("half"));
    const stop = new AbortController();
    const answer = await get(url, { signal: stop.signal });
    expect(Buffer.from((await answer.read())!).toString()).toBe("half");
    const next = answer.read();
    stop.abort(new Error("stopped"));
    await expect(next).rejects.toThrow("stopped");
  });

  it("follows redirections; another origin does not get the credentials", async () => {
    const seen: (string | undefined)[] = [];
    const other = await serve((request, response) => {
      seen.push(request.headers.authorization);
      response.end("there");
    });
    const url = await serve((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(302, { location: request.url === "/a" ? "/b" : `${other}/c` }).end();
    });
    const answer = await get(`${url}/a`);
    expect([answer.status, await answer.text()]).toEqual([200, "there"]);
    expect(seen).toEqual(["Bearer secret", "Bearer secret", undefined]);
  });
});
