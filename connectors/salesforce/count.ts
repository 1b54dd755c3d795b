/** Counting at the source, exactly: `limits/recordCount` is a cache and never asked for it. */
import { hasCode, TerminalError } from "../../core/errors.ts";
import type { Api } from "./api.ts";
import { QUERY_TIMEOUT } from "./errors.ts";
import { boundaries, toLongId } from "./ids.ts";
import type { Scope } from "./objects.ts";
import { both, EVERYTHING, type IdRange, inRange } from "./soql.ts";

const DEEPEST = 8;

/** Records of the scope within the range. A count that takes too long is made up of halves. */
export async function countRecords(
  api: Api,
  object: string,
  scope: Scope,
  range: IdRange = EVERYTHING,
  depth = 0,
): Promise<number> {
  const where = both(scope.where, inRange(range));
  try {
    return (await api.query(`SELECT COUNT() FROM ${object}${where === null ? "" : ` WHERE ${where}`}`, scope.operation))
      .totalSize;
  } catch (error) {
    if (!hasCode(error, QUERY_TIMEOUT) || depth >= DEEPEST) throw error;
    const halves = await split(api, object, scope, range, 2);
    if (halves.length < 2) throw error;
    let sum = 0;
    for (const half of halves) sum += await countRecords(api, object, scope, half, depth + 1);
    return sum;
  }
}

/** The range in at most `parts` pieces of equal width; one piece when it holds fewer than two ids. */
export async function split(api: Api, object: string, scope: Scope, range: IdRange, parts: number): Promise<IdRange[]> {
  const first = await edge(api, object, scope, range, "ASC");
  const last = first === null ? null : await edge(api, object, scope, range, "DESC");
  if (first === null || last === null) return [range];
  const cuts = boundaries(first, last, parts);
  const from = [range.from, ...cuts];
  return from.map((start, index) => ({ from: start, to: index < cuts.length ? cuts[index]! : range.to }));
}

async function edge(api: Api, object: string, scope: Scope, range: IdRange, order: string): Promise<string | null> {
  const where = both(scope.where, inRange(range));
  const soql = `SELECT Id FROM ${object}${where === null ? "" : ` WHERE ${where}`} ORDER BY Id ${order} LIMIT 1`;
  const id = (await api.query(soql, scope.operation)).records[0]?.Id;
  return typeof id === "string" ? toLongId(id) : null;
}

/** Fewer records came than the source counts. */
export function rowsMissing(object: string, came: number, counted: number): TerminalError {
  return new TerminalError(
    "SALESFORCE_ROWS_MISSING",
    `${object}: ${counted === 1 ? "1 record" : `${counted.toLocaleString("en")} records`} counted, but only ${came.toLocaleString("en")} came`,
    {
      place: { object },
      hint: "Nothing is taken as complete. Start a new run later; if it stays so, read with `transport: rest` (or `bulk`) and report it.",
    },
  );
}
