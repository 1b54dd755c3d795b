/** `migrate report`: writes the report of a run again from what the run left, or lays two runs side by side. */
import { join, relative } from "node:path";
import { ConfigError } from "../../core/errors.ts";
import type { App } from "../app.ts";
import { openInBrowser } from "../browser.ts";
import { comparisonLines } from "../views/comparison.ts";

export interface ReportFlags {
  readonly open?: boolean;
  readonly compare?: readonly string[];
}

export async function report(app: App, run: string | null, { open, compare }: ReportFlags): Promise<number> {
  const html = compare === undefined ? await rewrite(app, run) : await sideBySide(app, run, compare);
  if (open === true && !(await openInBrowser(html, app.context.env)))
    app.output.note([`There is no browser to open here: open ${relative(app.cwd, html)} yourself.`]);
  return 0;
}

async function rewrite(app: App, run: string | null): Promise<string> {
  const { rewriteReport } = await import("../../core/proof/index.ts");
  const { output } = app;
  const runsDir = join(app.baseDir, "runs");
  const id = run ?? (await latestRun(runsDir));
  const { html, markdown } = await rewriteReport(runsDir, id, app.context.now());
  output.document({ run: id, html, markdown });
  if (!output.json) output.print([html, markdown].map((file) => relative(app.cwd, file)));
  return html;
}

async function sideBySide(app: App, run: string | null, names: readonly string[]): Promise<string> {
  // `migrate report RUN1 --compare RUN2` is meant the same
  const runs = run === null ? names : [run, ...names];
  const [first, second] = runs;
  if (first === undefined || second === undefined || runs.length > 2) {
    throw new ConfigError("COMPARE_TWO_RUNS", `--compare: expected two runs, got ${runs.length}`, {
      hint: "Write: migrate report --compare RUN1 RUN2. List the runs: migrate runs list.",
    });
  }
  const { compareRuns } = await import("../../core/proof/index.ts");
  const { output } = app;
  const { comparison, html, markdown } = await compareRuns(
    join(app.baseDir, "runs"),
    [first, second],
    app.context.now(),
  );
  output.document({ ...comparison, html, markdown });
  if (!output.json) output.print(comparisonLines(comparison, output.style));
  output.note(["", ...[html, markdown].map((file) => relative(app.cwd, file))]);
  return html;
}

/** The last run that was not a dry run, else the last one. */
async function latestRun(runsDir: string): Promise<string> {
  const { isLoad, listRuns } = await import("../../core/engine/index.ts");
  const runs = [...(await listRuns(runsDir))].sort((a, b) => (a.run < b.run ? 1 : -1));
  const found = runs.find((entry) => !entry.dryRun && isLoad(entry)) ?? runs[0];
  if (found !== undefined) return found.run;
  throw new ConfigError("RUN_NOT_FOUND", `there are no runs in ${runsDir}`, { hint: "Load first: migrate run." });
}
