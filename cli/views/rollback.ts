/** What a rollback did, as people read it. */
import { join } from "node:path";
import type { RunReport } from "../../core/engine/types.ts";
import { count, counted } from "../format.ts";
import type { Style } from "../style.ts";
import { table } from "../table.ts";

/** `folder`: the rollback's own, relative to where the user is. */
export function rollbackLines(report: RunReport, folder: string, style: Style): string[] {
  const what = report.dryRun ? "Dry run of the rollback" : "Rollback";
  const state = report.clean ? style.green("completed, clean") : style.yellow("completed, not clean");
  const lines = [`${style.bold(`${what} ${report.run}`)} of ${report.undoes}: ${state}`];
  if (report.dryRun) lines.push(style.dim("Nothing was changed: everything was rolled back."));
  if (report.totals.read === 0) return [...lines, "", "The run had changed nothing in the target."];
  lines.push("");
  const rows = report.objects.map(({ mapping, deleted, updated, inserted, unchanged, rejected }) => [
    mapping,
    ...[deleted, updated, inserted, unchanged].map(count),
    rejected === 0 ? count(rejected) : style.yellow(count(rejected)),
  ]);
  const figures = ["deleted", "restored", "back", "gone already", "refused"];
  lines.push(
    ...table([{ title: "mapping" }, ...figures.map((title) => ({ title, align: "right" as const }))], rows, {
      title: style.dim,
    }),
  );
  const { rejected } = report.totals;
  if (rejected > 0) {
    lines.push(
      "",
      `${counted(rejected, "row")} ${rejected === 1 ? "was" : "were"} edited since, or something refers to ${rejected === 1 ? "it" : "them"} that stays: left as ${rejected === 1 ? "it is" : "they are"}, listed in ${join(folder, "refused.csv")}`,
    );
  }
  return lines;
}
