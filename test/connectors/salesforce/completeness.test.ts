import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { readAll } from "../read-all.ts";
import { byId, lab, over, truth } from "./kit.ts";

interface Exchange {
  readonly path: string;
  readonly headers: Record<string, string>;
  body: string;
}

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A server in front of the org that changes its answers. */
async function liar(target: string, change: (exchange: Exchange) => void): Promise<string> {
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const piece of request) body += piece;
    const { host: _, "accept-encoding": __, "content-length": ___, connection: ____, ...headers } = request.headers;
    const answer = await fetch(target + request.url, {
      method: request.method!,
      headers: { ...(headers as Record<string, string>), "accept-encoding": "identity" },
      ...(body === "" ? {} : { body }),
    });
    const own = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { "content-length": _____, ...kept } = Object.fromEntries(answer.headers);
    const exchange = { path: request.url!, headers: kept, body: (await answer.text()).replaceAll(target, own) };
    change(exchange);
    response.writeHead(answer.status, exchange.headers);
    response.end(exchange.body);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const FIELDS = ["Id", "Name", "Type"];
const bulk = { options: { transport: "bulk", maxRecords: 60 } };

describe("rows that the server loses", () => {
  it("in a job: it is made once more, and good then", async () => {
    const { sim } = await lab();
    let lies = 1;
    const url = await liar(sim.url, (exchange) => {
      if (!/\/jobs\/query\/\w+$/.test(exchange.path) || !exchange.body.includes("JobComplete") || lies-- <= 0) return;
      exchange.body = exchange.body.replace(
        /"numberRecordsProcessed":(\d+)/,
        (_, n) => `"numberRecordsProcessed":${n - 2}`,
      );
    });
    const { rows } = await readAll(over(url, bulk), "Account", { fields: FIELDS });
    expect(byId(rows)).toEqual(truth(sim.org, "Account", FIELDS));
    expect(sim.stats.kinds.bulkCreate).toBe(2);
  });

  it("in every job: the read ends before a record is given", async () => {
    const { sim } = await lab();
    const url = await liar(sim.url, (exchange) => {
      exchange.body = exchange.body.replace(
        /"numberRecordsProcessed":([1-9]\d*)/,
        (_, n) => `"numberRecordsProcessed":${n - 2}`,
      );
    });
    let batches = 0;
    const reading = async () => {
      const source = over(url, bulk);
      for await (const _ of source.read({ object: "Account", fields: FIELDS, from: null, batchSize: 10 })) batches++;
    };
    const accounts = truth(sim.org, "Account", ["Id"]).length;
    await expect(reading()).rejects.toMatchObject({
      code: "SALESFORCE_ROWS_MISSING",
      message: `Account: ${accounts} records counted, but only ${accounts - 2} came`,
    });
    expect(batches).toBe(0);
  });

  it("with a page: the end of the results is not the end of the job", async () => {
    const { sim } = await lab();
    let pages = 0;
    const url = await liar(sim.url, (exchange) => {
      if (exchange.path.includes("/results") && ++pages === 2) exchange.headers["sforce-locator"] = "null";
    });
    await expect(readAll(over(url, bulk), "Account", { fields: FIELDS })).rejects.toMatchObject({
      code: "SALESFORCE_ROWS_MISSING",
    });
  });

  it("with the locator header: the page is asked for again, not the first one", async () => {
    const { sim } = await lab();
    let pages = 0;
    const url = await liar(sim.url, (exchange) => {
      if (exchange.path.includes("/results") && ++pages === 1) delete exchange.headers["sforce-locator"];
    });
    const { rows } = await readAll(over(url, bulk), "Account", { fields: FIELDS });
    expect(byId(rows)).toEqual(truth(sim.org, "Account", FIELDS));
  });

  it("in a page by REST: the page is asked for again", async () => {
    const { sim } = await lab();
    let lies = 1;
    const url = await liar(sim.url, (exchange) => {
      const page = /\/query(?:All)?\?/.test(exchange.path) ? JSON.parse(exchange.body) : null;
      if (!Array.isArray(page?.records) || page.records.length < 10 || lies-- <= 0) return;
      page.records.splice(3, 2);
      exchange.body = JSON.stringify(page);
    });
    const source = over(url, { options: { transport: "rest" }, tuning: { pageRecords: 40 } });
    const { rows } = await readAll(source, "Account", { fields: FIELDS });
    expect(rows).toEqual(truth(sim.org, "Account", FIELDS));
  });

  it("and whose total it changes, too, by REST: the count tells", async () => {
    const { sim } = await lab();
    const url = await liar(sim.url, (exchange) => {
      const page = /\/query(?:All)?\?/.test(exchange.path) ? JSON.parse(exchange.body) : null;
      if (!Array.isArray(page?.records) || page.records.length < 40) return;
      page.records.splice(3, 2);
      page.totalSize -= 2;
      exchange.body = JSON.stringify(page);
    });
    const source = over(url, { options: { transport: "rest" }, tuning: { pageRecords: 40 } });
    await expect(readAll(source, "Account", { fields: FIELDS })).rejects.toMatchObject({
      code: "SALESFORCE_ROWS_MISSING",
    });
  });
});

describe("numbers", () => {
  it("keep every digit, in exponent form, too, by either API", async () => {
    const { sim } = await lab();
    const id = String([...sim.org.truth("Account")][0]!.Id);
    sim.org.update(id, { AnnualRevenue: 139_000_000 });
    const seen: string[] = [];
    const url = await liar(sim.url, (exchange) => {
      // what a double holds is not enough for these
      exchange.body = exchange.body
        .replaceAll(
          /"AnnualRevenue":1390{6,}(?:\.0|E0)?|"AnnualRevenue":1\.39E8/g,
          '"AnnualRevenue":1.390000001234567890123E8',
        )
        .replaceAll('"1.39E8"', '"1.390000001234567890123E8"');
      seen.push(...(exchange.body.match(/1\.390000001234567890123E8/g) ?? []));
    });
    for (const transport of ["rest", "bulk"]) {
      const { rows } = await readAll(over(url, { options: { transport } }), "Account", { fields: ["AnnualRevenue"] });
      expect(rows.find((row) => row[0] === id)![1], transport).toBe("139000000.1234567890123");
    }
    expect(seen).toHaveLength(2);
  });
});
