/** `migrate retry`: loads the rejects of a run again, or follows what was decided about its conflicts. */
import { join, relative, resolve } from "node:path";
import type { App } from "../app.ts";
import { createProgress } from "../progress.ts";
import { rejectGroups, runExitCode } from "../run-folder.ts";
import { nextSteps, rateLine, runLines } from "../views/run.ts";

export interface RetryFlags {
  readonly from?: string;
  readonly dryRun?: boolean;
  readonly name?: string;
}

export async function retry(app: App, run: string, flags: RetryFlags): Promise<number> {
  const [{ filesUsedBy, runMigration, snapshotUsedBy }, { rewriteReport }] = await Promise.all([
    import("../../core/engine/index.ts"),
    import("../../core/proof/index.ts"),
  ]);
  const { output } = app;
  const runsDir = join(app.baseDir, "runs");
  const fromSnapshot = await snapshotUsedBy(runsDir, run);
  const files = (await filesUsedBy(runsDir, run)) ?? [];
  const progress = createProgress(output, Date.now);
  try {
    return await app.withSession(
      async (session) => {
        const report = await runMigration(
          session,
          {
            dryRun: flags.dryRun === true,
            retry: { run, from: flags.from === undefined ? null : resolve(app.cwd, flags.from) },
            about: flags.name === undefined ? {} : { label: flags.name },
          },
          progress.on,
        );
        progress.end();
        await rewriteReport(session.runsDir, report.run, app.context.now());
        output.document(report);
        const runDir = join(session.runsDir, report.run);
        if (!output.json) {
          const rejects = report.totals.rejected === 0 ? [] : await rejectGroups(runDir, app.cwd, app.context.now());
          output.print(runLines(report, rejects, output.style));
        }
        const { limits } = session.config;
        const over = report.rejectRate > limits.rejects ? [rateLine(report, limits.rejects)] : [];
        output.note([
          "",
          ...over,
          `Everything about this run: ${relative(app.cwd, runDir)}`,
          ...nextSteps(report, report.run),
        ]);
        return runExitCode(report);
      },
      { fromSnapshot, files },
    );
  } finally {
    progress.end();
  }
}
