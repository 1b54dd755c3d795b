/** `migrate plan`: stages, counts, coverage; writes plan.json beside migration.yaml. */
import { writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import type { App } from "../app.ts";
import { createProgress } from "../progress.ts";
import { lastReads, shrunkLine } from "../shrunk.ts";
import { planLines } from "../views/plan.ts";

export async function plan(app: App, delta = false): Promise<number> {
  const { listRuns, makePlan, planDelta } = await import("../../core/engine/index.ts");
  const { output } = app;
  const progress = createProgress(output, Date.now);
  try {
    return await app.withSession(async (session) => {
      const made = delta
        ? await planDelta(session, progress.on)
        : await makePlan(session, progress.on, { costs: true, permissions: true });
      progress.end();
      const file = join(app.baseDir, "plan.json");
      await writeFile(file, `${JSON.stringify(made, null, 2)}\n`);
      output.document(made);
      if (!output.json) output.print(planLines(made, { style: output.style, verbose: output.verbose }));
      const last = lastReads(delta ? [] : await listRuns(session.runsDir));
      const shrunk = made.stages.flatMap((stage) => shrunkLine(last, stage) ?? []);
      if (shrunk.length > 0) output.alert(["", ...shrunk.map(output.noteStyle.yellow)]);
      output.note([
        "",
        `Written to ${relative(app.cwd, file)}; run refuses when anything differs from it.`,
        delta ? "Next: migrate run --delta --dry-run" : "Next: migrate run --dry-run",
      ]);
      return 0;
    });
  } finally {
    progress.end();
  }
}
