/** Records by SOQL over REST, as rows of texts. Wide objects are asked for in several groups of columns. */
import { counted } from "../../core/counted.ts";
import { TransientError } from "../../core/errors.ts";
import type { Api, Operation, QueryPage } from "./api.ts";
import { type Column, columnGroups } from "./columns.ts";
import { toLongId } from "./ids.ts";
import { both, quoted, select } from "./soql.ts";
import { plainDatetime, plainNumber } from "./values.ts";

/** Cells in column order; the first one is the id. */
export type Row = (string | null)[];

export interface RowQuery {
  readonly object: string;
  readonly operation: Operation;
  readonly columns: readonly Column[];
  readonly where: string | null;
  /** `ORDER BY ... LIMIT ...` of the first group of columns. */
  readonly rest: string;
  /** See `Api.query`. */
  readonly patience?: number;
}

const IDS_PER_QUERY = 200;

export interface Found {
  readonly rows: Row[];
  /** Records that the query had; more than there are rows when some were deleted meanwhile. */
  readonly found: number;
  /** Id of the query's last record. */
  readonly last: string | null;
}

/** All records of a query, in its order. Throws LOCATOR_LOST, TOO_MANY_ROWS, QUERY_TIMEOUT for the caller to ask for less. */
export async function readRows(api: Api, query: RowQuery): Promise<Found> {
  const { object, operation, columns } = query;
  // half for the columns, half for conditions
  const groups = columnGroups(columns, api.tuning.urlChars / 2);
  const names = (group: readonly number[]) => group.map((index) => columns[index]!.name);
  const rows: Row[] = [];
  const take = (group: readonly number[]) => (record: QueryPage["records"][number], row: Row) => {
    for (const index of group) row[index] = cellOf(record, columns[index]!);
  };
  const first = take(groups[0]!);
  for (const record of await wholeChain(
    api,
    select(names(groups[0]!), object, query.where, query.rest),
    operation,
    query.patience,
  )) {
    const row = new Array<string | null>(columns.length).fill(null);
    first(record, row);
    rows.push(row);
  }
  const result = { found: rows.length, last: rows.at(-1)?.[0] ?? null };
  if (groups.length === 1) return { ...result, rows };

  let wanted = new Map(rows.map((row) => [row[0]!, row]));
  for (const group of groups.slice(1)) {
    const fill = take(group);
    const ids = [...wanted.keys()];
    for (let at = 0; at < ids.length; at += IDS_PER_QUERY) {
      const missing = new Set(ids.slice(at, at + IDS_PER_QUERY));
      // a record that is not there the second time either was deleted while we read
      for (let attempt = 1; attempt <= 2 && missing.size > 0; attempt++) {
        const where = `Id IN (${[...missing].map(quoted).join(",")})`;
        const scoped = attempt === 1 ? where : both(query.where, where);
        for (const record of await wholeChain(api, select(names(group), object, scoped, ""), operation)) {
          const id = toLongId(String(record.Id));
          const row = wanted.get(id);
          if (row === undefined) continue;
          fill(record, row);
          missing.delete(id);
        }
      }
      if (missing.size > 0) {
        api.context.log.info(
          `${object}: ${counted(missing.size, "record")} ${missing.size === 1 ? "was" : "were"} deleted while the object was read`,
          {
            ids: [...missing],
          },
        );
        wanted = new Map([...wanted].filter(([id]) => !missing.has(id)));
      }
    }
  }
  return { ...result, rows: rows.filter((row) => wanted.has(row[0]!)) };
}

/** Every page of a query. A chain that ends before its own total is asked for again, whole. */
async function wholeChain(api: Api, soql: string, operation: Operation, patience = 3): Promise<QueryPage["records"]> {
  return await api.persist("query", async () => {
    let page = await api.query(soql, operation, patience);
    const { totalSize } = page;
    const records = [...page.records];
    while (!page.done && page.nextRecordsUrl !== null) {
      page = await api.more(page.nextRecordsUrl);
      records.push(...page.records);
    }
    if (records.length === totalSize) return records;
    throw new TransientError(
      "SALESFORCE_PAGE_INCOMPLETE",
      `the query has ${totalSize} records, but its pages held ${records.length}`,
    );
  });
}

function cellOf(record: Readonly<Record<string, unknown>>, { path, kind }: Column): string | null {
  let value: unknown = record;
  for (const step of path) {
    if (typeof value !== "object" || value === null) return null;
    value = (value as Readonly<Record<string, unknown>>)[step];
  }
  if (value === null || value === undefined || value === "") return null;
  const text = typeof value === "string" ? value : typeof value === "object" ? JSON.stringify(value) : String(value);
  // what PostgreSQL cannot hold
  const clean = text.includes("\0") ? text.replaceAll("\0", "") : text;
  switch (kind) {
    case "number":
      return plainNumber(clean);
    case "datetime":
      return plainDatetime(clean);
    case "id":
      return toLongId(clean);
    case "text":
      return clean;
  }
}
