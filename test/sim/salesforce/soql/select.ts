import type { Value } from "../org/field.ts";
import { column } from "./columns.ts";
import type { Plan } from "./plan.ts";

/** Indexes of the rows that match, in id order. */
export function matches(made: Plan): Uint32Array {
  const sees = made.table.visible(made.all);
  const { test } = made;
  if (made.only !== null) return Uint32Array.from(made.only.filter((index) => sees(index) && test(index)));
  let found = new Uint32Array(Math.min(made.to - made.from, 65_536));
  let used = 0;
  for (let index = made.from; index < made.to; index++) {
    if (!sees(index) || !test(index)) continue;
    if (used === found.length) {
      const grown = new Uint32Array(Math.min(used * 2, made.to - made.from));
      grown.set(found);
      found = grown;
    }
    found[used++] = index;
  }
  return found.subarray(0, used);
}

export function countMatches(made: Plan): number {
  const sees = made.table.visible(made.all);
  const { test } = made;
  if (made.only !== null) return matches(made).length;
  let count = 0;
  for (let index = made.from; index < made.to; index++) if (sees(index) && test(index)) count++;
  return count;
}

const rank = (value: Value): Value => (typeof value === "string" ? value.toLowerCase() : value);

/** Matching rows in the order asked for, cut by LIMIT and OFFSET. */
export function select(made: Plan): Uint32Array {
  const { query, table, org } = made;
  const byId = query.orderBy[0]?.by.path.join(".").toLowerCase() === "id" && !query.orderBy[0].descending;
  let rows = query.orderBy.length === 0 || byId ? firstMatches(made) : matches(made);
  if (query.orderBy.length > 0 && !byId) {
    const found = rows;
    const keys = query.orderBy.map((order) => {
      const by = column(org, table, query.soql, order.by);
      const ids = by.type === "id" || by.type === "reference";
      const values = Array.from(found, (index) => (ids ? by.read(index) : rank(by.read(index))));
      return { values, sign: order.descending ? -1 : 1, nulls: order.nullsLast ? 1 : -1 };
    });
    const places = Array.from(found, (_, at) => at).sort((a, b) => {
      for (const { values, sign, nulls } of keys) {
        const [left, right] = [values[a]!, values[b]!];
        if (left === right) continue;
        if (left === null) return nulls;
        if (right === null) return -nulls;
        return left < right ? -sign : sign;
      }
      return found[a]! - found[b]!;
    });
    rows = Uint32Array.from(places, (at) => found[at]!);
  }
  const offset = query.offset ?? 0;
  return rows.subarray(offset, query.limit === null ? undefined : offset + query.limit);
}

/** In id order, LIMIT ends the scan early. */
function firstMatches(made: Plan): Uint32Array {
  const { limit, offset } = made.query;
  if (limit === null || limit > 50_000 || made.only !== null) return matches(made);
  const wanted = limit + (offset ?? 0);
  const sees = made.table.visible(made.all);
  const found: number[] = [];
  for (let index = made.from; index < made.to && found.length < wanted; index++) {
    if (sees(index) && made.test(index)) found.push(index);
  }
  return Uint32Array.from(found);
}
