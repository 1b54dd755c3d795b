/** Writes the reports of a run beside its other files. */
import { join } from "node:path";
import { writeWhole } from "../private-files.ts";
import { type ReportData, readReportData } from "./report-data.ts";
import { renderHtml } from "./report-html.ts";
import { renderMarkdown } from "./report-markdown.ts";

export type { ReportData } from "./report-data.ts";
export { renderHtml } from "./report-html.ts";
export { renderMarkdown } from "./report-markdown.ts";
export { writeRecordFiles } from "./report-record-files.ts";

/** Writes `report.html` and `report.md`. Returns their paths. */
export async function writeReports(
  runDir: string,
  data: ReportData,
): Promise<{ readonly html: string; readonly markdown: string }> {
  const [html, markdown] = [join(runDir, "report.html"), join(runDir, "report.md")];
  await writeWhole(html, renderHtml(data));
  await writeWhole(markdown, renderMarkdown(data));
  return { html, markdown };
}

/** Writes the reports again from the files of `runs/<run>/`. Throws ConfigError RUN_NOT_FOUND, RUN_FILE_DAMAGED. */
export async function rewriteReport(
  runsDir: string,
  run: string,
  now: Date,
): Promise<{ readonly html: string; readonly markdown: string }> {
  const runDir = join(runsDir, run);
  return writeReports(runDir, await readReportData(runDir, now));
}
