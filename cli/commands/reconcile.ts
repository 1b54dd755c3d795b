/** `migrate reconcile`: proves a run and writes its report. */
import { join, relative } from "node:path";
import { ConfigError } from "../../core/errors.ts";
import type { App } from "../app.ts";
import { createProgress } from "../progress.ts";
import { reconcileLines } from "../views/reconcile.ts";

export interface ReconcileFlags {
  readonly spotChecks?: number;
  readonly fields?: boolean;
  readonly figures?: boolean;
  readonly fromSnapshot?: string;
}

export async function reconcileRun(app: App, run: string | null, flags: ReconcileFlags): Promise<number> {
  if (flags.fields === true && flags.figures === false) {
    throw new ConfigError("OPTIONS_CONFLICT", "--fields and --no-figures cannot be had together", {
      hint: "Fields are compared in the temporary copy that --no-figures does without.",
    });
  }
  const [
    { compilerFor, dateOrdersOfRun, filesUsedBy, snapshotUsedBy },
    { reconcile, rewriteReport, writeRecordFiles },
  ] = await Promise.all([import("../../core/engine/index.ts"), import("../../core/proof/index.ts")]);
  const { output } = app;
  const progress = createProgress(output, Date.now);
  // what was loaded from a snapshot is proven by it
  const fromSnapshot = flags.fromSnapshot ?? (await snapshotUsedBy(join(app.baseDir, "runs"), run));
  // and what read other files, by those
  const files = await filesUsedBy(join(app.baseDir, "runs"), run);
  try {
    return await app.withSession(
      async (session) => {
        let lists: Promise<void> | null = null;
        const proof = await reconcile(session, {
          run,
          spotChecks: flags.spotChecks ?? session.config.reconcile.spotChecks,
          fields: flags.fields === true,
          figures: flags.figures !== false,
          // dates are read as that run has read them
          compile: compilerOnce(async () =>
            compilerFor({ ...session, dateOrders: await dateOrdersOfRun(session.runsDir, run) }),
          ),
          onEvent: (event) => {
            progress.on(event);
            if (event.type !== "proof-start") return;
            // keys of every outcome: what the proof does not change, and need not wait for; its error is told below
            lists = writeRecordFiles(session.database.query, session.runsDir, event.run);
            lists.catch(() => undefined);
          },
        }).finally(() => lists?.catch(() => undefined));
        progress.end();
        await lists;
        const { html } = await rewriteReport(session.runsDir, proof.run, app.context.now());
        output.document(proof);
        if (!output.json) output.print(reconcileLines(proof, output.style));
        output.note([
          "",
          `Report: ${relative(app.cwd, html)}`,
          `Figures: ${relative(app.cwd, join(session.runsDir, proof.run, "reconciliation.json"))}`,
        ]);
        return proof.clean ? 0 : 3;
      },
      { fromSnapshot, files },
    );
  } finally {
    progress.end();
  }
}

type Compile = Awaited<ReturnType<typeof import("../../core/engine/index.ts").compilerFor>>;

/** Asks the target for its users only when the first mapping is compiled: by then it is known that there is a run. */
function compilerOnce(make: () => Promise<Compile>): (...args: Parameters<Compile>) => Promise<ReturnType<Compile>> {
  let made: Promise<Compile> | null = null;
  return async (mapping) => {
    made ??= make();
    return (await made)(mapping);
  };
}
