/** GET /query, /queryAll and their further pages. */
import type { SalesforceOptions } from "../options.ts";
import type { Org } from "../org/org.ts";
import { mix } from "../random.ts";
import { aggregate } from "../soql/aggregate.ts";
import { SoqlError } from "../soql/errors.ts";
import { aggregateJson, rowPrinter } from "../soql/json.ts";
import { parse } from "../soql/parse.ts";
import { type Plan, plan } from "../soql/plan.ts";
import { countMatches, select } from "../soql/select.ts";
import { type Answer, failure, rawJson } from "./answer.ts";
import { createCursors } from "./cursors.ts";

export interface Queries {
  run(soql: string, all: boolean, base: string, wish: number | null): Answer;
  more(locator: string, base: string, wish: number | null): Answer;
}

/** Errors of queries answer 400; others are bugs. */
export function refusal(error: unknown): Answer {
  if (error instanceof SoqlError) return failure(400, error.errorCode, error.message);
  throw error;
}

/** `Sforce-Query-Options: batchSize=500`. */
export function batchWish(header: string | undefined): number | null {
  const size = /batchSize=(\d+)/i.exec(header ?? "")?.[1];
  return size === undefined ? null : Math.min(2000, Math.max(200, Number(size)));
}

export function createQueries(org: Org, options: SalesforceOptions): Queries {
  const seed = options.seed ?? 1;
  const now = options.now ?? Date.now;
  const cursors = createCursors(seed, options.query?.cursors ?? 50, options.query?.locatorMs ?? 172_800_000, now);
  const counts = new Map<string, number>();

  /** Long texts make pages small; the wish is honoured most times. */
  const pageSize = (made: Plan, offset: number, wish: number | null): number => {
    const most = options.query?.pageSize ?? 2000;
    const usual = made.longText ? Math.min(most, mix(seed, made.from + offset) % 3 === 0 ? 200 : 1000) : most;
    return wish !== null && mix(seed ^ 3, offset) % 4 !== 0 ? Math.min(usual, wish) : usual;
  };

  const page = (
    made: Plan,
    rows: Uint32Array,
    offset: number,
    base: string,
    wish: number | null,
    opened: string | null,
  ): Answer => {
    const end = Math.min(rows.length, offset + pageSize(made, offset, wish));
    const print = rowPrinter(made, base);
    const done = end >= rows.length;
    let next = "";
    if (!done) {
      const name = made.table.object.name;
      if (options.query?.noQueryMore?.includes(name)) {
        return failure(
          400,
          "EXCEEDED_ID_LIMIT",
          `${name} does not support queryMore(), use LIMIT to restrict the results to a single batch`,
        );
      }
      next = `"nextRecordsUrl":"${base}/query/${opened ?? cursors.open(made, rows)}-${end}",`;
    }
    const records = Array.from(rows.subarray(offset, end), print).join(",");
    return rawJson(`{"totalSize":${rows.length},"done":${done},${next}"records":[${records}]}`);
  };

  return {
    run(soql, all, base, wish) {
      try {
        const query = parse(soql);
        const made = plan(org, query, { all, ...(options.query?.timeouts && { timeouts: options.query.timeouts }) });
        if (made.countOnly) {
          const key = `${org.version}:${made.all}:${soql}`;
          const total = counts.get(key) ?? countMatches(made);
          if (counts.size > 1000) counts.clear();
          counts.set(key, total);
          return rawJson(`{"totalSize":${total},"done":true,"records":[]}`);
        }
        if (made.aggregate) {
          const rows = aggregate(made);
          if (rows.length > 2000)
            return failure(
              400,
              "EXCEEDED_ID_LIMIT",
              "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch",
            );
          return rawJson(`{"totalSize":${rows.length},"done":true,"records":[${rows.map(aggregateJson).join(",")}]}`);
        }
        return page(made, select(made), 0, base, wish, null);
      } catch (error) {
        return refusal(error);
      }
    },
    more(text, base, wish) {
      const [, locator, offset] = /^(0r8\w{15})-(\d+)$/.exec(text) ?? [];
      const cursor = locator === undefined ? null : cursors.get(locator);
      if (cursor === null || locator === undefined || Number(offset) >= cursor.rows.length) {
        return failure(400, "INVALID_QUERY_LOCATOR", "invalid query locator");
      }
      return page(cursor.plan, cursor.rows, Number(offset), base, wish, locator);
    },
  };
}
