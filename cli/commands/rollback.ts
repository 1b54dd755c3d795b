/** `migrate rollback`: undoes a run. */
import { join, relative } from "node:path";
import type { App } from "../app.ts";
import { runExitCode } from "../run-folder.ts";
import { rollbackLines } from "../views/rollback.ts";

export interface RollbackFlags {
  readonly dryRun?: boolean;
}

export async function rollback(app: App, run: string, flags: RollbackFlags): Promise<number> {
  const { openTarget, rollbackRun } = await import("../../core/engine/index.ts");
  const { output, context } = app;
  const registry = await app.registry();
  const target = await openTarget(app.configFile, { registry, context });
  try {
    const report = await rollbackRun({ target, registry, context }, run, { dryRun: flags.dryRun === true }, (message) =>
      output.note([message]),
    );
    output.document(report);
    const folder = relative(app.cwd, join(target.runsDir, report.run));
    if (!output.json) output.print(rollbackLines(report, folder, output.style));
    output.note(["", `Everything about this rollback: ${folder}`]);
    return runExitCode(report);
  } finally {
    await target.close();
  }
}
