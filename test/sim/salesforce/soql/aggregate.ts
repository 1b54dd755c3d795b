/** GROUP BY and aggregates. */
import { DecimalSum } from "../numbers.ts";
import type { Value } from "../org/field.ts";
import type { Computed, Plan } from "./plan.ts";
import { matches } from "./select.ts";

/** One row of an aggregate answer: names, values and whether a value prints as a double. */
export type AggregateRow = readonly {
  readonly name: string;
  readonly value: Value;
  readonly double: boolean;
  readonly datetime: boolean;
}[];

interface Tally {
  readonly group: readonly Value[];
  readonly states: readonly State[];
}

interface State {
  add(index: number): void;
  value(): Value;
}

function state(output: Computed): State {
  const read = output.of?.read ?? (() => true);
  let count = 0;
  let best: Value = null;
  const sum = new DecimalSum(output.of?.field?.scale ?? 2);
  const seen = new Set<Value>();
  return {
    add(index) {
      const value = read(index);
      if (value === null) return;
      count++;
      if (output.name === "COUNT_DISTINCT") seen.add(value);
      if ((output.name === "SUM" || output.name === "AVG") && typeof value === "number") sum.add(value);
      if (output.name === "MIN" && (best === null || value < best)) best = value;
      if (output.name === "MAX" && (best === null || value > best)) best = value;
    },
    value() {
      if (output.name === "COUNT") return count;
      if (output.name === "COUNT_DISTINCT") return seen.size;
      if (output.name === "SUM") return count === 0 ? null : Number(sum.text());
      if (output.name === "AVG") return count === 0 ? null : Number(sum.text()) / count;
      return best;
    },
  };
}

export function aggregate(made: Plan): AggregateRow[] {
  const outputs = made.outputs.filter((out) => out.kind === "aggregate");
  const fresh = (group: readonly Value[]): Tally => ({ group, states: outputs.map(state) });
  const tallies = new Map<string, Tally>();
  if (made.groups.length === 0) tallies.set("[]", fresh([]));
  for (const index of matches(made)) {
    const group = made.groups.map((by) => by.read(index));
    const key = JSON.stringify(group);
    let tally = tallies.get(key);
    if (tally === undefined) {
      tally = fresh(group);
      tallies.set(key, tally);
    }
    for (const one of tally.states) one.add(index);
  }
  const rows = [...tallies.values()].map((tally): AggregateRow => {
    let at = 0;
    return made.outputs.flatMap((out) => {
      if (out.kind === "aggregate") {
        const value = tally.states[at++]!.value();
        const counts = out.name.startsWith("COUNT");
        return [
          {
            name: out.as,
            value,
            double: !counts && out.of?.type !== "int",
            datetime: out.of?.type === "datetime" && !counts,
          },
        ];
      }
      if (out.kind !== "column") return [];
      const value = tally.group[made.groups.findIndex((group) => group.name === out.column.name)] ?? null;
      return [{ name: out.as, value, double: false, datetime: false }];
    });
  });
  rows.sort((a, b) => compare(a, b, made));
  const offset = made.query.offset ?? 0;
  return rows.slice(offset, made.query.limit === null ? undefined : offset + made.query.limit);
}

/** By ORDER BY where it names outputs, else by the groups. */
function compare(a: AggregateRow, b: AggregateRow, made: Plan): number {
  const keys =
    made.query.orderBy.length > 0
      ? made.query.orderBy.map((order) => ({
          name: order.by.path.at(-1)!.toLowerCase(),
          sign: order.descending ? -1 : 1,
        }))
      : a.map((cell) => ({ name: cell.name.toLowerCase(), sign: 1 }));
  for (const { name, sign } of keys) {
    const left = a.find((cell) => cell.name.toLowerCase() === name)?.value ?? null;
    const right = b.find((cell) => cell.name.toLowerCase() === name)?.value ?? null;
    if (left === right) continue;
    if (left === null) return -1;
    if (right === null) return 1;
    return left < right ? -sign : sign;
  }
  return 0;
}
