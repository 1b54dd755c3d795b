/** `migrate report --compare`: two runs side by side, from the files of their folders alone. */
import { join } from "node:path";
import { ConfigError } from "../errors.ts";
import { writeWhole } from "../private-files.ts";
import { renderComparisonHtml } from "./report-compare-html.ts";
import { renderComparisonMarkdown } from "./report-compare-markdown.ts";
import { type Comparison, compare } from "./report-comparison.ts";
import { type ReportData, readReportData } from "./report-data.ts";

/**
 * Compares two runs, the earlier one first whatever their order, and writes `compare.html` and `compare.md` into the later one's
 * folder. Throws ConfigError RUN_NOT_FOUND, COMPARE_SAME_RUN, RUN_FILE_DAMAGED.
 */
export async function compareRuns(
  runsDir: string,
  runs: readonly [string, string],
  now: Date,
): Promise<{ readonly comparison: Comparison; readonly html: string; readonly markdown: string }> {
  if (runs[0] === runs[1]) {
    throw new ConfigError("COMPARE_SAME_RUN", `--compare: expected two runs, got ${runs[0]} twice`, {
      hint: "List the runs: migrate runs list.",
    });
  }
  const data = await Promise.all(runs.map((run) => readReportData(join(runsDir, run), now)));
  const [older, newer] = data.sort((a, b) => a.run.startedAt.localeCompare(b.run.startedAt)) as [
    ReportData,
    ReportData,
  ];
  const comparison = compare(older, newer);
  const folder = join(runsDir, newer.run.run);
  const [html, markdown] = [join(folder, "compare.html"), join(folder, "compare.md")];
  await writeWhole(html, renderComparisonHtml(comparison, now));
  await writeWhole(markdown, renderComparisonMarkdown(comparison));
  return { comparison, html, markdown };
}
