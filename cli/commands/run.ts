/** `migrate run`: moves the records, or rehearses it. */
import { join, relative, resolve } from "node:path";
import { InterruptedError } from "../../core/errors.ts";
import type { App } from "../app.ts";
import { checkOnly } from "../check-only.ts";
import { said } from "../like.ts";
import type { RunFlags } from "../program.ts";
import { createProgress } from "../progress.ts";
import { readPlanFile, rejectGroups, runExitCode } from "../run-folder.ts";
import { lastReads, watchShrunk } from "../shrunk.ts";
import { nextSteps, rateLine, runLines } from "../views/run.ts";

export async function run(app: App, flags: RunFlags): Promise<number> {
  const resume = flags.resume ?? null;
  const { only, sample, about } = await said(app, flags);
  if (only !== null) await checkOnly(app, [...only]);
  const [{ filesUsedBy, listRuns, noteInterrupted, runMigration, snapshotUsedBy }, { rewriteReport }] =
    await Promise.all([import("../../core/engine/index.ts"), import("../../core/proof/index.ts")]);
  const { output } = app;
  const planFile = flags.plan === undefined ? join(app.baseDir, "plan.json") : resolve(app.cwd, flags.plan);
  const used = resume === null ? null : await snapshotUsedBy(join(app.baseDir, "runs"), resume);
  const fromSnapshot = flags.fromSnapshot ?? used;
  const files = (resume === null ? about.files : await filesUsedBy(join(app.baseDir, "runs"), resume)) ?? [];
  // a snapshot is there to be mapped anew, and other files are others: a plan made of the source counts only where it is named
  const planned = (fromSnapshot === null && files.length === 0) || flags.plan !== undefined;
  const plan = planned ? await readPlanFile(planFile, flags.plan !== undefined) : null;
  const progress = createProgress(output, Date.now);
  try {
    return await app.withSession(
      async (session) => {
        const last = lastReads(
          sample === null && files.length === 0 && flags.delta !== true ? await listRuns(session.runsDir) : [],
        );
        const report = await runMigration(
          session,
          {
            dryRun: flags.dryRun === true,
            delta: flags.delta === true,
            acceptDeletes: app.yes,
            only,
            sample,
            about,
            resume,
            plan,
          },
          watchShrunk(last, progress.on),
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
      { fromSnapshot, files, follow: plan === null || resume !== null ? null : { lock: plan.lock, only } },
    );
  } catch (error) {
    // a run that was to go on, and was stopped before it did
    if (resume !== null && error instanceof InterruptedError && !error.begun) {
      progress.end();
      if (await noteInterrupted(join(app.baseDir, "runs"), resume))
        output.note([`Go on with: migrate run --resume ${resume}`]);
    }
    throw error;
  } finally {
    progress.end();
  }
}
