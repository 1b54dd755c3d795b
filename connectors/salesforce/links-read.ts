/** Reads links between documents and records, which can only be asked for document by document. */

import type { FetchRequest } from "../../core/connector.ts";
import { hasCode } from "../../core/errors.ts";
import { mapLimited } from "../../core/limiter.ts";
import { BatchBuilder, type RecordBatch } from "../../core/record.ts";
import type { Api } from "./api.ts";
import type { Columns } from "./columns.ts";
import { columnNames } from "./columns.ts";
import { isId, toLongId } from "./ids.ts";
import type { ReadPlan } from "./rest-read.ts";
import { type Row, readRows } from "./rows.ts";
import { quoted } from "./soql.ts";

const DOCUMENTS = 200;

/** Groups of document ids, in order, from behind `after` on. */
export async function* documents(api: Api, after: string): AsyncGenerator<readonly string[]> {
  let last = after;
  for (;;) {
    const where = last === "" ? "" : ` WHERE Id > ${quoted(last)}`;
    const page = await api.query(`SELECT Id FROM ContentDocument${where} ORDER BY Id LIMIT ${DOCUMENTS}`);
    const ids = page.records.map((record) => toLongId(String(record.Id)));
    if (ids.length > 0) yield ids;
    if (ids.length < DOCUMENTS) return;
    last = ids.at(-1)!;
  }
}

export const ofDocuments = (ids: readonly string[]) => `ContentDocumentId IN (${ids.map(quoted).join(",")})`;

export async function countLinks(api: Api): Promise<number> {
  let count = 0;
  for await (const ids of documents(api, "")) {
    count += (await api.query(`SELECT COUNT() FROM ContentDocumentLink WHERE ${ofDocuments(ids)}`)).totalSize;
  }
  return count;
}

export async function* readLinks({ api, columns, batchSize, from }: ReadPlan): AsyncGenerator<RecordBatch> {
  let after = typeof from?.after === "string" ? from.after : "";
  let skip = typeof from?.row === "number" ? from.row : 0;
  let line = typeof from?.line === "number" ? from.line : 0;
  for await (const ids of documents(api, after)) {
    const rows = await linksOf(api, columns, ids);
    for (let at = skip; at < rows.length; at += batchSize) {
      api.context.signal.throwIfAborted();
      const builder = new BatchBuilder(columnNames(columns));
      for (const row of rows.slice(at, at + batchSize)) builder.add(++line, row);
      yield builder.build({ via: "links", after, row: at + builder.size, line });
    }
    after = ids.at(-1)!;
    skip = 0;
  }
}

/** Single links by their id: each is asked for its document, for no query finds it otherwise. */
export async function* fetchLinks(api: Api, columns: Columns, request: FetchRequest): AsyncGenerator<RecordBatch> {
  const ids = request.keys.flatMap(([id]) => (id !== undefined && isId(id) ? [toLongId(id)] : []));
  const found = await mapLimited(ids, api.options.concurrency, async (id) => {
    const path = `/sobjects/ContentDocumentLink/${id}?fields=ContentDocumentId`;
    try {
      return await api.call(`link ${id}`, (client) =>
        client.request<{ readonly ContentDocumentId: string }>("GET", path),
      );
    } catch (error) {
      if (hasCode(error, "SALESFORCE_NOT_FOUND")) return null;
      throw error;
    }
  });
  const wanted = new Set(ids);
  const ofThem = [...new Set(found.flatMap((link) => (link === null ? [] : [toLongId(link.ContentDocumentId)])))];
  let line = 0;
  for (let from = 0; from < ofThem.length; from += DOCUMENTS) {
    const rows = await linksOf(api, columns, ofThem.slice(from, from + DOCUMENTS));
    const builder = new BatchBuilder(columnNames(columns));
    for (const row of rows) if (wanted.has(toLongId(row[0] ?? ""))) builder.add(++line, row);
    if (builder.size > 0) yield builder.build({});
  }
}

async function linksOf(api: Api, columns: Columns, ids: readonly string[]): Promise<Row[]> {
  const query = { object: columns.object, columns: columns.selected, where: ofDocuments(ids), rest: "" };
  const { rows } = await readRows(api, { ...query, operation: "query" });
  const order = (row: Row) => row[0] ?? "";
  return rows.sort((one, other) => (order(one) < order(other) ? -1 : 1));
}
