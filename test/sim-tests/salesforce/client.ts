/** A bare client of the simulator. */
import type { SalesforceSim } from "../../sim/salesforce/index.ts";

export interface Client {
  request(path: string, init?: RequestInit): Promise<Response>;
  json<T = Record<string, unknown>>(path: string, init?: RequestInit): Promise<T>;
  /** Records of all pages, and the sizes of the pages. */
  query(
    soql: string,
    all?: boolean,
  ): Promise<{ records: Record<string, unknown>[]; pages: number[]; totalSize: number }>;
  count(soql: string, all?: boolean): Promise<number>;
  /** Error body of a query. */
  refused(soql: string): Promise<{ status: number; errorCode: string; message: string }>;
  bulk(soql: string, options?: { operation?: string; maxRecords?: number }): Promise<{ id: string; pages: string[] }>;
}

export const BASE = "/services/data/v66.0";

export function client(sim: SalesforceSim): Client {
  const authorization = `Bearer ${sim.token()}`;
  const request: Client["request"] = (path, init = {}) =>
    fetch(sim.url + (path.startsWith("/services") ? path : `${BASE}/${path}`), {
      ...init,
      headers: { authorization, ...(init.headers as Record<string, string>) },
    });
  const json = async <T>(path: string, init?: RequestInit): Promise<T> =>
    (await request(path, init)).json() as Promise<T>;
  const url = (soql: string, all = false) => `${all ? "queryAll" : "query"}?q=${encodeURIComponent(soql)}`;
  return {
    request,
    json,
    async query(soql, all) {
      interface Page {
        totalSize: number;
        done: boolean;
        nextRecordsUrl?: string;
        records: Record<string, unknown>[];
      }
      let page = await json<Page>(url(soql, all));
      const records = [...page.records];
      const pages = [page.records.length];
      while (!page.done) {
        page = await json<Page>(page.nextRecordsUrl!);
        records.push(...page.records);
        pages.push(page.records.length);
      }
      return { records, pages, totalSize: page.totalSize };
    },
    count: async (soql, all) => (await json<{ totalSize: number }>(url(soql, all))).totalSize,
    async refused(soql) {
      const response = await request(url(soql));
      const [error] = (await response.json()) as [{ errorCode: string; message: string }];
      return { status: response.status, errorCode: error.errorCode, message: error.message };
    },
    async bulk(soql, { operation = "query", maxRecords } = {}) {
      const made = await json<{ id: string; state: string }>("jobs/query", {
        method: "POST",
        body: JSON.stringify({ operation, query: soql }),
      });
      let state = made.state;
      for (let polls = 0; state !== "JobComplete" && polls < 500; polls++) {
        state = (await json<{ state: string }>(`jobs/query/${made.id}`)).state;
        if (polls > 3) await new Promise((resolve) => setTimeout(resolve, 10));
      }
      const pages: string[] = [];
      let locator = "";
      do {
        const search = new URLSearchParams({
          ...(locator && { locator }),
          ...(maxRecords && { maxRecords: String(maxRecords) }),
        });
        const response = await request(`jobs/query/${made.id}/results?${search}`);
        pages.push(await response.text());
        locator = response.headers.get("sforce-locator")!;
      } while (locator !== "null");
      return { id: made.id, pages };
    },
  };
}

/** Rows of CSV as the Bulk API prints it: every value quoted. */
export function cells(csv: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, value, end] of csv.matchAll(/"((?:[^"]|"")*)"(,|\n)/g)) {
    row.push(value!.replaceAll('""', '"'));
    if (end === "\n") {
      rows.push(row);
      row = [];
    }
  }
  return rows;
}
