/** Two runs side by side in a few lines; compare.html has the whole of it. */
import type { Comparison } from "../../core/proof/index.ts";
import { count, duration, oneLine } from "../format.ts";
import type { Style } from "../style.ts";
import { table } from "../table.ts";

const REASONS = 12;

export function comparisonLines({ older, newer, rejects, objects }: Comparison, style: Style): string[] {
  const number = (title: string) => ({ title, align: "right" as const });
  const time = (seconds: number | null): string => (seconds === null ? "" : duration(seconds));
  const rows = [older, newer].map((run) => [
    run.run,
    run.verdict,
    time(run.seconds),
    ...[run.read, run.loaded, run.rejected].map(count),
  ]);
  const lines = [
    ...table(
      [{ title: "run" }, { title: "verdict" }, number("time"), number("read"), number("loaded"), number("rejected")],
      rows,
      { title: style.bold },
    ),
  ];
  const changed = objects.filter(
    ({ older: before, newer: after }) => before?.read !== after?.read || before?.loaded !== after?.loaded,
  );
  if (changed.length > 0) {
    const cell = (value: number | undefined): string => (value === undefined ? "" : count(value));
    lines.push(
      "",
      ...table(
        [
          { title: "object" },
          { title: "from" },
          number("read before"),
          number("after"),
          number("loaded before"),
          number("after"),
        ],
        changed.map(({ object, source, older: before, newer: after }) => [
          object,
          oneLine(source, 40),
          ...[before?.read, after?.read, before?.loaded, after?.loaded].map(cell),
        ]),
        { title: style.bold },
      ),
    );
  }
  if (rejects.length === 0) return [...lines, "", "Neither run rejected a record."];
  lines.push("", style.bold("Rejects"));
  for (const { object, field, code, older: before, newer: after, change } of rejects.slice(0, REASONS)) {
    const color = change === "gone" || change === "fewer" ? style.green : change === "same" ? style.yellow : style.red;
    const where = [object, field].filter((part) => part !== "").join(".");
    lines.push(`  ${color(change.padEnd(5))} ${where}  ${code}: ${count(before)} before, ${count(after)} after`);
  }
  if (rejects.length > REASONS) lines.push(`  and ${count(rejects.length - REASONS)} more: compare.html`);
  return lines;
}
