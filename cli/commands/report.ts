/** `migrate report`: writes the report of a run again from what the run left. */
import { spawn } from "node:child_process";
import { join, relative } from "node:path";
import { ConfigError } from "../../core/errors.ts";
import type { App } from "../app.ts";

export async function report(app: App, run: string | null, open: boolean): Promise<number> {
  const { rewriteReport } = await import("../../core/proof/index.ts");
  const { output } = app;
  const runsDir = join(app.baseDir, "runs");
  const id = run ?? (await latestRun(runsDir));
  const { html, markdown } = await rewriteReport(runsDir, id, app.context.now());
  output.document({ run: id, html, markdown });
  if (!output.json) output.print([html, markdown].map((file) => relative(app.cwd, file)));
  if (open) openInBrowser(html);
  return 0;
}

/** The last run that was not a dry run, else the last one. */
async function latestRun(runsDir: string): Promise<string> {
  const { listRuns } = await import("../../core/engine/index.ts");
  const runs = [...(await listRuns(runsDir))].sort((a, b) => (a.run < b.run ? 1 : -1));
  const found = runs.find((entry) => !entry.dryRun && entry.kind !== "rollback") ?? runs[0];
  if (found !== undefined) return found.run;
  throw new ConfigError("RUN_NOT_FOUND", `there are no runs in ${runsDir}`, { hint: "Load first: migrate run." });
}

function openInBrowser(file: string): void {
  const [command, ...args] =
    process.platform === "darwin" ? ["open"] : process.platform === "win32" ? ["cmd", "/c", "start", ""] : ["xdg-open"];
  const child = spawn(command!, [...args, file], { stdio: "ignore", detached: true });
  child.on("error", () => undefined);
  child.unref();
}
